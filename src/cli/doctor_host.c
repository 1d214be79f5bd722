/* SPDX-License-Identifier: Apache-2.0 */

/* The topics that are about the rest of the host: pressure, system calls, swap, settings, systemd. */

#include <linux/capability.h>
#include <string.h>

#include "doctor.h"
#include "plimsoll/base/clock.h"
#include "plimsoll/base/size.h"

#define OK      PL_CLI_MARK_OK
#define WARNING PL_CLI_MARK_WARNING
#define PROBLEM PL_CLI_MARK_PROBLEM

static bool has_capability(const struct pl_features *features, int capability)
{
        return features->capabilities & UINT64_C(1) << capability;
}

/* What plimsolld.service is given. Who has less than that as root stands in a sandbox, and sees less than plimsolld. */
static void judge_privilege(const struct pl_doctor_facts *facts, struct pl_doctor_finding *finding)
{
        static const struct {
                int number;
                const char *name;
        } needed[] = {
                { CAP_DAC_OVERRIDE, "CAP_DAC_OVERRIDE" }, { CAP_KILL, "CAP_KILL" },
                { CAP_SYS_RESOURCE, "CAP_SYS_RESOURCE" }, { CAP_SYS_PTRACE, "CAP_SYS_PTRACE" },
                { CAP_IPC_LOCK, "CAP_IPC_LOCK" },
        };
        char buffer[PL_DOCTOR_WORDS_MAX / 2];
        struct pl_text missing;

        if (facts->features.is_root == PL_FACT_UNKNOWN) {
                pl_doctor_found(finding, PL_CLI_MARK_NOT_KNOWN,
                                "/proc/self/status could not be read");
                return;
        }
        if (facts->features.is_root != PL_FACT_YES) {
                pl_doctor_found(finding, PL_CLI_MARK_NOT_KNOWN,
                                "run as an ordinary user: not everything can be found out");
                pl_doctor_advise(finding, "sudo plimsoll doctor");
                return;
        }
        pl_text_init(&missing, buffer, sizeof buffer);
        for (size_t i = 0; i < PL_ARRAY_LENGTH(needed); i++)
                if (!has_capability(&facts->features, needed[i].number))
                        pl_text_addf(&missing, "%s%s", missing.length > 0 ? ", " : "",
                                     needed[i].name);
        if (missing.length == 0) {
                pl_doctor_found(finding, OK, "root, with all that plimsolld needs");
                return;
        }
        pl_doctor_found(finding, WARNING, "root, but without %s", missing.data);
        pl_doctor_why(finding, "plimsolld started from here could not do part of its work; its own "
                               "unit may give it more.");
        pl_doctor_advise(finding, "let what starts plimsolld give it %s", missing.data);
}

static void judge_windows(const struct pl_doctor_facts *facts, struct pl_doctor_finding *finding)
{
        const struct pl_features *features = &facts->features;
        bool privileged = features->is_root == PL_FACT_YES &&
                          has_capability(features, CAP_SYS_RESOURCE);
        char buffer[32];
        struct pl_text window;

        pl_text_init(&window, buffer, sizeof buffer);
        pl_duration_format_short(&window, features->psi_window_min_usec);
        if (!privileged)
                pl_doctor_found(finding, OK, "on; windows under 2 s need CAP_SYS_RESOURCE");
        else if (features->psi_window_min_usec == 0)
                pl_doctor_found(finding, WARNING, "on, but takes no triggers");
        else
                pl_doctor_found(finding, OK, "on; triggers from %s windows", window.data);
        if (finding->mark != WARNING)
                return;
        pl_doctor_why(finding, "plimsolld then polls, which costs more and sees trouble later.");
        pl_doctor_advise(finding, "run Linux 5.2 or later, outside of a sandbox that filters it");
}

