/* SPDX-License-Identifier: Apache-2.0 */

/* The two large files of the memory controller. The table of memory.stat is in the order in which 6.12 prints it, which
 * the parser takes as its hint; `have` has its bits in the order of the struct, so a build-time table of bits follows the
 * table of keys.
 */

#include "plimsoll/base/assert.h"
#include "plimsoll/base/macro.h"
#include "plimsoll/kernel/cgroup.h"
#include "plimsoll/kernel/flat.h"
#include "plimsoll/kernel/memcg.h"

#define KEY(field, key) PL_FLAT_KEY(struct pl_memcg_stat, field, key)

static const struct pl_flat_key stat_keys[] = {
        KEY(anon_bytes, "anon"),
        KEY(file_bytes, "file"),
        KEY(kernel_bytes, "kernel"),
        KEY(kernel_stack_bytes, "kernel_stack"),
        KEY(pagetables_bytes, "pagetables"),
        KEY(sec_pagetables_bytes, "sec_pagetables"),
        KEY(percpu_bytes, "percpu"),
        KEY(sock_bytes, "sock"),
        KEY(vmalloc_bytes, "vmalloc"),
        KEY(shmem_bytes, "shmem"),
        KEY(zswap_bytes, "zswap"),
        KEY(zswapped_bytes, "zswapped"),
        KEY(file_mapped_bytes, "file_mapped"),
        KEY(file_dirty_bytes, "file_dirty"),
        KEY(file_writeback_bytes, "file_writeback"),
        KEY(swapcached_bytes, "swapcached"),
        KEY(anon_thp_bytes, "anon_thp"),
        KEY(file_thp_bytes, "file_thp"),
        KEY(shmem_thp_bytes, "shmem_thp"),
        KEY(inactive_anon_bytes, "inactive_anon"),
        KEY(active_anon_bytes, "active_anon"),
        KEY(inactive_file_bytes, "inactive_file"),
        KEY(active_file_bytes, "active_file"),
        KEY(unevictable_bytes, "unevictable"),
        KEY(slab_reclaimable_bytes, "slab_reclaimable"),
        KEY(slab_unreclaimable_bytes, "slab_unreclaimable"),
        KEY(workingset_refault_anon, "workingset_refault_anon"),
        KEY(workingset_refault_file, "workingset_refault_file"),
        KEY(workingset_activate_anon, "workingset_activate_anon"),
        KEY(workingset_activate_file, "workingset_activate_file"),
        KEY(workingset_restore_anon, "workingset_restore_anon"),
        KEY(workingset_restore_file, "workingset_restore_file"),
        KEY(pgscan, "pgscan"),
        KEY(pgsteal, "pgsteal"),
        KEY(pgscan_kswapd, "pgscan_kswapd"),
        KEY(pgscan_direct, "pgscan_direct"),
        KEY(pgscan_khugepaged, "pgscan_khugepaged"),
        KEY(pgscan_proactive, "pgscan_proactive"),
        KEY(pgsteal_kswapd, "pgsteal_kswapd"),
        KEY(pgsteal_direct, "pgsteal_direct"),
        KEY(pgsteal_khugepaged, "pgsteal_khugepaged"),
        KEY(pgsteal_proactive, "pgsteal_proactive"),
        KEY(pswpin, "pswpin"),
        KEY(pswpout, "pswpout"),
        KEY(pgfault, "pgfault"),
        KEY(pgmajfault, "pgmajfault"),
        KEY(pgrefill, "pgrefill"),
        KEY(pgactivate, "pgactivate"),
        KEY(pgdeactivate, "pgdeactivate"),
        KEY(zswpin, "zswpin"),
        KEY(zswpout, "zswpout"),
        KEY(zswpwb, "zswpwb"),
};

/* Keys stand in the order of the fields, so the parser's bits are those of PL_MEMCG_STAT_BIT. */
_Static_assert(PL_ARRAY_LENGTH(stat_keys) ==
                       offsetof(struct pl_memcg_stat, have) / sizeof(uint64_t),
               "every field of struct pl_memcg_stat has its key, in its order");

static const struct pl_flat_table stat_table = {
        stat_keys,
        PL_ARRAY_LENGTH(stat_keys),
        .required = PL_MEMCG_STAT_BIT(anon_bytes) | PL_MEMCG_STAT_BIT(file_bytes) |
                    PL_MEMCG_STAT_BIT(shmem_bytes) | PL_MEMCG_STAT_BIT(inactive_anon_bytes) |
                    PL_MEMCG_STAT_BIT(inactive_file_bytes) | PL_MEMCG_STAT_BIT(pgfault) |
                    PL_MEMCG_STAT_BIT(pgmajfault),
};

