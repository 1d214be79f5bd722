/* SPDX-License-Identifier: Apache-2.0 */

#include "plimsoll/kernel/process.h"

#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include "edit.h"
#include "tree.h"

static struct pl_file_buffer buffer;

static int open_process(int proc_fd, pid_t pid)
{
        int dir_fd = -1;

        assert_int_equal(pl_process_open(proc_fd, pid, &dir_fd), 0);
        return dir_fd;
}

static int open_proc(void)
{
        int proc_fd = -1;

        assert_int_equal(pl_file_open_directory(AT_FDCWD, "/proc", &proc_fd), 0);
        return proc_fd;
}

static void test_stat(void **state)
{
        _cleanup_close_ int proc_fd = test_fixture("proc/host");
        _cleanup_close_ int dir_fd = open_process(proc_fd, 1234);
        struct pl_process_stat stat;

        (void) state;
        assert_int_equal(pl_process_read_stat(dir_fd, &buffer, &stat), 0);
        assert_int_equal(stat.pid, 1234);
        assert_int_equal(stat.parent_pid, 1200);
        assert_string_equal(stat.comm, "postgres");
        assert_int_equal(stat.state, 'S');
        assert_int_equal(stat.flags, 4194304);
        assert_int_equal(stat.major_fault_count, 42);
        assert_int_equal(stat.user_ticks, 1500);
        assert_int_equal(stat.system_ticks, 230);
        assert_int_equal(stat.thread_count, 6);
        assert_int_equal(stat.start_ticks, 182736);
        assert_int_equal(stat.virtual_bytes, 560123904);
        assert_int_equal(stat.rss_pages, 30864);
        assert_false(pl_process_is_kernel_thread(&stat));
}

static void test_stat_of_a_hostile_name(void **state)
{
        _cleanup_close_ int proc_fd = test_fixture("proc/host");
        _cleanup_close_ int dir_fd = open_process(proc_fd, 4242);
        struct pl_process_stat stat;

        (void) state;
        assert_int_equal(pl_process_read_stat(dir_fd, &buffer, &stat), 0);
        assert_int_equal(stat.pid, 4242);
        assert_string_equal(stat.comm, "we)ird\n(x) S 0 ");
        assert_int_equal(stat.state, 'R');
        assert_int_equal(stat.parent_pid, 1);
        assert_int_equal(stat.start_ticks, 99887766);
        assert_int_equal(stat.rss_pages, 512);
}

static void test_kernel_thread(void **state)
{
        _cleanup_close_ int proc_fd = test_fixture("proc/host");
        _cleanup_close_ int dir_fd = open_process(proc_fd, 2);
        struct pl_process_status status;
        struct pl_process_smaps smaps;
        struct pl_process_stat stat;

        (void) state;
        assert_int_equal(pl_process_read_stat(dir_fd, &buffer, &stat), 0);
        assert_true(pl_process_is_kernel_thread(&stat));
        assert_int_equal(pl_process_read_status(dir_fd, &buffer, &status), 0);
        assert_int_equal(status.have & (PL_PROCESS_HAS_RSS | PL_PROCESS_HAS_SWAP), 0);
        assert_int_equal(status.thread_count, 1);
        assert_int_equal(pl_process_read_smaps(dir_fd, &buffer, &smaps), PL_FILE_E_ABSENT);
}

#define STAT_TAIL "0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20"