static void judge_pressure(const struct pl_doctor_facts *facts, struct pl_doctor_finding *finding)
{
        const struct pl_features *features = &facts->features;

        switch (features->psi) {
        case PL_PSI_STATE_ON:
                judge_windows(facts, finding);
                return;
        case PL_PSI_STATE_UNKNOWN:
                pl_doctor_found(finding, PL_CLI_MARK_NOT_KNOWN,
                                "/proc/pressure/memory could not be read");
                return;
        case PL_PSI_STATE_OFF:
        case PL_PSI_STATE_ABSENT:
                break;
        }
        pl_doctor_found(finding, PROBLEM, "off%s",
                        features->psi_off_by_boot_option == PL_FACT_YES ? ", by psi=0 at boot"
                                                                        : "");
        pl_doctor_why(finding, "Pressure says how long tasks stand still for want of memory. "
                               "Without it plimsolld has only the free memory to go by: it acts "
                               "later, and blames with less certainty.");
        if (features->psi_off_by_boot_option == PL_FACT_YES) {
                pl_doctor_advise(finding, "take psi=0 off the kernel's command line and reboot");
                return;
        }
        pl_doctor_advise(finding, "boot with psi=1: Debian, GRUB_CMDLINE_LINUX in "
                                  "/etc/default/grub, then update-grub; RHEL, grubby "
                                  "--update-kernel=ALL --args=psi=1");
        pl_doctor_advise(finding, "if it stays off, run a kernel built with CONFIG_PSI");
}

static void judge_pidfd(const struct pl_doctor_facts *facts, struct pl_doctor_finding *finding)
{
        if (pl_doctor_blocked(facts, finding, PL_FITNESS_PIDFD))
                return;
        if (facts->features.pidfd_open == PL_FACT_YES)
                pl_doctor_found(finding, OK, "pidfd_open");
        else
                pl_doctor_found(finding, PL_CLI_MARK_NOT_KNOWN, "pidfd_open gave a strange answer");
}

static void judge_release(const struct pl_doctor_facts *facts, struct pl_doctor_finding *finding)
{
        switch (facts->features.process_mrelease) {
        case PL_FACT_YES:
                pl_doctor_found(finding, OK, "process_mrelease");
                return;
        case PL_FACT_UNKNOWN:
                pl_doctor_found(finding, PL_CLI_MARK_NOT_KNOWN,
                                "process_mrelease gave a strange answer");
                return;
        case PL_FACT_NO:
                pl_doctor_found(finding, WARNING, "no process_mrelease");
                pl_doctor_advise(finding, "run Linux 5.15 or later");
                break;
        case PL_FACT_DENIED:
                pl_doctor_found(finding, WARNING, "a sandbox refuses process_mrelease");
                pl_doctor_advise(finding, "add process_mrelease to its seccomp filter (systemd: "
                                          "SystemCallFilter=process_mrelease)");
                break;
        }
        pl_doctor_why(finding, "A process that was killed while it waits for a disk gives its "
                               "memory back only when the disk has answered.");
}

static void judge_swap(const struct pl_doctor_facts *facts, struct pl_doctor_finding *finding)
{
        const struct pl_features *features = &facts->features;
        const struct pl_doctor_swap *swap = &facts->swap;
        char buffer[32];
        struct pl_text size;

        if (!swap->known) {
                pl_doctor_found(finding, PL_CLI_MARK_NOT_KNOWN, "/proc/swaps could not be read");
                return;
        }
        if (swap->total_bytes == 0) {
                pl_doctor_found(finding, WARNING, "none");
                pl_doctor_why(finding, "Without swap pressure rises only when it is nearly too "
                                       "late, so plimsolld goes by what is still available, and "
                                       "profiles that may swap cannot.");
                pl_doctor_advise(finding, "Plimsoll works so; for an earlier warning, add zram: "
                                          "Debian, apt install zram-tools");
                return;
        }
        if (features->memory_swap_max == PL_FACT_NO) {
                pl_doctor_found(finding, PROBLEM, "there, but cgroups have no memory.swap.max");
                pl_doctor_why(finding, "A workload that must not swap cannot be kept from it.");
                pl_doctor_advise(finding,
                                 "take swapaccount=0 off the kernel's command line, or run "
                                 "a kernel built with CONFIG_SWAP");
                return;
        }
        pl_text_init(&size, buffer, sizeof buffer);
        pl_bytes_format_short(&size, swap->total_bytes);
        pl_doctor_found(finding, OK, "%s, %s%s%s%s", size.data, swap->on_zram ? "zram" : "",
                        swap->on_zram && swap->on_disk ? " and " : "", swap->on_disk ? "disk" : "",
                        swap->zswap ? " behind zswap" : "");
}

