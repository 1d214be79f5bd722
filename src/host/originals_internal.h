/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* originals - what the parts of it share, and the format of the log. Internal to host, its tests and its fuzz target.
 *
 * A header, then records, as they are in memory: of 704 bytes for a cgroup, 64 for anything else. A record says all that there
 * is to say of its subject, so that the last one of each counts and those before it are dead. Checks are seeded with the boot
 * id: a record of another boot is as good as none.
 */

#include <stddef.h>

#include "plimsoll/base/size.h"
#include "plimsoll/host/originals.h"

enum {
        /* Goes up with every change of what is below. A build that raises it has to read the log of the one before, which has
         * limits in force. */
        PL_ORIGINALS_VERSION = 1,
        /* Every record is a multiple of it, and begins at one. */
        PL_ORIGINALS_UNIT_BYTES = 64,
};

/* Twice of all that may live, and some. Nothing behind it is read. */
#define PL_ORIGINALS_BYTES_MAX (48 * PL_MIB)

#define PL_ORIGINALS_NAME     "originals"
#define PL_ORIGINALS_NAME_NEW "originals.new"
#define PL_ORIGINALS_NAME_OLD "originals.old"
#define PL_ORIGINALS_MAGIC    "PLIMORIG"

struct pl_originals_header {
        char magic[8]; /* PL_ORIGINALS_MAGIC, without its NUL */
        uint32_t version;
        uint32_t reserved;
        uint8_t boot_id[16];
        uint64_t zeros[3];
        uint64_t check; /* of the words before it */
};

enum pl_originals_record_kind {
        PL_ORIGINALS_CGROUP = 1,
        PL_ORIGINALS_VALUE,
        PL_ORIGINALS_CGROUP_GONE, /* value.cgroup_id says which */
        PL_ORIGINALS_VALUE_GONE,
        PL_ORIGINALS_RECORD_KINDS,
};

struct pl_originals_record {
        uint64_t check; /* of the words behind it */
        uint32_t kind;  /* enum pl_originals_record_kind */
        uint32_t reserved;
        union {
                struct pl_original_cgroup cgroup;
                struct pl_original_value value;
        };
};

_Static_assert(sizeof(struct pl_originals_header) == PL_ORIGINALS_UNIT_BYTES, "one unit");
_Static_assert(sizeof(struct pl_originals_record) == 704, "eleven units");
_Static_assert(offsetof(struct pl_originals_record, value) + sizeof(struct pl_original_value) ==
                       PL_ORIGINALS_UNIT_BYTES,
               "one unit");
_Static_assert(sizeof(struct pl_originals_header) +
                               2 * (PL_ORIGINALS_CGROUPS_MAX * sizeof(struct pl_originals_record) +
                                    (size_t) PL_ORIGINALS_VALUES_MAX * PL_ORIGINALS_UNIT_BYTES) <=
                       PL_ORIGINALS_BYTES_MAX,
               "what lives and as much again");

/* ---- format: pure ---- */

uint64_t pl_originals_seed(const uint8_t boot_id[16]);

void pl_originals_seal_header(struct pl_originals_header *header);
bool pl_originals_header_is_good(const struct pl_originals_header *header);

size_t pl_originals_record_bytes(uint32_t kind); /* 0: no such kind */
void pl_originals_seal(struct pl_originals_record *record, uint64_t seed);
/* All of it is within `bytes`, its check is right, and what it says can be. */
bool pl_originals_is_good(const struct pl_originals_record *record, size_t bytes, uint64_t seed);

/* ---- store ---- */

int pl_originals_store_init(struct pl_originals *originals);
void pl_originals_store_done(struct pl_originals *originals);

/* Where the subject of a record has its place, and under which key. */
struct pl_originals_shelf *pl_originals_shelf_of(struct pl_originals *originals,
                                                 const struct pl_originals_record *record,
                                                 uint64_t *ret_key);

uint64_t pl_originals_value_key(const struct pl_original_value *value);

/* The place of a key, made if there is none. FULL, −ENOMEM. */
int pl_originals_reserve(struct pl_originals_shelf *shelf, uint64_t key, uint32_t *ret_index,
                         bool *ret_new);
void pl_originals_release(struct pl_originals_shelf *shelf, uint64_t key, uint32_t index);

/* ---- file ---- */

/* 0, and all that is good is in the store; or ABSENT, OTHER_BOOT, VERSION, FOREIGN, DENIED, an errno. */
int pl_originals_read(struct pl_originals *originals, struct pl_originals_opened *opened);
/* What is behind the end goes. */
int pl_originals_cut_back(struct pl_originals *originals);
/* Seals the record and writes it, whole or not at all. */
int pl_originals_append(struct pl_originals *originals, struct pl_originals_record *record);
/* What lives, into a new file in place of the old one. On failure the old one goes on. */
int pl_originals_rewrite(struct pl_originals *originals);
/* Does that when there is more that is dead than lives. */
void pl_originals_tidy(struct pl_originals *originals);
/* An errno as an outcome. */
int pl_originals_outcome(int error);

/* ---- one change: in the file first, and then in the store ---- */

int pl_originals_commit(struct pl_originals *originals, struct pl_originals_record *record);
int pl_originals_forget(struct pl_originals *originals, struct pl_originals_record *record);
