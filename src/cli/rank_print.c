/* SPDX-License-Identifier: Apache-2.0 */

/* The order first; below it who is not in it and why, where the kernel would do otherwise, and what the order does not say. */

#include <string.h>

#include "plimsoll/base/assert.h"
#include "plimsoll/base/macro.h"
#include "plimsoll/base/size.h"
#include "rank.h"

enum {
        TITLE_COLUMNS = 8, /* of the lines below: "kernel" and a gap */
        NAMES_MOST = 3,    /* of those who are not taken for one reason */
        NAME_MOST = 24,    /* columns of such a name */
        BESIDE_MOST = 32,  /* of a name beside its reason */
        GAP = 2,
};

static void print_line(struct pl_cli *cli, enum pl_cli_mark mark, const char *title,
                       const char *words)
{
        const struct pl_live_line line = { mark, title, TITLE_COLUMNS };

        pl_live_print_line(cli, &line, words);
}

static void add_name(struct pl_text *text, struct pl_cli_style style,
                     const struct pl_rank_entry *entry, size_t columns)
{
        char buffer[PL_LIVE_NAME_BYTES];
        struct pl_text clean;

        pl_text_init(&clean, buffer, sizeof buffer);
        pl_cli_add_plain(&clean, style, pl_span_of(entry->name));
        pl_live_add_cut(text, style, pl_text_span(&clean), columns);
}

/* ---- who is not taken ---- */

/* "9 protected (system/sshd, init, ...)": the largest ones have names. */
static void add_safe(struct pl_text *text, struct pl_cli_style style, const struct pl_rank *rank,
                     enum pl_turn turn)
{
        size_t named = 0;

        pl_text_addf(text, "%zu %s", rank->safe_counts[turn], pl_rank_turn_words(turn));
        for (size_t i = rank->ranked_count; i < rank->count && named < NAMES_MOST; i++) {
                const struct pl_rank_entry *entry = &rank->entries[i];

                if (!pl_rank_is_safe(entry) || entry->candidate.turn != turn)
                        continue;
                pl_text_add(text, named++ == 0 ? " (" : ", ");
                add_name(text, style, entry, NAME_MOST);
        }
        if (rank->safe_counts[turn] > named)
                pl_text_add(text, style.unicode ? ", \xE2\x80\xA6" : ", ...");
        pl_text_add(text, ")");
}

static void print_safe(struct pl_cli *cli, const struct pl_rank *rank)
{
        struct pl_live_sentence sentence;
        struct pl_text *text = pl_live_begin(&sentence);

        for (enum pl_turn i = PL_TURN_PROTECTED; i < PL_TURNS; i++) {
                if (rank->safe_counts[i] == 0)
                        continue;
                if (text->length > 0)
                        pl_text_add(text, "; ");
                add_safe(text, cli->style, rank, i);
        }
        if (text->length == 0)
                return;
        pl_text_add(text, ": plimsoll rank --all says why");
        print_line(cli, PL_CLI_MARK_OK, "safe", sentence.buffer);
}

static const char *reason_of(const struct pl_rank_entry *entry)
{
        const char *sentence = pl_rank_reason(entry->candidate.turn, entry->row);

        if (!pl_rank_is_safe(entry))
                return "may be taken, after those that are listed";
        return sentence ? sentence : "for a reason of a later version";
}

static bool has_reason(const struct pl_rank_request *request, const struct pl_rank_entry *entry)
{
        return request->name_count > 0 ? pl_rank_is_asked_for(request, entry)
                                       : pl_rank_is_safe(entry);
}

/* Each with its reason beside it. */
static void print_reasons(struct pl_cli *cli, const struct pl_rank *rank,
                          const struct pl_rank_request *request)
{
        bool is_first = true;

        for (size_t i = rank->ranked_count; i < rank->count; i++) {
                const struct pl_rank_entry *entry = &rank->entries[i];
                char buffer[PL_LIVE_NAME_BYTES];
                struct pl_text name;

                if (!has_reason(request, entry))
                        continue;
                if (is_first)
                        pl_text_add(cli->out, "\nNOT RANKED                        WHY\n");
                is_first = false;
                pl_text_init(&name, buffer, sizeof buffer);
                add_name(&name, cli->style, entry, BESIDE_MOST);
                pl_text_add(cli->out, buffer);
                pl_cli_add_blanks(cli->out,
                                  BESIDE_MOST + GAP - pl_cli_columns(pl_text_span(&name)));
                pl_cli_add_wrapped(cli->out, cli->style, BESIDE_MOST + GAP, BESIDE_MOST + GAP,
                                   reason_of(entry));
                (void) pl_cli_flush(cli);
        }
        pl_text_add(cli->out, is_first ? "" : "\n");
}

/* ---- what else there is to say ---- */

