/* SPDX-License-Identifier: Apache-2.0 */

/* Installing Plimsoll changes nobody: the shipped profiles are for those who were put under them, and the shipped host policy
 * keeps the operator's way in open.
 */

#include "plimsoll/policy/load.h"
#include "plimsoll/policy/match.h"
#include "shipped.h"
#include "test.h"

/* ---- who gets them ---- */

static const struct opting {
        const char *row;
        const char *winner; /* NULL: nobody */
        const char *path, *unit, *slice, *container;
        struct pl_pair label, xattr;
        uint32_t owner_uid;
} table_of_opting[] = {
#define PATH "/system.slice/docker-1.scope"
        { "label", "api", PATH, NULL, "system.slice", "x", { "plimsoll.profile", "api" }, {}, 0 },
        { "label of another",
          "batch",
          PATH,
          NULL,
          NULL,
          "x",
          { "plimsoll.profile", "batch" },
          {},
          0 },
        { "label that begins so",
          NULL,
          PATH,
          NULL,
          NULL,
          "x",
          { "plimsoll.profile", "api2" },
          {},
          0 },
        { "label of no profile",
          NULL,
          PATH,
          NULL,
          NULL,
          "x",
          { "plimsoll.profile", "web" },
          {},
          0 },
        { "label in capitals", NULL, PATH, NULL, NULL, "x", { "plimsoll.profile", "API" }, {}, 0 },
        { "label of another key", NULL, PATH, NULL, NULL, "x", { "profile", "api" }, {}, 0 },
        { "slice",
          "worker",
          "/plimsoll.slice/plimsoll-worker.slice/a.service",
          "a.service",
          "plimsoll-worker.slice",
          NULL,
          {},
          {},
          0 },
        { "slice that only the path shows",
          "cache",
          "/plimsoll.slice/plimsoll-cache.slice/docker-1.scope",
          NULL,
          NULL,
          "redis",
          {},
          {},
          0 },
        { "slice below",
          "database",
          "/plimsoll.slice/plimsoll-database.slice/plimsoll-database-eu.slice/pg.service",
          "pg.service",
          "plimsoll-database-eu.slice",
          NULL,
          {},
          {},
          0 },
        { "the slice above them all",
          NULL,
          "/plimsoll.slice/a.service",
          "a.service",
          "plimsoll.slice",
          NULL,
          {},
          {},
          0 },
        { "slice that begins so",
          NULL,
          "/plimsoll.slice/plimsoll-apis.slice/a.service",
          "a.service",
          "plimsoll-apis.slice",
          NULL,
          {},
          {},
          0 },
        { "attribute",
          "batch",
          "/system.slice/backup.service",
          "backup.service",
          "system.slice",
          NULL,
          {},
          { "user.plimsoll.profile", "batch" },
          0 },
        { "attribute of another name",
          NULL,
          "/system.slice/backup.service",
          "backup.service",
          "system.slice",
          NULL,
          {},
          { "trusted.plimsoll.profile", "batch" },
          0 },
        { "two of them: the first file",
          "api",
          "/plimsoll.slice/plimsoll-worker.slice/a.service",
          "a.service",
          "plimsoll-worker.slice",
          NULL,
          {},
          { "user.plimsoll.profile", "api" },
          0 },
        { "by its name alone",
          NULL,
          "/system.slice/api.service",
          "api.service",
          "system.slice",
          "api",
          {},
          {},
          0 },
        { "a database by its name alone",
          NULL,
          "/system.slice/postgresql.service",
          "postgresql.service",
          "system.slice",
          "database",
          {},
          {},
          0 },
        { "label of a user's container",
          NULL,
          "/user.slice/user-1000.slice/user@1000.service/user.slice/libpod-1.scope",
          NULL,
          NULL,
          "x",
          { "plimsoll.profile", "database" },
          {},
          1000 },
        { "slice of a user's own",
          NULL,
          "/user.slice/user-1000.slice/user@1000.service/plimsoll.slice/plimsoll-api.slice/a",
          "a.service",
          "plimsoll-api.slice",
          NULL,
          {},
          {},
          1000 },
        { "attribute of a user",
          NULL,
          "/user.slice/user-1000.slice/user@1000.service/a",
          NULL,
          NULL,
          NULL,
          {},
          { "user.plimsoll.profile", "database" },
          1000 },
        { "nothing is known", NULL, NULL, NULL, NULL, NULL, {}, {}, 0 },
#undef PATH
};

