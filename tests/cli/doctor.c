/* SPDX-License-Identifier: Apache-2.0 */

/* What doctor says of hosts that are written down here as facts: text and JSON are compared with the files
 * tests/fixtures/doctor/NAME.txt and NAME.json, and the exit code with the table. Run with UPDATE_GOLDEN=1 in the
 * environment to write the files anew, and read the difference. */

#include "cli/doctor.h"

#include <fcntl.h>
#include <linux/capability.h>
#include <unistd.h>

#include "plimsoll/base/clock.h"
#include "plimsoll/base/fd.h"
#include "plimsoll/base/size.h"
#include "test.h"

static const struct pl_killer_kind *kind_called(const char *name)
{
        for (size_t i = 0; pl_killer_kinds[i].name; i++)
                if (strcmp(pl_killer_kinds[i].name, name) == 0)
                        return &pl_killer_kinds[i];
        fail_msg("no killer is called %s", name);
        return NULL;
}

/* A host that lacks nothing: Debian 13 with zram, seen by root. The others are told by what they have not. */
static void be_complete(struct pl_doctor_facts *facts)
{
        *facts = (struct pl_doctor_facts) {
                .features = {
                        .host_name = "host1",
                        .kernel_release = "6.12.107+deb13-amd64",
                        .page_size_bytes = 4096,
                        .mounts = {
                                .layout = PL_CGROUP_LAYOUT_UNIFIED,
                                .unified_path = "/sys/fs/cgroup",
                                .nsdelegate = true,
                                .recursive_protection = true,
                        },
                        .memory_disabled_at_boot = PL_FACT_NO,
                        .memory_at_root = PL_FACT_YES,
                        .in_host_cgroup_namespace = PL_FACT_YES,
                        .in_host_pid_namespace = PL_FACT_YES,
                        .in_host_user_namespace = PL_FACT_YES,
                        .psi = PL_PSI_STATE_ON,
                        .psi_off_by_boot_option = PL_FACT_NO,
                        .psi_window_min_usec = 100 * PL_USEC_PER_MSEC,
                        .cgroup_kill = PL_FACT_YES,
                        .cgroup_freeze = PL_FACT_YES,
                        .memory_peak = PL_FACT_YES,
                        .memory_swap_max = PL_FACT_YES,
                        .memory_swap_high = PL_FACT_YES,
                        .memory_swap_peak = PL_FACT_YES,
                        .memory_oom_group = PL_FACT_YES,
                        .memory_events_local = PL_FACT_YES,
                        .memory_zswap_max = PL_FACT_NO,
                        .memory_zswap_writeback = PL_FACT_NO,
                        .memory_swappiness = PL_FACT_NO,
                        .oom_group_kill_event = PL_FACT_YES,
                        .memory_reclaim = PL_FACT_YES,
                        .memory_reclaim_works = PL_FACT_YES,
                        .memory_reclaim_swappiness = PL_FACT_YES,
                        .memory_reclaim_swappiness_max = PL_FACT_NO,
                        .pidfd_open = PL_FACT_YES,
                        .process_mrelease = PL_FACT_YES,
                        .vm_swappiness = 60,
                        .dmesg_restrict = 1,
                        .multi_generation_lru = PL_FACT_YES,
                        .kernel_log_readable = PL_FACT_YES,
                        .selinux = PL_FACT_NO,
                        .selinux_enforcing = PL_FACT_NO,
                        .is_root = PL_FACT_YES,
                        .capabilities = (UINT64_C(1) << (CAP_LAST_CAP + 1)) - 1,
                },
                .swap = { .known = true, .total_bytes = 4 * PL_GIB, .on_zram = true },
                .systemd = {
                        .state = PL_DOCTOR_SYSTEMD_ANSWERS,
                        .init_name = "systemd",
                        .version = "257.13-1~deb13u1",
                        .major = 257,
                },
                .killers = { .complete = true },
        };
}

