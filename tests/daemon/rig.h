/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* rig - a board over a tree of cgroups that can be changed, with a journal in a directory; a reader of that journal which
 * has nothing but its file; and somebody who takes every step that stands there again, as the engine would.
 */

#include "host/cgroups.h"

#include <sys/mman.h>
#include <sys/xattr.h>

#include "daemon/board_internal.h"
#include "daemon/settings.h"
#include "plimsoll/base/size.h"
#include "plimsoll/journal/cursor.h"

static struct test_tree tree, place, proc;
static struct pl_logbook logbook;
static struct pl_steps steps;
static struct pl_board board;
static struct pl_enforcer enforcer; /* where a test asks for one */
static bool is_enforcing;
static struct pl_journal_reader reader;
static struct pl_policy *policies[8];
static size_t policy_count;
static bool is_started;
static uint64_t now = 1000 * 1000;
static const struct pl_host_facts host = { 16 * PL_GIB, 4 * PL_GIB };

/* ---- the tree ---- */

static const char memory_stat[] =
        "anon 4096\nfile 8192\npgfault 70\nkernel 100\nshmem 0\npgmajfault 7\n"
        "inactive_anon 9\nactive_anon 9\ninactive_file 1\nactive_file "
        "2\nunevictable 3\nslab_unreclaimable "
        "4\nworkingset_refault_anon 5\nworkingset_refault_file 6\n"
        "pgscan 8\n";

static const struct {
        const char *name, *text;
} memory_files[] = {
        { "memory.current", "65536\n" },
        { "memory.swap.current", "4096\n" },
        { "memory.events", "low 0\nhigh 0\nmax 3\noom 0\noom_kill 1\n" },
        { "memory.stat", memory_stat },
        { "memory.max", "1048576\n" },
        { "memory.high", "max\n" },
        { "memory.low", "8192\n" },
};

/* With the controller of memory. */
static inline void rig_make(const char *path)
{
        cgroup_make(&tree, path);
        for (size_t i = 0; i < PL_ARRAY_LENGTH(memory_files); i++)
                cgroup_put(&tree, path, memory_files[i].name, memory_files[i].text);
}

static inline void rig_drop(const char *path)
{
        char whole[PL_CGROUP_PATH_MAX];

        for (size_t i = 0; i < PL_ARRAY_LENGTH(memory_files); i++) {
                (void) snprintf(whole, sizeof whole, "%s/%s", path, memory_files[i].name);
                (void) unlinkat(tree.fd, whole, 0);
        }
        cgroup_drop(&tree, path);
}

static inline const char *rig_name(const char *format, unsigned number)
{
        static char names[4][128];
        static unsigned turn;
        char *name = names[turn++ % 4];

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
        (void) snprintf(name, sizeof names[0], format, number);
#pragma GCC diagnostic pop
        return name;
}

/* False where this file system has no attributes of users. */
static inline bool rig_set_attribute(const char *path, const char *profile)
{
        char whole[PL_CGROUP_PATH_MAX];

        (void) snprintf(whole, sizeof whole, "/proc/self/fd/%d/%s", tree.fd, path);
        return setxattr(whole, "user.plimsoll.profile", profile, strlen(profile), 0) == 0;
}

/* ---- policies ---- */

/* Those of whom a test says nothing else are of the user that it runs as. */
#define RIG_OWNER "\"owner\": \"any\""

/* Of the text of a stream, with "// origin:" before each document. Lives as long as the test. */
static inline const struct pl_policy *rig_policy(const char *text)
{
        static struct pl_diag diag;
        const struct pl_load_options options = {};
        struct pl_policy_files files = {};
        _cleanup_close_ int fd = memfd_create("policy", MFD_CLOEXEC);

        assert_true(policy_count < PL_ARRAY_LENGTH(policies));
        assert_int_equal(pl_fd_write_all(fd, pl_span_of(text)), 0);
        assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
        diag = (struct pl_diag){};
        assert_int_equal(pl_files_add_stream(&files, fd, &diag), 0);
        if (pl_policy_parse(&files, &options, &diag, &policies[policy_count]) != 0)
                fail_msg("%s", diag.entries[0].message);
        pl_files_done(&files);
        return policies[policy_count++];
}

static inline void rig_set_policy(const struct pl_policy *policy)
{
        struct pl_settings settings;

        steps.policy++;
        if (policy) {
                assert_int_equal(pl_settings_of(policy, &host, false, &settings), 0);
                pl_steps_set(&steps, now, &settings);
        }
        pl_board_set_policy(&board, policy, &host);
        if (is_enforcing)
                assert_int_equal(pl_enforce_set_policy(&enforcer, policy, &host), 0);
}

/* ---- running ---- */

struct rig_options {
        uint64_t journal_bytes; /* 0: the smallest */
        bool enforce, is_dry;
        struct pl_census_options census;
};

