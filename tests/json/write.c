/* SPDX-License-Identifier: Apache-2.0 */

#include "json/parse.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "plimsoll/base/macro.h"
#include "plimsoll/json/write.h"

static char buffer[4096];
static struct pl_text text;
static struct pl_json_writer writer;

static void begin(bool pretty)
{
        pl_text_init(&text, buffer, sizeof buffer);
        pl_json_writer_init(&writer, &(struct pl_json_writer_options){
                                             .sink = pl_json_sink_text,
                                             .userdata = &text,
                                             .pretty = pretty,
                                     });
}

static void expect(const char *json)
{
        assert_int_equal(pl_json_writer_finish(&writer), 0);
        assert_string_equal(buffer, json);
}

static void write_everything(void)
{
        pl_json_object_begin(&writer);
        pl_json_put_string(&writer, "name", pl_span_of("web"));
        pl_json_put_u64(&writer, "most", UINT64_MAX);
        pl_json_put_i64(&writer, "least", INT64_MIN);
        pl_json_put_bool(&writer, "yes", true);
        pl_json_put_bool(&writer, "no", false);
        pl_json_put_null(&writer, "nothing");
        pl_json_put_fixed(&writer, "share", 1234, 2);
        pl_json_key(&writer, "empty");
        pl_json_object_begin(&writer);
        pl_json_object_end(&writer);
        pl_json_key(&writer, "list");
        pl_json_array_begin(&writer);
        pl_json_u64(&writer, 1);
        pl_json_array_begin(&writer);
        pl_json_array_end(&writer);
        pl_json_object_begin(&writer);
        pl_json_put_u64(&writer, "a", 2);
        pl_json_object_end(&writer);
        pl_json_number(&writer, pl_span_of("-1.5e-7"));
        pl_json_array_end(&writer);
        pl_json_object_end(&writer);
}

static void writes_one_line(void **state)
{
        (void) state;
        begin(false);
        write_everything();
        expect("{\"name\":\"web\",\"most\":18446744073709551615,\"least\":-9223372036854775808,"
               "\"yes\":true,\"no\":false,\"nothing\":null,\"share\":12.34,\"empty\":{},"
               "\"list\":[1,[],{\"a\":2},-1.5e-7]}\n");
        pl_json_document_free(parse_good(pl_text_span(&text)));
}

static void writes_indented(void **state)
{
        (void) state;
        begin(true);
        write_everything();
        expect("{\n"
               "  \"name\": \"web\",\n"
               "  \"most\": 18446744073709551615,\n"
               "  \"least\": -9223372036854775808,\n"
               "  \"yes\": true,\n"
               "  \"no\": false,\n"
               "  \"nothing\": null,\n"
               "  \"share\": 12.34,\n"
               "  \"empty\": {},\n"
               "  \"list\": [\n"
               "    1,\n"
               "    [],\n"
               "    {\n"
               "      \"a\": 2\n"
               "    },\n"
               "    -1.5e-7\n"
               "  ]\n"
               "}\n");
        pl_json_document_free(parse_good(pl_text_span(&text)));
}

static void writes_values_alone(void **state)
{
        (void) state;
        begin(true);
        pl_json_null(&writer);
        expect("null\n");
        begin(true);
        pl_json_array_begin(&writer);
        pl_json_array_end(&writer);
        expect("[]\n");
}

static void writes_a_line_for_each_document(void **state)
{
        (void) state;
        begin(false);
        for (uint64_t i = 0; i < 3; i++) {
                pl_json_object_begin(&writer);
                pl_json_put_u64(&writer, "i", i);
                pl_json_object_end(&writer);
                assert_int_equal(pl_json_writer_finish(&writer), 0);
        }
        assert_string_equal(buffer, "{\"i\":0}\n{\"i\":1}\n{\"i\":2}\n");
}

#define REPLACEMENT "\xEF\xBF\xBD"

