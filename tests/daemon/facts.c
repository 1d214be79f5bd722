/* SPDX-License-Identifier: Apache-2.0 */

/* What the policy makes of somebody, and what the engine is given of that. */

#include "daemon/facts.h"

#include "daemon/rig.h"

static const char policy_words[] =
        "// origin: 00-host.json\n"
        "{ \"host\": \"h\", \"protect\": [ { \"unit\": \"sshd.service\" } ] }\n"
        "// origin: 10.json\n"
        "{ \"profile\": \"plain\", \"match\": [ { \"unit\": \"plain.service\", \"owner\": \"any\" "
        "} ] }\n"
        "// origin: 20.json\n"
        "{ \"profile\": \"watched\", \"mode\": \"observe\", \"match\": [ { \"unit\": \"watched*\" "
        "} ] }\n"
        "// origin: 30.json\n"
        "{ \"profile\": \"kept\", \"oom\": { \"score_adj\": -1000 },\n"
        "  \"match\": [ { \"unit\": \"kept*\" } ] }\n"
        "// origin: 40.json\n"
        "{ \"profile\": \"batch\", \"oom\": { \"score_adj\": 500, \"order\": 700, \"again\": "
        "\"down\" },\n"
        "  \"memory\": { \"oom_group\": false }, \"match\": [ { \"unit\": \"batch*\" } ],\n"
        "  \"ladder\": { \"rungs\": [ \"term\", \"kill\" ], \"grace\": \"7s\",\n"
        "    \"freeze_max\": \"2s\", \"livelock\": \"relax\", \"livelock_after\": \"8s\" } }\n"
        "// origin: 50.json\n"
        "{ \"profile\": \"pods\", \"match\": [ { \"k8s\": { \"qos\": \"Burstable\" } } ] }\n"
        "// origin: 60.json\n"
        "{ \"profile\": \"mine\", \"kubepods\": \"enforce\",\n"
        "  \"match\": [ { \"k8s\": { \"qos\": \"BestEffort\" } } ] }\n";

enum { PLAIN, WATCHED, KEPT, BATCH, PODS, MINE, NONE };

static struct pl_census_entry entry;
static struct pl_census_identity identity;

/* Root's service of that name. */
static void make(const char *unit)
{
        entry = (struct pl_census_entry){ .id = 9,
                                          .flags = PL_CENSUS_POPULATED,
                                          .standing = { .kind = PL_WORKLOAD_SERVICE } };
        identity = (struct pl_census_identity){};
        (void) snprintf(identity.path, sizeof identity.path, "/a.slice/%s", unit);
        identity.identity = (struct pl_workload_identity){ .path = identity.path,
                                                           .unit = unit,
                                                           .kind = PL_WORKLOAD_SERVICE,
                                                           .runtime = PL_RUNTIME_SYSTEMD,
                                                           .qos = -1 };
}

static struct pl_facts_score known(int32_t adj)
{
        return (struct pl_facts_score){ adj, true };
}

static struct pl_journal_row match_with(const struct pl_policy *policy, struct pl_facts_score score)
{
        const struct pl_facts_policy facts = { policy, host };
        /* What is there from before is overwritten. */
        struct pl_journal_row row = { .id = 9,
                                      .flags = UINT32_MAX,
                                      .profile = 77,
                                      .order = 77,
                                      .score_adj = 77,
                                      .profile_name = "before" };

        pl_facts_match(&facts, &entry, &identity, score, &row);
        return row;
}

static struct pl_journal_row match(const struct pl_policy *policy, int32_t score_adj)
{
        struct pl_journal_row row = match_with(policy, known(score_adj));

        assert_true(row.flags & PL_CGROUP_SCORE_KNOWN);
        row.flags &= ~(uint32_t) PL_CGROUP_SCORE_KNOWN;
        return row;
}

