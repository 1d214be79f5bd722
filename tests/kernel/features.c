/* SPDX-License-Identifier: Apache-2.0 */

/* Probing over fixture trees, which the probe only reads; and over the host that runs the test, where only what the test
 * can find out by another way is compared. */

#include "plimsoll/kernel/features.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "test.h"

static int open_directory(const char *path)
{
        return open(path, O_RDONLY | O_CLOEXEC | O_DIRECTORY);
}

static struct pl_roots open_roots(const char *host)
{
        static const char *const names[] = { "cgroup", "proc", "sys", "dev" };
        int fds[PL_ARRAY_LENGTH(names)];
        char path[512];

        for (size_t i = 0; i < PL_ARRAY_LENGTH(names); i++) {
                (void) snprintf(path, sizeof path, FIXTURES "/doctor/%s/%s", host, names[i]);
                fds[i] = open_directory(path);
        }
        assert_true(fds[1] >= 0);
        return (struct pl_roots){ fds[0], fds[1], fds[2], fds[3] };
}

static void close_roots(struct pl_roots *roots)
{
        int fds[] = { roots->cgroup_fd, roots->proc_fd, roots->sys_fd, roots->dev_fd };

        for (size_t i = 0; i < PL_ARRAY_LENGTH(fds); i++)
                pl_cleanup_close(&fds[i]);
}

static struct pl_features probe(const char *host)
{
        struct pl_roots roots = open_roots(host);
        struct pl_features features;

        memset(&features, 0xA5, sizeof features);
        assert_int_equal(pl_features_probe(&roots, &features), 0);
        close_roots(&roots);
        return features;
}

static void a_unified_host_is_read(void **state)
{
        struct pl_features features = probe("debian12");

        (void) state;
        assert_string_equal(features.host_name, "host1");
        assert_string_equal(features.kernel_release, "6.1.0-49-amd64");
        assert_int_equal(features.mounts.layout, PL_CGROUP_LAYOUT_UNIFIED);
        assert_string_equal(features.mounts.unified_path, "/sys/fs/cgroup");
        assert_true(features.mounts.nsdelegate);
        assert_true(features.mounts.recursive_protection);
        assert_false(features.mounts.memory_on_v1);
        assert_int_equal(features.memory_at_root, PL_FACT_YES);
        assert_int_equal(features.memory_disabled_at_boot, PL_FACT_NO);
        assert_int_equal(features.cgroup_kill, PL_FACT_YES);
        assert_int_equal(features.memory_peak, PL_FACT_YES);
        assert_int_equal(features.memory_swap_peak, PL_FACT_NO);
        assert_int_equal(features.memory_swappiness, PL_FACT_NO);
        assert_int_equal(features.oom_group_kill_event, PL_FACT_YES);
        assert_int_equal(features.psi, PL_PSI_STATE_ON);
        assert_int_equal(features.psi_off_by_boot_option, PL_FACT_NO);
        assert_int_equal(features.vm_swappiness, 60);
        assert_int_equal(features.multi_generation_lru, PL_FACT_NO);
        assert_int_equal(features.selinux, PL_FACT_NO);
        assert_int_equal(features.is_root, PL_FACT_YES);
        assert_true(features.capabilities == 0x1ffffffffff);
        assert_int_equal(features.in_host_cgroup_namespace, PL_FACT_YES);
}

/* The inside of a service or a container may be without; what lies in a slice may not. */
static void cgroups_without_memory_are_counted_where_it_matters(void **state)
{
        struct pl_features features = probe("debian12");

        (void) state;
        assert_int_equal(features.without_memory_count, 2);
        assert_string_equal(features.without_memory_path, "docker/0f1e2d3c4b5a");
        assert_false(features.tree_is_cut);
}

/* What would be written on a live host is not written here, so it stays unknown and the files stay empty. */
static void a_fixture_tree_is_never_written_to(void **state)
{
        struct pl_features features = probe("debian12");
        struct stat status;

        (void) state;
        assert_int_equal(features.memory_reclaim, PL_FACT_YES);
        assert_int_equal(features.memory_reclaim_works, PL_FACT_UNKNOWN);
        assert_int_equal(features.memory_reclaim_swappiness, PL_FACT_UNKNOWN);
        assert_int_equal(features.psi_window_min_usec, 0);
        assert_int_equal(stat(FIXTURES "/doctor/debian12/cgroup/memory.reclaim", &status), 0);
        assert_int_equal(status.st_size, 0);
}

