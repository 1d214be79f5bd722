/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* format - the journal as it lies in its file: where the parts are, how a record looks. plimsoll-journal(5) says the same
 * for those who write a reader of their own.
 *
 *     header page │ host │ ranking │ rows of the board │ acts ring │ samples ring
 *
 * Integers are in the byte order of the machine, which a mark in the header names: the file lives in /run and never leaves
 * the host it was made on. All that is shared is read and written as aligned 64-bit words.
 */

#include <stdint.h>

#include "plimsoll/base/size.h"
#include "plimsoll/model/decision.h"

enum {
        PL_JOURNAL_E_ABSENT = 1, /* no such file */
        PL_JOURNAL_E_DENIED,     /* it may not be opened */
        PL_JOURNAL_E_LOCKED,     /* somebody else writes it */
        PL_JOURNAL_E_NO_SPACE,   /* the file system has no room for it */
        PL_JOURNAL_E_FOREIGN,    /* not a journal, or not a regular file */
        PL_JOURNAL_E_BYTE_ORDER, /* of a machine with another one */
        PL_JOURNAL_E_VERSION,    /* of a format that is not this one */
        PL_JOURNAL_E_CORRUPT,    /* what stands there cannot have been written like this */
        PL_JOURNAL_E_OTHER_BOOT, /* from before the machine was started */
        PL_JOURNAL_E_OTHER_SIZE, /* a good one, but not as large as is asked for */
        PL_JOURNAL_E_EMPTY,      /* nothing was written there yet, or it was taken back */
        PL_JOURNAL_E_FULL,       /* the board has no such row */
        PL_JOURNAL_E_TORN,       /* not to be had whole: see the function */
        PL_JOURNAL_E_END,        /* no more of them, for now */
        PL_JOURNAL_E_OVERTAKEN,  /* the writer has written over what was to be read next */
        PL_JOURNAL_E_TOO_LONG,   /* does not fit */
};

enum {
        /* Goes up with every change of what is below, and of the nouns in model/ that are recorded as they are. */
        PL_JOURNAL_VERSION = 4,
        /* As it reads on a machine that has our byte order. */
        PL_JOURNAL_BYTE_ORDER = 0x01020304,
        /* The unit of the file's size, and where the host and the ranking begin: the smallest page there is. */
        PL_JOURNAL_PAGE_BYTES = 4096,
        /* Four lines of the cache: an update of a snapshot with every figure at its largest fits, and most acts. */
        PL_JOURNAL_RECORD_BYTES = 256,
        PL_JOURNAL_PAYLOAD_BYTES = 224,
        /* Fifteen lines of the cache, because that is what a row has. */
        PL_JOURNAL_ROW_BYTES = 960,
        /* The workloads that Plimsoll follows (design, bounds). */
        PL_JOURNAL_ROWS_MAX = 16384,
        /* Records of one snapshot: what 16 bits number. */
        PL_JOURNAL_PARTS_MAX = 65535,
        /* Updates of a snapshot, and outcomes: facts, a sample and more for every workload there may be. */
        PL_JOURNAL_UPDATES_MAX = 65536,
};

/* What the size may be set to. 16 MiB hold 10,368 rows, 6,652 acts and 19,956 records of samples. */
#define PL_JOURNAL_BYTES_MIN     (1 * PL_MIB)
#define PL_JOURNAL_BYTES_MAX     (256 * PL_MIB)
#define PL_JOURNAL_BYTES_DEFAULT (16 * PL_MIB)

enum pl_journal_ring {
        PL_JOURNAL_ACTS,
        PL_JOURNAL_SAMPLES,
        PL_JOURNAL_RINGS,
};

/* Where everything is. A pure function of the size, so that no reader has to trust an offset in the file. */
struct pl_journal_layout {
        uint64_t file_bytes;
        uint64_t host_offset;
        uint64_t ranking_offset;
        uint64_t rows_offset;
        uint64_t row_count;
        uint64_t ring_offset[PL_JOURNAL_RINGS];
        uint64_t ring_capacity[PL_JOURNAL_RINGS]; /* in records */
};

/* The board takes 17/32 of the file, or what 16,384 rows need if that is less; of the rest a quarter is for acts, three for
 * samples. PL_JOURNAL_E_CORRUPT for a size that no journal can have: not whole pages, fewer than eight, more than
 * PL_JOURNAL_BYTES_MAX. Fewer than PL_JOURNAL_BYTES_MIN are for tests. Pure. */
int pl_journal_layout(uint64_t file_bytes, struct pl_journal_layout *ret_layout);