static void flags_say_who_it_is(void **state)
{
        static const uint32_t base = PL_CGROUP_WORKLOAD | PL_CGROUP_POPULATED,
                              profile = PL_CGROUP_WORKLOAD | PL_CGROUP_POPULATED |
                                        PL_CGROUP_PROFILE;
        static const struct {
                const char *unit;
                uint32_t number, flags;
                int32_t order;
        } rows[] = {
                { "other.service", NONE, base, 42 },
                { "sshd.service", NONE, base | PL_CGROUP_PROTECTED, 42 },
                { "plain.service", PLAIN, profile, 0 },
                { "watched.service", WATCHED, profile | PL_CGROUP_OBSERVED, 0 },
                { "kept.service", KEPT, profile | PL_CGROUP_PROTECTED, -1000 },
                { "batch.service", BATCH, profile | PL_CGROUP_BY_PROCESS, 700 },
        };
        const struct pl_policy *policy = rig_policy(policy_words);

        (void) state;
        for (size_t i = 0; i < PL_ARRAY_LENGTH(rows); i++) {
                struct pl_journal_row row;

                make(rows[i].unit);
                row = match(policy, 42);
                assert_row(rows[i].unit,
                           row.profile == (rows[i].number == NONE ? UINT32_MAX : rows[i].number));
                assert_row(rows[i].unit, row.flags == rows[i].flags);
                assert_row(rows[i].unit, row.order == rows[i].order);
                /* Nobody has given it what its profile wants. */
                assert_row(rows[i].unit, row.score_adj == 42);
                assert_row(rows[i].unit, (row.profile_name[0] != '\0') == (rows[i].number != NONE));
        }
}

static void make_drill(void)
{
        make("plimsoll-drill.service");
        (void) snprintf(identity.path, sizeof identity.path,
                        "/system.slice/plimsoll-drill.service");
}

static void a_drill_is_roots_own_and_has_no_profile(void **state)
{
        const struct pl_policy *policy = rig_policy(
                "// origin: h.json\n{ \"host\": \"h\" }\n// origin: p.json\n{ \"profile\": "
                "\"all\", "
                "\"match\": [ { \"unit\": \"*\", \"owner\": \"any\" } ] }\n");
        const struct pl_facts_policy facts = { policy, host };
        struct pl_journal_row row;

        (void) state;
        make_drill();
        row = match(policy, 1000);
        assert_int_equal(row.flags, PL_CGROUP_WORKLOAD | PL_CGROUP_POPULATED | PL_CGROUP_SYSTEM |
                                            PL_CGROUP_DRILL);
        assert_int_equal(row.profile, UINT32_MAX);
        /* Held again, it is not one that came back to be killed again. */
        assert_int_equal(pl_facts_of(&facts, &row).kin, 0);
        assert_int_equal(pl_facts_of(&facts, &row).rungs, 1U << PL_RUNG_KILL);

        identity.identity.owner_uid = 1000;
        row = match(policy, 1000);
        assert_true((row.flags & PL_CGROUP_DRILL) == 0 && row.profile == 0);
        assert_int_not_equal(pl_facts_of(&facts, &row).kin, 0);
        make_drill();
        identity.identity.kind = PL_WORKLOAD_PLAIN;
        assert_false(match(policy, 0).flags & PL_CGROUP_DRILL);
        make("plimsoll-drill.service");
        assert_false(match(policy, 0).flags & PL_CGROUP_DRILL);
}

static void a_drill_is_protected_as_anybody_is(void **state)
{
        const struct pl_policy *policy = rig_policy("// origin: h.json\n{ \"host\": \"h\", "
                                                    "\"protect\": [ { \"unit\": \"plimsoll-*\" } ] "
                                                    "}\n");

        (void) state;
        make_drill();
        assert_int_equal(match(policy, 0).flags & (PL_CGROUP_DRILL | PL_CGROUP_PROTECTED),
                         PL_CGROUP_DRILL | PL_CGROUP_PROTECTED);
}

static void without_a_policy_it_is_what_it_is(void **state)
{
        struct pl_journal_row row;

        (void) state;
        make("plain.service");
        row = match(NULL, -7);
        assert_int_equal(row.profile, UINT32_MAX);
        assert_int_equal(row.flags, PL_CGROUP_WORKLOAD | PL_CGROUP_POPULATED);
        assert_true(row.order == -7 && row.score_adj == -7);
        assert_string_equal(row.profile_name, "");
}

