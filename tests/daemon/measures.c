/* SPDX-License-Identifier: Apache-2.0 */

/* What is decided is done, and what became of it is in the journal and with the next step. Nobody here is a process: who dies,
 * dies by what the tree says.
 */

#include "daemon/measures_internal.h"

#include <sys/socket.h>

#include "counted.h"
#include "daemon/enforced.h"
#include "host/kill_internal.h"

#define BATCH                                                                                      \
        "// origin: a.json\n{ \"profile\": \"batch\", \"match\": [ { \"unit\": \"b*.service\", "   \
        "\"owner\": \"any\" } ], \"memory\": { \"max\": \"1GiB\", \"high\": \"512MiB\", "          \
        "\"high_without_swap\": true } }\n"
#define OBSERVED BATCH "// origin: h.json\n{ \"host\": \"h\", \"mode\": \"observe\" }\n"
#define LADDER(words)                                                                              \
        "// origin: a.json\n{ \"profile\": \"batch\", \"match\": [ { \"unit\": \"b*.service\", "   \
        "\"owner\": \"any\" } ], \"memory\": { \"max\": \"1GiB\", \"high\": \"512MiB\", "          \
        "\"high_without_swap\": true }, \"ladder\": { " words " } }\n"
#define ACTS(words) "// origin: h.json\n{ \"host\": \"h\", \"act\": { " words " } }\n"
#define SAFE                                                                                       \
        "// origin: h.json\n{ \"host\": \"h\", \"protect\": [ { \"unit\": \"b1.service\", "        \
        "\"owner\": \"any\" } ] }\n" BATCH

static struct pl_measures measures;
static struct pl_judgement judgement;
static struct pl_journal_cursor cursor;

/* ---- the stage ---- */

static void make_workload(const char *path)
{
        make(path);
        cgroup_put(&tree, path, "cgroup.events", "populated 1\nfrozen 0\n");
        cgroup_put(&tree, path, "cgroup.procs", "");
        cgroup_put(&tree, path, "cgroup.kill", "");
        cgroup_put(&tree, path, "cgroup.freeze", "0\n");
}

/* The killer asks where it is itself, and where the first process is: elsewhere. */
static void place_process(pid_t pid)
{
        char name[64];

        (void) snprintf(name, sizeof name, "%d", pid);
        test_tree_mkdir(&proc, name);
        (void) snprintf(name, sizeof name, "%d/cgroup", pid);
        test_tree_put(&proc, name, "0::/elsewhere\n");
}

static void open_all(const char *policy)
{
        const struct pl_measures_options options = { .roots = { tree.fd, proc.fd, -1, -1 },
                                                     .board = &board,
                                                     .steps = &steps,
                                                     .enforcer = &enforcer,
                                                     .logbook = &logbook };

        place_process(getpid());
        place_process(1);
        cgroup_make(&tree, "elsewhere");
        make_workload("b1.service");
        make_workload("b2.service");
        start(policy);
        look();
        assert_int_equal(pl_measures_open(&measures, &options), 0);
        cursor = pl_journal_cursor_newest(&reader, PL_JOURNAL_ACTS);
}

static int close_all(void **state)
{
        pl_measures_close(&measures);
        return rig_tear_down(state);
}

static uint64_t id_of(const char *path)
{
        return rig_row(path).id;
}

static void decide(enum pl_measure measure, uint64_t id, uint64_t amount_bytes)
{
        judgement.decision_count = 1;
        judgement.decisions[0] = (struct pl_decision){ .number = judgement.decisions[0].number + 1,
                                                       .at_usec = now,
                                                       .measure = (uint32_t) measure,
                                                       .id = id,
                                                       .amount_bytes = amount_bytes,
                                                       .deadline_usec = UINT64_MAX };
        steps.hands.take(steps.hands.to, &judgement);
}

/* The outcome that is in the journal next; it is with the engine at the next step, too. */
static struct pl_outcome next_outcome(void)
{
        struct pl_journal_act act;
        bool found = false;

        for (unsigned i = 0; i < 1000 && !found; i++) {
                settle();
                (void) pl_measures_work(&measures, pl_clock_now_usec());
                while (!found && pl_journal_next_act(&cursor, &act) == 0)
                        found = act.type == PL_JOURNAL_OUTCOME;
        }
        assert_true(found);
        assert_int_equal(act.outcome.outcome.decision, judgement.decisions[0].number);
        assert_memory_equal(&steps.outcomes[steps.outcome_count - 1], &act.outcome.outcome,
                            sizeof act.outcome.outcome);
        return act.outcome.outcome;
}

static void assert_outcome(enum pl_result result, int error)
{
        const struct pl_outcome outcome = next_outcome();

        assert_int_equal(outcome.result, result);
        assert_int_equal(outcome.error, error);
        assert_true(outcome.began_usec <= outcome.ended_usec);
        pl_steps_take(&steps, now);
        assert_int_equal(steps.outcome_count, 0);
}

