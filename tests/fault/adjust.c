/* SPDX-License-Identifier: Apache-2.0 */

/* Sweeps while calls fail: nobody is written who is not noted, who has chosen is left alone, and the sweeps after it make up
 * for what was missed.
 */

#include "fault/check.h"

#include <errno.h>
#include <stdio.h>

#include "fault/directory.h"
#include "host/originals_internal.h"
#include "plimsoll/host/adjust.h"

enum { CGROUP = 7, BASELINE = 100, WANTED = 500, OWN = 900, FIRST = 2, OWNER = 5, COUNT = 4 };

static const uint8_t boot[16] = "our own boot";
static const char *const cgroups[] = { "a", "a/inner" };
static const char *const lists[] = { "2\n", "3\n4\n5\n" };

static struct pl_originals originals;
static struct pl_adjuster adjuster;
static struct pl_adjusted adjusted;

/* ---- the tree ---- */

static void put(int32_t pid, const char *file, const char *text)
{
        char path[64];

        (void) snprintf(path, sizeof path, "%d/%s", pid, file);
        directory_write(path, pl_span_of(text));
}

static void put_values(void)
{
        for (int32_t pid = FIRST; pid < FIRST + COUNT; pid++)
                put(pid, "oom_score_adj", pid == OWNER ? "900\n" : "100\n");
}

/* −1: it was cut. */
static int32_t value_of(int32_t pid)
{
        char path[64], text[8] = "";
        _cleanup_close_ int fd = -1;

        (void) snprintf(path, sizeof path, "%d/oom_score_adj", pid);
        fd = openat(directory_fd, path, O_RDONLY | O_CLOEXEC);
        pl_assert(fd >= 0);
        return read(fd, text, sizeof text - 1) == 4 && text[3] == '\n' ? atoi(text) : -1;
}

/* The kernel takes a value whole or not at all; a file does not. */
static void mend(int32_t before)
{
        for (int32_t pid = FIRST; pid < FIRST + COUNT; pid++)
                if (value_of(pid) < 0)
                        put(pid, "oom_score_adj", before == WANTED ? "500\n" : "100\n");
}

static bool all_have(int32_t value)
{
        for (int32_t pid = FIRST; pid < FIRST + COUNT; pid++)
                if (value_of(pid) != (pid == OWNER ? OWN : value))
                        return false;
        return true;
}

static const struct pl_original_value *noted(int32_t pid)
{
        const struct pl_original_value value = { .kind = PL_ORIGINAL_PROCESS,
                                                 .number = (uint32_t) pid,
                                                 .start_ticks = 1 };

        return pl_originals_find_value(&originals, &value);
}

/* Whoever has what we set is noted with what he had. */
static bool all_can_be_put_back(void)
{
        for (int32_t pid = FIRST; pid < FIRST + COUNT; pid++)
                if (value_of(pid) == WANTED && (!noted(pid) || noted(pid)->before != BASELINE))
                        return false;
        return value_of(OWNER) == OWN;
}

/* ---- sweeps ---- */

static bool is_excused(int error)
{
        const struct pl_fault *fault = pl_fault_armed();

        return error == 0 || (fault && pl_fault_struck() &&
                              (error == fault->error || error == EBADMSG || error == EIO));
}

