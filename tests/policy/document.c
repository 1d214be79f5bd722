/* SPDX-License-Identifier: Apache-2.0 */
#include "plimsoll/policy/document.h"

#include "policy/type.h"
#include "policy/vocabulary.h"
#include "test.h"

/* Static, because a diag has 50 KiB and the tests run one after the other. */
static struct pl_diag diag;

static int parse_in_line(const char *json, uint32_t first_line, struct pl_document **ret_document)
{
        const struct pl_document_source source = { pl_span_of(json), "test.json", first_line };

        pl_diag_clear(&diag);
        return pl_document_parse(&source, &diag, ret_document);
}

static struct pl_document *parse_good(const char *json)
{
        struct pl_document *document = NULL;

        assert_int_equal(parse_in_line(json, 1, &document), 0);
        assert_non_null(document);
        assert_int_equal(diag.count, 0);
        return document;
}

#define _cleanup_document_ _cleanup_(pl_cleanup_document)

/* All that the diag says, a line each. */
static const char *answer(const char *json)
{
        static char buffer[64 * 1024];
        struct pl_document *document = NULL;
        struct pl_text text;

        pl_text_init(&text, buffer, sizeof buffer);
        assert_int_equal(parse_in_line(json, 1, &document), PL_DOCUMENT_E_INVALID);
        assert_null(document);
        for (size_t i = 0; i < diag.count; i++) {
                pl_diag_format(&text, &diag.entries[i]);
                pl_text_add(&text, "\n");
        }
        assert_false(text.cut);
        return buffer;
}

/* ---- the vocabulary ---- */

/* A row that was copied and not finished. */
static void check_row(const struct pl_object *object, size_t index)
{
        const struct pl_key *key = &object->keys[index];

        assert_non_null(key->name);
        assert_in_range(strlen(key->name), 1, PL_KEY_PATH_MAX / 2);
        assert_row(key->name, key->type != NULL);
        assert_row(key->name, key->offset < object->size);
        assert_row(key->name,
                   key->offset >= sizeof(uint32_t) + object->count * sizeof(struct pl_place));
        assert_row(key->name, key->help && key->help[strlen(key->help) - 1] == '.');
        assert_row(key->name, key->features && strlen(key->features) >= 2);
        assert_row(key->name, (key->type == &pl_type_object || key->type == &pl_type_objects) ==
                                      (key->object != NULL));
        assert_row(key->name, (key->type == &pl_type_word || key->type == &pl_type_words) ==
                                      (key->words != NULL));
        for (size_t i = 0; i < index; i++) {
                assert_row(key->name, strcmp(object->keys[i].name, key->name) != 0);
                assert_row(key->name, object->keys[i].offset != key->offset);
        }
}

static void test_rows(void **state)
{
        size_t count = 0;

        (void) state;
        for (; pl_vocabulary_objects[count]; count++) {
                const struct pl_object *object = pl_vocabulary_objects[count];

                assert_in_range(object->count, 1, PL_OBJECT_KEYS_MAX);
                for (size_t i = 0; i < object->count; i++)
                        check_row(object, i);
        }
        assert_true(count > 15);
}

/* Each object stands behind those it holds: its defaults are made of theirs. */
static void test_objects_stand_behind_their_parts(void **state)
{
        (void) state;
        for (size_t i = 0; pl_vocabulary_objects[i]; i++)
                for (size_t k = 0; k < pl_vocabulary_objects[i]->count; k++) {
                        const struct pl_object *part = pl_vocabulary_objects[i]->keys[k].object;
                        size_t j = 0;

                        while (part && pl_vocabulary_objects[j] != part)
                                j++;
                        assert_true(!part || j < i);
                }
}

/* Every kind of document is found whole, and only that. */
static void test_sections(void **state)
{
        struct pl_section sections[PL_SECTIONS_MAX];

        (void) state;
        assert_int_equal(
                pl_vocabulary_sections(pl_vocabulary_object(PL_DOCUMENT_PROFILE), sections), 11);
        assert_null(sections[0].name);
        assert_int_equal(pl_vocabulary_sections(pl_vocabulary_object(PL_DOCUMENT_ORDER), sections),
                         3);
        assert_string_equal(sections[1].name, "workload");
        assert_string_equal(sections[2].name, "k8s");
        assert_ptr_equal(sections[2].within, &sections[1]);
}

/* ---- values ---- */

#define MATCH "\"match\": [ { \"unit\": \"u\" } ]"

