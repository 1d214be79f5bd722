/* SPDX-License-Identifier: Apache-2.0 */

/* Names as somebody would choose them who wants to be taken for another, to be overlooked, or to break the reader. */

#include "plimsoll/identity/identity.h"

#include "test.h"

#define ID     "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define SCOPE  "docker-" ID ".scope"
#define IN_POD "kubepods/pod2f4a8c1e-0b7d-4e5f-9a6b-1c2d3e4f5a6b/" ID

static struct pl_identity resolve(const char *path)
{
        struct pl_identity identity;
        size_t length;

        pl_identity_resolve(pl_span_of(path), &identity, &length);
        assert_true(length <= strlen(path));
        return identity;
}

/* What looks like a pattern and is none stays what it is otherwise. */
static void is_not_fooled(void **state)
{
        static const struct {
                const char *path, *kind;
        } rows[] = {
                { "system.slice/docker-XYZ.scope", "scope" },
                { "system.slice/docker-0123.scope", "scope" },
                { "system.slice/docker-" ID "0.scope", "scope" },
                { "system.slice/docker_" ID ".scope", "scope" },
                { "system.slice/-" ID ".scope", "scope" },
                { "system.slice/" ID ".scope", "scope" },
                { "docker/0123456789ABCDEF0123456789ABCDEF0123456789ABCDEF0123456789ABCDEF",
                  "plain" },
                { ".slice", "plain" },
                { ".service", "plain" },
                { "system.slice/.scope", "plain" },
                { "a.slice.service", "service" },
                { "a.service.slice", "holder" },
                { "A.SLICE", "plain" },
                { "user.slice/user-01000.slice/session-1.scope", "scope" },
                { "user.slice/user-4294967295.slice/session-1.scope", "scope" },
                { "user.slice/user-99999999999.slice/session-1.scope", "scope" },
                { "user.slice/user--1.slice/session-1.scope", "scope" },
                { "system.slice/user@root.service/x.service", "service" },
                { "system.slice/user@.service", "service" },
                { "system.slice/session-.scope", "scope" },
                { "kubepods.slice/kubepods-pod.slice/x.service", "service" },
                { "kubepods.slice/kubepods-podxyz.slice/x.service", "service" },
                { "kubepods/pod1234", "plain" },
                { "kubepods/pod../x", "plain" },
                { "notkubepods.slice/x.service", "service" },
                { "lxc.payload.", "plain" },
                { "lxc.monitor.", "plain" },
                { "system.slice/docker", "plain" },
                { "build/docker/" ID, "plain" },
                { "..", "plain" },
                { "system.slice//nginx.service", "service" },
        };

        (void) state;
        for (size_t i = 0; i < PL_ARRAY_LENGTH(rows); i++) {
                struct pl_identity identity = resolve(rows[i].path);

                assert_row(rows[i].path, strcmp(pl_workload_kind_word(identity.standing.kind),
                                                rows[i].kind) == 0);
        }
}

/* What is below a workload says nothing about it. */
static void what_is_inside_stays_inside(void **state)
{
        static const char *const outer[] = {
                "system.slice/docker-" ID ".scope",
                "lxc.payload.x",
                "system.slice/x.service",
                "system.slice/x.scope",
                "user.slice/user-1.slice/session-1.scope",
                "plain",
        };
        static const char *const inner[] = {
                "a.slice", "init.scope", "plimsolld.slice", SCOPE, IN_POD, "user@0.service/x.scope",
        };

        (void) state;
        for (size_t i = 0; i < PL_ARRAY_LENGTH(outer); i++)
                for (size_t j = 0; j < PL_ARRAY_LENGTH(inner); j++) {
                        struct pl_identity alone = resolve(outer[i]), with;
                        char path[512];
                        size_t length;

                        assert_true(snprintf(path, sizeof path, "%s/%s", outer[i], inner[j]) <
                                    (int) sizeof path);
                        pl_identity_resolve(pl_span_of(path), &with, &length);
                        assert_row(path, length == strlen(outer[i]));
                        assert_row(path, memcmp(&alone.standing, &with.standing,
                                                sizeof alone.standing) == 0);
                        assert_row(path, with.container_id.length == alone.container_id.length);
                        assert_row(path, pl_span_empty(with.pod) && with.qos < 0);
                }
}