/* Before 5.9 refaults had one counter for both kinds. */
static int parse_old_refault(struct pl_span text, struct pl_memcg_stat *stat)
{
        static const struct pl_flat_key keys[] = {
                KEY(workingset_refault_file, "workingset_refault"),
        };
        static const struct pl_flat_table table = { keys, PL_ARRAY_LENGTH(keys), .required = 0 };
        uint64_t have;
        int r;

        r = pl_flat_parse(text, &table, stat, &have);
        if (r == 0 && have)
                stat->have |= PL_MEMCG_STAT_BIT(workingset_refault_file);
        return r;
}

int pl_memcg_parse_stat(struct pl_span text, struct pl_memcg_stat *ret_stat)
{
        struct pl_memcg_stat stat = {};
        int r;

        pl_assert(ret_stat);

        r = pl_flat_parse(text, &stat_table, &stat, &stat.have);
        if (r == 0 && !(stat.have & PL_MEMCG_STAT_BIT(workingset_refault_file)))
                r = parse_old_refault(text, &stat);
        if (r != 0)
                return r;

        *ret_stat = stat;
        return 0;
}

int pl_memcg_read_stat(int cgroup_fd, struct pl_file_buffer *buffer, struct pl_memcg_stat *ret_stat)
{
        int r = pl_cgroup_read(cgroup_fd, "memory.stat", buffer);

        pl_assert(ret_stat);

        return r == 0 ? pl_memcg_parse_stat(pl_file_span(buffer), ret_stat) : r;
}

static const struct {
        const char *name;
        size_t offset;
} numa_keys[] = {
        { "anon", offsetof(struct pl_memcg_numa_node, anon_bytes) },
        { "file", offsetof(struct pl_memcg_numa_node, file_bytes) },
        { "shmem", offsetof(struct pl_memcg_numa_node, shmem_bytes) },
        { "kernel_stack", offsetof(struct pl_memcg_numa_node, kernel_stack_bytes) },
        { "anon_thp", offsetof(struct pl_memcg_numa_node, anon_thp_bytes) },
        { "slab_unreclaimable", offsetof(struct pl_memcg_numa_node, slab_unreclaimable_bytes) },
};

/* "N0=4096": *mask gathers the nodes of the line, each of which may stand once. */
static int parse_numa_value(struct pl_span word, size_t offset, struct pl_memcg_numa_stat *stat,
                            uint64_t *mask)
{
        struct pl_span value = word, node = pl_span_until(&value, '=');
        uint64_t bytes;
        uint32_t index;

        pl_assert(offset < sizeof stat->nodes[0]);

        if (!pl_span_starts_with(node, "N") || pl_span_to_u32(pl_span_from(node, 1), &index) != 0 ||
            index >= PL_MEMCG_NODES_MAX || *mask & UINT64_C(1) << index ||
            pl_span_to_u64(value, &bytes) != 0)
                return PL_FILE_E_MALFORMED;

        memcpy((char *) &stat->nodes[index] + offset, &bytes, sizeof bytes);
        *mask |= UINT64_C(1) << index;
        return 0;
}

static int parse_numa_line(struct pl_span line, struct pl_memcg_numa_stat *stat, uint32_t *have)
{
        struct pl_span key = pl_span_until(&line, ' '), word;
        uint64_t mask = 0;
        size_t i = 0;
        int r;

        while (i < PL_ARRAY_LENGTH(numa_keys) && !pl_span_equals(key, numa_keys[i].name))
                i++;
        if (i == PL_ARRAY_LENGTH(numa_keys))
                return 0;
        if (*have & 1U << i)
                return PL_FILE_E_MALFORMED;

        while (!pl_span_empty(word = pl_span_word(&line))) {
                r = parse_numa_value(word, numa_keys[i].offset, stat, &mask);
                if (r != 0)
                        return r;
        }
        /* Every line names the same nodes. */
        if (mask == 0 || (*have && mask != stat->node_mask))
                return PL_FILE_E_MALFORMED;
        stat->node_mask = mask;
        *have |= 1U << i;
        return 0;
}

int pl_memcg_parse_numa_stat(struct pl_span text, struct pl_memcg_numa_stat *ret_stat)
{
        struct pl_memcg_numa_stat stat = {};
        uint32_t have = 0;
        int r;

        pl_assert(ret_stat);

        if (text.length > 0 && text.data[text.length - 1] != '\n')
                return PL_FILE_E_MALFORMED;
        while (!pl_span_empty(text)) {
                r = parse_numa_line(pl_span_until(&text, '\n'), &stat, &have);
                if (r != 0)
                        return r;
        }
        if (!(have & 1) || !(have & 2)) /* anon and file were there from the first */
                return PL_FILE_E_MALFORMED;

        *ret_stat = stat;
        return 0;
}

int pl_memcg_read_numa_stat(int cgroup_fd, struct pl_file_buffer *buffer,
                            struct pl_memcg_numa_stat *ret_stat)
{
        int r = pl_cgroup_read(cgroup_fd, "memory.numa_stat", buffer);

        pl_assert(ret_stat);

        return r == 0 ? pl_memcg_parse_numa_stat(pl_file_span(buffer), ret_stat) : r;
}
