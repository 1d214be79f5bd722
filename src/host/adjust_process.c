/* SPDX-License-Identifier: Apache-2.0 */

/* Most processes are as they should be, at every sweep after the first. So the value alone is read by the number first, in
 * three system calls, and only who may have to be written is taken hold of.
 *
 * A number is no process. Between the reading of cgroup.procs and a look the process may have ended and its number may be
 * somebody else's, in another workload or in none. Who began after the list was read is not the one on it; a process of the
 * same hundredth of a second passes, within which no host goes through all its numbers. From there on everything is
 * read and written through the directory, which is bound to the process: what was read by the number counts for nothing.
 */

#include <errno.h>

#include "adjust_internal.h"
#include "plimsoll/base/assert.h"
#include "plimsoll/base/macro.h"
#include "plimsoll/base/text.h"
#include "plimsoll/kernel/process.h"

int pl_adjust_error_of(int outcome)
{
        if (outcome < 0)
                return -outcome;
        switch (outcome) {
        case PL_FILE_E_DENIED:
                return EACCES;
        case PL_FILE_E_MALFORMED:
                return EBADMSG;
        case PL_FILE_E_TOO_BIG:
                return EFBIG;
        case PL_FILE_E_REFUSED:
                return EINVAL;
        default:
                return 0;
        }
}

void pl_adjust_count_error(struct pl_adjuster *adjuster, int outcome)
{
        if (adjuster->sums.error == 0)
                adjuster->sums.error = pl_adjust_error_of(outcome);
}

static void count_log_error(struct pl_adjuster *adjuster, int outcome)
{
        int error = outcome == PL_ORIGINALS_E_FULL       ? ENOBUFS
                    : outcome == PL_ORIGINALS_E_NO_SPACE ? ENOSPC
                    : outcome == PL_ORIGINALS_E_DENIED   ? EACCES
                                                         : -outcome;

        pl_assert(error > 0);

        pl_adjust_count_error(adjuster, -error);
}

/* ---- taking hold ---- */

void pl_adjust_release(struct pl_adjust_process *process)
{
        pl_cleanup_close(&process->dir_fd);
}

/* Kernel threads have no memory, nor have the remains of a process; but a process goes on after its first thread has ended,
 * and then looks like remains with threads. Our own children do what they do for all workloads. */
static bool may_be_touched(const struct pl_adjuster *adjuster, const struct pl_process_stat *stat)
{
        bool is_over = stat->state == 'X' || (stat->state == 'Z' && stat->thread_count <= 1);

        return !pl_process_is_kernel_thread(stat) && !is_over &&
               stat->parent_pid != adjuster->self && stat->start_ticks <= adjuster->listed_ticks;
}

int pl_adjust_hold(struct pl_adjuster *adjuster, pid_t pid, struct pl_adjust_process *ret_process)
{
        struct pl_process_stat stat;
        int r;

        pl_assert(adjuster->self > 0);
        pl_assert(pid > 1 && pid != adjuster->self);
        pl_assert(ret_process->dir_fd < 0);

        r = pl_process_open(adjuster->roots.proc_fd, pid, &ret_process->dir_fd);
        if (r == 0)
                r = pl_process_read_stat(ret_process->dir_fd, &adjuster->buffer, &stat);
        if (r == 0 && !may_be_touched(adjuster, &stat))
                r = PL_FILE_E_GONE;
        if (r == 0)
                r = pl_process_read_oom_score_adj(ret_process->dir_fd, &adjuster->buffer,
                                                  &ret_process->value);
        if (r != 0)
                return r;

        ret_process->id = (struct pl_original_value){ .kind = PL_ORIGINAL_PROCESS,
                                                      .number = (uint32_t) pid,
                                                      .start_ticks = stat.start_ticks,
                                                      .cgroup_id = adjuster->request.cgroup_id };
        ret_process->noted = pl_adjust_noted_under(adjuster->originals, pid);
        if (ret_process->noted && ret_process->noted->start_ticks != stat.start_ticks)
                ret_process->noted = NULL;
        return 0;
}

