/* SPDX-License-Identifier: Apache-2.0 */

#include "plimsoll/base/size.h"

#include "plimsoll/base/clock.h"
#include "test.h"

/* A host of round numbers: 16 GiB of RAM, 4 GiB of swap, and a workload with memory.max 2 GiB. */
static const struct pl_size_base host = { 16 * PL_GIB, 4 * PL_GIB, 2 * PL_GIB };

static const struct {
        const char *text, *printed;
        uint64_t bytes;
} good[] = {
        { "0", "0", 0 },
        { "4096", "4KiB", 4096 },
        { "1", "1", 1 },
        { "512M", "512MiB", 512 * PL_MIB },
        { "2GiB", "2GiB", 2 * PL_GIB },
        { "2 GiB", "2GiB", 2 * PL_GIB },
        { "1.5G", "1536MiB", 1536 * PL_MIB },
        { "0.3K", "307", 307 },
        { "1kB", "1000", 1000 },
        { "500MB", "500000000", 500000000 },
        { "1TB", "976562500KiB", 1000000000000 },
        { "7B", "7", 7 },
        { "3T", "3TiB", 3 * PL_TIB },
        { "1P", "1PiB", 1024 * PL_TIB },
        { "max", "max", PL_SIZE_MAX },
        { "50%", "50%", 8 * PL_GIB },
        { "12.5%", "12.5%", 2 * PL_GIB },
        { "0.01%", "0.01%", 16 * PL_GIB / 10000 },
        { "50 %", "50%", 8 * PL_GIB },
        { "90% of max", "90% of max", 1932735283 },
        { "50% of swap", "50% of swap", 2 * PL_GIB },
        { "200% of max", "200% of max", 4 * PL_GIB },
        { "min(8GiB, 50%)", "min(8GiB, 50%)", 8 * PL_GIB },
        { "max(512MiB,5%)", "max(512MiB, 5%)", 16 * PL_GIB / 20 },
        { "min( 8GiB ,50% of swap )", "min(8GiB, 50% of swap)", 2 * PL_GIB },
        { "min(max, 1K)", "min(max, 1KiB)", 1024 },
        { "max(min(1G, 2G), 512M, min(3G, 50%))", "max(min(1GiB, 2GiB), 512MiB, min(3GiB, 50%))",
          3 * PL_GIB },
        { "min(max(1, 2), 3, max(4, 5))", "min(max(1, 2), 3, max(4, 5))", 2 },
        { "min(5)", "min(5)", 5 },
        { "18446744073709551614", "18446744073709551614", UINT64_MAX - 1 },
};

static const struct {
        const char *name, *text;
        int error;
        size_t offset;
} bad[] = {
        { "nothing", "", PL_SIZE_E_SYNTAX, 0 },
        { "a word", "lots", PL_SIZE_E_SYNTAX, 0 },
        { "a minus", "-1", PL_SIZE_E_SYNTAX, 0 },
        { "a unit alone", "MiB", PL_SIZE_E_SYNTAX, 0 },
        { "a point without digits behind", "1.G", PL_SIZE_E_SYNTAX, 0 },
        { "a point without digits before", ".5G", PL_SIZE_E_SYNTAX, 0 },
        { "two points", "1.5.2G", PL_SIZE_E_SYNTAX, 3 },
        { "an unknown unit", "5 X", PL_SIZE_E_UNIT, 2 },
        { "lower case means something else", "512m", PL_SIZE_E_UNIT, 3 },
        { "bits", "512Mb", PL_SIZE_E_UNIT, 3 },
        { "KB is neither K nor kB", "5KB", PL_SIZE_E_UNIT, 1 },
        { "2^64", "18446744073709551616", PL_SIZE_E_RANGE, 0 },
        { "2^64 - 1 is how max is held", "18446744073709551615", PL_SIZE_E_RANGE, 0 },
        { "overflow through the unit", "16384P", PL_SIZE_E_RANGE, 0 },
        { "overflow inside a function", "min(1, 16384P)", PL_SIZE_E_RANGE, 7 },
        { "a share above 1000 %", "1001%", PL_SIZE_E_RANGE, 0 },
        { "a share finer than 0.01 %", "0.001%", PL_SIZE_E_RANGE, 0 },
        { "of what?", "50% of", PL_SIZE_E_SYNTAX, 6 },
        { "of something else", "50% of disk", PL_SIZE_E_SYNTAX, 7 },
        { "something behind", "5G 6G", PL_SIZE_E_SYNTAX, 3 },
        { "a blank before is taken, junk is not", " 5G!", PL_SIZE_E_SYNTAX, 3 },
        { "not closed", "min(1, 2", PL_SIZE_E_SYNTAX, 8 },
        { "closed twice", "min(1, 2))", PL_SIZE_E_SYNTAX, 9 },
        { "no arguments", "min()", PL_SIZE_E_SYNTAX, 4 },
        { "a comma too many", "min(1,)", PL_SIZE_E_SYNTAX, 6 },
        { "a comma outside", "1, 2", PL_SIZE_E_SYNTAX, 1 },
        { "three deep", "min(min(min(1)))", PL_SIZE_E_TOO_LONG, 8 },
        { "too many terms", "min(1,2,3,4,5,6,7,8)", PL_SIZE_E_TOO_LONG, 19 },
        { "maximum is not max", "maximum", PL_SIZE_E_SYNTAX, 0 },
        { "infinity is systemd's word", "infinity", PL_SIZE_E_SYNTAX, 0 },
};

