/* SPDX-License-Identifier: Apache-2.0 */

/* A row of orders, carried out here and now: in its order, to its first failure, and never below the use. */

#include "plimsoll/host/write.h"

#include <signal.h>
#include <sys/wait.h>

#include "written.h"

static struct pl_file_buffer buffer;
static struct pl_write_row row;
static struct pl_write_report report;

static void begin(void)
{
        if (row.cgroup_fd > 0)
                (void) close(row.cgroup_fd);
        row = (struct pl_write_row){ .tag = 42, .cgroup_fd = cgroup_open("a") };
        (void) drain_log();
}

static void carry_out(void)
{
        memset(&report, 0xFF, sizeof report);
        pl_write_row(&row, &buffer, &report);
        assert_int_equal(report.tag, 42);
        assert_int_equal(report.outcome_count, row.order_count);
        assert_true(fcntl(row.cgroup_fd, F_GETFD) >= 0);
        for (uint32_t i = 0; i < report.outcome_count; i++) {
                assert_int_equal(report.outcomes[i].limit, row.orders[i].limit);
                assert_int_equal(report.outcomes[i].number, row.orders[i].number);
        }
}

static void assert_outcome(uint32_t index, enum pl_write_result result, int error)
{
        assert_true(index < report.outcome_count);
        assert_int_equal(report.outcomes[index].result, result);
        assert_int_equal(report.outcomes[index].error, error);
}

static void begin_every_limit(void)
{
        begin();
        add_order(&row, PL_LIMIT_OOM_GROUP, 1, PL_SIZE_MAX);
        add_order(&row, PL_LIMIT_ZSWAP_WRITEBACK, 0, PL_SIZE_MAX);
        add_order(&row, PL_LIMIT_LOW, 0, PL_SIZE_MAX);
        add_order(&row, PL_LIMIT_MIN, 4096, PL_SIZE_MAX);
        add_order(&row, PL_LIMIT_SWAP_MAX, 0, PL_SIZE_MAX);
        add_order(&row, PL_LIMIT_SWAP_HIGH, PL_SIZE_MAX, PL_SIZE_MAX);
        add_order(&row, PL_LIMIT_ZSWAP_MAX, PL_SIZE_MAX - 1, PL_SIZE_MAX);
        add_order(&row, PL_LIMIT_HIGH, 100 * PL_MIB, PL_SIZE_MAX);
        add_order(&row, PL_LIMIT_MAX, 120 * PL_MIB, 119 * PL_MIB);
}

static void every_limit_in_its_order(void **state)
{
        int fds;

        (void) state;
        cgroup_make_limited("a", "4096\n");
        begin_every_limit();
        fds = test_open_fds();
        carry_out();
        assert_int_equal(test_open_fds(), fds);
        for (uint32_t i = 0; i < report.outcome_count; i++)
                assert_outcome(i, PL_WRITTEN, 0);
        assert_string_equal(drain_log(),
                            "a/memory.oom.group=1 a/memory.zswap.writeback=0 a/memory.low=0 "
                            "a/memory.min=4096 a/memory.swap.max=0 a/memory.swap.high=max "
                            "a/memory.zswap.max=18446744073709551614 a/memory.high=104857600 "
                            "a/memory.max=125829120 ");
}

/* ---- failures ---- */

static int error_of_max;

static int refuse_max(const char *value)
{
        return strcmp(value, "max") == 0 ? error_of_max : 0;
}

