/* SPDX-License-Identifier: Apache-2.0 */

/* What drop-ins say, by their text, their names and their age. */

#include "bus_files.h"

/* ---- what a drop-in says ---- */

static void a_drop_in_is_read_as_systemd_does(void **state)
{
        static const struct {
                const char *text;
                enum pl_limit limit;
                enum pl_bus_setting setting;
                uint64_t bytes;
        } rows[] = {
                { "", PL_LIMIT_MAX, PL_BUS_SETS_NOTHING, 0 },
                { "[Service]\nMemoryMax=64M\n", PL_LIMIT_MAX, PL_BUS_SETS_BYTES, FOUND_BYTES },
                { "[Scope]\n  MemoryMax =\t67108864 \r\n", PL_LIMIT_MAX, PL_BUS_SETS_BYTES,
                  FOUND_BYTES },
                { "MemoryMax=1G\nMemoryMax=infinity", PL_LIMIT_MAX, PL_BUS_SETS_BYTES,
                  PL_SIZE_MAX },
                { "MemoryMax=1G\nMemoryMax=", PL_LIMIT_MAX, PL_BUS_SETS_BYTES, PL_SIZE_MAX },
                { "MemoryLow=1G\nMemoryLow=\n", PL_LIMIT_LOW, PL_BUS_SETS_BYTES, 0 },
                { "MemoryMin=infinity\n", PL_LIMIT_MIN, PL_BUS_SETS_BYTES, PL_SIZE_MAX },
                { "MemoryMax=50%\n", PL_LIMIT_MAX, PL_BUS_SETS_OTHER, 0 },
                { "MemoryMax=lots\n", PL_LIMIT_MAX, PL_BUS_SETS_OTHER, 0 },
                { "#MemoryMax=1G\n; MemoryMax=1G\n", PL_LIMIT_MAX, PL_BUS_SETS_NOTHING, 0 },
                { "MemoryMax\nMemoryMaximum=1G\nXMemoryMax=1G\n=1G\n", PL_LIMIT_MAX,
                  PL_BUS_SETS_NOTHING, 0 },
                { "memorymax=1G\n", PL_LIMIT_MAX, PL_BUS_SETS_NOTHING, 0 },
                { "MemoryHigh=1G\n", PL_LIMIT_MAX, PL_BUS_SETS_NOTHING, 0 },
                { "X=MemoryMax=1G\n", PL_LIMIT_MAX, PL_BUS_SETS_NOTHING, 0 },
                { "MemoryMax", PL_LIMIT_MAX, PL_BUS_SETS_NOTHING, 0 },
                { "MemorySwapMax=0\n", PL_LIMIT_SWAP_MAX, PL_BUS_SETS_BYTES, 0 },
                { "MemoryZSwapWriteback=no\n", PL_LIMIT_ZSWAP_WRITEBACK, PL_BUS_SETS_BYTES, 0 },
                { "MemoryZSwapWriteback=true\n", PL_LIMIT_ZSWAP_WRITEBACK, PL_BUS_SETS_BYTES, 1 },
                { "MemoryZSwapWriteback=\n", PL_LIMIT_ZSWAP_WRITEBACK, PL_BUS_SETS_OTHER, 0 },
        };

        (void) state;
        for (size_t i = 0; i < PL_ARRAY_LENGTH(rows); i++) {
                uint64_t bytes = 0;

                assert_row(rows[i].text,
                           pl_bus_read_setting(pl_span_of(rows[i].text), rows[i].limit, &bytes) ==
                                   rows[i].setting);
                assert_row(rows[i].text, bytes == rows[i].bytes);
        }
}

/* Beyond its bytes nothing is read, whatever they are. */
static void any_bytes_can_be_a_drop_in(void **state)
{
        static const char key[] = "MemoryMax=\n# \0\xff"
                                  "1G[]";
        struct test_random random = { 20 };
        char *bytes;

        (void) state;
        for (unsigned i = 0; i < 20000; i++) {
                const size_t length = test_random_below(&random, 40);
                uint64_t value;

                bytes = malloc(length + 1);
                assert_non_null(bytes);
                for (size_t k = 0; k < length; k++)
                        bytes[k] = key[test_random_below(&random, 4)
                                               ? k % sizeof key
                                               : test_random_below(&random, sizeof key)];
                assert_true(pl_bus_read_setting(pl_span(bytes, length), PL_LIMIT_MAX, &value) <=
                            PL_BUS_SETS_OTHER);
                free(bytes);
        }
}

/* ---- as files ---- */

static struct pl_bus_traces trace(const struct pl_bus_question *asked, const char *path)
{
        struct pl_bus_traces traces = {};

        pl_bus_trace(&traces, asked, path);
        return traces;
}

static void what_sorts_behind_ours_is_later(void **state)
{
        static const struct {
                const char *name, *text;
                bool is_later;
        } rows[] = {
                { "90-x.conf", "MemoryMax=64M\n", true },
                { "50-MemoryMax.confx", "MemoryMax=64M\n", true },
                { "x.conf", "MemoryMax=50%\n", true },
                { "90-x.conf", "MemoryMax=65M\n", false }, /* not read yet, or not what counts */
                { "90-x.conf", "MemoryHigh=64M\n", false },
                { "90-x.conf", "", false },
                { "50-MemoryMax.conf", "MemoryMax=64M\n", false },
                { "50-MemoryMax", "MemoryMax=64M\n", false },
                { "10-x.conf", "MemoryMax=64M\n", false },
                { "5-x.conf", "MemoryMax=64M\n", false },
        };

        (void) state;
        for (size_t i = 0; i < PL_ARRAY_LENGTH(rows); i++) {
                const char *path = put(rows[i].name, rows[i].text, 0);
                struct pl_bus_traces traces = trace(&question, path);

                assert_row(rows[i].name, strcmp(traces.later, rows[i].is_later ? path : "") == 0);
                assert_row(rows[i].name, !traces.same[0] && !traces.newer[0]);
        }
}