/* ---- counting ---- */

/* `value` is what it has now. */
static void count(struct pl_adjuster *adjuster, int32_t value)
{
        const struct pl_adjusted *adjusted = adjuster->adjusted;

        adjuster->sums.process_count++;
        if (value == adjuster->request.score_adj)
                adjuster->sums.adjusted_count++;
        else if (!adjusted->is_known || value != adjusted->baseline)
                adjuster->sums.own_count++;
}

/* Writes it and counts it. */
static int write_value(struct pl_adjuster *adjuster, struct pl_adjust_power *power,
                       const struct pl_adjust_process *process, int32_t wanted)
{
        int r = pl_adjust_write(power, process->dir_fd, process->value, wanted);

        if (r == 0)
                adjuster->sums.changed_count++;
        if (r != PL_FILE_E_GONE && r != PL_FILE_E_ABSENT)
                count(adjuster, r == 0 ? wanted : process->value);
        pl_adjust_count_error(adjuster, r);
        return r;
}

/* ---- applying ---- */

/* Unless the log knew better when the sweep began, and for one who has come from a workload that we have adjusted. */
static void learn_baseline(struct pl_adjuster *adjuster, const struct pl_adjust_process *process)
{
        const struct pl_original_value *noted = process->noted;
        struct pl_adjusted *adjusted = adjuster->adjusted;
        bool is_ours = noted && pl_original_value_is_ours(noted, process->value);

        adjusted->is_known = true;
        adjusted->baseline = is_ours ? (int32_t) noted->before : process->value;
}

static void make_witness(struct pl_adjuster *adjuster, const struct pl_adjust_process *process)
{
        if (pl_adjust_is_witnessed(adjuster))
                return;
        adjuster->adjusted->witness = process->id.number;
        adjuster->adjusted->witness_ticks = process->id.start_ticks;
}

/* Whether who has this value has it from what there was, or from us. */
static bool may_be_changed(const struct pl_adjuster *adjuster,
                           const struct pl_original_value *noted, int32_t value)
{
        const struct pl_adjusted *adjusted = adjuster->adjusted;

        return value == adjusted->baseline || (adjusted->has_prior && value == adjusted->prior) ||
               (noted && pl_original_value_is_ours(noted, value));
}

static bool has_to_be_held(const struct pl_adjuster *adjuster, pid_t pid, int32_t value)
{
        if (!adjuster->adjusted->is_known)
                return true;
        /* Where the log takes no more, asking for another witness at each of them would not help. */
        if (value == adjuster->request.score_adj)
                return !pl_adjust_is_witnessed(adjuster) && adjuster->sums.error == 0;
        return may_be_changed(adjuster, pl_adjust_noted_under(adjuster->originals, pid), value);
}

static void apply(struct pl_adjuster *adjuster, struct pl_adjust_power *power,
                  const struct pl_adjust_process *process)
{
        const int32_t wanted = adjuster->request.score_adj;
        bool is_right = process->value == wanted, is_new = false;
        int r;

        if (!adjuster->adjusted->is_known)
                learn_baseline(adjuster, process);
        if (is_right ? pl_adjust_is_witnessed(adjuster)
                     : !may_be_changed(adjuster, process->noted, process->value)) {
                count(adjuster, process->value);
                return;
        }
        r = pl_adjust_note(adjuster, process, &is_new);
        if (r != 0)
                count_log_error(adjuster, r);
        if (r != 0 || is_right)
                count(adjuster, process->value);
        else
                r = write_value(adjuster, power, process, wanted);
        /* Refused, it has what it had. After an error nobody knows, and it stays noted. */
        if (r == 0)
                make_witness(adjuster, process);
        else if (is_new && r > 0)
                (void) pl_originals_drop_value(adjuster->originals, &process->id);
}

