/* SPDX-License-Identifier: Apache-2.0 */

/* The kernel's killer goes through all processes, and takes the one with the most points: pages that it has mapped, in swap
 * and in page tables, and a thousandth of the host's memory and swap for each point of oom_score_adj (oom_badness() of
 * mm/oom_kill.c, 5.10 to 7.2). oom_score has them in steps of that size, so who is near to another looks alike. A workload
 * stands where its first process would.
 *
 * Where a process cannot be asked, as of a journal that was copied, it is estimated: as if one process had all of it. That
 * puts a workload of many processes before where it would be.
 */

#include <fcntl.h>
#include <string.h>

#include "plimsoll/base/assert.h"
#include "plimsoll/base/macro.h"
#include "plimsoll/base/ratio.h"
#include "plimsoll/kernel/process.h"
#include "rank.h"

enum {
        /* A web server of the larger sort has some hundred; asking 1024 takes some 20 ms. */
        PROCESSES_MAX = 1024,
        /* Of all workloads together: what a person is ready to wait for. */
        PROCESSES_ALL = 16 * 1024,
        INNER_DEPTH = 16,
        INNER_COUNT = 256,
};

struct asking {
        const struct pl_roots *roots;
        size_t left; /* processes that may still be asked, of all */
        struct pl_file_buffer buffer;
        struct pl_cgroup_walk walk;
        pid_t pids[PROCESSES_MAX];
};

/* Of one workload. */
struct answers {
        size_t asked;
        bool is_whole; /* each process has answered */
        uint64_t score;
};

/* ---- asking ---- */

static void ask_process(struct asking *asking, pid_t pid, struct answers *answers)
{
        _cleanup_close_ int fd = -1;
        uint64_t score;
        int r = pl_process_open(asking->roots->proc_fd, pid, &fd);

        if (r == 0)
                r = pl_process_read_oom_score(fd, &asking->buffer, &score);
        if (r == 0) {
                answers->score = PL_MAX(answers->score, score);
                answers->asked++;
        } else if (r != PL_FILE_E_GONE)
                answers->is_whole = false;
}

static void ask_those_in(struct asking *asking, int cgroup_fd, struct answers *answers)
{
        size_t room = PL_MIN(PROCESSES_MAX - answers->asked, asking->left), count = 0, foreign = 0;
        int r = pl_cgroup_read_procs(cgroup_fd, &asking->buffer, asking->pids, room, &count,
                                     &foreign);

        if ((r != 0 && r != PL_FILE_E_GONE) || foreign > 0)
                answers->is_whole = false;
        for (size_t i = 0; i < count; i++)
                ask_process(asking, asking->pids[i], answers);
        asking->left -= count;
}

static void ask_those_below(struct asking *asking, int cgroup_fd, struct answers *answers)
{
        const struct pl_cgroup_walk_bounds bounds = { INNER_DEPTH, INNER_COUNT };
        struct pl_cgroup_visit visit;
        int r = pl_cgroup_walk_init(&asking->walk, cgroup_fd, bounds);

        if (r != 0) {
                answers->is_whole = false;
                return;
        }
        while (r == 0 && answers->asked < PROCESSES_MAX && asking->left > 0) {
                r = pl_cgroup_walk_next(&asking->walk, &visit);
                if (r == 0)
                        ask_those_in(asking, visit.fd, answers);
        }
        if (r != PL_CGROUP_E_END || asking->walk.unvisited_count > 0)
                answers->is_whole = false;
        pl_cgroup_walk_done(&asking->walk);
}

/* No path of a journal leads out of the tree, whoever has made it. */
static bool is_inside(const char *path)
{
        return path[0] == '/' && path[1] != '\0' && !strstr(path, "/..") && !pl_live_is_cut(path);
}

