/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* swap - where swapped pages go: /proc/swaps, the zram devices among its areas, and zswap.
 *
 * The kinds matter because they cost differently: a zram device is RAM, so that "free swap" on it is not free memory, and
 * zswap is RAM in front of the areas below it. Allocates nothing. Outcomes are those of file.h; areas come and go with
 * swapon and swapoff, so a zram device can be PL_FILE_E_ABSENT a moment after it was listed. Linux 4.7 for zram's figures.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "plimsoll/base/span.h"
#include "plimsoll/kernel/file.h"

enum {
        PL_SWAP_AREAS_MAX =
                32, /* MAX_SWAPFILES is 1 << 5 less what migration and the like take (linux/swap.h, 7.2) */
        PL_SWAP_NAME_MAX =
                127, /* of a file's path what a person needs; the devices that are opened are far shorter */
        PL_SWAP_WORD_MAX =
                31, /* CRYPTO_MAX_ALG_NAME is 128; the compressors' names have at most ten bytes */
};

enum pl_swap_kind {
        PL_SWAP_DISK, /* a partition, volume or whole disk */
        PL_SWAP_FILE,
        PL_SWAP_ZRAM, /* a device that lies in RAM, compressed */
        PL_SWAP_KINDS_,
};

struct pl_swap_area {
        enum pl_swap_kind kind;
        char name[PL_SWAP_NAME_MAX + 1]; /* unescaped; any bytes */
        bool name_is_cut;
        bool is_deleted;     /* a file that was unlinked while in use */
        uint32_t zram_index; /* N of /dev/zramN, for that kind alone */
        int32_t priority;
        uint64_t size_bytes;
        uint64_t used_bytes;
};

struct pl_swap_total {
        uint32_t count;
        uint64_t size_bytes;
        uint64_t used_bytes;
};

struct pl_swap_areas {
        uint32_t count;
        struct pl_swap_area areas[PL_SWAP_AREAS_MAX];
        struct pl_swap_total total;
        struct pl_swap_total of_kind[PL_SWAP_KINDS_];
};

struct pl_swap_zram {
        uint64_t disk_bytes;       /* how much can be swapped to it */
        uint64_t original_bytes;   /* what was */
        uint64_t compressed_bytes; /* what that became */
        uint64_t
                used_bytes; /* RAM it takes, with the allocator's waste: original ÷ used is the ratio that counts */
        uint64_t limit_bytes; /* of used_bytes; PL_SIZE_MAX for none */
        char algorithm[PL_SWAP_WORD_MAX + 1];
};

struct pl_swap_zswap {
        bool enabled;
        uint32_t pool_max_percent; /* of RAM */
        char compressor[PL_SWAP_WORD_MAX + 1];
};

/* Everything at once. The zram devices' figures are added up. */
struct pl_swap {
        struct pl_swap_areas areas;
        uint32_t zram_count;      /* devices whose figures are in `zram` */
        struct pl_swap_zram zram; /* sums; the algorithm of the last one */
        bool has_zswap;           /* the kernel was built with it */
        struct pl_swap_zswap zswap;
};

/* PL_FILE_E_ABSENT without CONFIG_SWAP. */
int pl_swap_read_areas(int proc_fd, struct pl_file_buffer *buffer, struct pl_swap_areas *ret_areas);

int pl_swap_read_zram(int sys_fd, uint32_t index, struct pl_file_buffer *buffer,
                      struct pl_swap_zram *ret_zram);

/* PL_FILE_E_ABSENT where the kernel has no zswap. How much is in it says meminfo. */
int pl_swap_read_zswap(int sys_fd, struct pl_file_buffer *buffer, struct pl_swap_zswap *ret_zswap);

/* A kernel without swap has no areas; a zram device that went away meanwhile is left out. */
int pl_swap_read(const struct pl_roots *roots, struct pl_file_buffer *buffer,
                 struct pl_swap *ret_swap);

/* Parsers. Pure. On anything but 0 the result is untouched. */
int pl_swap_parse_areas(struct pl_span text, struct pl_swap_areas *ret_areas);
int pl_swap_parse_mm_stat(struct pl_span text,
                          struct pl_swap_zram *ret_zram); /* all but disk and algorithm */
