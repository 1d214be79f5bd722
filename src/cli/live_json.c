/* SPDX-License-Identifier: Apache-2.0 */

/* Limits go by the names of the kernel's files and none is "max", as `check --json` has them; null is one that is not
 * known. Counters keep the kernel's words.
 */

#include <time.h>

#include "live_view.h"
#include "plimsoll/base/assert.h"
#include "plimsoll/base/clock.h"
#include "plimsoll/base/macro.h"
#include "plimsoll/base/size.h"

/* 9999-12-31T23:59:59Z, the last that RFC 3339 has. */
#define TIME_MAX_USEC (INT64_C(253402300799) * (int64_t) PL_USEC_PER_SEC)

enum { MICROS = 6 }; /* decimals of a second */

void pl_live_put_words(struct pl_json_writer *writer, const char *key, const char *words)
{
        if (words && words[0] != '\0')
                pl_json_put_string(writer, key, pl_span_of(words));
        else
                pl_json_put_null(writer, key);
}

void pl_live_put_seconds(struct pl_json_writer *writer, const char *key, uint64_t usec)
{
        pl_json_put_fixed(writer, key, (int64_t) PL_MIN(usec, (uint64_t) INT64_MAX), MICROS);
}

/* On the wall; a time that no calendar has is not one. */
static bool wall_time(const struct pl_live *live, uint64_t at_usec, struct tm *ret_parts)
{
        int64_t wall;
        time_t seconds;

        if (at_usec == 0 || at_usec > INT64_MAX || live->now_usec > INT64_MAX)
                return false;
        if (__builtin_add_overflow(live->realtime_usec, (int64_t) at_usec, &wall) ||
            __builtin_sub_overflow(wall, (int64_t) live->now_usec, &wall) || wall < 0 ||
            wall > TIME_MAX_USEC)
                return false;
        seconds = wall / (int64_t) PL_USEC_PER_SEC;
        return gmtime_r(&seconds, ret_parts) != NULL;
}

void pl_live_put_time(struct pl_json_writer *writer, const char *key, const struct pl_live *live,
                      uint64_t at_usec)
{
        char buffer[sizeof "9999-12-31T23:59:59Z"];
        struct tm parts;

        if (wall_time(live, at_usec, &parts) &&
            strftime(buffer, sizeof buffer, "%Y-%m-%dT%H:%M:%SZ", &parts) > 0)
                pl_json_put_string(writer, key, pl_span_of(buffer));
        else
                pl_json_put_null(writer, key);
}

void pl_live_put_stall(struct pl_json_writer *writer, const char *key,
                       const struct pl_live_stall *stall)
{
        if (stall->over_usec == 0) {
                pl_json_put_null(writer, key);
                return;
        }
        pl_json_key(writer, key);
        pl_json_object_begin(writer);
        pl_live_put_seconds(writer, "over_seconds", stall->over_usec);
        pl_json_put_fixed(writer, "some_percent", stall->some_permyriad, 2);
        pl_json_put_fixed(writer, "full_percent", stall->full_permyriad, 2);
        pl_json_object_end(writer);
}

void pl_live_put_figures(struct pl_json_writer *writer, const struct pl_live_figure *figures,
                         size_t count, const void *sample, uint64_t have)
{
        const uint64_t *words = sample;

        for (size_t i = 0; i < count; i++) {
                size_t index = figures[i].offset / sizeof *words;

                pl_assert(index < 64);
                if (!(have >> index & 1))
                        pl_json_put_null(writer, figures[i].key);
                else if (figures[i].unit == PL_LIVE_USEC)
                        pl_live_put_seconds(writer, figures[i].key, words[index]);
                else
                        pl_json_put_u64(writer, figures[i].key, words[index]);
        }
}

