/* SPDX-License-Identifier: Apache-2.0 */

/* On a terminal a person reads, so that lines are broken at its edge; elsewhere a program may, an editor that jumps to the
 * places for one, and each finding is one line, however long.
 */

#include <string.h>

#include "plimsoll/base/assert.h"
#include "plimsoll/base/macro.h"
#include "policy.h"

enum {
        INDENT = 4, /* of the lines of a finding behind the first */
        FILE_MAX =
                4 *
                1024, /* of a path what the kernel would take; who gives a longer one is told so */
        PREFIX_MAX = 5 * 1024, /* that, a line, a column and a severity; also the words behind it */
};

static const struct {
        const char *name;
        enum pl_cli_mark mark;
} severities[] = {
        [PL_DIAG_ERROR] = { "error", PL_CLI_MARK_PROBLEM },
        [PL_DIAG_WARNING] = { "warning", PL_CLI_MARK_WARNING },
        [PL_DIAG_NOTE] = { "note", PL_CLI_MARK_NOT_KNOWN },
};

enum pl_cli_mark pl_cli_severity_mark(enum pl_diag_severity severity)
{
        pl_assert((size_t) severity < PL_ARRAY_LENGTH(severities));
        return severities[severity].mark;
}

const char *pl_cli_severity_name(enum pl_diag_severity severity)
{
        pl_assert((size_t) severity < PL_ARRAY_LENGTH(severities));
        return severities[severity].name;
}

/* ---- the order ---- */

/* 0 for what is of no file that was read. */
static size_t rank(const struct pl_policy_files *files, const struct pl_diag_entry *entry)
{
        for (size_t i = 0; entry->file && i < files->count; i++)
                if (strcmp(files->items[i].origin, entry->file) == 0)
                        return i + 1;
        return 0;
}

static bool stands_before(const struct pl_policy_files *files, const struct pl_diag_entry *a,
                          const struct pl_diag_entry *b)
{
        size_t rank_a = rank(files, a), rank_b = rank(files, b);

        if (rank_a != rank_b)
                return rank_a < rank_b;
        if (a->place.line != b->place.line)
                return a->place.line < b->place.line;
        return a->place.column < b->place.column;
}

/* By insertion, which keeps the order of equals: there are a hundred at most, and they come nearly sorted. */
void pl_cli_findings_sort(const struct pl_cli_policy *policy, struct pl_cli_findings *ret_findings)
{
        pl_assert(policy && ret_findings);

        ret_findings->count = policy->diag.count;
        for (size_t i = 0; i < policy->diag.count; i++) {
                const struct pl_diag_entry *entry = &policy->diag.entries[i];
                size_t at = i;

                for (;
                     at > 0 && stands_before(&policy->files, entry, ret_findings->entries[at - 1]);
                     at--)
                        ret_findings->entries[at] = ret_findings->entries[at - 1];
                ret_findings->entries[at] = entry;
        }
}

/* ---- one finding ---- */

/* "FILE:LINE:COLUMN: error: ", with the word for how bad it is in its colour. */
static void add_prefix(struct pl_text *text, struct pl_cli_style style,
                       const struct pl_diag_entry *entry)
{
        struct pl_diag_entry bare = *entry;
        const char *name = pl_cli_severity_name(entry->severity);
        char file_buffer[FILE_MAX], buffer[PREFIX_MAX];
        struct pl_text file, prefix;

        bare.message[0] = bare.hint[0] = '\0';
        pl_text_init(&file, file_buffer, sizeof file_buffer);
        if (entry->file)
                pl_text_add(&file, entry->file);
        bare.file = entry->file ? file_buffer : NULL;
        pl_text_init(&prefix, buffer, sizeof buffer);
        pl_diag_format(&prefix, &bare);
        pl_assert(pl_span_ends_with(pl_text_span(&prefix), ": "));
        pl_assert(prefix.length >= strlen(name) + strlen(": "));
        prefix.length -= strlen(name) + strlen(": ");

        pl_cli_add_plain(text, style, pl_text_span(&prefix));
        pl_cli_add_coloured(text, style, pl_cli_severity_mark(entry->severity), name);
        pl_text_add(text, ": ");
}

static const char *dash(struct pl_cli_style style)
{
        return style.unicode ? "\xE2\x80\x94" : "--";
}

static const char *ellipsis(struct pl_cli_style style)
{
        return style.unicode ? "\xE2\x80\xA6" : "...";
}

/* Behind the prefix, from the column where that ends. */
static void add_wrapped(struct pl_text *text, struct pl_cli_style style,
                        const struct pl_diag_entry *entry, size_t column)
{
        char buffer[2 * PL_DIAG_WORDS_MAX + 8];
        struct pl_text words;
        struct pl_span rest;

        pl_text_init(&words, buffer, sizeof buffer);
        pl_text_add(&words, entry->message);
        if (entry->hint[0] != '\0')
                pl_text_addf(&words, " %s %s", dash(style), entry->hint);
        rest = pl_text_span(&words);
        if (column + pl_cli_columns(pl_span_word(&rest)) > PL_CLI_COLUMNS) {
                pl_text_add(text, "\n");
                pl_cli_add_blanks(text, INDENT);
                column = INDENT;
        }
        pl_cli_add_wrapped(text, style, column, INDENT, buffer);
}