static const struct {
        const char *name, *text;
        int error;
} stats[] = {
        { "as short as it may be", "1 (a) S " STAT_TAIL "\n", 0 },
        { "no name", "1 () S " STAT_TAIL "\n", 0 },
        { "parentheses alone", "1 ()))(() S " STAT_TAIL "\n", 0 },
        { "nothing", "", PL_FILE_E_MALFORMED },
        { "no name in parentheses", "1 a S " STAT_TAIL "\n", PL_FILE_E_MALFORMED },
        { "a name never begun", "1 a) S " STAT_TAIL "\n", PL_FILE_E_MALFORMED },
        { "a name never ended", "1 (a S " STAT_TAIL "\n", PL_FILE_E_MALFORMED },
        { "no pid", "(a) S " STAT_TAIL "\n", PL_FILE_E_MALFORMED },
        { "pid 0", "0 (a) S " STAT_TAIL "\n", PL_FILE_E_MALFORMED },
        { "a pid below 0", "-1 (a) S " STAT_TAIL "\n", PL_FILE_E_MALFORMED },
        { "a pid above 31 bits", "2147483648 (a) S " STAT_TAIL "\n", PL_FILE_E_MALFORMED },
        { "two letters of state", "1 (a) SS " STAT_TAIL "\n", PL_FILE_E_MALFORMED },
        { "a number missing", "1 (a) S 0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19\n",
          PL_FILE_E_MALFORMED },
        { "the last number perhaps cut", "1 (a) S " STAT_TAIL, PL_FILE_E_MALFORMED },
        { "a word for a number", "1 (a) S 0 1 2 3 4 5 6 7 x 9 10 11 12 13 14 15 16 17 18 19 20\n",
          PL_FILE_E_MALFORMED },
        { "a start time below 0", "1 (a) S 0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 -18 19 20\n",
          PL_FILE_E_MALFORMED },
        { "the longest name",
          "1 (123456789012345678901234567890123456789012345678901234567890123) S " STAT_TAIL "\n",
          0 },
        { "a name too long",
          "1 (1234567890123456789012345678901234567890123456789012345678901234) S " STAT_TAIL "\n",
          PL_FILE_E_MALFORMED },
};

static void test_stat_texts(void **state)
{
        (void) state;
        for (size_t i = 0; i < PL_ARRAY_LENGTH(stats); i++) {
                struct pl_process_stat stat = { .pid = 77 };
                int r = pl_process_parse_stat(pl_span_of(stats[i].text), &stat);

                assert_row(stats[i].name, r == stats[i].error);
                assert_row(stats[i].name, stat.pid == (r == 0 ? 1 : 77));
                assert_row(stats[i].name, r != 0 || stat.start_ticks == 18);
        }
}

static void test_status(void **state)
{
        _cleanup_close_ int proc_fd = test_fixture("proc/host");
        _cleanup_close_ int dir_fd = open_process(proc_fd, 1234);
        struct pl_process_status status;

        (void) state;
        assert_int_equal(pl_process_read_status(dir_fd, &buffer, &status), 0);
        assert_int_equal(status.have, (PL_PROCESS_HAS_CAPABILITIES << 1) - 1);
        assert_int_equal(status.tgid, 1234);
        assert_int_equal(status.uid, 999);
        assert_int_equal(status.ns_pid, 1);
        assert_int_equal(status.virtual_bytes, 547000 * 1024);
        assert_int_equal(status.pinned_bytes, 36 * 1024);
        assert_int_equal(status.rss_bytes, 123456 * 1024);
        assert_int_equal(status.rss_anon_bytes, 110720 * 1024);
        assert_int_equal(status.rss_file_bytes, 11733 * 1024);
        assert_int_equal(status.rss_shmem_bytes, 1003 * 1024);
        assert_int_equal(status.swap_bytes, 2048 * 1024);
        assert_int_equal(status.thread_count, 6);
        assert_int_equal(status.effective_capabilities, 0xa80425fb);
}

