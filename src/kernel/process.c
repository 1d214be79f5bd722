/* SPDX-License-Identifier: Apache-2.0 */

/* A process that exits is noticed in two ways: ENOENT when a file is looked up below its directory, ESRCH when an open file
 * is read. But ESRCH is also what smaps_rollup says of a process without memory, and ENOENT what any file says that the
 * kernel was built without. Who asks settles it: as long as `stat`, which every process has, can be found, the process is
 * there and only the file is absent.
 */

#include "plimsoll/kernel/process.h"

#include <fcntl.h>
#include <unistd.h>

#include "plimsoll/base/assert.h"
#include "plimsoll/base/text.h"

static bool is_there(int dir_fd)
{
        return faccessat(dir_fd, "stat", F_OK, 0) == 0;
}

static int settle(int dir_fd, int outcome)
{
        pl_assert(dir_fd >= 0);

        if (outcome != PL_FILE_E_ABSENT && outcome != PL_FILE_E_GONE)
                return outcome;
        return is_there(dir_fd) ? PL_FILE_E_ABSENT : PL_FILE_E_GONE;
}

static int read_file(int dir_fd, const char *name, struct pl_file_buffer *buffer)
{
        pl_assert(name);
        pl_assert(buffer);

        return settle(dir_fd, pl_file_read(dir_fd, name, buffer));
}

int pl_process_open(int proc_fd, pid_t pid, int *ret_dir_fd)
{
        char name[16]; /* a pid has at most ten digits */
        struct pl_text text;
        int r;

        pl_assert(pid > 0);
        pl_assert(ret_dir_fd);

        pl_text_init(&text, name, sizeof name);
        pl_text_add_u64(&text, (uint64_t) pid);
        r = pl_file_open_directory(proc_fd, name, ret_dir_fd);
        return r == PL_FILE_E_ABSENT ? PL_FILE_E_GONE : r;
}

int pl_process_confirm(int dir_fd, uint64_t start_ticks, struct pl_file_buffer *buffer)
{
        struct pl_process_stat stat;
        int r;

        pl_assert(buffer);

        r = pl_process_read_stat(dir_fd, buffer, &stat);
        if (r != 0)
                return r;
        return stat.start_ticks == start_ticks ? 0 : PL_FILE_E_GONE;
}

int pl_process_read_stat(int dir_fd, struct pl_file_buffer *buffer,
                         struct pl_process_stat *ret_stat)
{
        int r;

        pl_assert(ret_stat);

        r = read_file(dir_fd, "stat", buffer);
        return r != 0 ? r : pl_process_parse_stat(pl_file_span(buffer), ret_stat);
}

int pl_process_read_status(int dir_fd, struct pl_file_buffer *buffer,
                           struct pl_process_status *ret_status)
{
        int r;

        pl_assert(ret_status);

        r = read_file(dir_fd, "status", buffer);
        return r != 0 ? r : pl_process_parse_status(pl_file_span(buffer), ret_status);
}

int pl_process_read_smaps(int dir_fd, struct pl_file_buffer *buffer,
                          struct pl_process_smaps *ret_smaps)
{
        int r;

        pl_assert(ret_smaps);

        r = read_file(dir_fd, "smaps_rollup", buffer);
        if (r != 0)
                return r;
        /* Some kernels give an empty file for a process without memory and some ESRCH. */
        if (buffer->length == 0)
                return settle(dir_fd, PL_FILE_E_ABSENT);
        return pl_process_parse_smaps(pl_file_span(buffer), ret_smaps);
}

int pl_process_read_cgroup(int dir_fd, struct pl_file_buffer *buffer,
                           struct pl_process_cgroup *ret_cgroup)
{
        int r;

        pl_assert(ret_cgroup);

        r = read_file(dir_fd, "cgroup", buffer);
        return r != 0 ? r : pl_process_parse_cgroup(pl_file_span(buffer), ret_cgroup);
}

int pl_process_read_oom_score(int dir_fd, struct pl_file_buffer *buffer, uint64_t *ret_score)
{
        int r;

        pl_assert(ret_score);

        r = read_file(dir_fd, "oom_score", buffer);
        return r != 0 ? r : pl_file_parse_u64(pl_file_span(buffer), ret_score);
}

int pl_process_read_oom_score_adj(int dir_fd, struct pl_file_buffer *buffer, int32_t *ret_score_adj)
{
        int r;

        pl_assert(ret_score_adj);

        r = read_file(dir_fd, "oom_score_adj", buffer);
        return r != 0 ? r : pl_process_parse_oom_score_adj(pl_file_span(buffer), ret_score_adj);
}

int pl_process_write_oom_score_adj(int dir_fd, int32_t score_adj)
{
        pl_assert(score_adj >= PL_PROCESS_SCORE_ADJ_MIN);
        pl_assert(score_adj <= PL_PROCESS_SCORE_ADJ_MAX);

        return settle(dir_fd, pl_file_write_i64(dir_fd, "oom_score_adj", score_adj));
}
