/* SPDX-License-Identifier: Apache-2.0 */

/* What is wrong with documents that are well by themselves, when they are in force together. */

#include "plimsoll/policy/load.h"

#include <sys/mman.h>

#include "tree.h"

#define MARK "// origin: "

static const struct pl_load_options at_noon = { .now_sec = 1800000000 }; /* 2027-01-15 08:00 UTC */

static void fill(struct pl_policy_files *files, const char *text)
{
        _cleanup_close_ int fd = memfd_create("stream", MFD_CLOEXEC);

        pl_diag_clear(&diag);
        assert_true(fd >= 0);
        assert_int_equal(pl_fd_write_all(fd, pl_span_of(text)), 0);
        assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
        assert_int_equal(pl_files_add_stream(files, fd, &diag), 0);
}

#define PROFILE(name, unit)                                                                        \
        "{ \"profile\": \"" name "\",\n  \"match\": [ { \"unit\": \"" unit "\" } ] }\n"
#define HOST(name)           "{\n\"host\": \"" name "\" }\n"
#define ORDER(verb, expires) "{ \"order\": \"" verb "\", \"expires\": \"" expires "\" }\n"

static const struct {
        const char *name, *text, *said;
} rows[] = {
        { "nothing", MARK "b.json\n" PROFILE("b", "b.service"), "" },
        { "two of one name",
          MARK "a.json\n" PROFILE("web", "a.service") MARK "b.json\n" PROFILE("web", "b.service"),
          "b.json:5:14: error: a second profile called \"web\"" DASH
          "give it another name; the first is a.json:2\n" },
        { "three of one name and two of another",
          MARK "1.json\n" PROFILE("web", "a.service") MARK "2.json\n" PROFILE("db", "b.service")
                  MARK "3.json\n" PROFILE("web", "c.service") MARK
          "4.json\n" PROFILE("db", "d.service") MARK "5.json\n" PROFILE("web", "e.service"),
          "3.json:8:14: error: a second profile called \"web\"" DASH
          "give it another name; the first is 1.json:2\n"
          "4.json:11:14: error: a second profile called \"db\"" DASH
          "give it another name; the first is 2.json:5\n"
          "5.json:14:14: error: a second profile called \"web\"" DASH
          "give it another name; the first is 1.json:2\n" },
        { "names that differ in their case",
          MARK "a.json\n" PROFILE("a1", "a.service") MARK "b.json\n" PROFILE("a-1", "b.service"),
          "" },
        { "a profile, a host and an order of one name",
          MARK "a.json\n" PROFILE("pause", "a.service") MARK "b.json\n" HOST("pause") MARK
          "c.json\n" ORDER("pause", "2030-01-01T00:00:00Z"),
          "" },
        { "two hosts", MARK "a.json\n" HOST("one") MARK "b.json\n" HOST("two"),
          "b.json:6:9: error: a second host document: there is one already" DASH
          "remove one of them, or mask it; the first is a.json:3\n" },
        { "three hosts, of one name",
          MARK "a.json\n" HOST("x") MARK "b.json\n" HOST("x") MARK "c.json\n" HOST("x"),
          "b.json:6:9: error: a second host document: there is one already" DASH
          "remove one of them, or mask it; the first is a.json:3\n"
          "c.json:9:9: error: a second host document: there is one already" DASH
          "remove one of them, or mask it; the first is a.json:3\n" },
        { "an order that expired", MARK "o.json\n" ORDER("pause", "2027-01-15T05:59:59Z"),
          "o.json:2:32: note: this order expired 2 h 0 min ago" DASH
          "it has no effect; the file can be removed\n" },
        { "an order that expires now", MARK "o.json\n" ORDER("pause", "2027-01-15T08:00:00Z"),
          "o.json:2:32: note: this order expired 0 s ago" DASH
          "it has no effect; the file can be removed\n" },
        { "an order that is about to", MARK "o.json\n" ORDER("pause", "2027-01-15T08:00:01Z"), "" },
        { "an order for ever", MARK "o.json\n{ \"order\": \"pause\" }", "" },
        { "a profile that is not reached",
          MARK "a.json\n" PROFILE("all", "*") MARK "b.json\n" PROFILE("web", "web.service"),
          "b.json:6:12: error: profile \"web\" can never be reached: \"all\" (a.json) comes first "
          "and matches all that it matches" DASH
          "rename b.json so that it sorts before a.json, or narrow the other\n" },
};

static void says_what_is_wrong_together(void **state)
{
        (void) state;
        for (size_t i = 0; i < PL_ARRAY_LENGTH(rows); i++) {
                _cleanup_(pl_cleanup_files) struct pl_policy_files files = {};
                _cleanup_(pl_cleanup_policy) struct pl_policy *policy = NULL;
                int r;

                fill(&files, rows[i].text);
                r = pl_policy_parse(&files, &at_noon, &diag, &policy);
                assert_string_equal(said(), rows[i].said);
                assert_row(rows[i].name, r == (diag.errors > 0 ? PL_POLICY_E_INVALID : 0));
                assert_row(rows[i].name, policy && policy->document_count == files.count);
        }
}

