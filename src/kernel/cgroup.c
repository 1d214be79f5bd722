/* SPDX-License-Identifier: Apache-2.0 */

#include "plimsoll/kernel/cgroup.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "plimsoll/base/assert.h"
#include "plimsoll/base/macro.h"
#include "plimsoll/kernel/flat.h"

int pl_cgroup_absent_or_gone(int cgroup_fd, int outcome)
{
        pl_assert(cgroup_fd >= 0);

        /* In a removed directory every name is unknown. cgroup.procs is in every living cgroup, the root included. */
        if (outcome == PL_FILE_E_ABSENT && faccessat(cgroup_fd, "cgroup.procs", F_OK, 0) < 0)
                return PL_FILE_E_GONE;
        return outcome;
}

int pl_cgroup_read(int cgroup_fd, const char *name, struct pl_file_buffer *buffer)
{
        return pl_cgroup_absent_or_gone(cgroup_fd, pl_file_read(cgroup_fd, name, buffer));
}

int pl_cgroup_id(int cgroup_fd, uint64_t *ret_id)
{
        struct stat status;

        pl_assert(cgroup_fd >= 0);
        pl_assert(ret_id);

        if (fstat(cgroup_fd, &status) < 0)
                return pl_file_outcome(errno);
        pl_assert(status.st_ino != 0);

        *ret_id = status.st_ino;
        return 0;
}

int pl_cgroup_is_unified(int cgroup_fd, bool *ret_unified)
{
        struct statfs status;

        pl_assert(cgroup_fd >= 0);
        pl_assert(ret_unified);

        if (fstatfs(cgroup_fd, &status) < 0)
                return pl_file_outcome(errno);

        *ret_unified = status.f_type == CGROUP2_SUPER_MAGIC;
        return 0;
}

int pl_cgroup_parse_controllers(struct pl_span text, uint32_t *ret_mask)
{
        static const struct {
                const char *name;
                uint32_t bit;
        } known[] = {
                { "cpu", PL_CGROUP_CPU },   { "cpuset", PL_CGROUP_CPUSET },
                { "io", PL_CGROUP_IO },     { "memory", PL_CGROUP_MEMORY },
                { "pids", PL_CGROUP_PIDS },
        };
        struct pl_span word;
        uint32_t mask = 0;

        pl_assert(ret_mask);

        /* With no controller at all the file is one newline, or empty; a missing newline behind words is a cut. */
        if (text.length > 0 && text.data[text.length - 1] != '\n')
                return PL_FILE_E_MALFORMED;
        while (!pl_span_empty(word = pl_span_word(&text)))
                for (size_t i = 0; i < PL_ARRAY_LENGTH(known); i++)
                        if (pl_span_equals(word, known[i].name))
                                mask |= known[i].bit;

        *ret_mask = mask;
        return 0;
}

int pl_cgroup_read_controllers(int cgroup_fd, struct pl_file_buffer *buffer, uint32_t *ret_mask)
{
        int r = pl_cgroup_read(cgroup_fd, "cgroup.controllers", buffer);

        pl_assert(ret_mask);

        return r == 0 ? pl_cgroup_parse_controllers(pl_file_span(buffer), ret_mask) : r;
}

int pl_cgroup_read_subtree_control(int cgroup_fd, struct pl_file_buffer *buffer, uint32_t *ret_mask)
{
        int r = pl_cgroup_read(cgroup_fd, "cgroup.subtree_control", buffer);

        pl_assert(ret_mask);

        return r == 0 ? pl_cgroup_parse_controllers(pl_file_span(buffer), ret_mask) : r;
}

int pl_cgroup_parse_type(struct pl_span text, enum pl_cgroup_type *ret_type)
{
        static const char *const names[] = {
                [PL_CGROUP_DOMAIN] = "domain\n",
                [PL_CGROUP_DOMAIN_THREADED] = "domain threaded\n",
                [PL_CGROUP_DOMAIN_INVALID] = "domain invalid\n",
                [PL_CGROUP_THREADED] = "threaded\n",
        };

        pl_assert(ret_type);

        for (size_t i = 0; i < PL_ARRAY_LENGTH(names); i++)
                if (pl_span_equals(text, names[i])) {
                        *ret_type = (enum pl_cgroup_type) i;
                        return 0;
                }
        return PL_FILE_E_MALFORMED;
}

int pl_cgroup_read_type(int cgroup_fd, struct pl_file_buffer *buffer, enum pl_cgroup_type *ret_type)
{
        int r = pl_cgroup_read(cgroup_fd, "cgroup.type", buffer);

        pl_assert(ret_type);

        return r == 0 ? pl_cgroup_parse_type(pl_file_span(buffer), ret_type) : r;
}

