/* SPDX-License-Identifier: Apache-2.0 */

/* Everything is done twice, to real children: with pidfds and on a kernel that has none, which syscall() plays here. */

#include "plimsoll/kernel/pidfd.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "plimsoll/kernel/process.h"
#include "tree.h"

static struct pl_file_buffer buffer;

/* The call that is missing, and how it says so. */
static struct {
        long number;
        int error;
} missing[3];

long __real_syscall(long number, long a, long b, long c, long d);
long __wrap_syscall(long number, long a, long b, long c, long d);

long __wrap_syscall(long number, long a, long b, long c, long d)
{
        for (size_t i = 0; i < PL_ARRAY_LENGTH(missing); i++)
                if (missing[i].error != 0 && missing[i].number == number) {
                        errno = missing[i].error;
                        return -1;
                }
        return __real_syscall(number, a, b, c, d);
}

static void forget_nothing(void)
{
        memset(missing, 0, sizeof missing);
}

static void forget(long number, int error)
{
        for (size_t i = 0; i < PL_ARRAY_LENGTH(missing); i++)
                if (missing[i].error == 0) {
                        missing[i].number = number;
                        missing[i].error = error;
                        return;
                }
        fail();
}

static void set_up(bool has_pidfds)
{
        forget_nothing();
        if (has_pidfds)
                return;
        forget(SYS_pidfd_open, ENOSYS);
        forget(SYS_pidfd_send_signal, ENOSYS);
        forget(SYS_process_mrelease, ENOSYS);
}

static int open_proc(void)
{
        int proc_fd = -1;

        assert_int_equal(pl_file_open_directory(AT_FDCWD, "/proc", &proc_fd), 0);
        return proc_fd;
}

static pid_t start_child(void)
{
        pid_t pid = fork();

        assert_true(pid >= 0);
        if (pid == 0) {
                (void) prctl(PR_SET_PDEATHSIG,
                             SIGKILL); /* a test that fails leaves nobody behind */
                (void) pause();
                _exit(0);
        }
        return pid;
}

static uint64_t start_time(int proc_fd, pid_t pid)
{
        _cleanup_close_ int dir_fd = -1;
        struct pl_process_stat stat;

        assert_int_equal(pl_process_open(proc_fd, pid, &dir_fd), 0);
        assert_int_equal(pl_process_read_stat(dir_fd, &buffer, &stat), 0);
        return stat.start_ticks;
}

static void take_hold(pid_t pid, struct pl_pidfd *ret_pidfd)
{
        _cleanup_close_ int proc_fd = open_proc();

        assert_int_equal(pl_pidfd_open(proc_fd, pid, start_time(proc_fd, pid), &buffer, ret_pidfd),
                         0);
        assert_int_equal(ret_pidfd->pid, pid);
        assert_true(ret_pidfd->proc_dir_fd >= 0);
}

static bool is_dead(const struct pl_pidfd *pidfd)
{
        bool dead;

        assert_int_equal(pl_pidfd_is_dead(pidfd, &buffer, &dead), 0);
        return dead;
}

static void wait_for_zombie(pid_t pid)
{
        siginfo_t info;

        assert_int_equal(waitid(P_PID, (id_t) pid, &info, WEXITED | WNOWAIT), 0);
}

static void from_birth_to_burial(bool has_pidfds)
{
        struct pl_pidfd pidfd = PL_PIDFD_NONE;
        pid_t pid = start_child();
        int fds = test_open_fds(), status;

        set_up(has_pidfds);
        take_hold(pid, &pidfd);
        assert_int_equal(pidfd.fd >= 0, has_pidfds);
        assert_int_equal(pl_pidfd_signal(&pidfd, 0), 0);
        assert_false(is_dead(&pidfd));

        assert_int_equal(pl_pidfd_signal(&pidfd, SIGKILL), 0);
        wait_for_zombie(pid);
        assert_true(is_dead(&pidfd));
        assert_int_equal(pl_pidfd_signal(&pidfd, SIGKILL), 0);

        assert_int_equal(waitpid(pid, &status, 0), pid);
        assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
        assert_true(is_dead(&pidfd));
        assert_int_equal(pl_pidfd_signal(&pidfd, SIGKILL), PL_FILE_E_GONE);

        pl_pidfd_done(&pidfd);
        assert_int_equal(pidfd.fd, -1);
        pl_pidfd_done(&pidfd);
        assert_int_equal(test_open_fds(), fds);
}

