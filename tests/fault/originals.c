/* SPDX-License-Identifier: Apache-2.0 */

/* The log while calls fail: an error that says which, nothing that is half there, and what was noted before is noted
 * afterwards, for this process and for the next.
 */

#include "fault/check.h"

#include <errno.h>
#include <string.h>

#include "fault/directory.h"
#include "host/originals_internal.h"

enum { FIRST = 1, SECOND, THIRD };

static const uint8_t boot[16] = "our own boot", other_boot[16] = "another boot";
static struct pl_originals originals;

static int open_log(void)
{
        struct pl_originals_opened opened;

        return pl_originals_open(&originals, directory_fd, boot, &opened);
}

static int note(uint64_t id, uint64_t before)
{
        const struct pl_original_name name = { .id = id };
        struct pl_limits limits = {};

        pl_limits_put(&limits, PL_LIMIT_MAX, before);
        return pl_originals_note_limits(&originals, &name, &limits);
}

/* 0: nothing. */
static uint64_t noted(uint64_t id)
{
        const struct pl_original_cgroup *cgroup = pl_originals_find_cgroup(&originals, id);

        return cgroup ? cgroup->before.values[PL_LIMIT_MAX] : 0;
}

/* Something struck, and it is what the call comes to. */
static bool is_excused(int r)
{
        if (!pl_fault_struck())
                return false;
        if (pl_fault_armed()->error == ENOSPC)
                return r == PL_ORIGINALS_E_NO_SPACE;
        if (pl_fault_armed()->error == EACCES)
                return r == PL_ORIGINALS_E_DENIED;
        return is_armed_error(r);
}

static void remove_all(void)
{
        (void) unlinkat(directory_fd, PL_ORIGINALS_NAME, 0);
        (void) unlinkat(directory_fd, PL_ORIGINALS_NAME_NEW, 0);
        (void) unlinkat(directory_fd, PL_ORIGINALS_NAME_OLD, 0);
}

/* As a daemon leaves it, with half a record at its end as one that was killed. */
static void leave_log(const uint8_t boot_id[16])
{
        struct pl_originals_opened opened;

        remove_all();
        pl_assert(pl_originals_open(&originals, directory_fd, boot_id, &opened) == 0);
        pl_assert(note(FIRST, 100) == 0);
        pl_assert(pl_fd_write_all(originals.fd, pl_span("half", 4)) == 0);
        pl_originals_close(&originals);
}

/* Without a fault the next one reads this, and can note more. */
static bool next_reads(uint64_t first, uint64_t second)
{
        struct pl_originals_opened opened;
        bool good = pl_originals_open(&originals, directory_fd, boot, &opened) == 0;

        if (!good)
                return false;
        good = opened.spoilt_count == 0 && noted(FIRST) == first && noted(SECOND) == second &&
               faccessat(directory_fd, PL_ORIGINALS_NAME_NEW, F_OK, 0) < 0 && note(THIRD, 300) == 0;
        pl_originals_close(&originals);
        return good;
}

static bool begins(void *userdata)
{
        int r = open_log();
        bool good = r == 0 || is_excused(r);

        (void) userdata;
        if (r == 0)
                pl_originals_close(&originals);
        pl_fault_disarm();
        good = good && next_reads(0, 0);
        remove_all();
        return good;
}

static bool goes_on(void *userdata)
{
        const bool absent = pl_fault_armed()->call == PL_FAULT_openat &&
                            pl_fault_armed()->error == ENOENT;
        int r = open_log();
        bool good = r == 0 ? noted(FIRST) == 100 || (absent && pl_fault_struck()) : is_excused(r);

        (void) userdata;
        if (r == 0)
                pl_originals_close(&originals);
        pl_fault_disarm();
        /* A kernel that says that there is no file is believed. */
        good = good && ((absent && pl_fault_struck()) || next_reads(100, 0));
        leave_log(boot);
        return good;
}

static bool puts_aside(void *userdata)
{
        int r = open_log();
        bool good = (r == 0 && noted(FIRST) == 0) || is_excused(r);

        (void) userdata;
        if (r == 0)
                pl_originals_close(&originals);
        pl_fault_disarm();
        good = good && next_reads(0, 0);
        leave_log(other_boot);
        return good;
}

/* What came to 0 is noted and what came to anything else is not, here and for the next one. */
static bool notes(void *userdata)
{
        int r, opened = open_log();
        bool good;

        (void) userdata;
        /* A fault that strikes so early is another test's. */
        if (opened != 0 || pl_fault_struck()) {
                if (opened == 0)
                        pl_originals_close(&originals);
                leave_log(boot);
                return true;
        }
        r = note(SECOND, 200);
        good = (r == 0 || is_excused(r)) && noted(SECOND) == (r == 0 ? 200 : 0);
        pl_fault_disarm();
        pl_originals_close(&originals);
        good = good && next_reads(100, r == 0 ? 200 : 0);
        leave_log(boot);
        return good;
}

