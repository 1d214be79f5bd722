/* SPDX-License-Identifier: Apache-2.0 */

/* A self-test while calls fail: it comes to its end, leaves neither its cgroup nor a descriptor behind, and finds nothing wrong with
 * the killer, whose answer is always that all is well.
 */

#include "fault/check.h"

#include <errno.h>
#include <stdio.h>

#include "daemon/selftest.h"
#include "fault/directory.h"

enum { TURNS_MAX = 16 };

static const char *const cgroups[] = { "x.service", "own" };
static const char *const files[] = { "cgroup.procs", "cgroup.events" };
static const char scratch[] = "own/plimsoll-self-test";

static char journal_path[] = "/tmp/plimsoll-fault-XXXXXX";
static int journal_fd = -1;
static char process[16];
static struct pl_logbook logbook;
static struct pl_steps steps;
static struct pl_board board;
static char killer; /* nobody looks into it */
static unsigned begun;

/* ---- what stands in for the killer and the kernel ---- */

int __wrap_pl_kill_test_candidate(struct pl_killer *given, int cgroup_fd, uint64_t id,
                                  struct pl_kill_test *tried);
void __wrap_pl_kill_test_begin(struct pl_killer *given, int scratch_fd, uint64_t id,
                               struct pl_kill_test *test);
uint32_t __wrap_pl_killer_count(const struct pl_killer *given);
int __wrap_pl_cgroup_is_unified(int cgroup_fd, bool *ret_unified);

int __wrap_pl_kill_test_candidate(struct pl_killer *given, int cgroup_fd, uint64_t id,
                                  struct pl_kill_test *tried)
{
        pl_assert((char *) given == &killer && cgroup_fd >= 0 && id != 0);
        pl_assert(tried->first_part == PL_KILL_PARTS);
        return 0;
}

void __wrap_pl_kill_test_begin(struct pl_killer *given, int scratch_fd, uint64_t id,
                               struct pl_kill_test *test)
{
        pl_assert((char *) given == &killer && scratch_fd >= 0 && id != 0);
        pl_assert(test->child == 0);
        begun++;
}

uint32_t __wrap_pl_killer_count(const struct pl_killer *given)
{
        (void) given;
        return 0;
}

int __wrap_pl_cgroup_is_unified(int cgroup_fd, bool *ret_unified)
{
        pl_assert(cgroup_fd == directory_fd);
        *ret_unified = true;
        return 0;
}

/* ---- the test ---- */

static bool runs(void *userdata)
{
        const struct pl_selftest_given given = { (struct pl_killer *) &killer, &board,
                                                 PL_USEC_PER_HOUR };
        static struct pl_selftest test;
        bool good;

        (void) userdata;
        begun = 0;
        pl_selftest_init(&test);
        for (unsigned i = 0; i < TURNS_MAX; i++)
                pl_selftest_step(&test, &given, 10 + i);
        /* What no right is missing for is no alarm: only a denial is. */
        good = test.has_run && test.phase == PL_SELFTEST_RESTS &&
               (begun == 1 || (pl_fault_struck() && test.untried_error != 0) ||
                pl_selftest_is_unfit(&test)) &&
               (!pl_selftest_is_unfit(&test) || pl_fault_struck());
        pl_selftest_done(&test);
        return good && faccessat(directory_fd, scratch, F_OK, 0) < 0;
}

static void a_self_test_survives(void **state)
{
        (void) state;
        survives_every_fault(runs, NULL);
}

/* ---- the rig ---- */

static void make_process(void)
{
        char path[32];
        _cleanup_close_ int fd = -1;

        (void) snprintf(process, sizeof process, "%d", getpid());
        (void) snprintf(path, sizeof path, "%s/cgroup", process);
        pl_assert(mkdirat(journal_fd, process, 0755) == 0);
        fd = openat(journal_fd, path, O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
        pl_assert(fd >= 0 && pl_fd_write_all(fd, pl_span_of("0::/own\n")) == 0);
}

static void make_cgroups(void)
{
        static const char *const texts[] = { "", "populated 1\nfrozen 0\n" };
        char path[64];

        for (size_t i = 0; i < PL_ARRAY_LENGTH(cgroups); i++) {
                pl_assert(mkdirat(directory_fd, cgroups[i], 0755) == 0);
                for (size_t j = 0; j < PL_ARRAY_LENGTH(files); j++) {
                        (void) snprintf(path, sizeof path, "%s/%s", cgroups[i], files[j]);
                        directory_write(path, pl_span_of(texts[j]));
                }
        }
}

/* Everybody who is there is a candidate. */
static void rank(void)
{
        struct pl_journal_row row;

        steps.judgement.verdict_count = 1;
        for (uint32_t i = 0; i < pl_journal_rows_used(&logbook.mirror); i++)
                if (pl_journal_read_row(&logbook.mirror, i, &row) == 0)
                        steps.judgement.candidates[steps.judgement.candidate_count++] =
                                (struct pl_candidate){ .id = row.id, .rank = i + 1 };
        pl_assert(steps.judgement.candidate_count > 0);
}

static int set_up(void **state)
{
        const struct pl_logbook_options options = { .directory = journal_path,
                                                    .version = "1",
                                                    .file_bytes = PL_JOURNAL_BYTES_MIN };
        struct pl_board_options wanted = { .census = { .no_inotify = true, .fds_max = 1 },
                                           .logbook = &logbook,
                                           .steps = &steps };

        if (directory_set_up(state) != 0)
                return -1;
        pl_assert(mkdtemp(journal_path));
        pl_assert(pl_logbook_open(&logbook, &options) == 0);
        pl_assert(pl_steps_init(&steps, &logbook) == 0);
        journal_fd = open(journal_path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        make_process();
        make_cgroups();
        wanted.roots = (struct pl_roots){ directory_fd, journal_fd, -1, -1 };
        pl_assert(pl_board_open(&board, &wanted) == 0);
        pl_assert(pl_board_begin(&board, 1));
        while (pl_board_work(&board, 2))
                ;
        rank();
        return 0;
}

static int tear_down(void **state)
{
        char path[64];

        pl_board_close(&board);
        pl_steps_done(&steps);
        pl_logbook_close(&logbook);
        for (size_t i = 0; i < PL_ARRAY_LENGTH(cgroups); i++) {
                for (size_t j = 0; j < PL_ARRAY_LENGTH(files); j++) {
                        (void) snprintf(path, sizeof path, "%s/%s", cgroups[i], files[j]);
                        (void) unlinkat(directory_fd, path, 0);
                }
                (void) unlinkat(directory_fd, cgroups[i], AT_REMOVEDIR);
        }
        (void) snprintf(path, sizeof path, "%s/cgroup", process);
        (void) unlinkat(journal_fd, path, 0);
        (void) unlinkat(journal_fd, process, AT_REMOVEDIR);
        (void) unlinkat(journal_fd, "journal", 0);
        (void) unlinkat(journal_fd, "journal.lock", 0);
        (void) close(journal_fd);
        return rmdir(journal_path) < 0 ? -1 : directory_tear_down(state);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(a_self_test_survives),
        };

        return cmocka_run_group_tests(tests, set_up, tear_down);
}