static unsigned count_of(enum pl_note_code code)
{
        struct pl_journal_cursor all = pl_journal_cursor_oldest(&reader, PL_JOURNAL_ACTS);
        struct pl_journal_act act;
        unsigned count = 0;

        while (pl_journal_next_act(&all, &act) == 0)
                count += (act.type == PL_JOURNAL_NOTE || act.type == PL_JOURNAL_ALARM) &&
                         act.note.code == (uint32_t) code;
        return count;
}

/* ---- limits for a while ---- */

static void a_throttle_lies_over_the_profile_until_it_is_released(void **state)
{
        (void) state;
        open_all(BATCH);
        assert_file("b1.service", "memory.high", "536870912\n");
        decide(PL_MEASURE_THROTTLE, id_of("/b1.service"), 100 * PL_MIB);
        assert_outcome(PL_RESULT_DONE, 0);
        assert_file("b1.service", "memory.high", "104857600\n");
        assert_file("b2.service", "memory.high", "536870912\n");
        /* Looked at again it stays, and is not told again. */
        look_often(2);
        assert_file("b1.service", "memory.high", "104857600\n");
        assert_false(pl_enforce_has_outcome(&enforcer));
        decide(PL_MEASURE_RELEASE, id_of("/b1.service"), 0);
        assert_outcome(PL_RESULT_DONE, 0);
        assert_file("b1.service", "memory.high", "536870912\n");
        assert_int_equal(enforcer.overlay_count, 0);
}

static void a_throttle_ends_with_the_daemon(void **state)
{
        (void) state;
        open_all(BATCH);
        decide(PL_MEASURE_THROTTLE, id_of("/b1.service"), 100 * PL_MIB);
        assert_outcome(PL_RESULT_DONE, 0);
        decide(PL_MEASURE_CAP, id_of("/b1.service"), 200 * PL_MIB);
        assert_outcome(PL_RESULT_DONE, 0);
        assert_file("b1.service", "memory.max", "209715200\n");
        pl_measures_close(&measures);
        pl_enforcer_close(&enforcer);
        assert_file("b1.service", "memory.high", "536870912\n");
        assert_file("b1.service", "memory.max", "1073741824\n");
}

static void a_cap_is_never_above_the_profile_and_brings_high_down(void **state)
{
        (void) state;
        open_all(BATCH);
        decide(PL_MEASURE_CAP, id_of("/b1.service"), 400 * PL_MIB);
        assert_outcome(PL_RESULT_DONE, 0);
        assert_file("b1.service", "memory.max", "419430400\n");
        assert_file("b1.service", "memory.high", "419430400\n");
        decide(PL_MEASURE_CAP, id_of("/b1.service"), 4 * PL_GIB);
        assert_outcome(PL_RESULT_DONE, 0);
        assert_file("b1.service", "memory.max", "1073741824\n");
        assert_file("b1.service", "memory.high", "536870912\n");
}

static void a_cap_ends_with_its_time(void **state)
{
        const struct pl_enforce_overlay overlay = { .measure = PL_MEASURE_CAP,
                                                    .decision = 1,
                                                    .value_bytes = 400 * PL_MIB };
        struct pl_enforce_overlay dated = overlay;
        uint32_t index;
        struct pl_journal_row row;

        (void) state;
        open_all(BATCH);
        assert_true(pl_board_find(&board, id_of("/b1.service"), &index, &row));
        dated.id = row.id;
        dated.until_usec = now + PL_USEC_PER_MINUTE;
        assert_int_equal(pl_enforce_lay(&enforcer, board.places[index].enforced, &dated, now), 0);
        settle();
        assert_file("b1.service", "memory.max", "419430400\n");
        pl_enforce_tick(&enforcer, dated.until_usec - 1);
        assert_int_equal(enforcer.overlay_count, 1);
        pl_enforce_tick(&enforcer, dated.until_usec);
        assert_int_equal(enforcer.overlay_count, 0);
        now = dated.until_usec;
        settle();
        assert_file("b1.service", "memory.max", "1073741824\n");
}

static void a_loosened_high_stays(void **state)
{
        (void) state;
        open_all(BATCH);
        decide(PL_MEASURE_RELAX, id_of("/b1.service"), 640 * PL_MIB);
        assert_outcome(PL_RESULT_DONE, 0);
        assert_file("b1.service", "memory.high", "671088640\n");
        look_often(2);
        assert_file("b1.service", "memory.high", "671088640\n");
        /* A throttle is tighter, and leaves it behind. */
        decide(PL_MEASURE_THROTTLE, id_of("/b1.service"), 100 * PL_MIB);
        assert_outcome(PL_RESULT_DONE, 0);
        assert_file("b1.service", "memory.high", "104857600\n");
        decide(PL_MEASURE_RELEASE, id_of("/b1.service"), 0);
        assert_outcome(PL_RESULT_DONE, 0);
        assert_file("b1.service", "memory.high", "671088640\n");
}

