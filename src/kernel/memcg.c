/* SPDX-License-Identifier: Apache-2.0 */

#include "plimsoll/kernel/memcg.h"

#include "plimsoll/base/assert.h"
#include "plimsoll/base/macro.h"
#include "plimsoll/base/text.h"
#include "plimsoll/kernel/cgroup.h"
#include "plimsoll/kernel/flat.h"

/* "18446744073709551615 swappiness=200" */
enum { RECLAIM_WORDS_MAX = 48 };

const char *pl_memcg_figure_file(enum pl_memcg_figure figure)
{
        static const char *const files[PL_MEMCG_FIGURE_COUNT] = {
                [PL_MEMCG_CURRENT] = "memory.current",
                [PL_MEMCG_PEAK] = "memory.peak",
                [PL_MEMCG_SWAP_CURRENT] = "memory.swap.current",
                [PL_MEMCG_SWAP_PEAK] = "memory.swap.peak",
                [PL_MEMCG_ZSWAP_CURRENT] = "memory.zswap.current",
        };

        pl_assert(figure < PL_MEMCG_FIGURE_COUNT);

        return files[figure];
}

int pl_memcg_read_figure(int cgroup_fd, enum pl_memcg_figure figure, struct pl_file_buffer *buffer,
                         uint64_t *ret_bytes)
{
        int r = pl_cgroup_read(cgroup_fd, pl_memcg_figure_file(figure), buffer);

        pl_assert(ret_bytes);

        return r == 0 ? pl_file_parse_u64(pl_file_span(buffer), ret_bytes) : r;
}

int pl_memcg_read_limit(int cgroup_fd, enum pl_limit limit, struct pl_file_buffer *buffer,
                        uint64_t *ret_value)
{
        uint64_t value;
        int r;

        pl_assert(ret_value);

        r = pl_cgroup_read(cgroup_fd, pl_limit_file(limit), buffer);
        if (r == 0)
                r = pl_file_parse_limit(pl_file_span(buffer), &value);
        if (r != 0)
                return r;
        if (pl_limit_is_switch(limit) && value > 1)
                return PL_FILE_E_MALFORMED;

        *ret_value = value;
        return 0;
}

int pl_memcg_read_limits(int cgroup_fd, struct pl_file_buffer *buffer, struct pl_limits *ret_limits)
{
        struct pl_limits limits = {};

        pl_assert(ret_limits);

        for (enum pl_limit limit = 0; limit < PL_LIMIT_COUNT; limit++) {
                uint64_t value;
                int r = pl_memcg_read_limit(cgroup_fd, limit, buffer, &value);

                if (r == PL_FILE_E_ABSENT)
                        continue;
                if (r != 0)
                        return r;
                pl_limits_put(&limits, limit, value);
        }

        *ret_limits = limits;
        return 0;
}

int pl_memcg_write_limit(int cgroup_fd, enum pl_limit limit, uint64_t value)
{
        pl_assert(!pl_limit_is_switch(limit) || value <= 1);

        return pl_cgroup_absent_or_gone(
                cgroup_fd, pl_file_write_limit(cgroup_fd, pl_limit_file(limit), value));
}

int pl_memcg_parse_events(struct pl_span text, struct pl_memcg_events *ret_events)
{
        static const struct pl_flat_key keys[] = {
                PL_FLAT_KEY(struct pl_memcg_events, low, "low"),
                PL_FLAT_KEY(struct pl_memcg_events, high, "high"),
                PL_FLAT_KEY(struct pl_memcg_events, max, "max"),
                PL_FLAT_KEY(struct pl_memcg_events, oom, "oom"),
                PL_FLAT_KEY(struct pl_memcg_events, oom_kill, "oom_kill"),
                PL_FLAT_KEY(struct pl_memcg_events, oom_group_kill, "oom_group_kill"),
        };
        /* All but the last, which came with 5.17. */
        static const struct pl_flat_table table = { keys, PL_ARRAY_LENGTH(keys), .required = 31 };
        uint64_t have;

        pl_assert(ret_events);

        return pl_flat_parse(text, &table, ret_events, &have);
}

int pl_memcg_read_events(int cgroup_fd, struct pl_file_buffer *buffer,
                         struct pl_memcg_events *ret_events)
{
        int r = pl_cgroup_read(cgroup_fd, "memory.events", buffer);

        pl_assert(ret_events);

        return r == 0 ? pl_memcg_parse_events(pl_file_span(buffer), ret_events) : r;
}

int pl_memcg_read_events_local(int cgroup_fd, struct pl_file_buffer *buffer,
                               struct pl_memcg_events *ret_events)
{
        int r = pl_cgroup_read(cgroup_fd, "memory.events.local", buffer);

        pl_assert(ret_events);

        return r == 0 ? pl_memcg_parse_events(pl_file_span(buffer), ret_events) : r;
}

int pl_memcg_parse_swap_events(struct pl_span text, struct pl_memcg_swap_events *ret_events)
{
        static const struct pl_flat_key keys[] = {
                PL_FLAT_KEY(struct pl_memcg_swap_events, high, "high"),
                PL_FLAT_KEY(struct pl_memcg_swap_events, max, "max"),
                PL_FLAT_KEY(struct pl_memcg_swap_events, fail, "fail"),
        };
        /* All but the first, which came with 5.8. */
        static const struct pl_flat_table table = { keys, PL_ARRAY_LENGTH(keys), .required = 6 };
        uint64_t have;

        pl_assert(ret_events);

        return pl_flat_parse(text, &table, ret_events, &have);
}

int pl_memcg_read_swap_events(int cgroup_fd, struct pl_file_buffer *buffer,
                              struct pl_memcg_swap_events *ret_events)
{
        int r = pl_cgroup_read(cgroup_fd, "memory.swap.events", buffer);

        pl_assert(ret_events);

        return r == 0 ? pl_memcg_parse_swap_events(pl_file_span(buffer), ret_events) : r;
}

int pl_memcg_reclaim(int cgroup_fd, struct pl_memcg_reclaim reclaim)
{
        char buffer[RECLAIM_WORDS_MAX];
        struct pl_text words;

        pl_assert(reclaim.bytes > 0);
        pl_assert(reclaim.swappiness >= PL_MEMCG_SWAPPINESS_DEFAULT && reclaim.swappiness <= 200);

        pl_text_init(&words, buffer, sizeof buffer);
        pl_text_add_u64(&words, reclaim.bytes);
        if (reclaim.swappiness != PL_MEMCG_SWAPPINESS_DEFAULT)
                pl_text_addf(&words, " swappiness=%d", reclaim.swappiness);
        pl_assert(!words.cut);

        return pl_cgroup_absent_or_gone(
                cgroup_fd, pl_file_write_words(cgroup_fd, "memory.reclaim", pl_text_span(&words)));
}