static void writes_strings(void **state)
{
        static const struct {
                const char *name;
                const char *bytes;
                size_t length;
                const char *json;
        } strings[] = {
                { "empty", "", 0, "\"\"\n" },
                { "quotes and backslashes", "a\"b\\c/", 6, "\"a\\\"b\\\\c/\"\n" },
                { "a NUL", "a\0b", 3, "\"a\\u0000b\"\n" },
                { "control characters", "\n\t\x1b[31m", 7, "\"\\u000a\\u0009\\u001b[31m\"\n" },
                { "DEL", "\x7F", 1, "\"\\u007f\"\n" },
                { "the first and last of C1", "\xC2\x80\xC2\x9F\xC2\xA0", 6,
                  "\"\\u0080\\u009f\xC2\xA0\"\n" },
                { "the other direction", "\xE2\x80\xAE\xE2\x81\xA6\xE2\x80\x8F", 9,
                  "\"\\u202e\\u2066\\u200f\"\n" },
                { "a separator of lines", "\xE2\x80\xA8", 3, "\"\\u2028\"\n" },
                { "two, three and four bytes", "\xC3\xA4\xE2\x82\xAC\xF0\x9F\x98\x80", 9,
                  "\"\xC3\xA4\xE2\x82\xAC\xF0\x9F\x98\x80\"\n" },
                { "Latin 1", "M\xFCnchen", 7, "\"M" REPLACEMENT "nchen\"\n" },
                { "a sequence cut", "a\xE2\x82", 3, "\"a" REPLACEMENT REPLACEMENT "\"\n" },
                { "a surrogate", "\xED\xA0\x80", 3,
                  "\"" REPLACEMENT REPLACEMENT REPLACEMENT "\"\n" },
        };

        (void) state;
        for (size_t i = 0; i < PL_ARRAY_LENGTH(strings); i++) {
                begin(false);
                pl_json_string(&writer, pl_span(strings[i].bytes, strings[i].length));
                assert_int_equal(pl_json_writer_finish(&writer), 0);
                if (strcmp(buffer, strings[i].json) != 0)
                        fail_msg("%s: %s", strings[i].name, buffer);
        }
}

static void escapes_keys(void **state)
{
        (void) state;
        begin(false);
        pl_json_object_begin(&writer);
        pl_json_put_u64(&writer, "a\"\n\xFF", 1);
        pl_json_put_u64(&writer, "", 2);
        pl_json_object_end(&writer);
        expect("{\"a\\\"\\u000a" REPLACEMENT "\":1,\"\":2}\n");
}

static void writes_fixed_point(void **state)
{
        static const struct {
                int64_t value;
                unsigned decimals;
                const char *json;
        } fixed[] = {
                { 0, 0, "0\n" },
                { 0, 2, "0.00\n" },
                { 1234, 2, "12.34\n" },
                { 1200, 2, "12.00\n" },
                { 5, 2, "0.05\n" },
                { -5, 2, "-0.05\n" },
                { -5, 0, "-5\n" },
                { -100, 2, "-1.00\n" },
                { 1, 18, "0.000000000000000001\n" },
                { INT64_MAX, 18, "9.223372036854775807\n" },
                { INT64_MIN, 18, "-9.223372036854775808\n" },
                { INT64_MIN, 0, "-9223372036854775808\n" },
        };

        (void) state;
        for (size_t i = 0; i < PL_ARRAY_LENGTH(fixed); i++) {
                begin(false);
                pl_json_fixed(&writer, fixed[i].value, fixed[i].decimals);
                expect(fixed[i].json);
                pl_json_document_free(parse_good(pl_text_span(&text)));
        }
}

static void nests_as_deep_as_the_reader(void **state)
{
        (void) state;
        begin(true);
        for (int i = 0; i < PL_JSON_DEPTH_MAX; i++)
                if (i % 3 == 0)
                        pl_json_array_begin(&writer);
                else {
                        if (i % 3 == 2)
                                pl_json_key(&writer, "k");
                        if (i % 3 == 2)
                                pl_json_array_begin(&writer);
                        else
                                pl_json_object_begin(&writer);
                }
        for (int i = PL_JSON_DEPTH_MAX; i-- > 0;)
                if (i % 3 == 1)
                        pl_json_object_end(&writer);
                else
                        pl_json_array_end(&writer);
        assert_int_equal(pl_json_writer_finish(&writer), 0);
        pl_json_document_free(parse_good(pl_text_span(&text)));
}

/* A sink that takes so many calls and then fails, each time with another errno. */
struct weak_sink {
        int calls;
        int good_calls;
        size_t bytes;
};

static int take_some(void *userdata, struct pl_span bytes)
{
        struct weak_sink *sink = userdata;

        assert_true(bytes.length > 0 && bytes.length <= PL_JSON_WRITER_BUFFER);
        if (sink->calls++ >= sink->good_calls)
                return -EIO - (sink->calls - sink->good_calls - 1);
        sink->bytes += bytes.length;
        return 0;
}

static void keeps_the_first_error_of_the_sink(void **state)
{
        struct weak_sink sink = { .good_calls = 2 };

        (void) state;
        pl_json_writer_init(&writer, &(struct pl_json_writer_options){ take_some, &sink, false });
        pl_json_array_begin(&writer);
        for (uint64_t i = 0; i < 10000; i++)
                pl_json_u64(&writer, i);
        pl_json_array_end(&writer);
        assert_int_equal(pl_json_writer_finish(&writer), -EIO);
        assert_int_equal(sink.calls, 3);
        assert_int_equal(sink.bytes, 2 * PL_JSON_WRITER_BUFFER);

        /* An error stays, and nothing more is tried. */
        pl_json_null(&writer);
        assert_int_equal(pl_json_writer_finish(&writer), -EIO);
        assert_int_equal(sink.calls, 3);
}

