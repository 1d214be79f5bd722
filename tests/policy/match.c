/* SPDX-License-Identifier: Apache-2.0 */

/* Selectors against workloads: each key by itself, all together, what is told when one fails, and who wins. */

#include "plimsoll/policy/match.h"

#include "selector.h"

static const struct pl_pair labels[] = {
        { "com.example.tier", "gold" },
        { "plimsoll.profile", "web" },
        { "empty", "" },
        { "void", NULL },
};

static const struct pl_pair xattrs[] = { { "user.plimsoll.profile", "web" } };

/* A container that has everything. */
static const struct pl_workload_identity full = {
        .path = "/plimsoll.slice/plimsoll-web.slice/web-1.scope/inner",
        .unit = "web-1.scope",
        .slice = "plimsoll-web.slice",
        .container = "web-1",
        .image = "registry.example:5000/team/web:1.2",
        .labels = { PL_ARRAY_LENGTH(labels), labels },
        .xattrs = { PL_ARRAY_LENGTH(xattrs), xattrs },
        .k8s_namespace = "shop",
        .k8s_pod = "web-7f9c-x2",
        .k8s_container = "web",
        .qos = PL_QOS_BURSTABLE,
        .runtime = PL_RUNTIME_CONTAINERD,
        .owner_uid = 0,
};

static const struct pl_workload_identity empty = { .qos = -1, .runtime = -1 };

static const struct {
        const char *selector;
        bool holds;
        enum pl_selector_key key;
        enum pl_kubernetes_selector_key k8s_key;
        const char *wanted, *found;
} keys[] = {
        { "path=/plimsoll.slice/plimsoll-web.slice/web-1.scope/inner", .holds = true },
        { "path=/plimsoll.slice/**", .holds = true },
        { "path=/plimsoll.slice/plimsoll-web.slice/web-1.scope/inner/**", .holds = true },
        { "path=/**/web-?.scope/*", .holds = true },
        { "path=**/inner/**", .holds = true },
        { "path=**", .holds = true },
        { "path=/plimsoll.slice/*", false, PL_SELECT_PATH, 0, "/plimsoll.slice/*",
          "/plimsoll.slice/plimsoll-web.slice/web-1.scope/inner" },
        { "path=/plimsoll", false, PL_SELECT_PATH, 0, "/plimsoll",
          "/plimsoll.slice/plimsoll-web.slice/web-1.scope/inner" },
        { "unit=web-1.scope", .holds = true },
        { "unit=web-*", .holds = true },
        { "unit=web-1.scop", false, PL_SELECT_UNIT, 0, "web-1.scop", "web-1.scope" },
        { "unit=web-1.scope2", false, PL_SELECT_UNIT, 0, "web-1.scope2", "web-1.scope" },
        { "slice=plimsoll-web.slice", .holds = true },
        { "slice=plimsoll-*.slice", .holds = true },
        { "slice=plimsoll.slice", .holds = true },
        { "slice=web-1.scope", false, PL_SELECT_SLICE, 0, "web-1.scope", "plimsoll-web.slice" },
        { "slice=plimsoll", false, PL_SELECT_SLICE, 0, "plimsoll", "plimsoll-web.slice" },
        { "container=web-1", .holds = true },
        { "container=*", .holds = true },
        { "container=[wx]eb-[0-9]", .holds = true },
        { "container=db-*", false, PL_SELECT_CONTAINER, 0, "db-*", "web-1" },
        { "container=WEB-1", false, PL_SELECT_CONTAINER, 0, "WEB-1", "web-1" },
        { "image=registry.example:5000/team/web:1.2", .holds = true },
        { "image=*/web:1*", .holds = true },
        { "image=web:*", false, PL_SELECT_IMAGE, 0, "web:*", "registry.example:5000/team/web:1.2" },
        { "label=plimsoll.profile", .holds = true },
        { "label=plimsoll.profile=web", .holds = true },
        { "label=plimsoll.profile=w*", .holds = true },
        { "label=empty=*", .holds = true },
        { "label=void", .holds = true },
        { "label=void=*", false, PL_SELECT_LABEL, 0, "void=*", NULL },
        { "label=empty=?", false, PL_SELECT_LABEL, 0, "empty=?", "" },
        { "label=plimsoll.profile=batch", false, PL_SELECT_LABEL, 0, "plimsoll.profile=batch",
          "web" },
        { "label=plimsoll.profil", false, PL_SELECT_LABEL, 0, "plimsoll.profil", NULL },
        { "label=plimsoll.profile2", false, PL_SELECT_LABEL, 0, "plimsoll.profile2", NULL },
        { "label=plimsoll.*=web", false, PL_SELECT_LABEL, 0, "plimsoll.*=web", NULL },
        { "label=plimsoll.profile=web=2", false, PL_SELECT_LABEL, 0, "plimsoll.profile=web=2",
          "web" },
        { "label=plimsoll.profile label=com.example.tier=g*", .holds = true },
        { "label=plimsoll.profile label=com.example.tier=silver label=none", false, PL_SELECT_LABEL,
          0, "com.example.tier=silver", "gold" },
        { "label=none label=com.example.tier=silver", false, PL_SELECT_LABEL, 0, "none", NULL },
        { "runtime=containerd", .holds = true },
        { "runtime=systemd", false, PL_SELECT_RUNTIME, 0, "systemd", "containerd" },
        { "namespace=shop", .holds = true },
        { "namespace=s*", .holds = true },
        { "namespace=kube-system", false, PL_SELECT_K8S, PL_K8S_NAMESPACE, "kube-system", "shop" },
        { "pod=web-*", .holds = true },
        { "pod=web", false, PL_SELECT_K8S, PL_K8S_POD, "web", "web-7f9c-x2" },
        { "k8s-container=web", .holds = true },
        { "k8s-container=sidecar", false, PL_SELECT_K8S, PL_K8S_CONTAINER, "sidecar", "web" },
        { "qos=Burstable", .holds = true },
        { "qos=Guaranteed", false, PL_SELECT_K8S, PL_K8S_QOS, "Guaranteed", "Burstable" },
        { "qos=BestEffort pod=x", false, PL_SELECT_K8S, PL_K8S_POD, "x", "web-7f9c-x2" },
        { "xattr=user.plimsoll.profile", .holds = true },
        { "xattr=user.plimsoll.profile=web", .holds = true },
        { "xattr=plimsoll.profile=web", false, PL_SELECT_XATTR, 0, "plimsoll.profile=web", NULL },
        { "xattr=user.plimsoll.profile=w", false, PL_SELECT_XATTR, 0, "user.plimsoll.profile=w",
          "web" },
        { "owner=0-0", .holds = true },
        { "owner=any", .holds = true },
        { "owner=1-4294967295", false, PL_SELECT_OWNER, 0, NULL, NULL },
        { "owner=5-9 unit=x", false, PL_SELECT_UNIT, 0, "x", "web-1.scope" },
};

