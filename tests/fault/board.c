/* SPDX-License-Identifier: Apache-2.0 */

/* A board whose policy changes while calls fail. One look may miss what it could not see; the next ones make up for it, no
 * row ever has a number of another policy, and nobody who is there is said to have gone.
 */

#include "fault/check.h"

#include <errno.h>
#include <stdio.h>
#include <sys/mman.h>

#include "daemon/board_internal.h"
#include "fault/directory.h"
#include "plimsoll/journal/cursor.h"

/* Those that a look may miss, at all three turns of what is slow, and once more. */
enum { LOOKS = PL_BOARD_SLOW_EVERY + 1, PIECES_MAX = 200 };

static const char *const cgroups[] = { "a.slice", "a.slice/x.service", "a.slice/y.service" };
static const struct {
        const char *name, *text;
} files[] = {
        { "cgroup.procs", "42\n" },
        { "cgroup.events", "populated 1\nfrozen 0\n" },
        { "memory.current", "4096\n" },
        { "memory.events", "low 0\nhigh 0\nmax 3\noom 0\noom_kill 0\n" },
        { "memory.stat", "anon 1\nfile 2\nshmem 3\ninactive_anon 4\ninactive_file 5\npgfault 6\n"
                         "pgmajfault 7\n" },
        { "memory.max", "8192\n" },
};
static const char *const journal_files[] = { "journal", "journal.lock", "42/oom_score_adj" };
/* The second service's process is there. */
static const char inner[] = "a.slice/y.service/container";

static char journal_path[] = "/tmp/plimsoll-fault-XXXXXX";
static int journal_fd = -1;
static struct pl_policy *before, *after; /* of two profiles, and of one with another's number */
static struct pl_logbook logbook;
static struct pl_steps steps;
static struct pl_board board;
static uint64_t now = 1;
static const struct pl_host_facts host = { 1 << 30, 0 };

static struct pl_policy *load(const char *words)
{
        static struct pl_diag diag;
        const struct pl_load_options options = {};
        struct pl_policy_files read = {};
        struct pl_policy *policy;
        _cleanup_close_ int fd = memfd_create("policy", MFD_CLOEXEC);

        pl_assert(pl_fd_write_all(fd, pl_span_of(words)) == 0 && lseek(fd, 0, SEEK_SET) == 0);
        pl_assert(pl_files_add_stream(&read, fd, &diag) == 0);
        pl_assert(pl_policy_parse(&read, &options, &diag, &policy) == 0);
        pl_files_done(&read);
        return policy;
}

/* One journal for all runs, which begin with an empty board and a whole allowance. */
static void clear(void)
{
        for (uint32_t i = 0; i < pl_journal_rows_used(&logbook.mirror); i++)
                pl_journal_clear_row(&logbook.writer, i);
        logbook.allowance = PL_LOGBOOK_BURST;
        logbook.said = 0;
        pl_steps_done(&steps);
        pl_assert(pl_steps_init(&steps, &logbook) == 0);
}

static bool looks(void)
{
        if (!pl_board_begin(&board, ++now))
                return false;
        for (unsigned i = 0; i < PIECES_MAX; i++)
                if (!pl_board_work(&board, ++now))
                        return true;
        return false;
}

/* A number of a profile is the policy's, and bears its name. */
static bool rows_are_of(const struct pl_policy *policy)
{
        struct pl_journal_row row;

        for (uint32_t i = 0; i < pl_journal_rows_used(&logbook.mirror); i++) {
                if (pl_journal_read_row(&logbook.mirror, i, &row) != 0 ||
                    !(row.flags & PL_CGROUP_PROFILE))
                        continue;
                if (row.profile >= policy->profile_count ||
                    strcmp(policy->profiles[row.profile]->profile.name, row.profile_name) != 0)
                        return false;
        }
        return true;
}

static bool nobody_has_gone(uint64_t from)
{
        struct pl_journal_cursor cursor = pl_journal_cursor_at(&logbook.mirror, PL_JOURNAL_ACTS,
                                                               from);
        static struct pl_journal_act act;

        while (pl_journal_next_act(&cursor, &act) == 0)
                if (act.type == PL_JOURNAL_GONE)
                        return false;
        return true;
}

/* Also that of the one who is further down. One that could not be read is not known until it can be. */
static bool scores_are_known(void)
{
        struct pl_journal_row row;
        uint32_t known = 0;

        for (uint32_t i = 0; i < pl_journal_rows_used(&logbook.mirror); i++)
                known += pl_journal_read_row(&logbook.mirror, i, &row) == 0 &&
                         row.flags & PL_CGROUP_SCORE_KNOWN && row.score_adj == 300;
        return known == 2;
}

static bool is_whole(uint32_t profile_count)
{
        return board.row_count == PL_ARRAY_LENGTH(cgroups) && board.workload_count == 2 &&
               board.profile_count == profile_count;
}

