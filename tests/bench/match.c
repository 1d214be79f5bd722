/* SPDX-License-Identifier: Apache-2.0 */

/* Holds two workloads against 1,000 profiles of five entries each: one that the last profile takes, by its last entry, and
 * one that none takes. scripts/bench counts the instructions of match_last() and match_none() under callgrind: numbers
 * that do not depend on the machine's other work. Looking for what cannot be reached in the same policy is timed as well.
 *
 * The names are a fleet's: they begin alike and differ behind.
 */

#include "plimsoll/policy/match.h"
#include "bench.h"
#include "plimsoll/base/macro.h"
#include "policy/reach.h"

enum { TIMES = 1000, PROFILES = 1000, ENTRIES = 5, TEXT_MAX = 64 };

static struct pl_selector entries[PROFILES][ENTRIES];
static struct pl_document documents[PROFILES];
static const struct pl_document *profiles[PROFILES];
static const struct pl_policy policy = { .profile_count = PROFILES, .profiles = profiles };

static char *name(const char *before, size_t number, const char *behind)
{
        char *text = malloc(TEXT_MAX);

        pl_assert(text);
        pl_assert(snprintf(text, TEXT_MAX, "%s%zu%s", before, number, behind) < TEXT_MAX);
        return text;
}

static void build_entries(struct pl_selector entry[ENTRIES], size_t number)
{
        entry[0].labels = (struct pl_strings){ 1, { name("plimsoll.profile=team-", number, "") } };
        entry[0].fields.set = 1U << PL_SELECT_LABEL;
        entry[1].slice = name("plimsoll-team", number, ".slice");
        entry[1].fields.set = 1U << PL_SELECT_SLICE;
        entry[2].container = name("team-", number, "-*");
        entry[2].fields.set = 1U << PL_SELECT_CONTAINER;
        entry[3].image = name("*/team-", number, ":*");
        entry[3].fields.set = 1U << PL_SELECT_IMAGE;
        entry[4].k8s.namespace_ = name("team-", number, "");
        entry[4].k8s.pod = "web-*";
        entry[4].k8s.fields.set = 1U << PL_K8S_NAMESPACE | 1U << PL_K8S_POD;
        entry[4].fields.set = 1U << PL_SELECT_K8S;
}

static void build(void)
{
        for (size_t i = 0; i < PROFILES; i++) {
                build_entries(entries[i], i);
                documents[i].kind = PL_DOCUMENT_PROFILE;
                documents[i].origin = "/etc/plimsoll/policies.d/team.json";
                documents[i].profile.match = (struct pl_selectors){ ENTRIES, entries[i] };
                profiles[i] = &documents[i];
        }
}

static void done(void)
{
        for (size_t i = 0; i < PROFILES; i++) {
                free((char *) (uintptr_t) entries[i][0].labels.items[0]);
                free((char *) (uintptr_t) entries[i][1].slice);
                free((char *) (uintptr_t) entries[i][2].container);
                free((char *) (uintptr_t) entries[i][3].image);
                free((char *) (uintptr_t) entries[i][4].k8s.namespace_);
        }
}

static const struct pl_pair labels[] = {
        { "org.opencontainers.image.title", "shop" },
        { "org.opencontainers.image.version", "1.2.3" },
        { "plimsoll.profile", "team-x" },
        { "io.kubernetes.container.name", "web" },
};

/* Only the last profile knows its namespace, where there is one. */
static struct pl_workload_identity workload(const char *namespace_)
{
        return (struct pl_workload_identity){
                .path = "/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-podb3f5.slice/"
                        "cri-containerd-5d41402abc4b2a76b9719d911017c592.scope",
                .unit = "cri-containerd-5d41402abc4b2a76b9719d911017c592.scope",
                .slice = "kubepods-burstable-podb3f5.slice",
                .container = "team-shop",
                .image = "registry.example/shop/team-shop:1.2.3",
                .labels = { PL_ARRAY_LENGTH(labels), labels },
                .k8s_namespace = namespace_,
                .k8s_pod = "web-5d4f8c7b9-x2x4z",
                .k8s_container = "web",
                .qos = PL_QOS_BURSTABLE,
                .runtime = PL_RUNTIME_CONTAINERD,
        };
}

/* Two functions and not one, so that each can be counted. */
__attribute__((noinline)) static void match_last(const struct pl_workload_identity *one)
{
        size_t entry;

        pl_assert(pl_policy_match(&policy, one, &entry) == PROFILES - 1 && entry == ENTRIES - 1);
}

__attribute__((noinline)) static void match_none(const struct pl_workload_identity *one)
{
        size_t entry = 0;

        pl_assert(pl_policy_match(&policy, one, &entry) == PROFILES && entry == 0);
}

static void find_unreachable(const struct pl_workload_identity *none)
{
        static struct pl_diag diag;

        (void) none;
        pl_assert(pl_policy_find_unreachable(&policy, &diag) == 0 && diag.count == 0);
}

static void run(const char *what, size_t times, void (*pass)(const struct pl_workload_identity *),
                const struct pl_workload_identity *one)
{
        uint64_t start = bench_now_nsec();

        for (size_t i = 0; i < times; i++)
                pass(one);
        printf("%s in %d profiles of %d entries, %zu times, %.0f µs each\n", what, PROFILES,
               ENTRIES, times, (double) (bench_now_nsec() - start) / 1000 / (double) times);
}

int main(int argc, char **argv)
{
        const size_t times = bench_turns(argc, argv, TIMES);
        const struct pl_workload_identity last = workload("team-999"), none = workload(NULL);

        build();
        run("match last", times, match_last, &last);
        run("match none", times, match_none, &none);
        run("unreachable", times, find_unreachable, NULL);
        done();
        return EXIT_SUCCESS;
}