/* 0 that was read is another thing than one that was not. */
static void a_score_that_is_not_known_is_said_to_be(void **state)
{
        const struct pl_policy *policy = rig_policy(policy_words);
        struct pl_journal_row row;

        (void) state;
        make("other.service");
        row = match_with(policy, (struct pl_facts_score){});
        assert_true(row.order == 0 && row.score_adj == 0);
        assert_false(row.flags & PL_CGROUP_SCORE_KNOWN);
        assert_true(match_with(policy, known(0)).flags & PL_CGROUP_SCORE_KNOWN);
        make("batch.service");
        row = match_with(policy, (struct pl_facts_score){});
        assert_true(row.order == 700 && row.score_adj == 0);
        assert_false(row.flags & PL_CGROUP_SCORE_KNOWN);
}

static void what_keeps_the_host_alive_is_protected(void **state)
{
        const struct pl_policy *policy = rig_policy(policy_words);

        (void) state;
        make("plain.service");
        entry.standing.flags = PL_STANDING_VITAL;
        assert_true(match(policy, 0).flags & PL_CGROUP_PROTECTED);
        assert_true(match(NULL, 0).flags & PL_CGROUP_PROTECTED);
}

static void the_system_is_roots_own_units_alone(void **state)
{
        (void) state;
        make("x.service");
        assert_false(match(NULL, 0).flags & PL_CGROUP_SYSTEM);
        strcpy(identity.path, "/system.slice/x.service");
        assert_true(match(NULL, 0).flags & PL_CGROUP_SYSTEM);
        identity.identity.owner_uid = 1000;
        assert_false(match(NULL, 0).flags & PL_CGROUP_SYSTEM);
        identity.identity.owner_uid = 0;
        identity.identity.runtime = PL_RUNTIME_DOCKER;
        assert_false(match(NULL, 0).flags & PL_CGROUP_SYSTEM);
        identity.identity.runtime = PL_RUNTIME_SYSTEMD;
        strcpy(identity.path, "/system.slicer/x.service");
        assert_false(match(NULL, 0).flags & PL_CGROUP_SYSTEM);
}

/* A container of a pod that has its names. */
static void make_pod(void)
{
        make("x.scope");
        identity.identity.path = "/kubepods.slice/kubepods-besteffort.slice/x.scope";
        identity.identity.kind = PL_WORKLOAD_CONTAINER;
        identity.identity.qos = PL_QOS_BEST_EFFORT;
        identity.identity.k8s_pod = "api-0";
}

/* Kubelet's own, unless a profile says that it is not. */
static void pods_are_observed_unless_it_is_said(void **state)
{
        const struct pl_policy *policy = rig_policy(policy_words);
        struct pl_journal_row row;

        (void) state;
        make_pod();
        identity.identity.qos = PL_QOS_BURSTABLE;
        row = match(policy, 0);
        assert_int_equal(row.profile, PODS);
        assert_true(row.flags & PL_CGROUP_OBSERVED);
        identity.identity.qos = PL_QOS_BEST_EFFORT;
        row = match(policy, 0);
        assert_int_equal(row.profile, MINE);
        assert_false(row.flags & PL_CGROUP_OBSERVED);
        assert_true(row.flags & PL_CGROUP_POD);
        assert_true(match(NULL, 0).flags & PL_CGROUP_OBSERVED);
}

static void a_pod_without_a_profile_is_observed(void **state)
{
        const struct pl_policy *policy = rig_policy(
                "// origin: a.json\n{ \"profile\": \"other\", \"kubepods\": \"enforce\",\n"
                "  \"match\": [ { \"unit\": \"other*\" } ] }\n");

        (void) state;
        make_pod();
        assert_int_equal(match(policy, 0).profile, UINT32_MAX);
        assert_true(match(policy, 0).flags & PL_CGROUP_OBSERVED);
        identity.identity.unit = "other.scope";
        assert_false(match(policy, 0).flags & PL_CGROUP_OBSERVED);
        identity.identity.k8s_pod = NULL;
        assert_true(match(policy, 0).flags & PL_CGROUP_OBSERVED);
        /* What is no pod is nobody's to leave alone. */
        make("x.scope");
        assert_false(match(policy, 0).flags & (PL_CGROUP_OBSERVED | PL_CGROUP_POD));
}

