/* SPDX-License-Identifier: Apache-2.0 */

/* sample DIRECTORY - makes a journal of everything there is, with rings that went round, and prints what our reader reads of
 * it, a line for each thing. page.py prints the same from the bytes.
 */

#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "journal/made.h"
#include "plimsoll/base/macro.h"

enum { ACTS = 3000, STEPS = 200, ROWS = 7 };

/* Figures, and the texts behind them by their sizes. */
static const struct {
        size_t figures;
        size_t texts[3];
} forms[] = {
#define FORM(type, first_text, ...)                                                                \
        {                                                                                          \
                offsetof(struct type, first_text),                                                 \
                {                                                                                  \
                        __VA_ARGS__                                                                \
                }                                                                                  \
        }
        [PL_JOURNAL_STARTED] = FORM(pl_journal_started, version, 32),
        [PL_JOURNAL_ENDED] = FORM(pl_journal_ended, words, 160),
        [PL_JOURNAL_IN_FORCE] = FORM(pl_journal_policy, words, 160),
        [PL_JOURNAL_REFUSED] = FORM(pl_journal_policy, words, 160),
        [PL_JOURNAL_APPEARED] = FORM(pl_journal_workload, name, 64, 72, 200),
        [PL_JOURNAL_GONE] = FORM(pl_journal_workload, name, 64, 72, 200),
        [PL_JOURNAL_CHANGED] = FORM(pl_journal_workload, name, 64, 72, 200),
        [PL_JOURNAL_VERDICT] = FORM(pl_journal_judged, name, 64),
        [PL_JOURNAL_OUTCOME] = FORM(pl_journal_outcome, name, 64),
        [PL_JOURNAL_DRIFT] = FORM(pl_journal_drift, name, 64, 160),
        [PL_JOURNAL_SET] = FORM(pl_journal_set, name, 64, 72),
        [PL_JOURNAL_ALARM] = FORM(pl_journal_note, name, 64, 160),
        [PL_JOURNAL_NOTE] = FORM(pl_journal_note, name, 64, 160),
        [PL_JOURNAL_ORDER] = FORM(pl_journal_order, by, 64, 64, 160),
        [PL_JOURNAL_GAP] = FORM(pl_journal_gap, words, 160),
};

static void print_words(const void *bytes, size_t size)
{
        for (size_t at = 0; at < size; at += sizeof(uint64_t)) {
                uint64_t word;

                memcpy(&word, (const char *) bytes + at, sizeof word);
                printf(" %" PRIu64, word);
        }
}

static void print_single(const struct pl_journal_act *act)
{
        const char *at = (const char *) &act->decision;

        print_words(at, forms[act->type].figures);
        at += forms[act->type].figures;
        for (size_t i = 0; i < 3 && forms[act->type].texts[i] > 0; i++) {
                printf(" '%s'", at);
                at += forms[act->type].texts[i];
        }
}

static void print_decision(const struct pl_journal_decision *act)
{
        print_words(&act->decision, offsetof(struct pl_decision, candidates));
        print_words(&act->flags, sizeof act->flags);
        printf(" '%s' '%s'", act->name, act->scope);
        for (uint32_t i = 0; i < act->decision.candidate_count; i++) {
                print_words(&act->decision.candidates[i], sizeof *act->decision.candidates);
                printf(" '%s'", act->names[i]);
        }
}

static void print_act(const struct pl_journal_act *act)
{
        printf("act %" PRIu64 " %u %" PRIu64, act->sequence, act->type, act->at_usec);
        if (act->type == PL_JOURNAL_DECISION)
                print_decision(&act->decision);
        else
                print_single(act);
        printf("\n");
}

static void print_snapshot(const struct pl_snapshot *snapshot)
{
        printf("step %" PRIu64 " %" PRIu64 " %u %u", snapshot->step, snapshot->now_usec,
               snapshot->flags, snapshot->policy);
        print_words(&snapshot->host, sizeof snapshot->host);
        for (uint64_t i = 0; i < snapshot->update_count; i++) {
                const struct pl_update *update = &snapshot->updates[i];

                printf(" | %u %" PRIu64, update->kind, update->id);
                print_words(&update->facts, made_update_size(update));
        }
        for (uint64_t i = 0; i < snapshot->outcome_count; i++) {
                printf(" /");
                print_words(&snapshot->outcomes[i], sizeof *snapshot->outcomes);
        }
        printf("\n");
}

