/* SPDX-License-Identifier: Apache-2.0 */

#include "mate_hold.h"

#include <errno.h>

#include <unistd.h>

#include "mate_watch.h"
#include "plimsoll/base/assert.h"
#include "plimsoll/base/macro.h"
#include "plimsoll/host/kill.h"

static struct pl_mate_held *find(struct pl_mate_holds *holds, uint64_t id)
{
        for (size_t i = 0; i < PL_MATE_HELD_MAX; i++)
                if (holds->held[i].id == id)
                        return &holds->held[i];
        return NULL;
}

static void forget(struct pl_mate_held *held)
{
        (void) close(held->fd);
        *held = (struct pl_mate_held){ .fd = -1 };
}

bool pl_mate_holds_add(struct pl_mate_holds *holds, uint64_t id, int cgroup_fd,
                       uint64_t deadline_usec)
{
        struct pl_mate_held *held = find(holds, id);

        pl_assert(id != 0 && cgroup_fd >= 0);

        if (held)
                forget(held);
        else
                held = find(holds, 0);
        if (!held) {
                (void) close(cgroup_fd);
                return false;
        }
        *held = (struct pl_mate_held){ id, cgroup_fd, deadline_usec };
        if (deadline_usec < UINT64_MAX - PL_MATE_HOLD_SLACK_USEC)
                held->due_usec += PL_MATE_HOLD_SLACK_USEC;
        return true;
}

void pl_mate_holds_drop(struct pl_mate_holds *holds, uint64_t id)
{
        struct pl_mate_held *held = find(holds, id);

        pl_assert(id != 0);

        if (held)
                forget(held);
}

uint64_t pl_mate_holds_next_usec(const struct pl_mate_holds *holds)
{
        uint64_t next_usec = UINT64_MAX;

        for (size_t i = 0; i < PL_MATE_HELD_MAX; i++)
                if (holds->held[i].id != 0)
                        next_usec = PL_MIN(next_usec, holds->held[i].due_usec);
        return next_usec;
}

/* Whether it was asked to stand still, and by us; also where only the latter can be read. Who is somebody else's has not to be
 * let go, nor has anybody before Linux 5.2. PL_FILE_E_GONE: it is gone. */
static int is_held(const struct pl_mate_held *held, struct pl_file_buffer *buffer, bool *ret_held)
{
        bool is_ours = false;
        uint64_t value = 0;
        int r = pl_kill_is_ours(held->fd, &is_ours);

        if (r == 0)
                r = pl_cgroup_read(held->fd, "cgroup.freeze", buffer);
        if (r == 0)
                r = pl_file_parse_u64(pl_file_span(buffer), &value);
        *ret_held = is_ours && (r != 0 || value != 0);
        return r == PL_FILE_E_ABSENT && !is_ours ? 0 : r;
}

/* The daemon may be about to freeze it: the mark is its own to take away, for who is frozen without it is nobody's of ours. */
static int let_go(const struct pl_mate_held *held, struct pl_file_buffer *buffer,
                  uint32_t *ret_count)
{
        bool was_held = false;
        int r = is_held(held, buffer, &was_held);

        if (was_held && r != PL_FILE_E_GONE)
                r = pl_cgroup_freeze(held->fd, false);
        *ret_count += r == 0 && was_held;
        return r;
}

/* 0: it is not held by us, or not any more, and has no mark; else it is to be tried again. */
static int release(const struct pl_mate_held *held, struct pl_file_buffer *buffer,
                   uint32_t *ret_count)
{
        bool was_held = false;
        int r = is_held(held, buffer, &was_held);

        if (r != PL_FILE_E_GONE)
                r = pl_kill_thaw(held->fd, buffer);
        *ret_count += r == 0 && was_held;
        return r == PL_KILLER_E_FOREIGN || (r == PL_FILE_E_ABSENT && !was_held) ? 0 : r;
}

uint32_t pl_mate_holds_expire(struct pl_mate_holds *holds, uint64_t now_usec,
                              struct pl_file_buffer *buffer)
{
        uint32_t count = 0;

        for (size_t i = 0; i < PL_MATE_HELD_MAX; i++) {
                struct pl_mate_held *held = &holds->held[i];

                if (held->id == 0 || held->due_usec > now_usec)
                        continue;
                /* Again and again until the daemon says that it is over: it may have stood still between telling of a freeze and
                 * the freeze itself. */
                held->due_usec = let_go(held, buffer, &count) == PL_FILE_E_GONE
                                         ? UINT64_MAX
                                         : now_usec + PL_MATE_TICK_USEC;
        }
        return count;
}

uint32_t pl_mate_holds_release(struct pl_mate_holds *holds, struct pl_file_buffer *buffer)
{
        uint32_t count = 0;

        for (size_t i = 0; i < PL_MATE_HELD_MAX; i++) {
                int r = holds->held[i].id != 0 ? release(&holds->held[i], buffer, &count) : EAGAIN;

                if (r == 0 || r == PL_FILE_E_GONE)
                        forget(&holds->held[i]);
        }
        return count;
}

bool pl_mate_holds_any(const struct pl_mate_holds *holds)
{
        for (size_t i = 0; i < PL_MATE_HELD_MAX; i++)
                if (holds->held[i].id != 0)
                        return true;
        return false;
}
