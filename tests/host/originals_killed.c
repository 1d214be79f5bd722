/* SPDX-License-Identifier: Apache-2.0 */

/* A process that is killed. At every system call while it notes and writes the log anew, by stopping it there and looking at
 * what the next one would make of the directory; and fifty times at random, at full speed.
 */

#include "host/noted.h"

#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/sendfile.h>
#include <sys/wait.h>

#include "host/originals_internal.h"

enum {
        KILLS = 50,
        IDS = 64, /* that are noted in turn, and each forgotten again */
        /* Some more than the log may have before it is written anew. */
        STEPS = 2 * PL_ORIGINALS_REWRITE_BYTES / sizeof(struct pl_originals_record),
};

/* How far the child is: said only when the call has returned. */
static _Atomic uint64_t *done;

static uint64_t id_of(uint64_t step)
{
        return 1 + step / 2 % IDS;
}

/* An even step notes, the odd one behind it forgets, but of every eighth, which stays. */
static void one_step(uint64_t step)
{
        int r;

        if (step % 2 == 0)
                r = note(id_of(step), PL_LIMIT_MAX, step);
        else
                r = step % 16 == 1 ? 0 : pl_originals_drop_cgroup(&noted, id_of(step));
        pl_assert(r == 0 || r == PL_ORIGINALS_E_EXISTS);
}

/* The value that is there after so many steps; 0: none. */
static uint64_t value_after(uint64_t id, uint64_t steps)
{
        uint64_t value = 0;

        for (uint64_t step = 2 * (id - 1); step < steps; step += 2 * IDS) {
                if (value == 0)
                        value = step + 1;
                if (step % 16 != 0 && step + 1 < steps)
                        value = 0;
        }
        return value;
}

static bool is_as_after(const struct pl_originals *originals, uint64_t steps)
{
        for (uint64_t id = 1; id <= IDS; id++) {
                const struct pl_original_cgroup *cgroup = pl_originals_find_cgroup(originals, id);
                const uint64_t value = value_after(id, steps);

                if (value == 0 ? cgroup != NULL
                               : !cgroup || cgroup->before.values[PL_LIMIT_MAX] != value - 1)
                        return false;
        }
        return true;
}

static void copy_file(int to_fd, const char *name)
{
        _cleanup_close_ int from = openat(noted_fd, name, O_RDONLY | O_CLOEXEC), to = -1;
        struct stat status;

        (void) unlinkat(to_fd, name, 0);
        if (from < 0)
                return;
        to = openat(to_fd, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
        assert_int_equal(fstat(from, &status), 0);
        assert_int_equal(sendfile(to, from, NULL, (size_t) status.st_size), status.st_size);
}

/* What the next one reads: as after what was done, or with the one that was under way. */
static void look(int copy_fd)
{
        static struct pl_originals next;
        struct pl_originals_opened opened;
        const uint64_t steps = *done;

        copy_file(copy_fd, "originals");
        copy_file(copy_fd, "originals.new");
        assert_int_equal(pl_originals_open(&next, copy_fd, noted_boot, &opened), 0);
        assert_int_equal(opened.aside, 0);
        assert_int_equal(opened.spoilt_count, 0);
        assert_true(is_as_after(&next, steps) || is_as_after(&next, steps + 1));
        pl_originals_close(&next);
}

/* Up to just before the log is written anew, unseen; then under observation. */
_Noreturn static void be_stopped(void)
{
        (void) prctl(PR_SET_PDEATHSIG, SIGKILL);
        noted_open();
        while (noted.end_bytes + 2 * sizeof(struct pl_originals_record) <=
               PL_ORIGINALS_REWRITE_BYTES) {
                one_step(*done);
                (*done)++;
        }
        pl_assert(ptrace(PTRACE_TRACEME, 0, NULL, NULL) == 0);
        (void) raise(SIGSTOP);
        for (int i = 0; i < 10; i++) {
                one_step(*done);
                (*done)++;
        }
        pl_assert(noted.end_bytes < PL_ORIGINALS_REWRITE_BYTES / 2);
        _exit(EXIT_SUCCESS);
}

static void killed_at_every_call(void **state)
{
        int status, stops = 0, renamed = 0, half = 0, copy_fd;
        struct stat before, now;
        pid_t pid;

        (void) state;
        assert_int_equal(mkdirat(noted_fd, "copy", 0700), 0);
        copy_fd = openat(noted_fd, "copy", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        *done = 0;
        pid = fork();
        assert_true(pid >= 0);
        if (pid == 0)
                be_stopped();
        assert_int_equal(waitpid(pid, &status, 0), pid);
        assert_true(WIFSTOPPED(status));
        assert_int_equal(fstatat(noted_fd, "originals", &before, 0), 0);
        for (; WIFSTOPPED(status); stops++) {
                look(copy_fd);
                assert_int_equal(fstatat(noted_fd, "originals", &now, 0), 0);
                half += noted_has("originals.new");
                renamed += now.st_ino != before.st_ino;
                assert_int_equal(ptrace(PTRACE_SYSCALL, pid, NULL, NULL), 0);
                assert_int_equal(waitpid(pid, &status, 0), pid);
        }
        assert_true(WIFEXITED(status) && WEXITSTATUS(status) == EXIT_SUCCESS);
        print_message("%d stops, %d of them beside a new log, %d with it in place\n", stops, half,
                      renamed);
        /* The new log is made, filled and renamed, each seen from both sides. */
        assert_true(half >= 3 && renamed > 0 && stops > half + renamed);
        for (int i = 0; i < 2; i++)
                (void) unlinkat(copy_fd, i ? "originals.new" : "originals", 0);
        (void) close(copy_fd);
}

_Noreturn static void note_for_ever(void)
{
        (void) prctl(PR_SET_PDEATHSIG, SIGKILL);
        noted_open();
        for (;;) {
                one_step(*done);
                (*done)++;
        }
}

/* A step that was done and not yet counted is done again, and finds that out by itself. */
static void killed_at_random(void **state)
{
        struct test_random random = { 77 };
        uint64_t before = 0;

        (void) state;
        *done = 0;
        (void) alarm(100); /* of the test's 120 seconds */
        for (int i = 0; i < KILLS; i++) {
                const uint64_t until = before + 1 + test_random_below(&random, STEPS);
                pid_t pid = fork();

                assert_true(pid >= 0);
                if (pid == 0)
                        note_for_ever();
                while (*done < until)
                        (void) sched_yield();
                assert_int_equal(kill(pid, SIGKILL), 0);
                assert_int_equal(waitpid(pid, NULL, 0), pid);
                before = *done;
                noted_open();
                assert_int_equal(noted_opened.aside, 0);
                assert_int_equal(noted_opened.spoilt_count, 0);
                if (!is_as_after(&noted, before)) {
                        assert_true(is_as_after(&noted, before + 1));
                        *done = ++before;
                }
                pl_originals_close(&noted);
        }
        (void) alarm(0);
        assert_true(before > STEPS); /* so it was written anew, now and then */
}

static int set_up(void **state)
{
        done = mmap(NULL, sizeof *done, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
        assert_true(done != MAP_FAILED);
        return noted_set_up(state);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                NOTED_TEST(killed_at_every_call),
                NOTED_TEST(killed_at_random),
        };

        return cmocka_run_group_tests(tests, set_up, noted_tear_down);
}