static void be_debian12(struct pl_doctor_facts *facts)
{
        (void) snprintf(facts->features.kernel_release, PL_FEATURES_NAME_MAX, "6.1.0-49-amd64");
        (void) snprintf(facts->systemd.version, PL_FEATURES_NAME_MAX, "252.39-1~deb12u1");
        facts->systemd.major = 252;
        facts->features.psi_window_min_usec = 500 * PL_USEC_PER_MSEC;
        facts->features.memory_swap_peak = PL_FACT_NO;
        facts->features.memory_reclaim_swappiness = PL_FACT_NO;
        facts->features.multi_generation_lru = PL_FACT_NO;
        facts->swap = (struct pl_doctor_swap){ .known = true,
                                               .total_bytes = 975 * PL_MIB,
                                               .on_disk = true };
}

/* As systemd leaves it with systemd.unified_cgroup_hierarchy=0. */
static void be_hybrid(struct pl_doctor_facts *facts)
{
        facts->features.mounts = (struct pl_cgroup_mounts){
                .layout = PL_CGROUP_LAYOUT_HYBRID,
                .unified_path = "/sys/fs/cgroup/unified",
                .memory_on_v1 = true,
        };
        facts->features.memory_at_root = PL_FACT_NO;
        facts->features.memory_peak = PL_FACT_UNKNOWN;
        facts->features.memory_swap_max = PL_FACT_UNKNOWN;
        facts->features.memory_oom_group = PL_FACT_UNKNOWN;
        facts->features.memory_reclaim = PL_FACT_UNKNOWN;
        facts->features.memory_reclaim_works = PL_FACT_UNKNOWN;
        facts->features.memory_reclaim_swappiness = PL_FACT_UNKNOWN;
}

static void be_hybrid_debian12(struct pl_doctor_facts *facts)
{
        be_debian12(facts);
        be_hybrid(facts);
}

static void be_hybrid_without_systemd(struct pl_doctor_facts *facts)
{
        be_hybrid(facts);
        facts->systemd = (struct pl_doctor_systemd){ .init_name = "init" };
}

/* RHEL 9 as it is installed: pressure is built in and off, SELinux enforces. */
static void be_rhel9(struct pl_doctor_facts *facts)
{
        (void) snprintf(facts->features.kernel_release, PL_FEATURES_NAME_MAX,
                        "5.14.0-427.el9.x86_64");
        (void) snprintf(facts->systemd.version, PL_FEATURES_NAME_MAX, "252-32.el9_4");
        facts->systemd.major = 252;
        facts->features.psi = PL_PSI_STATE_ABSENT;
        facts->features.psi_window_min_usec = 0;
        facts->features.selinux = PL_FACT_YES;
        facts->features.selinux_enforcing = PL_FACT_YES;
        facts->features.memory_reclaim_swappiness = PL_FACT_NO;
}

static void be_psi_off_at_boot(struct pl_doctor_facts *facts)
{
        facts->features.psi = PL_PSI_STATE_OFF;
        facts->features.psi_window_min_usec = 0;
        facts->features.psi_off_by_boot_option = PL_FACT_YES;
}

/* Debian 11. */
static void be_linux_5_10(struct pl_doctor_facts *facts)
{
        struct pl_features *features = &facts->features;

        be_debian12(facts);
        (void) snprintf(features->kernel_release, PL_FEATURES_NAME_MAX, "5.10.0-32-amd64");
        (void) snprintf(facts->systemd.version, PL_FEATURES_NAME_MAX, "247.3-7+deb11u6");
        facts->systemd.major = 247;
        features->cgroup_kill = PL_FACT_NO;
        features->memory_peak = PL_FACT_NO;
        features->memory_reclaim = PL_FACT_NO;
        features->memory_reclaim_works = PL_FACT_UNKNOWN;
        features->memory_reclaim_swappiness = PL_FACT_UNKNOWN;
        features->process_mrelease = PL_FACT_NO;
        features->oom_group_kill_event = PL_FACT_NO;
}

