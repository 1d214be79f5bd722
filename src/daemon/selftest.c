/* SPDX-License-Identifier: Apache-2.0 */

/* A capability that a unit lost, a file system that became read-only, a filter of system calls: none of them shows before
 * the moment that counts, unless somebody looks. What is looked at are those who would go first, because what is denied
 * depends on whose processes and whose cgroups they are.
 *
 * The child is put into a cgroup below our own, which is the one place where systemd expects cgroups of ours. That is
 * allowed as long as our own hands no controllers down, and a cgroup without controllers can kill as well as any.
 */

#include "selftest.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "board_internal.h"
#include "plimsoll/base/assert.h"
#include "plimsoll/base/fd.h"
#include "plimsoll/base/macro.h"
#include "plimsoll/kernel/process.h"
#include "say.h"

static const char scratch_name[] = "plimsoll-self-test";

static const struct pl_selftest_finding nothing_fails = { .part = PL_KILL_PARTS };

void pl_selftest_init(struct pl_selftest *test)
{
        pl_assert(test);

        memset(test, 0, sizeof *test);
        test->finding = test->told = test->found = nothing_fails;
        test->own_fd = -1;
        pl_kill_test_init(&test->child);
}

bool pl_selftest_is_unfit(const struct pl_selftest *test)
{
        return test->finding.part != PL_KILL_PARTS;
}

/* ---- what is found ---- */

/* The first is the one that is kept. */
static void find(struct pl_selftest *test, const struct pl_kill_test *tried, uint64_t id)
{
        if (tried->first_part == PL_KILL_PARTS || test->found.part != PL_KILL_PARTS)
                return;
        test->found = (struct pl_selftest_finding){ .part = tried->first_part,
                                                    .error = tried->errors[tried->first_part],
                                                    .id = id };
}

static bool is_same(const struct pl_selftest_finding *a, const struct pl_selftest_finding *b)
{
        return a->part == b->part && a->error == b->error && a->id == b->id;
}

static void tell_failure(const struct pl_selftest *test, const struct pl_selftest_given *given,
                         uint64_t now_usec)
{
        static const char *const parts[PL_KILL_PARTS] = {
                [PL_KILL_PART_FIND] = "finding the processes",
                [PL_KILL_PART_SIGNAL] = "signalling the processes",
                [PL_KILL_PART_OPEN] = "opening cgroup.kill",
                [PL_KILL_PART_FREEZE] = "opening cgroup.freeze",
                [PL_KILL_PART_PUT_IN] = "making and filling the cgroup",
                [PL_KILL_PART_KILL] = "writing cgroup.kill",
                [PL_KILL_PART_DEATH] = "waiting for the death",
        };
        struct pl_journal_act act = {
                .at_usec = now_usec,
                .type = PL_JOURNAL_ALARM,
                .note = { .id = test->finding.id,
                          .value = (uint64_t) test->finding.error,
                          .code = PL_NOTE_CANNOT_ACT },
        };
        char name[PL_JOURNAL_NAME_BYTES] = "";
        struct pl_text words;

        if (test->finding.id != 0)
                pl_board_find_name(given->board, test->finding.id, name);
        pl_text_init(&words, act.note.words, sizeof act.note.words);
        pl_text_addf(&words, "%s of %s", parts[test->finding.part],
                     test->finding.id == 0 ? "a child of its own"
                     : name[0] != '\0'     ? name
                                           : "one that is gone");
        pl_logbook_act(given->board->options.logbook, &act);
}

static void tell(struct pl_selftest *test, const struct pl_selftest_given *given, uint64_t now_usec)
{
        if (is_same(&test->finding, &test->told) &&
            (!pl_selftest_is_unfit(test) || now_usec - test->told_usec < PL_SELFTEST_REMIND_USEC))
                return;
        test->told = test->finding;
        test->told_usec = now_usec;
        if (pl_selftest_is_unfit(test))
                tell_failure(test, given, now_usec);
        else
                pl_logbook_say(given->board->options.logbook, now_usec,
                               &(struct pl_logbook_note){ .code = PL_NOTE_CAN_ACT });
}

/* ---- candidates ---- */

