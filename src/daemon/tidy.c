/* SPDX-License-Identifier: Apache-2.0 */

/* Whoever adds holds the list's lock while he does, and so does whoever takes it away: no line is added to a list that
 * somebody has read already. A list is renamed and not removed before systemd has read its units anew, so that nothing is
 * forgotten for which it still holds on our word. The lock goes with the list: so long as it is carried out, it is held.
 */

#include "tidy.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "plimsoll/base/assert.h"
#include "plimsoll/base/fd.h"
#include "plimsoll/base/macro.h"
#include "plimsoll/base/text.h"
#include "plimsoll/host/dropins.h"
#include "say.h"
#include "systemd.h"

enum {
        MODE = 0600,
        LINES_BYTES = PL_LIMIT_COUNT * (PL_TIDY_UNIT_BYTES + 64),
};

static const char name[] = "tidy";
static const char name_now[] = "tidy.now";

/* ---- the list ---- */

static int outcome(int error)
{
        switch (error) {
        case ENOSPC:
        case EDQUOT:
                return PL_TIDY_E_FULL;
        case EACCES:
        case EPERM:
        case EROFS:
        case ELOOP:
        case EISDIR:
        case ENXIO:
                return PL_TIDY_E_DENIED;
        case EWOULDBLOCK:
                return PL_TIDY_E_BUSY;
        default:
                return -error;
        }
}

/* Locked, and still under its name. */
static int open_locked(int dir_fd, const char *list, int flags, int lock, int *ret_fd)
{
        _cleanup_close_ int fd = openat(
                dir_fd, list, flags | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY, MODE);
        struct stat status, named;

        if (fd < 0 || flock(fd, LOCK_EX | lock) < 0 || fstat(fd, &status) < 0)
                return outcome(errno);
        if (!S_ISREG(status.st_mode) || status.st_uid != geteuid() || (status.st_mode & 022) != 0)
                return PL_TIDY_E_DENIED;
        if (fstatat(dir_fd, list, &named, AT_SYMLINK_NOFOLLOW) < 0 || named.st_ino != status.st_ino)
                return PL_TIDY_E_BUSY;
        *ret_fd = PL_TAKE_FD(fd);
        return 0;
}

static void add_lines(struct pl_text *text, const char *unit, const struct pl_limits *limits)
{
        for (enum pl_limit i = 0; i < PL_LIMIT_COUNT; i++)
                if (pl_limits_has(limits, i) && pl_dropin_property(i))
                        pl_text_addf(text, "%s %s %ju\n", unit, pl_dropin_property(i),
                                     (uintmax_t) limits->values[i]);
}

int pl_tidy_add(int dir_fd, const char *unit, const struct pl_limits *limits)
{
        _cleanup_close_ int fd = -1;
        char buffer[LINES_BYTES];
        struct pl_text lines;
        off_t end;
        int r;

        pl_assert(unit && limits);

        if (!pl_dropin_section(unit))
                return PL_TIDY_E_NAME;
        pl_text_init(&lines, buffer, sizeof buffer);
        add_lines(&lines, unit, limits);
        pl_assert(!lines.cut);
        if (lines.length == 0)
                return 0;
        r = open_locked(dir_fd, name, O_WRONLY | O_APPEND | O_CREAT, LOCK_NB, &fd);
        if (r != 0)
                return r;
        end = lseek(fd, 0, SEEK_END);
        if (end < 0)
                return -errno;
        if ((uint64_t) end + lines.length > PL_TIDY_LIST_BYTES)
                return PL_TIDY_E_FULL;
        r = pl_fd_write_all(fd, pl_text_span(&lines));
        if (r == 0)
                return 0;
        (void) !ftruncate(fd, end);
        return outcome(-r);
}

bool pl_tidy_parse(struct pl_span line, struct pl_tidy_line *ret_line)
{
        struct pl_span unit = pl_span_until(&line, ' '), property = pl_span_until(&line, ' ');

        pl_assert(ret_line);

        if (pl_span_empty(unit) || unit.length >= sizeof ret_line->unit ||
            memchr(unit.data, '\0', unit.length))
                return false;
        ret_line->limit = pl_dropin_limit(property);
        if (ret_line->limit == PL_LIMIT_COUNT || pl_span_to_u64(line, &ret_line->value) != 0)
                return false;
        memcpy(ret_line->unit, unit.data, unit.length);
        ret_line->unit[unit.length] = '\0';
        return true;
}

/* ---- carrying it out ---- */

static void remove_one(const struct pl_tidy_options *options, const struct pl_tidy_line *line,
                       struct pl_tidied *tidied)
{
        switch (pl_dropins_remove(options->root_fd, line->unit, line->limit, line->value)) {
        case 0:
                tidied->removed_count++;
                break;
        case PL_DROPINS_E_ABSENT:
        case PL_DROPINS_E_NAME:
                tidied->gone_count++;
                break;
        case PL_DROPINS_E_OTHER:
                tidied->left_count++;
                break;
        default:
                tidied->left_count++;
                tidied->trouble = "drop-ins below /run/systemd cannot be removed";
        }
}

