/* SPDX-License-Identifier: Apache-2.0 */

/* The table of candidates has a header, and its columns have changed over the years, so a row is read by the header that
 * stood above it and not by the kernel's version. All cells are numbers but the last, the name, which begins one blank
 * behind the number before it and may hold anything, blanks at its ends included.
 */

#include <string.h>

#include "kmsg_internal.h"
#include "plimsoll/base/assert.h"
#include "plimsoll/base/macro.h"

static const struct {
        const char *name;
        enum pl_kmsg_oom_column column;
        size_t offset; /* of the int64_t in a row; of none for the name */
} column_names[] = {
        { "pid", PL_KMSG_COLUMN_PID, offsetof(struct pl_kmsg_oom_row, pid) },
        { "uid", PL_KMSG_COLUMN_UID, offsetof(struct pl_kmsg_oom_row, uid) },
        { "tgid", PL_KMSG_COLUMN_TGID, offsetof(struct pl_kmsg_oom_row, tgid) },
        { "total_vm", PL_KMSG_COLUMN_TOTAL_VM, offsetof(struct pl_kmsg_oom_row, total_vm_pages) },
        { "rss", PL_KMSG_COLUMN_RSS, offsetof(struct pl_kmsg_oom_row, rss_pages) },
        { "rss_anon", PL_KMSG_COLUMN_RSS_ANON, offsetof(struct pl_kmsg_oom_row, rss_anon_pages) },
        { "rss_file", PL_KMSG_COLUMN_RSS_FILE, offsetof(struct pl_kmsg_oom_row, rss_file_pages) },
        { "rss_shmem", PL_KMSG_COLUMN_RSS_SHMEM,
          offsetof(struct pl_kmsg_oom_row, rss_shmem_pages) },
        { "pgtables_bytes", PL_KMSG_COLUMN_PGTABLES,
          offsetof(struct pl_kmsg_oom_row, pgtables_bytes) },
        { "swapents", PL_KMSG_COLUMN_SWAP, offsetof(struct pl_kmsg_oom_row, swap_pages) },
        { "oom_score_adj", PL_KMSG_COLUMN_SCORE_ADJ, offsetof(struct pl_kmsg_oom_row, score_adj) },
        { "name", PL_KMSG_COLUMN_NAME, 0 },
};

static enum pl_kmsg_oom_column column_of(struct pl_span word)
{
        for (size_t i = 0; i < PL_ARRAY_LENGTH(column_names); i++)
                if (pl_span_equals(word, column_names[i].name))
                        return column_names[i].column;
        return PL_KMSG_COLUMN_UNKNOWN;
}

/* Behind "[  pid  ]". Every column once, those that we do not know as often as they like; the name is the last. */
static int parse_columns(struct pl_span text, struct pl_kmsg_oom_columns *columns)
{
        enum pl_kmsg_oom_column column = PL_KMSG_COLUMN_PID;
        uint32_t seen = 1 << PL_KMSG_COLUMN_PID;

        pl_assert(columns);

        *columns = (struct pl_kmsg_oom_columns){ .count = 1, .columns = { PL_KMSG_COLUMN_PID } };
        text = pl_span_trim(text);
        while (!pl_span_empty(text)) {
                column = column_of(pl_span_word(&text));
                if (columns->count == PL_KMSG_COLUMNS_MAX)
                        return PL_FILE_E_MALFORMED;
                if (column != PL_KMSG_COLUMN_UNKNOWN && seen & 1U << column)
                        return PL_FILE_E_MALFORMED;
                seen |= 1U << column;
                columns->columns[columns->count++] = (uint8_t) column;
        }
        return column == PL_KMSG_COLUMN_NAME ? 0 : PL_FILE_E_MALFORMED;
}

/* "[  pid  ]   uid  tgid …" or "[    108]     0   108 …". */
int pl_kmsg_parse_oom_table(struct pl_span text, struct pl_kmsg_oom *oom)
{
        struct pl_span first;
        uint32_t pid;

        pl_assert(oom);

        if (!cut_prefix(&text, "[") || !cut_first(&text, "]", &first))
                return PL_KMSG_E_OTHER;

        first = pl_span_trim(first);
        if (pl_span_equals(first, "pid")) {
                oom->kind = PL_KMSG_OOM_HEADER;
                return parse_columns(text, &oom->columns);
        }
        if (pl_span_to_u32(first, &pid) != 0)
                return PL_KMSG_E_OTHER;
        oom->kind = PL_KMSG_OOM_ROW;
        return 0;
}

static int put_cell(enum pl_kmsg_oom_column column, struct pl_span word,
                    struct pl_kmsg_oom_row *row)
{
        int64_t value;

        pl_assert(row);
        pl_assert(column != PL_KMSG_COLUMN_NAME);

        if (column == PL_KMSG_COLUMN_UNKNOWN)
                return pl_span_empty(word) ? PL_FILE_E_MALFORMED : 0;
        if (pl_span_to_i64(word, &value) != 0)
                return PL_FILE_E_MALFORMED;
        for (size_t i = 0; i < PL_ARRAY_LENGTH(column_names); i++)
                if (column_names[i].column == column)
                        memcpy((char *) row + column_names[i].offset, &value, sizeof value);

        row->have |= 1U << column;
        return 0;
}

int pl_kmsg_parse_oom_row(const struct pl_kmsg_record *record,
                          const struct pl_kmsg_oom_columns *columns,
                          struct pl_kmsg_oom_row *ret_row)
{
        struct pl_kmsg_oom_row row = {};
        struct pl_span text, pid;

        pl_assert(record && record->length <= sizeof record->text);
        pl_assert(columns && columns->count >= 2 && columns->count <= PL_KMSG_COLUMNS_MAX);
        pl_assert(columns->columns[columns->count - 1] == PL_KMSG_COLUMN_NAME);
        pl_assert(ret_row);

        text = pl_kmsg_text(record);
        if (!cut_prefix(&text, "[") || !cut_first(&text, "]", &pid) ||
            put_cell(PL_KMSG_COLUMN_PID, pl_span_trim(pid), &row) != 0)
                return PL_FILE_E_MALFORMED;
        for (uint32_t i = 1; i < columns->count - 1; i++)
                if (put_cell(columns->columns[i], pl_span_word(&text), &row) != 0)
                        return PL_FILE_E_MALFORMED;
        /* One blank; those behind it, and none at all, belong to the name. */
        if (!cut_prefix(&text, " "))
                return PL_FILE_E_MALFORMED;

        row.comm = text;
        row.have |= 1U << PL_KMSG_COLUMN_NAME;
        *ret_row = row;
        return 0;
}
