/* SPDX-License-Identifier: Apache-2.0 */

/* Whoever goes on filling at a limit is killed by the kernel, which is not what a drill is to show. So a part of the memory is
 * taken, declared to be free (MADV_FREE), and taken again: the kernel can have it back without swap or a disk, and has to,
 * for with it the limit is exceeded. That is a workload at its limit as there are many, which stands still for most of its
 * time while memory is reclaimed, and gets nowhere.
 *
 * Nothing may be locked, for what is locked cannot be declared free.
 */

#include "drill_load.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "plimsoll/base/assert.h"
#include "plimsoll/base/clock.h"
#include "plimsoll/base/fd.h"
#include "plimsoll/base/macro.h"
#include "plimsoll/base/size.h"
#include "plimsoll/kernel/cgroup.h"
#include "plimsoll/kernel/memcg.h"
#include "plimsoll/kernel/process.h"
#include "say.h"

/* The unit ends it before that. */
#define MOST_USEC PL_USEC_PER_MINUTE

static const char unit_path[] = "/system.slice/plimsoll-drill.service";

enum {
        /* Taken and declared free in one go. */
        BLOCK_BYTES = 256 * 1024,
        NSEC_PER_SEC = 1000 * 1000 * 1000,
};

bool pl_drill_load_plan(uint64_t max_bytes, uint64_t used_bytes, struct pl_drill_load *ret_load)
{
        uint64_t part = max_bytes / 16;

        pl_assert(ret_load);

        if (max_bytes < PL_DRILL_MEBIBYTES_MIN * PL_MIB ||
            max_bytes > PL_DRILL_MEBIBYTES_MAX * PL_MIB || used_bytes > max_bytes / 2)
                return false;
        /* A sixteenth is room for what the kernel keeps of it; as twice as much is turned over there, it is never enough. */
        *ret_load = (struct pl_drill_load){ .held_bytes = max_bytes - used_bytes - part,
                                            .turned_bytes = 2 * part };
        return true;
}

/* ---- where it is ---- */

/* In the cgroup that is there for it and in no other: who runs this by hand would fill his own. */
static int open_own(const struct pl_roots *roots, struct pl_file_buffer *buffer, int *ret_fd)
{
        struct pl_process_cgroup cgroup = {};
        _cleanup_close_ int fd = -1;
        int r;

        r = pl_process_open(roots->proc_fd, getpid(), &fd);
        if (r == 0)
                r = pl_process_read_cgroup(fd, buffer, &cgroup);
        if (r != 0 || !pl_span_equals(cgroup.path, unit_path))
                return PL_FILE_E_ABSENT;
        return pl_file_open_directory(roots->cgroup_fd, unit_path + 1, ret_fd);
}

static bool make_plan(const struct pl_roots *roots, struct pl_drill_load *ret_load)
{
        static struct pl_file_buffer buffer;
        uint64_t max_bytes = 0, used_bytes = 0;
        _cleanup_close_ int fd = -1;

        return open_own(roots, &buffer, &fd) == 0 &&
               pl_memcg_read_limit(fd, PL_LIMIT_MAX, &buffer, &max_bytes) == 0 &&
               pl_memcg_read_figure(fd, PL_MEMCG_CURRENT, &buffer, &used_bytes) == 0 &&
               pl_drill_load_plan(max_bytes, used_bytes, ret_load);
}

/* ---- filling ---- */

static void touch(char *memory, uint64_t bytes)
{
        uint64_t page_bytes = (uint64_t) sysconf(_SC_PAGESIZE);

        for (uint64_t at = 0; at < bytes; at += page_bytes)
                ((volatile char *) memory)[at] = 1;
}

static void fill(char *memory, uint64_t bytes)
{
        const struct timespec pause = { .tv_nsec = NSEC_PER_SEC / PL_DRILL_MEBIBYTES_PER_SEC };

        for (uint64_t at = 0; at < bytes; at += PL_MIB) {
                touch(memory + at, PL_MIN(PL_MIB, bytes - at));
                (void) nanosleep(&pause, NULL);
        }
}

/* Once: 0 or −errno. */
static int turn_over(char *memory, uint64_t bytes)
{
        for (uint64_t at = 0; at < bytes; at += BLOCK_BYTES) {
                uint64_t length = PL_MIN((uint64_t) BLOCK_BYTES, bytes - at);

                touch(memory + at, length);
                if (madvise(memory + at, length, MADV_FREE) < 0)
                        return -errno;
        }
        return 0;
}

static int meet_limit(const struct pl_drill_load *load)
{
        size_t length = load->held_bytes + load->turned_bytes;
        char *memory = mmap(NULL, length, PROT_READ | PROT_WRITE,
                            MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
        uint64_t until_usec;
        int r = 0;

        if (memory == MAP_FAILED)
                return -errno;
        /* A page of 2 MiB would be taken at once, and cannot be given back in part. Where there are none it fails. */
        (void) madvise(memory, length, MADV_NOHUGEPAGE);
        fill(memory, load->held_bytes);
        for (until_usec = pl_clock_now_usec() + MOST_USEC;
             r == 0 && pl_clock_now_usec() < until_usec;)
                r = turn_over(memory + load->held_bytes, load->turned_bytes);
        (void) munmap(memory, length);
        return r == 0 ? -ETIMEDOUT : r;
}

enum pl_daemon_exit pl_drill_load(const struct pl_roots *roots)
{
        struct pl_drill_load load;
        int r;

        pl_assert(roots);

        if (!make_plan(roots, &load)) {
                pl_say_error(
                        "--drill-load is for plimsoll-drill.service, within the limit that this "
                        "has\n→ plimsoll drill");
                return PL_DAEMON_FAILED;
        }
        r = meet_limit(&load);
        pl_say_error("the drill has ended by itself: %s", strerrordesc_np(-r));
        return PL_DAEMON_FAILED;
}