static void the_first_failure_ends_it(void **state)
{
        static const struct {
                const char *name;
                int error;
                enum pl_write_result result;
        } rows[] = {
                { "busy", EBUSY, PL_WRITE_E_AGAIN },
                { "try again", EAGAIN, PL_WRITE_E_AGAIN },
                { "interrupted", EINTR, PL_WRITE_E_AGAIN },
                { "not this value", EINVAL, PL_WRITE_E_REFUSED },
                { "out of range", ERANGE, PL_WRITE_E_REFUSED },
                { "not ours", EACCES, PL_WRITE_E_DENIED },
                { "the root of a namespace", EPERM, PL_WRITE_E_DENIED },
                { "read-only", EROFS, PL_WRITE_E_DENIED },
                { "removed", ENODEV, PL_WRITE_E_GONE },
                { "no memory", ENOMEM, PL_WRITE_E_FAILED },
                { "not supported", EOPNOTSUPP, PL_WRITE_E_FAILED },
                { "of no class", EIO, PL_WRITE_E_FAILED },
        };

        (void) state;
        cgroup_make_limited("a", "4096\n");
        kernel_says = refuse_max;
        for (size_t i = 0; i < PL_ARRAY_LENGTH(rows); i++) {
                error_of_max = rows[i].error;
                begin();
                add_order(&row, PL_LIMIT_LOW, 4096, PL_SIZE_MAX);
                add_order(&row, PL_LIMIT_HIGH, PL_SIZE_MAX, PL_SIZE_MAX);
                add_order(&row, PL_LIMIT_SWAP_MAX, 0, PL_SIZE_MAX);
                add_order(&row, PL_LIMIT_MAX, PL_GIB, PL_MIB);
                carry_out();
                assert_outcome(0, PL_WRITTEN, 0);
                assert_row(rows[i].name, report.outcomes[1].result == rows[i].result);
                assert_row(rows[i].name, report.outcomes[1].error == rows[i].error);
                assert_outcome(2, PL_WRITE_E_SKIPPED, 0);
                assert_outcome(3, PL_WRITE_E_SKIPPED, 0);
                assert_string_equal(drain_log(), "a/memory.low=4096 ");
        }
}

static void a_file_that_is_not_there(void **state)
{
        (void) state;
        cgroup_make_limited("a", "4096\n");
        assert_int_equal(unlinkat(tree.fd, "a/memory.swap.max", 0), 0);
        begin();
        add_order(&row, PL_LIMIT_SWAP_MAX, 0, PL_SIZE_MAX);
        add_order(&row, PL_LIMIT_HIGH, PL_GIB, PL_SIZE_MAX);
        carry_out();
        assert_outcome(0, PL_WRITE_E_ABSENT, ENOENT);
        assert_outcome(1, PL_WRITE_E_SKIPPED, 0);
        assert_string_equal(drain_log(), "");

        /* In a cgroup that was removed no file is. */
        assert_int_equal(unlinkat(tree.fd, "a/cgroup.procs", 0), 0);
        carry_out();
        assert_outcome(0, PL_WRITE_E_GONE, ENODEV);
}

/* ---- the use ---- */

static void lower_max(uint64_t use_below_bytes)
{
        begin();
        add_order(&row, PL_LIMIT_LOW, 4096, PL_SIZE_MAX);
        add_order(&row, PL_LIMIT_MAX, PL_GIB, use_below_bytes);
        add_order(&row, PL_LIMIT_OOM_GROUP, 1, PL_SIZE_MAX);
        carry_out();
        assert_outcome(0, PL_WRITTEN, 0);
}

static void max_waits_for_the_use(void **state)
{
        (void) state;
        cgroup_make_limited("a", "1000001\n");
        lower_max(1000000);
        assert_outcome(1, PL_WRITE_E_USE, 0);
        assert_outcome(2, PL_WRITE_E_SKIPPED, 0);
        assert_string_equal(drain_log(), "a/memory.low=4096 ");

        lower_max(1000001);
        assert_outcome(1, PL_WRITTEN, 0);
        assert_outcome(2, PL_WRITTEN, 0);
        assert_string_equal(drain_log(),
                            "a/memory.low=4096 a/memory.max=1073741824 a/memory.oom.group=1 ");
}