static void what_cannot_be_laid_says_so(void **state)
{
        (void) state;
        open_all(BATCH);
        decide(PL_MEASURE_CAP, id_of("/b1.service"), 1);
        assert_outcome(PL_RESULT_FAILED, EINVAL);
        make_workload("other.service");
        look();
        decide(PL_MEASURE_THROTTLE, id_of("/other.service"), PL_MIB);
        assert_outcome(PL_RESULT_FAILED, ENOENT);
        decide(PL_MEASURE_THROTTLE, 4711, PL_MIB);
        assert_outcome(PL_RESULT_GONE, 0);
        assert_int_equal(enforcer.overlay_count, 0);
}

static void one_that_is_gone_leaves_nothing(void **state)
{
        (void) state;
        open_all(BATCH);
        decide(PL_MEASURE_THROTTLE, id_of("/b1.service"), 100 * PL_MIB);
        assert_outcome(PL_RESULT_DONE, 0);
        for (unsigned i = 0; i < 3; i++)
                (void) unlinkat(tree.fd,
                                (const char *[]){ "b1.service/cgroup.procs",
                                                  "b1.service/cgroup.kill",
                                                  "b1.service/cgroup.freeze" }[i],
                                0);
        drop("b1.service");
        look();
        assert_int_equal(enforcer.overlay_count, 0);
}

/* ---- an end ---- */

static void who_is_killed_is_awaited(void **state)
{
        (void) state;
        open_all(BATCH);
        decide(PL_MEASURE_KILL, id_of("/b1.service"), 0);
        assert_file("b1.service", "cgroup.kill", "1\n");
        assert_file("b2.service", "cgroup.kill", "");
        assert_true(pl_measures_next_usec(&measures) != UINT64_MAX);
        cgroup_put(&tree, "b1.service", "cgroup.events", "populated 0\nfrozen 0\n");
        cgroup_put(&tree, "b1.service", "memory.current", "0\n");
        for (unsigned i = 0; i < 1000 && pl_killer_next_usec(measures.killer) != 0; i++)
                (void) pl_killer_step(measures.killer, pl_clock_now_usec(), 1);
        assert_outcome(PL_RESULT_DONE, 0);
}

/* Not the next one's turn: he waits for a place. */
static void who_finds_no_room_waits(void **state)
{
        (void) state;
        open_all(BATCH);
        for (unsigned i = 0; i < PL_KILL_ACTS_MAX; i++)
                make_workload(rig_name("bx%u.service", i));
        look();
        for (unsigned i = 0; i < PL_KILL_ACTS_MAX; i++)
                decide(PL_MEASURE_KILL, id_of(rig_name("/bx%u.service", i)), 0);
        decide(PL_MEASURE_KILL, id_of("/b1.service"), 0);
        assert_int_equal(measures.queue.count, 1);
        assert_file("b1.service", "cgroup.kill", "");
        (void) pl_measures_work(&measures, pl_clock_now_usec());
        assert_file("b1.service", "cgroup.kill", "");
        cgroup_put(&tree, "bx7.service", "cgroup.events", "populated 0\nfrozen 0\n");
        cgroup_put(&tree, "bx7.service", "memory.current", "0\n");
        for (unsigned i = 0; i < 100000 && measures.queue.count > 0; i++)
                (void) pl_measures_work(&measures, pl_clock_now_usec());
        assert_int_equal(measures.queue.count, 0);
        assert_file("b1.service", "cgroup.kill", "1\n");
}

/* For the same shortage one is enough. */
static void nobody_is_killed_while_the_mate_kills(void **state)
{
        struct pl_mate mate = { .socket_fd = -1 };

        (void) state;
        open_all(BATCH);
        measures.options.mate = &mate;
        mate.acts_until_usec = UINT64_MAX;
        decide(PL_MEASURE_KILL, id_of("/b1.service"), 0);
        (void) pl_measures_work(&measures, pl_clock_now_usec());
        assert_file("b1.service", "cgroup.kill", "");
        assert_int_equal(measures.queue.count, 1);
        mate.acts_until_usec = 0;
        (void) pl_measures_work(&measures, pl_clock_now_usec());
        assert_file("b1.service", "cgroup.kill", "1\n");
        measures.options.mate = NULL;
}

static void nobody_is_killed_who_is_protected_by_now(void **state)
{
        (void) state;
        open_all(SAFE);
        decide(PL_MEASURE_KILL, id_of("/b1.service"), 0);
        assert_file("b1.service", "cgroup.kill", "");
        assert_outcome(PL_RESULT_REFUSED, 0);
}

static void an_observed_host_is_left_alone(void **state)
{
        (void) state;
        open_all(OBSERVED);
        for (unsigned measure = 0; measure < PL_MEASURE_KINDS; measure++)
                if (measure != PL_MEASURE_RELEASE && measure != PL_MEASURE_THAW)
                        decide(measure, id_of("/b1.service"), PL_MIB);
        assert_file("b1.service", "cgroup.kill", "");
        assert_file("b1.service", "cgroup.freeze", "0\n");
        assert_int_equal(enforcer.overlay_count, 0);
        assert_int_equal(pl_killer_count(measures.killer), 0);
        assert_false(pl_measures_work(&measures, pl_clock_now_usec()));
        /* What was done before that is taken back. */
        decide(PL_MEASURE_RELEASE, id_of("/b1.service"), 0);
        assert_outcome(PL_RESULT_DONE, 0);
}

