/* SPDX-License-Identifier: Apache-2.0 */

/* How answers are handed on that are longer than their room, and how text is set. */

#include "cli/cli.h"

#include <errno.h>
#include <fcntl.h>

#include "plimsoll/json/read.h"
#include "test.h"

/* Collects what is handed on, until it is told to fail. */
struct collector {
        char bytes[65536];
        struct pl_text text;
        size_t calls;
        int error;
};

static int collect(void *userdata, struct pl_span bytes)
{
        struct collector *collector = userdata;

        collector->calls++;
        if (collector->error)
                return collector->error;
        pl_text_add_span(&collector->text, bytes);
        return 0;
}

enum { SMALL = 64 }; /* less room than there is to print */

static struct pl_text out;
static struct collector collector;
static struct pl_cli cli;

static void init(void)
{
        static char buffer[SMALL];

        pl_text_init(&out, buffer, sizeof buffer);
        pl_text_init(&collector.text, collector.bytes, sizeof collector.bytes);
        collector.calls = 0;
        collector.error = 0;
        cli = (struct pl_cli){ .out = &out, .emit = collect, .emit_data = &collector };
}

/* Both go to one place here, as on a terminal. */
static void a_warning_comes_before_what_it_warns_of(void **state)
{
        char buffer[SMALL];
        struct pl_text words;

        (void) state;
        init();
        pl_text_init(&words, buffer, sizeof buffer);
        cli.words = &words;
        pl_text_add(&words, "as of then\n");
        pl_text_add(&out, "row\n");
        assert_int_equal(pl_cli_flush(&cli), 0);
        assert_string_equal(collector.bytes, "row\n"); /* the words stay */
        cli.say = collect;
        cli.say_data = &collector;
        pl_text_add(&out, "total\n");
        assert_int_equal(pl_cli_flush(&cli), 0);
        assert_string_equal(collector.bytes, "row\nas of then\ntotal\n");
        assert_int_equal(words.length, 0);
        assert_int_equal(pl_cli_flush(&cli), 0);
        assert_int_equal(collector.calls, 3);
}

static void an_answer_may_be_longer_than_its_room(void **state)
{
        (void) state;
        init();
        for (int i = 0; i < 100; i++) {
                pl_text_addf(&out, "line %d\n", i);
                assert_int_equal(pl_cli_flush(&cli), 0);
                assert_int_equal(out.length, 0);
        }
        assert_int_equal(collector.calls, 100);
        assert_int_equal(pl_cli_flush(&cli), 0);
        assert_int_equal(collector.calls, 100); /* there was nothing to hand on */
        assert_true(pl_span_starts_with(pl_text_span(&collector.text), "line 0\nline 1\n"));
        assert_true(pl_span_ends_with(pl_text_span(&collector.text), "line 99\n"));
}

static void bytes_are_handed_on_when_there_is_no_room_left(void **state)
{
        char bytes[10 * SMALL];

        (void) state;
        for (size_t i = 0; i < sizeof bytes; i++)
                bytes[i] = (char) ('a' + i % 26);

        /* To the last byte of the room nothing is; with one more it is. */
        init();
        assert_int_equal(pl_cli_emit(&cli, pl_span(bytes, SMALL - 1)), 0);
        assert_int_equal(collector.calls, 0);
        assert_int_equal(pl_cli_emit(&cli, pl_span(bytes + SMALL - 1, 1)), 0);
        assert_int_equal(collector.calls, 1);
        assert_int_equal(out.length, 1);

        for (size_t length = 1; length <= sizeof bytes; length += 7) {
                init();
                pl_text_add(&out, "before ");
                assert_int_equal(pl_cli_emit(&cli, pl_span(bytes, length)), 0);
                assert_int_equal(pl_cli_emit(&cli, pl_span(bytes, 0)), 0);
                assert_int_equal(pl_cli_flush(&cli), 0);
                assert_int_equal(collector.text.length, strlen("before ") + length);
                assert_memory_equal(collector.bytes + strlen("before "), bytes, length);
        }
}

static void json_is_printed_without_end(void **state)
{
        struct pl_json_document *document = NULL;
        struct pl_json_writer writer;
        static struct pl_diag diag;

        (void) state;
        init();
        pl_cli_json_begin(&cli, &writer);
        pl_json_key(&writer, "numbers");
        pl_json_array_begin(&writer);
        for (uint64_t i = 0; i < 1000; i++)
                pl_json_u64(&writer, i);
        pl_json_array_end(&writer);
        pl_cli_json_end(&writer);
        assert_int_equal(pl_cli_flush(&cli), 0);

        assert_false(collector.text.cut);
        assert_int_equal(pl_json_parse(pl_text_span(&collector.text), "out", &diag, &document), 0);
        assert_int_equal(pl_json_member(pl_json_root(document), "numbers")->count, 1000);
        pl_json_document_free(document);
}

static void the_first_failure_stays(void **state)
{
        (void) state;
        init();
        pl_text_add(&out, "first");
        assert_int_equal(pl_cli_flush(&cli), 0);
        collector.error = -EPIPE;
        pl_text_add(&out, "second");
        assert_int_equal(pl_cli_flush(&cli), -EPIPE);
        assert_int_equal(out.length, 0);

        /* Nothing follows what is missing, even where the sink would take it again. */
        collector.error = 0;
        pl_text_add(&out, "third");
        assert_int_equal(pl_cli_flush(&cli), -EPIPE);
        assert_int_equal(pl_cli_emit(&cli, pl_span_of("fourth")), -EPIPE);
        assert_int_equal(cli.error, -EPIPE);
        assert_int_equal(collector.calls, 2);
        assert_string_equal(collector.bytes, "first");
}

