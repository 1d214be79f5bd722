/* SPDX-License-Identifier: Apache-2.0 */

/* A row is composed from the one that is there: what a look does not read stays as it was. Whether anything of it
 * concerns the engine is found out by comparing what the engine would be given before and after.
 *
 * A cgroup can go between any two calls. Whatever notices it, the row stays until the census tells of its end, and a row
 * that could not be made at the first attempt is made at the next look. The board knows of a cgroup what the census has told of
 * it: one whose appearance waits to be handed out is passed over by a look, for it could end without a word.
 *
 * A number of a profile means nothing without its policy. Each place knows by which one it was matched, so that no row of
 * the policy before is taken for one of this, whatever fails in between.
 */

#include "board.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "board_internal.h"
#include "orders.h"
#include "plimsoll/base/assert.h"
#include "plimsoll/base/macro.h"
#include "plimsoll/kernel/memcg.h"

enum {
        /* Events that are taken in one piece of work: each appearance takes some ten system calls. */
        EVENTS = 64,
        /* Pieces of work that the first look waits for those who are there: twice what the largest host takes, of which 64
         * appear in a piece. */
        FIRST_PIECES = 2 * PL_JOURNAL_ROWS_MAX / EVENTS,
};

int pl_board_open(struct pl_board *board, const struct pl_board_options *options)
{
        pl_assert(board);
        pl_assert(options->logbook && options->steps);

        memset(board, 0, offsetof(struct pl_board, census));
        board->options = *options;
        board->policy_number = 1; /* none */
        board->units = 1;
        options->steps->names = (struct pl_steps_names){ pl_board_find_name, board };
        pl_sampler_init(&board->sampler, &options->roots, options->recursive_protection);
        return pl_census_open(&board->census, &options->roots, &options->census);
}

void pl_board_close(struct pl_board *board)
{
        pl_assert(board);

        if (board->options.steps)
                board->options.steps->names = (struct pl_steps_names){};
        pl_sampler_done(&board->sampler);
        pl_census_close(&board->census);
        for (uint32_t i = 0; i < board->place_count; i++)
                pl_board_forget_names(board, i);
        pl_board_set_labels(board, NULL, 0);
        free(board->places);
        board->places = NULL;
        board->place_count = 0;
}

int pl_board_fd(const struct pl_board *board)
{
        return pl_census_fd(&board->census);
}

/* ---- acts ---- */

static void tell(struct pl_board *board, enum pl_journal_type type, enum pl_reason reason,
                 const struct pl_journal_row *row, uint32_t profile_before, uint64_t now_usec)
{
        struct pl_journal_act act = {
                .at_usec = now_usec,
                .type = type,
                .workload = { .id = row->id,
                              .parent_id = row->parent_id,
                              .kind = row->kind,
                              .runtime = row->runtime,
                              .profile = row->profile,
                              .profile_before = profile_before,
                              .reason = reason },
        };

        if (!(row->flags & PL_CGROUP_WORKLOAD))
                return;
        memcpy(act.workload.name, row->name, sizeof act.workload.name);
        memcpy(act.workload.profile_name, row->profile_name, sizeof act.workload.profile_name);
        memcpy(act.workload.path, row->path, sizeof act.workload.path);
        pl_logbook_workload(board->options.logbook, &act);
}

/* ---- who it is ---- */

static bool is_stale(const struct pl_board *board, uint32_t index)
{
        return board->places[index].policy != board->policy_number;
}

/* False when it is matched already: by this policy, and by all that could have changed. Who has no name as yet may be anybody:
 * he has no profile, and nobody may take him. */
static bool match(struct pl_board *board, uint32_t index, const struct pl_census_identity *identity,
                  struct pl_journal_row *row)
{
        const struct pl_facts_policy policy = pl_board_policy(board);
        const struct pl_census_entry *entry = pl_census_at(&board->census, index);
        struct pl_board_place *place = &board->places[index];
        struct pl_orders_word word;
        struct pl_facts_score score = pl_board_read_score(board, index);
        uint32_t claim;

        /* Of a pod that says whether it is kubelet's own; that nobody has answered this time says nothing. */
        if (!score.is_known && row->flags & PL_CGROUP_POD && row->flags & PL_CGROUP_SCORE_KNOWN)
                score = (struct pl_facts_score){ row->score_adj, true };
        claim = pl_facts_claim(identity, score);