/* ---- another policy has come into force since ---- */

static void what_another_policy_wanted_is_not_laid(void **state)
{
        static const enum pl_measure kinds[] = { PL_MEASURE_THROTTLE, PL_MEASURE_RELAX,
                                                 PL_MEASURE_CAP, PL_MEASURE_DOWN };

        (void) state;
        open_all(BATCH);
        rig_set_policy(rig_policy(BATCH));
        for (size_t i = 0; i < PL_ARRAY_LENGTH(kinds); i++) {
                decide(kinds[i], id_of("/b1.service"), 100 * PL_MIB);
                assert_outcome(PL_RESULT_REFUSED, 0);
        }
        assert_int_equal(enforcer.overlay_count, 0);
        assert_int_equal(count_of(PL_NOTE_NOT_DOWN), 0);
        /* What was done is taken back by any. */
        decide(PL_MEASURE_RELEASE, id_of("/b1.service"), 0);
        assert_outcome(PL_RESULT_DONE, 0);
}

static void decide_for(enum pl_choice choice, const char *path, const char *scope)
{
        judgement.decisions[0] = (struct pl_decision){
                .number = judgement.decisions[0].number + 1,
                .at_usec = now,
                .measure = PL_MEASURE_KILL,
                .id = id_of(path),
                .deadline_usec = UINT64_MAX,
                .choice = choice,
                .verdict = { .scope = scope ? PL_SCOPE_CGROUP : PL_SCOPE_HOST,
                             .scope_id = scope ? id_of(scope) : 0 },
        };
        judgement.decision_count = 1;
        steps.hands.take(steps.hands.to, &judgement);
}

/* Decided by the one, matched by the other: whether he is killed then. */
static bool is_killed_after(const struct pl_policy *before, const struct pl_policy *after,
                            enum pl_choice choice, const char *scope)
{
        cgroup_put(&tree, "b1.service", "cgroup.kill", "");
        rig_set_policy(before);
        look();
        rig_set_policy(after);
        decide_for(choice, "/b1.service", scope);
        assert_int_equal(measures.queue.count, 1);
        assert_file("b1.service", "cgroup.kill", "");
        look();
        (void) pl_measures_work(&measures, pl_clock_now_usec());
        assert_int_equal(measures.queue.count, 0);
        if (pl_killer_count(measures.killer) == 0) {
                assert_file("b1.service", "cgroup.kill", "");
                assert_outcome(PL_RESULT_REFUSED, 0);
                return false;
        }
        assert_file("b1.service", "cgroup.kill", "1\n");
        return true;
}

static void who_waits_is_killed_if_the_policy_in_force_wants_it_too(void **state)
{
        const struct pl_policy *all = rig_policy(BATCH ACTS("\"local\": true"));
        const struct pl_policy *host_only = rig_policy(BATCH);
        const struct pl_policy *local_only = rig_policy(
                BATCH ACTS("\"host\": false, \"local\": true"));
        const struct pl_policy *asks = rig_policy(LADDER("\"rungs\": [ \"term\" ]"));

        (void) state;
        open_all(BATCH);
        assert_false(is_killed_after(all, asks, PL_CHOICE_ORDER, NULL));
        assert_false(is_killed_after(all, local_only, PL_CHOICE_ORDER, NULL));
        assert_false(is_killed_after(all, host_only, PL_CHOICE_ORDER, "/b1.service"));
        assert_true(is_killed_after(all, local_only, PL_CHOICE_ORDER, "/b1.service"));
}

static void who_waits_for_a_livelock_is_killed_if_his_profile_says_so_still(void **state)
{
        const struct pl_policy *kill = rig_policy(LADDER("\"livelock\": \"kill\""));
        const struct pl_policy *relax = rig_policy(LADDER("\"livelock\": \"relax\""));
        const struct pl_policy *none = rig_policy(LADDER("\"livelock\": \"kill\"")
                                                          ACTS("\"host\": false"));

        (void) state;
        open_all(BATCH);
        assert_false(is_killed_after(kill, relax, PL_CHOICE_LIVELOCK, "/b1.service"));
        assert_false(is_killed_after(kill, none, PL_CHOICE_LIVELOCK, "/b1.service"));
        assert_true(is_killed_after(none, kill, PL_CHOICE_LIVELOCK, "/b1.service"));
}

/* Of the profile by which he is matched when he is asked: numbers of profiles are of their policy alone. */
static void who_is_asked_late_is_asked_by_the_signal_of_his_profile_now(void **state)
{
        static const char other[] =
                "// origin: 0.json\n{ \"profile\": \"another\", \"match\": [ { "
                "\"unit\": \"z.service\", \"owner\": \"any\" } ], \"ladder\": { "
                "\"rungs\": [ \"term\", \"kill\" ], \"signal\": \"SIGINT\" } }\n" LADDER(
                        "\"rungs\": [ \"term\", \"kill\" ], \"signal\": "
                        "\"SIGQUIT\"");

        (void) state;
        open_all(LADDER("\"rungs\": [ \"term\", \"kill\" ]"));
        rig_set_policy(rig_policy(other));
        decide(PL_MEASURE_TERM, id_of("/b1.service"), 0);
        assert_int_equal(measures.queue.count, 1);
        look();
        (void) pl_measures_begin_waiting(&measures, pl_clock_now_usec());
        assert_int_equal(measures.queue.count, 0);
        assert_int_equal(measures.killer->acts[0].request.signal, SIGQUIT);
}