static bool same_text(const char *a, const char *b)
{
        return a && b ? strcmp(a, b) == 0 : a == b;
}

static void each_key_alone(void **state)
{
        (void) state;
        for (size_t i = 0; i < PL_ARRAY_LENGTH(keys); i++) {
                const char *row = keys[i].selector;
                struct pl_mismatch mismatch = { .key = PL_SELECT_KEYS };
                struct test_selector keeper;

                test_selector_parse(&keeper, row, 1);
                assert_row(row, pl_selector_matches(&keeper.selector, &full, &mismatch) ==
                                        keys[i].holds);
                assert_row(row,
                           pl_selector_matches(&keeper.selector, &full, NULL) == keys[i].holds);
                if (keys[i].holds) {
                        assert_row(row, mismatch.key == PL_SELECT_KEYS);
                        continue;
                }
                assert_row(row, mismatch.key == keys[i].key);
                assert_row(row,
                           mismatch.key != PL_SELECT_K8S || mismatch.k8s_key == keys[i].k8s_key);
                assert_row(row, same_text(mismatch.wanted, keys[i].wanted));
                assert_row(row, same_text(mismatch.found, keys[i].found));
        }
}

/* What a workload has not matches nothing: also "*", also the first word of a list. */
static void what_is_absent_never_matches(void **state)
{
        static const char *const rows[] = {
                "path=/*", "unit=*",    "slice=*",         "container=*",    "image=*",
                "label=a", "label=a=*", "runtime=systemd", "namespace=*",    "pod=*",
                "xattr=a", "xattr=a=*", "k8s-container=*", "qos=Guaranteed",
        };

        (void) state;
        for (size_t i = 0; i < PL_ARRAY_LENGTH(rows); i++) {
                struct pl_mismatch mismatch = { .found = "?" };
                struct test_selector keeper;

                test_selector_parse(&keeper, rows[i], 1);
                assert_row(rows[i], !pl_selector_matches(&keeper.selector, &empty, &mismatch));
                assert_row(rows[i], mismatch.wanted != NULL && mismatch.found == NULL);
                assert_row(rows[i], mismatch.key == (enum pl_selector_key) __builtin_ctz(
                                                            keeper.selector.fields.set));
        }
}