static void a_hybrid_host_is_told_from_a_unified_one(void **state)
{
        struct pl_features features = probe("hybrid");

        (void) state;
        assert_int_equal(features.mounts.layout, PL_CGROUP_LAYOUT_HYBRID);
        assert_string_equal(features.mounts.unified_path, "/sys/fs/cgroup/unified");
        assert_true(features.mounts.memory_on_v1);
        assert_int_equal(features.memory_at_root, PL_FACT_NO);
        assert_int_equal(features.cgroup_kill, PL_FACT_NO);
        assert_int_equal(features.cgroup_freeze, PL_FACT_YES);
        /* Files of memory are missing for want of the controller, not of the kernel's. */
        assert_int_equal(features.memory_peak, PL_FACT_UNKNOWN);
        assert_int_equal(features.memory_reclaim, PL_FACT_UNKNOWN);
        assert_int_equal(features.multi_generation_lru, PL_FACT_NO);
}

static void a_container_is_known_by_its_namespaces(void **state)
{
        struct pl_features features = probe("container");

        (void) state;
        assert_int_equal(features.in_host_cgroup_namespace, PL_FACT_NO);
        assert_int_equal(features.in_host_pid_namespace, PL_FACT_NO);
        assert_int_equal(features.in_host_user_namespace, PL_FACT_YES);
        assert_int_equal(features.mounts.layout, PL_CGROUP_LAYOUT_UNIFIED);
        assert_true(features.capabilities == 0xa80425fb);
        /* Its name was made to clear a screen. */
        assert_string_equal(features.host_name, "web?[31m1");
}

static void what_is_not_there_is_no_and_what_is_not_seen_unknown(void **state)
{
        struct pl_features features = probe("rhel9");

        (void) state;
        assert_int_equal(features.psi, PL_PSI_STATE_ABSENT);
        assert_int_equal(features.selinux, PL_FACT_YES);
        assert_int_equal(features.selinux_enforcing, PL_FACT_YES);
        assert_int_equal(features.multi_generation_lru, PL_FACT_YES);
        assert_int_equal(features.is_root, PL_FACT_NO);
        assert_int_equal(features.memory_reclaim, PL_FACT_NO);
        assert_int_equal(features.memory_peak, PL_FACT_NO);
        assert_int_equal(features.memory_swappiness, PL_FACT_YES);
        assert_int_equal(features.oom_group_kill_event, PL_FACT_NO);
        assert_int_equal(features.kernel_log_readable, PL_FACT_UNKNOWN); /* no /dev here */
}

static void no_tree_at_all_is_no_failure(void **state)
{
        struct pl_roots roots = { -1, open_directory(FIXTURES "/doctor/debian12/sys"), -1, -1 };
        struct pl_features features;

        (void) state;
        assert_int_equal(pl_features_probe(&roots, &features), 0);
        close_roots(&roots);
        assert_int_equal(features.mounts.layout, PL_CGROUP_LAYOUT_UNKNOWN);
        assert_int_equal(features.memory_at_root, PL_FACT_UNKNOWN);
        assert_int_equal(features.cgroup_kill, PL_FACT_UNKNOWN);
        assert_int_equal(features.in_host_cgroup_namespace, PL_FACT_UNKNOWN);
        assert_int_equal(features.is_root, PL_FACT_UNKNOWN);
        assert_int_equal(features.selinux, PL_FACT_UNKNOWN);
        assert_int_equal(features.vm_swappiness, PL_FEATURES_NUMBER_UNKNOWN);
        assert_string_equal(features.kernel_release, "");
}

/* Mounts */

#define UNIFIED(path, options) "29 22 0:26 / " path " rw shared:9 - cgroup2 cgroup2 " options "\n"
#define OLD(path, options)     "33 29 0:30 / " path " rw - cgroup cgroup " options "\n"
#define TMPFS(path)            "28 22 0:25 / " path " ro - tmpfs tmpfs ro,size=4096k\n"

