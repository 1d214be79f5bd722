/* SPDX-License-Identifier: Apache-2.0 */

/* The topics that are about the tree of cgroups: is it there, does memory belong to it, and which of its files. */

#include <string.h>

#include "doctor.h"

#define OK      PL_CLI_MARK_OK
#define WARNING PL_CLI_MARK_WARNING
#define PROBLEM PL_CLI_MARK_PROBLEM

static void judge_layout(const struct pl_doctor_facts *facts, struct pl_doctor_finding *finding)
{
        if (!pl_doctor_blocked(facts, finding, PL_FITNESS_CGROUP_V2))
                pl_doctor_found(finding, OK, "alone, at %s", facts->features.mounts.unified_path);
}

/* What systemd made it also gives the controllers to, and takes them away again from others. */
static bool is_unit(const char *path)
{
        struct pl_span text = pl_span_of(path);

        return pl_span_ends_with(text, ".slice") || pl_span_ends_with(text, ".scope") ||
               pl_span_ends_with(text, ".service");
}

static void judge_memory_below(const struct pl_features *features,
                               struct pl_doctor_finding *finding)
{
        /* Nobody below the root has memory files when none was found to ask for them. */
        bool everywhere = features->memory_peak == PL_FACT_UNKNOWN;
        const char *path = features->without_memory_path;
        const char *slash = strrchr(path, '/');

        if (features->without_memory_count == 0) {
                pl_doctor_found(finding, OK, "at the root and %s",
                                everywhere ? "no cgroup below it yet" : "down the tree");
                return;
        }
        if (everywhere)
                pl_doctor_found(finding, PROBLEM, "at the root, but handed down to nobody");
        else
                pl_doctor_found(finding, WARNING, "missing in %u cgroup%s, first in %s",
                                features->without_memory_count,
                                features->without_memory_count == 1 ? "" : "s", path);
        pl_doctor_why(finding, "A cgroup without it has no limits, and what it uses is not seen.");
        if (slash && is_unit(path))
                pl_doctor_advise(finding, "systemctl set-property %s MemoryAccounting=yes",
                                 slash + 1);
        else
                pl_doctor_advise(finding, "echo +memory > %s%s%.*s/cgroup.subtree_control",
                                 features->mounts.unified_path, slash ? "/" : "",
                                 slash ? (int) (slash - path) : 0, path);
}

static void judge_memory(const struct pl_doctor_facts *facts, struct pl_doctor_finding *finding)
{
        if (pl_doctor_blocked(facts, finding, PL_FITNESS_MEMORY_CONTROLLER))
                return;
        if (facts->features.mounts.layout == PL_CGROUP_LAYOUT_UNIFIED)
                judge_memory_below(&facts->features, finding);
        else
                pl_doctor_found(finding, PL_CLI_MARK_NOT_KNOWN,
                                "known once cgroup v2 is mounted alone");
}

static void judge_view(const struct pl_doctor_facts *facts, struct pl_doctor_finding *finding)
{
        const struct pl_features *features = &facts->features;

        if (pl_doctor_blocked(facts, finding, PL_FITNESS_VIEW))
                return;
        if (features->in_host_user_namespace == PL_FACT_YES &&
            features->in_host_cgroup_namespace == PL_FACT_YES &&
            features->in_host_pid_namespace == PL_FACT_YES)
                pl_doctor_found(finding, OK, "the whole of it, from outside of any container");
        else
                pl_doctor_found(finding, PL_CLI_MARK_NOT_KNOWN, "could not be found out");
}

static void judge_mount_options(const struct pl_doctor_facts *facts,
                                struct pl_doctor_finding *finding)
{
        const struct pl_cgroup_mounts *mounts = &facts->features.mounts;

        if (mounts->layout != PL_CGROUP_LAYOUT_UNIFIED) {
                pl_doctor_found(finding, PL_CLI_MARK_NOT_KNOWN,
                                "known once cgroup v2 is mounted alone");
                return;
        }
        if (mounts->nsdelegate && mounts->recursive_protection && !mounts->local_events) {
                pl_doctor_found(finding, OK, "nsdelegate, memory_recursiveprot");
                return;
        }
        pl_doctor_found(finding, WARNING, "%s%s%s", mounts->nsdelegate ? "" : "no nsdelegate; ",
                        mounts->recursive_protection ? "" : "no memory_recursiveprot; ",
                        mounts->local_events ? "memory_localevents" : "events are counted upwards");
        if (!mounts->recursive_protection)
                pl_doctor_why(finding, "memory.min and memory.low of a slice do not reach the "
                                       "services in it.");
        else if (!mounts->nsdelegate)
                pl_doctor_why(finding, "A container with its own cgroup namespace may raise its "
                                       "own limits.");
        else
                pl_doctor_why(finding, "memory.events of a slice hides what happens below it.");
        pl_doctor_advise(finding, "mount -o remount,nsdelegate,memory_recursiveprot %s",
                         mounts->unified_path);
}

static void judge_kill(const struct pl_doctor_facts *facts, struct pl_doctor_finding *finding)
{
        if (pl_doctor_not_known(facts, finding, facts->features.cgroup_kill))
                return;
        pl_doctor_found(finding, OK, "cgroup.kill: all of it at once");
        if (facts->features.cgroup_kill == PL_FACT_YES)
                return;
        pl_doctor_found(finding, WARNING, "no cgroup.kill");
        pl_doctor_why(finding, "plimsolld then freezes the group, signals each process, and lets "
                               "them go: slower, and no match for one that forks fast.");
        pl_doctor_advise(finding, "run Linux 5.14 or later");
}