static void test_defaults(void **state)
{
        _cleanup_document_ struct pl_document *document = parse_good(
                "{ \"profile\": \"p\", " MATCH ", \"leak\": { \"restart\": "
                "{ \"window\": \"22:00-05:30\" } } }");
        const struct pl_profile *profile = &document->profile;

        (void) state;
        assert_int_equal(document->kind, PL_DOCUMENT_PROFILE);
        assert_false(PL_HAS(profile, PL_PROFILE_MEMORY));
        assert_false(PL_HAS(&profile->memory, PL_MEMORY_MAX));
        assert_int_equal(profile->memory.max.count, 0);
        assert_int_equal(profile->ladder.grace_usec, 10 * PL_USEC_PER_SEC);
        assert_int_equal(profile->ladder.rungs.count, 4);
        assert_int_equal(profile->ladder.rungs.items[2], PL_RUNG_TERM);
        assert_int_equal(profile->leak.alert.bytes, 10 * PL_MIB);
        assert_int_equal(profile->leak.restart.days.count, 7);
        assert_int_equal(profile->leak.restart.window.begin_minutes, 22 * 60);
        assert_int_equal(profile->leak.restart.window.end_minutes, 5 * 60 + 30);
        assert_true(profile->leak.watch);
        assert_int_equal(profile->kubepods, PL_MODE_OBSERVE);
        assert_int_equal(profile->mode, PL_MODE_ENFORCE);
        assert_int_equal(profile->match.count, 1);
        assert_int_equal(profile->match.entries[0].owner.first, 0);
        assert_int_equal(profile->match.entries[0].owner.last, 0);
        assert_false(PL_HAS(&profile->match.entries[0], PL_SELECT_OWNER));
}

static void test_host_defaults(void **state)
{
        _cleanup_document_ struct pl_document *document = parse_good("{ \"host\": \"h\" }");
        static const struct {
                const char *name;
                uint64_t ram_bytes, floor_bytes;
        } rows[] = {
                { "the least", PL_GIB, 96 * PL_MIB },
                { "a share", 16 * PL_GIB, 16 * PL_GIB / 25 },
                { "the most", 64 * PL_GIB, PL_GIB },
        };

        (void) state;
        for (size_t i = 0; i < PL_ARRAY_LENGTH(rows); i++) {
                const struct pl_size_base base = { .ram_bytes = rows[i].ram_bytes };
                uint64_t bytes = 0;

                assert_int_equal(pl_size_resolve(&document->host.shortage.floor, &base, &bytes), 0);
                assert_row(rows[i].name, bytes == rows[i].floor_bytes);
        }
        assert_true(document->host.act.host);
        assert_false(document->host.act.local);
        assert_int_equal(document->host.protect.count, 0);
        assert_int_equal(document->host.scan_usec, 5 * PL_USEC_PER_SEC);
}

/* A default may not leak from one document into the next. */
static void test_documents_are_apart(void **state)
{
        _cleanup_document_ struct pl_document *first = parse_good(
                "{ \"profile\": \"a\", " MATCH ", \"ladder\": { \"grace\": \"1s\" } }");
        _cleanup_document_ struct pl_document *second = parse_good("{ \"profile\": \"b\", " MATCH
                                                                   ", \"ladder\": {} }");

        (void) state;
        assert_int_equal(first->profile.ladder.grace_usec, PL_USEC_PER_SEC);
        assert_int_equal(second->profile.ladder.grace_usec, 10 * PL_USEC_PER_SEC);
}

static void test_order_follows_score_adj(void **state)
{
        static const struct {
                const char *oom, *memory;
                int order;
                enum pl_kill_unit kill;
        } rows[] = {
                { "\"score_adj\": 300", "", 300, PL_KILL_WORKLOAD },
                { "\"score_adj\": 300, \"order\": -5", "", -5, PL_KILL_WORKLOAD },
                { "\"order\": 7", "", 7, PL_KILL_WORKLOAD },
                { "", "\"oom_group\": false", 0, PL_KILL_PROCESS },
                { "", "\"oom_group\": true", 0, PL_KILL_WORKLOAD },
                { "\"kill\": \"workload\"", "\"oom_group\": false", 0, PL_KILL_WORKLOAD },
        };

        (void) state;
        for (size_t i = 0; i < PL_ARRAY_LENGTH(rows); i++) {
                _cleanup_document_ struct pl_document *document = NULL;
                char json[256];

                (void) snprintf(json, sizeof json,
                                "{ \"profile\": \"p\", " MATCH
                                ", \"oom\": { %s }, \"memory\": { %s } }",
                                rows[i].oom, rows[i].memory);
                document = parse_good(json);
                assert_row(json, document->profile.oom.order == rows[i].order);
                assert_row(json, document->profile.oom.kill == rows[i].kill);
        }
}