static void take_candidates(struct pl_selftest *test, const struct pl_judgement *judgement)
{
        test->candidate_count = test->next = 0;
        for (uint32_t i = 0;
             i < judgement->candidate_count && test->candidate_count < PL_SELFTEST_CANDIDATES_MAX;
             i++)
                if (judgement->candidates[i].rank != 0)
                        test->candidates[test->candidate_count++] = judgement->candidates[i].id;
}

/* What somebody may not, or this kernel cannot. Anything else can be his own doing, as a path too long to be read is, and says
 * nothing of others. */
static bool is_refusal(const struct pl_kill_test *tried)
{
        int error = tried->first_part < PL_KILL_PARTS ? tried->errors[tried->first_part] : 0;

        return error == EPERM || error == EACCES || error == EROFS || error == ENOSYS;
}

/* Who has gone meanwhile, or is protected now, says nothing. */
static void try_candidate(struct pl_selftest *test, const struct pl_selftest_given *given,
                          uint64_t id)
{
        struct pl_kill_test tried;
        struct pl_journal_row row;
        bool is_opened = false;
        uint32_t index;
        int fd = -1;

        if (!pl_board_find(given->board, id, &index, &row) || row.flags & PL_CGROUP_PROTECTED ||
            pl_census_directory(&given->board->census, index, &fd, &is_opened) != 0)
                return;
        pl_kill_test_init(&tried);
        if (pl_kill_test_candidate(given->killer, fd, id, &tried) != PL_FILE_E_GONE &&
            is_refusal(&tried))
                find(test, &tried, id);
        if (is_opened)
                pl_cleanup_close(&fd);
}

/* ---- the child ---- */

/* The errno of it. */
static int error_of(int r)
{
        pl_assert(r != 0);

        switch (r) {
        case PL_FILE_E_DENIED:
                return EACCES;
        case PL_FILE_E_ABSENT:
        case PL_FILE_E_GONE:
                return ENOENT;
        default:
                return r < 0 ? -r : EIO;
        }
}

static int read_own_path(struct pl_selftest *test, const struct pl_roots *roots,
                         struct pl_text *path)
{
        struct pl_process_cgroup cgroup = {};
        _cleanup_close_ int fd = -1;
        int r;

        r = pl_process_open(roots->proc_fd, getpid(), &fd);
        if (r == 0)
                r = pl_process_read_cgroup(fd, &test->buffer, &cgroup);
        if (r != 0)
                return r;
        /* It begins with a slash, and is to be looked for below our mount. */
        pl_text_add(path, ".");
        pl_text_add_span(path, cgroup.path);
        return path->cut ? -ENAMETOOLONG : 0;
}

/* A tree that stands in for one kills nobody. */
static int open_own(struct pl_selftest *test, const struct pl_roots *roots)
{
        char buffer[PL_CGROUP_PATH_MAX];
        struct pl_text path;
        bool is_unified = false;
        int r = pl_cgroup_is_unified(roots->cgroup_fd, &is_unified);

        pl_text_init(&path, buffer, sizeof buffer);
        if (r == 0 && !is_unified)
                return -EOPNOTSUPP;
        if (r == 0)
                r = read_own_path(test, roots, &path);
        return r == 0 ? pl_file_open_directory(roots->cgroup_fd, buffer, &test->own_fd) : r;
}

/* Who is still in one that was left behind dies as he should have. */
static void clear_scratch(const struct pl_selftest *test)
{
        _cleanup_close_ int fd = -1;

        if (pl_file_open_directory(test->own_fd, scratch_name, &fd) == 0)
                (void) pl_cgroup_kill(fd);
        (void) unlinkat(test->own_fd, scratch_name, AT_REMOVEDIR);
}

static int make_scratch(struct pl_selftest *test, int *ret_fd, uint64_t *ret_id)
{
        int r;

        if (mkdirat(test->own_fd, scratch_name, 0755) < 0) {
                if (errno != EEXIST)
                        return -errno;
                clear_scratch(test);
                if (mkdirat(test->own_fd, scratch_name, 0755) < 0)
                        return -errno;
        }
        r = pl_file_open_directory(test->own_fd, scratch_name, ret_fd);
        return r == 0 ? pl_cgroup_id(*ret_fd, ret_id) : r;
}

static void remove_scratch(struct pl_selftest *test)
{
        if (test->own_fd >= 0)
                (void) unlinkat(test->own_fd, scratch_name, AT_REMOVEDIR);
        pl_cleanup_close(&test->own_fd);
        test->own_fd = -1;
}

