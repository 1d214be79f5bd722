/* SPDX-License-Identifier: Apache-2.0 */

/* What the supervisor tells its mate and when, and what it does not do while the mate does it. The mate's end of the socket is
 * the test's; who is ending, and what a policy says, too.
 */

#include "daemon/supervisor_internal.h"

#include <sys/socket.h>

#include "daemon/mate_order.h"
#include "daemon/orders.h"
#include "daemon/settings.h"
#include "test.h"

#define NOW_USEC      (1000 * PL_USEC_PER_SEC)
#define DEADLINE_USEC (10 * PL_USEC_PER_SEC)

static struct pl_supervisor s;
static struct pl_mate mate;
static int mate_end_fd;
static uint64_t ending_until_usec, told_flags;
static bool was_disarmed; /* when the policy was read */

/* ---- what stands in for the rest of the daemon ---- */

uint64_t __wrap_pl_killer_ending_until_usec(const struct pl_killer *killer);
int __wrap_pl_policies_reload(struct pl_policies *policies, const struct pl_host_facts *host,
                              int64_t now_sec);
int __wrap_pl_settings_of(const struct pl_policy *policy, const struct pl_host_facts *host,
                          bool is_paused, struct pl_settings *ret_settings);
bool __wrap_pl_orders_pause_all(const struct pl_policy *policy, int64_t now_sec);
void __wrap_pl_steps_set(struct pl_steps *steps, uint64_t now_usec,
                         const struct pl_settings *settings);

uint64_t __wrap_pl_killer_ending_until_usec(const struct pl_killer *killer)
{
        (void) killer;
        return ending_until_usec;
}

int __wrap_pl_settings_of(const struct pl_policy *policy, const struct pl_host_facts *host,
                          bool is_paused, struct pl_settings *ret_settings)
{
        (void) policy, (void) host, (void) is_paused;
        *ret_settings = s.steps.settings;
        return 0;
}

bool __wrap_pl_orders_pause_all(const struct pl_policy *policy, int64_t now_sec)
{
        (void) policy, (void) now_sec;
        return false;
}

void __wrap_pl_steps_set(struct pl_steps *steps, uint64_t now_usec,
                         const struct pl_settings *settings)
{
        (void) steps, (void) now_usec;
        told_flags = settings->flags;
}

static int set_up(void **state)
{
        static const struct pl_daemon_options options;
        static uint64_t policy[512]; /* nobody looks at it */
        int sockets[2];

        (void) state;
        memset(&s, 0, sizeof s);
        assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, sockets), 0);
        mate = PL_MATE_NONE;
        mate.socket_fd = sockets[0];
        mate_end_fd = sockets[1];
        ending_until_usec = told_flags = 0;
        was_disarmed = false;
        s.options = &options;
        s.mate = &mate;
        s.host.ram_bytes = 16 * PL_GIB;
        s.policies.in_force = (struct pl_policy *) (void *) policy;
        s.board.has_looked = true;
        s.steps.settings = (struct pl_settings){ .flags = PL_SETTING_HOST,
                                                 .floor_bytes = 640 * PL_MIB,
                                                 .critical_permyriad = 5000,
                                                 .kill_deadline_usec = DEADLINE_USEC };
        return 0;
}

static int tear_down(void **state)
{
        (void) state;
        (void) close(mate.socket_fd);
        (void) close(mate_end_fd);
        return 0;
}

/* ---- what the mate is told ---- */

static bool is_told(struct pl_mate_brief *ret_brief)
{
        static struct pl_mate_order order;
        int fds[PL_MATE_RANKED_MAX], r = pl_mate_order_take(mate_end_fd, &order, fds);

        if (r == PL_MATE_ORDER_E_NONE)
                return false;
        assert_int_equal(r, 0);
        assert_int_equal(order.kind, PL_MATE_ORDER_BRIEF);
        assert_int_equal(order.brief.count, 0);
        *ret_brief = order.brief;
        return true;
}

static bool brief(uint64_t later_usec, struct pl_mate_brief *ret_brief)
{
        pl_supervisor_brief(&s, NOW_USEC + later_usec);
        return is_told(ret_brief);
}

static void it_is_told_when_somebody_begins_to_end(void **state)
{
        struct pl_mate_brief told;

        (void) state;
        assert_true(brief(0, &told));
        assert_true(told.may_act);
        assert_int_equal(told.busy_until_usec, 0);
        assert_false(brief(1, &told));
        ending_until_usec = NOW_USEC + 2 * PL_USEC_PER_SEC;
        assert_true(brief(2, &told));
        assert_true(told.busy_until_usec == ending_until_usec);
        assert_false(brief(3, &told));
        /* That it is over makes nobody die too soon. */
        ending_until_usec = 0;
        assert_false(brief(4, &told));
        assert_true(brief(PL_USEC_PER_SEC + 2, &told));
        assert_int_equal(told.busy_until_usec, 0);
}