static const struct mounts_row {
        const char *name;
        const char *text;
        const char *unified_path;
        enum pl_cgroup_layout layout;
        bool memory_on_v1;
        bool nsdelegate;
} mounts_rows[] = {
        { "nothing", "", "", PL_CGROUP_LAYOUT_NONE, false, false },
        { "no newline at the end", "29 22 0:26 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw",
          "/sys/fs/cgroup", PL_CGROUP_LAYOUT_UNIFIED, false, false },
        { "unified", UNIFIED("/sys/fs/cgroup", "rw,nsdelegate"), "/sys/fs/cgroup",
          PL_CGROUP_LAYOUT_UNIFIED, false, true },
        { "unified somewhere else, and alone", UNIFIED("/cg", "rw"), "/cg",
          PL_CGROUP_LAYOUT_UNIFIED, false, false },
        { "old alone", TMPFS("/sys/fs/cgroup") OLD("/sys/fs/cgroup/memory", "rw,memory"), "",
          PL_CGROUP_LAYOUT_V1, true, false },
        { "memory is a word of its own among the options",
          OLD("/sys/fs/cgroup/memory", "rw,name=memory,memory_recursiveprot"), "",
          PL_CGROUP_LAYOUT_V1, false, false },
        { "side by side",
          UNIFIED("/sys/fs/cgroup/unified", "rw") OLD("/sys/fs/cgroup/memory", "rw,memory"),
          "/sys/fs/cgroup/unified", PL_CGROUP_LAYOUT_HYBRID, true, false },
        { "a VPN's own old controller beside the unified tree",
          UNIFIED("/sys/fs/cgroup", "rw,nsdelegate") OLD("/opt/vpn/net_cls", "rw,net_cls"),
          "/sys/fs/cgroup", PL_CGROUP_LAYOUT_UNIFIED, false, true },
        { "the usual place wins over a later one",
          UNIFIED("/sys/fs/cgroup", "rw,nsdelegate") UNIFIED("/run/cg", "rw"), "/sys/fs/cgroup",
          PL_CGROUP_LAYOUT_UNIFIED, false, true },
        { "and over an earlier one",
          UNIFIED("/run/cg", "rw,nsdelegate") UNIFIED("/sys/fs/cgroup", "rw"), "/sys/fs/cgroup",
          PL_CGROUP_LAYOUT_UNIFIED, false, false },
        { "a second mount, as for a chroot, is not the first",
          UNIFIED("/sys/fs/cgroup/unified", "rw,nsdelegate") UNIFIED("/srv/root/unified", "rw"),
          "/sys/fs/cgroup/unified", PL_CGROUP_LAYOUT_UNIFIED, false, true },
        { "a piece of the tree, bound somewhere, is no tree",
          "29 22 0:26 /system.slice /srv/piece rw - cgroup2 cgroup2 rw\n" UNIFIED("/cg", "rw"),
          "/cg", PL_CGROUP_LAYOUT_UNIFIED, false, false },
        { "hidden under another file system",
          UNIFIED("/sys/fs/cgroup", "rw") TMPFS("/sys/fs/cgroup"), "", PL_CGROUP_LAYOUT_NONE, false,
          false },
        { "hidden, and mounted over that again",
          UNIFIED("/sys/fs/cgroup", "rw") TMPFS("/sys/fs/cgroup")
                  UNIFIED("/sys/fs/cgroup", "rw,nsdelegate"),
          "/sys/fs/cgroup", PL_CGROUP_LAYOUT_UNIFIED, false, true },
        { "several optional fields",
          "29 22 0:26 / /sys/fs/cgroup rw shared:9 master:1 propagate_from:2 "
          "unbindable - cgroup2 cgroup2 rw\n",
          "/sys/fs/cgroup", PL_CGROUP_LAYOUT_UNIFIED, false, false },
        { "a source that is called like the type", "29 22 0:26 / /mnt rw - ext4 cgroup2 rw\n", "",
          PL_CGROUP_LAYOUT_NONE, false, false },
        { "a mount point that is called like the separator",
          "29 22 0:26 / - rw - cgroup2 none rw\n", "-", PL_CGROUP_LAYOUT_UNIFIED, false, false },
        { "cut before the type", "29 22 0:26 / /sys/fs/cgroup rw -\n", "", PL_CGROUP_LAYOUT_NONE,
          false, false },
};

static void mounts_are_told_apart(void **state)
{
        (void) state;
        for (size_t i = 0; i < PL_ARRAY_LENGTH(mounts_rows); i++) {
                const struct mounts_row *row = &mounts_rows[i];
                struct pl_span rest = pl_span_of(row->text);
                struct pl_cgroup_mounts mounts = {};

                while (!pl_span_empty(rest))
                        pl_cgroup_mounts_add(&mounts, pl_span_until(&rest, '\n'));
                pl_cgroup_mounts_settle(&mounts);
                assert_row(row->name, mounts.layout == row->layout);
                assert_row(row->name, strcmp(mounts.unified_path, row->unified_path) == 0);
                assert_row(row->name, mounts.memory_on_v1 == row->memory_on_v1);
                assert_row(row->name, mounts.nsdelegate == row->nsdelegate);
        }
}

/* A file of the given lines, in a directory like /proc. */
static int make_proc(char path[static 32])
{
        int fd;

        (void) snprintf(path, 32, "/tmp/plimsoll-XXXXXX");
        assert_non_null(mkdtemp(path));
        fd = open_directory(path);
        assert_true(fd >= 0);
        assert_int_equal(mkdirat(fd, "self", 0700), 0);
        return fd;
}

