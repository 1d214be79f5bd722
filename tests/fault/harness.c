/* SPDX-License-Identifier: Apache-2.0 */

/* The harness itself: it has to let fail what it is told to, and to notice what is planted here. */

#include "fault/check.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "plimsoll/base/macro.h"

static int descriptor = -1;
static void *memory;

/* Opens, then allocates, and forgets the one when the other fails. */
static bool leaks_a_descriptor(void *userdata)
{
        (void) userdata;
        descriptor = openat(AT_FDCWD, "/dev/null", O_RDONLY | O_CLOEXEC);
        if (descriptor < 0)
                return true;
        memory = malloc(16);
        if (!memory)
                return true;
        free(memory);
        memory = NULL;
        pl_cleanup_close(&descriptor);
        return true;
}

static bool leaks_memory(void *userdata)
{
        (void) userdata;
        memory = malloc(16);
        if (!memory)
                return true;
        descriptor = openat(AT_FDCWD, "/dev/null", O_RDONLY | O_CLOEXEC);
        if (descriptor < 0)
                return true;
        pl_cleanup_close(&descriptor);
        free(memory);
        return true;
}

/* Takes a short read for the end of the file. */
static bool trusts_read(void *userdata)
{
        _cleanup_close_ int fd = openat(AT_FDCWD, "/dev/zero", O_RDONLY | O_CLOEXEC);
        char bytes[64];
        ssize_t count = fd < 0 ? -1 : read(fd, bytes, sizeof bytes);

        (void) userdata;
        return count < 0 || count == sizeof bytes;
}

static void expect_complaint(pl_fault_function function, const char *words)
{
        char buffer[256];
        struct pl_text complaint;

        pl_text_init(&complaint, buffer, sizeof buffer);
        assert_false(pl_fault_each(function, NULL, &complaint));
        assert_string_equal(buffer, words);
}

static void notices_a_leaked_descriptor(void **state)
{
        (void) state;
        expect_complaint(leaks_a_descriptor,
                         "call 1 of malloc, ENOMEM: a descriptor is left behind");
        pl_cleanup_close(&descriptor);
}

static void notices_leaked_memory(void **state)
{
        (void) state;
        expect_complaint(leaks_memory, "call 1 of openat, ENOENT: memory is left behind");
        free(memory);
}

static void notices_a_broken_promise(void **state)
{
        (void) state;
        expect_complaint(trusts_read, "call 1 of read, short: a promise is broken");
}

/* Through a volatile pointer, because compilers drop an allocation that is released unused. */
static void give_back(void *volatile pointer)
{
        free(pointer);
}

static bool owns_nothing(void *userdata)
{
        unsigned *struck = userdata;

        give_back(strdup("x"));
        give_back(realloc(NULL, 8));
        give_back(calloc(2, 8));
        give_back(reallocarray(NULL, 2, 8));
        *struck += pl_fault_struck();
        return true;
}

static void runs_until_nothing_strikes(void **state)
{
        unsigned struck = 0;

        (void) state;
        survives_every_fault(owns_nothing, &struck);
        assert_int_equal(struck, 4); /* strdup, realloc, calloc, reallocarray */
}

static void strikes_the_nth_call_once(void **state)
{
        (void) state;
        pl_fault_arm(PL_FAULT_malloc, 2, ENOMEM);
        for (int i = 1; i <= 3; i++) {
                void *volatile pointer;

                errno = 0;
                pointer = malloc(8);
                assert_int_equal(pointer == NULL, i == 2);
                assert_int_equal(errno, i == 2 ? ENOMEM : 0);
                assert_int_equal(pl_fault_struck(), i >= 2);
                free(pointer);
        }
        assert_int_equal(pl_fault_calls(PL_FAULT_malloc), 3);
        assert_int_equal(pl_fault_calls(PL_FAULT_calloc), 0);
        pl_fault_disarm();
        assert_null(pl_fault_armed());
}

static void counts_memory(void **state)
{
        size_t before = pl_fault_allocations();
        void *volatile pointer;

        (void) state;
        pl_fault_arm(PL_FAULT_poll, 1, EINTR);
        pointer = calloc(1, 1000000);
        assert_non_null(pointer);
        assert_int_equal(pl_fault_allocations(), before + 1);
        pointer = realloc(pointer, 2000000);
        assert_non_null(pointer);
        assert_int_equal(pl_fault_allocations(), before + 1);
        free(pointer);
        assert_int_equal(pl_fault_allocations(), before);
        assert_true(pl_fault_peak_bytes() >= 2000000);
        pl_fault_disarm();
}

static void every_descriptor_call_is_wrapped(void **state)
{
        char bytes[8];
        int fd;

        (void) state;
        pl_fault_arm(PL_FAULT_poll, 1, EINTR);
        fd = openat(AT_FDCWD, "/dev/zero", O_RDWR | O_CLOEXEC);
        assert_true(fd >= 0);
        assert_int_equal(read(fd, bytes, sizeof bytes), sizeof bytes);
        assert_int_equal(pread(fd, bytes, sizeof bytes, 0), sizeof bytes);
        assert_int_equal(write(fd, bytes, sizeof bytes), sizeof bytes);
        assert_true(fcntl(fd, F_GETFD) >= 0);
        assert_int_equal(ftruncate(fd, 0), -1);
        assert_int_equal(close(fd), 0);
        assert_int_equal(pl_fault_calls(PL_FAULT_openat), 1);
        assert_int_equal(pl_fault_calls(PL_FAULT_read), 1);
        assert_int_equal(pl_fault_calls(PL_FAULT_pread), 1);
        assert_int_equal(pl_fault_calls(PL_FAULT_write), 1);
        assert_int_equal(pl_fault_calls(PL_FAULT_fcntl), 1);
        assert_int_equal(pl_fault_calls(PL_FAULT_ftruncate), 1);
        assert_int_equal(pl_fault_calls(PL_FAULT_close), 1);
        pl_fault_disarm();
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(notices_a_leaked_descriptor),
                cmocka_unit_test(notices_leaked_memory),
                cmocka_unit_test(notices_a_broken_promise),
                cmocka_unit_test(runs_until_nothing_strikes),
                cmocka_unit_test(strikes_the_nth_call_once),
                cmocka_unit_test(counts_memory),
                cmocka_unit_test(every_descriptor_call_is_wrapped),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