/* Nobody would let it go if the daemon died. */
static void nobody_is_held_still_without_a_mate(void **state)
{
        (void) state;
        open_all(LADDER("\"rungs\": [ \"freeze\", \"kill\" ]"));
        decide(PL_MEASURE_FREEZE, id_of("/b1.service"), 0);
        assert_file("b1.service", "cgroup.freeze", "0\n");
        assert_outcome(PL_RESULT_FAILED, ENOTSUP);
}

/* ---- places of the mate's ---- */

static struct pl_mate mate;
static int mate_end_fd;

/* One that is told of everything and does nothing. */
static void add_mate(void)
{
        int sockets[2];

        assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, sockets), 0);
        mate = PL_MATE_NONE;
        mate.socket_fd = sockets[0];
        mate_end_fd = sockets[1];
        measures.options.mate = &mate;
}

static void drop_mate(void)
{
        measures.options.mate = NULL;
        (void) close(mate.socket_fd);
        (void) close(mate_end_fd);
}

/* They ended while they were held, and no decision is about them any more. */
static void who_went_away_while_held_takes_no_place(void **state)
{
        uint32_t left = 0;

        (void) state;
        open_all(BATCH);
        add_mate();
        for (uint64_t i = 0; i < PL_MATE_HELD_MAX; i++)
                mate.held[i] = UINT64_MAX - i;
        mate.held[3] = id_of("/b2.service");
        decide(PL_MEASURE_FREEZE, id_of("/b1.service"), 0);
        for (size_t i = 0; i < PL_MATE_HELD_MAX; i++)
                left += mate.held[i] > UINT64_MAX - PL_MATE_HELD_MAX;
        assert_int_equal(left, 0);
        assert_true(mate.held[3] == id_of("/b2.service"));
        drop_mate();
}

/* By now somebody else holds it, and lets go of it. */
static void whom_somebody_else_holds_takes_no_place(void **state)
{
        (void) state;
        open_all(BATCH);
        add_mate();
        cgroup_put(&tree, "b1.service", "cgroup.freeze", "1\n");
        mate.held[0] = id_of("/b1.service");
        decide(PL_MEASURE_THAW, id_of("/b1.service"), 0);
        assert_outcome(PL_RESULT_REFUSED, EBUSY);
        assert_int_equal(mate.held[0], 0);
        assert_file("b1.service", "cgroup.freeze", "1\n");
        drop_mate();
}

/* The eldest is asked, and there is nobody. */
static void without_systemd_the_eldest_is_asked_to_end(void **state)
{
        (void) state;
        open_all(LADDER("\"rungs\": [ \"term\", \"kill\" ]"));
        decide(PL_MEASURE_TERM, id_of("/b1.service"), 0);
        assert_int_equal(measures.terms[0].decision, 0);
        assert_true(next_outcome().measure == PL_MEASURE_TERM);
}

static uint64_t tag_of_term(void)
{
        return PL_MEASURES_TAG_TERM << 48 | measures.terms[0].decision << 8;
}

/* As if it had been asked. */
static void ask_for_term(void)
{
        measures.terms[0] = (struct pl_measures_term){ .decision = 77,
                                                       .id = id_of("/b1.service"),
                                                       .deadline_usec = UINT64_MAX,
                                                       .ask_until_usec = 1000 };
}

static void who_is_asked_says_systemd_or_the_clock(void **state)
{
        const struct pl_bus_service service = { .stop_signal = SIGQUIT, .path = "/b1.service" };

        (void) state;
        open_all(BATCH);
        ask_for_term();
        assert_true(pl_measures_next_usec(&measures) == 1000);
        pl_measures_term_late(&measures, 999);
        assert_int_equal(measures.terms[0].decision, 77);
        /* An answer to another question, and a tag of somebody else's. */
        assert_true(pl_measures_on_service(&measures, tag_of_term() + (1 << 8), &service));
        assert_false(pl_measures_on_service(&measures, UINT64_C(0x10) << 48, &service));
        assert_int_equal(measures.terms[0].decision, 77);
        assert_true(pl_measures_on_service(&measures, tag_of_term(), &service));
        assert_int_equal(measures.terms[0].decision, 0);
        ask_for_term();
        pl_measures_term_late(&measures, 1000);
        assert_int_equal(measures.terms[0].decision, 0);
}

static void without_systemd_nobody_stays_down(void **state)
{
        (void) state;
        open_all(BATCH);
        decide(PL_MEASURE_DOWN, id_of("/b1.service"), 0);
        assert_outcome(PL_RESULT_FAILED, ENOTCONN);
        assert_int_equal(count_of(PL_NOTE_NOT_DOWN), 1);
        assert_true(pl_measures_next_usec(&measures) == UINT64_MAX);
}