static void test_from_birth_to_burial(void **state)
{
        (void) state;
        from_birth_to_burial(true);
}

static void test_from_birth_to_burial_without_pidfds(void **state)
{
        (void) state;
        from_birth_to_burial(false);
}

static void *wait_for_ever(void *nothing)
{
        (void) pause();
        return nothing;
}

/* A process whose first thread has ended while another goes on: a zombie by its letter, and alive. */
static pid_t start_headless_child(void)
{
        pid_t pid = fork();
        pthread_t thread;

        assert_true(pid >= 0);
        if (pid == 0) {
                (void) prctl(PR_SET_PDEATHSIG, SIGKILL);
                if (pthread_create(&thread, NULL, wait_for_ever, NULL) != 0)
                        _exit(1);
                (void) __real_syscall(SYS_exit, 0, 0, 0, 0);
        }
        return pid;
}

static void wait_for_state(int dir_fd, char wanted)
{
        struct pl_process_stat stat = {};

        for (int i = 0; i < 5000 && stat.state != wanted; i++) {
                assert_int_equal(pl_process_read_stat(dir_fd, &buffer, &stat), 0);
                (void) poll(NULL, 0, 1);
        }
        assert_int_equal(stat.state, wanted);
}

static void test_a_zombie_with_a_living_thread(void **state)
{
        (void) state;
        for (int has_pidfds = 0; has_pidfds < 2; has_pidfds++) {
                struct pl_pidfd pidfd = PL_PIDFD_NONE;
                pid_t pid = start_headless_child();

                set_up(has_pidfds);
                take_hold(pid, &pidfd);
                wait_for_state(pidfd.proc_dir_fd, 'Z');
                assert_false(is_dead(&pidfd));
                assert_int_equal(pl_pidfd_signal(&pidfd, SIGKILL), 0);
                wait_for_zombie(pid);
                assert_true(is_dead(&pidfd));
                assert_int_equal(waitpid(pid, NULL, 0), pid);
                pl_pidfd_done(&pidfd);
        }
}

/* The number is right and the process is another: nothing is held, and no fd stays open. */
static void test_another_process(void **state)
{
        _cleanup_close_ int proc_fd = open_proc();
        struct pl_pidfd pidfd = PL_PIDFD_NONE;
        pid_t pid = start_child();
        uint64_t start_ticks = start_time(proc_fd, pid);
        int fds = test_open_fds();

        (void) state;
        for (int has_pidfds = 0; has_pidfds < 2; has_pidfds++) {
                set_up(has_pidfds);
                assert_int_equal(pl_pidfd_open(proc_fd, pid, start_ticks - 1, &buffer, &pidfd),
                                 PL_FILE_E_GONE);
                assert_int_equal(test_open_fds(), fds);
        }
        assert_int_equal(kill(pid, SIGKILL), 0);
        assert_int_equal(waitpid(pid, NULL, 0), pid);
        for (int has_pidfds = 0; has_pidfds < 2; has_pidfds++) {
                set_up(has_pidfds);
                assert_int_equal(pl_pidfd_open(proc_fd, pid, start_ticks, &buffer, &pidfd),
                                 PL_FILE_E_GONE);
                assert_int_equal(test_open_fds(), fds);
        }
        /* What older kernels say of a number that still names a group of the dead. */
        forget_nothing();
        forget(SYS_pidfd_open, EINVAL);
        assert_int_equal(pl_pidfd_open(proc_fd, pid, start_ticks, &buffer, &pidfd), PL_FILE_E_GONE);
        forget_nothing();
        assert_int_equal(pidfd.fd, -1);
}