static size_t prefix_columns(struct pl_cli_style style, const struct pl_diag_entry *entry)
{
        char buffer[PREFIX_MAX];
        struct pl_text prefix;

        style.colour = false; /* which takes bytes and no columns */
        pl_text_init(&prefix, buffer, sizeof buffer);
        add_prefix(&prefix, style, entry);
        return pl_cli_columns(pl_text_span(&prefix));
}

void pl_cli_add_finding(struct pl_text *text, struct pl_cli_style style,
                        const struct pl_diag_entry *entry)
{
        pl_assert(text && entry);

        add_prefix(text, style, entry);
        if (style.terminal) {
                add_wrapped(text, style, entry, prefix_columns(style, entry));
                return;
        }
        pl_cli_add_plain(text, style, pl_span_of(entry->message));
        if (entry->hint[0] != '\0') {
                pl_text_addf(text, " %s ", dash(style));
                pl_cli_add_plain(text, style, pl_span_of(entry->hint));
        }
        pl_text_add(text, "\n");
}

/* ---- all of them ---- */

static void add_count(struct pl_text *text, const char *before, size_t count, const char *more,
                      const char *name)
{
        if (count > 0)
                pl_text_addf(text, "%s%zu %s%s%s", before, count, more, name,
                             count == 1 ? "" : "s");
}

void pl_cli_add_dropped(struct pl_text *text, struct pl_cli_style style, const struct pl_diag *diag)
{
        const size_t all[] = { diag->errors, diag->warnings, diag->notes };
        size_t kept[PL_ARRAY_LENGTH(severities)] = {};
        const char *before = " and ";

        for (size_t i = 0; i < diag->count; i++)
                kept[diag->entries[i].severity]++;
        if (diag->errors + diag->warnings + diag->notes == diag->count)
                return;
        pl_text_add(text, ellipsis(style));
        for (size_t i = 0; i < PL_ARRAY_LENGTH(severities); i++) {
                pl_assert(kept[i] <= all[i]);
                add_count(text, before, all[i] - kept[i], "more ", severities[i].name);
                if (all[i] > kept[i])
                        before = ", ";
        }
        pl_text_add(text, "\n");
}

static bool is_counted(const struct pl_diag_entry *entry)
{
        return entry->severity != PL_DIAG_NOTE && entry->file;
}

/* Whether an earlier entry that is counted is of the same file. */
static bool is_known(const struct pl_diag *diag, size_t index)
{
        for (size_t i = 0; i < index; i++)
                if (is_counted(&diag->entries[i]) &&
                    strcmp(diag->entries[i].file, diag->entries[index].file) == 0)
                        return true;
        return false;
}

/* How many files have something wrong, and how many there are with those that could not be read, which is an error. Masks
 * are none, and neither are directories, of which there are warnings. */
static void count_files(const struct pl_cli_policy *policy, size_t *ret_wrong, size_t *ret_all)
{
        *ret_wrong = *ret_all = 0;
        for (size_t i = 0; i < policy->files.count; i++)
                *ret_all += policy->files.items[i].text != NULL;
        for (size_t i = 0; i < policy->diag.count; i++) {
                const struct pl_diag_entry *entry = &policy->diag.entries[i];

                bool was_read = rank(&policy->files, entry) > 0;

                if (!is_counted(entry) || is_known(&policy->diag, i) ||
                    (!was_read && entry->severity != PL_DIAG_ERROR))
                        continue;
                *ret_wrong += 1;
                *ret_all += !was_read;
        }
}

void pl_cli_add_tally(struct pl_text *text, const struct pl_cli_policy *policy)
{
        const struct pl_diag *diag = &policy->diag;
        size_t wrong, all;

        if (diag->errors + diag->warnings == 0)
                return;
        add_count(text, "", diag->errors, "", "error");
        add_count(text, diag->errors > 0 ? " and " : "", diag->warnings, "", "warning");
        count_files(policy, &wrong, &all);
        if (all == 1)
                pl_text_add(text, " in 1 file");
        else if (diag->count < diag->errors + diag->warnings + diag->notes)
                /* Of what was dropped nobody knows in which file it is. */
                pl_text_addf(text, "; %zu files were looked at", all);
        else if (wrong > 0)
                pl_text_addf(text, " in %zu of %zu files", wrong, all);
        pl_text_add(text, "\n");
}

enum pl_cli_exit pl_cli_policy_complain(struct pl_cli *cli, const struct pl_cli_policy *policy)
{
        /* Of standard error it is not known what it is: a line each does anywhere. */
        const struct pl_cli_style style = { .unicode = cli->style.unicode };
        size_t left = policy->diag.errors + policy->diag.warnings;
        struct pl_cli_findings findings;

        pl_cli_findings_sort(policy, &findings);
        for (size_t i = 0; i < findings.count; i++) {
                if (findings.entries[i]->severity == PL_DIAG_NOTE ||
                    cli->words->size - cli->words->length < (size_t) 2 * PREFIX_MAX)
                        continue;
                pl_cli_add_finding(cli->words, style, findings.entries[i]);
                left--;
        }
        if (left > 0)
                pl_text_addf(cli->words, "%s and %zu more: 'plimsoll check' tells them\n",
                             ellipsis(style), left);
        pl_cli_add_tally(cli->words, policy);
        return pl_cli_policy_exit(policy);
}
