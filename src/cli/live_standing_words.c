/* SPDX-License-Identifier: Apache-2.0 */

/* A state in a few words, and its cause behind a colon. Both are of a journal that may be anybody's, so each state goes with
 * each cause, and what no enumeration knows says nothing.
 */

#include "live_standing.h"
#include "plimsoll/base/assert.h"
#include "plimsoll/base/macro.h"
#include "plimsoll/base/size.h"
#include "plimsoll/model/order.h"

enum { HOLDER_COLUMNS = 24 }; /* of a name in the middle of a sentence */

const char *pl_standing_backend_words(const struct pl_journal_row *row)
{
        static const char *const words[PL_BACKENDS] = {
                [PL_BACKEND_NONE] = "nothing is written",
                [PL_BACKEND_UNIT] = "systemd unit",
                [PL_BACKEND_DIRECT] = "cgroup",
                [PL_BACKEND_INNER] = "container's own cgroup",
                [PL_BACKEND_OBSERVED] = "observed",
        };

        pl_assert(row);

        return row->standing.backend < PL_BACKENDS ? words[row->standing.backend] : "not known how";
}

void pl_standing_add_counted(struct pl_text *text, const struct pl_standing_count *count,
                             size_t number)
{
        bool is_one = number == 1;

        pl_assert(text);
        pl_assert(count->slices <= count->wanted);

        pl_text_addf(text, "%zu ", number);
        if (count->slices == 0)
                pl_text_add(text, is_one ? "workload" : "workloads");
        else if (count->slices == count->wanted)
                pl_text_add(text, is_one ? "slice" : "slices");
        else
                pl_text_add(text, is_one ? "workload or slice" : "workloads and slices");
}

/* ---- causes ---- */

static void add_use(struct pl_text *text, const struct pl_journal_row *row)
{
        if (!PL_LIVE_HAS(row, current_bytes)) {
                pl_text_add(text, "more is in use");
                return;
        }
        pl_bytes_format_short(text, row->sample.current_bytes);
        pl_text_add(text, " in use");
}

/* What cannot be reclaimed is known here only where nothing can go to swap. */
static void add_would_oom(struct pl_text *text, const struct pl_live *live,
                          const struct pl_journal_row *row)
{
        uint64_t droppable;

        add_use(text, row);
        if (!PL_LIVE_HAS(row, current_bytes) || pl_live_can_swap(live, row) ||
            !pl_live_droppable(row, &droppable) || droppable > row->sample.current_bytes) {
                pl_text_add(text, ", and too much of it cannot be reclaimed");
                return;
        }
        pl_text_add(text, ", of which ");
        pl_bytes_format_short(text, row->sample.current_bytes - droppable);
        pl_text_add(text, " cannot be reclaimed");
}

static void add_drains(struct pl_text *text, const struct pl_journal_row *row)
{
        if (PL_LIVE_HAS(row, swap_bytes))
                pl_bytes_format_short(text, row->sample.swap_bytes);
        else
                pl_text_add(text, "more");
        pl_text_add(text, " in swap, which leaves slowly");
}

static const char *no_swap_words(unsigned item)
{
        return item == PL_LIMIT_HIGH ? "without swap it would bring the workload to a standstill"
                                     : "more is in use, and without swap nothing may press it out";
}

