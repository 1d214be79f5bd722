/* SPDX-License-Identifier: Apache-2.0 */

/* Paths in /proc/swaps have their blanks, newlines and backslashes written as three octal digits (seq_file_path()), so a
 * row is five words and nothing in a path can forge a sixth or a second row. Whether an area is zram is told by the name
 * that the kernel gave its device node; a node of another name for the same device counts as a disk.
 */

#include "plimsoll/kernel/swap.h"

#include <string.h>

#include "plimsoll/base/assert.h"
#include "plimsoll/base/macro.h"
#include "plimsoll/base/size.h"
#include "plimsoll/base/text.h"

/* The octal value of what stands behind a backslash, or −1. */
static int octal_byte(struct pl_span digits)
{
        int value = 0;

        if (digits.length < 3 || digits.data[0] > '3')
                return -1;
        for (size_t i = 0; i < 3; i++) {
                if (digits.data[i] < '0' || digits.data[i] > '7')
                        return -1;
                value = value * 8 + (digits.data[i] - '0');
        }
        return value;
}

static int unescape(struct pl_span word, struct pl_text *name)
{
        pl_assert(name);

        /* Ends: every turn takes one byte or four off the word. */
        while (!pl_span_empty(word)) {
                bool escaped = word.data[0] == '\\';
                int byte = escaped ? octal_byte(pl_span_from(word, 1)) : word.data[0];

                if (escaped && byte < 0)
                        return PL_FILE_E_MALFORMED;
                pl_text_add_byte(name, (char) byte);
                word = pl_span_from(word, escaped ? 4 : 1);
        }
        return 0;
}

static int parse_name(struct pl_span word, struct pl_swap_area *area)
{
        static const char suffix[] = "\\040(deleted)";
        struct pl_text name;

        pl_assert(area);

        area->is_deleted = pl_span_ends_with(word, suffix);
        if (area->is_deleted)
                word.length -= sizeof suffix - 1;
        if (pl_span_empty(word))
                return PL_FILE_E_MALFORMED;

        pl_text_init(&name, area->name, sizeof area->name);
        if (unescape(word, &name) != 0)
                return PL_FILE_E_MALFORMED;
        area->name_is_cut = name.cut;
        return 0;
}

static bool is_zram(struct pl_span name, uint32_t *ret_index)
{
        pl_assert(ret_index);

        return pl_span_starts_with(name, "/dev/zram") &&
               pl_span_to_u32(pl_span_from(name, strlen("/dev/zram")), ret_index) == 0;
}

static int parse_kind(struct pl_span type, struct pl_swap_area *area)
{
        pl_assert(area);

        if (pl_span_equals(type, "file"))
                area->kind = PL_SWAP_FILE;
        else if (!pl_span_equals(type, "partition"))
                return PL_FILE_E_MALFORMED;
        else if (is_zram(pl_span_of(area->name), &area->zram_index))
                area->kind = PL_SWAP_ZRAM;
        else
                area->kind = PL_SWAP_DISK;
        return 0;
}

static int parse_kb(struct pl_span word, uint64_t *ret_bytes)
{
        pl_assert(ret_bytes);

        if (pl_span_to_u64(word, ret_bytes) != 0 ||
            __builtin_mul_overflow(*ret_bytes, PL_KIB, ret_bytes))
                return PL_FILE_E_MALFORMED;
        return 0;
}

static int parse_area(struct pl_span line, struct pl_swap_area *area)
{
        pl_assert(area);

        if (parse_name(pl_span_word(&line), area) != 0 ||
            parse_kind(pl_span_word(&line), area) != 0 ||
            parse_kb(pl_span_word(&line), &area->size_bytes) != 0 ||
            parse_kb(pl_span_word(&line), &area->used_bytes) != 0 ||
            pl_span_to_i32(pl_span_word(&line), &area->priority) != 0)
                return PL_FILE_E_MALFORMED;
        return pl_span_empty(pl_span_trim(line)) ? 0 : PL_FILE_E_MALFORMED;
}

static int add_to_total(struct pl_swap_total *total, const struct pl_swap_area *area)
{
        pl_assert(total);
        pl_assert(area->kind < PL_SWAP_KINDS_);

        total->count++;
        if (__builtin_add_overflow(total->size_bytes, area->size_bytes, &total->size_bytes) ||
            __builtin_add_overflow(total->used_bytes, area->used_bytes, &total->used_bytes))
                return PL_FILE_E_MALFORMED;
        return 0;
}

static int add_area(struct pl_span line, struct pl_swap_areas *areas)
{
        struct pl_swap_area *area;

        pl_assert(areas->count <= PL_SWAP_AREAS_MAX);

        if (areas->count == PL_SWAP_AREAS_MAX)
                return PL_FILE_E_MALFORMED;
        area = &areas->areas[areas->count++];
        if (parse_area(line, area) != 0 || add_to_total(&areas->total, area) != 0)
                return PL_FILE_E_MALFORMED;
        return add_to_total(&areas->of_kind[area->kind], area);
}

