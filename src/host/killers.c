/* SPDX-License-Identifier: Apache-2.0 */

/* Who else acts when memory runs short. Two killers on one host are one too many: the other one's first act changes what
 * ours has just judged, and afterwards both explain it differently.
 *
 * They are known by their names, which anybody may take. So the executable is looked at too, where we may: for a program
 * it must have the same name, for a script it is an interpreter. Times and thresholds are the programs' defaults: earlyoom
 * 1.7, systemd 252 and 257, kubelet's documentation. */

#include "plimsoll/host/killers.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "plimsoll/base/assert.h"
#include "plimsoll/base/macro.h"
#include "plimsoll/base/span.h"
#include "plimsoll/kernel/process.h"

/* What a host with pid_max of 4 Mi runs at the very most, and does not. */
enum { ENTRIES_MAX = 256 * 1024 };

const struct pl_killer_kind pl_killer_kinds[] = {
        { "earlyoom", false, true,
          "It ends the process with the highest oom_score when available memory and free swap fall "
          "under 10%, often before Plimsoll's order of victims is asked.",
          "systemctl disable --now earlyoom" },
        { "systemd-oomd", false, true,
          "It ends whole cgroups of the slices that ask for it (ManagedOOM...=kill), at 60% "
          "pressure for 30 s or 90% of swap used.",
          "systemctl disable --now systemd-oomd.socket systemd-oomd" },
        { "oomd", false, true, "It ends cgroups by rules of its own on pressure, swap and size.",
          "systemctl disable --now oomd" },
        { "nohang", true, true,
          "It ends the process with the highest badness of its own at low memory or high pressure.",
          "systemctl disable --now nohang nohang-desktop" },
        { "bustd", false, true,
          "It ends the process with the highest oom_score when memory is low and pressure high.",
          "systemctl disable --now bustd" },
        { "lmkd", false, true, "It ends processes by oom_score_adj when pressure rises.",
          "stop lmkd where it is started" },
        { "thrash-protect", true, true,
          "It stops and continues processes while the host swaps, and so their stalls count as "
          "pressure.",
          "systemctl disable --now thrash-protect" },
        { "memavaild", true, true,
          "It lowers memory.max of slices when memory is short, against the limits of the "
          "profiles.",
          "systemctl disable --now memavaild" },
        { "low-memory-moni", false, true,
          "It can be set to let the kernel's OOM killer loose early.",
          "systemctl disable --now low-memory-monitor" },
        { "kubelet", false, false, "Plimsoll leaves its pods to it", NULL },
        {},
};

/* The executable's own name, without its directory and the mark of a file that an upgrade has replaced. */
static struct pl_span name_of_executable(struct pl_span path)
{
        static const char replaced[] = " (deleted)";
        struct pl_span name = path;

        if (pl_span_ends_with(path, replaced))
                path.length -= sizeof replaced - 1;
        while (!pl_span_empty(path))
                name = pl_span_until(&path, '/');
        return name;
}

static bool executable_fits(const struct pl_killer_kind *kind, int process_fd, bool *ret_name_alone)
{
        char path[4096]; /* PATH_MAX */
        ssize_t length = readlinkat(process_fd, "exe", path, sizeof path);
        struct pl_span name;

        *ret_name_alone = length < 0;
        if (length < 0)
                return true;
        name = name_of_executable(pl_span(path, (size_t) length));
        /* The kernel cuts the name of a process at 15 bytes and not that of its file. */
        return pl_span_starts_with(name, kind->is_script ? "python" : kind->name);
}

static const struct pl_killer_kind *kind_of(const char *name)
{
        for (size_t i = 0; pl_killer_kinds[i].name; i++)
                if (strcmp(pl_killer_kinds[i].name, name) == 0)
                        return &pl_killer_kinds[i];
        return NULL;
}

static bool is_found(const struct pl_killers *killers, const struct pl_killer_kind *kind)
{
        for (size_t i = 0; i < killers->count; i++)
                if (killers->found[i].kind == kind)
                        return true;
        return false;
}

static void look_at(int proc_fd, pid_t pid, struct pl_file_buffer *buffer,
                    struct pl_killers *killers)
{
        _cleanup_close_ int process_fd = -1;
        const struct pl_killer_kind *kind;
        struct pl_process_stat stat;
        bool name_alone;

        if (pl_process_open(proc_fd, pid, &process_fd) != 0 ||
            pl_process_read_stat(process_fd, buffer, &stat) != 0)
                return;
        kind = kind_of(stat.comm);
        if (!kind || is_found(killers, kind) || killers->count == PL_KILLERS_MAX ||
            pl_process_is_kernel_thread(&stat) || !executable_fits(kind, process_fd, &name_alone))
                return;
        killers->found[killers->count++] = (struct pl_killer){
                .kind = kind,
                .pid = pid,
                .name_alone = name_alone,
        };
}

/* Of its own, so that the caller's descriptor stays where it is; NULL when it cannot be opened. */
static DIR *open_list(int proc_fd)
{
        int fd = openat(proc_fd, ".", O_RDONLY | O_CLOEXEC | O_DIRECTORY);
        DIR *directory = fd < 0 ? NULL : fdopendir(fd);

        if (!directory)
                pl_cleanup_close(&fd);
        return directory;
}

static void close_directory(DIR **directory)
{
        if (*directory)
                (void) closedir(*directory);
}

void pl_killers_find(int proc_fd, struct pl_file_buffer *buffer, struct pl_killers *ret_killers)
{
        _cleanup_(close_directory) DIR *directory = NULL;
        bool first_is_listed =
                false; /* hidepid= hides what is not ours, and process 1 before all */

        pl_assert(buffer);
        pl_assert(ret_killers);

        *ret_killers = (struct pl_killers){};
        directory = open_list(proc_fd);
        if (!directory)
                return;
        for (unsigned i = 0; i < ENTRIES_MAX; i++) {
                const struct dirent *entry;
                int32_t pid;

                errno = 0;
                entry = readdir(directory);
                if (!entry) {
                        ret_killers->complete = first_is_listed && errno == 0;
                        return;
                }
                if (pl_span_to_i32(pl_span_of(entry->d_name), &pid) != 0 || pid <= 0)
                        continue;
                first_is_listed |= pid == 1;
                look_at(proc_fd, pid, buffer, ret_killers);
        }
}
