/* SPDX-License-Identifier: Apache-2.0 */

/* Who would go first if the host ran short: the head of the ranking, which plimsolld renews with every step. */

#include "plimsoll/base/assert.h"
#include "rank.h"
#include "status.h"

/* NULL: nobody. Whom the need takes now comes before whose turn it is, and who is too small is passed over. */
static const struct pl_candidate *first_of(const struct pl_journal_ranking *ranking)
{
        const struct pl_candidate *first = NULL;

        for (uint32_t i = 0; i < ranking->count; i++) {
                const struct pl_candidate *candidate = &ranking->candidates[i];

                if (candidate->rank == 0 || candidate->turn == PL_TURN_TOO_SMALL)
                        continue;
                if (ranking->need_bytes > 0 && candidate->turn == PL_TURN_CHOSEN)
                        return candidate;
                first = first ? first : candidate;
        }
        return first;
}

void pl_status_look_next(struct pl_status *status)
{
        const struct pl_candidate *first;
        struct pl_journal_ranking ranking;
        struct pl_text name;

        pl_assert(status && status->live);

        status->has_ranking = pl_journal_read_ranking(&status->live->reader, &ranking) == 0;
        if (!status->has_ranking)
                return;
        first = first_of(&ranking);
        status->next_id = first ? first->id : 0;
        status->next_grows = first && pl_rank_growth_class(first->growth_bytes_per_sec) > 0;
        pl_text_init(&name, status->next_name, sizeof status->next_name);
        pl_text_addf(&name, "cgroup %llu", (unsigned long long) status->next_id);
}

void pl_status_name_next(struct pl_status *status, const struct pl_journal_row *row)
{
        struct pl_text name;

        pl_assert(status && row);

        if (status->next_id == 0 || status->next_id != row->id)
                return;
        pl_text_init(&name, status->next_name, sizeof status->next_name);
        pl_live_add_raw_name(&name, row);
}

void pl_status_print_next(struct pl_cli *cli, const struct pl_status *status)
{
        struct pl_live_sentence sentence;
        struct pl_text *text = pl_live_begin(&sentence);

        if (!status->has_ranking)
                return;
        if (status->next_id == 0) {
                pl_status_print_line(cli, PL_CLI_MARK_WARNING, "next",
                                     "nobody: there is none who may be taken (plimsoll rank "
                                     "--all)");
                return;
        }
        pl_cli_add_plain(text, cli->style, pl_span_of(status->next_name));
        pl_text_add(text, status->next_grows ? ", which grows (plimsoll rank)"
                                             : ", if nobody grows (plimsoll rank)");
        pl_status_print_line(cli, PL_CLI_MARK_OK, "next", sentence.buffer);
}

void pl_status_put_next(struct pl_json_writer *writer, const struct pl_status *status)
{
        if (status->next_id == 0) {
                pl_json_put_null(writer, "next");
                return;
        }
        pl_json_key(writer, "next");
        pl_json_object_begin(writer);
        pl_live_put_words(writer, "name", status->next_name);
        pl_json_put_u64(writer, "cgroup_id", status->next_id);
        pl_json_put_bool(writer, "grows", status->next_grows);
        pl_json_object_end(writer);
}
