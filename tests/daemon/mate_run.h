/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Real mates, told of real journals, with a journald of ours. Nothing waits for a time: what has to come is waited for, and
 * what must not come is looked for when something behind it has come.
 */

#include "daemon/mate.h"

#include <sched.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/wait.h>

#include <linux/sockios.h>

#include "journald_fake.h"
#include "plimsoll/model/note.h"

/* As long as a test takes, at most; then only a mate that waits for ever is left. */
#define PATIENCE_USEC (60 * PL_USEC_PER_SEC)

static struct pl_mate mate = PL_MATE_NONE;
static struct pl_journal_writer writer = { .lock_fd = -1 };

static inline int run_set_up(void **state)
{
        (void) place_clear(state);
        (void) fake_address();
        (void) alarm(100); /* of the test's 120 seconds */
        return 0;
}

static inline int run_tear_down(void **state)
{
        (void) state;
        pl_mate_stop(&mate, 0);
        pl_journal_writer_close(&writer);
        writer.lock_fd = -1;
        fake_close();
        return 0;
}

/* ---- a daemon ---- */

static inline void start(uint64_t silence_usec)
{
        const struct pl_mate_options options = {
                .journald_path = fake.path,
                .silence_usec = silence_usec ? silence_usec : PATIENCE_USEC,
                .proc = place_path, /* where nothing of a host is */
                .cgroup_root = place_path,
        };

        assert_int_equal(pl_mate_start(&options, &mate), 0);
}

static inline int show(const char *name, uint64_t from)
{
        _cleanup_close_ int fd = openat(place_fd, name, O_RDONLY | O_CLOEXEC);

        assert_true(fd >= 0);
        return pl_mate_show(&mate, fd, from);
}

static inline void put_phase(enum pl_journal_phase phase)
{
        const struct pl_journal_state state = { .pid = (uint32_t) getpid(), .phase = phase };

        pl_journal_put_state(&writer, &state);
}

static inline void begin_journal(void)
{
        writer = place_writer(NULL);
        put_phase(PL_JOURNAL_RUNNING);
        assert_int_equal(show("journal", writer.next[PL_JOURNAL_ACTS]), 0);
}

static inline struct pl_journal_act note(uint64_t value)
{
        return (struct pl_journal_act){ .type = PL_JOURNAL_NOTE,
                                        .at_usec = pl_clock_now_usec(),
                                        .note.code = PL_NOTE_ROWS,
                                        .note.value = value };
}

static inline void write_notes(uint64_t count)
{
        for (uint64_t i = 0; i < count; i++) {
                const struct pl_journal_act act = note(i);

                pl_journal_write_act(&writer, &act);
        }
        pl_mate_wake(&mate);
}

/* ---- what is seen of the mate ---- */

static inline void assert_news(const char *type)
{
        fake_receive();
        assert_field("PLIMSOLL_TYPE", type);
}

static inline void assert_notes(uint64_t first, uint64_t count)
{
        for (uint64_t i = 0; i < count; i++) {
                assert_news("note");
                assert_int_equal(fake_number("PLIMSOLL_SEQUENCE"), first + i);
        }
}

/* Until it has taken every order, and one more: then it is done with those before. */
static inline void wait_until_it_listened(void)
{
        for (int i = 0; i < 2; i++) {
                int unread_bytes = 1;

                pl_mate_wake(&mate);
                while (unread_bytes > 0) {
                        (void) sched_yield();
                        assert_int_equal(ioctl(mate.socket_fd, SIOCOUTQ, &unread_bytes), 0);
                }
        }
}

#define RUN_TEST(function) cmocka_unit_test_setup_teardown(function, run_set_up, run_tear_down)
