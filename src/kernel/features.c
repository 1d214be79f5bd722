/* SPDX-License-Identifier: Apache-2.0 */

/* Each probe asks the smallest question whose answer is certain:
 *
 * - A file that is there is there. Files of a cgroup are asked of the first child of the root, because the root has few.
 * - A system call with an argument that can not be right fails with EBADF or EINVAL where it exists, with ENOSYS where it
 *   does not, and with EPERM where a seccomp filter stands before it: none of these calls checks a privilege before it
 *   has looked at its argument (kernel/pid.c, mm/oom_kill.c of 6.12).
 * - Whether memory.reclaim takes swappiness= is asked with a request for 0 bytes. The kernel reads all of the words
 *   before its loop, which for 0 bytes is not entered (memory_reclaim() of 6.1 and 6.12, user_proactive_reclaim() of
 *   6.17), so nobody loses a page, not even at the root. A word that no kernel knows is the counter-test: kernels of
 *   6.17 and 6.18 built without NUMA answer every write with success and do nothing at all (fixed upstream in 2026-01,
 *   "mm: Restore per-memcg proactive reclaim with !CONFIG_NUMA").
 * - Which pressure windows are granted depends on the kernel and on us; a trigger is made and closed at once.
 */

#include "plimsoll/kernel/features.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "plimsoll/base/assert.h"
#include "plimsoll/base/clock.h"
#include "plimsoll/base/macro.h"
#include "plimsoll/base/text.h"
#include "plimsoll/kernel/cgroup.h"
#include "plimsoll/kernel/process.h"
#include "plimsoll/kernel/psi.h"

/* Slices nest by the dashes in their names; systemd's own go three deep, and kubelet's five. */
enum { SLICE_DEPTH_MAX = 16 };

/* The numbers of the first namespaces are the same on every kernel since 3.8 and, from 6.18 on, part of its interface:
 * PROC_USER_INIT_INO and its neighbours in include/linux/proc_ns.h. A container that has its own process 1 cannot be
 * found out by a comparison with that process, which is in the same container. */
#define CGROUP_NAMESPACE_OF_HOST "cgroup:[4026531835]"
#define PID_NAMESPACE_OF_HOST    "pid:[4026531836]"
#define USER_NAMESPACE_OF_HOST   "user:[4026531837]"

struct scratch {
        struct pl_file_buffer file;
        struct pl_cgroup_walk walk;
};

static enum pl_fact fact_of(bool value)
{
        return value ? PL_FACT_YES : PL_FACT_NO;
}

/* −1 is "no such tree", and AT_FDCWD is not: a relative name must never be looked up where the caller stands. */
static enum pl_fact exists(int dir_fd, const char *name)
{
        pl_assert(name[0] != '\0');

        if (dir_fd < 0)
                return PL_FACT_UNKNOWN;
        if (faccessat(dir_fd, name, F_OK, 0) == 0)
                return PL_FACT_YES;
        return errno == ENOENT || errno == ENOTDIR ? PL_FACT_NO : PL_FACT_UNKNOWN;
}

static bool is_of_kernel(int fd, long magic)
{
        struct statfs status;

        return fd >= 0 && fstatfs(fd, &status) == 0 && status.f_type == magic;
}

/* Files and children */

static void probe_events(int cgroup_fd, struct pl_file_buffer *buffer, struct pl_features *features)
{
        struct pl_span rest;

        pl_assert(cgroup_fd >= 0);

        if (pl_file_read(cgroup_fd, "memory.events", buffer) != 0)
                return;
        rest = pl_file_span(buffer);
        features->oom_group_kill_event = PL_FACT_NO;
        while (!pl_span_empty(rest))
                if (pl_span_starts_with(pl_span_until(&rest, '\n'), "oom_group_kill "))
                        features->oom_group_kill_event = PL_FACT_YES;
}

static void probe_memory_files(int cgroup_fd, struct pl_file_buffer *buffer,
                               struct pl_features *features)
{
        const struct {
                const char *name;
                enum pl_fact *fact;
        } files[] = {
                { "memory.peak", &features->memory_peak },
                { "memory.swap.max", &features->memory_swap_max },
                { "memory.swap.high", &features->memory_swap_high },
                { "memory.swap.peak", &features->memory_swap_peak },
                { "memory.oom.group", &features->memory_oom_group },
                { "memory.events.local", &features->memory_events_local },
                { "memory.zswap.max", &features->memory_zswap_max },
                { "memory.zswap.writeback", &features->memory_zswap_writeback },
                { "memory.swappiness", &features->memory_swappiness },
        };

        pl_assert(cgroup_fd >= 0);

        for (size_t i = 0; i < PL_ARRAY_LENGTH(files); i++)
                *files[i].fact = exists(cgroup_fd, files[i].name);
        probe_events(cgroup_fd, buffer, features);
}