static const struct test_edit bad_status[] = {
        { "no Tgid", "Tgid:\t1234\n", "" },
        { "no Threads", "Threads:\t6\n", "" },
        { "no CapEff", "CapEff:\t00000000a80425fb\n", "" },
        { "a key twice", "VmRSS:\t  123456 kB\n", "VmRSS:\t 1 kB\nVmRSS:\t 1 kB\n" },
        { "no unit", "VmRSS:\t  123456 kB\n", "VmRSS:\t  123456\n" },
        { "another unit", "VmRSS:\t  123456 kB\n", "VmRSS:\t  123456 MB\n" },
        { "a value missing", "VmRSS:\t  123456 kB\n", "VmRSS:\n" },
        { "a minus", "VmRSS:\t  123456 kB\n", "VmRSS:\t -123456 kB\n" },
        { "more than 64 bits of bytes", "VmRSS:\t  123456 kB\n",
          "VmRSS:\t 18446744073709551615 kB\n" },
        { "hex that is none", "CapEff:\t00000000a80425fb\n", "CapEff:\t0000000xa80425fb\n" },
        { "hex of 65 bits", "CapEff:\t00000000a80425fb\n", "CapEff:\t100000000a80425fb\n" },
        { "no hex", "CapEff:\t00000000a80425fb\n", "CapEff:\t\n" },
        { "two numbers", "Threads:\t6\n", "Threads:\t6 7\n" },
        { "no number in a namespace", "NSpid:\t1234\t17\t1\n", "NSpid:\t\n" },
        { "garbage in a namespace", "NSpid:\t1234\t17\t1\n", "NSpid:\t1234\t17\tx\n" },
        { "cut in the last line", "nonvoluntary_ctxt_switches:\t545\n",
          "nonvoluntary_ctxt_switches:\t5" },
};

static void test_bad_status(void **state)
{
        _cleanup_close_ int proc_fd = test_fixture("proc/host");
        _cleanup_close_ int dir_fd = open_process(proc_fd, 1234);
        struct pl_process_status status, before;

        (void) state;
        memset(&status, 0xA5, sizeof status);
        memcpy(&before, &status, sizeof before);
        assert_int_equal(pl_file_read(dir_fd, "status", &buffer), 0);
        for (size_t i = 0; i < PL_ARRAY_LENGTH(bad_status); i++) {
                struct pl_span text = test_edited(pl_file_span(&buffer), &bad_status[i]);

                assert_row(bad_status[i].name,
                           pl_process_parse_status(text, &status) == PL_FILE_E_MALFORMED);
                assert_row(bad_status[i].name, memcmp(&status, &before, sizeof before) == 0);
        }
        assert_int_equal(pl_process_parse_status(pl_span_of(""), &status), PL_FILE_E_MALFORMED);
}

/* The kernel writes the newline of a name as two bytes there, so it cannot begin a line of its own. */
static void test_status_of_a_hostile_name(void **state)
{
        _cleanup_close_ int proc_fd = test_fixture("proc/host");
        _cleanup_close_ int dir_fd = open_process(proc_fd, 4242);
        struct pl_process_status status;

        (void) state;
        assert_int_equal(pl_process_read_status(dir_fd, &buffer, &status), 0);
        assert_int_equal(status.uid, 100000);
        assert_int_equal(status.effective_capabilities, 0);
        assert_int_equal(status.ns_pid, 1);
}

static void test_smaps(void **state)
{
        _cleanup_close_ int proc_fd = test_fixture("proc/host");
        _cleanup_close_ int dir_fd = open_process(proc_fd, 1234);
        struct pl_process_smaps smaps;

        (void) state;
        assert_int_equal(pl_process_read_smaps(dir_fd, &buffer, &smaps), 0);
        assert_int_equal(smaps.have, PL_PROCESS_HAS_PSS_SPLIT);
        assert_int_equal(smaps.rss_bytes, 123456 * 1024);
        assert_int_equal(smaps.pss_bytes, 120011 * 1024);
        assert_int_equal(smaps.pss_anon_bytes, 110001 * 1024);
        assert_int_equal(smaps.pss_file_bytes, 9007 * 1024);
        assert_int_equal(smaps.pss_shmem_bytes, 1003 * 1024);
        assert_int_equal(smaps.shared_clean_bytes, 4104 * 1024);
        assert_int_equal(smaps.shared_dirty_bytes, 1208 * 1024);
        assert_int_equal(smaps.private_clean_bytes, 7312 * 1024);
        assert_int_equal(smaps.private_dirty_bytes, 110832 * 1024);
        assert_int_equal(smaps.anonymous_bytes, 110720 * 1024);
        assert_int_equal(smaps.swap_bytes, 2048 * 1024);
        assert_int_equal(smaps.swap_pss_bytes, 1536 * 1024);
        assert_int_equal(smaps.locked_bytes, 68 * 1024);
}