static void judge_kernel_oom(const struct pl_doctor_facts *facts, struct pl_doctor_finding *finding)
{
        const struct pl_features *features = &facts->features;

        if (features->vm_panic_on_oom > 0) {
                pl_doctor_found(finding, WARNING, "vm.panic_on_oom is %lld",
                                (long long) features->vm_panic_on_oom);
                pl_doctor_why(finding, "The kernel halts the whole host where it would have ended "
                                       "one process.");
                pl_doctor_advise(finding, "sysctl -w vm.panic_on_oom=0, and take it out of "
                                          "/etc/sysctl.d");
        } else if (features->vm_oom_kill_allocating_task > 0) {
                pl_doctor_found(finding, WARNING, "vm.oom_kill_allocating_task is on");
                pl_doctor_why(finding, "The kernel then ends whoever asks next, whatever its "
                                       "oom_score_adj, and so not in the order of the profiles.");
                pl_doctor_advise(finding,
                                 "sysctl -w vm.oom_kill_allocating_task=0, and take it out "
                                 "of /etc/sysctl.d");
        } else if (features->vm_overcommit_memory == 2) {
                pl_doctor_found(finding, WARNING, "vm.overcommit_memory is 2");
                pl_doctor_why(finding, "Programs are refused memory while there is some, and end "
                                       "themselves before pressure shows anything.");
                pl_doctor_advise(finding, "sysctl -w vm.overcommit_memory=0, and take it out of "
                                          "/etc/sysctl.d");
        } else if (features->vm_panic_on_oom < 0 || features->vm_oom_kill_allocating_task < 0)
                pl_doctor_found(finding, PL_CLI_MARK_NOT_KNOWN, "/proc/sys/vm could not be read");
        else
                pl_doctor_found(finding, OK, "follows oom_score_adj");
}

/* Measured: 252 writes every unit's memory settings anew on a daemon-reload, 257 does not. */
enum { SYSTEMD_RESETS_LAST = 252, SYSTEMD_KEEPS_FIRST = 257 };

static void judge_systemd_version(const struct pl_doctor_systemd *systemd,
                                  struct pl_doctor_finding *finding)
{
        if (systemd->major >= SYSTEMD_KEEPS_FIRST) {
                pl_doctor_found(finding, OK, "%s; daemon-reload keeps limits", systemd->version);
                return;
        }
        if (systemd->major == 0)
                pl_doctor_found(finding, WARNING, "says of its version: %s", systemd->version);
        else if (systemd->major <= SYSTEMD_RESETS_LAST)
                pl_doctor_found(finding, WARNING, "%s; daemon-reload resets limits",
                                systemd->version);
        else
                pl_doctor_found(finding, WARNING,
                                "%s; not tried whether daemon-reload keeps limits",
                                systemd->version);
        pl_doctor_why(finding, "Every package upgrade runs a daemon-reload. A limit that was "
                               "written to the cgroup and not told to systemd may then be gone.");
        pl_doctor_advise(finding,
                         "nothing: plimsolld sets the limits of units through systemd, and "
                         "repairs the others");
}