/* Who cannot tell how much is in use does not write what must not be below it. */
static void a_use_that_cannot_be_read(void **state)
{
        static const struct {
                const char *name, *text; /* NULL: no file */
                enum pl_write_result result;
                int error;
        } rows[] = {
                { "no number", "much\n", PL_WRITE_E_FAILED, EBADMSG },
                { "cut", "4096", PL_WRITE_E_FAILED, EBADMSG },
                { "empty", "", PL_WRITE_E_FAILED, EBADMSG },
                { "the root, which has none", NULL, PL_WRITE_E_ABSENT, ENOENT },
        };

        (void) state;
        cgroup_make_limited("a", "0\n");
        for (size_t i = 0; i < PL_ARRAY_LENGTH(rows); i++) {
                assert_int_equal(unlinkat(tree.fd, "a/memory.current", 0), 0);
                if (rows[i].text)
                        cgroup_put(&tree, "a", "memory.current", rows[i].text);
                lower_max(PL_GIB);
                assert_row(rows[i].name, report.outcomes[1].result == rows[i].result);
                assert_row(rows[i].name, report.outcomes[1].error == rows[i].error);
                assert_outcome(2, PL_WRITE_E_SKIPPED, 0);
                assert_string_equal(drain_log(), "a/memory.low=4096 ");
        }
        /* Where nobody asks for it, nobody reads it. */
        begin();
        add_order(&row, PL_LIMIT_MAX, PL_SIZE_MAX, PL_SIZE_MAX);
        carry_out();
        assert_outcome(0, PL_WRITTEN, 0);
        assert_string_equal(drain_log(), "a/memory.max=max ");
}

/* ---- what must never be asked for ---- */

static bool aborts(void)
{
        pid_t child;
        int status;

        (void) fflush(NULL);
        child = fork();
        assert_true(child >= 0);
        if (child == 0) {
                if (!freopen("/dev/null", "w", stderr))
                        _exit(EXIT_FAILURE);
                (void) signal(SIGABRT, SIG_DFL);
                pl_write_row(&row, &buffer, &report);
                _exit(EXIT_SUCCESS);
        }
        assert_int_equal(waitpid(child, &status, 0), child);
        return WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT;
}

static void deadly_orders_are_not_carried_out(void **state)
{
        static const struct {
                const char *name;
                enum pl_limit limit;
                uint64_t value_bytes, use_below_bytes;
                bool aborts;
        } rows[] = {
                { "max of 0", PL_LIMIT_MAX, 0, 0, true },
                { "max of less than a page, which is 0", PL_LIMIT_MAX, 4095, 4095, true },
                { "high of 0", PL_LIMIT_HIGH, 0, PL_SIZE_MAX, true },
                { "high of less than a page", PL_LIMIT_HIGH, 1, PL_SIZE_MAX, true },
                { "max, and no look at the use", PL_LIMIT_MAX, PL_GIB, PL_SIZE_MAX, true },
                { "max below what it lets be in use", PL_LIMIT_MAX, PL_GIB, PL_GIB + 1, true },
                { "a switch that is none", PL_LIMIT_OOM_GROUP, 2, PL_SIZE_MAX, true },
                { "the unit", PL_LIMIT_UNIT, 0, PL_SIZE_MAX, true },
                { "max of one page", PL_LIMIT_MAX, 4096, 4096, false },
                { "high of one page", PL_LIMIT_HIGH, 4096, PL_SIZE_MAX, false },
                { "max, if just so much is in use", PL_LIMIT_MAX, PL_GIB, PL_GIB, false },
                { "swap of 0", PL_LIMIT_SWAP_MAX, 0, PL_SIZE_MAX, false },
        };

        (void) state;
        cgroup_make_limited("a", "0\n");
        for (size_t i = 0; i < PL_ARRAY_LENGTH(rows); i++) {
                begin();
                add_order(&row, rows[i].limit, rows[i].value_bytes, rows[i].use_below_bytes);
                assert_row(rows[i].name, aborts() == rows[i].aborts);
        }
        begin();
        assert_true(aborts()); /* a row without orders */
}

static int tear_down(void **state)
{
        (void) close(row.cgroup_fd);
        row.cgroup_fd = -1;
        return written_tear_down(state);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, written_set_up, tear_down)

int main(void)
{
        const struct CMUnitTest tests[] = {
                TEST(every_limit_in_its_order),  TEST(the_first_failure_ends_it),
                TEST(a_file_that_is_not_there),  TEST(max_waits_for_the_use),
                TEST(a_use_that_cannot_be_read), TEST(deadly_orders_are_not_carried_out),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
