/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* A board on which limits stand in all the ways there are, for `diff`, `show`, `status` and `list`. */

#include "cli/live_made.h"
#include "cli/live_standing.h"
#include "plimsoll/model/order.h"

static inline void made_stand(struct pl_journal_row *row, enum pl_limit limit, uint64_t target,
                              enum pl_limit_state state, enum pl_limit_cause cause)
{
        row->standing.governed |= UINT32_C(1) << limit;
        row->standing.targets[limit] = target;
        row->standing.states[limit] = (uint8_t) state;
        row->standing.causes[limit] = (uint8_t) cause;
}

/* It has what is wanted of it. */
static inline void made_hold(struct pl_journal_row *row, enum pl_limit limit, uint64_t value)
{
        made_limit(row, limit, value, value);
        made_stand(row, limit, value, PL_LIMIT_IN_FORCE, PL_CAUSE_NONE);
}

static inline struct pl_journal_row made_governed(uint64_t id, const char *profile,
                                                  const char *name, enum pl_backend backend,
                                                  uint64_t current_bytes)
{
        char path[PL_JOURNAL_PATH_BYTES];
        struct pl_journal_row row;

        (void) snprintf(path, sizeof path, "/plimsoll.slice/plimsoll-%s.slice/%s.service", profile,
                        name);
        row = made_row(id, PL_WORKLOAD_SERVICE, PL_RUNTIME_SYSTEMD, profile, name, name, path);
        made_fill(&row, current_bytes, 0);
        row.parent_id = 11;
        row.standing.backend = (uint8_t) backend;
        return row;
}

static inline void made_put_holder(struct made *made, uint64_t id, uint64_t parent_id,
                                   const char *path, uint64_t low, uint64_t max)
{
        struct pl_journal_row row = made_row(id, PL_WORKLOAD_HOLDER, -1, NULL, path, path, path);

        row.parent_id = parent_id;
        row.flags = PL_CGROUP_POPULATED;
        made_limit(&row, PL_LIMIT_LOW, low, low);
        made_limit(&row, PL_LIMIT_MAX, max, max);
        made_put(made, &row);
}

/* A service of systemd's, with a word on everything. */
static inline void made_put_unit(struct made *made)
{
        struct pl_journal_row row = made_governed(201, "api", "web", PL_BACKEND_UNIT,
                                                  1341 * PL_MIB);

        made_hold(&row, PL_LIMIT_MAX, 2 * PL_GIB);
        made_hold(&row, PL_LIMIT_OOM_GROUP, 1);
        made_limit(&row, PL_LIMIT_LOW, PL_GIB, 0);
        made_stand(&row, PL_LIMIT_LOW, PL_GIB, PL_LIMIT_IN_FORCE, PL_CAUSE_NONE);
        made_limit(&row, PL_LIMIT_SWAP_MAX, 0, 0);
        made_stand(&row, PL_LIMIT_SWAP_MAX, 0, PL_LIMIT_IN_FORCE, PL_CAUSE_DRAINS);
        row.sample.swap_bytes = 80 * PL_MIB;
        made_stand(&row, PL_LIMIT_HIGH, 1800 * PL_MIB, PL_LIMIT_WAITING, PL_CAUSE_NO_SWAP);
        row.standing.states[PL_STANDING_UNIT] = PL_LIMIT_WAITING;
        row.standing.causes[PL_STANDING_UNIT] = PL_CAUSE_BEHIND;
        row.standing.has_score_adj = 1;
        row.standing.score_adj = row.score_adj = -500;
        row.standing.process_count = 14;
        row.standing.adjusted_count = 12;
        row.standing.own_count = 1;
        row.standing.swappiness = PL_SWAPPINESS_SWAP_MAX;
        row.standing.drift_count = 3;
        made_put(made, &row);
}

/* On their way down, or waiting for that. */
static inline void made_put_lowering(struct made *made)
{
        struct pl_journal_row row = made_governed(202, "batch", "report", PL_BACKEND_INNER,
                                                  3000 * PL_MIB);

        made_limit(&row, PL_LIMIT_MAX, 3100 * PL_MIB, 3100 * PL_MIB);
        made_stand(&row, PL_LIMIT_MAX, 2 * PL_GIB, PL_LIMIT_LOWERING, PL_CAUSE_USE);
        made_limit(&row, PL_LIMIT_HIGH, 2 * PL_GIB, 2 * PL_GIB);
        made_stand(&row, PL_LIMIT_HIGH, 1800 * PL_MIB, PL_LIMIT_ORDERED, PL_CAUSE_NONE);
        row.standing.swappiness = PL_SWAPPINESS_NONE;
        made_put(made, &row);

        row = made_governed(203, "cache", "redis", PL_BACKEND_DIRECT, 1229 * PL_MIB);
        made_limit(&row, PL_LIMIT_SWAP_MAX, 0, 0);
        made_stand(&row, PL_LIMIT_MAX, PL_GIB, PL_LIMIT_WAITING, PL_CAUSE_WOULD_OOM);
        made_stand(&row, PL_LIMIT_HIGH, 900 * PL_MIB, PL_LIMIT_CONTENDED, PL_CAUSE_NONE);
        made_put(made, &row);
}