static inline void rig_start(const struct rig_options *options)
{
        struct pl_logbook_options book = {
                .directory = place.path,
                .version = "1",
                .file_bytes = options->journal_bytes ? options->journal_bytes
                                                     : (uint64_t) PL_JOURNAL_BYTES_MIN,
                .now_usec = now,
                .realtime_usec = now,
        };
        struct pl_board_options wanted = {
                .roots = { tree.fd, proc.fd, -1, -1 },
                .census = options->census,
                .logbook = &logbook,
                .steps = &steps,
                .enforcer = options->enforce ? &enforcer : NULL,
        };
        const struct pl_enforce_options lines = {
                .roots = wanted.roots,
                .census = &board.census,
                .logbook = &logbook,
                .is_dry = options->is_dry,
        };

        assert_int_equal(pl_logbook_open(&logbook, &book), 0);
        is_enforcing = options->enforce;
        if (is_enforcing)
                assert_int_equal(pl_enforcer_open(&enforcer, &lines, now), 0);
        assert_int_equal(pl_steps_init(&steps, &logbook), 0);
        assert_int_equal(pl_board_open(&board, &wanted), 0);
        assert_int_equal(pl_journal_reader_open(place.fd, "journal", &reader), 0);
        is_started = true;
}

/* Until there is nothing more to do; how many pieces it took. A loop that does not end is a failure and no wait. */
static inline unsigned rig_work(void)
{
        unsigned pieces = 1;

        while (pl_board_work(&board, ++now))
                if (pieces++ > 100 * 1000)
                        fail_msg("the work does not end");
        return pieces;
}

static inline unsigned rig_look(void)
{
        assert_true(pl_board_begin(&board, ++now));
        return rig_work();
}

/* ---- reading ---- */

/* The row of that path, which has one and no more; false: none. */
static inline bool rig_find(const char *path, struct pl_journal_row *ret_row)
{
        struct pl_journal_row row;
        unsigned count = 0;

        for (uint32_t i = 0; i < pl_journal_rows_used(&reader); i++)
                if (pl_journal_read_row(&reader, i, &row) == 0 && strcmp(row.path, path) == 0) {
                        *ret_row = row;
                        count++;
                }
        assert_true(count <= 1);
        return count == 1;
}

static inline struct pl_journal_row rig_row(const char *path)
{
        struct pl_journal_row row;

        if (!rig_find(path, &row))
                fail_msg("%s has no row", path);
        return row;
}

/* The acts of some type, from the oldest on, and the last of them. */
static inline unsigned rig_acts(uint32_t type, struct pl_journal_act *ret_last)
{
        struct pl_journal_cursor cursor = pl_journal_cursor_oldest(&reader, PL_JOURNAL_ACTS);
        static struct pl_journal_act act;
        unsigned count = 0;
        int r;

        while ((r = pl_journal_next_act(&cursor, &act)) == 0)
                if (act.type == type) {
                        *ret_last = act;
                        count++;
                }
        assert_int_equal(r, PL_JOURNAL_E_END);
        return count;
}

static inline unsigned rig_notes(enum pl_note_code code, uint64_t *ret_value)
{
        struct pl_journal_cursor cursor = pl_journal_cursor_oldest(&reader, PL_JOURNAL_ACTS);
        static struct pl_journal_act act;
        unsigned count = 0;

        while (pl_journal_next_act(&cursor, &act) == 0)
                if (act.type == PL_JOURNAL_NOTE && act.note.code == code) {
                        *ret_value = act.note.value;
                        count++;
                }
        return count;
}

/* Every row is counted again. */
static inline void rig_recount(void)
{
        uint32_t rows = 0, workloads = 0, profiles = 0;
        struct pl_journal_row row;

        for (uint32_t i = 0; i < pl_journal_rows_used(&reader); i++) {
                if (pl_journal_read_row(&reader, i, &row) != 0)
                        continue;
                rows++;
                workloads += (row.flags & PL_CGROUP_WORKLOAD) != 0;
                profiles += (row.flags & PL_CGROUP_PROFILE) != 0;
                assert_int_equal(row.flags & PL_CGROUP_PROFILE ? row.profile_name[0] != '\0' : 0,
                                 row.flags & PL_CGROUP_PROFILE ? 1 : 0);
        }
        assert_int_equal(rows, board.row_count);
        assert_int_equal(workloads, board.workload_count);
        assert_int_equal(profiles, board.profile_count);
}

/* ---- taking the steps again ---- */

enum { RIG_MODEL_MAX = 4096 };

struct rig_cgroup {
        struct pl_cgroup_facts facts;
        struct pl_cgroup_sample sample; /* at_usec is 0: none yet */
        unsigned facts_count;           /* since the last rig_forget_counts() */
};

static struct rig_cgroup model[RIG_MODEL_MAX];
static size_t model_count;
static struct pl_journal_cursor model_cursor;
static uint64_t model_step;

static inline struct rig_cgroup *rig_known(uint64_t id)
{
        for (size_t i = 0; i < model_count; i++)
                if (model[i].facts.id == id)
                        return &model[i];
        return NULL;
}