/* However wide a profile matches: containers do not go on without them. */
static void what_a_runtime_keeps_beside_containers_is_protected(void **state)
{
        const struct pl_policy *policy = rig_policy(
                "// origin: a.json\n{ \"profile\": \"all\", \"match\": [ { \"path\": \"**\", "
                "\"owner\": \"any\" } ] }\n");
        static const int kinds[] = { PL_WORKLOAD_HELPER, PL_WORKLOAD_SANDBOX };

        (void) state;
        for (size_t i = 0; i < PL_ARRAY_LENGTH(kinds); i++) {
                make("x.scope");
                identity.identity.kind = kinds[i];
                assert_int_equal(match(policy, 0).profile, UINT32_MAX);
                assert_true(match(policy, 0).flags & PL_CGROUP_PROTECTED);
                identity.identity.owner_uid = 1000;
                assert_int_equal(match(policy, 0).profile, 0);
                assert_false(match(policy, 0).flags & PL_CGROUP_PROTECTED);
        }
}

/* Whatever a profile says: pauses, what was promised in full, what a node cannot do without, and what it runs by itself. */
static void what_is_kubelets_own_is_observed(void **state)
{
        const struct pl_policy *policy = rig_policy(
                "// origin: a.json\n{ \"profile\": \"all\", \"kubepods\": \"enforce\",\n"
                "  \"match\": [ { \"path\": \"**\" } ] }\n");
        static const struct {
                int qos, kind;
                const char *pod_uid;
                struct pl_facts_score score;
                bool is_observed;
        } cases[] = {
                { PL_QOS_BURSTABLE,
                  PL_WORKLOAD_CONTAINER,
                  "12345678-1234-1234-1234-123456789abc",
                  { 900, true },
                  false },
                { PL_QOS_BEST_EFFORT,
                  PL_WORKLOAD_CONTAINER,
                  "12345678-1234-1234-1234-123456789abc",
                  { 1000, true },
                  false },
                { PL_QOS_BURSTABLE,
                  PL_WORKLOAD_SANDBOX,
                  "12345678-1234-1234-1234-123456789abc",
                  { 900, true },
                  true },
                { PL_QOS_GUARANTEED,
                  PL_WORKLOAD_CONTAINER,
                  "12345678-1234-1234-1234-123456789abc",
                  { 0, true },
                  true },
                { PL_QOS_BURSTABLE,
                  PL_WORKLOAD_CONTAINER,
                  "0123456789abcdef0123456789abcdef",
                  { 900, true },
                  true },
                { PL_QOS_BURSTABLE,
                  PL_WORKLOAD_CONTAINER,
                  "12345678-1234-1234-1234-123456789abc",
                  { -997, true },
                  true },
                { PL_QOS_BURSTABLE,
                  PL_WORKLOAD_CONTAINER,
                  "12345678-1234-1234-1234-123456789abc",
                  { 0, false },
                  true },
        };

        (void) state;
        for (size_t i = 0; i < PL_ARRAY_LENGTH(cases); i++) {
                make_pod();
                identity.identity.qos = cases[i].qos;
                identity.identity.kind = cases[i].kind;
                identity.identity.pod_uid = cases[i].pod_uid;
                assert_int_equal(!(match_with(policy, cases[i].score).flags & PL_CGROUP_OBSERVED),
                                 !cases[i].is_observed);
        }
}

static void a_holder_is_none_that_a_profile_is_for(void **state)
{
        const struct pl_policy *policy = rig_policy(policy_words);

        (void) state;
        make("plain.service");
        entry.standing.kind = PL_WORKLOAD_HOLDER;
        entry.flags = 0;
        assert_int_equal(match(policy, 0).flags, PL_CGROUP_POPULATED);
        assert_int_equal(match(policy, 0).profile, UINT32_MAX);
}

static void a_persons_session_is_ended_by_process(void **state)
{
        (void) state;
        make("session-3.scope");
        identity.identity.kind = PL_WORKLOAD_SESSION;
        assert_true(match(NULL, 0).flags & PL_CGROUP_BY_PROCESS);
}