static atomic_int thread_id;

static void *live_as_a_thread(void *end)
{
        char byte;

        atomic_store(&thread_id, gettid());
        (void) !read(*(int *) end, &byte, 1); /* until the test closes the other end */
        return NULL;
}

/* A signal to a thread's number would be one to its whole process: here to the test itself. */
static void test_a_thread_is_refused(void **state)
{
        _cleanup_close_ int proc_fd = open_proc();
        struct pl_pidfd pidfd = PL_PIDFD_NONE;
        pthread_t thread;
        int ends[2];

        (void) state;
        assert_int_equal(pipe(ends), 0);
        assert_int_equal(pthread_create(&thread, NULL, live_as_a_thread, &ends[0]), 0);
        while (atomic_load(&thread_id) == 0)
                (void) sched_yield();
        for (int has_pidfds = 0; has_pidfds < 2; has_pidfds++) {
                set_up(has_pidfds);
                assert_int_equal(pl_pidfd_open(proc_fd, thread_id, start_time(proc_fd, thread_id),
                                               &buffer, &pidfd),
                                 PL_FILE_E_REFUSED);
        }
        (void) close(ends[1]);
        assert_int_equal(pthread_join(thread, NULL), 0);
        (void) close(ends[0]);
}

/* A sandbox forbids the one call and allows the other; or says EPERM for what it does not know. */
static void test_half_a_sandbox(void **state)
{
        struct pl_pidfd pidfd = PL_PIDFD_NONE;
        pid_t pid = start_child();

        (void) state;
        forget_nothing();
        forget(SYS_pidfd_send_signal, ENOSYS);
        take_hold(pid, &pidfd);
        assert_true(pidfd.fd >= 0);
        assert_int_equal(pl_pidfd_signal(&pidfd, 0), 0);
        pl_pidfd_done(&pidfd);

        forget_nothing();
        forget(SYS_pidfd_open, EPERM);
        take_hold(pid, &pidfd);
        assert_int_equal(pidfd.fd, -1);
        assert_int_equal(pl_pidfd_signal(&pidfd, SIGKILL), 0);
        assert_int_equal(waitpid(pid, NULL, 0), pid);
        pl_pidfd_done(&pidfd);
}

static void test_out_of_fds(void **state)
{
        _cleanup_close_ int proc_fd = open_proc();
        struct pl_pidfd pidfd = PL_PIDFD_NONE;

        (void) state;
        forget_nothing();
        forget(SYS_pidfd_open, EMFILE);
        assert_int_equal(pl_pidfd_open(proc_fd, getppid(), 1, &buffer, &pidfd), -EMFILE);
}

static const struct {
        const char *name;
        int error, outcome;
} releases[] = {
        { "no such call", ENOSYS, PL_PIDFD_E_UNSUPPORTED },
        { "a sandbox without it", EPERM, PL_PIDFD_E_UNSUPPORTED },
        { "nothing left to take", ESRCH, PL_FILE_E_GONE },
        { "not dying", EINVAL, PL_FILE_E_REFUSED },
        { "its lock is held", EAGAIN, PL_FILE_E_AGAIN },
        { "a signal came", EINTR, PL_FILE_E_AGAIN },
};

