/* SPDX-License-Identifier: Apache-2.0 */

/* What the engine is told of a host's policy, with amounts of this host. */

#include "daemon/settings.h"

#include "daemon/rig.h"
#include "daemon/supervisor_internal.h"

static const char all_words[] =
        "// origin: 00-host.json\n"
        "{ \"host\": \"h\", \"act\": { \"host\": false, \"local\": true },\n"
        "  \"shortage\": { \"floor\": \"10%\", \"critical\": \"40%\", \"stall\": \"20%\",\n"
        "    \"horizon\": \"3s\", \"early\": \"4s\", \"need\": \"5s\", \"thrash\": \"6s\",\n"
        "    \"thrash_rate\": \"1%\", \"culprit\": \"70%\", \"limit\": \"80%\",\n"
        "    \"livelock\": \"90%\", \"patience\": \"7s\", \"throttle\": \"8s\",\n"
        "    \"growth\": \"2MiB\" },\n"
        "  \"kill\": { \"floor\": \"3%\", \"together\": 9, \"deadline\": \"10s\",\n"
        "    \"cool_down\": \"11s\" },\n"
        "  \"backoff\": { \"kills\": 12, \"within\": \"13s\", \"hold\": \"14s\" } }\n";

static const struct pl_host_facts of_a_hundred = { 100 * PL_GIB, 0 };

#define SECONDS(count) ((count) *PL_USEC_PER_SEC)

static void each_key_is_told(void **state)
{
        const struct pl_settings wanted = {
                .flags = PL_SETTING_LOCAL,
                .floor_bytes = 10 * PL_GIB,
                .critical_permyriad = 4000,
                .stall_permyriad = 2000,
                .horizon_usec = SECONDS(3),
                .early_usec = SECONDS(4),
                .need_usec = SECONDS(5),
                .thrash_usec = SECONDS(6),
                .thrash_bytes_per_sec = PL_GIB,
                .culprit_permyriad = 7000,
                .limit_permyriad = 8000,
                .livelock_permyriad = 9000,
                .patience_usec = SECONDS(7),
                .throttle_usec = SECONDS(8),
                .growth_bytes_per_sec = 2 * PL_MIB,
                .kill_floor_bytes = 3 * PL_GIB,
                .kill_together = 9,
                .kill_deadline_usec = SECONDS(10),
                .kill_cool_down_usec = SECONDS(11),
                .backoff_kills = 12,
                .backoff_within_usec = SECONDS(13),
                .backoff_hold_usec = SECONDS(14),
        };
        struct pl_settings settings;

        (void) state;
        assert_int_equal(pl_settings_of(rig_policy(all_words), &of_a_hundred, false, &settings), 0);
        assert_memory_equal(&settings, &wanted, sizeof wanted);
}

/* Files without a host's policy are judged by its defaults. */
static void without_a_hosts_policy_defaults_count(void **state)
{
        const struct pl_policy *none = rig_policy("// origin: a.json\n"
                                                  "{ \"profile\": \"p\", \"match\": [ { "
                                                  "\"unit\": \"x\" } ] }\n");
        const struct pl_policy *empty = rig_policy("// origin: a.json\n"
                                                   "{ \"host\": \"h\" }\n");
        struct pl_settings settings, defaults;

        (void) state;
        assert_int_equal(pl_settings_of(none, &of_a_hundred, false, &settings), 0);
        assert_int_equal(pl_settings_of(empty, &of_a_hundred, false, &defaults), 0);
        assert_memory_equal(&settings, &defaults, sizeof defaults);
        assert_int_equal(settings.flags, PL_SETTING_HOST);
        assert_true(settings.floor_bytes == PL_GIB);
        assert_true(settings.critical_permyriad == 5000 && settings.culprit_permyriad == 5000);
        assert_true(settings.early_usec == SECONDS(10) && settings.horizon_usec == SECONDS(2));
        assert_true(settings.patience_usec == SECONDS(2) && settings.throttle_usec == SECONDS(30));
        assert_true(settings.growth_bytes_per_sec == PL_MIB);
        /* Half a percent of 100 GiB is more than 4 MiB. */
        assert_true(settings.thrash_bytes_per_sec == PL_GIB / 2);
}

static void a_pause_is_told(void **state)
{
        const struct pl_policy *policy = rig_policy(all_words);
        struct pl_settings settings, paused;

        (void) state;
        assert_int_equal(pl_settings_of(policy, &of_a_hundred, false, &settings), 0);
        assert_int_equal(pl_settings_of(policy, &of_a_hundred, true, &paused), 0);
        settings.flags |= PL_SETTING_PAUSED;
        assert_memory_equal(&paused, &settings, sizeof settings);
}

/* Until everybody has been looked at once since the start, and told at once where that is over. */
static void who_has_not_looked_yet_is_blind(void **state)
{
        static const struct pl_daemon_options options;
        static struct pl_supervisor s;

        (void) state;
        s.options = &options;
        assert_int_equal(rig_set_up(state), 0);
        rig_start(&(struct rig_options){});
        assert_int_equal(pl_steps_init(&s.steps, &logbook), 0);
        (void) rig_policy(all_words);
        s.policies.in_force = policies[0];
        s.host = of_a_hundred;
        pl_supervisor_tell_settings(&s, now);
        assert_true(s.steps.settings.flags & PL_SETTING_BLIND);
        assert_int_equal(s.steps.update_count, 1);
        pl_supervisor_tell_settings(&s, now);
        assert_int_equal(s.steps.update_count, 1);
        s.board.has_looked = true;
        pl_supervisor_tell_settings(&s, now);
        assert_int_equal(s.steps.update_count, 2);
        assert_int_equal(s.steps.updates[1].settings.flags, PL_SETTING_LOCAL);
        pl_steps_done(&s.steps);
        assert_int_equal(rig_tear_down(state), 0);
}

static int tear_down(void **state)
{
        (void) state;
        while (policy_count > 0)
                pl_policy_free(policies[--policy_count]);
        return 0;
}

#define SETTINGS_TEST(function) cmocka_unit_test_teardown(function, tear_down)

int main(void)
{
        const struct CMUnitTest tests[] = {
                SETTINGS_TEST(each_key_is_told),
                SETTINGS_TEST(without_a_hosts_policy_defaults_count),
                SETTINGS_TEST(a_pause_is_told),
                cmocka_unit_test(who_has_not_looked_yet_is_blind),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