static void a_state_changes_nothing_else(void **state)
{
        struct pl_journal_row row = { .flags = UINT32_MAX };

        (void) state;
        make("x.service");
        entry.flags = PL_CENSUS_TOLD;
        pl_facts_set_state(&entry, &row);
        assert_int_equal(row.flags,
                         (uint32_t) ~(uint32_t) (PL_CGROUP_POPULATED | PL_CGROUP_FROZEN));
        entry.flags = PL_CENSUS_TOLD | PL_CENSUS_FROZEN | PL_CENSUS_POPULATED;
        pl_facts_set_state(&entry, &row);
        assert_int_equal(row.flags, UINT32_MAX);
}

static void without_its_profile_it_may_be_touched_no_more_than_before(void **state)
{
        struct pl_journal_row row;

        (void) state;
        make("kept.service");
        row = match(rig_policy(policy_words), 42);
        pl_facts_forget_profile(&row);
        assert_int_equal(row.profile, UINT32_MAX);
        assert_string_equal(row.profile_name, "");
        assert_true(row.order == 42 && row.score_adj == 42);
        assert_int_equal(row.flags & (PL_CGROUP_PROFILE | PL_CGROUP_PROTECTED),
                         PL_CGROUP_PROTECTED);
}

static void limits_are_there_once_they_were_read(void **state)
{
        struct pl_reach reach;
        struct pl_journal_row row = {};

        (void) state;
        pl_reach_init(&reach);
        pl_facts_set_limits(&reach, &row);
        assert_true(row.limits.set == 0 && row.effective.set == 0);
        reach.stamp = 1;
        reach.own_max = 10;
        reach.max = 9;
        reach.low = (struct pl_claim){ .own = 8, .effective = 7 };
        pl_facts_set_limits(&reach, &row);
        assert_true(row.limits.set == row.effective.set && row.limits.set != 0);
        assert_true(row.limits.values[PL_LIMIT_MAX] == 10);
        assert_true(row.effective.values[PL_LIMIT_MAX] == 9);
        assert_true(row.limits.values[PL_LIMIT_HIGH] == PL_SIZE_MAX);
        assert_true(row.limits.values[PL_LIMIT_LOW] == 8);
        assert_true(row.effective.values[PL_LIMIT_LOW] == 7);
        assert_false(row.limits.set >> PL_LIMIT_OOM_GROUP & 1);
}

static void the_engine_is_given_what_counts(void **state)
{
        const struct pl_facts_policy policy = { rig_policy(policy_words), host };
        struct pl_cgroup_facts facts;
        struct pl_journal_row row;

        (void) state;
        make("batch.service");
        row = match(policy.policy, 42);
        row.parent_id = 3;
        facts = pl_facts_of(&policy, &row);
        assert_true(facts.id == 9 && facts.parent_id == 3 && facts.flags == row.flags);
        assert_true(facts.profile == BATCH && facts.order == 700 && facts.score_adj == 42);
        assert_int_equal(facts.rungs, 1U << PL_RUNG_TERM | 1U << PL_RUNG_KILL);
        assert_true(facts.grace_usec == 7000 * 1000 && facts.freeze_max_usec == 2000 * 1000);
        assert_true(facts.livelock == PL_LIVELOCK_RELAX &&
                    facts.livelock_after_usec == 8000 * 1000);
        assert_true(facts.again == PL_AGAIN_DOWN && facts.kin != 0);
        /* As long as they were not read. */
        assert_true(facts.low_bytes == 0 && facts.min_bytes == 0);
        assert_true(facts.max_bytes == PL_SIZE_MAX && facts.high_bytes == PL_SIZE_MAX &&
                    facts.swap_max_bytes == PL_SIZE_MAX);

        make("other.service");
        row = match(policy.policy, 5);
        row.limits.set = row.effective.set = UINT32_MAX;
        row.limits.values[PL_LIMIT_MAX] = 10;
        row.effective.values[PL_LIMIT_MAX] = 9;
        row.effective.values[PL_LIMIT_MIN] = 8;
        facts = pl_facts_of(&policy, &row);
        assert_int_equal(facts.rungs, 1U << PL_RUNG_KILL);
        assert_true(facts.max_bytes == 10 && facts.min_bytes == 8 && facts.order == 5);
        /* Nobody has said that more is to follow. */
        assert_true(facts.livelock == PL_LIVELOCK_ALARM && facts.again == PL_AGAIN_ALARM);
        assert_true(facts.livelock_after_usec == 60 * PL_USEC_PER_SEC);

        row.flags &= ~(uint32_t) PL_CGROUP_WORKLOAD;
        assert_int_equal(pl_facts_of(&policy, &row).rungs, 0);
        assert_int_equal(pl_facts_of(&policy, &row).kin, 0);
}

