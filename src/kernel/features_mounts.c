/* SPDX-License-Identifier: Apache-2.0 */

/* A line of mountinfo, proc(5):
 *
 *     41 31 0:38 / /sys/fs/cgroup/unified rw,relatime shared:9 - cgroup2 cgroup2 rw,nsdelegate
 *     id parent device root mount-point options [optional fields…] - type source super-options
 *
 * The mount point's file system decides, not a guess from which files exist: a hybrid host has the unified hierarchy too,
 * only without the memory controller. A mount over another at the same place hides it and stands later in the file. The
 * unified tree may be mounted a second time, for a chroot or a container; the first one counts, and a piece of the tree
 * bound somewhere (its root is not "/") is no tree at all.
 *
 * Tools that need one old controller (a VPN its net_cls) mount it somewhere on hosts that are unified in every respect
 * that matters, so an old mount alone does not make a host hybrid.
 */

#include "plimsoll/kernel/features.h"

#include <errno.h>
#include <unistd.h>

#include "plimsoll/base/assert.h"
#include "plimsoll/base/macro.h"
#include "plimsoll/base/text.h"

#define USUAL_PATH "/sys/fs/cgroup"

/* 64 MiB of mounts. A line of overlayfs has up to 4 KiB of options, and a container has a handful of lines. */
enum { READS_MAX = 1024 };

static bool has_option(struct pl_span options, const char *wanted)
{
        while (!pl_span_empty(options))
                if (pl_span_equals(pl_span_until(&options, ','), wanted))
                        return true;
        return false;
}

static void add_unified(struct pl_cgroup_mounts *mounts, struct pl_span path,
                        struct pl_span options)
{
        bool found = mounts->unified_path[0] != '\0';
        struct pl_text text;

        if (found && !pl_span_equals(path, mounts->unified_path) &&
            !pl_span_equals(path, USUAL_PATH))
                return;
        /* A path with blanks is escaped, and one too long is cut: neither can be opened, and both are seen by people. */
        pl_text_init(&text, mounts->unified_path, sizeof mounts->unified_path);
        pl_text_add_clean(&text, path);
        mounts->nsdelegate = has_option(options, "nsdelegate");
        mounts->recursive_protection = has_option(options, "memory_recursiveprot");
        mounts->local_events = has_option(options, "memory_localevents");
}

void pl_cgroup_mounts_add(struct pl_cgroup_mounts *mounts, struct pl_span line)
{
        struct pl_span root = {}, path = {}, word, type;

        pl_assert(mounts);

        for (unsigned i = 0; i < 5; i++) {
                root = path;
                path = pl_span_word(&line);
        }
        do
                word = pl_span_word(&line);
        while (!pl_span_empty(word) && !pl_span_equals(word, "-"));
        type = pl_span_word(&line);
        (void) pl_span_word(&line); /* the source */

        if (pl_span_equals(type, "cgroup2")) {
                if (pl_span_equals(root, "/"))
                        add_unified(mounts, path, pl_span_trim(line));
                return;
        }
        if (pl_span_equals(path, mounts->unified_path))
                mounts->unified_path[0] = '\0'; /* something else was mounted over it */
        if (pl_span_equals(type, "cgroup")) {
                /* Kept apart from "hybrid" until all lines are in. */
                mounts->layout = PL_CGROUP_LAYOUT_V1;
                mounts->memory_on_v1 |= has_option(pl_span_trim(line), "memory");
        }
}

void pl_cgroup_mounts_settle(struct pl_cgroup_mounts *mounts)
{
        bool has_v1 = mounts->layout == PL_CGROUP_LAYOUT_V1;

        pl_assert(mounts);

        if (mounts->unified_path[0] == '\0')
                mounts->layout = has_v1 ? PL_CGROUP_LAYOUT_V1 : PL_CGROUP_LAYOUT_NONE;
        else if (has_v1 && strcmp(mounts->unified_path, USUAL_PATH) != 0)
                mounts->layout = PL_CGROUP_LAYOUT_HYBRID;
        else
                mounts->layout = PL_CGROUP_LAYOUT_UNIFIED;
}

/* Takes in the whole lines of the buffer and moves what is left of the last one to its beginning. A line longer than the
 * buffer is no cgroup mount; it is dropped in pieces, none of which has the shape of a mount. */
static void take_lines(struct pl_cgroup_mounts *mounts, struct pl_file_buffer *buffer)
{
        struct pl_span rest = pl_file_span(buffer);

        while (rest.length > 0 && memchr(rest.data, '\n', rest.length))
                pl_cgroup_mounts_add(mounts, pl_span_until(&rest, '\n'));
        if (rest.length == sizeof buffer->data)
                rest.length = 0;
        memmove(buffer->data, rest.data, rest.length);
        buffer->length = rest.length;
}

int pl_cgroup_mounts_read(int proc_fd, struct pl_file_buffer *buffer,
                          struct pl_cgroup_mounts *ret_mounts)
{
        _cleanup_close_ int fd = -1;
        struct pl_cgroup_mounts mounts = {};
        int r;

        pl_assert(buffer);
        pl_assert(ret_mounts);

        r = pl_file_open(proc_fd, "self/mountinfo", &fd);
        if (r != 0)
                return r;
        buffer->length = 0;
        for (unsigned i = 0; i < READS_MAX; i++) {
                ssize_t count = read(fd, buffer->data + buffer->length,
                                     sizeof buffer->data - buffer->length);

                if (count < 0)
                        return pl_file_outcome(errno);
                if (count == 0) {
                        pl_cgroup_mounts_settle(&mounts);
                        *ret_mounts = mounts;
                        return 0;
                }
                buffer->length += (size_t) count;
                take_lines(&mounts, buffer);
        }
        return PL_FILE_E_TOO_BIG;
}