        if (pl_board_awaits_names(board, index)) {
                pl_facts_match(&(struct pl_facts_policy){}, entry, identity, score, row);
                row->flags |= PL_CGROUP_PROTECTED;
                return true;
        }
        if (!is_stale(board, index) && claim == place->claim)
                return false;
        word = pl_orders_of(board->policy, &identity->identity, entry->id, (int64_t) time(NULL));
        pl_facts_match(&policy, entry, identity, score, row);
        pl_facts_obey(&word, row);
        if (place->returns)
                row->flags |= PL_CGROUP_RETURNS;
        place->applied_sec = word.applied_sec;
        place->claim = claim;
        place->policy = board->policy_number;
        return true;
}

/* Gives it a row. What cannot be had now is tried again at the next look. */
static void admit(struct pl_board *board, uint32_t index, uint64_t now_usec)
{
        struct pl_census_identity identity;
        struct pl_journal_row row = { .since_usec = now_usec, .at_usec = now_usec };
        const struct pl_journal_row none = {};
        uint32_t number;

        pl_assert(pl_board_row_at(board, index) == PL_BOARD_NO_ROW);

        if (pl_board_grow(board, index) != 0 ||
            pl_census_identity(&board->census, index, &identity) != 0)
                return;
        if (pl_steps_reserve(board->options.steps, board->row_count + 1) != 0)
                return;
        number = pl_board_take_row(board);
        if (number == PL_BOARD_NO_ROW)
                return;
        board->places[index] = (struct pl_board_place){ .row = number, .enforced = PL_POOL_NONE };
        if (!pl_board_expect_names(board, index, &identity, now_usec)) {
                pl_board_give_row_back(board, number);
                board->places[index].row = PL_BOARD_NO_ROW;
                return;
        }
        pl_facts_identify(&board->census, index, &identity, &row);
        (void) match(board, index, &identity, &row);
        pl_board_put_row(board, index, &none, &row, now_usec);
        /* Who was there before the daemon has not appeared. */
        if (!board->has_looked)
                return;
        /* A number says nothing to anybody, and its name comes at once. */
        if (pl_board_awaits_names(board, index))
                pl_board_set_untold(board, index, true);
        else
                tell(board, PL_JOURNAL_APPEARED, PL_REASON_CREATED, &row, PL_FACTS_NO_PROFILE,
                     now_usec);
        if (board->ear.appeared)
                board->ear.appeared(board->ear.to, index, &row);
}

static void dismiss(struct pl_board *board, uint32_t index, uint64_t now_usec)
{
        uint32_t number = pl_board_row_at(board, index);
        struct pl_journal_row row;

        if (number == PL_BOARD_NO_ROW)
                return;
        if (board->options.enforcer)
                pl_enforce_forget(board->options.enforcer, &board->places[index].enforced);
        if (pl_board_read_row(board, number, &row)) {
                pl_board_count(board, &row, UINT32_MAX);
                if (!pl_board_is_untold(board, index))
                        tell(board, PL_JOURNAL_GONE, PL_REASON_REMOVED, &row, row.profile,
                             now_usec);
                if (board->places[index].told != 0)
                        pl_steps_add_gone(board->options.steps, now_usec, row.id);
        }
        pl_board_forget_names(board, index);
        pl_board_give_row_back(board, number);
        board->places[index].row = PL_BOARD_NO_ROW;
}

/* ---- a look at one ---- */

/* Its limits are held against what is wanted, and its row says how that stands. */
static void enforce(struct pl_board *board, uint32_t index, struct pl_enforce_view view,
                    struct pl_journal_row *row)
{
        struct pl_board_place *place = &board->places[index];

        if (!board->options.enforcer || pl_board_awaits_names(board, index))
                return;
        view.index = index;
        view.applied_sec = place->applied_sec;
        view.enforced = &place->enforced;
        pl_enforce_look(board->options.enforcer, &view, row);
}

static struct pl_sample_request request_of(const struct pl_journal_row *row, bool slow,
                                           uint64_t now_usec)
{
        return (struct pl_sample_request){
                .parts = PL_SAMPLE_HOT | (slow ? (unsigned) PL_SAMPLE_SLOW : 0),
                .limits = slow || row->flags & PL_CGROUP_PROFILE,
                .now_usec = now_usec,
        };
}

/* Whether it is what it was, to selectors; after another policy its number of a profile means another one, and they are
 * asked in any case. Who cannot be told then has none, and is asked again at the next look. */
