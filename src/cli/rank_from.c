/* SPDX-License-Identifier: Apache-2.0 */

/* All steps until the one that is wanted are taken again. When a step has been read it has been taken, so which one is the
 * last that was not too late is known one step too far: it is gone through twice.
 *
 * What the engine knows of everybody after it comes out of it as a checkpoint. Names do not go through the engine: they are on
 * the board of the journal, and of those who have gone, in what the journal says of their coming and going.
 */

#include "rank_from.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "events.h"
#include "plimsoll/base/assert.h"
#include "plimsoll/base/clock.h"
#include "plimsoll/base/macro.h"
#include "plimsoll/base/table.h"
#include "plimsoll/model/workload.h"
#include "replay.h"

/* ---- opening ---- */

enum pl_cli_exit pl_rank_from_open(struct pl_cli *cli, const char *path, struct pl_live *ret_live)
{
        struct pl_journal_reader reader;
        struct pl_live_moment moment = { .is_gone = true, .realtime_usec = pl_live_wall_usec() };
        enum pl_cli_exit exit_code;

        if (pl_journal_reader_open(AT_FDCWD, path, &reader) != 0) {
                exit_code = pl_live_open_named(cli, path, ret_live);
                return exit_code == PL_CLI_NO_DAEMON ? PL_CLI_NOT_FOUND : exit_code;
        }
        /* Its clock as it would be now, had it gone on; of one from a time to come, as it was at its beginning. */
        moment.now_usec = reader.header.created_usec;
        if ((uint64_t) moment.realtime_usec < reader.header.created_realtime_usec)
                moment.realtime_usec = (int64_t) reader.header.created_realtime_usec;
        else
                moment.now_usec += (uint64_t) moment.realtime_usec -
                                   reader.header.created_realtime_usec;
        pl_live_look(&reader, &moment, ret_live);
        return PL_CLI_FINE;
}

/* ---- until when ---- */

static enum pl_cli_exit take_at(struct pl_cli *cli, const struct pl_live *live, const char *at,
                                uint64_t *ret_usec)
{
        int64_t wall_usec, boot_usec;

        *ret_usec = UINT64_MAX;
        if (!at)
                return PL_CLI_FINE;
        if (!pl_events_parse_since(at, live->realtime_usec, &wall_usec)) {
                pl_text_add(cli->words, "plimsoll: --at needs a time: --at=14:30, "
                                        "--at='2026-11-21 14:30:07', or --at=10min, which is ten "
                                        "minutes ago\n");
                return PL_CLI_USAGE;
        }
        /* A second is meant as a whole. */
        if (live->now_usec > INT64_MAX - PL_USEC_PER_SEC ||
            __builtin_add_overflow(wall_usec - live->realtime_usec,
                                   (int64_t) live->now_usec + (int64_t) PL_USEC_PER_SEC - 1,
                                   &boot_usec) ||
            boot_usec < 0)
                boot_usec = 0;
        *ret_usec = (uint64_t) boot_usec;
        return PL_CLI_FINE;
}

/* ---- taking the steps again ---- */

/* As of which step. */
struct moment {
        uint64_t steps; /* so many are taken */
        uint64_t left_out_count;
        uint64_t lost_count; /* of them, behind a gap */
        uint64_t bad_count;
        struct pl_host_sample host;
};

static int next(struct pl_replay *replay, struct moment *moment, struct pl_replay_step *ret_step)
{
        int r = pl_replay_next(replay, ret_step);

        for (; r == PL_REPLAY_E_BAD; r = pl_replay_next(replay, ret_step))
                moment->bad_count++;
        return r;
}

static int find_moment(struct pl_replay *replay, uint64_t at_usec, struct moment *ret_moment)
{
        struct pl_replay_step step;
        int r;

        *ret_moment = (struct moment){};
        while ((r = next(replay, ret_moment, &step)) == 0 && step.snapshot->now_usec <= at_usec)
                ret_moment->steps++;
        ret_moment->left_out_count = replay->left_out_count;
        ret_moment->lost_count = replay->lost_count;
        return r == PL_JOURNAL_E_END ? 0 : r;
}

static int go_to(struct pl_replay *replay, struct moment *moment,
                 struct pl_journal_ranking *ranking)
{
        struct moment again = {};
        struct pl_replay_step step;

