/* SPDX-License-Identifier: Apache-2.0 */

/* Rows carried out by threads: each comes back once, whatever another is waiting for. Nothing is measured but that nobody was
 * impatient. */

#include "plimsoll/host/write.h"

#include "write_rig.h"

/* ---- allocations ---- */

static atomic_int allocation_count;

void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *pointer, size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *pointer, size_t size);

void *__wrap_malloc(size_t size)
{
        atomic_fetch_add(&allocation_count, 1);
        return __real_malloc(size);
}

void *__wrap_calloc(size_t count, size_t size)
{
        atomic_fetch_add(&allocation_count, 1);
        return __real_calloc(count, size);
}

void *__wrap_realloc(void *pointer, size_t size)
{
        atomic_fetch_add(&allocation_count, 1);
        return __real_realloc(pointer, size);
}

/* ---- what happens between two looks of the caller ---- */

static void (*before_reading)(int fd); /* called once */

int __real_eventfd_read(int fd, uint64_t *ret_count);
int __wrap_eventfd_read(int fd, uint64_t *ret_count);

int __wrap_eventfd_read(int fd, uint64_t *ret_count)
{
        if (before_reading)
                PL_TAKE_PTR(before_reading)(fd);
        return __real_eventfd_read(fd, ret_count);
}

/* ---- tests ---- */

static void a_row_there_and_back(void **state)
{
        struct pl_write_row row = row_of(UINT64_MAX);

        (void) state;
        assert_false(pl_writers_take(writers, &report));
        assert_int_equal(pl_writers_count(writers), 0);
        add_order(&row, PL_LIMIT_HIGH, PL_MIB, PL_SIZE_MAX);
        add_order(&row, PL_LIMIT_MAX, PL_GIB, 4095);
        add_order(&row, PL_LIMIT_OOM_GROUP, 1, PL_SIZE_MAX);
        put_row(&row);
        assert_int_equal(pl_writers_count(writers), 1);

        must_be_readable(pl_writers_fd(writers));
        assert_int_equal(pl_writers_count(writers), 1);
        assert_true(pl_writers_take(writers, &report));
        assert_int_equal(pl_writers_count(writers), 0);
        assert_false(pl_writers_take(writers, &report));
        assert_false(is_readable());
        assert_int_equal(report.tag, UINT64_MAX);
        assert_int_equal(report.outcome_count, 3);
        assert_int_equal(report.outcomes[0].result, PL_WRITTEN);
        assert_int_equal(report.outcomes[1].result, PL_WRITE_E_USE);
        assert_int_equal(report.outcomes[2].result, PL_WRITE_E_SKIPPED);
        assert_string_equal(drain_log(), "a/memory.high=1048576 ");
}

/* The caller takes one each time he is woken, or all; and is woken as long as there is one. */
static void every_row_comes_back_once(void **state)
{
        enum { ROWS = 3000 };
        static uint8_t seen[ROWS];
        struct test_random random = { 20240611 };
        uint32_t put_count = 0, taken_count = 0;

        (void) state;
        memset(seen, 0, sizeof seen);
        while (taken_count < ROWS) {
                uint64_t burst = test_random_below(&random, 40);

                for (; burst > 0 && put_count < ROWS && put_count - taken_count < 200; burst--)
                        put(put_count++, PL_MIB);
                if (put_count == taken_count)
                        continue;
                must_be_readable(pl_writers_fd(writers));
                for (burst = 1 + test_random_below(&random, 40); burst > 0; burst--) {
                        if (!pl_writers_take(writers, &report))
                                break;
                        assert_true(report.tag < put_count && !seen[report.tag]);
                        seen[report.tag] = 1;
                        taken_count++;
                }
                assert_int_equal(pl_writers_count(writers), put_count - taken_count);
        }
        assert_false(pl_writers_take(writers, &report));
        end(PL_USEC_PER_MINUTE);
        assert_int_equal(test_open_fds(), fds_before);
}