static void be_container(struct pl_doctor_facts *facts)
{
        facts->features.in_host_cgroup_namespace = PL_FACT_NO;
        facts->features.in_host_pid_namespace = PL_FACT_NO;
        facts->features.capabilities = 0xa80425fb; /* what docker gives */
        facts->features.process_mrelease = PL_FACT_DENIED;
        facts->features.kernel_log_readable = PL_FACT_NO;
        facts->systemd = (struct pl_doctor_systemd){ .init_name = "sh\x1B[2J" };
}

static void be_beside_others(struct pl_doctor_facts *facts)
{
        facts->killers = (struct pl_killers) {
                .count = 3,
                .complete = true,
                .found = {
                        { kind_called("earlyoom"), 612, false },
                        { kind_called("systemd-oomd"), 431, true },
                        { kind_called("kubelet"), 1190, false },
                },
        };
}

static void be_without_swap(struct pl_doctor_facts *facts)
{
        facts->swap = (struct pl_doctor_swap){ .known = true };
}

/* A Raspberry Pi 5 as it is installed. */
static void be_16k_pages(struct pl_doctor_facts *facts)
{
        (void) snprintf(facts->features.kernel_release, PL_FEATURES_NAME_MAX,
                        "6.12.34+rpt-rpi-2712");
        facts->features.page_size_bytes = 16384;
        facts->features.memory_disabled_at_boot = PL_FACT_YES;
        facts->features.memory_at_root = PL_FACT_NO;
        facts->swap.on_disk = true;
        facts->swap.zswap = true;
}

static void be_seen_by_a_user(struct pl_doctor_facts *facts)
{
        struct pl_features *features = &facts->features;

        features->is_root = PL_FACT_NO;
        features->capabilities = 0;
        features->psi_window_min_usec = 2 * PL_USEC_PER_SEC;
        features->kernel_log_readable = PL_FACT_NO;
        features->memory_reclaim_works = PL_FACT_UNKNOWN;
        features->memory_reclaim_swappiness = PL_FACT_UNKNOWN;
        facts->killers = (struct pl_killers){};
}

/* Everything that is set in an odd way and yet lets plimsolld run. */
static void be_odd(struct pl_doctor_facts *facts)
{
        struct pl_features *features = &facts->features;

        features->mounts.nsdelegate = false;
        features->mounts.recursive_protection = false;
        features->mounts.local_events = true;
        features->without_memory_count = 2;
        (void) snprintf(features->without_memory_path, PL_FEATURES_PATH_MAX, "docker/0f1e2d3c4b5a");
        features->memory_reclaim_works = PL_FACT_NO;
        features->memory_reclaim_swappiness = PL_FACT_UNKNOWN;
        features->memory_oom_group = PL_FACT_NO;
        features->vm_oom_kill_allocating_task = 1;
        features->kernel_log_readable = PL_FACT_NO;
        features->psi_window_min_usec = 0;
        features->capabilities &= ~(UINT64_C(1) << CAP_KILL);
        facts->systemd.state = PL_DOCTOR_SYSTEMD_SILENT;
}

/* Nothing at all could be found out: not even /proc/self/mountinfo. */
static void be_blind(struct pl_doctor_facts *facts)
{
        struct pl_features *features = &facts->features;

        *facts = (struct pl_doctor_facts){};
        features->page_size_bytes = 4096;
        features->vm_swappiness = features->vm_overcommit_memory = PL_FEATURES_NUMBER_UNKNOWN;
        features->vm_panic_on_oom = PL_FEATURES_NUMBER_UNKNOWN;
        features->vm_oom_kill_allocating_task = PL_FEATURES_NUMBER_UNKNOWN;
        features->dmesg_restrict = PL_FEATURES_NUMBER_UNKNOWN;
}

static void be_nothing_more(struct pl_doctor_facts *facts)
{
        (void) facts;
}

