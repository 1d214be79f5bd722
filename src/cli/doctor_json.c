/* SPDX-License-Identifier: Apache-2.0 */

/* The report for scripts, with the facts behind it: a finding's words may be made better with any version, its id, mark and
 * the names of the facts stay. A fact that was not found out is null, and so is one that a sandbox kept from us. */

#include "doctor.h"
#include "plimsoll/base/assert.h"

static const char *const mark_names[] = {
        [PL_CLI_MARK_OK] = "ok",
        [PL_CLI_MARK_WARNING] = "warning",
        [PL_CLI_MARK_PROBLEM] = "problem",
        [PL_CLI_MARK_NOT_KNOWN] = "not_known",
};

static void put_finding(struct pl_json_writer *writer, const struct pl_doctor_finding *finding)
{
        pl_json_object_begin(writer);
        pl_json_put_string(writer, "topic", pl_span_of(finding->id));
        pl_json_put_string(writer, "title", pl_span_of(finding->title));
        pl_json_put_string(writer, "mark", pl_span_of(mark_names[finding->mark]));
        pl_json_put_bool(writer, "blocks", finding->blocks);
        pl_json_put_string(writer, "found", pl_span_of(finding->found));
        if (finding->why[0] != '\0')
                pl_json_put_string(writer, "why", pl_span_of(finding->why));
        pl_json_key(writer, "advice");
        pl_json_array_begin(writer);
        for (size_t i = 0; i < finding->advice_count; i++)
                pl_json_string(writer, pl_span_of(finding->advice[i]));
        pl_json_array_end(writer);
        pl_json_object_end(writer);
}

static void put_fact(struct pl_json_writer *writer, const char *key, enum pl_fact fact)
{
        if (fact == PL_FACT_YES || fact == PL_FACT_NO)
                pl_json_put_bool(writer, key, fact == PL_FACT_YES);
        else
                pl_json_put_null(writer, key);
}

static void put_number(struct pl_json_writer *writer, const char *key, int64_t number)
{
        if (number == PL_FEATURES_NUMBER_UNKNOWN)
                pl_json_put_null(writer, key);
        else
                pl_json_put_i64(writer, key, number);
}

static void put_mounts(struct pl_json_writer *writer, const struct pl_cgroup_mounts *mounts)
{
        static const char *const layouts[] = {
                [PL_CGROUP_LAYOUT_UNKNOWN] = "not_known",
                [PL_CGROUP_LAYOUT_NONE] = "none",
                [PL_CGROUP_LAYOUT_V1] = "v1",
                [PL_CGROUP_LAYOUT_HYBRID] = "hybrid",
                [PL_CGROUP_LAYOUT_UNIFIED] = "unified",
        };

        pl_json_put_string(writer, "cgroup_layout", pl_span_of(layouts[mounts->layout]));
        pl_json_put_string(writer, "cgroup_mount", pl_span_of(mounts->unified_path));
        pl_json_put_bool(writer, "memory_on_v1", mounts->memory_on_v1);
        pl_json_put_bool(writer, "nsdelegate", mounts->nsdelegate);
        pl_json_put_bool(writer, "memory_recursiveprot", mounts->recursive_protection);
        pl_json_put_bool(writer, "memory_localevents", mounts->local_events);
}

static void put_tri_states(struct pl_json_writer *writer, const struct pl_features *features)
{
        const struct {
                const char *key;
                enum pl_fact fact;
        } facts[] = {
                { "memory_disabled_at_boot", features->memory_disabled_at_boot },
                { "memory_at_root", features->memory_at_root },
                { "in_host_cgroup_namespace", features->in_host_cgroup_namespace },
                { "in_host_pid_namespace", features->in_host_pid_namespace },
                { "in_host_user_namespace", features->in_host_user_namespace },
                { "cgroup_kill", features->cgroup_kill },
                { "cgroup_freeze", features->cgroup_freeze },
                { "memory_peak", features->memory_peak },
                { "memory_swap_max", features->memory_swap_max },
                { "memory_swap_high", features->memory_swap_high },
                { "memory_swap_peak", features->memory_swap_peak },
                { "memory_oom_group", features->memory_oom_group },
                { "memory_events_local", features->memory_events_local },
                { "memory_zswap_max", features->memory_zswap_max },
                { "memory_zswap_writeback", features->memory_zswap_writeback },
                { "memory_swappiness", features->memory_swappiness },
                { "oom_group_kill_event", features->oom_group_kill_event },
                { "memory_reclaim", features->memory_reclaim },
                { "memory_reclaim_works", features->memory_reclaim_works },
                { "memory_reclaim_swappiness", features->memory_reclaim_swappiness },
                { "memory_reclaim_swappiness_max", features->memory_reclaim_swappiness_max },
                { "pidfd_open", features->pidfd_open },
                { "process_mrelease", features->process_mrelease },
                { "multi_generation_lru", features->multi_generation_lru },
                { "kernel_log_readable", features->kernel_log_readable },
                { "selinux", features->selinux },
                { "selinux_enforcing", features->selinux_enforcing },
                { "is_root", features->is_root },
        };

        for (size_t i = 0; i < PL_ARRAY_LENGTH(facts); i++)
                put_fact(writer, facts[i].key, facts[i].fact);
}