/* Only names at the root, where root alone can make a cgroup, put anybody out of reach. */
static void nobody_makes_himself_vital(void **state)
{
        static const char *const paths[] = {
                "user.slice/user-1000.slice/user@1000.service/init.scope",
                "user.slice/user-1000.slice/user@1000.service/plimsolld.slice/x.service",
                "user.slice/user-1000.slice/user@1000.service/app.slice/init.scope",
                "system.slice/init.scope",
                "plain/init.scope",
                "docker/init.scope",
                "init.scope.service",
        };

        (void) state;
        for (size_t i = 0; i < PL_ARRAY_LENGTH(paths); i++)
                assert_row(paths[i], !(resolve(paths[i]).standing.flags & PL_STANDING_VITAL));
}

static void survives_any_bytes(void **state)
{
        static const char *const names[] = {
                "\n",         "\x1b[31m",    "\xff\xfe.service", "\xc3(.scope",   " ", "\\",
                "\\x",        "\\x2",        "\\xzz.service",    "\\x00.service", "@", "-",
                "app-.scope", "app--.scope", "app-@.service",    "%s%n.service"
        };
        char longest[256 + sizeof ".service"];

        (void) state;
        memset(longest, 'x', 255);
        strcpy(longest + 255 - strlen(".service"), ".service");
        assert_int_equal(strlen(longest), 255);
        for (size_t i = 0; i <= PL_ARRAY_LENGTH(names); i++)
                for (int user = 0; user < 2; user++) {
                        char path[512], buffer[512];
                        struct pl_identity identity;
                        struct pl_text text;

                        (void) snprintf(path, sizeof path, "%s%s",
                                        user ? "user.slice/user-7.slice/user@7.service/"
                                             : "system.slice/",
                                        i < PL_ARRAY_LENGTH(names) ? names[i] : longest);
                        identity = resolve(path);
                        assert_row(path, identity.standing.kind != PL_WORKLOAD_HOLDER);
                        pl_text_init(&text, buffer, sizeof buffer);
                        pl_identity_name(&identity, &text);
                        assert_row(path, text.length > 0 && !text.cut);
                        assert_row(path, strlen(buffer) == text.length);
                }
}

/* Entering part by part from what was kept of the parent says the same as resolving the whole path. */
static void what_is_kept_is_enough(void **state)
{
        static const char *const parts[] = {
                "a.slice",
                "user-5.slice",
                "user@5.service",
                "docker",
                ID,
                "libpod_parent",
                "libpod-" ID,
                "kubepods",
                "burstable",
                "pod2f4a8c1e-0b7d-4e5f-9a6b-1c2d3e4f5a6b",
                "kubepods-pod5d41402abc4b2a76b9719d911017c592.slice",
                "init.scope",
                "x.service",
                "docker-" ID ".scope",
                "session-2.scope",
                "lxc",
                "plain",
                "plimsolld.slice",
        };
        struct test_random random = { 20251121 };

        (void) state;
        for (int turn = 0; turn < 20000; turn++) {
                struct pl_identity stepwise, whole;
                struct pl_standing standing;
                char path[1024] = "";
                size_t depth = 1 + test_random_below(&random, 6), length;

                pl_identity_root(&stepwise);
                standing = stepwise.standing;
                for (size_t i = 0; i < depth && standing.kind == PL_WORKLOAD_HOLDER; i++) {
                        const char *part =
                                parts[test_random_below(&random, PL_ARRAY_LENGTH(parts))];
                        size_t used = strlen(path);

                        (void) snprintf(path + used, sizeof path - used, "/%s", part);
                        pl_identity_at(&stepwise, &standing);
                        pl_identity_enter(&stepwise, pl_span_of(part));
                        standing = stepwise.standing;
                }
                pl_identity_resolve(pl_span_of(path), &whole, &length);
                assert_row(path, length == strlen(path));
                assert_row(path, memcmp(&whole.standing, &standing, sizeof standing) == 0);
        }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(is_not_fooled),
                cmocka_unit_test(what_is_inside_stays_inside),
                cmocka_unit_test(nobody_makes_himself_vital),
                cmocka_unit_test(survives_any_bytes),
                cmocka_unit_test(what_is_kept_is_enough),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