static uint32_t count_reports(void)
{
        uint32_t count;

        (void) pthread_mutex_lock(&writers->mutex);
        count = writers->report_count;
        (void) pthread_mutex_unlock(&writers->mutex);
        return count;
}

static void two_come_back(int fd)
{
        put(1, PL_MIB);
        put(2, PL_MIB);
        must_be_readable(fd);
        for (int i = 0; i < DEADLINE_MSEC && count_reports() < 2; i++)
                (void) poll(NULL, 0, 1);
        assert_int_equal(count_reports(), 2);
}

/* Two come just when he has found nothing and is about to say that he has looked. */
static void no_report_is_overlooked(void **state)
{
        (void) state;
        before_reading = two_come_back;
        assert_true(pl_writers_take(writers, &report));
        assert_true(is_readable());
        assert_true(pl_writers_take(writers, &report));
        assert_false(pl_writers_take(writers, &report));
        assert_false(is_readable());
}

static void one_that_sleeps_holds_up_nobody_else(void **state)
{
        enum { ROWS = 100 };

        (void) state;
        put(ROWS, SLEEPS);
        wait_until_entered(1);
        for (uint64_t tag = 0; tag < ROWS; tag++)
                put(tag, PL_MIB);
        /* By one thread, therefore in their order. */
        for (uint64_t tag = 0; tag < ROWS; tag++)
                assert_int_equal(take(), tag);
        assert_false(pl_writers_take(writers, &report));
        assert_int_equal(pl_writers_count(writers), 1);
        open_gate(1);
        assert_int_equal(take(), ROWS);
        assert_int_equal(report.outcomes[0].result, PL_WRITTEN);
}

/* It comes back by itself, and not before its time. The first signal may have come to nothing, because it came before the
 * write. */
static void reclaim_is_interrupted(void **state)
{
        static const struct {
                int interruptions, error;
                enum pl_write_result result, next;
        } rows[] = {
                { 1, EINTR, PL_WRITE_E_AGAIN, PL_WRITE_E_SKIPPED },
                { 3, EINTR, PL_WRITE_E_AGAIN, PL_WRITE_E_SKIPPED },
                { 1, 0, PL_WRITTEN, PL_WRITTEN },
        };

        (void) state;
        for (uint64_t i = 0; i < PL_ARRAY_LENGTH(rows); i++) {
                uint64_t begun_usec = pl_clock_now_usec();

                interruptions_needed = rows[i].interruptions;
                error_when_interrupted = rows[i].error;
                put_reclaiming(i);
                wait_until_entered(1);
                assert_int_equal(take(), i);
                assert_true(pl_clock_now_usec() - begun_usec >= PL_WRITE_PATIENCE_USEC);
                assert_int_equal(report.outcomes[0].result, rows[i].result);
                assert_int_equal(report.outcomes[0].error, rows[i].error);
                assert_int_equal(report.outcomes[1].result, rows[i].next);
        }
        assert_string_equal(drain_log(), "a/memory.high=116391936 a/memory.swap.max=0 ");
}

/* Patience is with each write anew, and a thread without a row is left in peace. */
static void a_timer_for_each_write(void **state)
{
        struct pl_write_row row = row_of(1);

        (void) state;
        atomic_store(&armings_count, 0);
        add_order(&row, PL_LIMIT_HIGH, PL_MIB, PL_SIZE_MAX);
        add_order(&row, PL_LIMIT_SWAP_MAX, 0, PL_SIZE_MAX);
        put_row(&row);
        put(2, SLEEPS);
        wait_until_entered(1);
        assert_int_equal(take(), 1);
        assert_int_equal(atomic_load(&armings_count), 3);
        assert_int_equal(atomic_load(&armed_count), 1);
        open_gate(1);
        assert_int_equal(take(), 2);
        assert_int_equal(atomic_load(&armed_count), 0);
}