static void test_mrelease(void **state)
{
        struct pl_pidfd pidfd = PL_PIDFD_NONE;
        pid_t pid = start_child();
        int r;

        (void) state;
        forget_nothing();
        take_hold(pid, &pidfd);
        for (size_t i = 0; i < PL_ARRAY_LENGTH(releases); i++) {
                forget_nothing();
                forget(SYS_process_mrelease, releases[i].error);
                assert_row(releases[i].name, pl_pidfd_mrelease(&pidfd) == releases[i].outcome);
        }
        forget_nothing();
        r = pl_pidfd_mrelease(&pidfd);
        assert_true(r == PL_FILE_E_REFUSED || r == PL_PIDFD_E_UNSUPPORTED);
        assert_int_equal(pl_pidfd_signal(&pidfd, SIGKILL), 0);
        wait_for_zombie(pid);
        r = pl_pidfd_mrelease(&pidfd);
        assert_true(r == PL_FILE_E_GONE || r == PL_PIDFD_E_UNSUPPORTED);
        assert_int_equal(waitpid(pid, NULL, 0), pid);
        pl_pidfd_done(&pidfd);

        /* Without a pidfd there is nothing that the call could be given. */
        pid = start_child();
        set_up(false);
        take_hold(pid, &pidfd);
        assert_int_equal(pl_pidfd_mrelease(&pidfd), PL_PIDFD_E_UNSUPPORTED);
        assert_int_equal(kill(pid, SIGKILL), 0);
        assert_int_equal(waitpid(pid, NULL, 0), pid);
        pl_pidfd_done(&pidfd);
}

/* In a child, which gives its privileges away. */
static void signal_without_the_right(void)
{
        struct pl_pidfd with = PL_PIDFD_NONE, without = PL_PIDFD_NONE;

        set_up(true);
        take_hold(getppid(), &with);
        set_up(false);
        take_hold(getppid(), &without);
        set_up(true);
        if (setresuid(65534, 65534, 65534) < 0)
                _exit(2);
        if (pl_pidfd_signal(&with, 0) != PL_FILE_E_DENIED ||
            pl_pidfd_signal(&without, 0) != PL_FILE_E_DENIED)
                _exit(1);
        _exit(0);
}

static void test_denied(void **state)
{
        int status;
        pid_t pid;

        (void) state;
        if (geteuid() != 0)
                skip(); /* cannot become somebody else */
        pid = fork();
        assert_true(pid >= 0);
        if (pid == 0)
                signal_without_the_right();
        assert_int_equal(waitpid(pid, &status, 0), pid);
        assert_true(WIFEXITED(status));
        assert_int_equal(WEXITSTATUS(status), 0);
}

/* In a child, since an assertion ends the process. */
static int exit_of_signalling(pid_t pid, int signal)
{
        int status;
        pid_t child = fork();

        assert_true(child >= 0);
        if (child == 0) {
                struct pl_pidfd pidfd = { .fd = -1, .proc_dir_fd = open_proc() };

                pidfd.pid = pid > 0 ? pid : getpid();
                (void) prctl(PR_SET_DUMPABLE, 0);
                (void) close(STDERR_FILENO);
                (void) pl_pidfd_signal(&pidfd, signal);
                _exit(0);
        }
        assert_int_equal(waitpid(child, &status, 0), child);
        return WIFSIGNALED(status) ? WTERMSIG(status) : 0;
}

static void test_never_init_nor_itself(void **state)
{
        (void) state;
        forget_nothing();
        assert_int_equal(exit_of_signalling(1, 0), SIGABRT);
        assert_int_equal(exit_of_signalling(0, 0), SIGABRT);
        assert_int_equal(exit_of_signalling(getpid(), -1), SIGABRT);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_from_birth_to_burial),
                cmocka_unit_test(test_from_birth_to_burial_without_pidfds),
                cmocka_unit_test(test_a_zombie_with_a_living_thread),
                cmocka_unit_test(test_another_process),
                cmocka_unit_test(test_a_thread_is_refused),
                cmocka_unit_test(test_half_a_sandbox),
                cmocka_unit_test(test_out_of_fds),
                cmocka_unit_test(test_mrelease),
                cmocka_unit_test(test_denied),
                cmocka_unit_test(test_never_init_nor_itself),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