static const struct {
        struct test_edit edit;
        int error;
} smaps_edits[] = {
        { { "a kernel before 5.4", "Pss_Anon:         110001 kB\n", "" }, 0 },
        { { "no rollup", "[rollup]", "[heap]" }, PL_FILE_E_MALFORMED },
        { { "no first line",
            "55d0c6a4f000-7ffd4a7fe000 ---p 00000000 00:00 0                          [rollup]\n",
            "" },
          PL_FILE_E_MALFORMED },
        { { "no Pss", "Pss:              120011 kB\n", "" }, PL_FILE_E_MALFORMED },
        { { "Swap twice", "Swap:               2048 kB\n", "Swap: 1 kB\nSwap: 1 kB\n" },
          PL_FILE_E_MALFORMED },
        { { "cut", "Locked:               68 kB\n", "Locked:               68 k" },
          PL_FILE_E_MALFORMED },
};

static void test_smaps_texts(void **state)
{
        _cleanup_close_ int proc_fd = test_fixture("proc/host");
        _cleanup_close_ int dir_fd = open_process(proc_fd, 1234);

        (void) state;
        assert_int_equal(pl_file_read(dir_fd, "smaps_rollup", &buffer), 0);
        for (size_t i = 0; i < PL_ARRAY_LENGTH(smaps_edits); i++) {
                struct pl_span text = test_edited(pl_file_span(&buffer), &smaps_edits[i].edit);
                struct pl_process_smaps smaps;
                int r = pl_process_parse_smaps(text, &smaps);

                assert_row(smaps_edits[i].edit.name, r == smaps_edits[i].error);
                assert_row(smaps_edits[i].edit.name, r != 0 || smaps.have == 0);
        }
}

static const struct {
        const char *name, *text;
        int error;
        const char *path;
        bool deleted;
} cgroups[] = {
        { "version 2 alone", "0::/a/b\n", 0, "/a/b", false },
        { "the root", "0::/\n", 0, "/", false },
        { "behind those of version 1", "2:memory:/x\n1:name=systemd:/y\n0::/z\n", 0, "/z", false },
        { "before one of version 1", "0::/z\n1:cpu:/\n", 0, "/z", false },
        { "removed", "0::/a (deleted)\n", 0, "/a", true },
        { "removed, and called so", "0::/a (deleted) (deleted)\n", 0, "/a (deleted)", true },
        { "colons and commas", "0::/a:b,c::/d\n", 0, "/a:b,c::/d", false },
        { "bytes that are no text", "0::/\x01\xff\\\n", 0, "/\x01\xff\\", false },
        { "outside our namespace", "0::/../other\n", 0, "/../other", false },
        { "version 1 alone", "1:memory:/x\n", PL_FILE_E_ABSENT, NULL, false },
        { "version 2 twice", "0::/a\n0::/b\n", PL_FILE_E_MALFORMED, NULL, false },
        { "controllers in version 2", "0:memory:/a\n", PL_FILE_E_MALFORMED, NULL, false },
        { "nothing", "", PL_FILE_E_MALFORMED, NULL, false },
        { "cut in the path", "0::/a", PL_FILE_E_MALFORMED, NULL, false },
        { "no path", "0::\n", PL_FILE_E_MALFORMED, NULL, false },
        { "one colon", "0:/a\n", PL_FILE_E_MALFORMED, NULL, false },
        { "no number", "x::/a\n", PL_FILE_E_MALFORMED, NULL, false },
        { "an empty line", "\n0::/a\n", PL_FILE_E_MALFORMED, NULL, false },
};

