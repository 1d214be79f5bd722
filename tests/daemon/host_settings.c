/* SPDX-License-Identifier: Apache-2.0 */

/* A policy, a /proc of three files and what the host's memory is, and the daemon's directory, in which the log is. */

#include "daemon/host_settings.h"

#include <sys/file.h>

#include "kernel/tree.h"

#define VM(what) "{ \"host\": \"here\", \"vm\": { " what " } }\n"

static struct test_tree proc, place, policies;
static struct pl_host_settings_options options;
static const char *directories[2];

static int set_up(void **state)
{
        (void) state;
        test_tree_make(&proc);
        test_tree_make(&place);
        test_tree_make(&policies);
        test_tree_mkdir(&proc, "sys");
        test_tree_mkdir(&proc, "sys/vm");
        test_tree_mkdir(&proc, "sys/kernel");
        test_tree_mkdir(&proc, "sys/kernel/random");
        test_tree_put(&proc, "sys/kernel/random/boot_id", "3c6d6cd6-7b1e-4d0c-8a5b-0123456789ab\n");
        assert_int_equal(symlinkat(FIXTURES "/proc/meminfo-6.1", proc.fd, "meminfo"), 0);
        test_tree_put(&proc, "sys/vm/swappiness", "60\n");
        test_tree_put(&proc, "sys/vm/watermark_scale_factor", "10\n");
        test_tree_put(&proc, "sys/vm/min_free_kbytes", "45056\n");
        directories[0] = policies.path;
        options = (struct pl_host_settings_options){ proc.fd, place.path, directories };
        return 0;
}

static int tear_down(void **state)
{
        (void) state;
        test_tree_remove(&proc);
        test_tree_remove(&place);
        test_tree_remove(&policies);
        return 0;
}

#define PLACE_TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

static enum pl_daemon_exit apply(const char *policy)
{
        test_tree_put(&policies, "host.json", policy);
        return pl_host_settings_apply(&options);
}

static void assert_settings(const char *swappiness, const char *factor, const char *min_free)
{
        assert_string_equal(test_tree_get(&proc, "sys/vm/swappiness"), swappiness);
        assert_string_equal(test_tree_get(&proc, "sys/vm/watermark_scale_factor"), factor);
        assert_string_equal(test_tree_get(&proc, "sys/vm/min_free_kbytes"), min_free);
}

static bool has_log(void)
{
        return faccessat(place.fd, "host/originals", F_OK, 0) == 0;
}

static void all_three_there_and_back(void **state)
{
        (void) state;
        assert_int_equal(apply(VM("\"swappiness\": 10, \"watermark_scale_factor\": 50, "
                                  "\"min_free\": \"1%\"")),
                         PL_DAEMON_FINE);
        assert_settings("10\n", "50\n", "163932\n");
        assert_int_equal(pl_host_settings_restore(&options), PL_DAEMON_FINE);
        assert_settings("60\n", "10\n", "45056\n");
        assert_int_equal(pl_host_settings_restore(&options), PL_DAEMON_FINE);
}

static void what_the_policy_says_no_longer_goes_back(void **state)
{
        (void) state;
        assert_int_equal(apply(VM("\"swappiness\": 10, \"min_free\": \"128MiB\"")), PL_DAEMON_FINE);
        assert_settings("10\n", "10\n", "131072\n");
        assert_int_equal(apply(VM("\"swappiness\": 20")), PL_DAEMON_FINE);
        assert_settings("20\n", "10\n", "45056\n");
        assert_int_equal(unlinkat(policies.fd, "host.json", 0), 0);
        assert_int_equal(pl_host_settings_apply(&options), PL_DAEMON_FINE);
        assert_settings("60\n", "10\n", "45056\n");
}

/* And what an observing host sets is nothing. */
static void nothing_is_wanted(void **state)
{
        (void) state;
        assert_int_equal(apply("{ \"host\": \"here\" }\n"), PL_DAEMON_FINE);
        assert_false(has_log());
        assert_int_equal(apply("{ \"host\": \"here\", \"mode\": \"observe\", "
                               "\"vm\": { \"swappiness\": 10 } }\n"),
                         PL_DAEMON_FINE);
        assert_settings("60\n", "10\n", "45056\n");
        assert_false(has_log());
}

static void a_policy_that_is_not_sound_changes_nothing(void **state)
{
        static const char *const wrong[] = {
                "{",
                VM("\"swappiness\": 201"),
                VM("\"swappiness\": -1"),
                VM("\"watermark_scale_factor\": 0"),
                VM("\"min_free\": \"lots\""),
        };

        (void) state;
        assert_int_equal(apply(VM("\"swappiness\": 10")), PL_DAEMON_FINE);
        for (size_t i = 0; i < PL_ARRAY_LENGTH(wrong); i++)
                assert_row(wrong[i], apply(wrong[i]) == PL_DAEMON_POLICY);
        assert_settings("10\n", "10\n", "45056\n");
        /* It can be put back nevertheless. */
        assert_int_equal(pl_host_settings_restore(&options), PL_DAEMON_FINE);
        assert_settings("60\n", "10\n", "45056\n");
}

static void somebody_elses_later_value_stays(void **state)
{
        (void) state;
        assert_int_equal(apply(VM("\"swappiness\": 10, \"watermark_scale_factor\": 50")),
                         PL_DAEMON_FINE);
        test_tree_put(&proc, "sys/vm/swappiness", "33\n");
        assert_int_equal(pl_host_settings_restore(&options), PL_DAEMON_FINE);
        assert_settings("33\n", "10\n", "45056\n");
}

