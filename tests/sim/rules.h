/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* rules - what has to hold of every step, whatever happens. Each rule has a name, looks at what the engine was told and at what
 * the host really is, and has its own idea of what is right: nothing of the engine's is asked.
 */

#include "run.h"

/* The first rule that this step breaks is noted in the run. */
void sim_rules_check(struct sim_run *run);
/* Of the whole run, at its end: what the scenario expects among them. */
void sim_rules_end(struct sim_run *run);

/* ---- between the files of rules ---- */

struct sim_rule {
        const char *name;
        void (*check)(struct sim_run *run);
};

extern const struct sim_rule sim_rules_who[];    /* who is never touched */
extern const struct sim_rule sim_rules_when[];   /* whose shortage, and how long */
extern const struct sim_rule sim_rules_many[];   /* how many at a time */
extern const struct sim_rule sim_rules_hold[];   /* what can be taken back */
extern const struct sim_rule sim_rules_order[];  /* in which order */
extern const struct sim_rule sim_rules_choice[]; /* who of them is taken */
extern const struct sim_rule sim_rules_form[];   /* numbers, deadlines, tables */

/* Notes what is wrong, unless something is already. */
void sim_break(struct sim_run *run, const char *format, ...) PL_PRINTF(2, 3);

/* What the outcomes of this step end, before the rules look; and what its decisions begin, after. */
void sim_book_outcomes(struct sim_run *run);
void sim_book_decisions(struct sim_run *run);

/* As plimsoll-ranking(7) says. */
enum pl_turn sim_turn(const struct pl_cgroup_facts *facts);
int32_t sim_order(const struct pl_cgroup_facts *facts);
/* By its last two looks, whatever kind of memory it is; 0 if the last was longer ago. */
uint64_t sim_seen_growth(const struct sim_run *run, uint32_t cgroup, uint64_t window_usec);
/* Anonymous memory and swap by the last memory.stat, and what has been added since; never more than there is. */
uint64_t sim_gives_back(const struct sim_sight *sight);
bool sim_may_be_taken(const struct sim_run *run, uint32_t cgroup);

static inline bool sim_is_end(uint32_t measure)
{
        return measure == PL_MEASURE_TERM || measure == PL_MEASURE_KILL;
}

/* By what the engine knows of the tree. */
bool sim_knows_below(const struct sim_run *run, uint32_t cgroup, uint64_t scope_id);

/* A new choice of whom to end; not what follows from an older one. */
static inline bool sim_is_new_end(const struct pl_decision *decision)
{
        return sim_is_end(decision->measure) &&
               (decision->choice == PL_CHOICE_ORDER || decision->choice == PL_CHOICE_GROWER);
}

/* The first decision of the step or the one behind it; NULL: there is none. */
const struct pl_decision *sim_next(const struct sim_run *run, const struct pl_decision *decision);
/* Of TERM and KILL alone. */
const struct pl_decision *sim_next_end(const struct sim_run *run,
                                       const struct pl_decision *decision);

#define SIM_HAS(verdict, name) (((verdict)->evidence >> PL_EVIDENCE_##name & 1) != 0)

/* ---- lists of candidates ---- */

/* A list of candidates, and of whose shortage. */
struct sim_list {
        const struct pl_candidate *candidates;
        uint32_t count, ranked;
        uint64_t scope_id;
        bool is_in_circles; /* of a cgroup at its limit: what is read is read again */
};

struct sim_list sim_list_of(const struct pl_candidate *candidates, uint32_t count,
                            const struct pl_verdict *verdict);
bool sim_list_has(const struct sim_list *list, uint64_t id);
/* Those that were killed, and of whom it is not known yet whether they are gone. */
uint32_t sim_count_ending(const struct sim_run *run);

/* ---- what may have been judged by ---- */

#define SIM_SAME_LOOK_USEC (50 * PL_USEC_PER_MSEC)
/* The window of a second, and the longest that a look is late while it is not calm, and then some. */
#define SIM_WINDOW_USEC (2500 * PL_USEC_PER_MSEC)
/* Looks farther apart than this while memory is short are late: who could not look could not help. */
#define SIM_SOON_USEC (500 * PL_USEC_PER_MSEC)

/* So many looks ago. */
const struct pl_host_sample *sim_look(const struct sim_run *run, uint64_t back);
/* What swap still takes off memory. */
uint64_t sim_swap_left(const struct pl_host_sample *host);
uint64_t sim_swap_least(const struct sim_run *run);
/* The least that is available, or the most. */
uint64_t sim_available(const struct sim_run *run, bool least);
uint64_t sim_critical_bytes(const struct sim_run *run);
/* What those give back who were on their way before this step, for this shortage or inside of it. */
uint64_t sim_in_flight(const struct sim_run *run, uint64_t scope_id, uint32_t *ret_count);