static void put_pressure(struct pl_json_writer *writer, const struct pl_features *features)
{
        static const enum pl_fact on[] = {
                [PL_PSI_STATE_UNKNOWN] = PL_FACT_UNKNOWN,
                [PL_PSI_STATE_ABSENT] = PL_FACT_NO,
                [PL_PSI_STATE_OFF] = PL_FACT_NO,
                [PL_PSI_STATE_ON] = PL_FACT_YES,
        };

        put_fact(writer, "pressure", on[features->psi]);
        if (features->psi_window_min_usec == 0)
                pl_json_put_null(writer, "pressure_window_min_seconds");
        else
                pl_json_put_fixed(writer, "pressure_window_min_seconds",
                                  (int64_t) (features->psi_window_min_usec / 1000), 3);
}

static void put_features(struct pl_json_writer *writer, const struct pl_features *features)
{
        pl_json_put_u64(writer, "page_size_bytes", features->page_size_bytes);
        put_mounts(writer, &features->mounts);
        put_tri_states(writer, features);
        pl_json_put_u64(writer, "cgroups_without_memory", features->without_memory_count);
        put_pressure(writer, features);
        put_number(writer, "vm_swappiness", features->vm_swappiness);
        put_number(writer, "vm_overcommit_memory", features->vm_overcommit_memory);
        put_number(writer, "vm_panic_on_oom", features->vm_panic_on_oom);
        put_number(writer, "vm_oom_kill_allocating_task", features->vm_oom_kill_allocating_task);
        put_number(writer, "dmesg_restrict", features->dmesg_restrict);
}

static void put_host(struct pl_json_writer *writer, const struct pl_doctor_facts *facts)
{
        pl_json_put_string(writer, "init", pl_span_of(facts->systemd.init_name));
        if (facts->systemd.state == PL_DOCTOR_SYSTEMD_ANSWERS)
                pl_json_put_string(writer, "systemd_version", pl_span_of(facts->systemd.version));
        else
                pl_json_put_null(writer, "systemd_version");
        if (facts->swap.known)
                pl_json_put_u64(writer, "swap_total_bytes", facts->swap.total_bytes);
        else
                pl_json_put_null(writer, "swap_total_bytes");
        pl_json_put_bool(writer, "swap_on_zram", facts->swap.on_zram);
        pl_json_put_bool(writer, "swap_on_disk", facts->swap.on_disk);
        pl_json_put_bool(writer, "zswap", facts->swap.zswap);
        pl_json_key(writer, "other_killers");
        pl_json_array_begin(writer);
        for (size_t i = 0; i < facts->killers.count; i++)
                pl_json_string(writer, pl_span_of(facts->killers.found[i].kind->name));
        pl_json_array_end(writer);
}

void pl_doctor_print_json(struct pl_cli *cli, const struct pl_doctor_facts *facts,
                          const struct pl_doctor_report *report)
{
        struct pl_json_writer writer;

        pl_cli_json_begin(cli, &writer);
        pl_json_put_string(&writer, "host", pl_span_of(facts->features.host_name));
        pl_json_put_string(&writer, "kernel", pl_span_of(facts->features.kernel_release));
        pl_json_put_bool(&writer, "can_run", report->can_run);
        pl_json_put_u64(&writer, "problems", report->problem_count);
        pl_json_put_u64(&writer, "warnings", report->warning_count);
        pl_json_put_u64(&writer, "not_known", report->not_known_count);
        pl_json_key(&writer, "findings");
        pl_json_array_begin(&writer);
        for (size_t i = 0; i < report->count; i++)
                put_finding(&writer, &report->findings[i]);
        pl_json_array_end(&writer);
        pl_json_key(&writer, "facts");
        pl_json_object_begin(&writer);
        put_features(&writer, &facts->features);
        put_host(&writer, facts);
        pl_json_object_end(&writer);
        pl_cli_json_end(&writer);
}
