/* SPDX-License-Identifier: Apache-2.0 */

/* What is in the log of processes, and who of them is gone. */

#include <unistd.h>

#include "adjust_internal.h"
#include "originals_internal.h"
#include "plimsoll/base/assert.h"
#include "plimsoll/base/macro.h"
#include "plimsoll/kernel/process.h"

static bool is_score(int64_t value)
{
        return value >= PL_PROCESS_SCORE_ADJ_MIN && value <= PL_PROCESS_SCORE_ADJ_MAX;
}

/* Its check says that a record is whole, and not that we have written it. */
static bool is_of_a_process(const struct pl_original_value *value)
{
        return value->kind == PL_ORIGINAL_PROCESS && value->number > 1 &&
               value->number <= INT32_MAX && is_score(value->before) && is_score(value->set) &&
               is_score(value->prior);
}

const struct pl_original_value *pl_adjust_noted_under(const struct pl_originals *originals,
                                                      pid_t pid)
{
        const struct pl_original_value value = { .kind = PL_ORIGINAL_PROCESS,
                                                 .number = (uint32_t) pid };
        const struct pl_original_value *noted;
        uint32_t index;

        pl_assert(pid > 0);

        if (pl_table_find(&originals->values.index, pl_originals_value_key(&value), &index) != 0)
                return NULL;
        noted = pl_originals_value_at(originals, index);
        return is_of_a_process(noted) ? noted : NULL;
}

/* Also of a process that is gone: what it had before is what the others had. */
static const struct pl_original_value *find_one_of(const struct pl_originals *originals,
                                                   uint64_t cgroup_id)
{
        uint32_t left = originals->values.pool.count;

        for (uint32_t i = 0; left > 0; i++, left--) {
                const struct pl_original_value *value;

                i = pl_originals_next_value(originals, i);
                value = pl_originals_value_at(originals, i);
                if (is_of_a_process(value) && value->cgroup_id == cgroup_id)
                        return value;
        }
        return NULL;
}

bool pl_adjust_recall(const struct pl_adjuster *adjuster, uint64_t cgroup_id,
                      struct pl_adjusted *adjusted)
{
        const struct pl_original_value *value;

        pl_assert(adjuster);
        pl_assert(cgroup_id != 0);
        pl_assert(adjusted && !adjusted->is_known);

        value = find_one_of(adjuster->originals, cgroup_id);
        if (!value)
                return false;
        adjusted->is_known = true;
        adjusted->baseline = (int32_t) value->before;
        adjusted->is_set = (value->have & PL_ORIGINAL_HAS_SET) != 0;
        adjusted->set = (int32_t) value->set;
        adjusted->has_prior = (value->have & PL_ORIGINAL_HAS_PRIOR) != 0;
        adjusted->prior = (int32_t) value->prior;
        adjusted->witness = value->number;
        adjusted->witness_ticks = value->start_ticks;
        return true;
}

bool pl_adjust_is_witnessed(const struct pl_adjuster *adjuster)
{
        const struct pl_adjusted *adjusted = adjuster->adjusted;
        const struct pl_original_value value = { .kind = PL_ORIGINAL_PROCESS,
                                                 .number = adjusted->witness,
                                                 .start_ticks = adjusted->witness_ticks };

        pl_assert(adjusted->is_known);

        return adjusted->baseline == adjuster->request.score_adj ||
               (adjusted->witness != 0 && pl_originals_find_value(adjuster->originals, &value));
}

int pl_adjust_note(struct pl_adjuster *adjuster, const struct pl_adjust_process *process,
                   bool *ret_new)
{
        struct pl_original_value value = process->id;
        int r;

        pl_assert(adjuster->adjusted->is_known);

        value.before = adjuster->adjusted->baseline;
        r = pl_originals_note_value(adjuster->originals, &value);
        *ret_new = r == 0;
        if (r == 0 || r == PL_ORIGINALS_E_EXISTS)
                r = pl_originals_set_value(adjuster->originals, &value, adjuster->request.score_adj,
                                           process->value);
        return r;
}