/* Of the cgroup that has this very id: the path may be another's by now, and the journal another host's. */
static bool open_cgroup(const struct pl_roots *roots, const struct pl_journal_row *row, int *ret_fd)
{
        uint64_t id;

        if (!is_inside(row->path))
                return false;
        *ret_fd = openat(roots->cgroup_fd, row->path + 1,
                         O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
        return *ret_fd >= 0 && pl_cgroup_id(*ret_fd, &id) == 0 && id == row->id;
}

static bool ask(struct asking *asking, const struct pl_journal_row *row,
                struct answers *ret_answers)
{
        _cleanup_close_ int fd = -1;

        *ret_answers = (struct answers){ .is_whole = true };
        if (!asking->roots || asking->left == 0 || !open_cgroup(asking->roots, row, &fd))
                return false;
        ask_those_in(asking, fd, ret_answers);
        ask_those_below(asking, fd, ret_answers);
        return ret_answers->asked > 0;
}

/* ---- estimating ---- */

static void add_saturating(uint64_t *sum, uint64_t value)
{
        if (__builtin_add_overflow(*sum, value, sum))
                *sum = UINT64_MAX;
}

/* What a single process could have of it. */
static bool mapped_bytes(const struct pl_journal_row *row, uint64_t *ret_bytes)
{
        const struct pl_cgroup_sample *sample = &row->sample;

        if (PL_LIVE_HAS(row, anon_bytes) && PL_LIVE_HAS(row, shmem_bytes)) {
                *ret_bytes = sample->anon_bytes;
                add_saturating(ret_bytes, sample->shmem_bytes);
        } else if (PL_LIVE_HAS(row, current_bytes))
                *ret_bytes = sample->current_bytes;
        else
                return false;
        if (PL_LIVE_HAS(row, swap_bytes))
                add_saturating(ret_bytes, sample->swap_bytes);
        return true;
}

bool pl_rank_estimate(const struct pl_host_sample *host, const struct pl_journal_row *row,
                      uint64_t *ret_score)
{
        uint64_t total_bytes, bytes;
        int32_t score_adj;

        pl_assert(host && row);
        pl_assert(ret_score);

        if (!(host->have & PL_HOST_BIT(total_bytes)) || host->total_bytes == 0 ||
            __builtin_add_overflow(host->total_bytes, host->swap_total_bytes, &total_bytes) ||
            !(row->flags & PL_CGROUP_POPULATED) || !pl_live_score_adj(row, &score_adj) ||
            !mapped_bytes(row, &bytes))
                return false;
        bytes = PL_MIN(bytes, total_bytes);
        /* proc_oom_score() of fs/proc/base.c since 5.9. */
        *ret_score = score_adj == PL_PROCESS_SCORE_ADJ_MIN
                             ? 0
                             : (uint64_t) ((int64_t) pl_ratio_scale(bytes, 1000, total_bytes) +
                                           1000 + score_adj) *
                                       2 / 3;
        return true;
}

/* ---- places ---- */

static void set_score(struct asking *asking, struct pl_rank *rank, struct pl_rank_entry *entry)
{
        struct answers answers;

        if (!entry->row || !(entry->row->flags & PL_CGROUP_POPULATED))
                return;
        if (ask(asking, entry->row, &answers)) {
                entry->score = answers.score;
                entry->score_from = answers.is_whole ? PL_RANK_SCORE_READ : PL_RANK_SCORE_ESTIMATED;
        } else if (pl_rank_estimate(&rank->board->host, entry->row, &entry->score))
                entry->score_from = PL_RANK_SCORE_ESTIMATED;
        rank->is_estimated |= entry->score_from == PL_RANK_SCORE_ESTIMATED;
}

static void set_place(const struct pl_rank *rank, struct pl_rank_entry *entry)
{
        if (entry->score_from == PL_RANK_SCORE_NONE)
                return;
        entry->kernels = 1;
        for (size_t i = 0; i < rank->listed_count; i++)
                entry->kernels += rank->entries[i].score_from != PL_RANK_SCORE_NONE &&
                                  rank->entries[i].score > entry->score;
}

/* Whom the kernel would take, of those from a place of ours on, and those who may not be taken. */
static const struct pl_rank_entry *kernels_choice(const struct pl_rank *rank, size_t from)
{
        const struct pl_rank_entry *choice = NULL;

        for (size_t i = from; i < rank->listed_count; i++) {
                const struct pl_rank_entry *entry = &rank->entries[i];

                if (entry->score_from != PL_RANK_SCORE_NONE &&
                    (!choice || entry->score > choice->score))
                        choice = entry;
        }
        return choice;
}

static void find_difference(struct pl_rank *rank)
{
        for (size_t i = 0; i < rank->ranked_count; i++) {
                const struct pl_rank_entry *ours = &rank->entries[i];
                const struct pl_rank_entry *choice = kernels_choice(rank, i);

                if (ours->score_from == PL_RANK_SCORE_NONE || choice->score == ours->score)
                        continue;
                rank->ours = ours;
                rank->kernels = choice;
                return;
        }
}

void pl_rank_ask_kernel(struct pl_rank *rank)
{
        static struct asking asking;

        pl_assert(rank && rank->board);
        pl_assert(rank->count == rank->listed_count);

        asking.roots = rank->board->roots;
        asking.left = PROCESSES_ALL;
        for (size_t i = 0; i < rank->listed_count; i++)
                set_score(&asking, rank, &rank->entries[i]);
        for (size_t i = 0; i < rank->listed_count; i++)
                set_place(rank, &rank->entries[i]);
        find_difference(rank);
}