static const struct host {
        const char *name;
        void (*be)(struct pl_doctor_facts *facts);
        enum pl_cli_exit exit_code;
} hosts[] = {
        { "debian13", be_nothing_more, PL_CLI_FINE },
        { "debian12", be_debian12, PL_CLI_FINE },
        { "hybrid", be_hybrid_debian12, PL_CLI_HOST_CANNOT },
        { "hybrid-without-systemd", be_hybrid_without_systemd, PL_CLI_HOST_CANNOT },
        { "rhel9", be_rhel9, PL_CLI_FINDINGS },
        { "psi-off-at-boot", be_psi_off_at_boot, PL_CLI_FINDINGS },
        { "linux-5.10", be_linux_5_10, PL_CLI_FINE },
        { "container", be_container, PL_CLI_HOST_CANNOT },
        { "beside-others", be_beside_others, PL_CLI_FINE },
        { "no-swap", be_without_swap, PL_CLI_FINE },
        { "16k-pages", be_16k_pages, PL_CLI_HOST_CANNOT },
        { "ordinary-user", be_seen_by_a_user, PL_CLI_FINE },
        { "odd", be_odd, PL_CLI_FINE },
        { "blind", be_blind, PL_CLI_HOST_CANNOT },
};

/* Printing */

static char printed[PL_CLI_OUT_MAX];

static struct pl_span print(const struct pl_doctor_facts *facts, struct pl_cli_style style,
                            bool json)
{
        struct pl_doctor_report report;
        struct pl_text out, words;
        char no_words[8];
        struct pl_cli cli = { .style = style, .out = &out, .words = &words };

        pl_text_init(&out, printed, sizeof printed);
        pl_text_init(&words, no_words, sizeof no_words);
        pl_doctor_judge(facts, &report);
        if (json)
                pl_doctor_print_json(&cli, facts, &report);
        else
                pl_doctor_print(&cli, facts, &report);
        assert_false(out.cut);
        assert_int_equal(words.length, 0);
        return pl_text_span(&out);
}

static void compare_with_file(struct pl_span text, const char *name, const char *suffix)
{
        _cleanup_free_ char *wanted = NULL;
        char path[512];
        size_t length;

        (void) snprintf(path, sizeof path, FIXTURES "/doctor/%s.%s", name, suffix);
        if (getenv("UPDATE_GOLDEN")) {
                int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);

                assert_true(fd >= 0);
                assert_int_equal(pl_fd_write_all(fd, text), 0);
                (void) close(fd);
        }
        assert_int_equal(pl_fd_read_file(AT_FDCWD, path, PL_CLI_OUT_MAX, &wanted, &length), 0);
        if (!pl_span_equals_span(text, pl_span(wanted, length))) {
                print_error("%s is not what doctor says now:\n%s", path, text.data);
                fail();
        }
}

static void be(const struct host *host, struct pl_doctor_facts *facts)
{
        be_complete(facts);
        host->be(facts);
}

static void each_host_gets_its_text(void **state)
{
        const struct pl_cli_style style = { .unicode = true };
        struct pl_doctor_facts facts;

        (void) state;
        for (size_t i = 0; i < PL_ARRAY_LENGTH(hosts); i++) {
                be(&hosts[i], &facts);
                compare_with_file(print(&facts, style, false), hosts[i].name, "txt");
        }
}

static void each_host_gets_its_json(void **state)
{
        struct pl_doctor_facts facts;

        (void) state;
        for (size_t i = 0; i < PL_ARRAY_LENGTH(hosts); i++) {
                be(&hosts[i], &facts);
                compare_with_file(print(&facts, (struct pl_cli_style){}, true), hosts[i].name,
                                  "json");
        }
}

static void each_host_gets_its_exit_code(void **state)
{
        struct pl_doctor_report report;
        struct pl_doctor_facts facts;

        (void) state;
        for (size_t i = 0; i < PL_ARRAY_LENGTH(hosts); i++) {
                be(&hosts[i], &facts);
                pl_doctor_judge(&facts, &report);
                assert_row(hosts[i].name, pl_doctor_exit(&report) == hosts[i].exit_code);
                assert_row(hosts[i].name,
                           report.can_run == (hosts[i].exit_code != PL_CLI_HOST_CANNOT));
        }
}