static void match_again(struct pl_board *board, uint32_t index, struct pl_journal_row *row,
                        uint64_t now_usec)
{
        enum pl_reason reason = is_stale(board, index) ? PL_REASON_POLICY : PL_REASON_ATTRIBUTE;
        const struct pl_journal_row before = *row;
        struct pl_census_identity identity;

        if (pl_census_identity(&board->census, index, &identity) == 0) {
                pl_board_dress(board, index, &identity);
                if (!match(board, index, &identity, row))
                        return;
        } else if (is_stale(board, index))
                pl_facts_forget_profile(row);
        if (strcmp(row->profile_name, before.profile_name) != 0)
                tell(board, PL_JOURNAL_CHANGED, reason, row, before.profile, now_usec);
}

/* Who was empty and is not has processes now, which say more than it did. */
static void change_state(struct pl_board *board, uint32_t index, uint64_t now_usec)
{
        uint32_t number = pl_board_row_at(board, index);
        struct pl_journal_row row, before;

        if (number == PL_BOARD_NO_ROW || !pl_board_read_row(board, number, &row))
                return;
        before = row;
        match_again(board, index, &row, now_usec);
        pl_facts_set_state(pl_census_at(&board->census, index), &row);
        row.at_usec = now_usec;
        enforce(board, index, (struct pl_enforce_view){ .now_usec = now_usec }, &row);
        pl_board_put_row(board, index, &before, &row, now_usec);
}

/* What is there is read, and the rest stays; false when it could not be. */
static bool take_figures(struct pl_board *board, uint32_t index, bool slow, uint64_t now_usec,
                         struct pl_journal_row *row)
{
        const struct pl_sample_request request = request_of(row, slow, now_usec);
        int r = pl_sample_known(&board->sampler, &board->census, index, request, &row->sample);

        if (r != 0 && r != PL_FILE_E_ABSENT)
                return false;
        pl_facts_set_limits(&pl_census_at(&board->census, index)->reach, row);
        return true;
}

/* Who has a limit that he can meet before the host has none left: of workloads, of those under a profile. */
static void offer(struct pl_board *board, const struct pl_journal_row *row)
{
        const uint64_t max = row->limits.set >> PL_LIMIT_MAX & 1 ? row->limits.values[PL_LIMIT_MAX]
                                                                 : PL_SIZE_MAX;

        if (board->options.triggers && max < board->host.ram_bytes &&
            row->flags & PL_CGROUP_POPULATED &&
            (row->flags & PL_CGROUP_PROFILE || !(row->flags & PL_CGROUP_WORKLOAD)))
                pl_triggers_offer(board->options.triggers, row->id, row->sample.current_bytes);
}

/* Everything that is cheap, and at every third look the rest. What is empty does not grow. */
static void look_at_row(struct pl_board *board, uint32_t index, uint64_t now_usec)
{
        bool slow = (index + board->look) % PL_BOARD_SLOW_EVERY == 0 || is_stale(board, index);
        struct pl_journal_row row, before;
        bool has_limits;

        if (!pl_board_read_row(board, pl_board_row_at(board, index), &row))
                return;
        slow |= row.sample.at_usec == 0;
        if (!slow && !(row.flags & PL_CGROUP_POPULATED))
                return;

        before = row;
        if (slow)
                match_again(board, index, &row, now_usec);
        if ((index + board->look) % PL_BOARD_NAMES_EVERY == 0)
                pl_board_ask_name_again(board, index, now_usec);
        /* Matched anew it is shown anew, whether its figures could be had or not. */
        has_limits = take_figures(board, index, slow, now_usec, &row);
        /* The container's own, which the enforcer reads. */
        if (row.standing.backend == PL_BACKEND_INNER)
                row.limits = before.limits;
        if (!has_limits && !slow)
                return;
        /* Without figures of now the limits were not read either. */
        has_limits &= row.sample.at_usec == now_usec && (slow || row.flags & PL_CGROUP_PROFILE);
        /* Those of a slice were read with the first below it, and may have been written since. */
        has_limits &= (row.flags & PL_CGROUP_WORKLOAD) != 0;
        enforce(board, index,
                (struct pl_enforce_view){
                        .now_usec = now_usec, .has_limits = has_limits, .is_scan = true },
                &row);
        row.at_usec = now_usec;
        pl_board_put_row(board, index, &before, &row, now_usec);
        offer(board, &row);
        if (row.sample.at_usec != before.sample.at_usec && board->places[index].told != 0)
                pl_steps_add_sample(board->options.steps, now_usec, row.id, &row.sample);
}

/* As far as limits go: two figures of the hot ones. */
static void read_use(struct pl_board *board, uint32_t index, uint64_t now_usec,
                     struct pl_cgroup_sample *sample)
{
        struct pl_file_buffer *buffer = &board->sampler.buffer;
        bool opened = false;
        int fd = -1;