/* A slice has children of its own whose limits are ours to keep. What is inside of a service, a scope or a container is
 * its own affair and often has no controllers. "docker" and "kubepods" are slices in all but name. */
static bool is_slice(const struct pl_cgroup_visit *visit)
{
        return pl_span_ends_with(pl_span_of(visit->name), ".slice") ||
               (visit->depth == 1 && !strchr(visit->name, '.'));
}

/* The kernel lists cgroups in the order of their making, which a person would take for chance. */
static void note_without_memory(const char *path, struct pl_features *features)
{
        char cleaned[PL_FEATURES_PATH_MAX];
        struct pl_text text;

        pl_assert(path[0] != '\0');

        pl_text_init(&text, cleaned, sizeof cleaned);
        pl_text_add_clean(&text, pl_span_of(path));
        if (features->without_memory_count++ == 0 ||
            strcmp(cleaned, features->without_memory_path) < 0)
                memcpy(features->without_memory_path, cleaned, sizeof cleaned);
}

static void visit_cgroup(const struct pl_cgroup_visit *visit, struct scratch *scratch,
                         struct pl_features *features)
{
        pl_assert(visit->fd >= 0);
        pl_assert(visit->depth > 0);

        if (features->cgroup_kill == PL_FACT_UNKNOWN) {
                features->cgroup_kill = exists(visit->fd, "cgroup.kill");
                features->cgroup_freeze = exists(visit->fd, "cgroup.freeze");
        }
        if (!is_slice(visit))
                pl_cgroup_walk_skip_below(&scratch->walk);

        switch (exists(visit->fd, "memory.max")) {
        case PL_FACT_YES:
                if (features->memory_peak == PL_FACT_UNKNOWN)
                        probe_memory_files(visit->fd, &scratch->file, features);
                break;
        case PL_FACT_NO:
                /* Below one without memory nobody has it either, and one line for all of them is enough. */
                pl_cgroup_walk_skip_below(&scratch->walk);
                if (exists(visit->fd, "cgroup.procs") != PL_FACT_YES)
                        break; /* removed just now */
                note_without_memory(visit->path, features);
                break;
        case PL_FACT_UNKNOWN:
        case PL_FACT_DENIED:
                break;
        }
}

static void probe_tree(int cgroup_fd, struct scratch *scratch, struct pl_features *features)
{
        const struct pl_cgroup_walk_bounds bounds = { SLICE_DEPTH_MAX, PL_CGROUP_COUNT_MAX };
        struct pl_cgroup_visit visit;

        pl_assert(cgroup_fd >= 0);

        if (pl_cgroup_walk_init(&scratch->walk, cgroup_fd, bounds) != 0)
                return;
        while (pl_cgroup_walk_next(&scratch->walk, &visit) == 0)
                visit_cgroup(&visit, scratch, features);
        features->tree_is_cut = scratch->walk.unvisited_count > 0;
        pl_cgroup_walk_done(&scratch->walk);
}

/* Reclaim */

/* Whether the kernel takes these words behind a request for nothing. */
static enum pl_fact takes_words(int cgroup_fd, const char *words)
{
        pl_assert(pl_span_starts_with(pl_span_of(words), "0 "));

        switch (pl_file_write_words(cgroup_fd, "memory.reclaim", pl_span_of(words))) {
        case 0:
                return PL_FACT_YES;
        case PL_FILE_E_REFUSED:
                return PL_FACT_NO;
        default:
                return PL_FACT_UNKNOWN;
        }
}

static void probe_reclaim(int cgroup_fd, struct pl_features *features)
{
        enum pl_fact takes_anything;

        pl_assert(features->memory_at_root == PL_FACT_YES);

        features->memory_reclaim = exists(cgroup_fd, "memory.reclaim");
        if (features->memory_reclaim != PL_FACT_YES ||
            !is_of_kernel(cgroup_fd, CGROUP2_SUPER_MAGIC))
                return;

        takes_anything = takes_words(cgroup_fd, "0 plimsoll=0");
        if (takes_anything == PL_FACT_UNKNOWN)
                return;
        features->memory_reclaim_works = fact_of(takes_anything == PL_FACT_NO);
        if (takes_anything == PL_FACT_YES)
                return;
        features->memory_reclaim_swappiness = takes_words(cgroup_fd, "0 swappiness=60");
        features->memory_reclaim_swappiness_max = takes_words(cgroup_fd, "0 swappiness=max");
}

static void probe_cgroups(int cgroup_fd, struct scratch *scratch, struct pl_features *features)
{
        uint32_t controllers;

        if (cgroup_fd < 0)
                return;
        if (pl_cgroup_read_controllers(cgroup_fd, &scratch->file, &controllers) == 0)
                features->memory_at_root = fact_of(controllers & PL_CGROUP_MEMORY);
        probe_tree(cgroup_fd, scratch, features);
        /* Without the controller the files of memory are missing, and that says nothing about the kernel. */
        if (features->memory_at_root == PL_FACT_YES)
                probe_reclaim(cgroup_fd, features);
}

