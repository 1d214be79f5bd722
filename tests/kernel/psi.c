/* SPDX-License-Identifier: Apache-2.0 */

#include "plimsoll/kernel/psi.h"

#include <poll.h>

#include "tree.h"

static struct pl_file_buffer buffer;

#define SOME "some avg10=1.50 avg60=0.75 avg300=0.10 total=7\n"
#define FULL "full avg10=0.00 avg60=0.00 avg300=0.00 total=0\n"

static void texts(void **state)
{
        static const struct {
                const char *name, *text;
                int error;
        } rows[] = {
                { "both lines in order", SOME FULL, 0 },
                { "keys in another order", "some total=7 avg300=0.10 avg60=0.75 avg10=1.50\n" FULL,
                  0 },
                { "total at the end of 64 bits",
                  "some avg10=0.00 avg60=0.00 avg300=0.00 total=18446744073709551615\n" FULL, 0 },
                { "total above 64 bits",
                  "some avg10=0.00 avg60=0.00 avg300=0.00 total=18446744073709551616\n" FULL,
                  PL_FILE_E_MALFORMED },
                { "a key twice", "some avg10=0.00 avg10=0.00 avg300=0.00 total=0\n" FULL,
                  PL_FILE_E_MALFORMED },
                { "a total twice", "some avg10=0.00 avg60=0.00 avg300=0.00 total=0 total=0\n" FULL,
                  PL_FILE_E_MALFORMED },
                { "a key missing is not zero", "some avg60=0.00 avg300=0.00 total=0\n" FULL,
                  PL_FILE_E_MALFORMED },
                { "an unknown key",
                  "some avg10=0.00 avg60=0.00 avg300=0.00 avg900=0.00 total=0\n" FULL,
                  PL_FILE_E_MALFORMED },
                { "one line", SOME, PL_FILE_E_MALFORMED },
                { "a line twice", SOME SOME, PL_FILE_E_MALFORMED },
                { "the lines the other way round", FULL SOME, PL_FILE_E_MALFORMED },
                { "a third line", SOME FULL FULL, PL_FILE_E_MALFORMED },
                { "no last newline: the total may be cut",
                  SOME "full avg10=0.00 avg60=0.00 avg300=0.00 total=12", PL_FILE_E_MALFORMED },
                { "cut in the middle of a number", "some avg10=0.", PL_FILE_E_MALFORMED },
                { "a minus", "some avg10=-1.00 avg60=0.00 avg300=0.00 total=0\n" FULL,
                  PL_FILE_E_MALFORMED },
                { "nothing", "", PL_FILE_E_MALFORMED },
                { "garbage",
                  "\x7F"
                  "ELF\n\n",
                  PL_FILE_E_MALFORMED },
        };

        (void) state;
        for (size_t i = 0; i < PL_ARRAY_LENGTH(rows); i++) {
                struct pl_psi psi = { .some = { .avg10_permyriad = 77 } };

                assert_row(rows[i].name,
                           pl_psi_parse(pl_span_of(rows[i].text), &psi) == rows[i].error);
                if (rows[i].error)
                        assert_row(rows[i].name, psi.some.avg10_permyriad == 77);
        }
}

static void figures(void **state)
{
        struct pl_psi psi;

        (void) state;
        assert_int_equal(pl_psi_parse(pl_span_of(SOME FULL), &psi), 0);
        assert_int_equal(psi.some.avg10_permyriad, 150);
        assert_int_equal(psi.some.avg60_permyriad, 75);
        assert_int_equal(psi.some.avg300_permyriad, 10);
        assert_true(psi.some.total_usec == 7);
        assert_true(psi.full.total_usec == 0);
}

static void every_cut_is_malformed(void **state)
{
        static const char text[] = SOME FULL;
        struct pl_psi psi;

        (void) state;
        for (size_t cut = 0; cut < sizeof text - 1; cut++)
                assert_int_equal(pl_psi_parse(pl_span(text, cut), &psi), PL_FILE_E_MALFORMED);
}

static void reads_files(void **state)
{
        _cleanup_close_ int api = test_fixture("cgroup/6.1/web.slice/api");
        struct pl_psi psi;

        (void) state;
        assert_int_equal(pl_psi_read(api, "memory.pressure", &buffer, &psi), 0);
        assert_true(psi.some.total_usec == 4823025);
        assert_int_equal(psi.full.avg10_permyriad, 2367);
        assert_int_equal(pl_psi_read(api, "swap.pressure", &buffer, &psi), PL_FILE_E_ABSENT);
}

/* An ordinary file takes the words of a trigger as any bytes, so they can be read back. */
static void triggers_say_what_the_kernel_reads(void **state)
{
        struct test_tree tree;
        int fd = -1;

        (void) state;
        test_tree_make(&tree);
        test_tree_put(&tree, "memory.pressure", "");
        assert_int_equal(pl_psi_trigger_open(tree.fd, "memory.pressure",
                                             (struct pl_psi_trigger){ .stall_usec = 150000,
                                                                      .window_usec = 1000000 },
                                             &fd),
                         0);
        assert_string_equal(test_tree_get(&tree, "memory.pressure"), "some 150000 1000000\n");
        (void) close(fd);
        test_tree_put(&tree, "memory.pressure", "");
        assert_int_equal(pl_psi_trigger_open(tree.fd, "memory.pressure",
                                             (struct pl_psi_trigger){ .full = true,
                                                                      .unprivileged = true,
                                                                      .stall_usec = 70000,
                                                                      .window_usec = 2000000 },
                                             &fd),
                         0);
        assert_string_equal(test_tree_get(&tree, "memory.pressure"), "full 70000 2000000\n");
        (void) close(fd);
        fd = -1;
        assert_int_equal(pl_psi_trigger_open(
                                 tree.fd, "gone",
                                 (struct pl_psi_trigger){ .stall_usec = 1, .window_usec = 1 }, &fd),
                         PL_FILE_E_ABSENT);
        assert_int_equal(pl_psi_trigger_open(tree.fd, "memory.pressure",
                                             (struct pl_psi_trigger){ .stall_usec = UINT64_MAX,
                                                                      .window_usec = UINT64_MAX },
                                             &fd),
                         PL_FILE_E_REFUSED);
        assert_int_equal(fd, -1);
        test_tree_remove(&tree);
}

static void news(void **state)
{
        (void) state;
        assert_int_equal(pl_psi_trigger_news(0), PL_PSI_NEWS_NONE);
        assert_int_equal(pl_psi_trigger_news(POLLPRI), PL_PSI_NEWS_STALL);
        assert_int_equal(pl_psi_trigger_news(POLLERR | POLLPRI), PL_PSI_NEWS_GONE);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(texts),
                cmocka_unit_test(figures),
                cmocka_unit_test(every_cut_is_malformed),
                cmocka_unit_test(reads_files),
                cmocka_unit_test(triggers_say_what_the_kernel_reads),
                cmocka_unit_test(news),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
