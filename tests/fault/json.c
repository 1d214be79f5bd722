/* SPDX-License-Identifier: Apache-2.0 */

/* Reading and writing JSON while memory and the disk fail. cJSON is a shared library, which the linker does not
 * redirect; but the room json gives it its memory, and that comes from malloc() within what is redirected.
 */

#include "fault/check.h"

#include <errno.h>
#include <string.h>

#include "fault/directory.h"
#include "plimsoll/json/read.h"
#include "plimsoll/json/write.h"

static const char good[] =
        "{ // a profile\n"
        "  \"profile\": \"batch\", \"memory\": { \"max\": \"50%\", \"swap\": 1.5 },\n"
        "  \"rungs\": [\"reclaim\", null, true, 18446744073709551615]\n"
        "}\n";

/* More members than are compared each with each, more values than the list has room for at first, and more memory for
 * cJSON than the first piece of it. */
static char large[4096];

static struct pl_diag diag;

struct text {
        const char *text;
        int result;
};

static bool outcome_fits(int r, int expected, const struct pl_json_document *document)
{
        bool excused = is_armed_error(r);

        if ((r == 0) != (document != NULL))
                return false;
        if (r == expected)
                return (diag.errors > 0) == (expected == PL_JSON_E_INVALID);
        /* For want of memory nothing is said of the text. */
        return excused && diag.errors == 0;
}

static bool parses(void *userdata)
{
        const struct text *text = userdata;
        struct pl_json_document *document = NULL;
        int r;

        pl_diag_clear(&diag);
        r = pl_json_parse(pl_span_of(text->text), "test", &diag, &document);
        if (!outcome_fits(r, text->result, document))
                return false;
        if (document && strcmp(pl_json_root(document)->child->key, "profile") != 0)
                return false;
        pl_json_document_free(document);
        return true;
}

static bool reads_file(void *userdata)
{
        struct pl_json_document *document = NULL;
        int r;

        (void) userdata;
        pl_diag_clear(&diag);
        r = pl_json_read_file(directory_fd, "file", &diag, &document);
        pl_json_document_free(document);
        if (r == 0)
                return diag.errors == 0;
        if (r == PL_JSON_E_NO_FILE || r == PL_JSON_E_DENIED)
                return diag.errors == 1 && pl_fault_armed()->call == PL_FAULT_openat;
        return is_armed_error(r) && diag.errors == 0;
}

static void parsing_survives(void **state)
{
        struct pl_text text;

        (void) state;
        survives_every_fault(parses, &(struct text){ good, 0 });
        survives_every_fault(parses, &(struct text){ "[1, {\"a\": [2, }]", PL_JSON_E_INVALID });
        survives_every_fault(parses,
                             &(struct text){ "{\"a\": \"b\", \"a\": 1e400}", PL_JSON_E_INVALID });

        pl_text_init(&text, large, sizeof large);
        pl_text_add(&text, "{\"profile\": 0");
        for (int i = 0; i < 100; i++)
                pl_text_addf(&text, ",\"%d\":[%d]", i, i);
        pl_text_add(&text, "}");
        assert_false(text.cut);
        survives_every_fault(parses, &(struct text){ large, 0 });
}

static void reading_a_file_survives(void **state)
{
        (void) state;
        directory_write("file", pl_span_of(good));
        survives_every_fault(reads_file, NULL);
}

static void write_something(struct pl_json_writer *writer, int *fd)
{
        pl_json_writer_init(writer, &(struct pl_json_writer_options){ pl_json_sink_fd, fd, true });
        pl_json_array_begin(writer);
        for (uint64_t i = 0; i < 1000; i++)
                pl_json_u64(writer, i);
        pl_json_array_end(writer);
}

static bool writes_file(void *userdata)
{
        const struct pl_span *expected = userdata;
        struct pl_json_writer writer;
        _cleanup_close_ int fd = openat(directory_fd, "file", O_WRONLY | O_TRUNC | O_CLOEXEC);
        int r;

        if (fd < 0)
                return pl_fault_struck();
        write_something(&writer, &fd);
        r = pl_json_writer_finish(&writer);
        if (r != 0)
                return is_armed_error(r) && pl_fault_armed()->error != EINTR;
        pl_fault_disarm();
        return directory_has("file", *expected);
}

static void writing_survives(void **state)
{
        struct pl_json_writer writer;
        struct pl_span expected;
        char *data;
        int fd;

        (void) state;
        directory_write("file", pl_span_of(""));
        fd = openat(directory_fd, "file", O_WRONLY | O_CLOEXEC);
        assert_true(fd >= 0);
        write_something(&writer, &fd);
        assert_int_equal(pl_json_writer_finish(&writer), 0);
        assert_int_equal(close(fd), 0);
        assert_int_equal(pl_fd_read_file(directory_fd, "file", 1 << 20, &data, &expected.length),
                         0);
        expected.data = data;
        survives_every_fault(writes_file, &expected);
        free(data);
}

static size_t peak_of(struct pl_span text)
{
        struct pl_json_document *document;

        pl_diag_clear(&diag);
        pl_fault_arm(PL_FAULT_poll, 1, EINTR);
        assert_int_equal(pl_json_parse(text, "test", &diag, &document), 0);
        pl_fault_disarm();
        pl_json_document_free(document);
        return pl_fault_peak_bytes();
}

/* Many small members: of all texts, what takes the most memory. From ones so short that there is no room for their number
 * of values at first to ones so long that they fill the longest text. */
static void the_largest_texts_stay_within_bounds(void **state)
{
        char *bytes = malloc(PL_JSON_TEXT_MAX);
        size_t peak = 0;

        (void) state;
        assert_non_null(bytes);
        for (int width = 1; width <= 5; width++) {
                struct pl_text text;

                pl_text_init(&text, bytes, PL_JSON_TEXT_MAX);
                pl_text_add(&text, "{\"\":\"\"");
                for (unsigned i = 2; i < PL_JSON_VALUES_MAX; i++)
                        pl_text_addf(&text, ",\"%05x\":\"%0*x\"", i, width, i & 0xF);
                pl_text_add(&text, "}");
                assert_false(text.cut);
                peak = PL_MAX(peak, peak_of(pl_text_span(&text)));
        }
        print_message("at most %zu KiB\n", peak / 1024);
        assert_true(peak < 32 << 20);
        free(bytes);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(parsing_survives),
                cmocka_unit_test(reading_a_file_survives),
                cmocka_unit_test(writing_survives),
                cmocka_unit_test(the_largest_texts_stay_within_bounds),
        };

        return cmocka_run_group_tests(tests, directory_set_up, directory_tear_down);
}