        if (pl_census_directory(&board->census, index, &fd, &opened) != 0)
                return;
        if (pl_memcg_read_figure(fd, PL_MEMCG_CURRENT, buffer, &sample->current_bytes) == 0)
                sample->at_usec = now_usec;
        (void) pl_memcg_read_figure(fd, PL_MEMCG_SWAP_CURRENT, buffer, &sample->swap_bytes);
        if (opened)
                pl_cleanup_close(&fd);
}

/* Somebody whose orders are back, or who has just come: what he uses, and what is to be done about him. His figures stay those of
 * the look at everybody, which are all of one moment. */
static void look_again(struct pl_board *board, uint32_t index, bool is_new, uint64_t now_usec)
{
        struct pl_journal_row row, before;

        if (pl_board_row_at(board, index) == PL_BOARD_NO_ROW ||
            !pl_board_read_row(board, pl_board_row_at(board, index), &row))
                return;
        before = row;
        /* Numbers of profiles of the policy before mean nothing any more. */
        if (is_stale(board, index))
                match_again(board, index, &row, now_usec);
        read_use(board, index, now_usec, &row.sample);
        enforce(board, index, (struct pl_enforce_view){ .now_usec = now_usec, .is_new = is_new },
                &row);
        row.sample = before.sample;
        row.at_usec = now_usec;
        pl_board_put_row(board, index, &before, &row, now_usec);
}

/* What was told of it is what it was called until now. */
void pl_board_take_name(struct pl_board *board, uint32_t index, struct pl_names *names,
                        uint64_t now_usec)
{
        bool is_untold = pl_board_is_untold(board, index);
        struct pl_census_identity identity;
        struct pl_journal_row row, before;

        pl_board_keep_names(board, index, names);
        if (pl_board_row_at(board, index) == PL_BOARD_NO_ROW ||
            !pl_board_read_row(board, pl_board_row_at(board, index), &row) ||
            pl_census_identity(&board->census, index, &identity) != 0)
                return;
        before = row;
        pl_board_dress(board, index, &identity);
        pl_facts_identify(&board->census, index, &identity, &row);
        board->places[index].policy = 0;
        (void) match(board, index, &identity, &row);
        row.at_usec = now_usec;
        pl_board_put_row(board, index, &before, &row, now_usec);
        if (is_untold)
                tell(board, PL_JOURNAL_APPEARED, PL_REASON_CREATED, &row, PL_FACTS_NO_PROFILE,
                     now_usec);
        else if (board->has_looked && strcmp(row.profile_name, before.profile_name) != 0)
                tell(board, PL_JOURNAL_CHANGED, PL_REASON_ATTRIBUTE, &row, before.profile,
                     now_usec);
        pl_board_set_untold(board, index, false);
        if (board->options.enforcer)
                look_again(board, index, true, now_usec);
}

static void look_at(struct pl_board *board, uint32_t index, uint64_t now_usec)
{
        const struct pl_census_entry *entry = pl_census_at(&board->census, index);

        if (!(entry->flags & PL_CENSUS_TOLD))
                return;
        if (pl_board_row_at(board, index) == PL_BOARD_NO_ROW)
                admit(board, index, now_usec);
        if (pl_board_row_at(board, index) != PL_BOARD_NO_ROW) {
                look_at_row(board, index, now_usec);
                pl_board_ask_returns(board, index);
        } else if (pl_census_is_workload(entry))
                board->unlisted++;
}

/* ---- a look at everybody ---- */

static void restart_look(struct pl_board *board)
{
        board->cursor = PL_CENSUS_ROOT + 1;
        board->unlisted = 0;
        if (board->options.enforcer)
                pl_enforce_begin_look(board->options.enforcer);
        if (board->options.triggers)
                pl_triggers_begin(board->options.triggers);
}

void pl_board_set_policy(struct pl_board *board, const struct pl_policy *policy,
                         const struct pl_host_facts *host)
{
        pl_assert(board && host);

        board->policy = policy;
        board->host = *host;
        board->policy_number++;
        pl_board_set_labels(board, policy, 0);
        /* One that is under way begins anew: its first half went by the other policy. What it has read is not taken for what
         * is read now. */
        restart_look(board);
        if (board->is_looking)
                pl_sample_begin(&board->sampler);
}

bool pl_board_begin(struct pl_board *board, uint64_t now_usec)
{
        pl_assert(board);

        if (board->lacks_labels)
                pl_board_set_labels(board, board->policy, now_usec);
        if (board->is_looking)
                return false;
        board->is_looking = true;
        board->begun_usec = now_usec;
        board->look++;
        restart_look(board);
        pl_census_begin(&board->census);
        pl_sample_begin(&board->sampler);
        return true;
}

