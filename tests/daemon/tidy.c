/* SPDX-License-Identifier: Apache-2.0 */

/* The list as the daemon writes it and plimsoll-tidy.service carries it out, over a directory that stands for "/". */

#include "daemon/tidy.h"

#include <sys/file.h>

#include "kernel/tree.h"
#include "plimsoll/base/size.h"

#define MAX_OF "run/systemd/system.control/x.service.d/50-MemoryMax.conf"

static struct test_tree tree, place;
static unsigned reloads;
static const char *reload_trouble;
static struct pl_tidied tidied;

static void put_dropin(void)
{
        (void) mkdirat(tree.fd, "run/systemd/system.control/x.service.d", 0755);
        test_tree_put(&tree, MAX_OF, "# words\n[Service]\nMemoryMax=1048576\n");
}

static int set_up(void **state)
{
        (void) state;
        test_tree_make(&tree);
        test_tree_make(&place);
        test_tree_mkdir(&tree, "run");
        test_tree_mkdir(&tree, "run/systemd");
        test_tree_mkdir(&tree, "run/systemd/system.control");
        put_dropin();
        reloads = 0;
        reload_trouble = NULL;
        return 0;
}

static int tear_down(void **state)
{
        (void) state;
        test_tree_remove(&tree);
        test_tree_remove(&place);
        return 0;
}

#define TIDY_TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

static const char *reload(void *userdata)
{
        (void) userdata;
        reloads++;
        return reload_trouble;
}

static int run(void)
{
        const struct pl_tidy_options options = { place.fd, tree.fd, reload, NULL };

        return pl_tidy_run(&options, &tidied);
}

static struct pl_limits limits_of(enum pl_limit limit, uint64_t value)
{
        struct pl_limits limits = {};

        pl_limits_put(&limits, limit, value);
        return limits;
}

static int add(enum pl_limit limit, uint64_t value)
{
        const struct pl_limits limits = limits_of(limit, value);

        return pl_tidy_add(place.fd, "x.service", &limits);
}

