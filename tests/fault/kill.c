/* SPDX-License-Identifier: Apache-2.0 */

/* Acts while calls fail: where pid 1 or we are nothing is ever written or signalled, nobody outside is signalled, what is held
 * still is marked as ours, and every act comes back.
 */

#include "fault/check.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include "fault/directory.h"
#include "host/kill_internal.h"
#include "plimsoll/base/clock.h"

enum { NOW_SEC = 1000 };

static struct pl_killer *killer;
static pid_t victim; /* a child that only waits */
static uint32_t signalled, signalled_wrongly;
static bool is_marked;
static int cgroup_fd;

/* ---- what stands in for the kernel ---- */

int __wrap_pl_pidfd_signal(const struct pl_pidfd *pidfd, int number);
ssize_t __wrap_fgetxattr(int fd, const char *name, void *value, size_t size);
int __wrap_fsetxattr(int fd, const char *name, const void *value, size_t size, int flags);
int __wrap_fremovexattr(int fd, const char *name);

/* Nobody is really sent anything. */
int __wrap_pl_pidfd_signal(const struct pl_pidfd *pidfd, int number)
{
        pl_assert(number > 0);
        signalled++;
        signalled_wrongly += pidfd->pid != victim;
        return 0;
}

static bool is_ours(const char *name)
{
        return strcmp(name, "user.plimsoll.held") == 0;
}

ssize_t __wrap_fgetxattr(int fd, const char *name, void *value, size_t size)
{
        (void) fd;
        if (!is_ours(name) || !is_marked || size < 1) {
                errno = ENODATA;
                return -1;
        }
        *(char *) value = '1';
        return 1;
}

int __wrap_fsetxattr(int fd, const char *name, const void *value, size_t size, int flags)
{
        (void) fd;
        (void) value;
        (void) size;
        (void) flags;
        is_marked = is_marked || is_ours(name);
        return 0;
}

int __wrap_fremovexattr(int fd, const char *name)
{
        (void) fd;
        is_marked = is_marked && !is_ours(name);
        return 0;
}

/* ---- the tree ---- */

static const char *const directories[] = { "c", "c/a", "c/a/b", "c/own", "p", "p/1" };
static const char *const files[] = { "cgroup.procs",  "cgroup.events",  "cgroup.kill",
                                     "cgroup.freeze", "memory.current", "memory.swap.current" };
static const char *const process_files[] = { "cgroup", "stat", "status", "oom_score_adj" };

static void put(const char *directory, const char *file, const char *text)
{
        char path[64];

        (void) snprintf(path, sizeof path, "%s/%s", directory, file);
        directory_write(path, pl_span_of(text));
}

static const char *directory_of(pid_t pid)
{
        static char path[32];

        (void) snprintf(path, sizeof path, "p/%d", pid);
        return path;
}

static void put_files(void)
{
        put("c/a", "cgroup.events", "populated 1\nfrozen 0\n");
        put("c/a", "cgroup.kill", "");
        put("c/a", "cgroup.freeze", "0\n");
        put("c/a", "memory.current", "8192\n");
        put("c/a", "memory.swap.current", "4096\n");
        is_marked = false;
        signalled = signalled_wrongly = 0;
}

static void put_process(pid_t pid, const char *cgroup)
{
        char text[256];

        (void) mkdirat(directory_fd, directory_of(pid), 0700);
        put(directory_of(pid), "cgroup", cgroup);
        (void) snprintf(text, sizeof text,
                        "%d (x) S 1 1 1 0 -1 0 0 0 0 0 0 0 0 0 20 0 1 0 7 4096 10 99\n", pid);
        put(directory_of(pid), "stat", text);
        (void) snprintf(text, sizeof text,
                        "Tgid:\t%d\nUid:\t0\t0\t0\t0\nVmRSS:\t8 kB\nThreads:\t1\n"
                        "CapEff:\t0000000000000000\n",
                        pid);
        put(directory_of(pid), "status", text);
        put(directory_of(pid), "oom_score_adj", "0\n");
}

static void list(const char *directory, pid_t pid)
{
        char text[32];

        (void) snprintf(text, sizeof text, "%d\n", pid);
        put(directory, "cgroup.procs", text);
}

static bool holds(const char *file, const char *text)
{
        char path[64];

        (void) snprintf(path, sizeof path, "c/a/%s", file);
        return directory_has(path, pl_span_of(text));
}

/* ---- acts ---- */

struct wanted {
        enum pl_measure measure;
        uint32_t flags;
        bool is_vital;
};

static int begin(const struct wanted *wanted, struct pl_outcome *ret_outcome)
{
        struct pl_kill_request request = { .decision = 1,
                                           .cgroup_fd = cgroup_fd,
                                           .flags = PL_CGROUP_WORKLOAD | wanted->flags,
                                           .measure = wanted->measure,
                                           .deadline_usec = (NOW_SEC + 1) * PL_USEC_PER_SEC,
                                           .amount_bytes = 4096,
                                           .swappiness = -1,
                                           .signal = SIGTERM };
        struct stat status;
        int r;

        pl_assert(fstatat(cgroup_fd, "", &status, AT_EMPTY_PATH) == 0);
        request.id = status.st_ino;
        r = pl_killer_begin(killer, &request, NOW_SEC * PL_USEC_PER_SEC);
        /* The second is behind every deadline. */
        for (uint64_t sec = 1; r == 0 && sec <= 2; sec++)
                (void) pl_killer_step(killer, (NOW_SEC + 2 * sec) * PL_USEC_PER_SEC, 100);
        return r == 0 && !pl_killer_take(killer, ret_outcome) ? -1 : r;
}