/* ---- restoring ---- */

/* The value of a child that was born with what we had set. */
static bool is_inherited(const struct pl_adjuster *adjuster, int32_t value)
{
        const struct pl_adjusted *adjusted = adjuster->adjusted;

        return value == adjuster->request.score_adj ||
               (adjusted->is_set && value == adjusted->set) ||
               (adjusted->has_prior && value == adjusted->prior);
}

static bool has_to_be_restored(const struct pl_adjuster *adjuster, int32_t value)
{
        const struct pl_adjusted *adjusted = adjuster->adjusted;

        return adjusted->is_known && value != adjusted->baseline && is_inherited(adjuster, value);
}

/* The witness stays noted until the end: a daemon that begins in the middle needs the baseline. */
static void forget(struct pl_adjuster *adjuster, const struct pl_adjust_process *process)
{
        const struct pl_adjusted *adjusted = adjuster->adjusted;

        if (process->id.number != adjusted->witness ||
            process->id.start_ticks != adjusted->witness_ticks)
                (void) pl_originals_drop_value(adjuster->originals, &process->id);
}

static void restore(struct pl_adjuster *adjuster, struct pl_adjust_power *power,
                    const struct pl_adjust_process *process)
{
        const struct pl_original_value *noted = process->noted;
        int32_t wanted = process->value;

        if (noted && pl_original_value_is_ours(noted, process->value))
                wanted = (int32_t) noted->before;
        else if (has_to_be_restored(adjuster, process->value))
                wanted = adjuster->adjusted->baseline;
        if (wanted == process->value)
                count(adjuster, process->value);
        else if (write_value(adjuster, power, process, wanted) != 0)
                return;
        if (noted)
                forget(adjuster, process);
}

/* ---- one of a list ---- */

/* In three system calls: opened, read, closed. */
static int read_value(struct pl_adjuster *adjuster, pid_t pid, int32_t *ret_value)
{
        char path[32]; /* a number of at most ten digits, and the name */
        struct pl_text text;
        int r;

        pl_text_init(&text, path, sizeof path);
        pl_text_add_u64(&text, (uint64_t) pid);
        pl_text_add(&text, "/oom_score_adj");
        pl_assert(!text.cut);
        r = pl_file_read(adjuster->roots.proc_fd, path, &adjuster->buffer);
        return r != 0 ? r
                      : pl_process_parse_oom_score_adj(pl_file_span(&adjuster->buffer), ret_value);
}

static int look_closer(struct pl_adjuster *adjuster, struct pl_adjust_power *power, pid_t pid)
{
        _cleanup_(pl_adjust_release) struct pl_adjust_process process = { .dir_fd = -1 };
        int r = pl_adjust_hold(adjuster, pid, &process);

        if (r != 0)
                return r;
        if (adjuster->request.aim == PL_ADJUST_APPLY)
                apply(adjuster, power, &process);
        else
                restore(adjuster, power, &process);
        return 0;
}

void pl_adjust_look_at(struct pl_adjuster *adjuster, struct pl_adjust_power *power, pid_t pid)
{
        bool closer;
        int32_t value;
        int r;

        pl_assert(adjuster->adjusted);
        pl_assert(pid > 0);

        if (pid == 1 || pid == adjuster->self)
                return;
        r = read_value(adjuster, pid, &value);
        if (r != 0) {
                pl_adjust_count_error(adjuster, r);
                return;
        }
        if (adjuster->request.aim == PL_ADJUST_APPLY)
                closer = has_to_be_held(adjuster, pid, value);
        else
                closer = pl_adjust_noted_under(adjuster->originals, pid) ||
                         has_to_be_restored(adjuster, value);
        if (!closer)
                count(adjuster, value);
        else
                pl_adjust_count_error(adjuster, look_closer(adjuster, power, pid));
}