        for (uint64_t i = 0; i < moment->steps; i++) {
                int r = next(replay, &again, &step);

                if (r != 0)
                        return r;
                moment->host = step.snapshot->host;
                *ranking = (struct pl_journal_ranking){
                        .at_usec = step.snapshot->now_usec,
                        .step = step.judgement->step,
                        .need_bytes = step.judgement->need_bytes,
                        .count = step.judgement->candidate_count,
                };
                memcpy(ranking->candidates, step.judgement->candidates,
                       ranking->count * sizeof *ranking->candidates);
        }
        return 0;
}

/* ---- who they were ---- */

struct people {
        struct pl_rank_board *board;
        struct pl_table places; /* owned: of rows, by id */
        size_t capacity;
};

static void done(struct people *people)
{
        pl_table_done(&people->places);
}

static struct pl_journal_row *row_of(struct people *people, uint64_t id)
{
        uint32_t place;

        return id != 0 && pl_table_find(&people->places, id, &place) == 0
                       ? &people->board->rows[place]
                       : NULL;
}

static void add_facts(struct people *people, const struct pl_cgroup_facts *facts)
{
        struct pl_rank_board *board = people->board;

        if (!(facts->flags & PL_CGROUP_WORKLOAD) || board->row_count == people->capacity ||
            pl_table_add(&people->places, facts->id, (uint32_t) board->row_count) != 0)
                return;
        board->rows[board->row_count++] = (struct pl_journal_row){
                .id = facts->id,
                .parent_id = facts->parent_id,
                .kind = PL_WORKLOAD_PLAIN,
                .runtime = -1,
                .profile = facts->profile,
                .flags = facts->flags,
                .order = facts->order,
                .score_adj = facts->score_adj,
        };
}

static void set_names(struct pl_journal_row *row, const struct pl_journal_row *known)
{
        row->kind = known->kind;
        row->runtime = known->runtime;
        memcpy(row->name, known->name, sizeof row->name);
        memcpy(row->unit, known->unit, sizeof row->unit);
        memcpy(row->profile_name, known->profile_name, sizeof row->profile_name);
        memcpy(row->path, known->path, sizeof row->path);
}

static void name_from_acts(struct people *people, const struct pl_journal_reader *reader)
{
        struct pl_journal_cursor cursor = pl_journal_cursor_oldest(reader, PL_JOURNAL_ACTS);
        struct pl_journal_act act;
        int r;

        while ((r = pl_journal_next_act(&cursor, &act)) != PL_JOURNAL_E_END) {
                struct pl_journal_row known, *row;

                if (r != 0 || (act.type != PL_JOURNAL_APPEARED && act.type != PL_JOURNAL_GONE &&
                               act.type != PL_JOURNAL_CHANGED))
                        continue;
                known = pl_events_row(&act.workload);
                row = row_of(people, known.id);
                if (row && row->name[0] == '\0' && row->path[0] == '\0')
                        set_names(row, &known);
        }
}

static void name_from_board(struct people *people, const struct pl_journal_reader *reader)
{
        uint32_t used = pl_journal_rows_used(reader);
        struct pl_journal_row known, *row;

        for (uint32_t i = 0; i < used; i++)
                if (pl_journal_read_row(reader, i, &known) == 0) {
                        row = row_of(people, known.id);
                        if (row)
                                set_names(row, &known);
                }
}

/* What the engine knows of everybody. */
static int take_people(const struct pl_engine *engine, const struct pl_journal_reader *reader,
                       struct pl_rank_board *board)
{
        _cleanup_(done) struct people people = { .board = board };
        uint64_t count = pl_engine_checkpoint_count(engine);
        _cleanup_free_ struct pl_update *updates = NULL;
        int r = pl_table_init(&people.places, PL_JOURNAL_ROWS_MAX, pl_clock_now_usec());

        if (r < 0)
                return r;
        updates = calloc(PL_MAX(count, UINT64_C(1)), sizeof *updates);
        if (!updates)
                return -ENOMEM;
        pl_engine_checkpoint(engine, updates);
        people.capacity = PL_JOURNAL_ROWS_MAX;
        board->rows = calloc(people.capacity, sizeof *board->rows);
        if (!board->rows)
                return -ENOMEM;
        for (uint64_t i = 0; i < count; i++)
                if (updates[i].kind == PL_UPDATE_FACTS)
                        add_facts(&people, &updates[i].facts);
        for (uint64_t i = 0; i < count; i++) {
                struct pl_journal_row *row = row_of(&people, updates[i].id);

                if (row && updates[i].kind == PL_UPDATE_SAMPLE)
                        row->sample = updates[i].sample;
        }
        name_from_board(&people, reader);
        name_from_acts(&people, reader);
        return 0;
}

/* ---- the answer ---- */

