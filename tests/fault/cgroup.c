/* SPDX-License-Identifier: Apache-2.0 */

/* A tree of three cgroups, looked at while calls fail. What cannot be looked at must be said; only what vanished, which
 * is what some of the errors mean, may be missing without a word.
 */

#include "fault/check.h"

#include "fault/directory.h"
#include "plimsoll/kernel/cgroup.h"
#include "plimsoll/kernel/memcg.h"
#include "plimsoll/kernel/psi.h"

static const struct {
        const char *name, *text;
} files[] = {
        { "cgroup.procs", "1\n22\n333\n" },
        { "memory.current", "4096\n" },
        { "memory.events", "low 0\nhigh 0\nmax 3\noom 0\noom_kill 0\n" },
        { "memory.swap.current", "0\n" },
        { "memory.pressure", "some avg10=0.00 avg60=0.00 avg300=0.00 total=7\n"
                             "full avg10=0.00 avg60=0.00 avg300=0.00 total=7\n" },
};

static struct pl_file_buffer buffer;
static struct pl_cgroup_walk walk;

static int armed_outcome(void)
{
        const struct pl_fault *fault = pl_fault_armed();

        return pl_fault_struck() && fault->error > 0 ? pl_file_outcome(fault->error) : 0;
}

static bool is_excused(int r)
{
        return r != 0 && r == armed_outcome();
}

static bool means_vanished(int outcome)
{
        return outcome == PL_FILE_E_ABSENT || outcome == PL_FILE_E_GONE;
}

static bool walks(void *userdata)
{
        const struct pl_cgroup_walk_bounds bounds = { PL_CGROUP_DEPTH_MAX, PL_CGROUP_COUNT_MAX };
        struct pl_cgroup_visit visit;
        int r, count = 0;

        (void) userdata;
        r = pl_cgroup_walk_init(&walk, directory_fd, bounds);
        if (r != 0)
                return is_armed_error(r);
        while ((r = pl_cgroup_walk_next(&walk, &visit)) == 0)
                count++;
        pl_cgroup_walk_done(&walk);
        if (r != PL_CGROUP_E_END)
                return is_excused(r);
        return count == 3 || means_vanished(armed_outcome());
}

static bool lists_processes(void *userdata)
{
        pid_t pids[4];
        size_t count = 77, foreign = 77;
        int r = pl_cgroup_read_procs(directory_fd, &buffer, pids, 4, &count, &foreign);

        (void) userdata;
        if (r != 0)
                return count == 77 && is_excused(r);
        return count == 3 && foreign == 0 && pids[2] == 333;
}

static bool reads_hot_figures(void *userdata)
{
        struct pl_memcg_hot_figures figures;
        struct pl_memcg_hot hot;
        int r = pl_memcg_hot_open(directory_fd, &hot);

        (void) userdata;
        if (r != 0)
                return is_excused(r);
        r = pl_memcg_hot_read(&hot, &buffer, &figures);
        pl_memcg_hot_close(&hot);
        /* A reading that is cut short, which kernfs never does, is malformed and not a smaller figure. */
        if (r != 0)
                return is_excused(r) || (pl_fault_struck() && r == PL_FILE_E_MALFORMED);
        return figures.current_bytes == 4096 && figures.events.max == 3 &&
               (!figures.has_pressure || figures.full_usec == 7);
}

static bool arms_a_trigger(void *userdata)
{
        const struct pl_psi_trigger trigger = { .stall_usec = 1, .window_usec = 2 };
        int fd = -1, r = pl_psi_trigger_open(directory_fd, "trigger", trigger, &fd);

        (void) userdata;
        if (r != 0)
                return fd == -1 && (is_excused(r) || pl_fault_struck());
        (void) close(fd);
        return true;
}

static void looking_survives(void **state)
{
        (void) state;
        survives_every_fault(walks, NULL);
        survives_every_fault(lists_processes, NULL);
        survives_every_fault(reads_hot_figures, NULL);
        survives_every_fault(arms_a_trigger, NULL);
}

static int plant(void **state)
{
        static const char *const cgroups[] = { "a", "a/b", "c" };

        (void) directory_set_up(state);
        for (size_t i = 0; i < PL_ARRAY_LENGTH(cgroups); i++)
                pl_assert(mkdirat(directory_fd, cgroups[i], 0700) == 0);
        for (size_t i = 0; i < PL_ARRAY_LENGTH(files); i++)
                directory_write(files[i].name, pl_span_of(files[i].text));
        directory_write("trigger", pl_span_of(""));
        return 0;
}

static int uproot(void **state)
{
        for (size_t i = 0; i < PL_ARRAY_LENGTH(files); i++)
                (void) unlinkat(directory_fd, files[i].name, 0);
        (void) unlinkat(directory_fd, "trigger", 0);
        (void) unlinkat(directory_fd, "a/b", AT_REMOVEDIR);
        (void) unlinkat(directory_fd, "a", AT_REMOVEDIR);
        (void) unlinkat(directory_fd, "c", AT_REMOVEDIR);
        return directory_tear_down(state);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(looking_survives),
        };

        return cmocka_run_group_tests(tests, plant, uproot);
}