int pl_adjust_put_back(struct pl_adjuster *adjuster, struct pl_adjust_power *power,
                       const struct pl_adjust_process *process)
{
        const struct pl_original_value *noted = process->noted;
        int r;

        pl_assert(noted && is_of_a_process(noted));

        if (process->value == noted->before || !pl_original_value_is_ours(noted, process->value))
                return 0;
        r = pl_adjust_write(power, process->dir_fd, process->value, (int32_t) noted->before);
        adjuster->sums.changed_count += r == 0;
        return r;
}

int pl_adjust_put_back_noted(struct pl_adjuster *adjuster, struct pl_adjust_power *power,
                             const struct pl_original_value *noted)
{
        _cleanup_(pl_adjust_release) struct pl_adjust_process process = { .dir_fd = -1 };
        const struct pl_original_value id = *noted; /* which the log may move */
        int r = pl_adjust_hold(adjuster, (pid_t) id.number, &process);

        if (r == 0 && process.noted)
                r = pl_adjust_put_back(adjuster, power, &process);
        if (r != 0 && r != PL_FILE_E_GONE)
                return r;
        /* A note that cannot be dropped says what is so already. */
        (void) pl_originals_drop_value(adjuster->originals, &id);
        return 0;
}

static bool is_gone(struct pl_adjuster *adjuster, const struct pl_original_value *noted)
{
        _cleanup_close_ int dir_fd = -1;
        int r;

        if (!is_of_a_process(noted))
                return true;
        r = pl_process_open(adjuster->roots.proc_fd, (pid_t) noted->number, &dir_fd);
        if (r == 0)
                r = pl_process_confirm(dir_fd, noted->start_ticks, &adjuster->buffer);
        return r == PL_FILE_E_GONE;
}

void pl_adjust_tidy(struct pl_adjuster *adjuster, uint32_t budget)
{
        struct pl_originals *originals = adjuster->originals;

        pl_assert(adjuster);

        for (uint32_t i = 0; i < budget; i++) {
                uint32_t index = pl_originals_next_value(originals, adjuster->tidied);
                struct pl_original_value noted;

                if (index == PL_POOL_NONE) {
                        adjuster->tidied = 0;
                        return;
                }
                adjuster->tidied = index + 1;
                noted = *pl_originals_value_at(originals, index);
                /* One that cannot be dropped now is met again. */
                if (noted.kind == PL_ORIGINAL_PROCESS && is_gone(adjuster, &noted))
                        (void) pl_originals_drop_value(originals, &noted);
        }
}

int pl_adjust_restore_noted(struct pl_adjuster *adjuster, uint32_t *ret_back, uint32_t *ret_left)
{
        struct pl_adjust_power power = {};
        uint32_t left = 0;
        int error = 0, r;

        pl_assert(adjuster && !adjuster->adjusted);
        pl_assert(ret_back && ret_left);

        adjuster->sums = (struct pl_adjusted){};
        adjuster->self = getpid();
        adjuster->listed_ticks = UINT64_MAX; /* their own start times say who they are */
        for (uint32_t i = pl_originals_next_value(adjuster->originals, 0); i != PL_POOL_NONE;
             i = pl_originals_next_value(adjuster->originals, i + 1)) {
                const struct pl_original_value *noted = pl_originals_value_at(adjuster->originals,
                                                                              i);

                if (!is_of_a_process(noted))
                        continue;
                r = pl_adjust_put_back_noted(adjuster, &power, noted);
                left += r != 0;
                error = error != 0 ? error : r;
        }
        r = pl_adjust_end_power(&power);
        *ret_back = adjuster->sums.changed_count;
        *ret_left = left;
        return r != 0 ? r : -pl_adjust_error_of(error);
}