static bool is_header(struct pl_span line)
{
        static const char *const words[] = { "Filename", "Type", "Size", "Used", "Priority" };

        for (size_t i = 0; i < PL_ARRAY_LENGTH(words); i++)
                if (!pl_span_equals(pl_span_word(&line), words[i]))
                        return false;
        return pl_span_empty(pl_span_trim(line));
}

int pl_swap_parse_areas(struct pl_span text, struct pl_swap_areas *ret_areas)
{
        struct pl_swap_areas areas = {};

        pl_assert(ret_areas);

        if (!pl_span_ends_with(text, "\n") || !is_header(pl_span_until(&text, '\n')))
                return PL_FILE_E_MALFORMED;
        while (!pl_span_empty(text))
                if (add_area(pl_span_until(&text, '\n'), &areas) != 0)
                        return PL_FILE_E_MALFORMED;

        *ret_areas = areas;
        return 0;
}

int pl_swap_read_areas(int proc_fd, struct pl_file_buffer *buffer, struct pl_swap_areas *ret_areas)
{
        int r;

        pl_assert(ret_areas);

        r = pl_file_read_long(proc_fd, "swaps", buffer);
        return r != 0 ? r : pl_swap_parse_areas(pl_file_span(buffer), ret_areas);
}

/* "ORIGINAL COMPRESSED USED LIMIT …" (Documentation/admin-guide/blockdev/zram.rst); kernels append to it. */
int pl_swap_parse_mm_stat(struct pl_span text, struct pl_swap_zram *ret_zram)
{
        struct pl_swap_zram zram;

        pl_assert(ret_zram);

        zram = *ret_zram;
        if (!pl_span_ends_with(text, "\n"))
                return PL_FILE_E_MALFORMED;
        if (pl_span_to_u64(pl_span_word(&text), &zram.original_bytes) != 0 ||
            pl_span_to_u64(pl_span_word(&text), &zram.compressed_bytes) != 0 ||
            pl_span_to_u64(pl_span_word(&text), &zram.used_bytes) != 0 ||
            pl_span_to_u64(pl_span_word(&text), &zram.limit_bytes) != 0)
                return PL_FILE_E_MALFORMED;

        /* The file mem_limit itself can only be written, and 0 in it means none. */
        if (zram.limit_bytes == 0)
                zram.limit_bytes = PL_SIZE_MAX;
        *ret_zram = zram;
        return 0;
}

static int copy_word(struct pl_span line, char *ret_word)
{
        struct pl_span word = pl_span_word(&line);
        struct pl_text text;

        pl_assert(ret_word);

        /* Empty is a compressor that could not be loaded: nothing to fail for. */
        if (word.length > PL_SWAP_WORD_MAX || !pl_span_empty(pl_span_trim(line)))
                return PL_FILE_E_MALFORMED;

        pl_text_init(&text, ret_word, PL_SWAP_WORD_MAX + 1);
        pl_text_add_span(&text, word);
        return 0;
}

/* All that could be used, the one in use in brackets: "lzo lzo-rle [lz4] zstd". */
static int parse_algorithm(struct pl_span text, char *ret_algorithm)
{
        struct pl_span before = pl_span_until(&text, '[');
        struct pl_span name = pl_span_until(&text, ']');

        return copy_word(pl_span_empty(name) ? before : name, ret_algorithm);
}

static int read_zram_files(int dir_fd, struct pl_file_buffer *buffer, struct pl_swap_zram *zram)
{
        int r;

        pl_assert(dir_fd >= 0);
        pl_assert(zram);

        r = pl_file_read(dir_fd, "disksize", buffer);
        if (r == 0)
                r = pl_file_parse_u64(pl_file_span(buffer), &zram->disk_bytes);
        if (r == 0)
                r = pl_file_read(dir_fd, "mm_stat", buffer);
        if (r == 0)
                r = pl_swap_parse_mm_stat(pl_file_span(buffer), zram);
        if (r == 0)
                r = pl_file_read(dir_fd, "comp_algorithm", buffer);
        return r != 0 ? r : parse_algorithm(pl_file_span(buffer), zram->algorithm);
}

int pl_swap_read_zram(int sys_fd, uint32_t index, struct pl_file_buffer *buffer,
                      struct pl_swap_zram *ret_zram)
{
        _cleanup_close_ int dir_fd = -1;
        struct pl_swap_zram zram = {};
        struct pl_text path;
        char name[32]; /* "block/zram", at most ten digits, and the end below */
        int r;

        pl_assert(ret_zram);