/* The first 128 bytes. They do not change once the file has its name. */
struct pl_journal_header {
        char magic[8]; /* PL_JOURNAL_MAGIC, without its NUL */
        uint32_t byte_order;
        uint32_t version;
        uint64_t file_bytes;
        uint32_t page_bytes; /* of the machine; for those who read figures in pages */
        uint32_t record_bytes;
        uint64_t rows_offset;
        uint32_t row_bytes;
        uint32_t row_count;
        uint64_t acts_offset;
        uint64_t acts_capacity;
        uint64_t samples_offset;
        uint64_t samples_capacity;
        uint8_t boot_id[16];
        uint64_t created_usec;          /* CLOCK_BOOTTIME */
        uint64_t created_realtime_usec; /* at that moment, since 1970 */
        uint64_t reserved;              /* 0 */
        uint64_t check;                 /* of the fifteen words before it */
};

#define PL_JOURNAL_MAGIC "PLIMJRNL"

/* Words of the header page that change, each by itself, by their offset in the file. */
enum {
        PL_JOURNAL_AT_GENERATION = 128, /* how many writers there were */
        PL_JOURNAL_AT_HEARTBEAT =
                136, /* CLOCK_BOOTTIME, when the writer last said that it is well */
        PL_JOURNAL_AT_STEP_BEGUN = 144,
        PL_JOURNAL_AT_STEP_DONE = 152,
        PL_JOURNAL_AT_ROWS_USED = 160, /* no row from this index on was ever used */
        PL_JOURNAL_AT_RINGS =
                192, /* 64 bytes for each ring: the last sequence number begun, and the newest to read */
        PL_JOURNAL_AT_STATE = 512,
};

/* A record. Text and numbers of a type are in the payload, of which `length` bytes count. */
struct pl_journal_record {
        uint64_t sequence; /* from 1; 0 while it is written */
        uint64_t check;    /* of all the other words */
        uint64_t at_usec;
        uint16_t type;  /* enum pl_journal_type */
        uint16_t flags; /* enum pl_journal_flag */
        uint16_t part;  /* from 0: the whole began at sequence − part */
        uint16_t length;
        uint8_t payload[PL_JOURNAL_PAYLOAD_BYTES];
};

enum pl_journal_flag {
        PL_JOURNAL_LAST = 1 << 0, /* the last part of a whole */
        PL_JOURNAL_CUT = 1 << 1,  /* and there would have been more */
};

/* Items of a whole: a byte that names the kind, a byte with the number of words, half a byte for each with the number of
 * bytes that it takes (15: all bits are set, no bytes), the bytes, low ones first. Of a name: its length and its bytes. */
enum pl_journal_item {
        PL_JOURNAL_ITEM_HEAD = 1,  /* step, now, flags and policy, counts of updates and outcomes */
        PL_JOURNAL_ITEM_HOST,      /* struct pl_host_sample */
        PL_JOURNAL_ITEM_FACTS,     /* the update's id, struct pl_cgroup_facts */
        PL_JOURNAL_ITEM_SAMPLE,    /* the update's id, struct pl_cgroup_sample */
        PL_JOURNAL_ITEM_GONE,      /* the update's id */
        PL_JOURNAL_ITEM_NODE,      /* the update's id, struct pl_cgroup_sample */
        PL_JOURNAL_ITEM_OUTCOME,   /* struct pl_outcome */
        PL_JOURNAL_ITEM_DECISION,  /* struct pl_decision up to its verdict */
        PL_JOURNAL_ITEM_VERDICT,   /* struct pl_verdict */
        PL_JOURNAL_ITEM_CANDIDATE, /* struct pl_candidate */
        PL_JOURNAL_ITEM_NAME, /* of the candidate before it; of a decision's cgroup, its scope */
        PL_JOURNAL_ITEM_SETTINGS, /* the update's id, struct pl_settings */
        PL_JOURNAL_ITEM_STATE,    /* the update's id, struct pl_state_words */
        PL_JOURNAL_ITEM_ENGINE,   /* the update's id, struct pl_state_words */
        PL_JOURNAL_ITEM_FLAGS,    /* of a decision: enum pl_journal_decision_flag */
        PL_JOURNAL_ITEMS,
};

/* The check of words: seeded, each word xored in, multiplied, and its upper half folded down. Every step can be undone, so
 * that two runs of words which differ in one word never have the same. */
uint64_t pl_journal_check(uint64_t seed, const void *words, size_t count);

#define PL_JOURNAL_CHECK_SEED UINT64_C(0x706C696D736F6C6C)

_Static_assert(sizeof(struct pl_journal_header) == PL_JOURNAL_AT_GENERATION, "the page says so");
_Static_assert(sizeof(struct pl_journal_record) == PL_JOURNAL_RECORD_BYTES, "no padding");