static void test_places(void **state)
{
        _cleanup_document_ struct pl_document *document = NULL;
        const struct pl_memory *memory;

        (void) state;
        assert_int_equal(parse_in_line("{\n \"profile\": \"p\", " MATCH ",\n"
                                       " \"memory\": { \"high\": \"2GiB\" }\n}",
                                       41, &document),
                         0);
        memory = &document->profile.memory;
        assert_true(PL_HAS(memory, PL_MEMORY_HIGH));
        assert_int_equal(memory->fields.at[PL_MEMORY_HIGH].line, 43);
        assert_int_equal(memory->fields.at[PL_MEMORY_HIGH].column, 22);
        assert_int_equal(memory->fields.at[PL_MEMORY_HIGH].length, 6);
        assert_string_equal(document->origin, "test.json");
}

static void test_names(void **state)
{
        static const char *const documents[] = { "{ \"profile\": \"p\", " MATCH " }",
                                                 "{ \"host\": \"h\" }",
                                                 "{ \"order\": \"drill\" }" };
        static const char *const names[] = { "p", "h", "drill" };

        (void) state;
        for (unsigned i = 0; i < PL_ARRAY_LENGTH(names); i++) {
                _cleanup_document_ struct pl_document *document = parse_good(documents[i]);

                assert_int_equal(document->kind, i);
                assert_string_equal(pl_document_name(document), names[i]);
        }
}

static void test_an_order(void **state)
{
        _cleanup_document_ struct pl_document *document = parse_good(
                "{ \"order\": \"protect\", \"workload\": { \"container\": \"db\", \"owner\": "
                "\"1000-1999\" },"
                " \"cgroup_id\": 18446744073709551615, \"expires\": \"2024-02-29T12:30:45Z\" }");

        (void) state;
        assert_int_equal(document->order.verb, PL_ORDER_PROTECT);
        assert_string_equal(document->order.workload.container, "db");
        assert_int_equal(document->order.workload.owner.last, 1999);
        assert_true(document->order.cgroup_id == UINT64_MAX);
        assert_int_equal(document->order.expires_sec, 1709209845);
        assert_false(PL_HAS(&document->order, PL_ORDER_ISSUED));
}

static void test_what_is_ahead(void **state)
{
        _cleanup_document_ struct pl_document *document = parse_good(
                "{ \"profile\": \"p\", \"description\": \"d\", " MATCH
                ", \"memory\": {}, \"leak\": { \"restart\": { \"window\": "
                "\"02:00-05:00\" } }, \"oom\": { \"score_adj\": 5, \"kill\": \"workload\" } }");
        static const char *const paths[] = { "oom.kill", "leak.restart.window" };
        char buffer[PL_KEY_PATH_MAX];
        struct pl_text text;
        size_t i = 0;

        (void) state;
        pl_text_init(&text, buffer, sizeof buffer);
        for (; pl_document_ahead(document, i, &text); i++) {
                assert_true(i < PL_ARRAY_LENGTH(paths));
                assert_string_equal(buffer, paths[i]);
                pl_text_clear(&text);
        }
        assert_int_equal(i, PL_ARRAY_LENGTH(paths));
}

/* ---- mistakes ---- */

static void test_all_mistakes_in_the_order_of_the_text(void **state)
{
        (void) state;
        assert_string_equal(
                answer("{ \"profile\": \"No Name\",\n"
                       "  \"match\": [ {}, 7, { \"slcie\": \"x\", \"k8s\": { \"qos\": \"best\" } } "
                       "],\n"
                       "  \"memory\": { \"max\": \"512mb\", \"high\": true },\n"
                       "  \"leak\": { \"restart\": {} } }"),
                "test.json:1:14: error: \"No Name\" is no name \xE2\x80\x94 small letters, digits, "
                "- and _, "
                "at most 64, a letter or digit first\n"
                "test.json:2:14: error: an empty object says nothing of who is meant \xE2\x80\x94 "
                "write "
                "{ \"path\": \"**\" } for every workload\n"
                "test.json:2:18: error: an entry has to be an object, not a number \xE2\x80\x94 "
                "such as "
                "{ \"label\": \"plimsoll.profile=batch\" }\n"
                "test.json:2:23: error: unknown key \"slcie\" \xE2\x80\x94 did you mean "
                "\"slice\"?\n"
                "test.json:2:53: error: \"qos\" knows no \"best\" \xE2\x80\x94 Guaranteed, "
                "Burstable or BestEffort\n"
                "test.json:3:26: error: this is no unit of memory \xE2\x80\x94 write MiB (1024 "
                "KiB) or MB "
                "(1000 kB)\n"
                "test.json:3:39: error: \"high\" has to be a size, not true or false \xE2\x80\x94 "
                "such "
                "as "
                "\"512MiB\", \"50%\", \"min(8GiB, 50%)\"\n"
                "test.json:4:24: error: \"window\" is missing here \xE2\x80\x94 When it may be "
                "restarted, in "
                "the host's time. A window that ends before it begins goes over midnight.\n");
}