        pl_text_init(&path, name, sizeof name);
        pl_text_add(&path, "block/zram");
        pl_text_add_u64(&path, index);
        pl_text_add(&path, "/."); /* through the link that /sys/block/zramN is */
        r = pl_file_open_directory(sys_fd, name, &dir_fd);
        if (r == 0)
                r = read_zram_files(dir_fd, buffer, &zram);
        if (r == 0)
                *ret_zram = zram;
        return r;
}

static int parse_switch(struct pl_span text, bool *ret_on)
{
        pl_assert(ret_on);

        text = pl_span_trim(text);
        if (!pl_span_equals(text, "Y") && !pl_span_equals(text, "N"))
                return PL_FILE_E_MALFORMED;

        *ret_on = text.data[0] == 'Y';
        return 0;
}

static int parse_percent(struct pl_span text, uint32_t *ret_percent)
{
        pl_assert(ret_percent);

        return pl_span_to_u32(pl_span_trim(text), ret_percent) == 0 ? 0 : PL_FILE_E_MALFORMED;
}

static int read_zswap_files(int dir_fd, struct pl_file_buffer *buffer, struct pl_swap_zswap *zswap)
{
        int r;

        pl_assert(dir_fd >= 0);
        pl_assert(zswap);

        r = pl_file_read(dir_fd, "enabled", buffer);
        if (r == 0)
                r = parse_switch(pl_file_span(buffer), &zswap->enabled);
        if (r == 0)
                r = pl_file_read(dir_fd, "max_pool_percent", buffer);
        if (r == 0)
                r = parse_percent(pl_file_span(buffer), &zswap->pool_max_percent);
        if (r == 0)
                r = pl_file_read(dir_fd, "compressor", buffer);
        return r != 0 ? r : copy_word(pl_file_span(buffer), zswap->compressor);
}

int pl_swap_read_zswap(int sys_fd, struct pl_file_buffer *buffer, struct pl_swap_zswap *ret_zswap)
{
        _cleanup_close_ int dir_fd = -1;
        struct pl_swap_zswap zswap = {};
        int r;

        pl_assert(ret_zswap);

        r = pl_file_open_directory(sys_fd, "module/zswap/parameters", &dir_fd);
        if (r == 0)
                r = read_zswap_files(dir_fd, buffer, &zswap);
        if (r == 0)
                *ret_zswap = zswap;
        return r;
}

static int add_zram(struct pl_swap_zram *sum, const struct pl_swap_zram *zram)
{
        pl_assert(sum);
        pl_assert(zram);

        if (__builtin_add_overflow(sum->disk_bytes, zram->disk_bytes, &sum->disk_bytes) ||
            __builtin_add_overflow(sum->original_bytes, zram->original_bytes,
                                   &sum->original_bytes) ||
            __builtin_add_overflow(sum->compressed_bytes, zram->compressed_bytes,
                                   &sum->compressed_bytes) ||
            __builtin_add_overflow(sum->used_bytes, zram->used_bytes, &sum->used_bytes))
                return PL_FILE_E_MALFORMED;

        /* One device without a limit, and there is none for all. */
        if (__builtin_add_overflow(sum->limit_bytes, zram->limit_bytes, &sum->limit_bytes))
                sum->limit_bytes = PL_SIZE_MAX;
        memcpy(sum->algorithm, zram->algorithm, sizeof sum->algorithm);
        return 0;
}

static int read_all_zram(int sys_fd, struct pl_file_buffer *buffer, struct pl_swap *swap)
{
        pl_assert(swap->areas.count <= PL_SWAP_AREAS_MAX);
        pl_assert(swap->zram_count == 0);

        for (uint32_t i = 0; i < swap->areas.count; i++) {
                const struct pl_swap_area *area = &swap->areas.areas[i];
                struct pl_swap_zram zram;
                int r;

                if (area->kind != PL_SWAP_ZRAM)
                        continue;
                r = pl_swap_read_zram(sys_fd, area->zram_index, buffer, &zram);
                if (r == PL_FILE_E_ABSENT || r == PL_FILE_E_GONE)
                        continue;
                if (r == 0)
                        r = add_zram(&swap->zram, &zram);
                if (r != 0)
                        return r;
                swap->zram_count++;
        }
        return 0;
}

int pl_swap_read(const struct pl_roots *roots, struct pl_file_buffer *buffer,
                 struct pl_swap *ret_swap)
{
        struct pl_swap swap = {};
        int r;

        pl_assert(roots);
        pl_assert(ret_swap);

        r = pl_swap_read_areas(roots->proc_fd, buffer, &swap.areas);
        if (r != 0 && r != PL_FILE_E_ABSENT)
                return r;
        if (roots->sys_fd >= 0) {
                r = read_all_zram(roots->sys_fd, buffer, &swap);
                if (r != 0)
                        return r;
                r = pl_swap_read_zswap(roots->sys_fd, buffer, &swap.zswap);
                if (r != 0 && r != PL_FILE_E_ABSENT)
                        return r;
                swap.has_zswap = r == 0;
        }

        *ret_swap = swap;
        return 0;
}
