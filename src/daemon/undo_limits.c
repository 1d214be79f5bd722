/* SPDX-License-Identifier: Apache-2.0 */

/* The tree is walked again and again, and each cgroup of which something is noted is looked at on the way: no more than one is
 * open at a time, whoever goes meanwhile is not found, and a round over ten thousand cgroups takes a fraction of the pause
 * behind it.
 *
 * A unit that was started anew after its daemon's end has another cgroup, of which nothing is noted; but its drop-ins were
 * applied to it. So where a unit's cgroup is gone and another one has its path, what that has from us is put back, too. Of a
 * long path the end is noted, which begins anywhere: its first byte is left out, as the slash of a whole one is.
 */

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#include "plimsoll/base/assert.h"
#include "plimsoll/base/macro.h"
#include "plimsoll/kernel/memcg.h"
#include "say.h"
#include "undo_internal.h"

enum {
        /* A row, its outcomes, and what they allow; a limit that is lowered in steps is one of each round. */
        ROWS_MAX = 4,
        /* The plan tries again after 250 ms at the earliest. */
        ROUND_NSEC = 250 * 1000 * 1000,
        /* As the daemon's threads: a write that reclaims ends then, and the limit is set. */
        WRITE_USEC = 200 * 1000,
        AGAIN_USEC = 50 * 1000,
        /* Without the first byte, and the NUL. */
        END_BYTES = PL_ORIGINALS_PATH_BYTES - 2,
};

/* ---- who ---- */

/* FNV-1a (Fowler, Noll, Vo), over 64 bits; 0 is no key. */
static uint64_t hash_path(const char *path)
{
        uint64_t hash = UINT64_C(14695981039346656037);

        for (; *path; path++)
                hash = (hash ^ (uint8_t) *path) * UINT64_C(1099511628211);
        return hash != 0 ? hash : 1;
}

/* A path that was cut at its beginning names nobody for certain. */
static bool is_whole(const struct pl_original_cgroup *noted)
{
        return noted->path[0] == '/' && strlen(noted->path) + 1 < sizeof noted->path;
}

static const char *end_of(const char *path)
{
        size_t length = strlen(path);

        return length > END_BYTES ? path + length - END_BYTES : path;
}

bool pl_undo_is_at(const struct pl_original_cgroup *noted, const char *path)
{
        return is_whole(noted) ? strcmp(noted->path + 1, path) == 0
                               : strlen(noted->path) > END_BYTES &&
                                         strcmp(noted->path + 1, end_of(path)) == 0;
}

bool pl_undo_chooses(const struct pl_undoing *run, const char *path)
{
        const char *wanted = run->options->path;
        size_t length;

        if (!wanted)
                return true;
        length = strlen(wanted);
        return strncmp(path, wanted, length) == 0 && (path[length] == '\0' || path[length] == '/');
}

/* One that is gone is known by what is noted of its path. */
static bool is_asked_for(const struct pl_undoing *run, const struct pl_original_cgroup *noted)
{
        const char *wanted = run->options->path;

        return !wanted || (is_whole(noted) ? pl_undo_chooses(run, noted->path + 1)
                                           : pl_undo_is_at(noted, wanted));
}

static void add(struct pl_undoing *run, const struct pl_original_cgroup *noted)
{
        struct pl_undo_one *one = &run->ones[run->one_count];

        *one = (struct pl_undo_one){ .id = noted->id, .is_chosen = is_asked_for(run, noted) };
        (void) pl_table_add(&run->ids, noted->id, run->one_count);
        if (noted->unit[0] != '\0' && noted->path[0] != '\0')
                (void) pl_table_add(&run->paths, hash_path(noted->path + 1), run->one_count);
        run->one_count++;
}

int pl_undo_gather(struct pl_undoing *run)
{
        const struct pl_originals *originals = &run->originals;
        const uint32_t count = originals->cgroups.pool.count;
        int r;

        pl_assert(!run->ones);

        run->ones = calloc(PL_MAX(count, 1U), sizeof *run->ones);
        if (!run->ones)
                return -ENOMEM;
        r = pl_table_init(&run->ids, PL_MAX(count, 1U), 0);
        if (r == 0)
                r = pl_table_init(&run->paths, PL_MAX(count, 1U), 0);
        for (uint32_t i = pl_originals_next_cgroup(originals, 0); r == 0 && i != PL_POOL_NONE;
             i = pl_originals_next_cgroup(originals, i + 1))
                add(run, pl_originals_cgroup_at(originals, i));
        return r;
}

/* An end alone may be that of several paths, but one of them alone is the unit's. */
static bool has_place_of(const struct pl_original_cgroup *noted,
                         const struct pl_cgroup_visit *visit)
{
        return pl_undo_is_at(noted, visit->path) && strcmp(visit->name, noted->unit) == 0;
}