/* What does not come to be, and what is not to be. */
static inline void made_put_refused(struct made *made)
{
        struct pl_journal_row row = made_governed(204, "worker", "\x1B[2Jmail\ner\xFF",
                                                  PL_BACKEND_DIRECT, 100 * PL_MIB);

        made_stand(&row, PL_LIMIT_MAX, PL_GIB, PL_LIMIT_REFUSED, PL_CAUSE_DENIED);
        made_stand(&row, PL_LIMIT_SWAP_MAX, PL_GIB, PL_LIMIT_RETRYING, PL_CAUSE_BUSY);
        made_stand(&row, PL_LIMIT_ZSWAP_WRITEBACK, 0, PL_LIMIT_ABSENT, PL_CAUSE_NONE);
        made_put(made, &row);

        row = made_governed(205, "database", "postgres", PL_BACKEND_OBSERVED, 100 * PL_MIB);
        row.standing.mode = PL_STANDING_OBSERVED;
        made_limit(&row, PL_LIMIT_MAX, 2 * PL_GIB, 2 * PL_GIB);
        made_stand(&row, PL_LIMIT_MAX, 8 * PL_GIB, PL_LIMIT_OBSERVED, PL_CAUSE_NONE);
        made_put(made, &row);

        row = made_governed(206, "worker", "queue", PL_BACKEND_UNIT, 100 * PL_MIB);
        made_limit(&row, PL_LIMIT_MAX, 3 * PL_GIB, 3 * PL_GIB);
        made_stand(&row, PL_LIMIT_MAX, 2 * PL_GIB, PL_LIMIT_LEFT, PL_CAUSE_YIELD);
        made_hold(&row, PL_LIMIT_SWAP_MAX, 0);
        made_put(made, &row);
}

/* By orders; and one as it should be, in a slice that allows it less. */
static inline void made_put_ordered(struct made *made)
{
        struct pl_journal_row row = made_governed(207, "api", "paused", PL_BACKEND_DIRECT,
                                                  100 * PL_MIB);

        row.standing.mode = PL_STANDING_PAUSED;
        row.flags |= PL_CGROUP_PAUSED;
        made_limit(&row, PL_LIMIT_MAX, PL_GIB, PL_GIB);
        made_stand(&row, PL_LIMIT_MAX, 2 * PL_GIB, PL_LIMIT_OBSERVED, PL_CAUSE_PAUSED);
        made_put(made, &row);

        row = made_governed(208, "api", "returning", PL_BACKEND_UNIT, 100 * PL_MIB);
        row.standing.mode = PL_STANDING_RESTORED;
        row.flags |= PL_CGROUP_RESTORED;
        made_limit(&row, PL_LIMIT_MAX, 2 * PL_GIB, 2 * PL_GIB);
        made_stand(&row, PL_LIMIT_MAX, PL_SIZE_MAX, PL_LIMIT_ORDERED, PL_CAUSE_LATE);
        made_put(made, &row);

        row = made_governed(209, "batch", "fine", PL_BACKEND_UNIT, 100 * PL_MIB);
        made_hold(&row, PL_LIMIT_MAX, 8 * PL_GIB);
        row.effective.values[PL_LIMIT_MAX] = 4 * PL_GIB;
        row.standing.states[PL_STANDING_UNIT] = PL_LIMIT_IN_FORCE;
        row.standing.has_score_adj = 1;
        row.standing.score_adj = row.score_adj = 500;
        row.standing.process_count = row.standing.adjusted_count = 3;
        row.standing.swappiness = PL_SWAPPINESS_RECLAIM;
        made_put(made, &row);

        row = made_governed(210, "batch", "done", PL_BACKEND_NONE, 100 * PL_MIB);
        row.flags |= PL_CGROUP_RESTORED;
        made_put(made, &row);
}

/* The slice of a class, whose budget waits; and one that has to promise what those below it need. */
static inline void made_put_slices(struct made *made)
{
        struct pl_journal_row row = made_row(12, PL_WORKLOAD_HOLDER, -1, NULL,
                                             "plimsoll-batch.slice", "plimsoll-batch.slice",
                                             "/plimsoll.slice/plimsoll-batch.slice");

        row.parent_id = 10;
        made_fill(&row, 3000 * PL_MIB, 0);
        row.standing.backend = PL_BACKEND_UNIT;
        made_stand(&row, PL_LIMIT_MAX, 2 * PL_GIB, PL_LIMIT_WAITING, PL_CAUSE_BUSY);
        row.standing.states[PL_STANDING_UNIT] = PL_LIMIT_IN_FORCE;
        made_put(made, &row);

        row = made_row(13, PL_WORKLOAD_HOLDER, -1, NULL, "pods", "pods", "/pods");
        made_fill(&row, 300 * PL_MIB, 0);
        row.standing.backend = PL_BACKEND_DIRECT;
        made_hold(&row, PL_LIMIT_LOW, PL_GIB);
        made_put(made, &row);
}

static inline void made_fill_standings(struct made *made)
{
        const struct pl_journal_state state = made_state();
        struct pl_journal_host host = made_host();

        host.flags = PL_HOST_ACTS;
        pl_journal_put_state(&made->writer, &state);
        pl_journal_put_host(&made->writer, &host);
        made_put_holder(made, 10, 0, "/plimsoll.slice", 0, 4 * PL_GIB);
        made_put_holder(made, 11, 10, "/plimsoll.slice/plimsoll-api.slice", 2 * PL_GIB,
                        PL_SIZE_MAX);
        made_put_unit(made);
        made_put_lowering(made);
        made_put_refused(made);
        made_put_ordered(made);
        pl_journal_put_heartbeat(&made->writer, MADE_NOW - PL_USEC_PER_SEC / 2);
}

static inline void made_stand_begin(struct made *made, struct pl_live *live,
                                    struct pl_standing_board *board)
{
        made_open(made, PL_JOURNAL_BYTES_MIN);
        made_fill_standings(made);
        made_look(made, live);
        assert_int_equal(pl_standing_open(live, board), 0);
        board->vm_swappiness = 60;
}

static inline void made_stand_end(struct made *made, struct pl_live *live,
                                  struct pl_standing_board *board)
{
        pl_standing_close(board);
        pl_live_close(live);
        made_close(made);
}