static bool is_there(const struct test_tree *where, const char *path)
{
        return faccessat(where->fd, path, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

static void what_is_listed_goes(void **state)
{
        (void) state;
        assert_int_equal(add(PL_LIMIT_MAX, 1048576), 0);
        assert_int_equal(add(PL_LIMIT_HIGH, PL_SIZE_MAX), 0);
        assert_int_equal(add(PL_LIMIT_OOM_GROUP, 1), 0); /* no property */
        assert_string_equal(test_tree_get(&place, "tidy"),
                            "x.service MemoryMax 1048576\n"
                            "x.service MemoryHigh 18446744073709551615\n");
        assert_int_equal(run(), 0);
        assert_int_equal(tidied.removed_count, 1);
        assert_int_equal(tidied.gone_count, 1);
        assert_int_equal(reloads, 1);
        assert_false(is_there(&tree, MAX_OF));
        assert_false(is_there(&place, "tidy") || is_there(&place, "tidy.now"));
        /* Without a list there is nothing to do. */
        assert_int_equal(run(), 0);
        assert_int_equal(reloads, 1);
}

static void what_says_something_else_stays(void **state)
{
        (void) state;
        assert_int_equal(add(PL_LIMIT_MAX, 4096), 0);
        assert_int_equal(run(), 0);
        assert_int_equal(tidied.left_count, 1);
        assert_true(is_there(&tree, MAX_OF));
        assert_null(tidied.trouble);
}

/* The list stays until systemd has read its units anew; a new one is begun meanwhile. */
static void goes_on_after_trouble(void **state)
{
        (void) state;
        assert_int_equal(add(PL_LIMIT_MAX, 1048576), 0);
        reload_trouble = "systemd does not answer";
        assert_int_equal(run(), 0);
        assert_string_equal(tidied.trouble, "systemd does not answer");
        assert_true(is_there(&place, "tidy.now") && !is_there(&place, "tidy"));
        put_dropin();
        assert_int_equal(add(PL_LIMIT_MAX, 1048576), 0);
        reload_trouble = NULL;
        assert_int_equal(run(), 0);
        assert_int_equal(tidied.removed_count, 1);
        assert_int_equal(tidied.gone_count, 1);
        assert_int_equal(reloads, 2);
        assert_false(is_there(&place, "tidy.now") || is_there(&place, "tidy"));
}

/* One that was ended in the middle has removed some already. */
static void goes_on_after_an_end(void **state)
{
        (void) state;
        test_tree_put(&place, "tidy.now", "x.service MemoryMax 1048576\n");
        assert_int_equal(run(), 0);
        assert_int_equal(tidied.removed_count, 1);
        assert_int_equal(reloads, 1);
        assert_false(is_there(&place, "tidy.now"));
}

static void nonsense_is_passed_over(void **state)
{
        static const char lines[] = "\n \nx.service\nx.service MemoryMax\n"
                                    "x.service MemoryMax x\nx.service MemoryMax 1048576 \n"
                                    " MemoryMax 1048576\nx.service CPUWeight 1\n"
                                    "../x.service MemoryMax 1048576\n"
                                    "x.service  MemoryMax 1048576\n"
                                    "x.service MemoryMax 18446744073709551616\n"
                                    "x.service MemoryMax 1048576";

        (void) state;
        test_tree_put(&place, "tidy", lines);
        assert_int_equal(run(), 0);
        assert_int_equal(tidied.removed_count + tidied.left_count, 0);
        assert_int_equal(tidied.gone_count, 1); /* of the name that can be none */
        assert_true(is_there(&tree, MAX_OF));
        assert_false(is_there(&place, "tidy.now"));
}

static void a_line_that_is_too_long_is_none(void **state)
{
        struct pl_tidy_line line;
        char text[400];

        (void) state;
        memset(text, 'x', sizeof text);
        (void) snprintf(text + 255, sizeof text - 255, " MemoryMax 1");
        assert_true(pl_tidy_parse(pl_span_of(text), &line));
        assert_int_equal(strlen(line.unit), 255);
        memset(text, 'x', sizeof text);
        (void) snprintf(text + 256, sizeof text - 256, " MemoryMax 1");
        assert_false(pl_tidy_parse(pl_span_of(text), &line));
        assert_false(pl_tidy_parse(pl_span("a\0b MemoryMax 1", 15), &line));
        assert_false(pl_tidy_parse(pl_span_of(""), &line));
}

static void a_list_is_bounded(void **state)
{
        const struct pl_limits limits = limits_of(PL_LIMIT_MAX, UINT64_MAX);
        char unit[PL_TIDY_UNIT_BYTES];
        struct stat status;
        int r;

        (void) state;
        memset(unit, 'x', sizeof unit);
        (void) strcpy(unit + 253 - strlen(".service"), ".service");
        while ((r = pl_tidy_add(place.fd, unit, &limits)) == 0)
                ;
        assert_int_equal(r, PL_TIDY_E_FULL);
        assert_int_equal(fstatat(place.fd, "tidy", &status, 0), 0);
        assert_true(status.st_size <= PL_TIDY_LIST_BYTES);
        assert_int_equal(run(), 0);
        assert_int_equal(add(PL_LIMIT_MAX, 1), 0);
}

static void nobody_adds_while_it_is_taken(void **state)
{
        _cleanup_close_ int fd = -1;

        (void) state;
        assert_int_equal(add(PL_LIMIT_MAX, 1048576), 0);
        fd = openat(place.fd, "tidy", O_RDONLY | O_CLOEXEC);
        assert_true(fd >= 0);
        assert_int_equal(flock(fd, LOCK_EX), 0);
        assert_int_equal(add(PL_LIMIT_HIGH, 1), PL_TIDY_E_BUSY);
        assert_int_equal(flock(fd, LOCK_UN), 0);
        assert_int_equal(add(PL_LIMIT_HIGH, 1), 0);
}

/* Whoever could write there could have any drop-in of that form removed. */
static void what_others_may_write_is_no_list(void **state)
{
        (void) state;
        test_tree_put(&place, "tidy", "x.service MemoryMax 1048576\n");
        assert_int_equal(fchmodat(place.fd, "tidy", 0666, 0), 0);
        assert_int_equal(run(), PL_TIDY_E_DENIED);
        assert_int_equal(add(PL_LIMIT_MAX, 1), PL_TIDY_E_DENIED);
        assert_int_equal(unlinkat(place.fd, "tidy", 0), 0);
        assert_int_equal(symlinkat("elsewhere", place.fd, "tidy"), 0);
        assert_int_equal(run(), PL_TIDY_E_DENIED);
        assert_int_equal(add(PL_LIMIT_MAX, 1), PL_TIDY_E_DENIED);
        assert_false(is_there(&place, "elsewhere"));
        assert_int_equal(unlinkat(place.fd, "tidy", 0), 0);
        assert_int_equal(mkfifoat(place.fd, "tidy", 0600), 0);
        assert_int_equal(run(), PL_TIDY_E_DENIED);
        assert_int_equal(add(PL_LIMIT_MAX, 1), PL_TIDY_E_DENIED);
        assert_int_equal(unlinkat(place.fd, "tidy", 0), 0);
        test_tree_mkdir(&place, "tidy.now");
        assert_int_equal(run(), PL_TIDY_E_DENIED);
        assert_true(is_there(&tree, MAX_OF));
        assert_int_equal(reloads, 0);
}

/* A cgroup may be called anything. */
static void what_can_be_no_units_name_is_not_listed(void **state)
{
        const struct pl_limits limits = limits_of(PL_LIMIT_MAX, 1);
        char unit[600];

        (void) state;
        memset(unit, 'x', sizeof unit);
        (void) strcpy(unit + 254 - strlen(".service"), ".service");
        assert_int_equal(pl_tidy_add(place.fd, unit, &limits), PL_TIDY_E_NAME);
        (void) strcpy(unit + 500, ".service");
        assert_int_equal(pl_tidy_add(place.fd, unit, &limits), PL_TIDY_E_NAME);
        assert_int_equal(pl_tidy_add(place.fd, "", &limits), PL_TIDY_E_NAME);
        assert_int_equal(pl_tidy_add(place.fd, "a b.service", &limits), PL_TIDY_E_NAME);
        assert_int_equal(pl_tidy_add(place.fd, "a\nx.service MemoryMax 1048576\n.service", &limits),
                         PL_TIDY_E_NAME);
        assert_int_equal(pl_tidy_add(place.fd, "a/b.service", &limits), PL_TIDY_E_NAME);
        assert_int_equal(pl_tidy_add(place.fd, "plain", &limits), PL_TIDY_E_NAME);
        assert_false(is_there(&place, "tidy"));
}

/* ---- forgetting ---- */

static void what_is_forgotten_stays(void **state)
{
        (void) state;
        assert_int_equal(pl_tidy_forget(place.fd), 0);
        assert_int_equal(add(PL_LIMIT_MAX, 1048576), 0);
        test_tree_put(&place, "tidy.now", "x.service MemoryMax 1048576\n");
        assert_int_equal(pl_tidy_forget(place.fd), 0);
        assert_false(is_there(&place, "tidy") || is_there(&place, "tidy.now"));
        assert_int_equal(run(), 0);
        assert_int_equal(reloads, 0);
        assert_true(is_there(&tree, MAX_OF));
}

static void not_while_somebody_adds(void **state)
{
        _cleanup_close_ int fd = -1;

        (void) state;
        assert_int_equal(add(PL_LIMIT_MAX, 1048576), 0);
        fd = openat(place.fd, "tidy", O_RDONLY | O_CLOEXEC);
        assert_int_equal(flock(fd, LOCK_EX), 0);
        assert_int_equal(pl_tidy_forget(place.fd), PL_TIDY_E_BUSY);
        assert_true(is_there(&place, "tidy"));
}

static int forgotten;

static const char *forget_meanwhile(void *userdata)
{
        (void) userdata;
        forgotten = pl_tidy_forget(place.fd);
        return reload_trouble;
}

/* Both on the list that it has taken, and on one that a run before it has left. */
static void not_while_it_is_carried_out(void **state)
{
        const struct pl_tidy_options options = { place.fd, tree.fd, forget_meanwhile, NULL };

        (void) state;
        reload_trouble = "systemd does not answer";
        assert_int_equal(add(PL_LIMIT_MAX, 1048576), 0);
        for (unsigned i = 0; i < 2; i++) {
                forgotten = 0;
                assert_int_equal(pl_tidy_run(&options, &tidied), 0);
                assert_int_equal(forgotten, PL_TIDY_E_BUSY);
                assert_true(is_there(&place, "tidy.now"));
        }
        assert_int_equal(pl_tidy_forget(place.fd), 0);
        assert_false(is_there(&place, "tidy.now"));
}

static void what_is_no_list_is_not_forgotten(void **state)
{
        (void) state;
        test_tree_mkdir(&place, "tidy.now");
        assert_int_equal(pl_tidy_forget(place.fd), PL_TIDY_E_DENIED);
        assert_int_equal(symlinkat("elsewhere", place.fd, "tidy"), 0);
        assert_int_equal(pl_tidy_forget(place.fd), PL_TIDY_E_DENIED);
        assert_true(is_there(&place, "tidy") && is_there(&place, "tidy.now"));
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                TIDY_TEST(what_is_listed_goes),
                TIDY_TEST(what_says_something_else_stays),
                TIDY_TEST(goes_on_after_trouble),
                TIDY_TEST(goes_on_after_an_end),
                TIDY_TEST(nonsense_is_passed_over),
                TIDY_TEST(a_line_that_is_too_long_is_none),
                TIDY_TEST(a_list_is_bounded),
                TIDY_TEST(nobody_adds_while_it_is_taken),
                TIDY_TEST(what_others_may_write_is_no_list),
                TIDY_TEST(what_can_be_no_units_name_is_not_listed),
                TIDY_TEST(what_is_forgotten_stays),
                TIDY_TEST(not_while_somebody_adds),
                TIDY_TEST(not_while_it_is_carried_out),
                TIDY_TEST(what_is_no_list_is_not_forgotten),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