static void what_was_cut_is_not_handed_on(void **state)
{
        (void) state;
        init();
        for (int i = 0; i < SMALL; i++)
                pl_text_add(&out, "ab");
        assert_int_equal(pl_cli_flush(&cli), -ENOBUFS);
        assert_int_equal(pl_cli_emit(&cli, pl_span_of("c")), -ENOBUFS);
        assert_true(out.cut);
        assert_int_equal(cli.error, 0);
        assert_int_equal(collector.calls, 0);
}

static void a_terminal_is_told_from_a_file(void **state)
{
        _cleanup_close_ int terminal = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
        _cleanup_close_ int null = open("/dev/null", O_WRONLY | O_CLOEXEC);

        (void) state;
        assert_true(null >= 0);
        assert_false(pl_cli_style_of(null).terminal);
        assert_false(pl_cli_style_of(null).colour);
        if (terminal < 0)
                skip(); /* no /dev/ptmx here */
        assert_true(pl_cli_style_of(terminal).terminal);
}

static void words_are_broken_at_blanks(void **state)
{
        char buffer[512];
        struct pl_text text;
        const struct pl_cli_style plain = {}, unicode = { .unicode = true };

        (void) state;
        pl_text_init(&text, buffer, sizeof buffer);
        pl_cli_add_wrapped(&text, plain, 74, 4, "abc de fghijk");
        assert_string_equal(buffer,
                            "abc de\n    fghijk\n"); /* the first line is full to the last column */
        pl_text_clear(&text);
        pl_cli_add_wrapped(&text, plain, 74, 4, "abc def g");
        assert_string_equal(buffer, "abc\n    def g\n");
        pl_text_clear(&text);
        pl_cli_add_wrapped(&text, plain, 0, 0, "");
        assert_string_equal(buffer, "\n");

        /* Columns are characters, and what the locale cannot show is one '?' each. */
        pl_text_clear(&text);
        pl_cli_add_wrapped(&text, unicode, 74, 4, "\xC3\xA4\xC3\xB6\xC3\xBC de");
        assert_string_equal(buffer, "\xC3\xA4\xC3\xB6\xC3\xBC de\n");
        pl_text_clear(&text);
        pl_cli_add_wrapped(&text, plain, 74, 4, "\xC3\xA4\xC3\xB6\xC3\xBC d\x1B");
        assert_string_equal(buffer, "??? d?\n");
}

static void marks_are_there_without_colour_and_without_unicode(void **state)
{
        char buffer[64];
        struct pl_text text;

        (void) state;
        pl_text_init(&text, buffer, sizeof buffer);
        pl_cli_add_mark(&text, (struct pl_cli_style){}, PL_CLI_MARK_PROBLEM);
        pl_cli_add_mark(&text, (struct pl_cli_style){}, PL_CLI_MARK_OK);
        assert_string_equal(buffer, "X ok");
        pl_text_clear(&text);
        pl_cli_add_mark(&text, (struct pl_cli_style){ .unicode = true }, PL_CLI_MARK_PROBLEM);
        assert_string_equal(buffer, "\xE2\x9C\x97");
        pl_text_clear(&text);
        pl_cli_add_mark(&text, (struct pl_cli_style){ .colour = true }, PL_CLI_MARK_WARNING);
        assert_string_equal(buffer, "\x1B[33m! \x1B[0m");
        pl_text_clear(&text);
        pl_cli_add_coloured(&text, (struct pl_cli_style){ .colour = true }, PL_CLI_MARK_PROBLEM,
                            "no");
        pl_cli_add_coloured(&text, (struct pl_cli_style){}, PL_CLI_MARK_PROBLEM, "no");
        assert_string_equal(buffer, "\x1B[31mno\x1B[0mno");
}

static void foreign_bytes_keep_their_blanks(void **state)
{
        char buffer[64];
        struct pl_text text;

        (void) state;
        pl_text_init(&text, buffer, sizeof buffer);
        pl_cli_add_plain(&text, (struct pl_cli_style){ .unicode = true },
                         pl_span_of("a  b\t\xC3\xA4\xFF"));
        assert_string_equal(buffer, "a  b?\xC3\xA4?");
        pl_text_clear(&text);
        pl_cli_add_plain(&text, (struct pl_cli_style){}, pl_span_of("a  b\t\xC3\xA4"));
        assert_string_equal(buffer, "a  b??");
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(a_warning_comes_before_what_it_warns_of),
                cmocka_unit_test(an_answer_may_be_longer_than_its_room),
                cmocka_unit_test(bytes_are_handed_on_when_there_is_no_room_left),
                cmocka_unit_test(json_is_printed_without_end),
                cmocka_unit_test(the_first_failure_stays),
                cmocka_unit_test(what_was_cut_is_not_handed_on),
                cmocka_unit_test(a_terminal_is_told_from_a_file),
                cmocka_unit_test(words_are_broken_at_blanks),
                cmocka_unit_test(marks_are_there_without_colour_and_without_unicode),
                cmocka_unit_test(foreign_bytes_keep_their_blanks),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