static void check_print(const char *name, const struct pl_size *size)
{
        char first[512], second[512];
        struct pl_size again;
        struct pl_text text;

        pl_text_init(&text, first, sizeof first);
        pl_size_format(&text, size);
        assert_row(name, !text.cut);
        assert_row(name, pl_size_parse(pl_text_span(&text), &again, NULL) == 0);
        assert_row(name, again.count == size->count);
        for (size_t i = 0; i < size->count; i++)
                assert_row(name, again.nodes[i].kind == size->nodes[i].kind &&
                                         again.nodes[i].value == size->nodes[i].value);
        pl_text_init(&text, second, sizeof second);
        pl_size_format(&text, &again);
        assert_string_equal(first, second);
}

static void understands_what_people_write(void **state)
{
        (void) state;
        for (size_t i = 0; i < PL_ARRAY_LENGTH(good); i++) {
                const char *name = good[i].text;
                struct pl_size size;
                uint64_t bytes;

                assert_row(name, pl_size_parse(pl_span_of(name), &size, NULL) == 0);
                assert_row(name, pl_size_resolve(&size, &host, &bytes) == 0);
                assert_row(name, bytes == good[i].bytes);
                check_print(name, &size);
        }
}

static void prints_in_the_largest_unit_that_fits(void **state)
{
        (void) state;
        for (size_t i = 0; i < PL_ARRAY_LENGTH(good); i++) {
                char buffer[512];
                struct pl_text text;
                struct pl_size size;

                assert_int_equal(pl_size_parse(pl_span_of(good[i].text), &size, NULL), 0);
                pl_text_init(&text, buffer, sizeof buffer);
                pl_size_format(&text, &size);
                assert_string_equal(buffer, good[i].printed);
        }
}

static void says_where_a_size_is_wrong(void **state)
{
        (void) state;
        for (size_t i = 0; i < PL_ARRAY_LENGTH(bad); i++) {
                struct pl_size size = { .count = 99 };
                size_t offset = 99;
                int r = pl_size_parse(pl_span_of(bad[i].text), &size, &offset);

                if (r != bad[i].error || offset != bad[i].offset || size.count != 99)
                        fail_msg("row \"%s\": error %d at %zu, count %zu", bad[i].name, r, offset,
                                 size.count);
        }
}

static void shares_of_no_limit_are_no_limit(void **state)
{
        const struct pl_size_base unlimited = { 16 * PL_GIB, 0, PL_SIZE_MAX };
        struct pl_size size;
        uint64_t bytes;

        (void) state;
        assert_int_equal(pl_size_parse(pl_span_of("90% of max"), &size, NULL), 0);
        assert_true(pl_size_uses(&size, PL_SIZE_SHARE_OF_MAX));
        assert_false(pl_size_uses(&size, PL_SIZE_SHARE_OF_SWAP));
        assert_int_equal(pl_size_resolve(&size, &unlimited, &bytes), 0);
        assert_true(bytes == PL_SIZE_MAX);
        assert_int_equal(pl_size_parse(pl_span_of("0% of max"), &size, NULL), 0);
        assert_int_equal(pl_size_resolve(&size, &unlimited, &bytes), 0);
        assert_true(bytes == 0);
        assert_int_equal(pl_size_parse(pl_span_of("50% of swap"), &size, NULL), 0);
        assert_int_equal(pl_size_resolve(&size, &unlimited, &bytes), 0);
        assert_true(bytes == 0);
}

static void a_share_that_does_not_fit_is_an_error(void **state)
{
        const struct pl_size_base huge = { UINT64_MAX - 1, 0, 0 };
        struct pl_size size;
        uint64_t bytes = 77;

        (void) state;
        assert_int_equal(pl_size_parse(pl_span_of("200%"), &size, NULL), 0);
        assert_int_equal(pl_size_resolve(&size, &huge, &bytes), PL_SIZE_E_RANGE);
        assert_true(bytes == 77);
}

static struct pl_size_node random_value(struct test_random *random)
{
        enum pl_size_kind kind = (enum pl_size_kind) test_random_below(random, PL_SIZE_SMALLEST);

        if (kind != PL_SIZE_BYTES)
                return (struct pl_size_node){ kind, test_random_below(random, 100001) };
        return (struct pl_size_node){ kind, test_random_size(random) };
}

/* Builds a size from the inside out: values, and functions over some of the results that are there. */
static void random_size(struct test_random *random, struct pl_size *size)
{
        size_t results = 0;

        size->count = 0;
        while (size->count < PL_SIZE_NODES_MAX - 1 && test_random_below(random, 8) != 0) {
                size->nodes[size->count++] = random_value(random);
                results++;
        }
        if (results == 0) {
                size->nodes[size->count++] = random_value(random);
                return;
        }
        if (results > 1 || test_random_below(random, 2))
                size->nodes[size->count++] = (struct pl_size_node){
                        test_random_below(random, 2) ? PL_SIZE_SMALLEST : PL_SIZE_LARGEST, results
                };
}