static void judge_systemd(const struct pl_doctor_facts *facts, struct pl_doctor_finding *finding)
{
        const struct pl_doctor_systemd *systemd = &facts->systemd;

        switch (systemd->state) {
        case PL_DOCTOR_SYSTEMD_ANSWERS:
                judge_systemd_version(systemd, finding);
                return;
        case PL_DOCTOR_SYSTEMD_SILENT:
                pl_doctor_found(finding, WARNING, "runs, but does not answer on the bus");
                pl_doctor_advise(finding, "systemctl status dbus.socket dbus.service");
                break;
        case PL_DOCTOR_SYSTEMD_ABSENT:
                if (systemd->init_name[0] == '\0') { /* hidepid= hides what is not ours */
                        pl_doctor_found(finding, PL_CLI_MARK_NOT_KNOWN, "process 1 cannot be seen");
                        pl_doctor_advise(finding, "sudo plimsoll doctor");
                        return;
                }
                pl_doctor_found(finding, WARNING, "process 1 is %s", systemd->init_name);
                pl_doctor_advise(finding,
                                 "start plimsolld from %s, and have it started again when "
                                 "it ends",
                                 systemd->init_name);
                break;
        }
        pl_doctor_why(finding, "Limits of units are set through systemd so that they last, and a "
                               "plimsolld that died is started again by it.");
}

static void judge_selinux(const struct pl_doctor_facts *facts, struct pl_doctor_finding *finding)
{
        const struct pl_features *features = &facts->features;

        if (features->selinux == PL_FACT_NO)
                pl_doctor_found(finding, OK, "not there");
        else if (features->selinux != PL_FACT_YES || features->selinux_enforcing == PL_FACT_UNKNOWN)
                pl_doctor_found(finding, PL_CLI_MARK_NOT_KNOWN, "could not be found out");
        else if (features->selinux_enforcing == PL_FACT_NO)
                pl_doctor_found(finding, OK, "permissive");
        else {
                pl_doctor_found(finding, WARNING, "enforcing");
                pl_doctor_why(finding, "With a wrong label plimsolld runs in a domain that may be "
                                       "refused cgroups or the processes of containers.");
                pl_doctor_advise(finding, "restorecon -v $(command -v plimsolld)");
                pl_doctor_advise(finding, "after its start: ausearch -m avc -c plimsolld");
        }
}

static void judge_page_size(const struct pl_doctor_facts *facts, struct pl_doctor_finding *finding)
{
        uint64_t page_size_bytes = facts->features.page_size_bytes;

        pl_doctor_found(finding, OK, "%llu KiB%s", (unsigned long long) (page_size_bytes / PL_KIB),
                        page_size_bytes > 4 * PL_KIB ? "; limits are rounded down to whole pages"
                                                     : "");
}

static void judge_kernel_log(const struct pl_doctor_facts *facts, struct pl_doctor_finding *finding)
{
        const struct pl_features *features = &facts->features;

        if (features->kernel_log_readable == PL_FACT_YES)
                pl_doctor_found(finding, OK, "readable");
        else if (features->kernel_log_readable == PL_FACT_UNKNOWN)
                pl_doctor_found(finding, PL_CLI_MARK_NOT_KNOWN, "could not be found out");
        else if (features->is_root != PL_FACT_YES)
                pl_doctor_found(finding, PL_CLI_MARK_NOT_KNOWN, "kept from ordinary users");
        else {
                pl_doctor_found(finding, WARNING, "/dev/kmsg cannot be read");
                pl_doctor_why(finding, "What the kernel's own OOM killer did can then be counted "
                                       "but not explained.");
                pl_doctor_advise(finding, "give plimsolld /dev/kmsg and CAP_SYSLOG");
        }
}

const struct pl_doctor_topic pl_doctor_host_topics[] = {
        { "privilege", "privileges", judge_privilege },
        { "pressure", "pressure (PSI)", judge_pressure },
        { "pidfd", "process handles", judge_pidfd },
        { "mrelease", "release after a kill", judge_release },
        { "swap", "swap", judge_swap },
        { "kernel_oom", "kernel's OOM killer", judge_kernel_oom },
        { "systemd", "systemd", judge_systemd },
        { "selinux", "SELinux", judge_selinux },
        { "page_size", "page size", judge_page_size },
        { "kernel_log", "kernel log", judge_kernel_log },
        {},
};