/* Whose limits this cgroup has; NULL: nobody's. */
static struct pl_undo_one *find(struct pl_undoing *run, const struct pl_cgroup_visit *visit)
{
        uint32_t index;
        const bool is_noted = pl_table_find(&run->ids, visit->id, &index) == 0;
        struct pl_undo_one *one;

        if (!is_noted && pl_table_find(&run->paths, hash_path(end_of(visit->path)), &index) != 0)
                return NULL;
        one = &run->ones[index];
        if (!is_noted && !has_place_of(pl_undo_noted(run, one), visit))
                return NULL;
        one->is_chosen = pl_undo_chooses(run, visit->path);
        return one->is_chosen ? one : NULL;
}

/* ---- one look at one ---- */

static void begin(struct pl_undoing *run, struct pl_undo_one *one, const struct pl_limits *actual)
{
        const struct pl_original_cgroup *noted = pl_undo_noted(run, one);

        one->has_begun = true;
        for (enum pl_limit i = 0; i < PL_LIMIT_COUNT; i++) {
                uint64_t value;

                if (!pl_limits_has(&noted->before, i) || !pl_limits_has(actual, i))
                        continue;
                value = actual->values[i];
                if (value != noted->before.values[i] && !pl_original_limit_is_ours(noted, i, value))
                        one->others |= UINT32_C(1) << i;
                pl_limits_put(&one->goal, i,
                              one->others & UINT32_C(1) << i ? value : noted->before.values[i]);
        }
}

/* Said before it is written, as always: a run that ends in the middle leaves nothing that is nobody's. */
static bool note(struct pl_undoing *run, const struct pl_undo_one *one, const struct pl_plan *plan,
                 const struct pl_limits *actual)
{
        struct pl_limits set = {};
        int r;

        for (uint32_t i = 0; i < plan->order_count; i++) {
                const struct pl_limit_order *order = &plan->orders[i];

                if (order->value_bytes != one->goal.values[order->limit])
                        pl_limits_put(&set, order->limit, order->value_bytes);
        }
        r = set.set != 0 ? pl_originals_set_limits(&run->originals, one->id, &set, actual) : 0;
        if (r != 0 && !run->has_trouble) {
                run->has_trouble = true;
                pl_say_error("%s/originals cannot be written: steps on the way back are not taken",
                             run->options->directory);
        }
        return r == 0;
}

static void do_nothing(int number)
{
        (void) number;
}

/* What the timer interrupts comes back: the kernel ends its reclaim with the limit set. */
static void write_row(struct pl_undoing *run, const struct pl_plan *plan, int cgroup_fd,
                      struct pl_write_report *report)
{
        const struct sigaction action = { .sa_handler = do_nothing };
        const struct itimerval tick = { { 0, AGAIN_USEC }, { 0, WRITE_USEC } }, off = {};
        struct pl_write_row row = { .cgroup_fd = cgroup_fd, .order_count = plan->order_count };

        memcpy(row.orders, plan->orders, plan->order_count * sizeof *plan->orders);
        (void) sigaction(SIGALRM, &action, NULL);
        (void) setitimer(ITIMER_REAL, &tick, NULL);
        pl_write_row(&row, &run->buffer, report);
        (void) setitimer(ITIMER_REAL, &off, NULL);
}

/* What is final and no good is not waited for; what is not back yet is. */
static void judge(struct pl_undo_one *one, const struct pl_plan *plan,
                  const struct pl_limits *actual)
{
        one->waiting = one->refused = 0;
        for (enum pl_limit i = 0; i < PL_LIMIT_COUNT; i++) {
                const uint32_t bit = UINT32_C(1) << i;
                const uint8_t state = plan->limits[i].state;

                /* One that was back, and was changed by somebody else then, is nobody's concern any more. */
                if (!pl_limits_has(&one->goal, i) || state == PL_LIMIT_UNSET ||
                    actual->values[i] == one->goal.values[i])
                        continue;
                if (state == PL_LIMIT_REFUSED)
                        one->refused |= bit;
                else
                        one->waiting |= bit;
        }
}

static void remember(struct pl_undo_one *one, const struct pl_write_report *report)
{
        for (uint32_t i = 0; i < report->outcome_count; i++)
                if (report->outcomes[i].result == PL_WRITTEN)
                        one->restored |= UINT32_C(1) << report->outcomes[i].limit;
}

static int read_all(struct pl_undoing *run, int cgroup_fd, struct pl_undo_one *one,
                    struct pl_limits *ret_actual)
{
        int r = pl_memcg_read_limits(cgroup_fd, &run->buffer, ret_actual);