static const char *cause_words(unsigned item, uint8_t cause)
{
        static const char *const words[PL_CAUSES] = {
                [PL_CAUSE_NO_EFFECT] = ("it was pressed, and its use did not fall; again after a "
                                        "rest"),
                [PL_CAUSE_BEHIND] = "another limit has to be in force first",
                [PL_CAUSE_BUSY] = "the kernel or systemd was busy",
                [PL_CAUSE_FILE_ABSENT] = "there is no such file",
                [PL_CAUSE_DENIED] = "not permitted, or mounted read-only",
                [PL_CAUSE_INVALID] = "the kernel does not take this value",
                [PL_CAUSE_FAILED] = "the write failed",
                [PL_CAUSE_ZERO] = "0 is never written, for nothing could run with it",
                [PL_CAUSE_LATE] =
                        ("a write has not come back, and nothing more is written until it "
                         "does"),
                [PL_CAUSE_ALARM] = "the profile's drift is \"alarm\"",
                [PL_CAUSE_YIELD] = "the profile's drift is \"yield\"",
                [PL_CAUSE_OVERLAY] = "a throttle has to end first",
                [PL_CAUSE_KUBELET] = "kubelet's, and stays as it has it",
        };

        if (cause == PL_CAUSE_NO_SWAP)
                return no_swap_words(item);
        if (item == PL_STANDING_UNIT && cause == PL_CAUSE_FILE_ABSENT)
                return "systemd knows no such unit or property";
        if (item == PL_STANDING_UNIT && cause == PL_CAUSE_INVALID)
                return "systemd does not take such a value";
        return cause < PL_CAUSES ? words[cause] : NULL;
}

static void add_cause(struct pl_text *text, const struct pl_live *live,
                      const struct pl_journal_row *row, unsigned item)
{
        uint8_t cause = row->standing.causes[item];
        const char *words = cause_words(item, cause);

        if (cause != PL_CAUSE_USE && cause != PL_CAUSE_WOULD_OOM && cause != PL_CAUSE_DRAINS &&
            !words)
                return;
        pl_text_add(text, ": ");
        if (cause == PL_CAUSE_USE)
                add_use(text, row);
        else if (cause == PL_CAUSE_WOULD_OOM)
                add_would_oom(text, live, row);
        else if (cause == PL_CAUSE_DRAINS)
                add_drains(text, row);
        else
                pl_text_add(text, words);
}

/* ---- states ---- */

static const char *observed_words(bool has_value, uint8_t cause)
{
        if (cause == PL_CAUSE_PAUSED)
                return has_value ? "as wanted, and paused by an order" : "paused by an order";
        if (cause == PL_CAUSE_KUBELET)
                return has_value ? "as wanted" : "not written";
        return has_value ? "as wanted, and only observed" : "only observed";
}

static const char *rehearsed_words(uint8_t state)
{
        switch (state) {
        case PL_LIMIT_ORDERED:
                return "would be set";
        case PL_LIMIT_LOWERING:
                return "would be lowered in steps";
        case PL_LIMIT_WAITING:
                return "would wait";
        default:
                return NULL;
        }
}

static const char *state_words(const struct pl_standing_board *board,
                               const struct pl_journal_row *row, unsigned item)
{
        static const char *const words[PL_LIMIT_STATES] = {
                [PL_LIMIT_UNSET] = "not looked at yet",
                [PL_LIMIT_IN_FORCE] = "in force",
                [PL_LIMIT_ORDERED] = "on its way",
                [PL_LIMIT_LOWERING] = "lowering",
                [PL_LIMIT_WAITING] = "waits",
                [PL_LIMIT_RETRYING] = "tried again soon",
                [PL_LIMIT_REFUSED] = "refused, tried again seldom",
                [PL_LIMIT_CONTENDED] = "somebody else sets it again and again: standing back",
                [PL_LIMIT_LEFT] = "left as somebody else has set it",
                [PL_LIMIT_ABSENT] = "this kernel has no such file",
                [PL_LIMIT_OBSERVED] = "only observed",
        };
        uint8_t state = row->standing.states[item], cause = row->standing.causes[item];
        enum pl_standing_verdict verdict = pl_standing_judge(board->live, row, item);

        if (state == PL_LIMIT_IN_FORCE && verdict == PL_STANDING_DIFFERS)
                return "in force until a moment ago";
        if (state == PL_LIMIT_OBSERVED)
                return observed_words(verdict == PL_STANDING_FINE, cause);
        if (state == PL_LIMIT_ABSENT && cause == PL_CAUSE_GONE)
                return "its cgroup is gone";
        if (state == PL_LIMIT_WAITING && verdict == PL_STANDING_LEFT)
                return "held back";
        if (board->rehearsal && rehearsed_words(state))
                return rehearsed_words(state);
        return state < PL_LIMIT_STATES ? words[state] : "not known";
}