static struct pl_pairs pairs_of(const struct pl_pair *pair)
{
        return (struct pl_pairs){ pair->key != NULL, pair };
}

static void only_who_opts_in_gets_one(void **state)
{
        struct pl_policy *policy = load_shipped();

        (void) state;
        for (size_t i = 0; i < PL_ARRAY_LENGTH(table_of_opting); i++) {
                const struct opting *row = &table_of_opting[i];
                const struct pl_workload_identity workload = {
                        .path = row->path,
                        .unit = row->unit,
                        .slice = row->slice,
                        .container = row->container,
                        .labels = pairs_of(&row->label),
                        .xattrs = pairs_of(&row->xattr),
                        .qos = -1,
                        .runtime = row->container ? PL_RUNTIME_DOCKER : -1,
                        .owner_uid = row->owner_uid,
                };
                size_t winner = pl_policy_match(policy, &workload, NULL);

                if (!row->winner) {
                        assert_row(row->row, winner == policy->profile_count);
                        continue;
                }
                assert_row(row->row, winner < policy->profile_count);
                assert_row(row->row,
                           strcmp(policy->profiles[winner]->profile.name, row->winner) == 0);
        }
        pl_policy_free(policy);
}

/* Each way by itself, so that none hangs on another. */
static void each_way_in_is_an_entry_of_its_own(void **state)
{
        struct pl_policy *policy = load_shipped();

        (void) state;
        for (size_t i = 0; i < PL_ARRAY_LENGTH(names); i++) {
                const struct pl_selectors *match = &find(policy, names[i])->match;
                uint32_t keys = 0;

                assert_int_equal(match->count, 3);
                for (size_t e = 0; e < match->count; e++) {
                        assert_int_equal(__builtin_popcount(match->entries[e].fields.set), 1);
                        keys |= match->entries[e].fields.set;
                }
                assert_int_equal(keys, 1U << PL_SELECT_LABEL | 1U << PL_SELECT_SLICE |
                                               1U << PL_SELECT_XATTR);
        }
        pl_policy_free(policy);
}

/* ---- the host ---- */

static bool is_protected(const struct pl_policy *policy, const char *unit, uint32_t owner_uid)
{
        const struct pl_workload_identity workload = {
                .unit = unit, .qos = -1, .runtime = PL_RUNTIME_SYSTEMD, .owner_uid = owner_uid
        };
        const struct pl_selectors *protect = &policy->host->host.protect;

        return pl_selectors_match(protect, &workload) < protect->count;
}

static void the_way_in_is_protected(void **state)
{
        static const char *const units[] = {
                "ssh.service",
                "sshd.service",
                "sshd@3-192.0.2.1:22-192.0.2.2:51234.service",
                "systemd-logind.service",
                "getty@tty1.service",
                "serial-getty@ttyS0.service",
                "dbus.service",
                "dbus-broker.service",
                "systemd-journald.service",
                "systemd-networkd.service",
                "NetworkManager.service",
                "docker.service",
                "containerd.service",
                "crio.service",
                "podman.service",
                "kubelet.service",
                "libpod-conmon-0123456789ab.scope",
        };
        static const char *const others[] = {
                "nginx.service",        "postgresql.service", "session-2.scope",
                "user@1000.service",    "docker-01ab.scope",  "libpod-01ab.scope",
                "my-sshd-like.service", "cron.service",
        };
        struct pl_policy *policy = load_shipped();

        (void) state;
        for (size_t i = 0; i < PL_ARRAY_LENGTH(units); i++) {
                assert_row(units[i], is_protected(policy, units[i], 0));
                assert_row(units[i], !is_protected(policy, units[i], 1000));
        }
        for (size_t i = 0; i < PL_ARRAY_LENGTH(others); i++)
                assert_row(others[i], !is_protected(policy, others[i], 0));
        pl_policy_free(policy);
}

static void only_shortage_of_the_host_is_acted_upon(void **state)
{
        struct pl_policy *policy = load_shipped();

        (void) state;
        assert_true(policy->host->host.act.host);
        assert_false(policy->host->host.act.local);
        assert_int_equal(policy->host->host.mode, PL_MODE_ENFORCE);
        pl_policy_free(policy);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(only_who_opts_in_gets_one),
                cmocka_unit_test(each_way_in_is_an_entry_of_its_own),
                cmocka_unit_test(the_way_in_is_protected),
                cmocka_unit_test(only_shortage_of_the_host_is_acted_upon),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