static inline void rig_apply(const struct pl_update *update)
{
        struct rig_cgroup *known = rig_known(update->id);

        switch (update->kind) {
        case PL_UPDATE_FACTS:
                if (!known) {
                        assert_true(model_count < RIG_MODEL_MAX);
                        known = &model[model_count++];
                        *known = (struct rig_cgroup){};
                }
                assert_true(update->facts.id == update->id);
                known->facts = update->facts;
                known->facts_count++;
                break;
        case PL_UPDATE_SAMPLE:
                assert_non_null(known);
                known->sample = update->sample;
                break;
        case PL_UPDATE_GONE:
                assert_non_null(known);
                *known = model[--model_count];
                break;
        case PL_UPDATE_SETTINGS:
                assert_int_equal(update->id, 1);
                break;
        default:
                fail_msg("an update of kind %u", update->kind);
        }
}

/* What the engine knows is what it was given. */
static inline void rig_hold_against(const struct pl_snapshot *checkpoint)
{
        size_t count = 0;

        assert_int_equal(checkpoint->step, model_step);
        for (size_t i = 0; i < checkpoint->update_count; i++) {
                const struct pl_update *update = &checkpoint->updates[i];
                const struct rig_cgroup *known = rig_known(update->id);

                if (update->kind == PL_UPDATE_FACTS) {
                        assert_non_null(known);
                        assert_memory_equal(&known->facts, &update->facts, sizeof known->facts);
                        count++;
                } else if (update->kind == PL_UPDATE_SAMPLE)
                        assert_memory_equal(&known->sample, &update->sample, sizeof known->sample);
        }
        assert_int_equal(count, model_count);
}

/* Every step since the last time, each once and none left out. */
static inline void rig_replay(void)
{
        static struct pl_update updates[PL_JOURNAL_UPDATES_MAX];
        const struct pl_journal_space space = { updates, PL_JOURNAL_UPDATES_MAX, NULL, 0 };
        struct pl_snapshot snapshot;
        int r;

        if (!model_cursor.reader)
                model_cursor = pl_journal_cursor_oldest(&reader, PL_JOURNAL_SAMPLES);
        while ((r = pl_journal_next_snapshot(&model_cursor, &space, &snapshot)) == 0) {
                if (snapshot.flags & PL_SNAPSHOT_CHECKPOINT) {
                        rig_hold_against(&snapshot);
                        continue;
                }
                assert_int_equal(snapshot.step, model_step + 1);
                model_step = snapshot.step;
                for (size_t i = 0; i < snapshot.update_count; i++)
                        rig_apply(&updates[i]);
        }
        assert_int_equal(r, PL_JOURNAL_E_END);
}

static inline void rig_forget_counts(void)
{
        for (size_t i = 0; i < model_count; i++)
                model[i].facts_count = 0;
}

/* What follows from the steps is what the board shows, nobody more and nobody less. Nothing may wait for a step. */
static inline void rig_compare(void)
{
        const struct pl_facts_policy policy = pl_board_policy(&board);
        struct pl_journal_row row;
        size_t count = 0;

        rig_replay();
        for (uint32_t i = 0; i < pl_journal_rows_used(&reader); i++) {
                const struct rig_cgroup *known;
                struct pl_cgroup_facts facts;

                if (pl_journal_read_row(&reader, i, &row) != 0)
                        continue;
                count++;
                known = rig_known(row.id);
                if (!known)
                        fail_msg("no step tells of %s", row.path);
                facts = pl_facts_of(&policy, &row);
                if (memcmp(&facts, &known->facts, sizeof facts) != 0 ||
                    memcmp(&row.sample, &known->sample, sizeof row.sample) != 0)
                        fail_msg("%s is another one in the steps", row.path);
        }
        assert_int_equal(count, model_count);
}

/* ---- for cmocka ---- */

static inline int rig_set_up(void **state)
{
        (void) state;
        cgroups_make(&tree);
        test_tree_make(&place);
        test_tree_make(&proc);
        model_cursor = (struct pl_journal_cursor){};
        model_step = model_count = 0;
        return 0;
}

/* Everything that is given out comes back, also when it is closed twice. */
static inline int rig_tear_down(void **state)
{
        (void) state;
        if (is_started && is_enforcing)
                pl_enforcer_close(&enforcer);
        is_enforcing = false;
        for (int i = 0; i < 2 && is_started; i++) {
                pl_board_close(&board);
                pl_steps_done(&steps);
                pl_logbook_close(&logbook);
        }
        pl_journal_reader_close(&reader);
        is_started = false;
        while (policy_count > 0)
                pl_policy_free(policies[--policy_count]);
        test_tree_remove(&tree);
        test_tree_remove(&place);
        test_tree_remove(&proc);
        return 0;
}

#define RIG_TEST(function) cmocka_unit_test_setup_teardown(function, rig_set_up, rig_tear_down)