/* Frozen without a mark nobody would let it go. */
static bool keeps_promises(const struct wanted *wanted, const struct pl_outcome *outcome)
{
        bool is_frozen = holds("cgroup.freeze", "1\n");

        if (signalled_wrongly > 0 || (is_frozen && !is_marked))
                return false;
        if (wanted->is_vital)
                return signalled == 0 && holds("cgroup.kill", "") && !is_frozen &&
                       outcome->result != PL_RESULT_DONE;
        if (wanted->measure == PL_MEASURE_FREEZE)
                return outcome->result != PL_RESULT_PARTLY || is_frozen;
        /* It stays populated. What says that it is gone is believed. */
        return outcome->result != PL_RESULT_DONE || pl_fault_struck();
}

static bool comes_back(void *userdata)
{
        const struct wanted *wanted = userdata;
        struct pl_outcome outcome = {};
        int r = begin(wanted, &outcome);
        bool good;

        good = r == 0 && outcome.decision == 1 && outcome.result < PL_RESULTS &&
               pl_killer_count(killer) == 0;
        pl_fault_disarm();
        good = good && keeps_promises(wanted, &outcome);
        put_files();
        return good;
}

static void check(const struct wanted *wanted)
{
        struct wanted copy = *wanted;

        survives_every_fault(comes_back, &copy);
}

static void acts_survive(void **state)
{
        static const struct wanted all[] = {
                { PL_MEASURE_KILL, 0, false },
                { PL_MEASURE_KILL, PL_CGROUP_BY_PROCESS, false },
                { PL_MEASURE_TERM, 0, false },
                { PL_MEASURE_FREEZE, 0, false },
        };

        (void) state;
        for (size_t i = 0; i < PL_ARRAY_LENGTH(all); i++)
                check(&all[i]);
}

static void where_we_are_nothing_is_done(void **state)
{
        static const struct wanted all[] = {
                { PL_MEASURE_KILL, 0, true },
                { PL_MEASURE_KILL, PL_CGROUP_BY_PROCESS, true },
                { PL_MEASURE_TERM, 0, true },
                { PL_MEASURE_FREEZE, 0, true },
        };

        (void) state;
        put_process(getpid(), "0::/a/b\n");
        for (size_t i = 0; i < PL_ARRAY_LENGTH(all); i++)
                check(&all[i]);
        put_process(getpid(), "0::/own\n");
}

/* Told by its own words, or by the list: either call may fail. */
static void where_pid_1_is_nobody_is_killed(void **state)
{
        static const struct wanted all[] = {
                { PL_MEASURE_KILL, 0, true },
                { PL_MEASURE_KILL, PL_CGROUP_BY_PROCESS, true },
        };

        (void) state;
        put("p/1", "cgroup", "0::/a\n");
        list("c/a", 1);
        for (size_t i = 0; i < PL_ARRAY_LENGTH(all); i++)
                check(&all[i]);
        put("p/1", "cgroup", "0::/own\n");
        list("c/a", victim);
}

static bool starts_and_ends(void *userdata)
{
        const struct pl_killer_options options = { .without_threads = true };
        struct pl_killer *another = NULL;
        int r = pl_killer_new(&(struct pl_roots){ -1, -1, -1, -1 }, &options, &another);

        (void) userdata;
        pl_killer_free(another, 0);
        return r == 0 || (!another && is_armed_error(r));
}

static void starting_survives(void **state)
{
        (void) state;
        survives_every_fault(starts_and_ends, NULL);
}

/* ---- threads that cannot be started ---- */

enum start_call { EPOLL_CREATE, EVENTFD, SIGACTION, PTHREAD_CREATE, TIMER_CREATE, START_CALLS };

static const struct {
        const char *name;
        int error, calls; /* how it fails, and how often it is called */
} starts[START_CALLS] = {
        [EPOLL_CREATE] = { "epoll_create1", EMFILE, 1 },
        [EVENTFD] = { "eventfd", EMFILE, 1 },
        [SIGACTION] = { "sigaction", EINVAL, 2 },
        [PTHREAD_CREATE] = { "pthread_create", EAGAIN, 2 },
        [TIMER_CREATE] = { "timer_create", EAGAIN, 2 },
};

static enum start_call failing_call = START_CALLS;
static atomic_int calls_left; /* until it fails */

int __real_epoll_create1(int flags);
int __real_eventfd(unsigned count, int flags);
int __real_sigaction(int number, const struct sigaction *action, struct sigaction *ret_before);
int __real_pthread_create(pthread_t *ret_thread, const pthread_attr_t *attributes,
                          void *(*function)(void *), void *userdata);