static void a_full_text_is_an_error(void **state)
{
        char small[8];
        struct pl_text short_text;

        (void) state;
        pl_text_init(&short_text, small, sizeof small);
        pl_json_writer_init(
                &writer, &(struct pl_json_writer_options){ pl_json_sink_text, &short_text, false });
        pl_json_string(&writer, pl_span_of("longer than eight"));
        assert_int_equal(pl_json_writer_finish(&writer), -ENOBUFS);
}

static void writes_to_a_descriptor(void **state)
{
        int fds[2];
        char got[64] = {};

        (void) state;
        assert_int_equal(pipe2(fds, O_CLOEXEC), 0);
        pl_json_writer_init(&writer,
                            &(struct pl_json_writer_options){ pl_json_sink_fd, &fds[1], false });
        pl_json_string(&writer, pl_span_of("out"));
        assert_int_equal(pl_json_writer_finish(&writer), 0);
        assert_int_equal(read(fds[0], got, sizeof got - 1), 6);
        assert_string_equal(got, "\"out\"\n");

        assert_int_equal(close(fds[0]), 0);
        (void) signal(SIGPIPE, SIG_IGN);
        pl_json_string(&writer, pl_span_of("out"));
        assert_int_equal(pl_json_writer_finish(&writer), -EPIPE);
        assert_int_equal(close(fds[1]), 0);
}

static void value_without_key(void)
{
        pl_json_object_begin(&writer);
        pl_json_u64(&writer, 1);
}

static void key_in_array(void)
{
        pl_json_array_begin(&writer);
        pl_json_key(&writer, "a");
}

static void key_at_the_top(void)
{
        pl_json_key(&writer, "a");
}

static void key_upon_key(void)
{
        pl_json_object_begin(&writer);
        pl_json_key(&writer, "a");
        pl_json_key(&writer, "b");
}

static void end_behind_key(void)
{
        pl_json_object_begin(&writer);
        pl_json_key(&writer, "a");
        pl_json_object_end(&writer);
}

static void end_of_the_other(void)
{
        pl_json_array_begin(&writer);
        pl_json_object_end(&writer);
}

static void end_of_nothing(void)
{
        pl_json_array_end(&writer);
}

static void two_values(void)
{
        pl_json_null(&writer);
        pl_json_null(&writer);
}

static void not_closed(void)
{
        pl_json_array_begin(&writer);
        (void) pl_json_writer_finish(&writer);
}

static void nothing_written(void)
{
        (void) pl_json_writer_finish(&writer);
}

static void too_deep(void)
{
        for (int i = 0; i <= PL_JSON_DEPTH_MAX; i++)
                pl_json_array_begin(&writer);
}

static void number_that_is_none(void)
{
        pl_json_number(&writer, pl_span_of("01"));
}

static void number_with_a_tail(void)
{
        pl_json_number(&writer, pl_span_of("1,2"));
}

static void too_many_decimals(void)
{
        pl_json_fixed(&writer, 1, 19);
}

static bool aborts(void (*misuse)(void))
{
        pid_t child;
        int status;

        begin(false);
        (void) fflush(NULL);
        child = fork();
        assert_true(child >= 0);
        if (child == 0) {
                if (!freopen("/dev/null", "w", stderr))
                        _exit(EXIT_FAILURE);
                (void) signal(SIGABRT, SIG_DFL);
                misuse();
                _exit(EXIT_SUCCESS);
        }
        assert_int_equal(waitpid(child, &status, 0), child);
        return WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT;
}

static void misuse_is_asserted_against(void **state)
{
        static const struct {
                const char *name;
                void (*misuse)(void);
        } misuses[] = {
                { "a value without a key", value_without_key },
                { "a key in an array", key_in_array },
                { "a key at the top", key_at_the_top },
                { "a key upon a key", key_upon_key },
                { "an end behind a key", end_behind_key },
                { "} for ]", end_of_the_other },
                { "an end of nothing", end_of_nothing },
                { "two values", two_values },
                { "not closed", not_closed },
                { "nothing written", nothing_written },
                { "33 levels", too_deep },
                { "a number that is none", number_that_is_none },
                { "a number with a tail", number_with_a_tail },
                { "19 decimals", too_many_decimals },
        };

        (void) state;
        for (size_t i = 0; i < PL_ARRAY_LENGTH(misuses); i++)
                if (!aborts(misuses[i].misuse))
                        fail_msg("%s goes through", misuses[i].name);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(writes_one_line),
                cmocka_unit_test(writes_indented),
                cmocka_unit_test(writes_values_alone),
                cmocka_unit_test(writes_a_line_for_each_document),
                cmocka_unit_test(writes_strings),
                cmocka_unit_test(escapes_keys),
                cmocka_unit_test(writes_fixed_point),
                cmocka_unit_test(nests_as_deep_as_the_reader),
                cmocka_unit_test(keeps_the_first_error_of_the_sink),
                cmocka_unit_test(a_full_text_is_an_error),
                cmocka_unit_test(writes_to_a_descriptor),
                cmocka_unit_test(misuse_is_asserted_against),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