/* Of the job that stops it, and of the one that starts it. */
#define STOPS  (PL_MEASURES_TAG_DOWN << 48 | 5 << 8)
#define STARTS (STOPS | PL_MEASURES_TAG_START)

static void who_is_kept_down_is_started_in_time(void **state)
{
        struct pl_measures_down *down = &measures.downs[0];
        const uint64_t end_usec = pl_clock_now_usec() + PL_USEC_PER_HOUR;

        (void) state;
        open_all(BATCH);
        *down = (struct pl_measures_down){ .decision = 5,
                                           .id = id_of("/b1.service"),
                                           .until_usec = end_usec,
                                           .unit = "b1.service" };
        assert_false(pl_measures_on_job(&measures, UINT64_C(0x10) << 48, true, ""));
        assert_true(pl_measures_next_usec(&measures) == UINT64_MAX);
        judgement.decisions[0].number = 5;
        assert_true(pl_measures_on_job(&measures, STOPS, true, ""));
        assert_outcome(PL_RESULT_DONE, 0);
        assert_int_equal(count_of(PL_NOTE_DOWN), 1);
        assert_true(down->is_down && down->is_stopped);
        assert_true(pl_measures_next_usec(&measures) == end_usec);
        /* systemd is away: again later. */
        pl_measures_down_over(&measures, end_usec - 1);
        assert_true(down->until_usec == end_usec);
        pl_measures_down_over(&measures, end_usec);
        assert_true(down->decision == 5 && down->until_usec < end_usec);
        assert_true(pl_measures_on_job(&measures, STARTS, true, ""));
        assert_int_equal(down->decision, 5);
        down->is_leaving = true;
        assert_true(pl_measures_on_job(&measures, STARTS, true, ""));
        assert_int_equal(count_of(PL_NOTE_UP), 1);
        assert_int_equal(down->decision, 0);
        assert_true(pl_measures_on_job(&measures, STARTS, true, ""));
}

static void who_could_not_be_stopped_is_told(void **state)
{
        (void) state;
        open_all(BATCH);
        measures.downs[0] = (struct pl_measures_down){ .decision = 5, .id = id_of("/b1.service") };
        judgement.decisions[0].number = 5;
        assert_true(pl_measures_on_job(&measures, STOPS, false, "the unit is masked"));
        assert_outcome(PL_RESULT_FAILED, EIO);
        assert_int_equal(count_of(PL_NOTE_NOT_DOWN), 1);
        /* It may be stopped later: so it is started in time. */
        assert_true(measures.downs[0].is_down && !measures.downs[0].is_stopped);
}

static void who_cannot_be_started_is_told_in_the_end(void **state)
{
        struct pl_measures_down *down = &measures.downs[0];

        (void) state;
        open_all(BATCH);
        *down = (struct pl_measures_down){
                .decision = 5, .id = id_of("/b1.service"), .is_stopped = true, .is_down = true
        };
        for (unsigned i = 0; i < 100 && down->decision != 0; i++) {
                assert_int_equal(count_of(PL_NOTE_NOT_UP), 0);
                down->is_leaving = true;
                assert_true(pl_measures_on_job(&measures, STARTS, false, "no"));
                /* What comes of a start that failed is not somebody's doing. */
                assert_false(down->is_stopped);
        }
        assert_int_equal(count_of(PL_NOTE_NOT_UP), 1);
        assert_int_equal(down->decision, 0);
}

static void who_was_being_stopped_as_the_bus_went_is_started_in_time(void **state)
{
        struct pl_measures_down *down = &measures.downs[0];

        (void) state;
        open_all(BATCH);
        *down = (struct pl_measures_down){ .decision = 5, .id = id_of("/b1.service") };
        judgement.decisions[0].number = 5;
        pl_measures_on_bus_down(&measures);
        assert_outcome(PL_RESULT_FAILED, ENOTCONN);
        assert_true(down->is_down);
        down->is_leaving = true;
        pl_measures_on_bus_down(&measures);
        assert_true(down->is_down && !down->is_leaving);
}

/* The end comes while it is being stopped: what that comes to is not taken for what becomes of the start. */
static void who_is_started_at_the_end_is_awaited_though_his_stop_ends_first(void **state)
{
        struct pl_measures_down *down = &measures.downs[0];

        (void) state;
        open_all(BATCH);
        *down = (struct pl_measures_down){
                .decision = 5, .id = id_of("/b1.service"), .is_down = true, .is_leaving = true
        };
        judgement.decisions[0].number = 5;
        assert_true(pl_measures_on_job(&measures, STOPS, true, ""));
        assert_outcome(PL_RESULT_DONE, 0);
        assert_int_equal(count_of(PL_NOTE_UP) + count_of(PL_NOTE_DOWN), 0);
        assert_true(pl_measures_leave(&measures));
        assert_true(pl_measures_on_job(&measures, STARTS, true, ""));
        assert_int_equal(count_of(PL_NOTE_UP), 1);
        assert_false(pl_measures_leave(&measures));
}

