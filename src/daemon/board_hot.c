/* SPDX-License-Identifier: Apache-2.0 */

/* Once in five seconds is enough for everybody while there is memory. When there is little, those who matter, the fastest and
 * the first in the order, are looked at as often as the host: their files stay open for it. memory.stat, which makes the
 * kernel add up, says what of it is page cache or in swap as well, and comes less often; but at once of one that has become
 * more since the look before: whether it grows, or takes back what was taken from it, decides who is taken.
 */

#include "board_internal.h"
#include "plimsoll/base/assert.h"
#include "plimsoll/base/fd.h"
#include "plimsoll/base/size.h"

/* Less than what is growth from the default of shortage.growth on, at twenty looks a second. */
#define DOUBT_BYTES (32 * PL_KIB)

/* At one look: it is most dear where many processors have counted. Whoever is left out comes first at the next. */
enum { STATS_MAX = 16 };

struct hot_look {
        uint64_t stat_usec, now_usec;
        uint32_t stats_left;
};

static bool is_among(const uint64_t *ids, uint32_t count, uint64_t id)
{
        for (uint32_t i = 0; i < count; i++)
                if (ids[i] == id)
                        return true;
        return false;
}

static void drop_others(struct pl_sampler *sampler, const uint64_t *ids, uint32_t count)
{
        for (size_t i = 0; sampler->kept_count > 0 && i < PL_SAMPLE_HOT_MAX; i++)
                if (sampler->kept[i].id != 0 && !is_among(ids, count, sampler->kept[i].id))
                        pl_sample_drop(sampler, sampler->kept[i].id);
}

static bool keeps(struct pl_board *board, uint32_t index, uint64_t id)
{
        bool opened = false;
        int fd = -1, r;

        if (pl_sample_is_kept(&board->sampler, id))
                return true;
        if (pl_census_directory(&board->census, index, &fd, &opened) != 0)
                return false;
        r = pl_sample_keep(&board->sampler, id, fd);
        if (opened)
                pl_cleanup_close(&fd);
        return r == 0;
}

static bool is_old(const struct pl_cgroup_sample *sample, const struct hot_look *look)
{
        return sample->stat_at_usec + look->stat_usec <= look->now_usec;
}

static bool is_in_doubt(const struct pl_cgroup_sample *before, const struct pl_cgroup_sample *now)
{
        return now->stat_at_usec != now->at_usec &&
               now->current_bytes + now->swap_bytes >
                       before->current_bytes + before->swap_bytes + DOUBT_BYTES;
}

/* With memory.stat as well where that is old, or it has become more. */
static int sample_again(struct pl_board *board, uint64_t id, struct hot_look *look,
                        struct pl_cgroup_sample *sample)
{
        const struct pl_cgroup_sample before = *sample;
        bool wants_stat = is_old(&before, look);
        int r;

        if (!wants_stat || look->stats_left == 0) {
                r = pl_sample_again(&board->sampler, id, PL_SAMPLE_HOT, look->now_usec, sample);
                wants_stat = wants_stat || is_in_doubt(&before, sample);
                if (r != 0 || !wants_stat)
                        return r;
        }
        if (look->stats_left == 0)
                return 0;
        look->stats_left--;
        return pl_sample_again(&board->sampler, id, PL_SAMPLE_HOT | PL_SAMPLE_SLOW, look->now_usec,
                               sample);
}

static void look_at(struct pl_board *board, uint64_t id, struct hot_look *look)
{
        struct pl_journal_row row, before;
        uint32_t index, number;

        if (pl_census_find(&board->census, id, &index) != 0)
                return;
        number = pl_board_row_at(board, index);
        /* One that is to be matched anew has numbers of the policy before. */
        if (number == PL_BOARD_NO_ROW || board->places[index].policy != board->policy_number ||
            !keeps(board, index, id) || !pl_board_read_row(board, number, &row))
                return;
        before = row;
        if (sample_again(board, id, look, &row.sample) != 0)
                return;
        row.at_usec = look->now_usec;
        pl_board_put_row(board, index, &before, &row, look->now_usec);
        pl_steps_add_sample(board->options.steps, look->now_usec, id, &row.sample);
}

void pl_board_look_hot(struct pl_board *board, const uint64_t *ids, uint32_t count,
                       uint64_t stat_usec, uint64_t now_usec)
{
        struct hot_look look = { stat_usec, now_usec, STATS_MAX };
        uint32_t first = count > 0 ? board->hot_first % count : 0;

        pl_assert(board && count <= PL_SAMPLE_HOT_MAX);

        drop_others(&board->sampler, ids, count);
        board->hot_first = 0;
        for (uint32_t i = 0; i < count; i++) {
                bool had_left = look.stats_left > 0;

                look_at(board, ids[(first + i) % count], &look);
                if (had_left && look.stats_left == 0)
                        board->hot_first = (first + i + 1) % count;
        }
}