static const char everything[] =
        "path=/plimsoll.slice/** unit=*.scope slice=plimsoll.slice container=web-? image=*web* "
        "label=empty runtime=containerd namespace=shop pod=web-* k8s-container=web qos=Burstable "
        "xattr=user.plimsoll.profile=web owner=0-0";

/* Takes one thing from the workload. */
static void take(struct pl_workload_identity *workload, enum pl_selector_key key)
{
        const char **texts[] = {
                [PL_SELECT_PATH] = &workload->path,   [PL_SELECT_UNIT] = &workload->unit,
                [PL_SELECT_SLICE] = &workload->slice, [PL_SELECT_CONTAINER] = &workload->container,
                [PL_SELECT_IMAGE] = &workload->image, [PL_SELECT_K8S] = &workload->k8s_pod,
        };

        if (key < PL_ARRAY_LENGTH(texts) && texts[key])
                *texts[key] = NULL;
        else if (key == PL_SELECT_LABEL)
                workload->labels.count = 0;
        else if (key == PL_SELECT_XATTR)
                workload->xattrs.count = 0;
        else if (key == PL_SELECT_RUNTIME)
                workload->runtime = -1;
        else
                workload->owner_uid = 1000;
        if (key == PL_SELECT_SLICE)
                workload->path = "/plimsoll.slice.d/web.scope";
}

static void all_keys_have_to_hold_and_the_first_that_fails_is_told(void **state)
{
        struct test_selector keeper;
        struct pl_mismatch mismatch;

        (void) state;
        test_selector_parse(&keeper, everything, 1);
        assert_int_equal(keeper.selector.fields.set, (1U << PL_SELECT_KEYS) - 1);
        assert_true(pl_selector_matches(&keeper.selector, &full, NULL));

        for (unsigned first = 0; first < PL_SELECT_KEYS; first++) {
                struct pl_workload_identity one = full, all = full;

                /* The path is what fails first where it is taken for the sake of the slice. */
                keeper.selector.path = first == PL_SELECT_SLICE ? "**" : "/plimsoll.slice/**";
                take(&one, first);
                assert_false(pl_selector_matches(&keeper.selector, &one, &mismatch));
                assert_int_equal(mismatch.key, first);
                for (unsigned key = first; key < PL_SELECT_KEYS; key++)
                        if (key != PL_SELECT_SLICE || first == PL_SELECT_SLICE)
                                take(&all, key);
                assert_false(pl_selector_matches(&keeper.selector, &all, &mismatch));
                assert_int_equal(mismatch.key, first);
        }
}

static const struct {
        const char *name, *slice, *path, *pattern;
        bool holds;
} slices[] = {
        { "its own", "plimsoll-batch.slice", "/x", "plimsoll-batch.slice", true },
        { "on the path", NULL, "/plimsoll-batch.slice/x.scope", "plimsoll-batch.slice", true },
        { "above its own", "plimsoll-batch-night.slice",
          "/plimsoll.slice/plimsoll-batch.slice/plimsoll-batch-night.slice/x.scope",
          "plimsoll-batch.slice", true },
        { "the first of the path", NULL, "/a.slice/b.slice/c", "a.slice", true },
        { "the last of the path", NULL, "/a/b/c.slice", "c.slice", true },
        { "a part that is none", NULL, "/a.slice/docker/c", "docker", false },
        { "a part that is none, by a star", NULL, "/a/b", "*", false },
        { "a star takes any", NULL, "/a.slice/b", "*", true },
        { "the beginning of one", NULL, "/ab.slice/c", "ab", false },
        { "one that goes on", NULL, "/ab.slice2/c", "ab.slice", false },
        { "one that goes on, by a star", NULL, "/ab.slice2/c", "ab*", false },
        { "one that began before", NULL, "/xab.slice/c", "ab.slice", false },
        { "two parts", NULL, "/a.slice/b.slice", "a.slice/b.slice", false },
        { "a star does not go over parts", NULL, "/a/b.slice", "a*", false },
        { "a slice that is not on the path, either", "a.slice", "/b.slice", "b.slice", true },
        { "no path and no slice", NULL, NULL, "*", false },
        { "the root", NULL, "/", "*", false },
        { "an empty path", NULL, "", "*", false },
        { "a longer pattern", NULL, "/a.slice", "a.slices", false },
        { "letters behind a common beginning", NULL, "/plimsoll-a.slice/plimsoll-b.slice/x",
          "plimsoll-b.slice", true },
};

