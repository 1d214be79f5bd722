/* SPDX-License-Identifier: Apache-2.0 */

/* The kernel prints two lines, "some" and "full", of four key=value pairs. Averages are percentages with two decimals,
 * refreshed every two seconds, which is too late for us: what decides is the growth of `total` between two readings. The
 * averages are kept because people know them.
 *
 * A line's pairs are collected in a bitmask, so that a missing or repeated key is an error and not a silent zero: an
 * unread pressure must never look like a calm one.
 */

#include "plimsoll/kernel/psi.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <poll.h>
#include <unistd.h>

#include "plimsoll/base/assert.h"
#include "plimsoll/base/macro.h"
#include "plimsoll/base/text.h"
#include "plimsoll/kernel/capability.h"

/* What the kernel copies of a trigger's words: char buf[32] in psi_write(), kernel/sched/psi.c, 6.1. */
enum { TRIGGER_WORDS_MAX = 32 };

enum { HAVE_AVG10 = 1, HAVE_AVG60 = 2, HAVE_AVG300 = 4, HAVE_TOTAL = 8, HAVE_ALL = 15 };

static int parse_average(struct pl_span pair, const char *key, unsigned bit, unsigned *have,
                         uint32_t *ret_permyriad)
{
        if (!pl_span_equals(pl_span_until(&pair, '='), key))
                return PL_FILE_E_ABSENT;
        if (*have & bit || pl_span_to_permyriad(pair, ret_permyriad) != 0)
                return PL_FILE_E_MALFORMED;
        *have |= bit;
        return 0;
}

static int parse_total(struct pl_span pair, unsigned *have, uint64_t *ret_usec)
{
        if (!pl_span_equals(pl_span_until(&pair, '='), "total") || *have & HAVE_TOTAL)
                return PL_FILE_E_MALFORMED;
        *have |= HAVE_TOTAL;
        return pl_span_to_u64(pair, ret_usec) == 0 ? 0 : PL_FILE_E_MALFORMED;
}

static int parse_pair(struct pl_span pair, struct pl_psi_line *line, unsigned *have)
{
        int r = parse_average(pair, "avg10", HAVE_AVG10, have, &line->avg10_permyriad);

        if (r == PL_FILE_E_ABSENT)
                r = parse_average(pair, "avg60", HAVE_AVG60, have, &line->avg60_permyriad);
        if (r == PL_FILE_E_ABSENT)
                r = parse_average(pair, "avg300", HAVE_AVG300, have, &line->avg300_permyriad);
        if (r == PL_FILE_E_ABSENT)
                r = parse_total(pair, have, &line->total_usec);
        return r;
}

static int parse_line(struct pl_span text, const char *name, struct pl_psi_line *ret_line)
{
        struct pl_psi_line line = {};
        unsigned have = 0;

        if (!pl_span_equals(pl_span_until(&text, ' '), name))
                return PL_FILE_E_MALFORMED;
        while (!pl_span_empty(text))
                if (parse_pair(pl_span_until(&text, ' '), &line, &have) != 0)
                        return PL_FILE_E_MALFORMED;
        if (have != HAVE_ALL)
                return PL_FILE_E_MALFORMED;

        *ret_line = line;
        return 0;
}

int pl_psi_parse(struct pl_span text, struct pl_psi *ret_psi)
{
        struct pl_psi psi;

        pl_assert(ret_psi);

        /* Without its last newline the file was cut, and the last total with it. */
        if (!pl_span_ends_with(text, "\n"))
                return PL_FILE_E_MALFORMED;
        if (parse_line(pl_span_until(&text, '\n'), "some", &psi.some) != 0 ||
            parse_line(pl_span_until(&text, '\n'), "full", &psi.full) != 0 || !pl_span_empty(text))
                return PL_FILE_E_MALFORMED;

        *ret_psi = psi;
        return 0;
}

int pl_psi_read_again(int fd, struct pl_file_buffer *buffer, struct pl_psi *ret_psi)
{
        int r = pl_file_read_again(fd, buffer);

        pl_assert(ret_psi);

        return r == 0 ? pl_psi_parse(pl_file_span(buffer), ret_psi) : r;
}

int pl_psi_read(int dir_fd, const char *name, struct pl_file_buffer *buffer, struct pl_psi *ret_psi)
{
        int r = pl_file_read(dir_fd, name, buffer);

        pl_assert(ret_psi);

        return r == 0 ? pl_psi_parse(pl_file_span(buffer), ret_psi) : r;
}

static int open_and_arm(int dir_fd, const char *name, struct pl_span words, int *ret_fd)
{
        _cleanup_close_ int fd = -1;
        ssize_t count;

        pl_assert(words.data[words.length - 1] == '\n');

        fd = openat(dir_fd, name, O_RDWR | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
        if (fd < 0)
                return pl_file_outcome(errno);
        count = write(fd, words.data, words.length);
        if (count < 0)
                return pl_file_outcome(errno);
        if ((size_t) count != words.length)
                return -EIO;

        *ret_fd = PL_TAKE_FD(fd);
        return 0;
}

int pl_psi_trigger_open(int dir_fd, const char *name, struct pl_psi_trigger trigger, int *ret_fd)
{
        char buffer[TRIGGER_WORDS_MAX];
        struct pl_text words;
        bool lowered = false;
        int r = 0, r2;

        pl_assert(name);
        pl_assert(ret_fd);
        pl_assert(trigger.stall_usec > 0);
        pl_assert(trigger.stall_usec <= trigger.window_usec);

        pl_text_init(&words, buffer, sizeof buffer);
        /* The newline is needed: of what is written to /proc/pressure the kernel overwrites the last byte with a NUL
         * (psi_write(), kernel/sched/psi.c, 6.1), and a window would lose its last digit. */
        pl_text_addf(&words, "%s %llu %llu\n", trigger.full ? "full" : "some",
                     (unsigned long long) trigger.stall_usec,
                     (unsigned long long) trigger.window_usec);
        if (words.cut)
                return PL_FILE_E_REFUSED;

        if (trigger.unprivileged)
                r = pl_capability_lower(CAP_SYS_RESOURCE, &lowered);
        if (r < 0)
                return r;
        r = open_and_arm(dir_fd, name, pl_text_span(&words), ret_fd);
        r2 = lowered ? pl_capability_raise(CAP_SYS_RESOURCE) : 0;
        /* What was in effect a moment ago is permitted, so this cannot be refused. */
        pl_assert(r2 == 0);
        return r;
}

enum pl_psi_news pl_psi_trigger_news(unsigned poll_events)
{
        if (poll_events & POLLERR)
                return PL_PSI_NEWS_GONE;
        return poll_events & POLLPRI ? PL_PSI_NEWS_STALL : PL_PSI_NEWS_NONE;
}