/* Of "tidy.now", whose lock is held. */
static int remove_listed(const struct pl_tidy_options *options, struct pl_tidied *tidied)
{
        _cleanup_free_ char *text = NULL;
        struct pl_tidy_line line;
        struct pl_span rest;
        size_t length = 0;
        int r = pl_fd_read_file(options->dir_fd, name_now, PL_TIDY_LIST_BYTES, &text, &length);

        if (r != 0)
                return r > 0 ? PL_TIDY_E_DENIED : r;
        pl_assert(text);
        rest = pl_span(text, length);
        while (memchr(rest.data, '\n', rest.length))
                if (pl_tidy_parse(pl_span_until(&rest, '\n'), &line))
                        remove_one(options, &line, tidied);
        return 0;
}

/* From here on a new list begins. */
static int take_list(const struct pl_tidy_options *options, int *ret_fd)
{
        _cleanup_close_ int fd = -1;
        int r = open_locked(options->dir_fd, name, O_RDONLY, 0, &fd);

        if (r != 0)
                return r;
        if (renameat(options->dir_fd, name, options->dir_fd, name_now) < 0)
                return outcome(errno);
        *ret_fd = PL_TAKE_FD(fd);
        return 0;
}

/* Of a run before this one, and the one that waits; both locks are for as long as it takes, and −1 where there is no such list. */
static int remove_all(const struct pl_tidy_options *options, struct pl_tidied *tidied,
                      int *ret_old_fd, int *ret_new_fd)
{
        int r = open_locked(options->dir_fd, name_now, O_RDONLY, 0, ret_old_fd);

        if (r == 0)
                r = remove_listed(options, tidied);
        if (r != 0 && r != -ENOENT)
                return r;
        /* In its place, with all of it removed: what systemd has to read anew is the same. */
        r = take_list(options, ret_new_fd);
        if (r == -ENOENT)
                return 0;
        return r != 0 ? r : remove_listed(options, tidied);
}

int pl_tidy_run(const struct pl_tidy_options *options, struct pl_tidied *ret_tidied)
{
        _cleanup_close_ int old_fd = -1, new_fd = -1;
        int r;

        pl_assert(options && options->reload);
        pl_assert(ret_tidied);

        *ret_tidied = (struct pl_tidied){};
        r = remove_all(options, ret_tidied, &old_fd, &new_fd);
        if (r != 0 || (old_fd < 0 && new_fd < 0))
                return r;
        if (!ret_tidied->trouble)
                ret_tidied->trouble = options->reload(options->userdata);
        if (ret_tidied->trouble)
                return 0;
        return unlinkat(options->dir_fd, name_now, 0) < 0 && errno != ENOENT ? outcome(errno) : 0;
}

static int forget(int dir_fd, const char *list)
{
        _cleanup_close_ int fd = -1;
        int r = open_locked(dir_fd, list, O_RDONLY, LOCK_NB, &fd);

        if (r != 0)
                return r == -ENOENT ? 0 : r;
        return unlinkat(dir_fd, list, 0) < 0 && errno != ENOENT ? outcome(errno) : 0;
}

/* In this order: one that is taken meanwhile is met under its second name, with its lock. */
int pl_tidy_forget(int dir_fd)
{
        int r = forget(dir_fd, name), also = forget(dir_fd, name_now);

        return r != 0 ? r : also;
}

/* ---- plimsolld --tidy ---- */

static const char *reload(void *userdata)
{
        struct pl_systemd *systemd = (struct pl_systemd *) userdata;

        return pl_systemd_open(systemd, NULL) && pl_systemd_reload(systemd) ? NULL : systemd->words;
}

static enum pl_daemon_exit explain(const char *directory, int r)
{
        if (r == PL_TIDY_E_DENIED)
                pl_say_error("%s/tidy may not be read, or is not root's alone", directory);
        else if (r == PL_TIDY_E_BUSY)
                pl_say_error("%s/tidy changed while it was taken: it stays for the next time",
                             directory);
        else
                pl_say_error("%s/tidy: %s", directory,
                             r < 0 ? strerrordesc_np(-r) : "no room is left");
        return r == PL_TIDY_E_DENIED ? PL_DAEMON_DENIED : PL_DAEMON_FAILED;
}

static enum pl_daemon_exit report(const struct pl_tidied *tidied)
{
        if (tidied->trouble)
                pl_say_error("%s; the list stays for the next time", tidied->trouble);
        else
                (void) pl_say_words(
                        "Drop-ins: %u removed, %u gone already, %u left that say something "
                        "else.\n",
                        tidied->removed_count, tidied->gone_count, tidied->left_count);
        return tidied->trouble ? PL_DAEMON_FAILED : PL_DAEMON_FINE;
}

enum pl_daemon_exit pl_tidy(const struct pl_daemon_options *options)
{
        _cleanup_close_ int dir_fd = open(options->journal_directory,
                                          O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        _cleanup_close_ int root_fd = open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        _cleanup_(pl_systemd_close) struct pl_systemd systemd = {};
        const struct pl_tidy_options run = { dir_fd, root_fd, reload, &systemd };
        struct pl_tidied tidied;
        int r;

        if (dir_fd < 0 && errno == ENOENT)
                return report(&(struct pl_tidied){});
        if (dir_fd < 0 || root_fd < 0)
                return explain(options->journal_directory, outcome(errno));
        r = pl_tidy_run(&run, &tidied);
        return r == 0 ? report(&tidied) : explain(options->journal_directory, r);
}
