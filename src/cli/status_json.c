/* SPDX-License-Identifier: Apache-2.0 */

#include "plimsoll/base/assert.h"
#include "plimsoll/base/macro.h"
#include "status.h"

static const char *phase_word(uint32_t phase)
{
        static const char *const words[PL_JOURNAL_PHASES] = {
                [PL_JOURNAL_STARTING] = "starting",
                [PL_JOURNAL_RUNNING] = "running",
                [PL_JOURNAL_STOPPING] = "stopping",
                [PL_JOURNAL_STOPPED] = "stopped",
        };

        return phase < PL_JOURNAL_PHASES ? words[phase] : NULL;
}

static void put_daemon(struct pl_json_writer *writer, const struct pl_live *live)
{
        const struct pl_journal_state *state = &live->state;

        if (state->pid == 0)
                pl_json_put_null(writer, "pid");
        else
                pl_json_put_u64(writer, "pid", state->pid);
        pl_live_put_words(writer, "phase", state->pid == 0 ? NULL : phase_word(state->phase));
        pl_live_put_time(writer, "started_at", live, state->started_usec);
        pl_live_put_seconds(writer, "silent_seconds", live->silent_usec);
        pl_json_put_u64(writer, "steps_done", live->pulse.step_done);
}

static void put_workloads(struct pl_json_writer *writer, const struct pl_status *status)
{
        pl_json_key(writer, "workloads");
        pl_json_object_begin(writer);
        pl_json_put_u64(writer, "populated", status->populated_count);
        pl_json_put_u64(writer, "populated_with_profile", status->profile_count);
        pl_json_put_u64(writer, "empty", status->empty_count);
        if (status->live->has_host)
                pl_json_put_u64(writer, "unlisted", status->live->host.unlisted_count);
        else
                pl_json_put_null(writer, "unlisted");
        pl_json_object_end(writer);
}

static void put_host(struct pl_json_writer *writer, const struct pl_live *live)
{
        static const struct pl_live_figure figures[] = {
#define FIGURE(key, figure) { key, offsetof(struct pl_host_sample, figure), PL_LIVE_COUNT }
                FIGURE("total_bytes", total_bytes),
                FIGURE("available_bytes", available_bytes),
                FIGURE("free_bytes", free_bytes),
                FIGURE("shmem_bytes", shmem_bytes),
                FIGURE("slab_unreclaimable_bytes", slab_unreclaimable_bytes),
                FIGURE("swap_total_bytes", swap_total_bytes),
                FIGURE("swap_free_bytes", swap_free_bytes),
                FIGURE("zswap_bytes", zswap_bytes),
                FIGURE("zswapped_bytes", zswapped_bytes),
                FIGURE("zram_bytes", zram_bytes),
                FIGURE("zram_data_bytes", zram_data_bytes),
                { "some_seconds", offsetof(struct pl_host_sample, some_usec), PL_LIVE_USEC },
                { "full_seconds", offsetof(struct pl_host_sample, full_usec), PL_LIVE_USEC },
                FIGURE("swap_in_pages", pswpin_pages),
                FIGURE("swap_out_pages", pswpout_pages),
                FIGURE("kswapd_scanned_pages", pgscan_kswapd_pages),
                FIGURE("allocation_stall_count", allocstall_count),
                FIGURE("refault_anon_pages", refault_anon_pages),
                FIGURE("refault_file_pages", refault_file_pages),
                FIGURE("major_fault_count", pgmajfault_count),
                FIGURE("oom_kill_count", oom_kill_count),
#undef FIGURE
        };
        const struct pl_host_sample *sample = &live->host.sample;

        if (!live->has_host) {
                pl_json_put_null(writer, "host");
                return;
        }
        pl_json_key(writer, "host");
        pl_json_object_begin(writer);
        pl_live_put_time(writer, "read_at", live, sample->at_usec);
        pl_live_put_time(writer, "scanned_at", live, live->host.scanned_at_usec);
        if (live->host.interval_usec == 0) /* of a history, which has no such figure */
                pl_json_put_null(writer, "interval_seconds");
        else
                pl_live_put_seconds(writer, "interval_seconds", live->host.interval_usec);
        pl_live_put_figures(writer, figures, PL_ARRAY_LENGTH(figures), sample, sample->have);
        pl_json_object_end(writer);
}

static void put_policy(struct pl_json_writer *writer, const char *key, const struct pl_live *live,
                       const struct pl_journal_policy *policy)
{
        char buffer[2 * PL_JOURNAL_DIGEST_BYTES + 1];
        struct pl_text digest;

        if (policy->at_usec == 0) {
                pl_json_put_null(writer, key);
                return;
        }
        pl_text_init(&digest, buffer, sizeof buffer);
        for (size_t i = 0; i < PL_JOURNAL_DIGEST_BYTES; i++)
                pl_text_addf(&digest, "%02x", policy->digest[i]);
        pl_json_key(writer, key);
        pl_json_object_begin(writer);
        pl_json_put_string(writer, "digest", pl_text_span(&digest));
        pl_live_put_time(writer, "at", live, policy->at_usec);
        pl_json_put_u64(writer, "number", policy->number);
        pl_json_put_u64(writer, "profiles", policy->profile_count);
        pl_json_put_u64(writer, "orders", policy->order_count);
        pl_json_put_u64(writer, "files", policy->file_count);
        pl_json_put_u64(writer, "errors", policy->error_count);
        pl_json_put_u64(writer, "warnings", policy->warning_count);
        pl_live_put_words(writer, "words", policy->words);
        pl_json_object_end(writer);
}

void pl_status_print_json(struct pl_cli *cli, const struct pl_status *status)
{
        const struct pl_live *live = status->live;
        struct pl_json_writer writer;

        pl_assert(cli);
        pl_assert(live);

        pl_cli_json_begin(cli, &writer);
        pl_live_put_health(&writer, live);
        put_daemon(&writer, live);
        put_workloads(&writer, status);
        put_host(&writer, live);
        pl_live_put_stall(&writer, "stall", &status->stall);
        put_policy(&writer, "policy", live, &live->state.in_force);
        put_policy(&writer, "refused_policy", live, &live->state.refused);
        pl_json_put_bool(&writer, "is_refused", pl_status_is_refused(status));
        pl_status_put_armed(&writer, status);
        pl_status_put_short(&writer, status);
        pl_status_put_next(&writer, status);
        pl_status_put_limits(&writer, status);
        pl_json_put_u64(&writer, "alarms", status->alarm_count);
        pl_json_put_u64(&writer, "notes", status->note_count);
        pl_cli_json_end(&writer);
}

void pl_status_print_history_json(struct pl_cli *cli, const struct pl_live *live)
{
        struct pl_json_writer writer;

        pl_assert(cli);

        pl_cli_json_begin(cli, &writer);
        pl_json_put_string(&writer, "health", pl_span_of("absent"));
        pl_json_put_bool(&writer, "running", false);
        if (live) {
                pl_live_put_time(&writer, "as_of", live, live->host.sample.at_usec);
                pl_json_key(&writer, "workloads");
                pl_json_object_begin(&writer);
                pl_json_put_u64(&writer, "known", live->host.workload_count);
                pl_json_put_u64(&writer, "with_profile", live->host.profile_count);
                pl_json_object_end(&writer);
                put_host(&writer, live);
        } else
                pl_json_put_null(&writer, "as_of");
        pl_cli_json_end(&writer);
}
