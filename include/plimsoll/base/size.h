/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* size - amounts of memory as people write them: literals, shares, and the smaller or larger of several.
 *
 *     size  = "max" | bytes | share | ("min" | "max") "(" size { "," size } ")"
 *     bytes = number [unit]              512M  2GiB  1.5G  500MB  4096
 *     share = number "%" ["of" ("max" | "swap")]       50%  90% of max  50% of swap
 *
 * A percentage alone is of the host's RAM. K M G T P and KiB … PiB are powers of 1024, kB MB … of 1000. Fractions are
 * exact and the result is rounded down to a byte. Case matters, as it does in the International System: "m" is not "M".
 *
 * A parsed size is a bounded array in postfix order, so nothing here recurses or allocates, and a hostile text costs no
 * more than its length.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "plimsoll/base/span.h"
#include "plimsoll/base/text.h"

#define PL_KIB (UINT64_C(1) << 10)
#define PL_MIB (UINT64_C(1) << 20)
#define PL_GIB (UINT64_C(1) << 30)
#define PL_TIB (UINT64_C(1) << 40)

/* No limit: the kernel's "max". */
#define PL_SIZE_MAX UINT64_MAX

enum {
        /* A clamp has five. A profile holds a dozen sizes, and there may be a thousand profiles. */
        PL_SIZE_NODES_MAX = 8,
        /* One in the other is a clamp, max(96MiB, min(1GiB, 4%)). What goes deeper nobody reads, and a JSON Schema, whose
         * regular expressions cannot nest, would have to spell out each level. */
        PL_SIZE_DEPTH_MAX = 2,
        /* 1000.00 %: "200% of max" is a swap limit people write; more is a slip of the keyboard. */
        PL_SIZE_SHARE_MAX_PERMYRIAD = 100000,
};

enum {
        PL_SIZE_E_SYNTAX = 1, /* not a size */
        PL_SIZE_E_UNIT,       /* a number with a unit that is not known */
        PL_SIZE_E_RANGE, /* does not fit into 64 bits, or a share above 1000 % or finer than 0.01 % */
        PL_SIZE_E_TOO_LONG, /* nested too deeply, or too many terms */
};

enum pl_size_kind {
        PL_SIZE_BYTES,         /* value: bytes; PL_SIZE_MAX for "max" */
        PL_SIZE_SHARE_OF_RAM,  /* value: permyriad */
        PL_SIZE_SHARE_OF_MAX,  /* value: permyriad of the workload's memory.max */
        PL_SIZE_SHARE_OF_SWAP, /* value: permyriad of the host's swap */
        PL_SIZE_SMALLEST,      /* value: how many of the results before it */
        PL_SIZE_LARGEST,
};

struct pl_size_node {
        enum pl_size_kind kind;
        uint64_t value;
};

struct pl_size {
        size_t count;
        struct pl_size_node nodes[PL_SIZE_NODES_MAX];
};

/* What shares are of. */
struct pl_size_base {
        uint64_t ram_bytes;
        uint64_t swap_bytes;
        uint64_t max_bytes; /* may be PL_SIZE_MAX: any share but 0 % of no limit is no limit */
};

/* On failure *ret_size is untouched and *ret_offset, where that is wanted, says which byte is wrong. Pure. */
int pl_size_parse(struct pl_span text, struct pl_size *ret_size, size_t *ret_offset);

/* Whether a kind of share appears in it, so that "of max" can be refused where there is no max. */
bool pl_size_uses(const struct pl_size *size, enum pl_size_kind kind);

/* The bytes it stands for on a host. PL_SIZE_E_RANGE when a share of something finite does not fit. Pure. */
int pl_size_resolve(const struct pl_size *size, const struct pl_size_base *base,
                    uint64_t *ret_bytes);

/* A text that parses to the same size: "min(8GiB, 50%)". */
void pl_size_format(struct pl_text *text, const struct pl_size *size);

/* Bytes exactly, in the largest unit of 1024 that divides them: "1536MiB", "max". */
void pl_bytes_format(struct pl_text *text, uint64_t bytes);

/* Bytes for people, three digits and a unit, four from 1000 to 1023: "1.31 GiB", "14 MiB", "0", "no limit". */
void pl_bytes_format_short(struct pl_text *text, uint64_t bytes);

/* A literal alone ("10MiB"), without shares and functions. */
int pl_bytes_parse(struct pl_span text, uint64_t *ret_bytes, size_t *ret_offset);

/* A rate of growth: "10MiB/h". Units of time: s, min, h, d. */
struct pl_rate {
        uint64_t bytes;
        uint64_t per_usec; /* never 0 */
};

int pl_rate_parse(struct pl_span text, struct pl_rate *ret_rate, size_t *ret_offset);
void pl_rate_format(struct pl_text *text, const struct pl_rate *rate);

/* How much grows at this rate over a stretch of time; PL_SIZE_MAX when that does not fit. */
uint64_t pl_rate_over(const struct pl_rate *rate, uint64_t usec);
