/* SPDX-License-Identifier: Apache-2.0 */

/* A line an event, so that grep finds it whole; on a terminal it is broken at the edge. A sign stands before what somebody
 * has to look at.
 */

#include <syslog.h>

#include "events.h"
#include "plimsoll/base/assert.h"

/* Time and sentence, broken into lines of which each begins with blanks. */
enum { LINE_MAX_BYTES = 2 * PL_JOURNAL_SENTENCE_MAX };

static void add_sign(struct pl_text *line, struct pl_cli_style style, int priority)
{
        if (priority <= LOG_ERR)
                pl_cli_add_mark(line, style, PL_CLI_MARK_PROBLEM);
        else if (priority == LOG_WARNING)
                pl_cli_add_mark(line, style, PL_CLI_MARK_WARNING);
        else
                pl_cli_add_blanks(line, pl_cli_mark_columns(style));
}

static void print_line(struct pl_events *events, uint64_t at_usec, int priority,
                       const char *sentence)
{
        struct pl_cli_style style = events->cli->style;
        char buffer[LINE_MAX_BYTES];
        struct pl_text line;
        size_t column;

        pl_text_init(&line, buffer, sizeof buffer);
        pl_events_add_time(&line, &events->live, at_usec);
        column = pl_cli_columns(pl_text_span(&line)) + 1 + pl_cli_mark_columns(style) + 1;
        pl_text_add(&line, " ");
        add_sign(&line, style, priority);
        pl_text_add(&line, " ");
        if (style.terminal) {
                pl_cli_add_wrapped(&line, style, column, column, sentence);
        } else {
                pl_cli_add_plain(&line, style, pl_span_of(sentence));
                pl_text_add(&line, "\n");
        }
        pl_assert(!line.cut);
        (void) pl_cli_emit(events->cli, pl_text_span(&line)); /* kept in events->cli->error */
}

void pl_events_print(struct pl_events *events, const struct pl_journal_act *act)
{
        char buffer[PL_JOURNAL_SENTENCE_MAX];
        struct pl_text sentence;

        pl_assert(events && act);

        events->count++;
        if (events->cli->json) {
                pl_events_print_json(events, act);
                return;
        }
        pl_text_init(&sentence, buffer, sizeof buffer);
        pl_journal_add_sentence(&sentence, act);
        print_line(events, act->at_usec, pl_journal_priority(act), buffer);
}