static bool follows(void *userdata)
{
        const struct pl_board_options options = {
                .roots = { directory_fd, journal_fd, -1, -1 },
                .census = { .no_inotify = true, .fds_max = *(const uint32_t *) userdata },
                .logbook = &logbook,
                .steps = &steps,
        };
        const uint64_t from = logbook.writer.next[PL_JOURNAL_ACTS];
        bool good = true;

        if (pl_board_open(&board, &options) != 0) {
                good = pl_fault_struck();
        } else {
                pl_board_set_policy(&board, before, &host);
                for (int i = 0; i < LOOKS && good; i++)
                        good = looks() && rows_are_of(before);
                good = good && is_whole(2);
                pl_board_set_policy(&board, after, &host);
                for (int i = 0; i < LOOKS && good; i++)
                        good = looks() && rows_are_of(after);
                good = good && is_whole(1) && nobody_has_gone(from);
                pl_fault_disarm();
                for (int i = 0; i < PL_BOARD_SLOW_EVERY && good; i++)
                        good = looks();
                good = good && scores_are_known();
        }
        pl_board_close(&board);
        clear();
        return good;
}

/* With a fd kept for each, and with everybody found by his path. */
static void a_board_survives(void **state)
{
        static const uint32_t fds[] = { 100, 1 };

        (void) state;
        for (size_t i = 0; i < PL_ARRAY_LENGTH(fds); i++)
                survives_every_fault(follows, (void *) (uintptr_t) &fds[i]);
}

static void make_process(void)
{
        _cleanup_close_ int fd = -1;

        pl_assert(mkdirat(journal_fd, "42", 0755) == 0);
        fd = openat(journal_fd, "42/oom_score_adj", O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
        pl_assert(fd >= 0 && pl_fd_write_all(fd, pl_span_of("300\n")) == 0);
}

static int set_up(void **state)
{
        const struct pl_logbook_options options = { .directory = journal_path,
                                                    .version = "1",
                                                    .file_bytes = PL_JOURNAL_BYTES_MIN };
        char path[128];

        if (directory_set_up(state) != 0)
                return -1;
        pl_assert(mkdtemp(journal_path));
        pl_assert(pl_logbook_open(&logbook, &options) == 0);
        pl_assert(pl_steps_init(&steps, &logbook) == 0);
        journal_fd = open(journal_path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        for (size_t i = 0; i < PL_ARRAY_LENGTH(cgroups); i++) {
                pl_assert(mkdirat(directory_fd, cgroups[i], 0755) == 0);
                for (size_t j = 0; j < PL_ARRAY_LENGTH(files); j++) {
                        (void) snprintf(path, sizeof path, "%s/%s", cgroups[i], files[j].name);
                        directory_write(path, pl_span_of(files[j].text));
                }
        }
        directory_write("a.slice/y.service/cgroup.procs", pl_span_of(""));
        pl_assert(mkdirat(directory_fd, inner, 0755) == 0);
        (void) snprintf(path, sizeof path, "%s/cgroup.procs", inner);
        directory_write(path, pl_span_of("42\n"));
        make_process();
        before = load("// origin: 1.json\n"
                      "{ \"profile\": \"x\", \"match\": [ { \"unit\": \"x*\" } ] }\n"
                      "// origin: 2.json\n"
                      "{ \"profile\": \"all\", \"match\": [ { \"path\": \"**\" } ] }\n");
        after = load("// origin: 1.json\n"
                     "{ \"profile\": \"y\", \"match\": [ { \"unit\": \"y*\" } ] }\n");
        return 0;
}

static int tear_down(void **state)
{
        char path[128];

        pl_steps_done(&steps);
        pl_logbook_close(&logbook);
        pl_policy_free(before);
        pl_policy_free(after);
        (void) snprintf(path, sizeof path, "%s/cgroup.procs", inner);
        (void) unlinkat(directory_fd, path, 0);
        (void) unlinkat(directory_fd, inner, AT_REMOVEDIR);
        for (size_t i = PL_ARRAY_LENGTH(cgroups); i-- > 0;) {
                for (size_t j = 0; j < PL_ARRAY_LENGTH(files); j++) {
                        (void) snprintf(path, sizeof path, "%s/%s", cgroups[i], files[j].name);
                        (void) unlinkat(directory_fd, path, 0);
                }
                (void) unlinkat(directory_fd, cgroups[i], AT_REMOVEDIR);
        }
        for (size_t i = 0; i < PL_ARRAY_LENGTH(journal_files); i++)
                (void) unlinkat(journal_fd, journal_files[i], 0);
        (void) unlinkat(journal_fd, "42", AT_REMOVEDIR);
        (void) close(journal_fd);
        return rmdir(journal_path) < 0 ? -1 : directory_tear_down(state);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(a_board_survives),
        };

        return cmocka_run_group_tests(tests, set_up, tear_down);
}