static uint32_t kin_at(enum pl_workload_kind kind, const char *profile, const char *path)
{
        const struct pl_facts_policy none = {};
        static uint64_t id;
        struct pl_journal_row row = { .id = ++id,
                                      .kind = (uint32_t) kind,
                                      .flags = PL_CGROUP_WORKLOAD };

        pl_journal_set_text(row.profile_name, sizeof row.profile_name, pl_span_of(profile));
        pl_journal_set_path(row.path, sizeof row.path, pl_span_of(path));
        return pl_facts_of(&none, &row).kin;
}

/* Another cgroup and the same service. */
static void who_returns_is_known_again(void **state)
{
        const uint32_t web = kin_at(PL_WORKLOAD_SERVICE, "api", "/system.slice/web.service");
        const uint32_t container = kin_at(PL_WORKLOAD_CONTAINER, "", "/docker/a");

        (void) state;
        assert_true(web != 0 && container != 0);
        assert_true(kin_at(PL_WORKLOAD_SERVICE, "api", "/system.slice/web.service") == web);
        assert_true(kin_at(PL_WORKLOAD_SERVICE, "", "/system.slice/web.service") != web);
        assert_true(kin_at(PL_WORKLOAD_SERVICE, "api", "/system.slice/db.service") != web);
        assert_true(kin_at(PL_WORKLOAD_SERVICE, "ap", "i/system.slice/web.service") != web);
        assert_true(kin_at(PL_WORKLOAD_SERVICE, "api", "/user.slice/web.service") != web);
        assert_true(kin_at(PL_WORKLOAD_CONTAINER, "", "/docker/a") == container);
        assert_true(kin_at(PL_WORKLOAD_CONTAINER, "", "/docker/b") != container);
}

/* A pod's containers come back under new ids, and one is not held for another. */
static void a_pods_container_has_no_kin(void **state)
{
        struct pl_journal_row row = { .flags = PL_CGROUP_WORKLOAD,
                                      .kind = PL_WORKLOAD_CONTAINER,
                                      .path = "/kubepods/burstable/pod1/a" };
        const struct pl_facts_policy none = {};

        (void) state;
        assert_true(pl_facts_of(&none, &row).kin != 0);
        row.flags |= PL_CGROUP_POD;
        assert_true(pl_facts_of(&none, &row).kin == 0);
}

/* By where it is, and by whose it is. */
static void what_is_where_pods_are_is_kubelets(void **state)
{
        static const struct {
                const char *path;
                uint32_t owner_uid;
                bool is_pod;
        } cases[] = {
                { "/kubepods.slice/kubepods-pod1.slice/cri-a.scope", 0, true },
                { "/kubepods/burstable/pod1/a", 0, true },
                { "/kubelet.slice/kubelet-kubepods.slice/kubelet-kubepods-pod1.slice/a", 0, true },
                { "/kubepods/other", 0, true },
                { "/x/kubepods/burstable/pod1/a", 0, true },
                { "/kubepods/burstable/pod1/a", 1000, false },
                { "/system.slice/kubepods-exporter.service", 0, false },
                { "/mykubepods.slice/a.service", 0, false },
                { "/kubepods", 0, true },
        };

        (void) state;
        for (size_t i = 0; i < PL_ARRAY_LENGTH(cases); i++) {
                make("x.scope");
                identity.identity.path = cases[i].path;
                identity.identity.owner_uid = cases[i].owner_uid;
                assert_row(cases[i].path,
                           !(match(NULL, 0).flags & PL_CGROUP_POD) == !cases[i].is_pod);
        }
}

