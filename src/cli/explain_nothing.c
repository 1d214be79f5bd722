/* SPDX-License-Identifier: Apache-2.0 */

/* That nothing was decided is an answer, and who would go first is the next question. */

#include "events.h"
#include "explain.h"
#include "plimsoll/base/assert.h"

/* "" where there is no ranking, or nobody who may be taken. */
static void find_next(const struct pl_live *live, bool *ret_has_ranking,
                      char name[PL_LIVE_NAME_BYTES])
{
        struct pl_journal_ranking ranking;
        struct pl_journal_row row;
        struct pl_text text;

        pl_text_init(&text, name, PL_LIVE_NAME_BYTES);
        *ret_has_ranking = live && pl_journal_read_ranking(&live->reader, &ranking) == 0;
        if (!*ret_has_ranking || ranking.count == 0 || ranking.candidates[0].rank != 1)
                return;
        for (uint32_t i = 0; i < pl_journal_rows_used(&live->reader); i++)
                if (pl_journal_read_row(&live->reader, i, &row) == 0 &&
                    row.id == ranking.candidates[0].id) {
                        pl_live_add_raw_name(&text, &row);
                        return;
                }
        pl_explain_add_name(&text, "", ranking.candidates[0].id);
}

static void add_since(struct pl_text *text, const struct pl_explain_nothing *nothing)
{
        const struct pl_live wall = { .now_usec = (uint64_t) nothing->realtime_usec,
                                      .realtime_usec = nothing->realtime_usec };

        if (nothing->since_usec <= 0)
                return;
        pl_text_add(text, " since ");
        pl_events_add_time(text, &wall, (uint64_t) nothing->since_usec);
        pl_text_add(text, ", which is as far as is written down");
}

static void print_next(struct pl_cli *cli, bool has_ranking, const char *name)
{
        struct pl_live_sentence sentence;
        struct pl_text *text = pl_live_begin(&sentence);

        if (!has_ranking)
                return;
        if (name[0] != '\0')
                pl_text_addf(text, "If the host ran short now, %s would go first (plimsoll rank).",
                             name);
        else
                pl_text_add(text, "If the host ran short now, nobody could be taken (plimsoll rank "
                                  "--all).");
        pl_cli_add_wrapped(cli->out, cli->style, 0, 0, sentence.buffer);
}

/* Nobody was taken, so that it was not is no question; whether it may be is one. */
static void print_why_not(struct pl_cli *cli, const struct pl_explain_absent *absent)
{
        struct pl_live_sentence sentence;
        struct pl_text *text = pl_live_begin(&sentence);

        pl_explain_add_name(text, absent->name, 0);
        pl_text_addf(text, ", as things are now: %s.", absent->why);
        pl_cli_add_wrapped(cli->out, cli->style, 0, 0, sentence.buffer);
}

/* It decides nothing that is written down, and has done something all the same. */
static void print_mate(struct pl_cli *cli, const struct pl_explain *mate)
{
        struct pl_live_sentence sentence;
        struct pl_text *text = pl_live_begin(&sentence);

        if (!mate)
                return;
        pl_text_add(text, "At ");
        pl_explain_add_mate(text, mate);
        pl_text_add(text, ".");
        pl_cli_add_wrapped(cli->out, cli->style, 0, 0, sentence.buffer);
}

static void put_mate(struct pl_json_writer *writer, const struct pl_explain *mate)
{
        if (!mate) {
                pl_json_put_null(writer, "since_then");
                return;
        }
        pl_json_key(writer, "since_then");
        pl_json_object_begin(writer);
        pl_live_put_time(writer, "time", &mate->mate_clock, mate->mate.at_usec);
        pl_events_put_figures(writer, &mate->mate_clock, &mate->mate);
        pl_json_object_end(writer);
}

static void print_json(struct pl_cli *cli, const struct pl_explain_nothing *nothing,
                       const char *name)
{
        const struct pl_live wall = { .now_usec = (uint64_t) nothing->realtime_usec,
                                      .realtime_usec = nothing->realtime_usec };
        struct pl_json_writer writer;

        pl_cli_json_begin(cli, &writer);
        pl_json_put_null(&writer, "decision");
        pl_live_put_time(&writer, "since", &wall,
                         nothing->since_usec > 0 ? (uint64_t) nothing->since_usec : 0);
        pl_live_put_words(&writer, "next", name);
        put_mate(&writer, nothing->mate);
        if (nothing->why_not) {
                pl_json_key(&writer, "why_not");
                pl_json_object_begin(&writer);
                pl_live_put_words(&writer, "workload", nothing->why_not->name);
                pl_live_put_words(&writer, "why", nothing->why_not->why);
                pl_json_object_end(&writer);
        }
        pl_cli_json_end(&writer);
}

void pl_explain_print_nothing(struct pl_cli *cli, const struct pl_explain_nothing *nothing)
{
        char name[PL_LIVE_NAME_BYTES];
        struct pl_live_sentence sentence;
        struct pl_text *text = pl_live_begin(&sentence);
        bool has_ranking;

        pl_assert(cli);
        pl_assert(nothing);

        find_next(nothing->live, &has_ranking, name);
        if (cli->json) {
                print_json(cli, nothing, name);
                return;
        }
        if (nothing->name)
                pl_text_addf(text, "Nothing was decided about %s", nothing->name);
        else
                pl_text_add(text, "Nothing was decided for want of memory");
        add_since(text, nothing);
        pl_text_add(text, ".");
        pl_cli_add_wrapped(cli->out, cli->style, 0, 0, sentence.buffer);
        print_mate(cli, nothing->mate);
        print_next(cli, has_ranking, name);
        if (nothing->why_not)
                print_why_not(cli, nothing->why_not);
}