static void print_rings(const struct pl_journal_reader *reader)
{
        struct pl_journal_cursor acts = pl_journal_cursor_oldest(reader, PL_JOURNAL_ACTS);
        struct pl_journal_cursor samples = pl_journal_cursor_oldest(reader, PL_JOURNAL_SAMPLES);
        static struct made_snapshot made;
        const struct pl_journal_space space = made_space(&made);
        static struct pl_journal_act act;
        int r;

        while ((r = pl_journal_next_act(&acts, &act)) == 0)
                print_act(&act);
        pl_assert(r == PL_JOURNAL_E_END);
        while ((r = pl_journal_next_snapshot(&samples, &space, &made.snapshot)) == 0)
                print_snapshot(&made.snapshot);
        pl_assert(r == PL_JOURNAL_E_END);
}

static void print_board(const struct pl_journal_reader *reader)
{
        struct pl_journal_pulse pulse;
        struct pl_journal_state state;
        struct pl_journal_host host;
        struct pl_journal_ranking ranking;
        struct pl_journal_row row;

        pl_journal_read_pulse(reader, &pulse);
        printf("pulse");
        print_words(&pulse, sizeof pulse);
        pl_assert(pl_journal_read_state(reader, &state) == 0);
        printf("\nstate %u %u %" PRIu64 " '%s' %u '%s' %u '%s'\n", state.pid, state.phase,
               state.started_usec, state.version, state.in_force.profile_count,
               state.in_force.words, state.refused.error_count, state.refused.words);
        pl_assert(pl_journal_read_host(reader, &host) == 0);
        printf("host");
        print_words(&host, sizeof host);
        pl_assert(pl_journal_read_ranking(reader, &ranking) == 0);
        printf("\nranking");
        print_words(&ranking, sizeof ranking);
        printf("\n");
        for (uint32_t i = 0; i < pl_journal_rows_used(reader); i++) {
                if (pl_journal_read_row(reader, i, &row) != 0)
                        continue;
                printf("row %u", i);
                print_words(&row, offsetof(struct pl_journal_row, name));
                printf(" '%s' '%s' '%s' '%s'\n", row.name, row.unit, row.profile_name, row.path);
        }
}

static void write_board(struct pl_journal_writer *writer)
{
        struct pl_journal_state state = { .pid = 4711,
                                          .phase = PL_JOURNAL_RUNNING,
                                          .started_usec = 99,
                                          .version = "0.1.0",
                                          .in_force.profile_count = 6,
                                          .refused.error_count = 2,
                                          .refused.words = "worker.json:3:7: no such key" };
        struct pl_journal_host host = {};
        struct pl_journal_ranking ranking = {};
        struct pl_journal_row row;
        uint64_t random = 3;

        made_words(&random, &host.sample, sizeof host.sample);
        host.sample.at_usec = 5;
        host.workload_count = ROWS - 1;
        made_words(&random, &ranking, sizeof ranking);
        ranking.at_usec = 6;
        ranking.count = PL_CANDIDATES_MAX;
        pl_journal_put_state(writer, &state);
        pl_journal_put_host(writer, &host);
        pl_journal_put_ranking(writer, &ranking);
        for (uint32_t i = 0; i < ROWS; i++) {
                made_row(i, i + 1, &row);
                pl_assert(pl_journal_put_row(writer, i, &row) == 0);
        }
        pl_journal_clear_row(writer, 4);
}

int main(int argc, char **argv)
{
        const struct pl_journal_options options = made_options();
        static struct made_snapshot made;
        struct pl_journal_writer writer;
        struct pl_journal_reader reader;
        struct pl_journal_opened opened;
        _cleanup_close_ int fd = argc == 2 ? open(argv[1], O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;

        if (fd < 0)
                return 2;
        pl_assert(pl_journal_writer_open(fd, "journal", &options, &writer, &opened) == 0);
        write_board(&writer);
        for (int i = 0; i < ACTS; i++)
                made_write_act(&writer);
        for (uint64_t i = 1; i <= STEPS; i++) {
                made_snapshot(i, MADE_UPDATES_MAX, &made);
                pl_assert(pl_journal_begin_step(&writer, &made.snapshot) == 0);
                pl_journal_end_step(&writer, i);
        }
        pl_journal_writer_close(&writer);
        pl_assert(pl_journal_reader_open(fd, "journal", &reader) == 0);
        print_board(&reader);
        print_rings(&reader);
        pl_journal_reader_close(&reader);
        return EXIT_SUCCESS;
}