static void no_line_is_longer_than_a_terminal(void **state)
{
        static const struct pl_cli_style styles[] = { { .unicode = true }, { .unicode = false } };
        struct pl_doctor_facts facts;

        (void) state;
        for (size_t i = 0; i < PL_ARRAY_LENGTH(hosts) * PL_ARRAY_LENGTH(styles); i++) {
                const struct host *host = &hosts[i / PL_ARRAY_LENGTH(styles)];
                struct pl_span rest;

                be(host, &facts);
                rest = print(&facts, styles[i % PL_ARRAY_LENGTH(styles)], false);
                while (!pl_span_empty(rest))
                        assert_row(host->name,
                                   pl_cli_columns(pl_span_until(&rest, '\n')) <= PL_CLI_COLUMNS);
        }
}

/* For a terminal that knows neither colour nor Unicode every byte is plain. */
static void plain_text_is_ascii(void **state)
{
        struct pl_doctor_facts facts;

        (void) state;
        for (size_t i = 0; i < PL_ARRAY_LENGTH(hosts); i++) {
                struct pl_span text;

                be(&hosts[i], &facts);
                text = print(&facts, (struct pl_cli_style){}, false);
                for (size_t j = 0; j < text.length; j++)
                        assert_row(hosts[i].name, text.data[j] == '\n' || (text.data[j] >= ' ' &&
                                                                           text.data[j] <= '~'));
        }
}

/* Somebody gives hosts the longest names there are. */
static void the_longest_names_fit(void **state)
{
        struct pl_doctor_facts facts;

        (void) state;
        be_complete(&facts);
        be_odd(&facts);
        memset(facts.features.host_name, 'h', PL_FEATURES_NAME_MAX - 1);
        memset(facts.features.kernel_release, 'k', PL_FEATURES_NAME_MAX - 1);
        memset(facts.systemd.init_name, 'i', PL_FEATURES_NAME_MAX - 1);
        memset(facts.features.mounts.unified_path, 'm', PL_FEATURES_PATH_MAX - 1);
        memset(facts.features.without_memory_path, 'p', PL_FEATURES_PATH_MAX - 1);
        facts.systemd.state = PL_DOCTOR_SYSTEMD_ABSENT;
        assert_true(print(&facts, (struct pl_cli_style){}, false).length > 0);
        assert_true(print(&facts, (struct pl_cli_style){}, true).length > 0);
}