int pl_cgroup_parse_events(struct pl_span text, struct pl_cgroup_events *ret_events)
{
        static const struct pl_flat_key keys[] = {
                PL_FLAT_KEY(struct pl_cgroup_events, populated, "populated"),
                PL_FLAT_KEY(struct pl_cgroup_events, frozen, "frozen"),
        };
        static const struct pl_flat_table table = { keys, PL_ARRAY_LENGTH(keys), .required = 1 };
        struct pl_cgroup_events events = {};
        uint64_t have;
        int r;

        pl_assert(ret_events);

        r = pl_flat_parse(text, &table, &events, &have);
        if (r != 0)
                return r;
        if (events.populated > 1 || events.frozen > 1)
                return PL_FILE_E_MALFORMED;

        *ret_events = events;
        return 0;
}

int pl_cgroup_read_events(int cgroup_fd, struct pl_file_buffer *buffer,
                          struct pl_cgroup_events *ret_events)
{
        int r = pl_cgroup_read(cgroup_fd, "cgroup.events", buffer);

        pl_assert(ret_events);

        return r == 0 ? pl_cgroup_parse_events(pl_file_span(buffer), ret_events) : r;
}

int pl_cgroup_parse_stat(struct pl_span text, struct pl_cgroup_stat *ret_stat)
{
        static const struct pl_flat_key keys[] = {
                PL_FLAT_KEY(struct pl_cgroup_stat, descendants_count, "nr_descendants"),
                PL_FLAT_KEY(struct pl_cgroup_stat, dying_descendants_count, "nr_dying_descendants"),
        };
        static const struct pl_flat_table table = { keys, PL_ARRAY_LENGTH(keys), .required = 3 };
        uint64_t have;

        pl_assert(ret_stat);

        return pl_flat_parse(text, &table, ret_stat, &have);
}

int pl_cgroup_read_stat(int cgroup_fd, struct pl_file_buffer *buffer,
                        struct pl_cgroup_stat *ret_stat)
{
        int r = pl_cgroup_read(cgroup_fd, "cgroup.stat", buffer);

        pl_assert(ret_stat);

        return r == 0 ? pl_cgroup_parse_stat(pl_file_span(buffer), ret_stat) : r;
}

struct pid_list {
        pid_t *pids;
        size_t capacity;
        size_t count;
        size_t foreign;
};

/* Takes whole lines off the front of what was read. */
static int take_pids(struct pl_span *text, struct pid_list *list)
{
        pl_assert(list->count <= list->capacity);

        while (memchr(text->data, '\n', text->length)) {
                int32_t pid;

                if (pl_span_to_i32(pl_span_until(text, '\n'), &pid) != 0 || pid < 0)
                        return PL_FILE_E_MALFORMED;
                if (pid == 0) {
                        list->foreign++;
                        continue;
                }
                if (list->count == list->capacity)
                        return PL_CGROUP_E_MORE;
                list->pids[list->count++] = pid;
        }
        return 0;
}

/* The file can be longer than any buffer: it is read in pieces, and a line that a piece cuts is kept for the next. */
static int read_pids(int fd, struct pl_file_buffer *buffer, struct pid_list *list)
{
        struct pl_span rest = pl_span(buffer->data, 0);

        for (;;) {
                ssize_t count;
                int r;

                memmove(buffer->data, rest.data, rest.length);
                count = read(fd, buffer->data + rest.length, sizeof buffer->data - rest.length);
                if (count < 0)
                        return pl_file_outcome(errno);
                if (count == 0)
                        return pl_span_empty(rest) ? 0 : PL_FILE_E_MALFORMED;
                rest = pl_span(buffer->data, rest.length + (size_t) count);
                r = take_pids(&rest, list);
                if (r != 0)
                        return r;
                if (rest.length == sizeof buffer->data)
                        return PL_FILE_E_MALFORMED;
        }
}

int pl_cgroup_read_procs(int cgroup_fd, struct pl_file_buffer *buffer, pid_t *pids, size_t capacity,
                         size_t *ret_count, size_t *ret_foreign)
{
        struct pid_list list = { .pids = pids, .capacity = capacity };
        _cleanup_close_ int fd = -1;
        int r;

        pl_assert(buffer);
        pl_assert(pids || capacity == 0);
        pl_assert(ret_count);
        pl_assert(ret_foreign);

        r = pl_file_open(cgroup_fd, "cgroup.procs", &fd);
        if (r == 0)
                r = read_pids(fd, buffer, &list);
        if (r != 0 && r != PL_CGROUP_E_MORE)
                return pl_cgroup_absent_or_gone(cgroup_fd, r);

        *ret_count = list.count;
        *ret_foreign = list.foreign;
        return r;
}

int pl_cgroup_kill(int cgroup_fd)
{
        return pl_cgroup_absent_or_gone(cgroup_fd, pl_file_write_u64(cgroup_fd, "cgroup.kill", 1));
}

int pl_cgroup_freeze(int cgroup_fd, bool frozen)
{
        return pl_cgroup_absent_or_gone(cgroup_fd,
                                        pl_file_write_u64(cgroup_fd, "cgroup.freeze", frozen));
}