static bool drops(void *userdata)
{
        int r, opened = open_log();
        bool good;

        (void) userdata;
        if (opened != 0 || pl_fault_struck()) {
                if (opened == 0)
                        pl_originals_close(&originals);
                leave_log(boot);
                return true;
        }
        r = pl_originals_drop_cgroup(&originals, FIRST);
        good = (r == 0 || is_excused(r)) && noted(FIRST) == (r == 0 ? 0 : 100);
        /* The same one goes on, whatever is left of what failed. */
        pl_fault_disarm();
        good = good && note(SECOND, 200) == 0;
        pl_originals_close(&originals);
        good = good && next_reads(r == 0 ? 0 : 100, 200);
        leave_log(boot);
        return good;
}

/* Failing to write it anew is nobody's failure: the old one goes on. */
static bool rewrites(void *userdata)
{
        int r;
        bool good;

        (void) userdata;
        r = open_log();
        if (r != 0 || pl_fault_struck()) {
                if (r == 0)
                        pl_originals_close(&originals);
                leave_log(boot);
                return true;
        }
        r = pl_originals_rewrite(&originals);
        good = (r == 0 || is_excused(r)) && noted(FIRST) == 100;
        pl_fault_disarm();
        good = good && note(SECOND, 200) == 0;
        pl_originals_close(&originals);
        good = good && next_reads(100, 200);
        leave_log(boot);
        return good;
}

static void opened_for_a_fault(void **state)
{
        (void) state;
        remove_all();
        survives_every_fault(begins, NULL);
        leave_log(boot);
        survives_every_fault(goes_on, NULL);
        leave_log(other_boot);
        survives_every_fault(puts_aside, NULL);
        remove_all();
}

static void changed_for_a_fault(void **state)
{
        (void) state;
        leave_log(boot);
        survives_every_fault(notes, NULL);
        survives_every_fault(drops, NULL);
        survives_every_fault(rewrites, NULL);
        remove_all();
}

/* Half a record that cannot even be taken back. The next one is not written behind it. */
static void half_a_record_stays(void **state)
{
        (void) state;
        leave_log(boot);
        pl_assert(open_log() == 0);
        pl_fault_arm(PL_FAULT_write, 1, PL_FAULT_SHORT);
        pl_assert(write(originals.fd, "1234", 4) == 2);
        pl_fault_disarm();
        originals.torn = true;
        pl_fault_arm(PL_FAULT_ftruncate, 1, ENOSPC);
        assert_int_equal(note(SECOND, 200), PL_ORIGINALS_E_NO_SPACE);
        assert_int_equal(noted(SECOND), 0);
        pl_fault_disarm();
        assert_int_equal(note(SECOND, 200), 0);
        pl_originals_close(&originals);
        assert_true(next_reads(100, 200));
        remove_all();
}

/* As long as there is no room to write the log anew, it is not tried at every call; and when there is, it is done. */
static void no_room_to_rewrite(void **state)
{
        uint64_t opens = 0, largest = 0;

        (void) state;
        leave_log(boot);
        pl_assert(open_log() == 0);
        for (uint64_t i = 0; originals.end_bytes < 4 * PL_ORIGINALS_REWRITE_BYTES; i++) {
                pl_fault_arm(PL_FAULT_openat, 1, ENOSPC);
                if (i % 2 == 0)
                        assert_int_equal(note(SECOND, i + 1), 0);
                else
                        assert_int_equal(pl_originals_drop_cgroup(&originals, SECOND), 0);
                opens += pl_fault_struck();
                pl_fault_disarm();
        }
        /* Each time the file has grown by a quarter. */
        assert_in_range(opens, 4, 12);
        for (uint64_t i = 0; originals.end_bytes >= largest; i++) {
                largest = originals.end_bytes;
                assert_true(largest < 6 * PL_ORIGINALS_REWRITE_BYTES);
                (void) note(SECOND, i + 1);
                assert_int_equal(pl_originals_drop_cgroup(&originals, SECOND), 0);
        }
        assert_true(originals.end_bytes < PL_ORIGINALS_REWRITE_BYTES);
        pl_originals_close(&originals);
        assert_true(next_reads(100, 0));
        remove_all();
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(opened_for_a_fault),
                cmocka_unit_test(changed_for_a_fault),
                cmocka_unit_test(half_a_record_stays),
                cmocka_unit_test(no_room_to_rewrite),
        };

        return cmocka_run_group_tests(tests, directory_set_up, directory_tear_down);
}
