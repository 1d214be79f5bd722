/* SPDX-License-Identifier: Apache-2.0 */

#include "words.h"

#include <errno.h>
#include <string.h>

#include "directory.h"
#include "plimsoll/base/assert.h"
#include "plimsoll/base/clock.h"
#include "plimsoll/base/size.h"

static void add_error(struct pl_text *text, int r)
{
        const char *words = r < 0 ? strerrordesc_np(-r) : NULL;

        if (words)
                pl_text_add(text, words);
        else
                pl_text_addf(text, "result %d", r);
}

static void add_path(struct pl_text *text, const char *path)
{
        pl_text_add_clean(text, pl_span_of(path));
}

void pl_record_add_directory(struct pl_text *text, const struct pl_record_options *options, int r)
{
        add_path(text, options->directory);
        switch (r) {
        case PL_DIRECTORY_E_ABSENT:
                pl_text_add(text,
                            " is not there\n\u2192 make it for the user who runs plimsoll-record, "
                            "or start plimsoll-record.service, which does");
                break;
        case PL_DIRECTORY_E_DENIED:
                pl_text_add(
                        text,
                        " may not be opened\n\u2192 run plimsoll-record as the user who owns it");
                break;
        case PL_DIRECTORY_E_UNSAFE:
                pl_text_add(
                        text,
                        " may be written by others; refusing to keep history there\n"
                        "\u2192 chown it to the user who runs plimsoll-record, and chmod 0750 it");
                break;
        default:
                pl_text_add(text, " cannot be opened: ");
                add_error(text, r);
        }
}

void pl_record_add_opening(struct pl_text *text, const struct pl_record_options *options, int r)
{
        switch (r) {
        case PL_JOURNAL_E_LOCKED:
                pl_text_add(text, "another plimsoll-record keeps the history in ");
                add_path(text, options->directory);
                break;
        case PL_JOURNAL_E_DENIED:
                pl_text_add(text, "files may not be written in ");
                add_path(text, options->directory);
                pl_text_add(text, "\n\u2192 run plimsoll-record as the user who owns it");
                break;
        case PL_JOURNAL_E_NO_SPACE:
                pl_text_add(text, "there is no space left for ");
                add_path(text, options->directory);
                break;
        case PL_JOURNAL_E_TOO_LONG:
                pl_text_addf(text, "there are more than %d files of history in ",
                             PL_HISTORY_SEGMENTS_MAX);
                add_path(text, options->directory);
                pl_text_add(
                        text,
                        ", which plimsoll-record did not make\n\u2192 move the oldest elsewhere");
                break;
        default:
                pl_text_add(text, "the history in ");
                add_path(text, options->directory);
                pl_text_add(text, " cannot be gone on with: ");
                add_error(text, r);
        }
}

void pl_record_add_source(struct pl_text *text, const struct pl_record_options *options, int r)
{
        add_path(text, options->journal);
        switch (r) {
        case PL_JOURNAL_E_ABSENT:
                pl_text_add(text, " is not there: plimsolld is not running; waiting for it");
                break;
        case PL_JOURNAL_E_DENIED:
                pl_text_add(text,
                            " may not be read\n\u2192 run plimsoll-record in the group plimsoll");
                break;
        case PL_JOURNAL_E_OTHER_BOOT:
                pl_text_add(text,
                            " is of another boot: plimsolld has not started yet; waiting for it");
                break;
        case PL_JOURNAL_E_VERSION:
                pl_text_add(text, " is of another version of plimsolld\n"
                                  "\u2192 restart plimsolld, then plimsoll-record");
                break;
        case PL_JOURNAL_E_FOREIGN:
        case PL_JOURNAL_E_BYTE_ORDER:
        case PL_JOURNAL_E_CORRUPT:
                pl_text_add(text, " is not a journal");
                break;
        default:
                pl_text_add(text, " cannot be read: ");
                add_error(text, r);
        }
}

void pl_record_add_writing(struct pl_text *text, const struct pl_record_options *options, int r)
{
        pl_text_add(text, "history cannot be written to ");
        add_path(text, options->directory);
        pl_text_add(text, ": ");
        if (r == PL_JOURNAL_E_NO_SPACE)
                pl_text_add(text, "--size has no room for one more row of everybody");
        else
                add_error(text, r);
        if (r == -ENOSPC || r == -EDQUOT)
                pl_text_add(text, "\n\u2192 free some space, or give it less with --size");
}

void pl_record_add_status(struct pl_text *text, const struct pl_recorder *recorder)
{
        const struct pl_history_writer *writer = recorder->writer;

        pl_text_addf(text, "%u workload%s, a row every ", recorder->workload_count,
                     recorder->workload_count == 1 ? "" : "s");
        pl_duration_format(text, recorder->interval_usec);
        pl_text_add(text, "; ");
        pl_bytes_format_short(text, writer->total_bytes);
        pl_text_add(text, " of ");
        pl_bytes_format_short(text, writer->options.size_bytes);
        pl_text_addf(text, " in %zu file%s", writer->segment_count,
                     writer->segment_count == 1 ? "" : "s");
}
