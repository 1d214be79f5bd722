/* SPDX-License-Identifier: Apache-2.0 */

/* The files of a process and the list of swap areas. Every input goes to every parser: what is borrowed lies within the
 * input, what is copied ends, sums are sums, and what is refused leaves its result alone. */

#include <string.h>

#include "plimsoll/base/assert.h"
#include "plimsoll/kernel/process.h"
#include "plimsoll/kernel/swap.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_refusal(int outcome, const void *result, size_t size)
{
        const unsigned char *bytes = result;

        pl_assert(outcome == PL_FILE_E_MALFORMED || outcome == PL_FILE_E_ABSENT);
        for (size_t i = 0; i < size; i++)
                pl_assert(bytes[i] == 0xA5);
}

static void check_stat(struct pl_span input)
{
        struct pl_process_stat stat;
        int r;

        memset(&stat, 0xA5, sizeof stat);
        r = pl_process_parse_stat(input, &stat);
        if (r != 0) {
                check_refusal(r, &stat, sizeof stat);
                return;
        }
        pl_assert(stat.pid > 0);
        pl_assert(memchr(stat.comm, '\0', sizeof stat.comm));
}

static void check_status(struct pl_span input)
{
        const uint32_t always = PL_PROCESS_HAS_TGID | PL_PROCESS_HAS_UID | PL_PROCESS_HAS_THREADS |
                                PL_PROCESS_HAS_CAPABILITIES;
        struct pl_process_status status;
        int r;

        memset(&status, 0xA5, sizeof status);
        r = pl_process_parse_status(input, &status);
        if (r != 0) {
                check_refusal(r, &status, sizeof status);
                return;
        }
        pl_assert((status.have & always) == always);
        pl_assert(status.have & PL_PROCESS_HAS_RSS || status.rss_bytes == 0);
}

static void check_smaps(struct pl_span input)
{
        struct pl_process_smaps smaps;
        int r;

        memset(&smaps, 0xA5, sizeof smaps);
        r = pl_process_parse_smaps(input, &smaps);
        if (r != 0)
                check_refusal(r, &smaps, sizeof smaps);
}

static void check_cgroup(struct pl_span input)
{
        struct pl_process_cgroup cgroup;
        int r;

        memset(&cgroup, 0xA5, sizeof cgroup);
        r = pl_process_parse_cgroup(input, &cgroup);
        if (r != 0) {
                check_refusal(r, &cgroup, sizeof cgroup);
                return;
        }
        pl_assert(cgroup.path.data >= input.data);
        pl_assert(cgroup.path.data + cgroup.path.length < input.data + input.length);
        pl_assert(cgroup.path.length == 0 || cgroup.path.data[0] == '/');
}

static void check_score_adj(struct pl_span input)
{
        int32_t score_adj;
        int r;

        memset(&score_adj, 0xA5, sizeof score_adj);
        r = pl_process_parse_oom_score_adj(input, &score_adj);
        if (r != 0)
                check_refusal(r, &score_adj, sizeof score_adj);
        else
                pl_assert(score_adj >= -1000 && score_adj <= 1000);
}

static void check_areas(struct pl_span input)
{
        static struct pl_swap_areas areas;
        struct pl_swap_total sum = {};
        int r;

        memset(&areas, 0xA5, sizeof areas);
        r = pl_swap_parse_areas(input, &areas);
        if (r != 0) {
                check_refusal(r, &areas, sizeof areas);
                return;
        }
        pl_assert(areas.count <= PL_SWAP_AREAS_MAX && areas.count == areas.total.count);
        for (uint32_t i = 0; i < areas.count; i++)
                pl_assert(memchr(areas.areas[i].name, '\0', sizeof areas.areas[i].name));
        for (int kind = 0; kind < PL_SWAP_KINDS_; kind++) {
                sum.count += areas.of_kind[kind].count;
                sum.size_bytes += areas.of_kind[kind].size_bytes;
                sum.used_bytes += areas.of_kind[kind].used_bytes;
        }
        pl_assert(memcmp(&sum, &areas.total, sizeof sum) == 0);
}

static void check_zram(struct pl_span input)
{
        struct pl_swap_zram zram;
        int r;

        memset(&zram, 0xA5, sizeof zram);
        r = pl_swap_parse_mm_stat(input, &zram);
        if (r != 0)
                check_refusal(r, &zram, sizeof zram);
        else
                pl_assert(zram.limit_bytes != 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        struct pl_span input = pl_span((const char *) data, size);

        check_stat(input);
        check_status(input);
        check_smaps(input);
        check_cgroup(input);
        check_score_adj(input);
        check_areas(input);
        check_zram(input);
        return 0;
}