static void test_cgroups(void **state)
{
        (void) state;
        for (size_t i = 0; i < PL_ARRAY_LENGTH(cgroups); i++) {
                struct pl_process_cgroup cgroup = {};
                int r = pl_process_parse_cgroup(pl_span_of(cgroups[i].text), &cgroup);

                assert_row(cgroups[i].name, r == cgroups[i].error);
                if (r != 0)
                        continue;
                assert_row(cgroups[i].name, pl_span_equals(cgroup.path, cgroups[i].path));
                assert_row(cgroups[i].name, cgroup.deleted == cgroups[i].deleted);
        }
}

static void test_cgroup_of_a_hybrid_host(void **state)
{
        _cleanup_close_ int proc_fd = test_fixture("proc/host");
        _cleanup_close_ int dir_fd = open_process(proc_fd, 4242);
        struct pl_process_cgroup cgroup;

        (void) state;
        assert_int_equal(pl_process_read_cgroup(dir_fd, &buffer, &cgroup), 0);
        assert_true(pl_span_equals(cgroup.path, "/user.slice/with,comma and: colon/x"));
        assert_true(cgroup.deleted);
        assert_int_equal(memcmp(cgroup.path.data + cgroup.path.length, " (deleted)", 10), 0);
}

static void test_scores(void **state)
{
        _cleanup_close_ int proc_fd = test_fixture("proc/host");
        _cleanup_close_ int dir_fd = open_process(proc_fd, 1234);
        int32_t score_adj;
        uint64_t score;

        (void) state;
        assert_int_equal(pl_process_read_oom_score(dir_fd, &buffer, &score), 0);
        assert_int_equal(score, 721);
        assert_int_equal(pl_process_read_oom_score_adj(dir_fd, &buffer, &score_adj), 0);
        assert_int_equal(score_adj, -900);
}

static const struct {
        const char *name, *text;
        int error;
        int32_t value;
} score_adjs[] = {
        { "zero", "0\n", 0, 0 },
        { "the lowest", "-1000\n", 0, -1000 },
        { "the highest", "1000\n", 0, 1000 },
        { "below", "-1001\n", PL_FILE_E_MALFORMED, 7 },
        { "above", "1001\n", PL_FILE_E_MALFORMED, 7 },
        { "nothing", "", PL_FILE_E_MALFORMED, 7 },
        { "a newline alone", "\n", PL_FILE_E_MALFORMED, 7 },
        { "perhaps cut", "10", PL_FILE_E_MALFORMED, 7 },
        { "something behind", "10 \n", PL_FILE_E_MALFORMED, 7 },
};

static void test_score_adj_texts(void **state)
{
        (void) state;
        for (size_t i = 0; i < PL_ARRAY_LENGTH(score_adjs); i++) {
                int32_t value = 7;

                assert_row(score_adjs[i].name,
                           pl_process_parse_oom_score_adj(pl_span_of(score_adjs[i].text), &value) ==
                                   score_adjs[i].error);
                assert_row(score_adjs[i].name, value == score_adjs[i].value);
        }
}

static pid_t start_child(void)
{
        pid_t pid = fork();

        assert_true(pid >= 0);
        if (pid == 0) {
                (void) prctl(PR_SET_PDEATHSIG,
                             SIGKILL); /* a test that fails leaves nobody behind */
                (void) pause();
                _exit(0);
        }
        return pid;
}

/* Kills the child and waits until it is a zombie, without burying it. */
static void kill_child(pid_t pid)
{
        siginfo_t info;

        assert_int_equal(kill(pid, SIGKILL), 0);
        assert_int_equal(waitid(P_PID, (id_t) pid, &info, WEXITED | WNOWAIT), 0);
}