void pl_live_put_health(struct pl_json_writer *writer, const struct pl_live *live)
{
        static const char *const words[] = {
                [PL_LIVE_WELL] = "well", [PL_LIVE_STARTING] = "starting", [PL_LIVE_STUCK] = "stuck",
                [PL_LIVE_DEAD] = "dead", [PL_LIVE_STOPPED] = "stopped",
        };

        pl_assert((size_t) live->health < PL_ARRAY_LENGTH(words));

        pl_json_put_string(writer, "health", pl_span_of(words[live->health]));
        pl_json_put_bool(writer, "running", pl_live_is_running(live));
        pl_live_put_words(writer, "version", live->state.version);
        pl_live_put_words(writer, "mode", pl_live_mode_word(live));
        pl_live_put_time(writer, "as_of", live, live->pulse.heartbeat_usec);
}

/* ---- a row ---- */

void pl_live_put_limit(struct pl_json_writer *writer, const char *key, enum pl_limit limit,
                       uint64_t value)
{
        if (pl_limit_is_switch(limit))
                pl_json_put_bool(writer, key, value != 0);
        else if (value == PL_SIZE_MAX)
                pl_json_put_string(writer, key, pl_span_of("max"));
        else
                pl_json_put_u64(writer, key, value);
}

static void put_limits(struct pl_json_writer *writer, const char *key,
                       const struct pl_journal_limits *limits)
{
        pl_json_key(writer, key);
        pl_json_object_begin(writer);
        for (enum pl_limit i = 0; i < PL_LIMIT_COUNT; i++) {
                uint64_t value;

                if (pl_live_limit(limits, i, &value))
                        pl_live_put_limit(writer, pl_limit_file(i), i, value);
                else
                        pl_json_put_null(writer, pl_limit_file(i));
        }
        pl_json_object_end(writer);
}

static void put_flags(struct pl_json_writer *writer, uint32_t flags)
{
        static const struct {
                uint32_t flag;
                const char *key;
        } known[] = {
                { PL_CGROUP_POPULATED, "populated" }, { PL_CGROUP_PROTECTED, "protected" },
                { PL_CGROUP_OBSERVED, "observed" },   { PL_CGROUP_SYSTEM, "system" },
                { PL_CGROUP_FROZEN, "frozen" },       { PL_CGROUP_BY_PROCESS, "by_process" },
                { PL_CGROUP_RETURNS, "returns" },     { PL_CGROUP_PAUSED, "paused" },
                { PL_CGROUP_RESTORED, "restored" },   { PL_CGROUP_POD, "pod" },
        };

        for (size_t i = 0; i < PL_ARRAY_LENGTH(known); i++)
                pl_json_put_bool(writer, known[i].key, (flags & known[i].flag) != 0);
}

static void put_sample(struct pl_json_writer *writer, const struct pl_live *live,
                       const struct pl_cgroup_sample *sample)
{
        static const struct pl_live_figure figures[] = {
#define FIGURE(figure) { #figure, offsetof(struct pl_cgroup_sample, figure), PL_LIVE_COUNT }
#define STALLED(key, figure)                                                                       \
        {                                                                                          \
                key, offsetof(struct pl_cgroup_sample, figure), PL_LIVE_USEC                       \
        }
#define COUNTED(key, figure)                                                                       \
        {                                                                                          \
                key, offsetof(struct pl_cgroup_sample, figure), PL_LIVE_COUNT                      \
        }
                FIGURE(current_bytes),
                FIGURE(swap_bytes),
                FIGURE(swapcached_bytes),
                FIGURE(anon_bytes),
                FIGURE(file_bytes),
                FIGURE(active_file_bytes),
                FIGURE(inactive_file_bytes),
                FIGURE(shmem_bytes),
                FIGURE(kernel_bytes),
                FIGURE(slab_unreclaimable_bytes),
                FIGURE(unevictable_bytes),
                STALLED("some_seconds", some_usec),
                STALLED("full_seconds", full_usec),
                COUNTED("local_high_count", local_high),
                COUNTED("local_max_count", local_max),
                COUNTED("local_oom_count", local_oom),
                COUNTED("local_oom_kill_count", local_oom_kill),
                COUNTED("oom_kill_count", oom_kill),
                COUNTED("refault_anon_count", refault_anon),
                COUNTED("refault_file_count", refault_file),
                COUNTED("major_fault_count", pgmajfault),
                COUNTED("scanned_pages", pgscan),
#undef FIGURE
#undef STALLED
#undef COUNTED
        };

        pl_live_put_time(writer, "read_at", live, sample->at_usec);
        pl_live_put_time(writer, "stat_read_at", live, sample->stat_at_usec);
        pl_live_put_figures(writer, figures, PL_ARRAY_LENGTH(figures), sample, sample->have);
}

