/* SPDX-License-Identifier: Apache-2.0 */

/* tests/policy/right/ holds documents that are right, and every key and every form of every type in one of them. They are
 * what the schema is held against, what fuzzing begins with, and what printing is tried on.
 */

#include "plimsoll/base/size.h"
#include "plimsoll/policy/feasible.h"
#include "plimsoll/policy/load.h"
#include "plimsoll/policy/print.h"
#include "policy/vocabulary.h"
#include "policy/walk.h"
#include "stage.h"
#include "test.h"

#define RIGHT FIXTURES "/../policy/right"

enum { PRINTED_MAX = 64 * 1024 };

static struct pl_diag diag;

static void print_diag(const char *name)
{
        char line[4 * PL_DIAG_WORDS_MAX];
        struct pl_text text;

        for (size_t i = 0; i < diag.count; i++) {
                pl_text_init(&text, line, sizeof line);
                pl_diag_format(&text, &diag.entries[i]);
                print_error("%s: %s\n", name, line);
        }
}

static struct pl_document *parse(struct pl_span text, const char *name)
{
        struct pl_document *document = NULL;
        int r;

        pl_diag_clear(&diag);
        r = pl_document_parse(&(struct pl_document_source){ text, name, 1 }, &diag, &document);
        if (r != 0 || diag.count > 0)
                print_diag(name);
        assert_row(name, r == 0 && diag.count == 0);
        return document;
}

static struct pl_document *read_document(const char *name)
{
        _cleanup_free_ char *text = NULL;
        size_t length;

        assert_int_equal(pl_fd_read_file(AT_FDCWD, test_join(RIGHT, name).text,
                                         TEST_POLICY_TEXT_MAX, &text, &length),
                         0);
        return parse(pl_span(text, length), name);
}

static void each(void (*look)(const char *name, const struct pl_document *document))
{
        struct dirent **entries;
        size_t count = test_list(RIGHT, &entries);

        assert_true(count >= 40);
        for (size_t i = 0; i < count; i++) {
                struct pl_document *document = read_document(entries[i]->d_name);

                look(entries[i]->d_name, document);
                pl_document_free(document);
        }
        test_list_free(entries, count);
}

/* ---- alone, and on a host ---- */

static void look_at_load(const char *name, const struct pl_document *document)
{
        /* Large enough for every size that can be written. */
        const struct pl_host_facts host = { .ram_bytes = PL_TIB << 20, .swap_bytes = PL_TIB << 20 };
        const struct pl_load_options options = { .now_sec = 1772366400 }; /* 2026-03-01 */
        struct pl_policy_files files = {};
        struct pl_policy *policy = NULL;
        struct test_stage stage;
        struct test_path copy;

        (void) document;
        test_stage_make(&stage);
        copy = test_join(stage.path, name);
        test_copy_file(test_join(RIGHT, name).text, copy.text);
        pl_diag_clear(&diag);
        assert_row(name, pl_files_add_file(&files, copy.text, &options, &diag) == 0);
        assert_row(name, pl_policy_parse(&files, &options, &diag, &policy) == 0);
        pl_policy_check(policy, &host, NULL, &diag);
        if (diag.errors > 0)
                print_diag(name);
        assert_row(name, diag.errors == 0);
        pl_policy_free(policy);
        pl_files_done(&files);
        test_stage_remove(&stage);
}

static void each_loads(void **state)
{
        (void) state;
        each(look_at_load);
}

/* ---- printed, and read again ---- */

static struct pl_span print(const struct pl_document *document, char buffer[PRINTED_MAX])
{
        struct pl_json_writer writer;
        struct pl_text text;

        pl_text_init(&text, buffer, PRINTED_MAX);
        pl_json_writer_init(&writer, &(struct pl_json_writer_options){ .sink = pl_json_sink_text,
                                                                       .userdata = &text,
                                                                       .pretty = true });
        pl_document_print(&writer, document);
        assert_int_equal(pl_json_writer_finish(&writer), 0);
        assert_false(text.cut);
        return pl_text_span(&text);
}

static void look_at_print(const char *name, const struct pl_document *document)
{
        static char first[PRINTED_MAX], second[PRINTED_MAX];
        struct pl_span printed = print(document, first);
        struct pl_document *again = parse(printed, name);

        assert_row(name, again->kind == document->kind);
        assert_row(name, strcmp(pl_document_name(again), pl_document_name(document)) == 0);
        assert_row(name, pl_span_equals_span(print(again, second), printed));
        pl_document_free(again);
}

static void each_prints_and_reads_the_same(void **state)
{
        (void) state;
        each(look_at_print);
}

/* ---- every key ---- */

enum { KEYS_MAX = 256 };

/* Keys whose values were met. An object that stands in several places has its keys once. */
static struct {
        size_t count;
        const struct pl_key *keys[KEYS_MAX];
} met;

static bool was_met(const struct pl_key *key)
{
        for (size_t i = 0; i < met.count; i++)
                if (met.keys[i] == key)
                        return true;
        return false;
}

static void look_at_keys(const char *name, const struct pl_document *document)
{
        struct pl_walk walk;
        enum pl_step step;

        pl_walk_init(&walk, document);
        while ((step = pl_walk_next(&walk)) != PL_STEP_DONE) {
                if (!walk.key || was_met(walk.key))
                        continue;
                assert_row(name, met.count < KEYS_MAX);
                met.keys[met.count++] = walk.key;
        }
}

static void every_key_is_in_one_of_them(void **state)
{
        size_t missing = 0;

        (void) state;
        met.count = 0;
        each(look_at_keys);
        for (size_t i = 0; pl_vocabulary_objects[i]; i++)
                for (size_t k = 0; k < pl_vocabulary_objects[i]->count; k++) {
                        if (was_met(&pl_vocabulary_objects[i]->keys[k]))
                                continue;
                        print_error("no document in tests/policy/right has \"%s\" of %s\n",
                                    pl_vocabulary_objects[i]->keys[k].name,
                                    pl_vocabulary_objects[i]->name);
                        missing++;
                }
        assert_int_equal(missing, 0);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(each_loads),
                cmocka_unit_test(each_prints_and_reads_the_same),
                cmocka_unit_test(every_key_is_in_one_of_them),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