/* That no cgroup may be made says that none may be written; a kernel or a place that has none to make says nothing. */
static void cannot_try(struct pl_selftest *test, int error)
{
        const struct pl_kill_test denied = { .errors = { [PL_KILL_PART_PUT_IN] = error },
                                             .first_part = PL_KILL_PART_PUT_IN };

        if (error == EROFS || error == EACCES || error == EPERM)
                find(test, &denied, 0);
        else if (test->untried_error != error)
                pl_say_error("the self-test cannot kill a child of its own in a cgroup of its own "
                             "(%s): of acting it tries the rest, signals and opening files",
                             strerrordesc_np(error));
        test->untried_error = error;
}

static void begin_child(struct pl_selftest *test, const struct pl_selftest_given *given,
                        uint64_t now_usec)
{
        _cleanup_close_ int fd = -1;
        uint64_t id = 0;
        int r = open_own(test, &given->board->options.roots);

        if (r == 0)
                r = make_scratch(test, &fd, &id);
        pl_kill_test_forget(&test->child);
        if (r != 0) {
                cannot_try(test, error_of(r));
                return;
        }
        test->untried_error = 0;
        test->give_up_usec = now_usec + PL_SELFTEST_DEATH_USEC;
        pl_kill_test_begin(given->killer, fd, id, &test->child);
}

/* ---- turns ---- */

/* Nobody forks or looks for trouble while there is some. Before the host was judged it is not known. */
static bool is_calm(const struct pl_selftest_given *given)
{
        const struct pl_judgement *judgement = &given->board->options.steps->judgement;

        return given->board->has_looked && judgement->verdict_count > 0 &&
               judgement->verdicts[0].severity <= PL_SEVERITY_WATCH &&
               pl_killer_count(given->killer) == 0;
}

static bool is_due(const struct pl_selftest *test, const struct pl_selftest_given *given,
                   uint64_t now_usec)
{
        uint64_t period_usec = pl_selftest_is_unfit(test)
                                       ? PL_MIN(PL_SELFTEST_RETRY_USEC, given->period_usec)
                                       : given->period_usec;

        return !test->has_run || now_usec - test->tested_usec >= period_usec;
}

static void finish(struct pl_selftest *test, const struct pl_selftest_given *given,
                   uint64_t now_usec)
{
        find(test, &test->child, 0);
        remove_scratch(test);
        test->phase = PL_SELFTEST_RESTS;
        test->has_run = true;
        test->tested_usec = now_usec;
        test->finding = test->found;
        tell(test, given, now_usec);
}

static void bury(struct pl_selftest *test, const struct pl_selftest_given *given, uint64_t now_usec)
{
        if (pl_kill_test_end(&test->child, now_usec >= test->give_up_usec) != 0)
                return;
        /* How long a death takes while the host is short says nothing of another hour. */
        if (test->child.errors[PL_KILL_PART_DEATH] == ETIMEDOUT && !is_calm(given)) {
                remove_scratch(test);
                test->phase = PL_SELFTEST_RESTS;
                return;
        }
        finish(test, given, now_usec);
}

static void try_next(struct pl_selftest *test, const struct pl_selftest_given *given,
                     uint64_t now_usec)
{
        if (test->next < test->candidate_count) {
                try_candidate(test, given, test->candidates[test->next++]);
                return;
        }
        begin_child(test, given, now_usec);
        test->phase = PL_SELFTEST_BURIES;
}

void pl_selftest_step(struct pl_selftest *test, const struct pl_selftest_given *given,
                      uint64_t now_usec)
{
        pl_assert(test && given && given->killer);

        if (test->phase == PL_SELFTEST_BURIES) {
                bury(test, given, now_usec);
                return;
        }
        /* What is put off begins anew. */
        if (!is_calm(given)) {
                test->phase = PL_SELFTEST_RESTS;
                return;
        }
        if (test->phase == PL_SELFTEST_RESTS) {
                if (!is_due(test, given, now_usec))
                        return;
                test->found = nothing_fails;
                take_candidates(test, &given->board->options.steps->judgement);
                test->phase = PL_SELFTEST_TRIES;
        }
        try_next(test, given, now_usec);
}

void pl_selftest_done(struct pl_selftest *test)
{
        pl_assert(test);

        (void) pl_kill_test_end(&test->child, true);
        remove_scratch(test);
}