static void end_look(struct pl_board *board, uint64_t now_usec)
{
        board->is_looking = false;
        board->has_looked = true;
        board->matched_number = board->policy_number;
        board->unlisted_count = board->unlisted;
        board->looked_at_usec = now_usec;
        pl_steps_take(board->options.steps, now_usec);
        if (board->options.enforcer)
                pl_enforce_end_look(board->options.enforcer, now_usec);
        if (board->unlisted_count > 0)
                pl_logbook_say_once(
                        board->options.logbook, now_usec,
                        &(struct pl_logbook_note){ PL_NOTE_ROWS, board->unlisted_count, NULL });
}

/* True: there are more. */
static bool take_events(struct pl_board *board, uint64_t now_usec)
{
        struct pl_census_event event;

        for (unsigned i = 0; i < EVENTS; i++) {
                if (pl_census_next_event(&board->census, &event) == PL_CENSUS_E_NONE)
                        return false;
                switch (event.kind) {
                case PL_CENSUS_APPEARED:
                        admit(board, event.index, now_usec);
                        /* Those who were there are looked at anyway. */
                        if (board->has_looked && board->options.enforcer)
                                look_again(board, event.index, true, now_usec);
                        pl_board_ask_returns(board, event.index);
                        break;
                case PL_CENSUS_CHANGED:
                        change_state(board, event.index, now_usec);
                        break;
                case PL_CENSUS_VANISHED:
                        dismiss(board, event.index, now_usec);
                        break;
                }
        }
        return true;
}

/* Each is said once in the census' life; in the order of its notes. */
static void take_notes(struct pl_board *board, uint64_t now_usec)
{
        uint32_t notes = pl_census_take_notes(&board->census);

        for (unsigned i = 0; i < PL_CENSUS_NOTES; i++)
                if (notes >> i & 1)
                        pl_logbook_say_once(board->options.logbook, now_usec,
                                            &(struct pl_logbook_note){
                                                    (enum pl_note_code)(PL_NOTE_WORKLOADS + i),
                                                    board->census.note_counts[i], NULL });
}

/* True: there are more. */
static bool look(struct pl_board *board, uint64_t now_usec)
{
        for (unsigned i = 0; i < PL_BOARD_SAMPLES; i++) {
                uint32_t index;

                /* One workload's processes at a time. */
                if (board->options.enforcer && pl_enforce_sweep(board->options.enforcer, now_usec))
                        return true;
                index = pl_census_next(&board->census, board->cursor);

                if (index == PL_CENSUS_NONE) {
                        end_look(board, now_usec);
                        return false;
                }
                board->cursor = index + 1;
                look_at(board, index, now_usec);
        }
        return true;
}

/* Those who cannot wait for the next look. True: there are more. */
static bool take_due(struct pl_board *board, uint64_t now_usec)
{
        struct pl_enforcer *enforcer = board->options.enforcer;
        uint32_t index;

        if (!enforcer)
                return false;
        for (unsigned i = 0; i < PL_BOARD_SAMPLES; i++) {
                if (!pl_enforce_next_due(enforcer, now_usec, &index))
                        return pl_enforce_sweep(enforcer, now_usec);
                look_again(board, index, false, now_usec);
        }
        return true;
}

bool pl_board_work(struct pl_board *board, uint64_t now_usec)
{
        bool more;

        pl_assert(board);

        more = pl_census_notice(&board->census) == PL_CENSUS_E_MORE;
        /* What could not be looked at is passed over, and the rest is behind it. */
        more |= pl_census_scan(&board->census, PL_BOARD_LOOKS) != 0;
        more |= take_events(board, now_usec);
        more |= pl_board_take_names(board, now_usec);
        pl_board_ask_names(board, now_usec);
        more |= take_due(board, now_usec);
        take_notes(board, now_usec);
        /* The first look is at everybody who was there, by name: what a daemon before this one did for a container is taken back
         * from whom no profile has then. Who makes and removes cgroups faster than they can be listed puts
         * it off for so long and no longer. */
        if (board->is_looking && (board->has_looked || !more || board->pieces++ >= FIRST_PIECES) &&
            (board->has_looked || board->awaited_count == 0))
                more |= look(board, now_usec);
        return more;
}

_Static_assert((int) PL_NOTE_DENIED - (int) PL_NOTE_WORKLOADS ==
                       (int) PL_CENSUS_NOTE_DENIED - (int) PL_CENSUS_NOTE_WORKLOADS,
               "notes of the census have codes in its order");