static void test_live_self(void **state)
{
        _cleanup_close_ int proc_fd = open_proc();
        _cleanup_close_ int dir_fd = open_process(proc_fd, getpid());
        struct pl_process_status status;
        struct pl_process_cgroup cgroup;
        struct pl_process_smaps smaps;
        struct pl_process_stat stat;
        int r;

        (void) state;
        assert_int_equal(pl_process_read_stat(dir_fd, &buffer, &stat), 0);
        assert_int_equal(stat.pid, getpid());
        assert_int_equal(stat.parent_pid, getppid());
        assert_int_equal(pl_process_read_status(dir_fd, &buffer, &status), 0);
        assert_int_equal(status.uid, getuid());
        assert_true(status.have & PL_PROCESS_HAS_RSS && status.rss_bytes > 0);
        assert_int_equal(pl_process_read_smaps(dir_fd, &buffer, &smaps), 0);
        assert_true(smaps.rss_bytes >= smaps.pss_bytes);
        r = pl_process_read_cgroup(dir_fd, &buffer, &cgroup);
        assert_true(r == 0 || r == PL_FILE_E_ABSENT);
}

static void test_live_identity(void **state)
{
        _cleanup_close_ int proc_fd = open_proc();
        _cleanup_close_ int dir_fd = open_process(proc_fd, getpid());
        struct pl_process_stat stat;

        (void) state;
        assert_int_equal(pl_process_read_stat(dir_fd, &buffer, &stat), 0);
        assert_int_equal(pl_process_confirm(dir_fd, stat.start_ticks, &buffer), 0);
        assert_int_equal(pl_process_confirm(dir_fd, stat.start_ticks + 1, &buffer), PL_FILE_E_GONE);
}

static void test_live_score_adj(void **state)
{
        _cleanup_close_ int proc_fd = open_proc();
        pid_t pid = start_child();
        _cleanup_close_ int dir_fd = open_process(proc_fd, pid);
        int32_t before, after;

        (void) state;
        assert_int_equal(pl_process_read_oom_score_adj(dir_fd, &buffer, &before), 0);
        assert_int_equal(pl_process_write_oom_score_adj(dir_fd, 1000), 0);
        assert_int_equal(pl_process_read_oom_score_adj(dir_fd, &buffer, &after), 0);
        assert_int_equal(after, 1000);
        kill_child(pid);
        assert_int_equal(waitpid(pid, NULL, 0), pid);
        assert_int_equal(pl_process_write_oom_score_adj(dir_fd, 1000), PL_FILE_E_GONE);
}

static void test_live_zombie_has_no_memory(void **state)
{
        _cleanup_close_ int proc_fd = open_proc();
        pid_t pid = start_child();
        _cleanup_close_ int dir_fd = open_process(proc_fd, pid);
        struct pl_process_status status;
        struct pl_process_smaps smaps;
        struct pl_process_stat stat;

        (void) state;
        kill_child(pid);
        assert_int_equal(pl_process_read_stat(dir_fd, &buffer, &stat), 0);
        assert_int_equal(stat.state, 'Z');
        assert_int_equal(pl_process_read_status(dir_fd, &buffer, &status), 0);
        assert_int_equal(status.have & PL_PROCESS_HAS_RSS, 0);
        assert_int_equal(pl_process_read_smaps(dir_fd, &buffer, &smaps), PL_FILE_E_ABSENT);
        assert_int_equal(waitpid(pid, NULL, 0), pid);
}