static void remove_proc(int fd, const char *path)
{
        (void) unlinkat(fd, "self/mountinfo", 0);
        (void) unlinkat(fd, "self", AT_REMOVEDIR);
        (void) close(fd);
        assert_int_equal(rmdir(path), 0);
}

/* A host with two thousand containers: the buffer is filled many times over, and one line does not fit at all. */
static void a_mountinfo_of_megabytes_is_read_to_its_end(void **state)
{
        static struct pl_file_buffer buffer;
        struct pl_cgroup_mounts mounts;
        char path[32];
        int proc_fd = make_proc(path);
        FILE *file = fdopen(openat(proc_fd, "self/mountinfo", O_WRONLY | O_CREAT, 0600), "w");

        (void) state;
        assert_non_null(file);
        for (unsigned i = 0; i < 2000; i++)
                (void) fprintf(file,
                               "%u 27 0:%u / /var/lib/docker/overlay2/%u/merged rw - overlay "
                               "overlay rw,lowerdir=%0900u\n",
                               100 + i, 100 + i, i, i);
        (void) fprintf(file, "9999 27 0:99 / /long rw - overlay overlay rw,lowerdir=%070000u\n", 1);
        (void) fputs(UNIFIED("/sys/fs/cgroup", "rw,nsdelegate,memory_recursiveprot"), file);
        assert_int_equal(fclose(file), 0);

        assert_int_equal(pl_cgroup_mounts_read(proc_fd, &buffer, &mounts), 0);
        assert_int_equal(mounts.layout, PL_CGROUP_LAYOUT_UNIFIED);
        assert_true(mounts.nsdelegate && mounts.recursive_protection && !mounts.local_events);
        remove_proc(proc_fd, path);
}

static void a_proc_without_mounts_is_absent(void **state)
{
        static struct pl_file_buffer buffer;
        struct pl_cgroup_mounts mounts = { .nsdelegate = true };
        char path[32];
        int proc_fd = make_proc(path);

        (void) state;
        assert_int_equal(pl_cgroup_mounts_read(proc_fd, &buffer, &mounts), PL_FILE_E_ABSENT);
        assert_true(mounts.nsdelegate);
        remove_proc(proc_fd, path);
}

/* The host that runs the test */

static enum pl_fact has_call(long result)
{
        return result < 0 && errno == ENOSYS  ? PL_FACT_NO
               : result < 0 && errno == EPERM ? PL_FACT_DENIED
                                              : PL_FACT_YES;
}

static void this_host_is_probed_and_left_as_it_was(void **state)
{
        struct pl_roots roots = { -1, open_directory("/proc"), open_directory("/sys"), -1 };
        struct pl_features features;
        long result;
        int pidfd;

        (void) state;
        assert_int_equal(pl_features_probe(&roots, &features), 0);
        close_roots(&roots);

        assert_int_equal(features.page_size_bytes, sysconf(_SC_PAGESIZE));
        assert_int_equal(features.is_root, geteuid() == 0 ? PL_FACT_YES : PL_FACT_NO);
        assert_int_equal(features.psi == PL_PSI_STATE_ON || features.psi == PL_PSI_STATE_OFF,
                         access("/proc/pressure/memory", F_OK) == 0);
        /* The real thing, instead of an argument that cannot be right. */
        pidfd = (int) syscall(SYS_pidfd_open, getpid(), 0);
        assert_int_equal(features.pidfd_open, has_call(pidfd));
        result = syscall(SYS_process_mrelease, pidfd, 0); /* of somebody who is not being killed */
        assert_true(result < 0);
        if (pidfd >= 0)
                assert_int_equal(features.process_mrelease, has_call(result));
        pl_cleanup_close(&pidfd);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(a_unified_host_is_read),
                cmocka_unit_test(cgroups_without_memory_are_counted_where_it_matters),
                cmocka_unit_test(a_fixture_tree_is_never_written_to),
                cmocka_unit_test(a_hybrid_host_is_told_from_a_unified_one),
                cmocka_unit_test(a_container_is_known_by_its_namespaces),
                cmocka_unit_test(what_is_not_there_is_no_and_what_is_not_seen_unknown),
                cmocka_unit_test(no_tree_at_all_is_no_failure),
                cmocka_unit_test(mounts_are_told_apart),
                cmocka_unit_test(a_mountinfo_of_megabytes_is_read_to_its_end),
                cmocka_unit_test(a_proc_without_mounts_is_absent),
                cmocka_unit_test(this_host_is_probed_and_left_as_it_was),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
