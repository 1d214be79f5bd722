/* SPDX-License-Identifier: Apache-2.0 */

/* Files as systemd writes them below a directory that stands for "/"; and all that lies there and is not ours. */

#include "plimsoll/host/dropins.h"

#include "kernel/tree.h"
#include "plimsoll/base/size.h"

#define HEAD                                                                                       \
        "# This is a drop-in unit file extension, created via \"systemctl set-property\"\n"        \
        "# or an equivalent operation. Do not edit.\n"

#define CONTROL "run/systemd/system.control"
#define OURS    CONTROL "/x.service.d/50-MemoryMax.conf"

static struct test_tree tree;

static int set_up(void **state)
{
        (void) state;
        test_tree_make(&tree);
        test_tree_mkdir(&tree, "run");
        test_tree_mkdir(&tree, "run/systemd");
        test_tree_mkdir(&tree, CONTROL);
        test_tree_mkdir(&tree, "run/systemd/transient");
        test_tree_mkdir(&tree, CONTROL "/x.service.d");
        test_tree_put(&tree, OURS, HEAD "[Service]\nMemoryMax=104857600\n");
        return 0;
}

static int tear_down(void **state)
{
        (void) state;
        test_tree_remove(&tree);
        return 0;
}

#define TREE_TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

static bool is_there(const char *path)
{
        return faccessat(tree.fd, path, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

static int take_back(const char *unit, uint64_t value)
{
        return pl_dropins_remove(tree.fd, unit, PL_LIMIT_MAX, value);
}

static void properties_are_systemds(void **state)
{
        (void) state;
        assert_string_equal(pl_dropin_property(PL_LIMIT_MAX), "MemoryMax");
        assert_string_equal(pl_dropin_property(PL_LIMIT_SWAP_MAX), "MemorySwapMax");
        assert_null(pl_dropin_property(PL_LIMIT_SWAP_HIGH));
        assert_null(pl_dropin_property(PL_LIMIT_OOM_GROUP));
        for (enum pl_limit i = 0; i < PL_LIMIT_COUNT; i++)
                if (pl_dropin_property(i))
                        assert_int_equal(pl_dropin_limit(pl_span_of(pl_dropin_property(i))), i);
        assert_int_equal(pl_dropin_limit(pl_span_of("CPUWeight")), PL_LIMIT_COUNT);
        assert_int_equal(pl_dropin_limit(pl_span_of("")), PL_LIMIT_COUNT);
}

static void names_are_systemds(void **state)
{
        char name[PL_DROPIN_NAME_BYTES], unit[300];

        (void) state;
        assert_string_equal(pl_dropin_name(PL_LIMIT_SWAP_MAX, name), "50-MemorySwapMax.conf");
        assert_string_equal(pl_dropin_section("x.service"), "Service");
        assert_string_equal(pl_dropin_section("a@b\\x2d:c_.scope"), "Scope");
        assert_string_equal(pl_dropin_section("-.slice"), "Slice");
        assert_null(pl_dropin_section(""));
        assert_null(pl_dropin_section(".service"));
        assert_null(pl_dropin_section("x.timer"));
        assert_null(pl_dropin_section("x.service.d"));
        assert_null(pl_dropin_section("a b.service"));
        assert_null(pl_dropin_section("a\nb.service"));
        assert_null(pl_dropin_section("../x.service"));
        assert_null(pl_dropin_section("\xc3\xa4.service"));
        memset(unit, 'x', sizeof unit);
        (void) strcpy(unit + 253 - strlen(".service"), ".service");
        assert_string_equal(pl_dropin_section(unit), "Service");
        (void) strcpy(unit + 253 - strlen(".service"), "x.service");
        assert_null(pl_dropin_section(unit));
}

static void what_is_written_is_read(void **state)
{
        static const struct {
                const char *text;
                enum pl_limit limit;
                int outcome;
                uint64_t value;
        } rows[] = {
                { HEAD "[Service]\nMemoryMax=104857600\n", PL_LIMIT_MAX, 0, 104857600 },
                { HEAD "[Scope]\nMemoryHigh=infinity\n", PL_LIMIT_HIGH, 0, PL_SIZE_MAX },
                { HEAD "[Slice]\nMemoryLow=0\n", PL_LIMIT_LOW, 0, 0 },
                { "[Service]\nMemoryZSwapWriteback=no\n", PL_LIMIT_ZSWAP_WRITEBACK, 0, 0 },
                { "[Service]\nMemoryZSwapWriteback=yes\n", PL_LIMIT_ZSWAP_WRITEBACK, 0, 1 },
                { "; words\n\n[Service]\nMemoryMax=1", PL_LIMIT_MAX, 0, 1 },
                { "[Service]\nMemoryZSwapWriteback=1\n", PL_LIMIT_ZSWAP_WRITEBACK, 2, 0 },
                { "[Service]\nMemoryMax=yes\n", PL_LIMIT_MAX, 2, 0 },
                { "[Service]\nMemoryMax=1\nMemoryMax=1\n", PL_LIMIT_MAX, 2, 0 },
                { "[Service]\nMemoryMax=1\nCPUWeight=1\n", PL_LIMIT_MAX, 2, 0 },
                { "[Service]\nMemoryMax=1\nExecStartPre=/bin/sh\n", PL_LIMIT_MAX, 2, 0 },
                { "[Service]\nMemoryHigh=1\n", PL_LIMIT_MAX, 2, 0 },
                { "[Service]\nMemoryMax=100M\n", PL_LIMIT_MAX, 2, 0 },
                { "[Service]\nMemoryMax =1\n", PL_LIMIT_MAX, 2, 0 },
                { "[Service]\nMemoryMax= 1\n", PL_LIMIT_MAX, 2, 0 },
                { "[Service]\nMemoryMax=\n", PL_LIMIT_MAX, 2, 0 },
                { "[Service]\nMemoryMax=18446744073709551616\n", PL_LIMIT_MAX, 2, 0 },
                { "[Service]\nMemoryMax=1\\\n2\n", PL_LIMIT_MAX, 2, 0 },
                { "[Service\nMemoryMax=1\n", PL_LIMIT_MAX, 2, 0 },
                { "[Service]\n", PL_LIMIT_MAX, 2, 0 },
                { "", PL_LIMIT_MAX, 2, 0 },
        };

        (void) state;
        for (size_t i = 0; i < PL_ARRAY_LENGTH(rows); i++) {
                const int outcome = rows[i].outcome ? PL_DROPINS_E_OTHER : 0;
                uint64_t value = 0;

                assert_row(rows[i].text, pl_dropin_parse(pl_span_of(rows[i].text), rows[i].limit,
                                                         &value) == outcome);
                assert_row(rows[i].text, value == rows[i].value);
        }
}

static void ours_goes_with_its_directory(void **state)
{
        uint64_t value = 0;
        uint32_t limits = 0;

        (void) state;
        assert_int_equal(pl_dropins_find(tree.fd, "x.service", &limits), 0);
        assert_int_equal(limits, 1 << PL_LIMIT_MAX);
        assert_int_equal(pl_dropins_read(tree.fd, "x.service", PL_LIMIT_MAX, &value), 0);
        assert_int_equal(value, 104857600);
        assert_int_equal(pl_dropins_read(tree.fd, "x.service", PL_LIMIT_LOW, &value),
                         PL_DROPINS_E_ABSENT);
        assert_int_equal(take_back("x.service", 104857600), 0);
        assert_false(is_there(CONTROL "/x.service.d"));
        assert_true(is_there(CONTROL));
        assert_int_equal(take_back("x.service", 104857600), PL_DROPINS_E_ABSENT);
        assert_int_equal(pl_dropins_find(tree.fd, "x.service", &limits), 0);
        assert_int_equal(limits, 0);
}

static void another_value_stays(void **state)
{
        (void) state;
        assert_int_equal(take_back("x.service", 104857601), PL_DROPINS_E_OTHER);
        assert_true(is_there(OURS));
        test_tree_put(&tree, OURS, HEAD "[Service]\nMemoryMax=104857600\nMemoryHigh=1\n");
        assert_int_equal(take_back("x.service", 104857600), PL_DROPINS_E_OTHER);
        assert_true(is_there(OURS));
}

static void what_lies_beside_it_stays(void **state)
{
        (void) state;
        test_tree_put(&tree, CONTROL "/x.service.d/50-CPUWeight.conf", "[Service]\nCPUWeight=9\n");
        assert_int_equal(take_back("x.service", 104857600), 0);
        assert_false(is_there(OURS));
        assert_true(is_there(CONTROL "/x.service.d/50-CPUWeight.conf"));
}

static void transient_units_have_theirs_elsewhere(void **state)
{
        static const char path[] = "run/systemd/transient/run-7.scope.d/50-MemorySwapMax.conf";
        uint32_t limits = 0;

        (void) state;
        test_tree_mkdir(&tree, "run/systemd/transient/run-7.scope.d");
        test_tree_put(&tree, path, HEAD "[Scope]\nMemorySwapMax=infinity\n");
        assert_int_equal(pl_dropins_find(tree.fd, "run-7.scope", &limits), 0);
        assert_int_equal(limits, 1 << PL_LIMIT_SWAP_MAX);
        assert_int_equal(pl_dropins_remove(tree.fd, "run-7.scope", PL_LIMIT_SWAP_MAX, PL_SIZE_MAX),
                         0);
        assert_false(is_there("run/systemd/transient/run-7.scope.d"));
}

/* A unit of that name was made anew, by other means. */
static void one_in_each_directory(void **state)
{
        static const char path[] = "run/systemd/transient/x.service.d/50-MemoryMax.conf";
        uint64_t value = 0;

        (void) state;
        test_tree_mkdir(&tree, "run/systemd/transient/x.service.d");
        test_tree_put(&tree, path, HEAD "[Service]\nMemoryMax=7\n");
        assert_int_equal(take_back("x.service", 104857600), 0);
        assert_false(is_there(OURS));
        assert_true(is_there(path));
        assert_int_equal(pl_dropins_read(tree.fd, "x.service", PL_LIMIT_MAX, &value), 0);
        assert_int_equal(value, 7);
        assert_int_equal(take_back("x.service", 104857600), PL_DROPINS_E_OTHER);
        assert_int_equal(take_back("x.service", 7), 0);
        assert_false(is_there(path));
}

static void no_name_leads_elsewhere(void **state)
{
        static const char *const names[] = { "",
                                             ".",
                                             "..",
                                             ".service",
                                             "x",
                                             "x.timer",
                                             "../x.service",
                                             "a/x.service",
                                             "/x.service",
                                             "x.service/",
                                             "x y.service",
                                             "x\n.service",
                                             "x\xff.service",
                                             "x.service.d",
                                             "*.service" };
        char name[300];
        uint64_t value;
        uint32_t limits;

        (void) state;
        for (size_t i = 0; i < PL_ARRAY_LENGTH(names); i++) {
                assert_row(names[i], take_back(names[i], 104857600) == PL_DROPINS_E_NAME);
                assert_row(names[i],
                           pl_dropins_find(tree.fd, names[i], &limits) == PL_DROPINS_E_NAME);
                assert_row(names[i], pl_dropins_read(tree.fd, names[i], PL_LIMIT_MAX, &value) ==
                                             PL_DROPINS_E_NAME);
        }
        memset(name, 'x', sizeof name);
        strcpy(name + 253 - 8, ".service");
        assert_int_equal(take_back(name, 1), PL_DROPINS_E_ABSENT);
        strcpy(name + 254 - 8, ".service");
        memset(name, 'x', 254 - 8);
        assert_int_equal(take_back(name, 1), PL_DROPINS_E_NAME);
        assert_int_equal(take_back("dev-sd\\x2da:b@_1.swap", 1), PL_DROPINS_E_ABSENT);
        assert_int_equal(take_back("...service", 1), PL_DROPINS_E_ABSENT);
}

static void odd_things_under_its_name_stay(void **state)
{
        char big[5000];

        (void) state;
        assert_int_equal(unlinkat(tree.fd, OURS, 0), 0);
        test_tree_put(&tree, "elsewhere", HEAD "[Service]\nMemoryMax=104857600\n");
        assert_int_equal(symlinkat("../../../../elsewhere", tree.fd, OURS), 0);
        assert_int_equal(take_back("x.service", 104857600), PL_DROPINS_E_OTHER);
        assert_int_equal(unlinkat(tree.fd, OURS, 0), 0);
        assert_int_equal(mkfifoat(tree.fd, OURS, 0600), 0);
        assert_int_equal(take_back("x.service", 104857600), PL_DROPINS_E_OTHER);
        assert_int_equal(unlinkat(tree.fd, OURS, 0), 0);
        test_tree_mkdir(&tree, OURS);
        assert_int_equal(take_back("x.service", 104857600), PL_DROPINS_E_OTHER);
        assert_int_equal(unlinkat(tree.fd, OURS, AT_REMOVEDIR), 0);
        memset(big, '\n', sizeof big - 1);
        big[sizeof big - 1] = '\0';
        memcpy(big, "MemoryMax=1", 11);
        test_tree_put(&tree, OURS, big);
        assert_int_equal(take_back("x.service", 1), PL_DROPINS_E_OTHER);
        assert_true(is_there(OURS) && is_there("elsewhere"));
}

/* A directory that is a link is none of systemd's. */
static void a_link_is_not_followed(void **state)
{
        (void) state;
        assert_int_equal(symlinkat("x.service.d", tree.fd, CONTROL "/y.service.d"), 0);
        assert_int_not_equal(take_back("y.service", 104857600), 0);
        assert_true(is_there(OURS));
}

static void without_systemd_there_is_nothing(void **state)
{
        _cleanup_close_ int fd = openat(tree.fd, CONTROL "/x.service.d",
                                        O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        uint32_t limits = 77;
        int before = test_open_fds();

        (void) state;
        assert_int_equal(pl_dropins_find(fd, "x.service", &limits), 0);
        assert_int_equal(limits, 0);
        assert_int_equal(pl_dropins_remove(fd, "x.service", PL_LIMIT_MAX, 1), PL_DROPINS_E_ABSENT);
        assert_int_equal(test_open_fds(), before);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(properties_are_systemds),
                cmocka_unit_test(names_are_systemds),
                cmocka_unit_test(what_is_written_is_read),
                TREE_TEST(ours_goes_with_its_directory),
                TREE_TEST(another_value_stays),
                TREE_TEST(what_lies_beside_it_stays),
                TREE_TEST(transient_units_have_theirs_elsewhere),
                TREE_TEST(one_in_each_directory),
                TREE_TEST(no_name_leads_elsewhere),
                TREE_TEST(odd_things_under_its_name_stay),
                TREE_TEST(a_link_is_not_followed),
                TREE_TEST(without_systemd_there_is_nothing),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