static void any_size_prints_to_what_it_was(void **state)
{
        struct test_random random = { 1 };

        (void) state;
        for (int i = 0; i < 20000; i++) {
                struct pl_size size;

                random_size(&random, &size);
                check_print("random, seed 1", &size);
        }
}

static void prints_bytes_for_people(void **state)
{
        static const struct {
                uint64_t bytes;
                const char *text;
        } rows[] = {
                { 0, "0" },
                { 1023, "1023 B" },
                { 1024, "1.00 KiB" },
                { 1410000000, "1.31 GiB" },
                { 14 * PL_MIB, "14.0 MiB" },
                { 635 * PL_MIB, "635 MiB" },
                { 15 * PL_GIB + 512 * PL_MIB, "15.5 GiB" },
                { PL_GIB - 1, "1.00 GiB" },
                { 1000 * PL_MIB, "1000 MiB" },
                { 10 * PL_GIB - 1, "10.0 GiB" },
                { UINT64_MAX - 1, "16384 PiB" },
                { PL_SIZE_MAX, "no limit" },
        };

        (void) state;
        for (size_t i = 0; i < PL_ARRAY_LENGTH(rows); i++) {
                char buffer[32];
                struct pl_text text;

                pl_text_init(&text, buffer, sizeof buffer);
                pl_bytes_format_short(&text, rows[i].bytes);
                assert_string_equal(buffer, rows[i].text);
        }
}

static void literals_stand_alone(void **state)
{
        uint64_t bytes = 77;
        size_t offset = 99;

        (void) state;
        assert_int_equal(pl_bytes_parse(pl_span_of("64KiB"), &bytes, NULL), 0);
        assert_true(bytes == 65536);
        assert_int_equal(pl_bytes_parse(pl_span_of("50%"), &bytes, &offset), PL_SIZE_E_SYNTAX);
        assert_int_equal(offset, 2);
        assert_int_equal(pl_bytes_parse(pl_span_of("max"), &bytes, &offset), PL_SIZE_E_SYNTAX);
        assert_true(bytes == 65536);
}

static void rates(void **state)
{
        static const struct {
                const char *text, *printed;
                uint64_t per_hour;
                int error;
                size_t offset;
        } rows[] = {
                { "10MiB/h", "10MiB/h", 10 * PL_MIB, 0, 0 },
                { "1.5G / d", "1536MiB/d", 64 * PL_MIB, 0, 0 },
                { "1KiB/s", "1KiB/s", 3600 * 1024, 0, 0 },
                { "1MiB/min", "1MiB/min", 60 * PL_MIB, 0, 0 },
                { "0/h", "0/h", 0, 0, 0 },
                { "10MiB", "", 0, PL_SIZE_E_SYNTAX, 5 },
                { "10MiB/", "", 0, PL_SIZE_E_SYNTAX, 6 },
                { "10MiB/fortnight", "", 0, PL_SIZE_E_UNIT, 6 },
                { "10%/h", "", 0, PL_SIZE_E_SYNTAX, 2 },
                { "/h", "", 0, PL_SIZE_E_SYNTAX, 0 },
        };

        (void) state;
        for (size_t i = 0; i < PL_ARRAY_LENGTH(rows); i++) {
                struct pl_rate rate;
                char buffer[64];
                struct pl_text text;
                size_t offset = 0;

                assert_row(rows[i].text, pl_rate_parse(pl_span_of(rows[i].text), &rate, &offset) ==
                                                 rows[i].error);
                assert_row(rows[i].text, offset == rows[i].offset);
                if (rows[i].error)
                        continue;
                assert_row(rows[i].text, pl_rate_over(&rate, PL_USEC_PER_HOUR) == rows[i].per_hour);
                pl_text_init(&text, buffer, sizeof buffer);
                pl_rate_format(&text, &rate);
                assert_string_equal(buffer, rows[i].printed);
        }
}

static void a_rate_over_a_long_time_saturates(void **state)
{
        const struct pl_rate rate = { UINT64_MAX - 1, PL_USEC_PER_SEC };

        (void) state;
        assert_true(pl_rate_over(&rate, PL_USEC_PER_HOUR) == PL_SIZE_MAX);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(understands_what_people_write),
                cmocka_unit_test(prints_in_the_largest_unit_that_fits),
                cmocka_unit_test(says_where_a_size_is_wrong),
                cmocka_unit_test(shares_of_no_limit_are_no_limit),
                cmocka_unit_test(a_share_that_does_not_fit_is_an_error),
                cmocka_unit_test(any_size_prints_to_what_it_was),
                cmocka_unit_test(prints_bytes_for_people),
                cmocka_unit_test(literals_stand_alone),
                cmocka_unit_test(rates),
                cmocka_unit_test(a_rate_over_a_long_time_saturates),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