/* The others are set, and what was not can be tried again. */
static void one_that_cannot_be_set(void **state)
{
        (void) state;
        assert_int_equal(unlinkat(proc.fd, "sys/vm/watermark_scale_factor", 0), 0);
        test_tree_mkdir(&proc, "sys/vm/watermark_scale_factor");
        assert_int_equal(apply(VM("\"swappiness\": 10, \"watermark_scale_factor\": 50, "
                                  "\"min_free\": \"128MiB\"")),
                         PL_DAEMON_FAILED);
        assert_string_equal(test_tree_get(&proc, "sys/vm/swappiness"), "10\n");
        assert_string_equal(test_tree_get(&proc, "sys/vm/min_free_kbytes"), "131072\n");
        assert_int_equal(pl_host_settings_restore(&options), PL_DAEMON_FINE);
        assert_string_equal(test_tree_get(&proc, "sys/vm/swappiness"), "60\n");
}

/* What cannot be put back now is put back later. */
static void one_that_cannot_be_put_back(void **state)
{
        (void) state;
        assert_int_equal(apply(VM("\"swappiness\": 10, \"min_free\": \"128MiB\"")), PL_DAEMON_FINE);
        assert_int_equal(renameat(proc.fd, "sys/vm/swappiness", proc.fd, "sys/vm/away"), 0);
        assert_int_equal(pl_host_settings_restore(&options), PL_DAEMON_FAILED);
        assert_string_equal(test_tree_get(&proc, "sys/vm/min_free_kbytes"), "45056\n");
        assert_int_equal(renameat(proc.fd, "sys/vm/away", proc.fd, "sys/vm/swappiness"), 0);
        assert_int_equal(pl_host_settings_restore(&options), PL_DAEMON_FINE);
        assert_settings("60\n", "10\n", "45056\n");
}

/* A boot later the host has its own again, and nothing of ours. */
static void another_boot_begins_anew(void **state)
{
        (void) state;
        assert_int_equal(apply(VM("\"swappiness\": 10")), PL_DAEMON_FINE);
        test_tree_put(&proc, "sys/kernel/random/boot_id", "4c6d6cd6-7b1e-4d0c-8a5b-0123456789ab\n");
        assert_int_equal(pl_host_settings_restore(&options), PL_DAEMON_FINE);
        assert_settings("10\n", "10\n", "45056\n");
}

/* What it knew is lost, and that is no good end; the next run begins anew. */
static void a_log_of_something_else_is_said(void **state)
{
        (void) state;
        test_tree_mkdir(&place, "host");
        test_tree_put(&place, "host/originals", "what is this?\n");
        assert_int_equal(apply(VM("\"swappiness\": 10")), PL_DAEMON_FAILED);
        assert_settings("10\n", "10\n", "45056\n");
        assert_int_equal(faccessat(place.fd, "host/originals.old", F_OK, 0), 0);
        assert_int_equal(apply(VM("\"swappiness\": 10")), PL_DAEMON_FINE);
        test_tree_put(&place, "host/originals", "what is this?\n");
        assert_int_equal(pl_host_settings_restore(&options), PL_DAEMON_FAILED);
        assert_int_equal(pl_host_settings_restore(&options), PL_DAEMON_FINE);
}

/* A byte in the middle of the first of two records. */
static void a_log_with_a_spoilt_place_is_said(void **state)
{
        _cleanup_close_ int fd = -1;
        const char byte = 0x55;
        struct stat status;

        (void) state;
        assert_int_equal(apply(VM("\"swappiness\": 10, \"watermark_scale_factor\": 50")),
                         PL_DAEMON_FINE);
        fd = openat(place.fd, "host/originals", O_WRONLY | O_CLOEXEC);
        assert_true(fd >= 0 && fstat(fd, &status) == 0);
        assert_int_equal(pwrite(fd, &byte, 1, status.st_size / 2), 1);
        assert_int_equal(pl_host_settings_restore(&options), PL_DAEMON_FAILED);
}

static void without_a_place_nothing_is_set(void **state)
{
        (void) state;
        options.directory = "/nonexistent/plimsoll";
        assert_int_equal(pl_host_settings_restore(&options), PL_DAEMON_FINE);
        assert_int_equal(apply(VM("\"swappiness\": 10")), PL_DAEMON_FAILED);
        options.directory = place.path;
        test_tree_put(&place, "host", "no directory\n");
        assert_int_equal(apply(VM("\"swappiness\": 10")), PL_DAEMON_FAILED);
        assert_settings("60\n", "10\n", "45056\n");
        assert_int_equal(unlinkat(proc.fd, "meminfo", 0), 0);
        assert_int_equal(pl_host_settings_apply(&options), PL_DAEMON_FAILED);
}

static void nothing_stays_open(void **state)
{
        int before = test_open_fds();

        (void) state;
        assert_int_equal(apply(VM("\"swappiness\": 10")), PL_DAEMON_FINE);
        assert_int_equal(pl_host_settings_restore(&options), PL_DAEMON_FINE);
        assert_int_equal(apply("{"), PL_DAEMON_POLICY);
        assert_int_equal(test_open_fds(), before);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                PLACE_TEST(all_three_there_and_back),
                PLACE_TEST(what_the_policy_says_no_longer_goes_back),
                PLACE_TEST(nothing_is_wanted),
                PLACE_TEST(a_policy_that_is_not_sound_changes_nothing),
                PLACE_TEST(somebody_elses_later_value_stays),
                PLACE_TEST(one_that_cannot_be_set),
                PLACE_TEST(one_that_cannot_be_put_back),
                PLACE_TEST(another_boot_begins_anew),
                PLACE_TEST(a_log_of_something_else_is_said),
                PLACE_TEST(a_log_with_a_spoilt_place_is_said),
                PLACE_TEST(without_a_place_nothing_is_set),
                PLACE_TEST(nothing_stays_open),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