static void add_standing(struct pl_text *text, const struct pl_standing_board *board,
                         const struct pl_journal_row *row, unsigned item)
{
        uint8_t state = row->standing.states[item];
        uint64_t value;

        pl_text_add(text, state_words(board, row, item));
        if (state == PL_LIMIT_LOWERING && !board->rehearsal && item < PL_LIMIT_COUNT &&
            pl_live_limit(&row->limits, item, &value)) {
                pl_text_add(text, ", now ");
                pl_bytes_format_short(text, value);
        }
        add_cause(text, board->live, row, item);
}

/* ---- what the path leaves of it ---- */

static void add_holder(struct pl_text *text, struct pl_cli_style style,
                       const struct pl_journal_row *holder)
{
        struct pl_span part = pl_live_last_part(holder);
        char buffer[PL_JOURNAL_PATH_BYTES];
        struct pl_text clean;

        pl_text_init(&clean, buffer, sizeof buffer);
        pl_cli_add_plain(&clean, style, pl_span_empty(part) ? pl_span_of(holder->name) : part);
        pl_live_add_cut(text, style, pl_text_span(&clean), HOLDER_COLUMNS);
}

static void add_promise_reach(struct pl_text *text, struct pl_cli_style style,
                              const struct pl_journal_row *row, enum pl_limit limit,
                              const struct pl_journal_row *holder)
{
        uint64_t own = row->limits.values[limit], effective = row->effective.values[limit];

        if (!PL_LIVE_HAS(row, current_bytes) || own == 0)
                return;
        if (effective >= PL_MIN(own, row->sample.current_bytes)) {
                pl_text_add(text, "all that it uses");
                return;
        }
        if (!holder) {
                pl_text_add(text, effective == 0
                                          ? "no effect, because a cgroup above it grants nothing"
                                          : "the cgroups above it grant no more");
                return;
        }
        pl_text_add(text, effective == 0 ? "no effect, because " : "");
        add_holder(text, style, holder);
        pl_text_add(text, " has ");
        pl_bytes_format_short(text, holder->limits.values[limit]);
        pl_text_add(text, effective == 0 ? "" : " for all in it");
}

void pl_standing_add_reach(struct pl_text *text, struct pl_cli_style style,
                           const struct pl_standing_board *board, const struct pl_journal_row *row,
                           enum pl_limit limit)
{
        const struct pl_journal_row *holder = pl_standing_find_holder(board, row, limit);
        uint64_t own, effective;

        pl_assert(text);

        if (!pl_live_limit(&row->limits, limit, &own) ||
            !pl_live_limit(&row->effective, limit, &effective) || effective >= own)
                return;
        if (limit == PL_LIMIT_MIN || limit == PL_LIMIT_LOW) {
                add_promise_reach(text, style, row, limit, holder);
                return;
        }
        if (holder)
                add_holder(text, style, holder);
        else
                pl_text_add(text, "another cgroup on its path");
        pl_text_add(text, " allows no more");
}

/* ---- the rest ---- */

static void add_count(struct pl_text *text, uint64_t count, const char *one, const char *many)
{
        pl_text_addf(text, "%llu %s", (unsigned long long) count, count == 1 ? one : many);
}

/* "3 of 14 processes still have plimsolld's" */
static void add_score_left(struct pl_text *text, const struct pl_journal_standing *standing)
{
        if (standing->adjusted_count == 0) {
                pl_text_add(text, "no process has plimsolld's any more");
                return;
        }
        if (standing->adjusted_count != standing->process_count)
                pl_text_addf(text, "%u of ", standing->adjusted_count);
        add_count(text, standing->process_count, "process still has plimsolld's",
                  "processes still have plimsolld's");
}