static void judge_freeze(const struct pl_doctor_facts *facts, struct pl_doctor_finding *finding)
{
        if (pl_doctor_not_known(facts, finding, facts->features.cgroup_freeze))
                return;
        pl_doctor_found(finding, OK, "cgroup.freeze");
        if (facts->features.cgroup_freeze == PL_FACT_YES)
                return;
        pl_doctor_found(finding, PROBLEM, "no cgroup.freeze");
        pl_doctor_why(finding, "No rung of the ladder can hold a workload still.");
        pl_doctor_advise(finding, "run Linux 5.2 or later");
}

static void judge_reclaim(const struct pl_doctor_facts *facts, struct pl_doctor_finding *finding)
{
        const struct pl_features *features = &facts->features;

        if (pl_doctor_not_known(facts, finding, features->memory_reclaim))
                return;
        pl_doctor_found(finding, OK, "memory.reclaim");
        if (features->memory_reclaim == PL_FACT_NO) {
                pl_doctor_found(finding, WARNING, "no memory.reclaim");
                pl_doctor_advise(finding, "run Linux 5.19 or later");
        } else if (features->memory_reclaim_works == PL_FACT_NO) {
                pl_doctor_found(finding, WARNING,
                                "memory.reclaim takes any words and does nothing");
                pl_doctor_advise(finding, "run a later kernel, or one built with CONFIG_NUMA");
        }
        if (finding->mark == WARNING)
                pl_doctor_why(finding,
                              "The gentlest rung, asking for memory nobody uses, is passed "
                              "over; the ladder begins with the brake.");
}

static void judge_swappiness(const struct pl_doctor_facts *facts, struct pl_doctor_finding *finding)
{
        const struct pl_features *features = &facts->features;

        if (features->memory_swappiness == PL_FACT_YES) {
                pl_doctor_found(finding, OK, "memory.swappiness, which this kernel has of its own");
                return;
        }
        if (features->memory_reclaim_swappiness == PL_FACT_YES) {
                pl_doctor_found(finding, OK,
                                "none for each workload in cgroup v2, but reclaim on "
                                "request takes one%s",
                                features->memory_reclaim_swappiness_max == PL_FACT_YES
                                        ? ", up to max"
                                        : "");
                return;
        }
        if (features->memory_reclaim != PL_FACT_NO &&
            features->memory_reclaim_works != PL_FACT_NO &&
            pl_doctor_not_known(facts, finding, features->memory_reclaim_swappiness))
                return;

        pl_doctor_found(finding, WARNING,
                        "none for each workload in cgroup v2; this kernel (%s) "
                        "cannot reclaim with it either",
                        features->kernel_release);
        pl_doctor_why(finding, "A profile's swappiness is approximated, never refused.");
        if (features->vm_swappiness >= 0)
                pl_doctor_advise(finding,
                                 "profiles with swappiness 0 use memory.swap.max=0; others follow "
                                 "vm.swappiness (%lld)",
                                 (long long) features->vm_swappiness);
        else
                pl_doctor_advise(finding,
                                 "profiles with swappiness 0 use memory.swap.max=0; others "
                                 "follow vm.swappiness");
}

static void judge_oom_group(const struct pl_doctor_facts *facts, struct pl_doctor_finding *finding)
{
        const struct pl_features *features = &facts->features;

        if (pl_doctor_not_known(facts, finding, features->memory_oom_group))
                return;
        if (features->memory_oom_group == PL_FACT_YES) {
                pl_doctor_found(finding, OK, "memory.oom.group%s",
                                features->oom_group_kill_event == PL_FACT_NO
                                        ? "; its kills are counted from Linux 5.17 on"
                                        : "");
                return;
        }
        pl_doctor_found(finding, WARNING, "no memory.oom.group");
        pl_doctor_why(finding, "When the kernel kills at a limit it takes one process and leaves "
                               "the rest of the service crippled.");
        pl_doctor_advise(finding, "run Linux 4.19 or later");
}

static void judge_peaks(const struct pl_doctor_facts *facts, struct pl_doctor_finding *finding)
{
        const struct pl_features *features = &facts->features;

        if (pl_doctor_not_known(facts, finding, features->memory_peak))
                return;
        if (features->memory_peak == PL_FACT_YES) {
                pl_doctor_found(finding, OK, "memory.peak%s",
                                features->memory_swap_peak == PL_FACT_YES
                                        ? ", memory.swap.peak"
                                        : "; of swap from Linux 6.5 on");
                return;
        }
        pl_doctor_found(finding, WARNING, "no memory.peak");
        pl_doctor_why(finding, "Advice on limits goes by what plimsolld saw between two looks, and "
                               "may miss a short peak.");
        pl_doctor_advise(finding, "run Linux 5.19 or later, or leave limits some room");
}

const struct pl_doctor_topic pl_doctor_tree_topics[] = {
        { "cgroup_v2", "cgroup v2", judge_layout },
        { "memory_controller", "memory controller", judge_memory },
        { "view", "view of the host", judge_view },
        { "mount_options", "mount options", judge_mount_options },
        { "cgroup_kill", "killing a group", judge_kill },
        { "freeze", "freezing a group", judge_freeze },
        { "reclaim", "reclaim on request", judge_reclaim },
        { "swappiness", "swappiness", judge_swappiness },
        { "oom_group", "kernel's group kill", judge_oom_group },
        { "peak", "high-water marks", judge_peaks },
        {},
};
