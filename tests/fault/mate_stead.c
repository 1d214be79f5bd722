/* SPDX-License-Identifier: Apache-2.0 */

/* What the mate does in the daemon's stead while calls fail: the protected are never touched, what is frozen by us goes on or
 * stays on the list, what is frozen by somebody else stays so, and once it has begun nothing is allocated.
 */

#include "fault/check.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <sys/xattr.h>

#include "daemon/mate_arm.h"
#include "daemon/mate_hold.h"
#include "fault/directory.h"
#include "plimsoll/base/clock.h"
#include "plimsoll/base/size.h"
#include "plimsoll/kernel/pidfd.h"

enum { NOW_SEC = 1000, RANKED = 2 };

static struct pl_roots roots = { -1, -1, -1, -1 };
static struct pl_file_buffer buffer;
static bool is_marked;
static int hog_fd;
static pid_t hog; /* a child that only waits */

/* ---- what stands in for the kernel ---- */

int __wrap_pl_pidfd_signal(const struct pl_pidfd *pidfd, int number);
ssize_t __wrap_fgetxattr(int fd, const char *name, void *value, size_t size);
int __wrap_fsetxattr(int fd, const char *name, const void *value, size_t size, int flags);
int __wrap_fremovexattr(int fd, const char *name);

/* Nobody is really sent anything, and nobody else would be. */
int __wrap_pl_pidfd_signal(const struct pl_pidfd *pidfd, int number)
{
        (void) number;
        pl_assert(pidfd->pid == hog);
        return 0;
}

ssize_t __wrap_fgetxattr(int fd, const char *name, void *value, size_t size)
{
        (void) fd;
        if (strcmp(name, "user.plimsoll.held") != 0 || !is_marked || size < 1) {
                errno = ENODATA;
                return -1;
        }
        *(char *) value = '1';
        return 1;
}

int __wrap_fsetxattr(int fd, const char *name, const void *value, size_t size, int flags)
{
        (void) fd;
        (void) name;
        (void) value;
        (void) size;
        (void) flags;
        return 0;
}

int __wrap_fremovexattr(int fd, const char *name)
{
        (void) fd;
        is_marked = is_marked && strcmp(name, "user.plimsoll.held") != 0;
        return 0;
}

/* ---- the tree ---- */

static const char *const directories[] = { "c", "c/own", "c/protected", "c/hog", "p", "p/1" };
static const char *const files[] = { "cgroup.procs",  "cgroup.events",  "cgroup.kill",
                                     "cgroup.freeze", "memory.current", "memory.swap.current",
                                     "cgroup",        "oom_score_adj",  "stat" };
static char own[16], of_hog[16];

static void put(const char *directory, const char *file, const char *text)
{
        char path[64];

        (void) snprintf(path, sizeof path, "%s/%s", directory, file);
        directory_write(path, pl_span_of(text));
}

static bool holds(const char *directory, const char *file, const char *text)
{
        char path[64];

        (void) snprintf(path, sizeof path, "%s/%s", directory, file);
        return directory_has(path, pl_span_of(text));
}

static void put_workload(const char *path)
{
        char text[16];

        (void) snprintf(text, sizeof text, "%d\n", hog);
        put(path, "cgroup.procs", text);
        put(path, "cgroup.events", "populated 1\nfrozen 0\n");
        put(path, "cgroup.kill", "");
        put(path, "cgroup.freeze", "0\n");
        put(path, "memory.current", "536870912\n");
        put(path, "memory.swap.current", "0\n");
}

static void put_all(void)
{
        put_workload("c/protected");
        put_workload("c/hog");
        is_marked = false;
}