/* Every reader says so, and so does a file that was opened while the process lived. */
static void test_live_gone(void **state)
{
        _cleanup_close_ int proc_fd = open_proc();
        pid_t pid = start_child();
        _cleanup_close_ int dir_fd = open_process(proc_fd, pid);
        _cleanup_close_ int kept_fd = -1;
        struct pl_process_status status;
        struct pl_process_cgroup cgroup;
        struct pl_process_smaps smaps;
        struct pl_process_stat stat;
        int32_t score_adj;
        uint64_t score;
        int none = -1;

        (void) state;
        assert_int_equal(pl_file_open(dir_fd, "stat", &kept_fd), 0);
        kill_child(pid);
        assert_int_equal(waitpid(pid, NULL, 0), pid);

        assert_int_equal(pl_process_read_stat(dir_fd, &buffer, &stat), PL_FILE_E_GONE);
        assert_int_equal(pl_process_read_status(dir_fd, &buffer, &status), PL_FILE_E_GONE);
        assert_int_equal(pl_process_read_smaps(dir_fd, &buffer, &smaps), PL_FILE_E_GONE);
        assert_int_equal(pl_process_read_cgroup(dir_fd, &buffer, &cgroup), PL_FILE_E_GONE);
        assert_int_equal(pl_process_read_oom_score(dir_fd, &buffer, &score), PL_FILE_E_GONE);
        assert_int_equal(pl_process_read_oom_score_adj(dir_fd, &buffer, &score_adj),
                         PL_FILE_E_GONE);
        assert_int_equal(pl_process_confirm(dir_fd, 1, &buffer), PL_FILE_E_GONE);
        assert_int_equal(pl_process_open(proc_fd, pid, &none), PL_FILE_E_GONE);
        assert_int_equal(pl_file_read_again(kept_fd, &buffer), PL_FILE_E_GONE);
        assert_int_equal(none, -1);
}

/* A file that this kernel does not have is not a process that has gone. */
static void test_absent_is_not_gone(void **state)
{
        _cleanup_close_ int proc_fd = test_fixture("proc/host");
        _cleanup_close_ int dir_fd = open_process(proc_fd, 1);
        struct pl_process_smaps smaps;
        int none = -1;

        (void) state;
        assert_int_equal(pl_process_read_smaps(dir_fd, &buffer, &smaps), PL_FILE_E_ABSENT);
        assert_int_equal(pl_process_open(proc_fd, 99, &none), PL_FILE_E_GONE);
}

/* As a child without privilege: its own floor is what it may not go below, and others' memory is none of its business. */
static void unprivileged(void)
{
        _cleanup_close_ int proc_fd = open_proc();
        _cleanup_close_ int own_fd = open_process(proc_fd, getpid());
        _cleanup_close_ int other_fd = open_process(proc_fd, 1);
        struct pl_process_smaps smaps;

        if (setresgid(65534, 65534, 65534) < 0 || setresuid(65534, 65534, 65534) < 0)
                _exit(2);
        if (pl_process_write_oom_score_adj(own_fd, -1000) != PL_FILE_E_DENIED ||
            pl_process_read_smaps(other_fd, &buffer, &smaps) != PL_FILE_E_DENIED)
                _exit(1);
        _exit(0);
}

static void test_live_denied(void **state)
{
        int status;
        pid_t pid;

        (void) state;
        if (geteuid() != 0)
                skip(); /* cannot become somebody else */
        pid = fork();
        assert_true(pid >= 0);
        if (pid == 0)
                unprivileged();
        assert_int_equal(waitpid(pid, &status, 0), pid);
        assert_true(WIFEXITED(status));
        assert_int_equal(WEXITSTATUS(status), 0);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_stat),
                cmocka_unit_test(test_stat_of_a_hostile_name),
                cmocka_unit_test(test_kernel_thread),
                cmocka_unit_test(test_stat_texts),
                cmocka_unit_test(test_status),
                cmocka_unit_test(test_bad_status),
                cmocka_unit_test(test_status_of_a_hostile_name),
                cmocka_unit_test(test_smaps),
                cmocka_unit_test(test_smaps_texts),
                cmocka_unit_test(test_cgroups),
                cmocka_unit_test(test_cgroup_of_a_hybrid_host),
                cmocka_unit_test(test_scores),
                cmocka_unit_test(test_score_adj_texts),
                cmocka_unit_test(test_live_self),
                cmocka_unit_test(test_live_identity),
                cmocka_unit_test(test_live_score_adj),
                cmocka_unit_test(test_live_zombie_has_no_memory),
                cmocka_unit_test(test_live_gone),
                cmocka_unit_test(test_absent_is_not_gone),
                cmocka_unit_test(test_live_denied),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