static void no_more_rows_than_there_is_room(void **state)
{
        struct pl_write_row row;
        int fds;

        (void) state;
        put(0, SLEEPS);
        put(1, SLEEPS);
        wait_until_entered(2);
        for (uint64_t tag = 2; tag < PL_WRITE_ROWS_MAX; tag++)
                put(tag, PL_MIB);
        row = row_of(PL_WRITE_ROWS_MAX);
        add_order(&row, PL_LIMIT_HIGH, PL_MIB, PL_SIZE_MAX);
        fds = test_open_fds();
        assert_int_equal(pl_writers_put(writers, &row), PL_WRITERS_E_FULL);
        assert_int_equal(pl_writers_count(writers), PL_WRITE_ROWS_MAX);
        assert_int_equal(test_open_fds(), fds);

        /* What is done and not taken takes up room as well. */
        open_gate(2);
        must_be_readable(pl_writers_fd(writers));
        assert_int_equal(pl_writers_put(writers, &row), PL_WRITERS_E_FULL);
        (void) take();
        put_row(&row);
        for (uint32_t i = 0; i < PL_WRITE_ROWS_MAX; i++)
                (void) take();
        assert_int_equal(pl_writers_count(writers), 0);
}

static void nothing_is_allocated_on_the_way(void **state)
{
        (void) state;
        atomic_store(&allocation_count, 0);
        for (uint64_t tag = 0; tag < PL_WRITE_ROWS_MAX; tag++)
                put(tag, PL_MIB);
        for (uint64_t tag = 0; tag < PL_WRITE_ROWS_MAX; tag++)
                (void) take();
        assert_int_equal(atomic_load(&allocation_count), 0);
        end(PL_USEC_PER_MINUTE);
        assert_int_equal(pl_writers_new(&writers), 0);
        assert_int_equal(atomic_load(&allocation_count), 1); /* the counter counts */
        pl_writers_free(NULL, 0);
}

/* ---- how the threads are ---- */

static uint64_t blocked_signals(const char *status)
{
        const char *line = strstr(status, "\nSigBlk:");

        assert_non_null(line);
        return strtoull(line + strlen("\nSigBlk:"), NULL, 16);
}

/* All that can be, but the one that interrupts. Two below SIGRTMIN are the C library's. */
static uint64_t all_signals_but(int number)
{
        uint64_t mask = 0;

        for (int i = 1; i <= SIGRTMAX; i++)
                if (i != SIGKILL && i != SIGSTOP && i != number && (i <= SIGSYS || i >= SIGRTMIN))
                        mask |= UINT64_C(1) << (i - 1);
        return mask;
}

static void assert_undisturbed(int tasks_fd, const char *task)
{
        char path[64], text[4096];
        _cleanup_close_ int fd = -1;
        ssize_t length;

        assert_true(snprintf(path, sizeof path, "%s/status", task) < (int) sizeof path);
        fd = openat(tasks_fd, path, O_RDONLY | O_CLOEXEC);
        length = read(fd, text, sizeof text - 1);
        assert_true(length > 0);
        text[length] = '\0';
        assert_int_equal(blocked_signals(text), all_signals_but(SIGURG));
}

static void threads_have_a_name_and_no_signals(void **state)
{
        DIR *directory = opendir("/proc/self/task");
        const struct dirent *entry;
        sigset_t own;

        (void) state;
        assert_int_equal(count_writers(), PL_WRITE_THREADS);
        assert_non_null(directory);
        while ((entry = readdir(directory)))
                if (is_writer(dirfd(directory), entry->d_name))
                        assert_undisturbed(dirfd(directory), entry->d_name);
        (void) closedir(directory);
        assert_int_equal(pthread_sigmask(SIG_SETMASK, NULL, &own), 0);
        assert_int_equal(sigismember(&own, SIGTERM), 0);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int main(void)
{
        const struct CMUnitTest tests[] = {
                TEST(a_row_there_and_back),
                TEST(every_row_comes_back_once),
                TEST(no_report_is_overlooked),
                TEST(one_that_sleeps_holds_up_nobody_else),
                TEST(reclaim_is_interrupted),
                TEST(a_timer_for_each_write),
                TEST(no_more_rows_than_there_is_room),
                TEST(nothing_is_allocated_on_the_way),
                TEST(threads_have_a_name_and_no_signals),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