static void of_several_the_last_counts(void **state)
{
        struct pl_bus_traces traces = {};
        const char *first = put("70-x.conf", "MemoryMax=64M\n", 0);
        const char *last = put("80-x.conf", "MemoryMax=67108864\n", 0);

        (void) state;
        pl_bus_trace(&traces, &question, last);
        pl_bus_trace(&traces, &question, first);
        assert_string_equal(traces.later, last);
}

static void what_is_no_file_is_passed_over(void **state)
{
        static char large[70 * 1024];
        char path[128];

        (void) state;
        (void) snprintf(path, sizeof path, "%s/90-x.conf", place_path);
        assert_string_equal(trace(&question, path).later, "");
        assert_int_equal(mkfifo(path, 0600), 0);
        (void) alarm(60); /* if it did wait */
        assert_string_equal(trace(&question, path).later, "");
        (void) alarm(0);
        assert_int_equal(unlink(path), 0);
        assert_int_equal(mkdir(path, 0700), 0);
        assert_string_equal(trace(&question, path).later, "");
        assert_int_equal(rmdir(path), 0);
        assert_int_equal(symlink("/dev/zero", path), 0);
        assert_string_equal(trace(&question, path).later, "");
        assert_int_equal(unlink(path), 0);

        memset(large, '\n', sizeof large - 1);
        memcpy(large, "MemoryMax=64M", 13);
        assert_string_equal(trace(&question, put("90-x.conf", large, 0)).later, "");
        assert_string_equal(trace(&question, "").later, "");
        assert_string_equal(trace(&question, "90-x.conf").later, "");
}

/* Ours stands in the same place. Kept, it says what we had set; not kept, an old one may be ours of before. */
static void what_stands_where_ours_would_is_not_ours(void **state)
{
        static const char name[] = "system.control/50-MemoryMax.conf";
        struct pl_bus_question asked = question;
        const char *path;

        (void) state;
        asked.good_usec = pl_clock_now_usec() - 10 * PL_USEC_PER_SEC;
        path = put(name, "MemoryMax=64M\n", 0);
        assert_string_equal(trace(&asked, path).same, path);
        asked.was_kept = false;
        assert_string_equal(trace(&asked, path).same, path);
        path = put(name, "MemoryMax=64M\n", 3600);
        assert_string_equal(trace(&asked, path).same, "");
        asked.was_kept = true;
        assert_string_equal(trace(&asked, path).same, path);
        path = put(name, "MemoryMax=512M\n", 0);
        assert_string_equal(trace(&asked, path).same, "");
        assert_string_equal(trace(&asked, path).newer, "");
        /* Back meanwhile. */
        asked.found_bytes = asked.set_bytes;
        assert_string_equal(trace(&asked, path).same, "");
}

static void another_property_is_a_sign_if_it_is_younger(void **state)
{
        static const struct {
                const char *name;
                uint64_t age_sec;
                bool is_sign;
        } rows[] = {
                { "system.control/50-CPUWeight.conf", 0, true },
                { "system.control/50-CPUWeight.conf", 3600, false },
                { "system.control/50-CPUWeight.conf", UINT64_MAX - 3599,
                  false },                                         /* in the future */
                { "system.control/50-MemoryHigh.conf", 0, false }, /* may be ours */
                { "system.control/50-MemoryZSwapMax.conf", 0, false },
                { "system.control/60-CPUWeight.conf", 0, false },
                { "50-CPUWeight.conf", 0, false },
        };
        static const enum pl_limit limits[] = { PL_LIMIT_MAX, PL_LIMIT_OOM_GROUP };
        struct pl_bus_question asked = question;

        (void) state;
        asked.good_usec = pl_clock_now_usec() - 10 * PL_USEC_PER_SEC;
        for (size_t k = 0; k < PL_ARRAY_LENGTH(limits); k++)
                for (size_t i = 0; i < PL_ARRAY_LENGTH(rows); i++) {
                        const char *path = put(rows[i].name, "CPUWeight=1\n", rows[i].age_sec);

                        asked.limit = limits[k];
                        assert_row(rows[i].name, strcmp(trace(&asked, path).newer,
                                                        rows[i].is_sign ? path : "") == 0);
                }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                FAKE_TEST(a_drop_in_is_read_as_systemd_does),
                FAKE_TEST(any_bytes_can_be_a_drop_in),
                FILES_TEST(what_sorts_behind_ours_is_later),
                FILES_TEST(of_several_the_last_counts),
                FILES_TEST(what_is_no_file_is_passed_over),
                FILES_TEST(what_stands_where_ours_would_is_not_ours),
                FILES_TEST(another_property_is_a_sign_if_it_is_younger),
        };

        return cmocka_run_group_tests(tests, place_set_up, place_tear_down);
}