static void who_cannot_be_started_at_the_end_is_told_once(void **state)
{
        (void) state;
        open_all(BATCH);
        for (unsigned i = 0; i < 2; i++)
                measures.downs[i] = (struct pl_measures_down){
                        .decision = 5 + i,
                        .id = id_of("/b1.service"),
                        .is_down = i == 0,
                };
        assert_false(pl_measures_leave(&measures));
        assert_int_equal(count_of(PL_NOTE_NOT_UP), 2);
        assert_false(pl_measures_leave(&measures));
        assert_int_equal(count_of(PL_NOTE_NOT_UP), 2);
}

/* ---- somebody starts it in between ---- */

#define HOLD_USEC (pl_clock_now_usec() + PL_USEC_PER_HOUR)

static void keep_down(uint64_t until_usec)
{
        measures.downs[0] = (struct pl_measures_down){ .decision = 5,
                                                       .id = id_of("/b1.service"),
                                                       .until_usec = until_usec,
                                                       .hold_usec = until_usec,
                                                       .is_down = true,
                                                       .is_stopped = true,
                                                       .unit = "b1.service",
                                                       .row = rig_row("/b1.service") };
}

static void drop_workload(const char *path)
{
        static const char *const files[] = { "cgroup.procs", "cgroup.kill", "cgroup.freeze" };
        char whole[PL_CGROUP_PATH_MAX];

        for (size_t i = 0; i < PL_ARRAY_LENGTH(files); i++) {
                (void) snprintf(whole, sizeof whole, "%s/%s", path, files[i]);
                assert_int_equal(unlinkat(tree.fd, whole, 0), 0);
        }
        drop(path);
        look();
}

static void return_workload(const char *path)
{
        make_workload(path);
        look();
}

static void decide_down(uint64_t until_usec)
{
        judgement.decision_count = 1;
        judgement.decisions[0] = (struct pl_decision){ .number = judgement.decisions[0].number + 1,
                                                       .at_usec = now,
                                                       .measure = PL_MEASURE_DOWN,
                                                       .id = id_of("/b1.service"),
                                                       .deadline_usec = until_usec };
        steps.hands.take(steps.hands.to, &judgement);
}

static void who_is_started_by_somebody_is_his_and_not_started_later(void **state)
{
        const uint64_t hold_usec = HOLD_USEC;

        (void) state;
        open_all(BATCH);
        keep_down(hold_usec);
        drop_workload("b1.service");
        assert_false(measures.downs[0].is_back);
        return_workload("b1.service");
        assert_true(measures.downs[0].is_back);
        /* Nor stopped again, because it has returned. */
        decide_down(hold_usec);
        assert_outcome(PL_RESULT_REFUSED, 0);
        assert_int_equal(count_of(PL_NOTE_NOT_DOWN), 0);
        drop_workload("b1.service");
        assert_true(pl_measures_next_usec(&measures) == hold_usec);
        pl_measures_down_over(&measures, hold_usec);
        assert_int_equal(measures.downs[0].decision, 0);
        assert_int_equal(count_of(PL_NOTE_UP), 0);
}

/* The one that is to stay down from now on, which is tried here and fails for want of a bus. */
static void who_is_killed_again_after_that_is_stopped_again(void **state)
{
        const uint64_t hold_usec = HOLD_USEC;

        (void) state;
        open_all(BATCH);
        keep_down(hold_usec);
        drop_workload("b1.service");
        return_workload("b1.service");
        decide_down(hold_usec + 1);
        assert_outcome(PL_RESULT_FAILED, ENOTCONN);
}

static void who_is_back_is_not_started_at_the_end(void **state)
{
        (void) state;
        open_all(BATCH);
        keep_down(HOLD_USEC);
        drop_workload("b1.service");
        return_workload("b1.service");
        assert_false(pl_measures_leave(&measures));
        assert_int_equal(count_of(PL_NOTE_NOT_UP), 0);
}

/* Where it could not be stopped, or by us, or another one. */
static void who_returns_otherwise_is_kept_down_still(void **state)
{
        (void) state;
        open_all(BATCH);
        for (unsigned i = 0; i < 3; i++) {
                keep_down(HOLD_USEC);
                measures.downs[0].is_stopped = i != 0;
                measures.downs[0].is_leaving = i == 1;
                if (i == 2)
                        pl_journal_set_text(measures.downs[0].row.path,
                                            sizeof measures.downs[0].row.path,
                                            pl_span_of("/b9.service"));
                drop_workload("b1.service");
                return_workload("b1.service");
                assert_false(measures.downs[0].is_back);
        }
}

/* What was laid over it would stay, for nothing is ordered there any more. */
static void a_throttle_is_lifted_of_one_that_is_paused(void **state)
{
        static const char paused[] = BATCH "// origin: o.json\n{ \"order\": \"pause\" }\n";

        (void) state;
        open_all(BATCH);
        decide(PL_MEASURE_THROTTLE, id_of("/b1.service"), 100 * PL_MIB);
        assert_outcome(PL_RESULT_DONE, 0);
        rig_set_policy(rig_policy(paused));
        look();
        assert_file("b1.service", "memory.high", "104857600\n");
        decide(PL_MEASURE_RELEASE, id_of("/b1.service"), 0);
        assert_outcome(PL_RESULT_DONE, 0);
        settle();
        assert_file("b1.service", "memory.high", "536870912\n");
}