static int open_in_place(const char *path)
{
        int fd = openat(directory_fd, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

        pl_assert(fd >= 0);
        return fd;
}

static uint64_t id_of(const char *path)
{
        struct stat status;

        pl_assert(fstatat(directory_fd, path, &status, 0) == 0);
        return status.st_ino;
}

/* ---- killing ---- */

struct plan {
        struct pl_mate_brief brief;
        int fds[PL_MATE_RANKED_MAX]; /* of which the arm has copies */
};

/* Each round is behind the deadline of the one before. */
static void go_on(struct pl_mate_arm *arm)
{
        static const struct pl_guard_host short_host = { .knows_memory = true };
        struct pl_mate_deed deed = {};

        for (uint64_t i = 1; i <= 4; i++) {
                uint64_t now_usec = (NOW_SEC + 20 * i) * PL_USEC_PER_SEC;

                pl_mate_arm_judge(arm, now_usec, 3 * PL_USEC_PER_SEC, &short_host, &buffer);
                for (uint64_t sec = 0; sec <= 12; sec += 6)
                        (void) pl_mate_arm_step(arm, now_usec + sec * PL_USEC_PER_SEC, &deed);
        }
}

static bool kills(void *userdata)
{
        const struct plan *plan = userdata;
        struct pl_mate_arm arm;
        int fds[RANKED];
        bool good, has_struck;

        for (int i = 0; i < RANKED; i++)
                fds[i] = dup(plan->fds[i]);
        pl_mate_arm_init(&arm, &roots);
        pl_mate_arm_brief(&arm, &plan->brief, fds);
        go_on(&arm);
        good = !arm.killer || pl_killer_count(arm.killer) == 0;
        pl_mate_arm_done(&arm);
        has_struck = pl_fault_struck();
        pl_fault_disarm();
        good = good && (has_struck || holds("c/hog", "cgroup.kill", "1\n")) &&
               holds("c/protected", "cgroup.kill", "") &&
               holds("c/protected", "cgroup.freeze", "0\n");
        put_all();
        return good;
}

static struct plan make_plan(void)
{
        struct plan plan = { .brief = { .may_act = true,
                                        .count = RANKED,
                                        .at_usec = NOW_SEC * PL_USEC_PER_SEC,
                                        .floor_bytes = PL_GIB,
                                        .critical_bytes = PL_GIB,
                                        .worth_bytes = PL_MIB } };

        plan.brief.ranked[0] = (struct pl_mate_ranked){
                .id = id_of("c/protected"), .flags = PL_CGROUP_WORKLOAD | PL_CGROUP_PROTECTED
        };
        plan.brief.ranked[1] = (struct pl_mate_ranked){ .id = id_of("c/hog"),
                                                        .flags = PL_CGROUP_WORKLOAD };
        plan.fds[0] = open_in_place("c/protected");
        plan.fds[1] = open_in_place("c/hog");
        return plan;
}

static void killing_survives(void **state)
{
        struct plan plan = make_plan();

        (void) state;
        survives_every_fault(kills, &plan);
        (void) close(plan.fds[0]);
        (void) close(plan.fds[1]);
}

static void killing_allocates_nothing(void **state)
{
        static const enum pl_fault_call calls[] = { PL_FAULT_malloc, PL_FAULT_calloc,
                                                    PL_FAULT_realloc, PL_FAULT_strdup };
        struct plan plan = make_plan();
        struct pl_mate_arm arm;

        (void) state;
        pl_mate_arm_init(&arm, &roots);
        pl_fault_arm(PL_FAULT_malloc, 1, ENOMEM);
        pl_mate_arm_brief(&arm, &plan.brief, plan.fds);
        go_on(&arm);
        for (size_t i = 0; i < PL_ARRAY_LENGTH(calls); i++)
                assert_int_equal(pl_fault_calls(calls[i]), 0);
        pl_fault_disarm();
        assert_true(holds("c/hog", "cgroup.kill", "1\n"));
        pl_mate_arm_done(&arm);
        put_all();
}

/* ---- letting go ---- */

/* Held by us it goes on, or is left on the list to be tried again, and keeps its mark until the end; held by somebody else it stands still. */
static bool lets_go(void *userdata)
{
        static const uint64_t late_usec = 2 * NOW_SEC * PL_USEC_PER_SEC;
        const bool is_ours = *(const bool *) userdata;
        struct pl_mate_holds list = {};
        bool is_still, good;
        int fd;

        is_marked = is_ours;
        fd = dup(hog_fd);
        (void) pl_mate_holds_add(&list, 1, fd, NOW_SEC * PL_USEC_PER_SEC);
        (void) pl_mate_holds_expire(&list, late_usec, &buffer);
        pl_fault_disarm();
        is_still = !holds("c/hog", "cgroup.freeze", "0\n");
        good = is_ours ? is_marked : is_still;
        (void) pl_mate_holds_release(&list, &buffer);
        good = good && !is_marked && !pl_mate_holds_any(&list) &&
               holds("c/hog", "cgroup.freeze", is_ours ? "0\n" : "1\n");
        put("c/hog", "cgroup.freeze", "1\n");
        return good;
}

static void letting_go_survives(void **state)
{
        bool is_ours = true;

        (void) state;
        hog_fd = open_in_place("c/hog");
        put("c/hog", "cgroup.freeze", "1\n");
        survives_every_fault(lets_go, &is_ours);
        is_ours = false;
        survives_every_fault(lets_go, &is_ours);
        (void) close(hog_fd);
}

/* ---- set up ---- */

static void plant_hog(void)
{
        char text[256];

        hog = fork();
        pl_assert(hog >= 0);
        if (hog == 0)
                (void) prctl(PR_SET_PDEATHSIG, SIGKILL);
        while (hog == 0)
                (void) pause();
        (void) snprintf(of_hog, sizeof of_hog, "p/%d", hog);
        pl_assert(mkdirat(directory_fd, of_hog, 0700) == 0);
        put(of_hog, "cgroup", "0::/hog\n");
        put(of_hog, "oom_score_adj", "0\n");
        (void) snprintf(text, sizeof text,
                        "%d (x) S 1 1 1 0 -1 0 0 0 0 0 0 0 0 0 20 0 1 0 7 4096 10 99\n", hog);
        put(of_hog, "stat", text);
}

static int plant(void **state)
{
        (void) directory_set_up(state);
        for (size_t i = 0; i < PL_ARRAY_LENGTH(directories); i++)
                pl_assert(mkdirat(directory_fd, directories[i], 0700) == 0);
        (void) snprintf(own, sizeof own, "p/%d", getpid());
        pl_assert(mkdirat(directory_fd, own, 0700) == 0);
        put(own, "cgroup", "0::/own\n");
        put("p/1", "cgroup", "0::/own\n");
        plant_hog();
        put_all();
        roots.cgroup_fd = open_in_place("c");
        roots.proc_fd = open_in_place("p");
        return 0;
}

static void remove_from(const char *directory)
{
        char path[64];

        for (size_t i = 0; i < PL_ARRAY_LENGTH(files); i++) {
                (void) snprintf(path, sizeof path, "%s/%s", directory, files[i]);
                (void) unlinkat(directory_fd, path, 0);
        }
        (void) unlinkat(directory_fd, directory, AT_REMOVEDIR);
}

static int uproot(void **state)
{
        (void) close(roots.cgroup_fd);
        (void) close(roots.proc_fd);
        (void) kill(hog, SIGKILL);
        (void) waitpid(hog, NULL, 0);
        remove_from(of_hog);
        remove_from(own);
        for (size_t i = PL_ARRAY_LENGTH(directories); i > 0; i--)
                remove_from(directories[i - 1]);
        return directory_tear_down(state);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(killing_survives),
                cmocka_unit_test(killing_allocates_nothing),
                cmocka_unit_test(letting_go_survives),
        };

        return cmocka_run_group_tests(tests, plant, uproot);
}