int __real_timer_create(clockid_t clock, struct sigevent *event, timer_t *ret_timer);
int __wrap_epoll_create1(int flags);
int __wrap_eventfd(unsigned count, int flags);
int __wrap_sigaction(int number, const struct sigaction *action, struct sigaction *ret_before);
int __wrap_pthread_create(pthread_t *ret_thread, const pthread_attr_t *attributes,
                          void *(*function)(void *), void *userdata);
int __wrap_timer_create(clockid_t clock, struct sigevent *event, timer_t *ret_timer);

static bool fails(enum start_call call)
{
        if (call != failing_call || atomic_fetch_sub(&calls_left, 1) != 1)
                return false;
        errno = starts[call].error;
        return true;
}

int __wrap_epoll_create1(int flags)
{
        return fails(EPOLL_CREATE) ? -1 : __real_epoll_create1(flags);
}

int __wrap_eventfd(unsigned count, int flags)
{
        return fails(EVENTFD) ? -1 : __real_eventfd(count, flags);
}

int __wrap_sigaction(int number, const struct sigaction *action, struct sigaction *ret_before)
{
        return fails(SIGACTION) ? -1 : __real_sigaction(number, action, ret_before);
}

int __wrap_pthread_create(pthread_t *ret_thread, const pthread_attr_t *attributes,
                          void *(*function)(void *), void *userdata)
{
        return fails(PTHREAD_CREATE)
                       ? errno
                       : __real_pthread_create(ret_thread, attributes, function, userdata);
}

int __wrap_timer_create(clockid_t clock, struct sigevent *event, timer_t *ret_timer)
{
        return fails(TIMER_CREATE) ? -1 : __real_timer_create(clock, event, ret_timer);
}

static void what_was_started_ends(void **state)
{
        const struct pl_killer_options options = {};

        (void) state;
        for (enum start_call call = 0; call < START_CALLS; call++)
                for (int nth = 1; nth <= starts[call].calls; nth++) {
                        struct pl_killer *another = NULL;
                        size_t fds = pl_fault_descriptors(), allocated = pl_fault_allocations();

                        failing_call = call;
                        atomic_store(&calls_left, nth);
                        if (pl_killer_new(&(struct pl_roots){ -1, -1, -1, -1 }, &options,
                                          &another) != -starts[call].error)
                                fail_msg("call %d of %s", nth, starts[call].name);
                        failing_call = START_CALLS;
                        assert_null(another);
                        assert_int_equal(pl_fault_descriptors(), fds);
                        assert_int_equal(pl_fault_allocations(), allocated);
                }
}

/* ---- set up ---- */

static int plant(void **state)
{
        struct pl_roots roots = { -1, -1, -1, -1 };
        const struct pl_killer_options options = { .without_threads = true };

        (void) directory_set_up(state);
        for (size_t i = 0; i < PL_ARRAY_LENGTH(directories); i++)
                pl_assert(mkdirat(directory_fd, directories[i], 0700) == 0);
        victim = fork();
        pl_assert(victim >= 0);
        if (victim == 0)
                (void) prctl(PR_SET_PDEATHSIG, SIGKILL);
        while (victim == 0)
                (void) pause();
        put_files();
        put("c/a/b", "cgroup.procs", "");
        put_process(victim, "0::/a\n");
        put_process(getpid(), "0::/own\n");
        put("p/1", "cgroup", "0::/own\n");
        list("c/a", victim);
        roots.cgroup_fd = openat(directory_fd, "c", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        roots.proc_fd = openat(directory_fd, "p", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        cgroup_fd = openat(directory_fd, "c/a", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        return pl_killer_new(&roots, &options, &killer);
}

static void remove_from(const char *directory, const char *const *names, size_t count)
{
        char path[64];

        for (size_t i = 0; i < count; i++) {
                (void) snprintf(path, sizeof path, "%s/%s", directory, names[i]);
                (void) unlinkat(directory_fd, path, 0);
        }
        (void) unlinkat(directory_fd, directory, AT_REMOVEDIR);
}

static int uproot(void **state)
{
        pl_killer_free(killer, 0);
        (void) kill(victim, SIGKILL);
        (void) waitpid(victim, NULL, 0);
        remove_from(directory_of(victim), process_files, PL_ARRAY_LENGTH(process_files));
        remove_from(directory_of(getpid()), process_files, PL_ARRAY_LENGTH(process_files));
        remove_from("p/1", process_files, PL_ARRAY_LENGTH(process_files));
        for (size_t i = PL_ARRAY_LENGTH(directories); i > 0; i--)
                remove_from(directories[i - 1], files, PL_ARRAY_LENGTH(files));
        return directory_tear_down(state);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(acts_survive),
                cmocka_unit_test(where_we_are_nothing_is_done),
                cmocka_unit_test(where_pid_1_is_nobody_is_killed),
                cmocka_unit_test(starting_survives),
                cmocka_unit_test(what_was_started_ends),
        };

        return cmocka_run_group_tests(tests, plant, uproot);
}