        if (r == 0 && pl_memcg_read_figure(cgroup_fd, PL_MEMCG_CURRENT, &run->buffer,
                                           &one->current_bytes) != 0)
                one->current_bytes = PL_SIZE_MAX;
        return r;
}

/* It is there, and cannot be looked at: all of it waits for another time. */
static void give_up(const struct pl_undoing *run, struct pl_undo_one *one)
{
        if (!one->has_begun)
                one->goal = pl_undo_noted(run, one)->before;
        one->current_bytes = PL_SIZE_MAX;
        one->waiting = one->goal.set;
}

/* Rows of orders, for as long as there are any. */
static void look(struct pl_undoing *run, struct pl_undo_one *one, int cgroup_fd)
{
        static const struct pl_limits none;
        static struct pl_write_report report;
        struct pl_limits actual;
        struct pl_plan plan;
        int r;

        report.outcome_count = 0;
        for (unsigned i = 0; i <= ROWS_MAX; i++) {
                struct pl_plan_input input = {
                        .now_usec = pl_clock_now_usec(),
                        .page_bytes = run->page_bytes,
                        .mode = PL_PLAN_RESTORE,
                        .wanted = &none,
                        .overlay = &none,
                        .kept = &none,
                        .actual = &actual,
                        .originals = &one->goal,
                        .swap_bytes = 0,
                        .outcome_count = report.outcome_count,
                        .outcomes = report.outcomes,
                };

                r = read_all(run, cgroup_fd, one, &actual);
                one->is_there = r != PL_FILE_E_GONE;
                if (r != 0 && one->is_there)
                        give_up(run, one);
                if (r != 0)
                        return;
                if (!one->has_begun)
                        begin(run, one, &actual);
                input.current_bytes = input.reclaimable_bytes = one->current_bytes;
                pl_plan_limits(&one->state, &input, &plan);
                judge(one, &plan, &actual);
                if (plan.order_count == 0 || i == ROWS_MAX || !note(run, one, &plan, &actual))
                        return;
                write_row(run, &plan, cgroup_fd, &report);
                remember(one, &report);
        }
}

/* ---- rounds ---- */

static bool walk(struct pl_undoing *run)
{
        const struct pl_cgroup_walk_bounds bounds = { PL_CGROUP_DEPTH_MAX,
                                                      4 * PL_CGROUP_COUNT_MAX };
        struct pl_cgroup_visit visit;
        bool is_whole_tree = true;
        int r = pl_cgroup_walk_init(&run->walk, run->options->roots.cgroup_fd, bounds);

        while (r == 0) {
                struct pl_undo_one *one;

                r = pl_cgroup_walk_next(&run->walk, &visit);
                if (r != 0 && r != PL_CGROUP_E_END) {
                        is_whole_tree = false;
                        r = 0;
                        continue;
                }
                one = r == 0 ? find(run, &visit) : NULL;
                if (one)
                        look(run, one, visit.fd);
        }
        pl_cgroup_walk_done(&run->walk);
        return r == PL_CGROUP_E_END && is_whole_tree && run->walk.unvisited_count == 0;
}

static uint32_t count_waiting(const struct pl_undoing *run)
{
        uint32_t count = 0;

        for (uint32_t i = 0; i < run->one_count; i++)
                count += run->ones[i].is_there && run->ones[i].waiting != 0;
        return count;
}

static void pause_round(struct pl_undoing *run, uint32_t count)
{
        const struct timespec pause = { 0, ROUND_NSEC };

        if (!run->has_said_wait && isatty(STDERR_FILENO))
                pl_say_error(
                        "waiting up to %ju s for %u cgroups that use more than they had before",
                        (uintmax_t) (run->options->patience_usec / PL_USEC_PER_SEC), count);
        run->has_said_wait = true;
        (void) nanosleep(&pause, NULL);
}

void pl_undo_limits(struct pl_undoing *run)
{
        const uint64_t deadline_usec = pl_clock_now_usec() + run->options->patience_usec;
        uint32_t count;

        for (uint32_t i = 0; i < run->one_count; i++)
                memset(&run->ones[i].state, 0, sizeof run->ones[i].state);
        for (;;) {
                for (uint32_t i = 0; i < run->one_count; i++)
                        run->ones[i].is_there = false;
                if (!walk(run) && !run->is_partial) {
                        run->is_partial = run->has_trouble = true;
                        pl_say_error("not all of the tree of cgroups can be looked at");
                }
                count = count_waiting(run);
                if (count == 0 || pl_clock_now_usec() >= deadline_usec)
                        return;
                pause_round(run, count);
        }
}