/* ---- its cost ---- */

/* A look at a host of which next to nothing is available. */
static void look_short(void)
{
        const uint64_t ids[] = { id_of("/b1.service"), id_of("/b2.service") };

        now += PL_USEC_PER_SEC / 10;
        steps.host = (struct pl_host_sample){
                .at_usec = now,
                .have = UINT64_MAX >> (64 - sizeof(struct pl_host_sample) / sizeof(uint64_t)),
                .total_bytes = 16 * PL_GIB,
                .available_bytes = PL_MIB,
                .full_usec = now / 2,
                .some_usec = now / 2,
                .pgscan_kswapd_pages = now,
        };
        pl_board_look_hot(&board, ids, PL_ARRAY_LENGTH(ids), PL_USEC_PER_SEC, now);
        pl_steps_take(&steps, now);
        (void) pl_measures_work(&measures, pl_clock_now_usec());
}

static void from_a_look_to_the_kill_nothing_is_allocated(void **state)
{
        unsigned looks = 0, calls;

        (void) state;
        /* The killer goes by the clock. */
        now = pl_clock_now_usec();
        open_all(BATCH);
        steps.host.available_bytes = 8 * PL_GIB;
        pl_steps_take(&steps, now);
        begin_counting();
        while (pl_killer_count(measures.killer) == 0 && looks++ < 100)
                look_short();
        calls = end_counting();
        assert_true(looks < 100);
        assert_int_equal(calls, 0);
        /* And it did what it counts for. */
        assert_file("b2.service", "cgroup.kill", "1\n");
}

/* ---- its end ---- */

static void what_is_over_is_over(void **state)
{
        (void) state;
        open_all(BATCH);
        pl_measures_close(&measures);
        assert_null(steps.hands.take);
        assert_int_equal(pl_measures_fd(&measures), -1);
        assert_true(pl_measures_next_usec(&measures) == UINT64_MAX);
        assert_false(pl_measures_work(&measures, now));
}

#define MEASURES_TEST(function) cmocka_unit_test_setup_teardown(function, rig_set_up, close_all)

int main(void)
{
        const struct CMUnitTest tests[] = {
                MEASURES_TEST(a_throttle_lies_over_the_profile_until_it_is_released),
                MEASURES_TEST(a_throttle_ends_with_the_daemon),
                MEASURES_TEST(a_cap_is_never_above_the_profile_and_brings_high_down),
                MEASURES_TEST(a_cap_ends_with_its_time),
                MEASURES_TEST(a_loosened_high_stays),
                MEASURES_TEST(what_cannot_be_laid_says_so),
                MEASURES_TEST(one_that_is_gone_leaves_nothing),
                MEASURES_TEST(who_is_killed_is_awaited),
                MEASURES_TEST(who_finds_no_room_waits),
                MEASURES_TEST(nobody_is_killed_while_the_mate_kills),
                MEASURES_TEST(nobody_is_killed_who_is_protected_by_now),
                MEASURES_TEST(an_observed_host_is_left_alone),
                MEASURES_TEST(what_another_policy_wanted_is_not_laid),
                MEASURES_TEST(who_waits_is_killed_if_the_policy_in_force_wants_it_too),
                MEASURES_TEST(who_waits_for_a_livelock_is_killed_if_his_profile_says_so_still),
                MEASURES_TEST(who_is_asked_late_is_asked_by_the_signal_of_his_profile_now),
                MEASURES_TEST(nobody_is_held_still_without_a_mate),
                MEASURES_TEST(who_went_away_while_held_takes_no_place),
                MEASURES_TEST(whom_somebody_else_holds_takes_no_place),
                MEASURES_TEST(without_systemd_the_eldest_is_asked_to_end),
                MEASURES_TEST(who_is_asked_says_systemd_or_the_clock),
                MEASURES_TEST(without_systemd_nobody_stays_down),
                MEASURES_TEST(who_is_kept_down_is_started_in_time),
                MEASURES_TEST(who_could_not_be_stopped_is_told),
                MEASURES_TEST(who_cannot_be_started_is_told_in_the_end),
                MEASURES_TEST(who_was_being_stopped_as_the_bus_went_is_started_in_time),
                MEASURES_TEST(who_is_started_at_the_end_is_awaited_though_his_stop_ends_first),
                MEASURES_TEST(who_cannot_be_started_at_the_end_is_told_once),
                MEASURES_TEST(who_is_started_by_somebody_is_his_and_not_started_later),
                MEASURES_TEST(who_is_killed_again_after_that_is_stopped_again),
                MEASURES_TEST(who_is_back_is_not_started_at_the_end),
                MEASURES_TEST(who_returns_otherwise_is_kept_down_still),
                MEASURES_TEST(a_throttle_is_lifted_of_one_that_is_paused),
                MEASURES_TEST(from_a_look_to_the_kill_nothing_is_allocated),
                MEASURES_TEST(what_is_over_is_over),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
