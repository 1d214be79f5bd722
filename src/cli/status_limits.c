/* SPDX-License-Identifier: Apache-2.0 */

/* Whether limits are as they are wanted, and who else has a hand in them: the answer here, the rest in `diff` and `events`. */

#include <inttypes.h>

#include "plimsoll/base/assert.h"
#include "plimsoll/base/macro.h"
#include "plimsoll/journal/sentence.h"
#include "plimsoll/model/order.h"
#include "status.h"

enum { NAME_COLUMNS = 48 }; /* of a workload, in the middle of a sentence */

/* ---- as wanted? ---- */

static void print_standing(struct pl_cli *cli, const struct pl_status *status)
{
        const struct pl_standing_count *count = &status->limits;
        struct pl_live_sentence sentence;
        struct pl_text *text = pl_live_begin(&sentence);

        if (count->wanted == 0)
                return;
        if (count->differing > 0)
                pl_text_addf(text, "%u of ", count->differing);
        else
                pl_text_add(text, "as wanted of ");
        pl_standing_add_counted(text, count, count->wanted);
        if (count->differing > 0)
                pl_text_add(text, " not yet as wanted (plimsoll diff)");
        pl_status_print_line(cli, count->differing > 0 ? PL_CLI_MARK_WARNING : PL_CLI_MARK_OK,
                             "limits", sentence.buffer);
}

/* ---- drift ---- */

static const char *cause_words(uint32_t cause)
{
        static const char *const words[PL_DRIFT_CAUSES] = {
                [PL_DRIFT_BY_UNKNOWN] = "by an unknown hand",
                [PL_DRIFT_BY_RELOAD] = "by systemd daemon-reload",
                [PL_DRIFT_BY_SET_PROPERTY] = "by systemctl set-property",
                [PL_DRIFT_BY_RUNTIME] = "by its runtime",
                [PL_DRIFT_BY_DROP_IN] = "by a later drop-in",
                [PL_DRIFT_BY_HAND] = "by hand",
        };

        return cause < PL_DRIFT_CAUSES ? words[cause] : words[PL_DRIFT_BY_UNKNOWN];
}

/* "3 repaired, 1 left with an alarm" */
static void add_answers(struct pl_text *text, const struct pl_status *status)
{
        static const char *const words[PL_STATUS_ANSWERS] = {
                [PL_DRIFT_REPAIR] = "repaired",
                [PL_DRIFT_ALARM] = "left with an alarm",
                [PL_DRIFT_YIELD] = "left, for the profile yields",
        };
        size_t begin = text->length;

        for (size_t i = 0; i < PL_STATUS_ANSWERS; i++)
                if (status->drift_counts[i] > 0)
                        pl_text_addf(text, "%s%" PRIu64 " %s", text->length > begin ? ", " : "",
                                     status->drift_counts[i], words[i]);
        if (text->length == begin)
                pl_text_addf(text, "%" PRIu64, status->drift_count);
}

static void add_last(struct pl_text *text, struct pl_cli_style style,
                     const struct pl_status *status)
{
        const struct pl_journal_drift *drift = &status->drift;
        char buffer[PL_LIVE_NAME_BYTES];
        struct pl_text name;

        pl_text_init(&name, buffer, sizeof buffer);
        pl_cli_add_plain(&name, style, pl_span_of(status->drift_name));
        pl_live_add_cut(text, style, pl_text_span(&name), NAME_COLUMNS);
        if (name.length == 0)
                pl_text_addf(text, "cgroup %" PRIu64, drift->id);
        if (drift->limit < PL_LIMIT_COUNT)
                pl_text_addf(text, " %s", pl_limit_file(drift->limit));
        pl_text_addf(text, ", %s, ", cause_words(drift->cause));
        pl_live_add_ago(text, status->live, status->drift_at_usec);
}

/* "1 repaired: api/web memory.max, by systemd daemon-reload, 14 min ago" */
static void print_drift(struct pl_cli *cli, const struct pl_status *status)
{
        struct pl_live_sentence sentence;
        struct pl_text *text = pl_live_begin(&sentence);
        bool is_left = status->drift_counts[PL_DRIFT_ALARM] > 0;

        if (status->drift_count == 0)
                return;
        add_answers(text, status);
        pl_text_add(text, status->drift_count == 1 ? ": " : "; the last was ");
        add_last(text, cli->style, status);
        pl_status_print_line(cli, is_left ? PL_CLI_MARK_WARNING : PL_CLI_MARK_OK, "drift",
                             sentence.buffer);
}

void pl_status_print_limits(struct pl_cli *cli, const struct pl_status *status)
{
        pl_assert(cli);
        pl_assert(status && status->live);

        print_standing(cli, status);
        print_drift(cli, status);
}

/* ---- JSON ---- */

static void put_last(struct pl_json_writer *writer, const struct pl_status *status)
{
        const struct pl_journal_drift *drift = &status->drift;

        if (status->drift_count == 0) {
                pl_json_put_null(writer, "last");
                return;
        }
        pl_json_key(writer, "last");
        pl_json_object_begin(writer);
        pl_live_put_time(writer, "at", status->live, status->drift_at_usec);
        pl_live_put_words(writer, "workload", status->drift_name);
        pl_json_put_u64(writer, "cgroup_id", drift->id);
        pl_live_put_words(writer, "limit",
                          drift->limit < PL_LIMIT_COUNT ? pl_limit_file(drift->limit) : NULL);
        pl_live_put_words(writer, "cause", pl_journal_drift_cause_word(drift->cause));
        pl_live_put_words(writer, "answer", pl_journal_drift_word(drift->answer));
        pl_json_object_end(writer);
}

void pl_status_put_limits(struct pl_json_writer *writer, const struct pl_status *status)
{
        pl_assert(writer);
        pl_assert(status);

        pl_json_key(writer, "limits");
        pl_json_object_begin(writer);
        pl_json_put_u64(writer, "wanted", status->limits.wanted);
        pl_json_put_u64(writer, "differing", status->limits.differing);
        pl_json_object_end(writer);
        pl_json_key(writer, "drift");
        pl_json_object_begin(writer);
        pl_json_put_u64(writer, "count", status->drift_count);
        pl_json_put_u64(writer, "repaired", status->drift_counts[PL_DRIFT_REPAIR]);
        pl_json_put_u64(writer, "alarmed", status->drift_counts[PL_DRIFT_ALARM]);
        pl_json_put_u64(writer, "yielded", status->drift_counts[PL_DRIFT_YIELD]);
        put_last(writer, status);
        pl_json_object_end(writer);
}