/* Grace may be minutes, and a daemon that stands still kills nobody when it is over. */
static void who_is_asked_to_end_is_given_no_longer_than_who_is_killed(void **state)
{
        struct pl_mate_brief told;

        (void) state;
        ending_until_usec = UINT64_MAX;
        assert_true(brief(0, &told));
        assert_true(told.busy_until_usec == NOW_USEC + DEADLINE_USEC);
}

static void it_is_told_at_once_when_a_throttle_is_laid(void **state)
{
        struct pl_mate_brief told;

        (void) state;
        s.enforcer.overlays[0] = (struct pl_enforce_overlay){ .id = 7, .measure = PL_MEASURE_CAP };
        assert_true(brief(0, &told));
        assert_false(told.has_throttle);
        s.enforcer.overlays[3] = (struct pl_enforce_overlay){ .id = 8,
                                                              .measure = PL_MEASURE_THROTTLE };
        assert_true(brief(1, &told));
        assert_true(told.has_throttle);
        s.enforcer.overlays[3] = (struct pl_enforce_overlay){};
        assert_true(brief(2, &told));
        assert_false(told.has_throttle);
}

/* ---- a policy that is read ---- */

int __wrap_pl_policies_reload(struct pl_policies *policies, const struct pl_host_facts *host,
                              int64_t now_sec)
{
        struct pl_mate_brief told;

        (void) policies, (void) host, (void) now_sec;
        was_disarmed = is_told(&told) && !told.may_act;
        return PL_POLICIES_E_SAME;
}

static void while_a_policy_is_read_it_may_kill_nobody(void **state)
{
        struct pl_mate_brief told;

        (void) state;
        assert_true(brief(0, &told));
        pl_supervisor_reload(&s, false);
        assert_true(was_disarmed);
        assert_true(brief(1, &told));
        assert_true(told.may_act);
}

/* ---- while the mate kills ---- */

static void send_deed(uint64_t until_usec)
{
        const struct pl_mate_deed deed = { .outcome = { .id = 7, .measure = PL_MEASURE_KILL },
                                           .name = "batch/hog",
                                           .until_usec = until_usec };

        assert_true(send(mate_end_fd, &deed, sizeof deed, 0) == sizeof deed);
}

static bool is_blind(uint64_t later_usec)
{
        pl_supervisor_tell_settings(&s, NOW_USEC + later_usec);
        return told_flags & PL_SETTING_BLIND;
}

/* It sees the shortage still, and would take a second one. */
static void nobody_else_is_taken_while_the_mate_kills(void **state)
{
        char name[PL_JOURNAL_NAME_BYTES];
        struct pl_mate_brief told;
        struct pl_outcome outcome;

        (void) state;
        assert_false(is_blind(0));
        send_deed(NOW_USEC + DEADLINE_USEC);
        assert_false(pl_mate_take(&mate, &outcome, name));
        assert_false(mate.has_gone);
        assert_true(is_blind(0));
        assert_true(is_blind(DEADLINE_USEC - 1));
        /* What it goes by stays the same: the daemon may stand still again. */
        s.steps.settings.flags |= PL_SETTING_BLIND;
        assert_true(brief(0, &told));
        assert_true(told.may_act);
        s.steps.settings.flags &= ~(uint64_t) PL_SETTING_BLIND;
        /* Whatever becomes of the mate. */
        assert_false(is_blind(DEADLINE_USEC));
        send_deed(0);
        assert_true(pl_mate_take(&mate, &outcome, name));
        assert_string_equal(name, "batch/hog");
        assert_false(is_blind(0));
}

static void what_is_over_comes_behind_what_began(void **state)
{
        char name[PL_JOURNAL_NAME_BYTES];
        struct pl_outcome outcome;

        (void) state;
        send_deed(NOW_USEC + DEADLINE_USEC);
        send_deed(0);
        send_deed(NOW_USEC + DEADLINE_USEC);
        assert_true(pl_mate_take(&mate, &outcome, name));
        assert_int_equal(outcome.id, 7);
        assert_false(is_blind(0));
        assert_false(pl_mate_take(&mate, &outcome, name));
        assert_true(is_blind(0));
}

static void nobody_who_was_not_looked_at_is_ever_told_of(void **state)
{
        struct pl_mate_brief told;

        (void) state;
        s.board.has_looked = false;
        assert_true(is_blind(0));
        assert_true(brief(0, &told));
        assert_false(told.may_act);
        s.board.has_looked = true;
        s.board.policy_number = s.board.matched_number + 1;
        assert_true(is_blind(0));
        assert_false(brief(0, &told));
}

#define BRIEF_TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int main(void)
{
        const struct CMUnitTest tests[] = {
                BRIEF_TEST(it_is_told_when_somebody_begins_to_end),
                BRIEF_TEST(who_is_asked_to_end_is_given_no_longer_than_who_is_killed),
                BRIEF_TEST(it_is_told_at_once_when_a_throttle_is_laid),
                BRIEF_TEST(while_a_policy_is_read_it_may_kill_nobody),
                BRIEF_TEST(nobody_else_is_taken_while_the_mate_kills),
                BRIEF_TEST(what_is_over_comes_behind_what_began),
                BRIEF_TEST(nobody_who_was_not_looked_at_is_ever_told_of),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