static void test_kinds(void **state)
{
        static const struct {
                const char *json, *words;
        } rows[] = {
                { "{}", "neither a \"profile\" nor a \"host\" nor an \"order\"" },
                { "{ \"Profile\": \"p\" }", "neither" },
                { "[]", "a policy file holds one object, not an array" },
                { "null", "not null" },
                { "{ \"host\": \"h\", \"profile\": \"p\" }",
                  "a file is either a \"profile\" or a \"host\"" },
                { "", "error" },
        };

        (void) state;
        for (size_t i = 0; i < PL_ARRAY_LENGTH(rows); i++) {
                const char *words = answer(rows[i].json);

                assert_row(rows[i].json, strstr(words, rows[i].words));
                assert_int_equal(diag.errors, 1);
        }
}

static void test_suggestions(void **state)
{
        static const struct {
                const char *json, *hint;
        } rows[] = {
                { "\"oom_scor_adj\": 5", "did you mean \"score_adj\" inside \"oom\"?" },
                { "\"oom_score_adj\": 5", "did you mean \"score_adj\" inside \"oom\"?" },
                { "\"score_adj\": 5", "did you mean \"score_adj\" inside \"oom\"?" },
                { "\"memory.max\": 5", "did you mean \"max\" inside \"memory\"?" },
                { "\"memory.swap.max\": 5", "did you mean \"swap_max\" inside \"memory\"?" },
                { "\"memory\": { \"swap-max\": 5 }", "did you mean \"swap_max\"?" },
                { "\"memory\": { \"grace\": 5 }", "did you mean \"grace\" inside \"ladder\"?" },
                { "\"descripton\": \"x\"", "did you mean \"description\"?" },
                { "\"window\": 5", "did you mean \"window\" inside \"restart\"?" },
                { "\"floor\": 5", "plimsoll.json(5) lists the keys" }, /* that is the host's */
                { "\"xyzzy\": 5", "plimsoll.json(5) lists the keys" },
                { "\"\": 5", "plimsoll.json(5) lists the keys" },
        };

        (void) state;
        for (size_t i = 0; i < PL_ARRAY_LENGTH(rows); i++) {
                char json[256];

                (void) snprintf(json, sizeof json, "{ \"profile\": \"p\", " MATCH ", %s }",
                                rows[i].json);
                assert_row(rows[i].json, strstr(answer(json), rows[i].hint));
                assert_int_equal(diag.errors, 1);
        }
}

/* A key as long as one may be costs no more than its length. */
static void test_a_very_long_key(void **state)
{
        static char json[PL_JSON_KEY_MAX + 256];
        struct pl_text text;

        (void) state;
        pl_text_init(&text, json, sizeof json);
        pl_text_add(&text, "{ \"profile\": \"p\", " MATCH ", \"");
        while (text.length < PL_JSON_KEY_MAX)
                pl_text_add(&text, "memory.");
        pl_text_add(&text, "\": 1 }");
        assert_non_null(strstr(answer(json), "unknown key \"memory.memory."));
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_rows),
                cmocka_unit_test(test_objects_stand_behind_their_parts),
                cmocka_unit_test(test_sections),
                cmocka_unit_test(test_defaults),
                cmocka_unit_test(test_host_defaults),
                cmocka_unit_test(test_documents_are_apart),
                cmocka_unit_test(test_order_follows_score_adj),
                cmocka_unit_test(test_places),
                cmocka_unit_test(test_names),
                cmocka_unit_test(test_an_order),
                cmocka_unit_test(test_what_is_ahead),
                cmocka_unit_test(test_all_mistakes_in_the_order_of_the_text),
                cmocka_unit_test(test_kinds),
                cmocka_unit_test(test_suggestions),
                cmocka_unit_test(test_a_very_long_key),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
