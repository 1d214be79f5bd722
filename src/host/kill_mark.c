/* SPDX-License-Identifier: Apache-2.0 */

/* systemd looks at two attributes of a unit's cgroup when one of its processes dies: `user.oomd_ooms`, the number of times
 * that a user-space killer has killed in it, and `user.oomd_kill`, how many processes it was. When the first has risen, the
 * unit's result is oom-kill, and the second is said in the log (unit_check_oomd_kill(), src/core/unit.c, 252 and 257). It may
 * look as soon as the first process is dead, so both are written before the kill, and taken back if there was none. The
 * names are systemd-oomd's; there are no others that systemd reads.
 *
 * Our own attribute says who holds a cgroup still. It is there before cgroup.freeze is written and is taken away after it
 * was written back, so that whoever comes after a crash never finds a cgroup that is frozen by us without it. What is frozen
 * without it is somebody else's: a paused container.
 */

#include <errno.h>
#include <string.h>
#include <sys/xattr.h>

#include "kill_internal.h"
#include "plimsoll/base/assert.h"
#include "plimsoll/base/text.h"

static const char kills_name[] = "user.oomd_ooms";
static const char processes_name[] = "user.oomd_kill";
static const char held_name[] = "user.plimsoll.held";

enum { NUMBER_MAX = 32 }; /* 20 digits, and what somebody else may write behind them */

/* 0 where there is none, or none that can be read. */
static uint64_t read_number(int cgroup_fd, const char *name)
{
        char text[NUMBER_MAX];
        ssize_t length = fgetxattr(cgroup_fd, name, text, sizeof text);
        uint64_t value;

        if (length <= 0 || pl_span_to_u64(pl_span(text, (size_t) length), &value) != 0)
                return 0;
        return value;
}

static int write_number(int cgroup_fd, const char *name, uint64_t value)
{
        char buffer[NUMBER_MAX];
        struct pl_text text;

        pl_text_init(&text, buffer, sizeof buffer);
        pl_text_add_u64(&text, value);
        pl_assert(!text.cut && text.length > 0);
        return fsetxattr(cgroup_fd, name, text.data, text.length, 0) < 0 ? pl_file_outcome(errno)
                                                                         : 0;
}

static void put_back(int cgroup_fd, const char *name, uint64_t value)
{
        if (value == 0)
                (void) fremovexattr(cgroup_fd, name);
        else
                (void) write_number(cgroup_fd, name, value);
}

void pl_kill_mark_set(int cgroup_fd, uint64_t process_count, struct pl_kill_mark *mark)
{
        pl_assert(cgroup_fd >= 0);
        pl_assert(mark && !mark->is_set);

        mark->kills_before = read_number(cgroup_fd, kills_name);
        mark->processes_before = read_number(cgroup_fd, processes_name);
        if (mark->kills_before == UINT64_MAX || mark->processes_before > UINT64_MAX - process_count)
                return;
        /* First what is read last. */
        (void) write_number(cgroup_fd, processes_name, mark->processes_before + process_count);
        (void) write_number(cgroup_fd, kills_name, mark->kills_before + 1);
        mark->is_set = true;
}

void pl_kill_mark_undo(int cgroup_fd, struct pl_kill_mark *mark)
{
        pl_assert(cgroup_fd >= 0);
        pl_assert(mark && mark->is_set);

        put_back(cgroup_fd, kills_name, mark->kills_before);
        put_back(cgroup_fd, processes_name, mark->processes_before);
        mark->is_set = false;
}

/* ---- holding still ---- */

/* ENODATA: it is not there. A kernel before 5.7 has none there, and so none of ours. */
int pl_kill_is_ours(int cgroup_fd, bool *ret_ours)
{
        char value;

        pl_assert(cgroup_fd >= 0);
        pl_assert(ret_ours);

        *ret_ours = false;
        if (fgetxattr(cgroup_fd, held_name, &value, sizeof value) >= 0 || errno == ERANGE)
                *ret_ours = true;
        else if (errno != ENODATA && errno != EOPNOTSUPP)
                return pl_file_outcome(errno);
        return 0;
}

/* Whether the cgroup itself was asked to stand still, whoever may hold one above it. */
static int read_asked(int cgroup_fd, struct pl_file_buffer *buffer, bool *ret_asked)
{
        uint64_t value;
        int r = pl_cgroup_read(cgroup_fd, "cgroup.freeze", buffer);

        if (r == 0)
                r = pl_file_parse_u64(pl_file_span(buffer), &value);
        if (r == 0)
                *ret_asked = value != 0;
        return r;
}

/* One above it that is frozen freezes this one, too, and then it is not ours to hold. */
static int refuse_foreign(int cgroup_fd, struct pl_file_buffer *buffer)
{
        struct pl_cgroup_events events;
        bool is_asked = false;
        int r = read_asked(cgroup_fd, buffer, &is_asked);

        if (r == 0)
                r = pl_cgroup_read_events(cgroup_fd, buffer, &events);
        if (r != 0)
                return r;
        return is_asked || events.frozen != 0 ? PL_KILLER_E_FOREIGN : 0;
}

int pl_kill_hold(int cgroup_fd, struct pl_file_buffer *buffer)
{
        bool is_ours;
        int r = pl_kill_is_ours(cgroup_fd, &is_ours);

        if (r == 0 && !is_ours)
                r = refuse_foreign(cgroup_fd, buffer);
        if (r == 0 && !is_ours)
                r = write_number(cgroup_fd, held_name, 1);
        if (r != 0)
                return r;
        r = pl_cgroup_freeze(cgroup_fd, true);
        if (r != 0 && !is_ours) {
                int error = errno;

                (void) fremovexattr(cgroup_fd, held_name);
                errno = error;
        }
        return r;
}

int pl_kill_thaw(int cgroup_fd, struct pl_file_buffer *buffer)
{
        bool is_ours, is_asked = false;
        int r = pl_kill_is_ours(cgroup_fd, &is_ours);

        pl_assert(buffer);

        if (r != 0)
                return r;
        if (!is_ours) {
                r = read_asked(cgroup_fd, buffer, &is_asked);
                return r == 0 && is_asked ? PL_KILLER_E_FOREIGN : r;
        }
        r = pl_cgroup_freeze(cgroup_fd, false);
        if (r == 0)
                (void) fremovexattr(cgroup_fd, held_name);
        return r;
}