/* What the profile says of kills comes before what it says of the kernel's. */
static void a_kill_takes_what_the_profile_says(void **state)
{
        static const struct {
                const char *words;
                bool by_process;
        } rows[] = {
                { "\"memory\": { \"oom_group\": true }", false },
                { "\"memory\": { \"oom_group\": false }", true },
                { "\"oom\": { \"kill\": \"process\" }", true },
                { "\"memory\": { \"oom_group\": true }, \"oom\": { \"kill\": \"process\" }", true },
                { "\"memory\": { \"oom_group\": false }, \"oom\": { \"kill\": \"workload\" }",
                  false },
        };

        (void) state;
        make("x.service");
        for (size_t i = 0; i < PL_ARRAY_LENGTH(rows); i++) {
                char text[256];

                (void) snprintf(text, sizeof text,
                                "// origin: a.json\n{ \"profile\": \"p\", %s,"
                                " \"match\": [ { \"unit\": \"x*\" } ] }\n",
                                rows[i].words);
                assert_row(rows[i].words, !(match(rig_policy(text), 0).flags &
                                            PL_CGROUP_BY_PROCESS) == !rows[i].by_process);
        }
}

/* Each of what may change makes another number, and nothing else does. */
static void a_claim_is_of_all_that_can_change(void **state)
{
        uint32_t before;

        (void) state;
        make("x.service");
        before = pl_facts_claim(&identity, known(0));
        assert_true(pl_facts_claim(&identity, (struct pl_facts_score){}) != before);
        assert_true(pl_facts_claim(&identity, known(0)) == before);
        assert_true(pl_facts_claim(&identity, known(1)) != before);
        assert_true(pl_facts_claim(&identity, known(-1)) != before);
        identity.identity.owner_uid = 1000;
        assert_true(pl_facts_claim(&identity, known(0)) != before);
        identity.identity.owner_uid = 0;
        strcpy(identity.profile, "web");
        assert_true(pl_facts_claim(&identity, known(0)) != before);
        identity.profile[0] = '\0';
        strcpy(identity.path, "/elsewhere");
        assert_true(pl_facts_claim(&identity, known(0)) == before);
}

static int tear_down(void **state)
{
        (void) state;
        while (policy_count > 0)
                pl_policy_free(policies[--policy_count]);
        return 0;
}

#define FACTS_TEST(function) cmocka_unit_test_teardown(function, tear_down)

int main(void)
{
        const struct CMUnitTest tests[] = {
                FACTS_TEST(flags_say_who_it_is),
                FACTS_TEST(a_drill_is_roots_own_and_has_no_profile),
                FACTS_TEST(a_drill_is_protected_as_anybody_is),
                FACTS_TEST(without_a_policy_it_is_what_it_is),
                FACTS_TEST(a_score_that_is_not_known_is_said_to_be),
                FACTS_TEST(what_keeps_the_host_alive_is_protected),
                FACTS_TEST(the_system_is_roots_own_units_alone),
                FACTS_TEST(pods_are_observed_unless_it_is_said),
                FACTS_TEST(a_pod_without_a_profile_is_observed),
                FACTS_TEST(what_is_kubelets_own_is_observed),
                FACTS_TEST(what_a_runtime_keeps_beside_containers_is_protected),
                FACTS_TEST(a_holder_is_none_that_a_profile_is_for),
                FACTS_TEST(a_persons_session_is_ended_by_process),
                FACTS_TEST(a_state_changes_nothing_else),
                FACTS_TEST(without_its_profile_it_may_be_touched_no_more_than_before),
                FACTS_TEST(limits_are_there_once_they_were_read),
                FACTS_TEST(the_engine_is_given_what_counts),
                FACTS_TEST(who_returns_is_known_again),
                FACTS_TEST(a_pods_container_has_no_kin),
                FACTS_TEST(what_is_where_pods_are_is_kubelets),
                FACTS_TEST(a_kill_takes_what_the_profile_says),
                FACTS_TEST(a_claim_is_of_all_that_can_change),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