/* One thing at a time, on a host that otherwise lacks nothing. */
static const struct single {
        size_t offset, size;
        const char *name;
        const char *topic;
        enum pl_cli_mark mark;
        bool blocks;
        uint8_t value;
} singles[] = {
#define FIELD(field) offsetof(struct pl_features, field), sizeof((struct pl_features *) NULL)->field
#define SINGLE(field, value, topic, mark, blocks)                                                  \
        {                                                                                          \
                FIELD(field), #field " = " #value, topic, mark, blocks, value                      \
        }
        SINGLE(cgroup_kill, PL_FACT_NO, "cgroup_kill", PL_CLI_MARK_WARNING, false),
        SINGLE(cgroup_kill, PL_FACT_UNKNOWN, "cgroup_kill", PL_CLI_MARK_NOT_KNOWN, false),
        SINGLE(cgroup_freeze, PL_FACT_NO, "freeze", PL_CLI_MARK_PROBLEM, false),
        SINGLE(memory_at_root, PL_FACT_NO, "memory_controller", PL_CLI_MARK_PROBLEM, true),
        SINGLE(memory_disabled_at_boot, PL_FACT_YES, "memory_controller", PL_CLI_MARK_PROBLEM,
               true),
        SINGLE(in_host_cgroup_namespace, PL_FACT_NO, "view", PL_CLI_MARK_PROBLEM, true),
        SINGLE(in_host_pid_namespace, PL_FACT_NO, "view", PL_CLI_MARK_PROBLEM, true),
        SINGLE(in_host_user_namespace, PL_FACT_NO, "view", PL_CLI_MARK_PROBLEM, true),
        SINGLE(psi, PL_PSI_STATE_OFF, "pressure", PL_CLI_MARK_PROBLEM, false),
        SINGLE(psi, PL_PSI_STATE_UNKNOWN, "pressure", PL_CLI_MARK_NOT_KNOWN, false),
        SINGLE(pidfd_open, PL_FACT_NO, "pidfd", PL_CLI_MARK_PROBLEM, true),
        SINGLE(pidfd_open, PL_FACT_DENIED, "pidfd", PL_CLI_MARK_PROBLEM, true),
        SINGLE(process_mrelease, PL_FACT_NO, "mrelease", PL_CLI_MARK_WARNING, false),
        SINGLE(process_mrelease, PL_FACT_DENIED, "mrelease", PL_CLI_MARK_WARNING, false),
        SINGLE(memory_reclaim, PL_FACT_NO, "reclaim", PL_CLI_MARK_WARNING, false),
        SINGLE(memory_reclaim_works, PL_FACT_NO, "reclaim", PL_CLI_MARK_WARNING, false),
        SINGLE(memory_reclaim_swappiness, PL_FACT_NO, "swappiness", PL_CLI_MARK_WARNING, false),
        SINGLE(memory_reclaim_swappiness, PL_FACT_UNKNOWN, "swappiness", PL_CLI_MARK_NOT_KNOWN,
               false),
        SINGLE(memory_swappiness, PL_FACT_YES, "swappiness", PL_CLI_MARK_OK, false),
        SINGLE(memory_swap_max, PL_FACT_NO, "swap", PL_CLI_MARK_PROBLEM, false),
        SINGLE(memory_oom_group, PL_FACT_NO, "oom_group", PL_CLI_MARK_WARNING, false),
        SINGLE(memory_peak, PL_FACT_NO, "peak", PL_CLI_MARK_WARNING, false),
        SINGLE(vm_panic_on_oom, 2, "kernel_oom", PL_CLI_MARK_WARNING, false),
        SINGLE(vm_overcommit_memory, 2, "kernel_oom", PL_CLI_MARK_WARNING, false),
        SINGLE(vm_overcommit_memory, 1, "kernel_oom", PL_CLI_MARK_OK, false),
        SINGLE(mounts.nsdelegate, 0, "mount_options", PL_CLI_MARK_WARNING, false),
        SINGLE(mounts.local_events, 1, "mount_options", PL_CLI_MARK_WARNING, false),
        SINGLE(selinux, PL_FACT_YES, "selinux", PL_CLI_MARK_OK, false), /* permissive */
        SINGLE(kernel_log_readable, PL_FACT_NO, "kernel_log", PL_CLI_MARK_WARNING, false),
};

static const struct pl_doctor_finding *find(const struct pl_doctor_report *report,
                                            const char *topic)
{
        for (size_t i = 0; i < report->count; i++)
                if (strcmp(report->findings[i].id, topic) == 0)
                        return &report->findings[i];
        fail_msg("no finding about %s", topic);
        return NULL;
}

/* A bool, an enum, or a number of 64 bits. */
static void set_field(void *field, size_t size, uint8_t value)
{
        const uint32_t word = value;
        const uint64_t long_word = value;

        assert_true(size == sizeof value || size == sizeof word || size == sizeof long_word);
        memcpy(field,
               size == sizeof value  ? (const void *) &value
               : size == sizeof word ? (const void *) &word
                                     : (const void *) &long_word,
               size);
}

static void each_lack_is_found_by_itself(void **state)
{
        struct pl_doctor_report report;
        struct pl_doctor_facts facts;

        (void) state;
        for (size_t i = 0; i < PL_ARRAY_LENGTH(singles); i++) {
                const struct pl_doctor_finding *finding;

                be_complete(&facts);
                set_field((char *) &facts.features + singles[i].offset, singles[i].size,
                          singles[i].value);
                pl_doctor_judge(&facts, &report);
                finding = find(&report, singles[i].topic);
                assert_row(singles[i].name, finding->mark == singles[i].mark);
                assert_row(singles[i].name, finding->blocks == singles[i].blocks);
                assert_row(singles[i].name, report.can_run == !singles[i].blocks);
                assert_row(singles[i].name,
                           report.problem_count == (singles[i].mark == PL_CLI_MARK_PROBLEM));
        }
}