static void a_slice_and_all_below_it(void **state)
{
        (void) state;
        for (size_t i = 0; i < PL_ARRAY_LENGTH(slices); i++) {
                struct pl_workload_identity workload = empty;
                struct pl_selector selector = { .slice = slices[i].pattern };

                workload.slice = slices[i].slice;
                workload.path = slices[i].path;
                test_selector_give(&selector, PL_SELECT_SLICE);
                assert_row(slices[i].name,
                           pl_selector_matches(&selector, &workload, NULL) == slices[i].holds);
        }
}

static void a_label_that_is_there_twice_may_match_by_either(void **state)
{
        static const struct pl_pair twice[] = { { "k", "one" }, { "other", "x" }, { "k", "two" } };
        struct pl_workload_identity workload = empty;
        struct pl_mismatch mismatch;
        struct test_selector keeper;

        (void) state;
        workload.labels = (struct pl_pairs){ PL_ARRAY_LENGTH(twice), twice };
        test_selector_parse(&keeper, "label=k=two label=k=one label=k", 1);
        assert_true(pl_selector_matches(&keeper.selector, &workload, NULL));
        test_selector_parse(&keeper, "label=k=three", 1);
        assert_false(pl_selector_matches(&keeper.selector, &workload, &mismatch));
        assert_string_equal(mismatch.found, "one");
}

static void the_first_entry_of_the_first_profile_wins(void **state)
{
        static const char *const lines[3][2] = {
                { "container=db-*", "image=*/db:*" },
                { "unit=none", "container=web-*" },
                { "container=web-1", "container=*" },
        };
        struct test_selector keepers[3][2];
        struct pl_selector entries[3][2];
        struct pl_document documents[3] = {};
        const struct pl_document *profiles[3];
        struct pl_policy policy = { .profile_count = 3, .profiles = profiles };
        struct pl_workload_identity workload = full;
        size_t entry = 77;

        (void) state;
        for (size_t i = 0; i < 3; i++) {
                for (size_t k = 0; k < 2; k++) {
                        test_selector_parse(&keepers[i][k], lines[i][k], 1);
                        entries[i][k] = keepers[i][k].selector;
                }
                documents[i].profile.match = (struct pl_selectors){ 2, entries[i] };
                profiles[i] = &documents[i];
        }

        assert_int_equal(pl_policy_match(&policy, &workload, &entry), 1);
        assert_int_equal(entry, 1);
        assert_int_equal(pl_selectors_match(&documents[0].profile.match, &workload), 2);
        assert_int_equal(pl_selectors_match(&documents[2].profile.match, &workload), 0);

        workload.image = "x/db:1";
        assert_int_equal(pl_policy_match(&policy, &workload, &entry), 0);
        assert_int_equal(entry, 1);

        workload = full;
        workload.container = "cache";
        assert_int_equal(pl_policy_match(&policy, &workload, NULL), 2);

        /* What a runtime keeps beside its containers is nobody's; but a user may call his own by any name. */
        workload.kind = PL_WORKLOAD_HELPER;
        assert_int_equal(pl_policy_match(&policy, &workload, NULL), 3);
        workload.kind = PL_WORKLOAD_SANDBOX;
        assert_int_equal(pl_policy_match(&policy, &workload, NULL), 3);
        workload.owner_uid = 1000;
        assert_false(pl_workload_is_runtimes_own(&workload));
        workload.kind = PL_WORKLOAD_CONTAINER;
        workload.owner_uid = 0;
        assert_int_equal(pl_policy_match(&policy, &workload, NULL), 2);

        entry = 77;
        workload.owner_uid = 1000;
        assert_int_equal(pl_policy_match(&policy, &workload, &entry), 3);
        assert_int_equal(entry, 77);
        policy.profile_count = 0;
        assert_int_equal(pl_policy_match(&policy, &full, &entry), 0);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(each_key_alone),
                cmocka_unit_test(what_is_absent_never_matches),
                cmocka_unit_test(all_keys_have_to_hold_and_the_first_that_fails_is_told),
                cmocka_unit_test(a_slice_and_all_below_it),
                cmocka_unit_test(a_label_that_is_there_twice_may_match_by_either),
                cmocka_unit_test(the_first_entry_of_the_first_profile_wins),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