/* As a daemon does: what cannot be begun is begun at the next look. */
static bool sweeps(enum pl_adjust_aim aim)
{
        _cleanup_close_ int fd = openat(directory_fd, "a", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        const struct pl_adjust_request request = { fd, CGROUP, aim, WANTED };

        if (fd < 0 || pl_adjust_begin(&adjuster, &request, &adjusted) != 0)
                return pl_fault_struck() && !pl_adjust_is_busy(&adjuster);
        for (unsigned i = 0; i < 100; i++)
                if (pl_adjust_step(&adjuster, 2) == 0)
                        return is_excused(adjusted.error);
        return false;
}

static bool begins(void)
{
        const struct pl_roots roots = { -1, directory_fd, -1, -1 };
        struct pl_originals_opened opened;

        adjusted = (struct pl_adjusted){};
        pl_adjuster_init(&adjuster, &roots, &originals);
        return pl_originals_open(&originals, directory_fd, boot, &opened) == 0;
}

static void ends(void)
{
        pl_fault_disarm();
        pl_adjuster_done(&adjuster);
        pl_originals_close(&originals);
        (void) unlinkat(directory_fd, PL_ORIGINALS_NAME, 0);
        put_values();
}

static bool applies(void *userdata)
{
        bool good;

        (void) userdata;
        if (!begins()) {
                good = pl_fault_struck();
                ends();
                return good;
        }
        good = sweeps(PL_ADJUST_APPLY);
        pl_fault_disarm();
        mend(BASELINE);
        good = good && all_can_be_put_back() && sweeps(PL_ADJUST_APPLY) && all_have(WANTED) &&
               all_can_be_put_back() && adjusted.baseline == BASELINE;
        ends();
        return good;
}

static bool restores(void *userdata)
{
        const struct pl_fault fault = *pl_fault_armed();
        bool good;

        (void) userdata;
        pl_fault_disarm();
        good = begins() && sweeps(PL_ADJUST_APPLY) && all_have(WANTED);
        pl_fault_arm(fault.call, fault.nth, fault.error);
        good = good && sweeps(PL_ADJUST_RESTORE);
        pl_fault_disarm();
        mend(WANTED);
        good = good && all_can_be_put_back() && sweeps(PL_ADJUST_RESTORE) && all_have(BASELINE) &&
               originals.values.pool.count == 0;
        ends();
        return good;
}

static bool restores_all_that_is_noted(void *userdata)
{
        const struct pl_fault fault = *pl_fault_armed();
        uint32_t back = 0, left = 0;
        bool good;

        (void) userdata;
        pl_fault_disarm();
        good = begins() && sweeps(PL_ADJUST_APPLY) && all_have(WANTED);
        pl_fault_arm(fault.call, fault.nth, fault.error);
        good = good && pl_adjust_restore_noted(&adjuster, &back, &left) <= 0;
        pl_fault_disarm();
        mend(WANTED);
        good = good && (left == 0 || pl_fault_struck());
        if (left > 0)
                good = good && pl_adjust_restore_noted(&adjuster, &back, &left) == 0 && left == 0;
        /* Who seems to have ended is forgotten. */
        good = good && (all_have(BASELINE) || fault.error == ENOENT || fault.error == ENODEV);
        ends();
        return good;
}

/* Nobody who lives is forgotten for an error. */
static bool tidies(void *userdata)
{
        const struct pl_fault fault = *pl_fault_armed();
        bool good;

        (void) userdata;
        pl_fault_disarm();
        good = begins() && sweeps(PL_ADJUST_APPLY);
        pl_fault_arm(fault.call, fault.nth, fault.error);
        pl_adjust_tidy(&adjuster, 100);
        good = good && (originals.values.pool.count == COUNT - 1 || fault.error == ENOENT ||
                        fault.error == ENODEV);
        ends();
        return good;
}

static void a_sweep_survives(void **state)
{
        (void) state;
        survives_every_fault(applies, NULL);
        survives_every_fault(restores, NULL);
}

static void the_log_of_processes_survives(void **state)
{
        (void) state;
        survives_every_fault(restores_all_that_is_noted, NULL);
        survives_every_fault(tidies, NULL);
}

/* ---- set up ---- */

static int plant(void **state)
{
        char path[64], text[128];

        (void) directory_set_up(state);
        for (size_t i = 0; i < PL_ARRAY_LENGTH(cgroups); i++) {
                pl_assert(mkdirat(directory_fd, cgroups[i], 0700) == 0);
                (void) snprintf(path, sizeof path, "%s/cgroup.procs", cgroups[i]);
                directory_write(path, pl_span_of(lists[i]));
        }
        for (int32_t pid = FIRST; pid < FIRST + COUNT; pid++) {
                (void) snprintf(path, sizeof path, "%d", pid);
                pl_assert(mkdirat(directory_fd, path, 0700) == 0);
                (void) snprintf(text, sizeof text,
                                "%d (x) S 1 1 1 0 -1 0 0 0 0 0 0 0 0 0 20 0 1 0 1 4096 10 99\n",
                                pid);
                put(pid, "stat", text);
        }
        put_values();
        return 0;
}

static int uproot(void **state)
{
        static const char *const files[] = { "stat", "oom_score_adj" };
        char path[64];

        for (int32_t pid = FIRST; pid < FIRST + COUNT; pid++) {
                for (size_t i = 0; i < PL_ARRAY_LENGTH(files); i++) {
                        (void) snprintf(path, sizeof path, "%d/%s", pid, files[i]);
                        (void) unlinkat(directory_fd, path, 0);
                }
                (void) snprintf(path, sizeof path, "%d", pid);
                (void) unlinkat(directory_fd, path, AT_REMOVEDIR);
        }
        for (size_t i = PL_ARRAY_LENGTH(cgroups); i > 0; i--) {
                (void) snprintf(path, sizeof path, "%s/cgroup.procs", cgroups[i - 1]);
                (void) unlinkat(directory_fd, path, 0);
                (void) unlinkat(directory_fd, cgroups[i - 1], AT_REMOVEDIR);
        }
        return directory_tear_down(state);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(a_sweep_survives),
                cmocka_unit_test(the_log_of_processes_survives),
        };

        return cmocka_run_group_tests(tests, plant, uproot);
}