/* "memory 0 1 0": the last column is 0 when the controller was switched off at boot. Kernels without the old controllers
 * leave it out of the list, which says nothing. */
static void probe_controller_list(int proc_fd, struct pl_file_buffer *buffer,
                                  struct pl_features *features)
{
        struct pl_span rest;

        if (pl_file_read_long(proc_fd, "cgroups", buffer) != 0)
                return;
        rest = pl_file_span(buffer);
        while (!pl_span_empty(rest)) {
                struct pl_span line = pl_span_until(&rest, '\n');

                if (!pl_span_equals(pl_span_word(&line), "memory"))
                        continue;
                (void) pl_span_word(&line);
                (void) pl_span_word(&line);
                features->memory_disabled_at_boot = fact_of(
                        pl_span_equals(pl_span_word(&line), "0"));
        }
}

/* Pressure */

/* From 6.5 on any window is granted to the privileged, before from 500 ms on; the unprivileged get multiples of 2 s. */
static void probe_windows(int proc_fd, struct pl_features *features)
{
        static const uint64_t windows_usec[] = {
                100 * PL_USEC_PER_MSEC,
                500 * PL_USEC_PER_MSEC,
                2 * PL_USEC_PER_SEC,
        };

        pl_assert(features->psi == PL_PSI_STATE_ON);

        if (!is_of_kernel(proc_fd, PROC_SUPER_MAGIC))
                return;
        for (size_t i = 0; i < PL_ARRAY_LENGTH(windows_usec); i++) {
                _cleanup_close_ int fd = -1;
                const struct pl_psi_trigger trigger = {
                        .stall_usec = windows_usec[i] / 2,
                        .window_usec = windows_usec[i],
                };

                if (pl_psi_trigger_open(proc_fd, "pressure/memory", trigger, &fd) == 0) {
                        features->psi_window_min_usec = windows_usec[i];
                        return;
                }
        }
}

static bool has_word(struct pl_span text, const char *wanted)
{
        struct pl_span word;

        pl_assert(wanted[0] != '\0');

        while (!pl_span_empty(word = pl_span_word(&text)))
                if (pl_span_equals(word, wanted))
                        return true;
        return false;
}

static void probe_pressure(int proc_fd, struct pl_file_buffer *buffer, struct pl_features *features)
{
        struct pl_psi psi;

        pl_assert(proc_fd >= 0);

        if (pl_file_read_long(proc_fd, "cmdline", buffer) == 0)
                features->psi_off_by_boot_option = fact_of(has_word(pl_file_span(buffer), "psi=0"));

        switch (pl_psi_read(proc_fd, "pressure/memory", buffer, &psi)) {
        case 0:
                features->psi = PL_PSI_STATE_ON;
                probe_windows(proc_fd, features);
                break;
        case PL_FILE_E_OFF:
                features->psi = PL_PSI_STATE_OFF;
                break;
        case PL_FILE_E_ABSENT:
                features->psi = PL_PSI_STATE_ABSENT;
                break;
        default:
                break;
        }
}

/* System calls */

static enum pl_fact outcome_of_call(long result, int expected)
{
        pl_assert(result < 0);

        switch (errno) {
        case ENOSYS:
                return PL_FACT_NO;
        case EPERM:
        case EACCES:
                return PL_FACT_DENIED;
        default:
                return errno == expected ? PL_FACT_YES : PL_FACT_UNKNOWN;
        }
}

static void probe_calls(struct pl_features *features)
{
        features->pidfd_open = outcome_of_call(syscall(SYS_pidfd_open, 0, 0), EINVAL);
        features->process_mrelease = outcome_of_call(syscall(SYS_process_mrelease, -1, 0), EBADF);
}

/* Namespaces, settings, ourselves */

static enum pl_fact link_is(int proc_fd, const char *path, const char *wanted)
{
        char target[64];
        ssize_t length = readlinkat(proc_fd, path, target, sizeof target);

        if (length < 0)
                return PL_FACT_UNKNOWN;
        return fact_of(pl_span_equals(pl_span(target, (size_t) length), wanted));
}

static int64_t read_number(int dir_fd, const char *path, struct pl_file_buffer *buffer)
{
        uint64_t value;

        if (pl_file_read(dir_fd, path, buffer) != 0 ||
            pl_file_parse_u64(pl_file_span(buffer), &value) != 0 || value > INT64_MAX)
                return PL_FEATURES_NUMBER_UNKNOWN;
        return (int64_t) value;
}