static enum pl_cli_exit say_nothing_there(struct pl_cli *cli, const struct moment *moment,
                                          bool has_time)
{
        pl_text_add(cli->words, "plimsoll: there is no step in it that could be judged again");
        pl_text_add(cli->words, has_time ? " until then\n" : "\n");
        if (moment->left_out_count > 0)
                pl_text_addf(cli->words,
                             "%llu steps are there, but not what was known before them: a "
                             "checkpoint comes with each quarter of the ring.\n",
                             (unsigned long long) moment->left_out_count);
        return PL_CLI_FAILED;
}

static void say_as_of(struct pl_cli *cli, const struct pl_rank_board *board,
                      const struct moment *moment)
{
        uint64_t not_judged = moment->left_out_count + moment->bad_count;

        pl_text_addf(cli->out, "As of step %llu, ", (unsigned long long) board->ranking.step);
        pl_events_add_time(cli->out, board->live, board->ranking.at_usec);
        pl_text_addf(cli->out, "; %llu steps were judged again",
                     (unsigned long long) moment->steps);
        if (not_judged > 0)
                pl_text_addf(cli->out, ", and %llu could not be", (unsigned long long) not_judged);
        pl_text_add(cli->out, "\n");
}

/* What is missing before the first checkpoint was written over, and is no fault. */
static enum pl_cli_exit say_damage(struct pl_cli *cli, const struct moment *moment,
                                   enum pl_cli_exit exit_code)
{
        uint64_t count = moment->lost_count + moment->bad_count;

        if (count == 0 || exit_code != PL_CLI_FINE)
                return exit_code;
        pl_text_addf(cli->words,
                     "plimsoll: %llu %s of it could not be judged again, because of what is "
                     "damaged or missing\n",
                     (unsigned long long) count, count == 1 ? "step" : "steps");
        return PL_CLI_FAILED;
}

static int open_twice(const struct pl_rank_from *from, struct pl_replay *replay, uint64_t at_usec,
                      struct moment *ret_moment)
{
        int r = pl_replay_open(replay, AT_FDCWD, from->path);

        if (r == 0)
                r = find_moment(replay, at_usec, ret_moment);
        if (r != 0)
                return r;
        pl_replay_close(replay);
        return pl_replay_open(replay, AT_FDCWD, from->path);
}

static enum pl_cli_exit answer(struct pl_cli *cli, const struct pl_live *live,
                               const struct pl_rank_from *from,
                               const struct pl_rank_request *request, uint64_t at_usec)
{
        static struct pl_replay replay; /* large, and it may not move */
        _cleanup_(pl_rank_close) struct pl_rank_board board = { .live = live, .is_replayed = true };
        struct moment moment = {};
        enum pl_cli_exit exit_code = PL_CLI_FAILED;
        int r = open_twice(from, &replay, at_usec, &moment);

        if (r == 0 && moment.steps == 0)
                exit_code = say_nothing_there(cli, &moment, from->at != NULL);
        if (r == 0 && moment.steps > 0) {
                r = go_to(&replay, &moment, &board.ranking);
                if (r == 0)
                        r = take_people(&replay.engine, &replay.reader, &board);
                board.host = moment.host;
                if (r == 0 && !cli->json)
                        say_as_of(cli, &board, &moment);
                if (r == 0)
                        exit_code = say_damage(cli, &moment, pl_rank_answer(cli, &board, request));
        }
        pl_replay_close(&replay);
        if (r == 0)
                return exit_code;
        if (r == -ENOMEM)
                return pl_live_say_no_memory(cli);
        pl_text_add(cli->words, "plimsoll: the journal was written over while it was read\n");
        return PL_CLI_FAILED;
}

enum pl_cli_exit pl_rank_from(struct pl_cli *cli, const struct pl_rank_from *from,
                              struct pl_rank_request *request)
{
        _cleanup_(pl_cleanup_live) struct pl_live live = {};
        enum pl_cli_exit exit_code;
        uint64_t at_usec;

        pl_assert(cli && from);
        pl_assert(request);

        exit_code = pl_rank_from_open(cli, from->path, &live);
        if (exit_code == PL_CLI_FINE)
                exit_code = take_at(cli, &live, from->at, &at_usec);
        if (exit_code != PL_CLI_FINE)
                return exit_code;
        if (from->verify)
                return pl_rank_verify(cli, &live, from->path);
        exit_code = pl_rank_find_names(cli, &live, request);
        return exit_code == PL_CLI_FINE ? answer(cli, &live, from, request, at_usec) : exit_code;
}