static void what_is_wrong_by_itself_is_left_out(void **state)
{
        _cleanup_(pl_cleanup_files) struct pl_policy_files files = {};
        _cleanup_(pl_cleanup_policy) struct pl_policy *policy = NULL;

        (void) state;
        fill(&files, MARK "a.json\n{ \"host\": 7 }\n" MARK "b.json\n" HOST("x") MARK
             "c.json\n{ \"host\":\n" MARK "d.json\n" HOST("y"));
        assert_int_equal(pl_policy_parse(&files, &at_noon, &diag, &policy), PL_POLICY_E_INVALID);
        assert_int_equal(policy->document_count, 3);
        assert_true(policy->documents[0]->is_partial);
        assert_false(policy->documents[1]->is_partial);
        assert_string_equal(policy->host->host.name, "x");
        assert_int_equal(diag.errors, 3);
        assert_string_equal(diag.entries[0].file, "a.json");
        assert_int_equal(diag.entries[0].place.line, 2);
        assert_string_equal(diag.entries[1].file, "c.json");
        assert_true(diag.entries[1].place.line == 7 || diag.entries[1].place.line == 8);
        assert_string_equal(diag.entries[2].file, "d.json");
        assert_int_equal(diag.entries[2].place.line, 10);
}

/* The diag had errors before: of reading the files, say. */
static void what_was_wrong_before_counts(void **state)
{
        _cleanup_(pl_cleanup_files) struct pl_policy_files files = {};
        _cleanup_(pl_cleanup_policy) struct pl_policy *policy = NULL;

        (void) state;
        pl_diag_clear(&diag);
        assert_int_equal(pl_files_add_directory(&files, "/nowhere", &warns, &diag),
                         PL_POLICY_E_ABSENT);
        assert_int_equal(pl_policy_parse(&files, &warns, &diag, &policy), PL_POLICY_E_INVALID);
        assert_int_equal(policy->document_count, 0);
}

static void the_policy_is_in_order_and_stands_alone(void **state)
{
        static const char *const names[] = { "zebra", "api", "cache" };
        _cleanup_(pl_cleanup_policy) struct pl_policy *policy = NULL;
        struct pl_policy_files files = {};

        (void) state;
        fill(&files, MARK "x/30.json\n" PROFILE("cache", "c.service") MARK
             "y/05.json\n" ORDER("drill", "2030-01-01T00:00:00Z") MARK
             "z/10.json\n" PROFILE("zebra", "a.service") MARK "q/99.json\n" HOST("h") MARK
             "a/20.json\n" PROFILE("api", "b.service") MARK "a/25.json\n{ \"order\": \"pause\" }");
        tree_link("mask.json", "/dev/null");
        assert_int_equal(pl_files_add_file(&files, "mask.json", &warns, &diag), 0);
        assert_int_equal(pl_policy_parse(&files, &warns, &diag, &policy), 0);
        assert_int_equal(files.count, 7);
        pl_files_done(&files);

        assert_int_equal(policy->document_count, 6);
        assert_string_equal(policy->documents[0]->origin, "y/05.json");
        assert_int_equal(policy->profile_count, 3);
        for (size_t i = 0; i < 3; i++)
                assert_string_equal(policy->profiles[i]->profile.name, names[i]);
        assert_ptr_equal(policy->host, policy->documents[5]);
        assert_int_equal(policy->order_count, 2);
        assert_string_equal(pl_document_name(policy->orders[1]), "pause");
}

/* As many as there may be, in a time that nobody notices. */
static void a_thousand_of_one_name(void **state)
{
        _cleanup_(pl_cleanup_files) struct pl_policy_files files = {};
        _cleanup_(pl_cleanup_policy) struct pl_policy *policy = NULL;
        _cleanup_free_ char *bytes = malloc(1 << 20);
        struct pl_text text;

        (void) state;
        assert_non_null(bytes);
        pl_text_init(&text, bytes, 1 << 20);
        for (unsigned i = 0; i < PL_POLICY_FILES_MAX; i++)
                pl_text_addf(&text,
                             MARK "%04u.json\n{ \"profile\": \"x\", \"match\": [ "
                                  "{ \"unit\": \"%u.service\" } ] }\n",
                             i, i);
        assert_false(text.cut);
        fill(&files, bytes);
        assert_int_equal(pl_policy_parse(&files, &warns, &diag, &policy), PL_POLICY_E_INVALID);
        assert_int_equal(policy->profile_count, PL_POLICY_FILES_MAX);
        assert_int_equal(diag.errors, PL_POLICY_FILES_MAX - 1);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(says_what_is_wrong_together),
                cmocka_unit_test(what_is_wrong_by_itself_is_left_out),
                cmocka_unit_test(what_was_wrong_before_counts),
                cmocka_unit_test(the_policy_is_in_order_and_stands_alone),
                cmocka_unit_test(a_thousand_of_one_name),
        };

        return cmocka_run_group_tests(tests, tree_set_up, tree_tear_down);
}