static void read_name(int dir_fd, const char *path, struct pl_file_buffer *buffer, char *name)
{
        struct pl_text text;

        pl_text_init(&text, name, PL_FEATURES_NAME_MAX);
        if (pl_file_read(dir_fd, path, buffer) == 0)
                pl_text_add_clean(&text, pl_span_trim(pl_file_span(buffer)));
}

static void probe_settings(int proc_fd, struct pl_file_buffer *buffer, struct pl_features *features)
{
        const struct {
                const char *path;
                int64_t *number;
        } settings[] = {
                { "sys/vm/swappiness", &features->vm_swappiness },
                { "sys/vm/overcommit_memory", &features->vm_overcommit_memory },
                { "sys/vm/panic_on_oom", &features->vm_panic_on_oom },
                { "sys/vm/oom_kill_allocating_task", &features->vm_oom_kill_allocating_task },
                { "sys/kernel/dmesg_restrict", &features->dmesg_restrict },
        };

        for (size_t i = 0; i < PL_ARRAY_LENGTH(settings); i++)
                *settings[i].number = read_number(proc_fd, settings[i].path, buffer);
        read_name(proc_fd, "sys/kernel/hostname", buffer, features->host_name);
        read_name(proc_fd, "sys/kernel/osrelease", buffer, features->kernel_release);
}

/* A switch that is a number in a file: any digit but 0 means on ("0x0007", "1"). */
static enum pl_fact read_switch(int sys_fd, const char *path, struct pl_file_buffer *buffer)
{
        struct pl_span text;
        enum pl_fact there = exists(sys_fd, path);

        if (there != PL_FACT_YES)
                return there;
        if (pl_file_read(sys_fd, path, buffer) != 0)
                return PL_FACT_UNKNOWN;
        text = pl_span_trim(pl_file_span(buffer));
        while (text.length > 0 && strchr("0x", text.data[0]))
                text = pl_span_from(text, 1);
        return fact_of(!pl_span_empty(text));
}

static void probe_switches(int sys_fd, struct pl_file_buffer *buffer, struct pl_features *features)
{
        features->multi_generation_lru = read_switch(sys_fd, "kernel/mm/lru_gen/enabled", buffer);
        features->selinux = exists(sys_fd, "fs/selinux/enforce");
        features->selinux_enforcing = read_switch(sys_fd, "fs/selinux/enforce", buffer);
}

static void probe_kernel_log(int dev_fd, struct pl_features *features)
{
        _cleanup_close_ int fd = -1;

        if (dev_fd < 0)
                return;
        fd = openat(dev_fd, "kmsg", O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
        features->kernel_log_readable = fact_of(fd >= 0);
}

static void probe_ourselves(int proc_fd, struct pl_file_buffer *buffer,
                            struct pl_features *features)
{
        _cleanup_close_ int self_fd = -1;
        struct pl_process_status status;

        /* "self" is a link, which is not followed as the last part of a path. */
        if (pl_file_open_directory(proc_fd, "self/.", &self_fd) != 0 ||
            pl_process_read_status(self_fd, buffer, &status) != 0)
                return;
        features->is_root = fact_of(status.uid == 0);
        features->capabilities = status.effective_capabilities;
}

int pl_features_probe(const struct pl_roots *roots, struct pl_features *ret_features)
{
        struct pl_features features = {};
        _cleanup_free_ struct scratch *scratch = NULL;
        struct pl_file_buffer *buffer;

        pl_assert(roots);
        pl_assert(roots->proc_fd >= 0);
        pl_assert(ret_features);

        scratch = malloc(sizeof *scratch);
        if (!scratch)
                return -ENOMEM;
        buffer = &scratch->file;

        (void) pl_cgroup_mounts_read(roots->proc_fd, buffer, &features.mounts);
        probe_cgroups(roots->cgroup_fd, scratch, &features);
        probe_controller_list(roots->proc_fd, buffer, &features);
        features.in_host_cgroup_namespace = link_is(roots->proc_fd, "self/ns/cgroup",
                                                    CGROUP_NAMESPACE_OF_HOST);
        features.in_host_pid_namespace = link_is(roots->proc_fd, "self/ns/pid",
                                                 PID_NAMESPACE_OF_HOST);
        features.in_host_user_namespace = link_is(roots->proc_fd, "self/ns/user",
                                                  USER_NAMESPACE_OF_HOST);
        probe_pressure(roots->proc_fd, buffer, &features);
        probe_calls(&features);
        probe_settings(roots->proc_fd, buffer, &features);
        probe_switches(roots->sys_fd, buffer, &features);
        probe_kernel_log(roots->dev_fd, &features);
        probe_ourselves(roots->proc_fd, buffer, &features);
        features.page_size_bytes = (uint64_t) sysconf(_SC_PAGESIZE);

        *ret_features = features;
        return 0;
}