/* Whole where the path has it whole, unlike the row's own. */
static void put_unit(struct pl_json_writer *writer, const struct pl_journal_row *row)
{
        struct pl_span id = pl_live_container_id(row);

        pl_live_put_words(writer, "unit", row->unit);
        if (pl_span_empty(id))
                pl_json_put_null(writer, "container_id");
        else
                pl_json_put_string(writer, "container_id", id);
}

void pl_live_put_name(struct pl_json_writer *writer, const struct pl_journal_row *row)
{
        char buffer[PL_LIVE_NAME_BYTES];
        struct pl_text name;

        pl_assert(writer && row);

        pl_text_init(&name, buffer, sizeof buffer);
        pl_live_add_raw_name(&name, row);
        pl_json_put_string(writer, "name", pl_text_span(&name));
}

static void put_who(struct pl_json_writer *writer, const struct pl_live *live,
                    const struct pl_journal_row *row)
{
        pl_live_put_name(writer, row);
        pl_live_put_words(writer, "own_name", row->name);
        pl_live_put_words(writer, "kind", pl_live_kind_word(row));
        pl_live_put_words(writer, "runtime", pl_live_runtime_word(row));
        put_unit(writer, row);
        pl_live_put_words(writer, "path", row->path);
        pl_json_put_u64(writer, "cgroup_id", row->id);
        if (row->parent_id == 0)
                pl_json_put_null(writer, "parent_cgroup_id");
        else
                pl_json_put_u64(writer, "parent_cgroup_id", row->parent_id);
        pl_live_put_time(writer, "seen_since", live, row->since_usec);
        pl_live_put_time(writer, "written_at", live, row->at_usec);
}

static void put_profile(struct pl_json_writer *writer, const struct pl_journal_row *row)
{
        int32_t score_adj;

        pl_live_put_words(writer, "profile", pl_live_has_profile(row) ? row->profile_name : NULL);
        pl_json_put_i64(writer, "order", row->order);
        if (pl_live_score_adj(row, &score_adj))
                pl_json_put_i64(writer, "oom_score_adj", score_adj);
        else
                pl_json_put_null(writer, "oom_score_adj");
        if (row->rank == 0)
                pl_json_put_null(writer, "rank");
        else
                pl_json_put_u64(writer, "rank", row->rank);
        pl_json_put_u64(writer, "state", row->state);
        put_flags(writer, row->flags);
}

void pl_live_put_row(struct pl_json_writer *writer, const struct pl_live *live,
                     const struct pl_journal_row *row, const struct pl_live_stall *stall)
{
        uint32_t permyriad;
        uint64_t bytes;

        pl_assert(writer && live);
        pl_assert(row && stall);

        pl_json_object_begin(writer);
        put_who(writer, live, row);
        put_profile(writer, row);
        put_sample(writer, live, &row->sample);
        if (pl_live_droppable(row, &bytes))
                pl_json_put_u64(writer, "droppable_bytes", bytes);
        else
                pl_json_put_null(writer, "droppable_bytes");
        put_limits(writer, "limits", &row->limits);
        put_limits(writer, "effective_limits", &row->effective);
        if (pl_live_use(row, &permyriad))
                pl_json_put_fixed(writer, "use_percent", permyriad, 2);
        else
                pl_json_put_null(writer, "use_percent");
        pl_live_put_stall(writer, "stall", stall);
        pl_json_object_end(writer);
}