/* "12 of 14 processes have it, 1 has set its own and keeps it, 1 not yet" */
static void add_score_adj(struct pl_text *text, const struct pl_standing_board *board,
                          const struct pl_journal_row *row)
{
        const struct pl_journal_standing *standing = &row->standing;
        uint64_t done = (uint64_t) standing->adjusted_count + standing->own_count;

        if (standing->mode == PL_STANDING_RESTORED) {
                add_score_left(text, standing);
                return;
        }
        if (board->rehearsal &&
            pl_standing_judge(board->live, row, PL_STANDING_SCORE_ADJ) == PL_STANDING_DIFFERS) {
                pl_text_add(text, rehearsed_words(PL_LIMIT_ORDERED));
                return;
        }
        if (standing->process_count == 0) {
                pl_text_add(text, pl_standing_is_unswept(row) ? "not looked at yet" : "no process");
                return;
        }
        if (standing->adjusted_count != standing->process_count)
                pl_text_addf(text, "%u of ", standing->adjusted_count);
        add_count(text, standing->process_count, "process has it", "processes have it");
        if (standing->own_count > 0) {
                pl_text_add(text, ", ");
                add_count(text, standing->own_count, "has set its own and keeps it",
                          "have set their own and keep it");
        }
        if (done < standing->process_count)
                pl_text_addf(text, ", %llu not yet",
                             (unsigned long long) (standing->process_count - done));
}

static void add_vm_swappiness(struct pl_text *text, int64_t vm_swappiness)
{
        pl_text_add(text, "vm.swappiness");
        if (vm_swappiness >= 0)
                pl_text_addf(text, " (%lld)", (long long) vm_swappiness);
}

static void add_swappiness(struct pl_text *text, const struct pl_standing_board *board,
                           const struct pl_journal_row *row)
{
        switch (row->standing.swappiness) {
        case PL_SWAPPINESS_EXACT:
                pl_text_add(text, "exact: it is that of ");
                add_vm_swappiness(text, -1);
                return;
        case PL_SWAPPINESS_SWAP_MAX:
                pl_text_add(text, "approximated by memory.swap.max=0");
                return;
        case PL_SWAPPINESS_RECLAIM:
                pl_text_add(text, "approximated: by memory.reclaim only, else ");
                add_vm_swappiness(text, board->vm_swappiness);
                pl_text_add(text, " counts");
                return;
        case PL_SWAPPINESS_NONE:
                pl_text_add(text, "none: ");
                add_vm_swappiness(text, board->vm_swappiness);
                pl_text_add(text, " counts");
                return;
        default:
                pl_text_add(text, "not known");
        }
}

static void add_limit(struct pl_text *text, struct pl_cli_style style,
                      const struct pl_standing_board *board, const struct pl_journal_row *row,
                      enum pl_limit limit)
{
        struct pl_live_sentence sentence;
        struct pl_text *reach = pl_live_begin(&sentence);

        add_standing(text, board, row, limit);
        if (row->standing.states[limit] != PL_LIMIT_IN_FORCE)
                return;
        pl_standing_add_reach(reach, style, board, row, limit);
        if (reach->length > 0)
                pl_text_addf(text, "; %s", sentence.buffer);
}

void pl_standing_add_words(struct pl_text *text, struct pl_cli_style style,
                           const struct pl_standing_board *board, const struct pl_journal_row *row,
                           unsigned item)
{
        pl_assert(text && board);
        pl_assert(row && item < PL_STANDING_ITEMS);

        switch (item) {
        case PL_STANDING_UNIT:
                add_standing(text, board, row, item);
                return;
        case PL_STANDING_SCORE_ADJ:
                add_score_adj(text, board, row);
                return;
        case PL_STANDING_SWAPPINESS:
                add_swappiness(text, board, row);
                return;
        default:
                add_limit(text, style, board, row, item);
        }
}