static void memory_that_nobody_is_given_is_a_problem(void **state)
{
        struct pl_doctor_report report;
        struct pl_doctor_facts facts;

        (void) state;
        be_complete(&facts);
        facts.features.without_memory_count = 3;
        (void) snprintf(facts.features.without_memory_path, PL_FEATURES_PATH_MAX, "init.scope");
        facts.features.memory_peak = PL_FACT_UNKNOWN; /* no cgroup had files to ask for */
        pl_doctor_judge(&facts, &report);
        assert_int_equal(find(&report, "memory_controller")->mark, PL_CLI_MARK_PROBLEM);
        assert_string_equal(find(&report, "memory_controller")->advice[0],
                            "echo +memory > /sys/fs/cgroup/cgroup.subtree_control");
        assert_int_equal(pl_doctor_exit(&report), PL_CLI_FINDINGS);
}

static void what_systemd_made_it_is_asked_about(void **state)
{
        struct pl_doctor_report report;
        struct pl_doctor_facts facts;

        (void) state;
        be_complete(&facts);
        facts.features.without_memory_count = 1;
        (void) snprintf(facts.features.without_memory_path, PL_FEATURES_PATH_MAX,
                        "user.slice/user-1000.slice/session-2.scope");
        pl_doctor_judge(&facts, &report);
        assert_string_equal(
                find(&report, "memory_controller")->found,
                "missing in 1 cgroup, first in user.slice/user-1000.slice/session-2.scope");
        assert_string_equal(find(&report, "memory_controller")->advice[0],
                            "systemctl set-property session-2.scope MemoryAccounting=yes");
        assert_int_equal(pl_doctor_exit(&report), PL_CLI_FINE);
}

static void versions_of_systemd_are_told_apart(void **state)
{
        static const struct {
                const char *version;
                uint32_t major;
                enum pl_cli_mark mark;
        } versions[] = {
                { "247.3-7+deb11u6", 247, PL_CLI_MARK_WARNING },
                { "252.39-1~deb12u1", 252, PL_CLI_MARK_WARNING },
                { "255", 255, PL_CLI_MARK_WARNING },
                { "257.13-1~deb13u1", 257, PL_CLI_MARK_OK },
                { "v258~rc2", 258, PL_CLI_MARK_OK },
                { "main", 0, PL_CLI_MARK_WARNING },
                { "99999999999999999999", 0, PL_CLI_MARK_WARNING },
                { "", 0, PL_CLI_MARK_WARNING },
        };
        struct pl_doctor_report report;
        struct pl_doctor_facts facts;

        (void) state;
        for (size_t i = 0; i < PL_ARRAY_LENGTH(versions); i++) {
                be_complete(&facts);
                (void) snprintf(facts.systemd.version, PL_FEATURES_NAME_MAX, "%s",
                                versions[i].version);
                facts.systemd.major = pl_doctor_systemd_major(versions[i].version);
                assert_row(versions[i].version, facts.systemd.major == versions[i].major);
                pl_doctor_judge(&facts, &report);
                assert_row(versions[i].version, find(&report, "systemd")->mark == versions[i].mark);
        }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(each_host_gets_its_text),
                cmocka_unit_test(each_host_gets_its_json),
                cmocka_unit_test(each_host_gets_its_exit_code),
                cmocka_unit_test(no_line_is_longer_than_a_terminal),
                cmocka_unit_test(plain_text_is_ascii),
                cmocka_unit_test(the_longest_names_fit),
                cmocka_unit_test(each_lack_is_found_by_itself),
                cmocka_unit_test(memory_that_nobody_is_given_is_a_problem),
                cmocka_unit_test(what_systemd_made_it_is_asked_about),
                cmocka_unit_test(versions_of_systemd_are_told_apart),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