/* "; batch/report and 2 more would go": those whom the need takes. */
static void add_chosen(struct pl_text *text, struct pl_cli_style style, const struct pl_rank *rank)
{
        size_t count = 0;

        for (size_t i = 0; i < rank->ranked_count; i++) {
                const struct pl_rank_entry *entry = &rank->entries[i];

                if (entry->candidate.turn != PL_TURN_CHOSEN || count++ > 0)
                        continue;
                pl_text_add(text, "; ");
                add_name(text, style, entry, NAME_MOST);
        }
        if (count > 1)
                pl_text_addf(text, " and %zu more", count - 1);
        pl_text_add(text, count > 0 ? " would go" : "");
}

/* Of all memory that the host has: more than that is no amount that anybody could give back. */
static void add_need(struct pl_text *text, const struct pl_rank_board *board)
{
        const struct pl_host_sample *host = &board->host;

        if (host->have & PL_HOST_BIT(total_bytes) && board->ranking.need_bytes > host->total_bytes)
                pl_text_add(text, "more than all memory");
        else
                pl_bytes_format_short(text, board->ranking.need_bytes);
}

static void print_need(struct pl_cli *cli, const struct pl_rank *rank)
{
        struct pl_live_sentence sentence;
        struct pl_text *text = pl_live_begin(&sentence);

        if (rank->board->ranking.need_bytes == 0)
                return;
        pl_text_add(text, "the host is short: ");
        add_need(text, rank->board);
        pl_text_add(text, " would have to come back for it to last");
        add_chosen(text, cli->style, rank);
        print_line(cli, PL_CLI_MARK_WARNING, "need", sentence.buffer);
}

static void print_behind(struct pl_cli *cli, const struct pl_rank *rank)
{
        struct pl_live_sentence sentence;

        if (rank->behind_count == 0)
                return;
        pl_text_addf(pl_live_begin(&sentence), "%zu more: behind these, or not ranked yet",
                     rank->behind_count);
        print_line(cli, PL_CLI_MARK_OK, "behind", sentence.buffer);
}

/* Of how many in the order the kernel's place is known. */
static size_t count_kernels(const struct pl_rank *rank)
{
        size_t count = 0;

        for (size_t i = 0; i < rank->ranked_count; i++)
                count += rank->entries[i].kernels > 0;
        return count;
}

static void print_kernel(struct pl_cli *cli, const struct pl_rank *rank)
{
        const size_t known = count_kernels(rank);
        struct pl_live_sentence sentence;
        struct pl_text *text = pl_live_begin(&sentence);

        if (known == 0)
                pl_text_add(text, "nothing is known of its order");
        else if (rank->ours)
                pl_rank_add_why(text, cli->style, rank->ours, rank->kernels);
        else if (known < rank->ranked_count)
                pl_text_addf(text,
                             "of the %zu of whom its order is known, it would go in the same "
                             "order, one process at a time",
                             known);
        else
                pl_text_add(text, "it would go in the same order, one process at a time");
        print_line(cli, PL_CLI_MARK_OK, "kernel", sentence.buffer);
        if (rank->is_estimated)
                print_line(cli, PL_CLI_MARK_OK, "~",
                           "estimated from what the workload uses; the kernel counts each process");
}

static void print_mode(struct pl_cli *cli, const struct pl_live *live)
{
        const char *mode = pl_live_is_running(live) ? pl_live_mode_word(live) : NULL;

        if (mode && strcmp(mode, "watching") == 0)
                print_line(cli, PL_CLI_MARK_OK, "mode", "watching: nobody is taken");
        else if (mode && strcmp(mode, "paused") == 0)
                print_line(cli, PL_CLI_MARK_WARNING, "mode",
                           "paused by an order: nobody is taken (plimsoll resume)");
}

static void print_rest(struct pl_cli *cli, const struct pl_rank *rank)
{
        print_need(cli, rank);
        print_behind(cli, rank);
        if (rank->ranked_count > 0) {
                print_kernel(cli, rank);
                print_line(cli, PL_CLI_MARK_OK, "growth",
                           "the order is that of growth as it is now: one that makes most of "
                           "what is going goes alone, before its turn, where those before it "
                           "would not help for long");
        }
        if (!rank->board->is_replayed)
                print_mode(cli, rank->board->live);
}

void pl_rank_print(struct pl_cli *cli, const struct pl_rank *rank,
                   const struct pl_rank_request *request)
{
        pl_assert(cli);
        pl_assert(rank && rank->board);
        pl_assert(request);

        if (request->name_count == 0 && !rank->board->is_replayed)
                pl_text_add(cli->out, "Who goes first if the host runs short now\n");
        if (rank->ranked_count > 0 || request->name_count > 0) {
                pl_rank_print_table(cli, rank, request);
        } else {
                pl_cli_add_mark(cli->out, cli->style, PL_CLI_MARK_WARNING);
                pl_text_add(cli->out, " Nobody may be taken: if the host runs short, there is an "
                                      "alarm and no more.\n");
        }
        if (request->all || request->name_count > 0)
                print_reasons(cli, rank, request);
        else
                print_safe(cli, rank);
        if (request->name_count == 0)
                print_rest(cli, rank);
}
