/* SPDX-License-Identifier: Apache-2.0 */

/* Policies kept beside the journal: by what name, as a whole or not at all, and how many. */

#include "daemon/keep.h"

#include "kernel/tree.h"

#include <sys/mman.h>

#include "plimsoll/policy/print.h"

enum { MANY = 20 };

static struct test_tree place;
static struct pl_policy *policy;
static uint8_t digest[PL_SHA256_BYTES];
static char name[128]; /* of its file */

static int set_up(void **state)
{
        (void) state;
        test_tree_make(&place);
        return 0;
}

static int tear_down(void **state)
{
        (void) state;
        pl_policy_free(policy);
        policy = NULL;
        test_tree_remove(&place);
        return 0;
}

/* The nth policy, and what its file should be called. */
static void choose(unsigned number)
{
        static struct pl_diag diag;
        const struct pl_load_options options = {};
        struct pl_policy_files files = {};
        _cleanup_close_ int fd = memfd_create("policy", MFD_CLOEXEC);
        struct pl_text text;
        char words[256];

        (void) snprintf(words, sizeof words,
                        "{ \"profile\": \"p%u\", \"match\": [ { \"unit\": \"*\" } ] }\n", number);
        assert_int_equal(pl_fd_write_all(fd, pl_span_of(words)), 0);
        assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
        pl_policy_free(policy);
        diag = (struct pl_diag){};
        assert_int_equal(pl_files_add_stream(&files, fd, &diag), 0);
        assert_int_equal(pl_policy_parse(&files, &options, &diag, &policy), 0);
        pl_files_done(&files);
        pl_policy_digest(policy, digest);
        pl_text_init(&text, name, sizeof name);
        pl_text_add(&text, "policy/");
        pl_sha256_format(&text, digest);
        pl_text_add(&text, ".json");
}

static int keep(void)
{
        return pl_keep_policy(place.fd, policy, digest);
}

static bool is_kept(const char *path)
{
        return faccessat(place.fd, path, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

static int collect(void *userdata, struct pl_span bytes)
{
        pl_text_add_span(userdata, bytes);
        return 0;
}

static unsigned count_kept(void)
{
        int fd = openat(place.fd, "policy", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        DIR *directory = fdopendir(fd);
        const struct dirent *entry;
        unsigned count = 0;

        assert_non_null(directory);
        while ((entry = readdir(directory)))
                count += entry->d_name[0] != '.';
        (void) closedir(directory);
        return count;
}

static void set_time(const char *path, time_t seconds)
{
        const struct timespec times[2] = { { seconds, 0 }, { seconds, 0 } };

        assert_int_equal(utimensat(place.fd, path, times, AT_SYMLINK_NOFOLLOW), 0);
}

/* As `plimsoll cat-config | sha256sum` has it. */
static void it_lies_under_its_digest(void **state)
{
        char buffer[1024], *text;
        struct pl_text printed;
        uint8_t found[PL_SHA256_BYTES];
        struct pl_sha256 sha256;
        struct stat status;
        size_t length;
        mode_t mask = umask(077);

        (void) state;
        choose(1);
        assert_int_equal(keep(), 0);
        (void) umask(mask);
        pl_text_init(&printed, buffer, sizeof buffer);
        assert_int_equal(pl_policy_print(policy, collect, &printed), 0);
        assert_int_equal(pl_fd_read_file(place.fd, name, 4096, &text, &length), 0);
        assert_int_equal(length, printed.length);
        assert_memory_equal(text, buffer, length);
        pl_sha256_init(&sha256);
        pl_sha256_add(&sha256, pl_span(text, length));
        pl_sha256_finish(&sha256, found);
        assert_memory_equal(found, digest, sizeof digest);
        free(text);
        assert_int_equal(fstatat(place.fd, name, &status, AT_SYMLINK_NOFOLLOW), 0);
        assert_int_equal(status.st_mode, S_IFREG | 0640);
        assert_int_equal(count_kept(), 1);
        assert_false(is_kept("policy/.new"));
}

static void the_same_one_is_kept_once(void **state)
{
        (void) state;
        choose(1);
        assert_int_equal(keep(), 0);
        set_time(name, 1);
        assert_int_equal(keep(), 0);
        assert_int_equal(count_kept(), 1);
}

static void eight_are_kept_and_the_oldest_goes(void **state)
{
        char names[MANY][sizeof name];

        (void) state;
        for (unsigned i = 0; i < MANY; i++) {
                choose(i);
                memcpy(names[i], name, sizeof name);
                assert_int_equal(keep(), 0);
                set_time(name, 1000 + (time_t) i);
                assert_int_equal(count_kept(), PL_MIN(i + 1, (unsigned) PL_KEEP_COUNT));
        }
        for (unsigned i = 0; i < MANY; i++)
                assert_int_equal(is_kept(names[i]), i >= MANY - PL_KEEP_COUNT);
}

/* As after a clock that was set back: what is in force looks like the oldest. */
static void what_is_in_force_stays_whatever_its_time(void **state)
{
        (void) state;
        for (unsigned i = 0; i < MANY; i++) {
                choose(i);
                assert_int_equal(keep(), 0);
                set_time(name, 0x7fffffff - (time_t) i);
                assert_true(is_kept(name));
                assert_true(count_kept() <= PL_KEEP_COUNT);
        }
}

static void what_is_no_policy_is_left_alone(void **state)
{
        char directory[sizeof name];

        (void) state;
        choose(1);
        assert_int_equal(keep(), 0);
        test_tree_put(&place, "policy/notes.txt", "mine");
        memcpy(directory, name, sizeof name);
        memset(directory + strlen("policy/"), 'f', 2 * PL_SHA256_BYTES);
        test_tree_mkdir(&place, directory);
        set_time(directory, 1);
        for (unsigned i = 0; i < MANY; i++) {
                choose(i);
                assert_int_equal(keep(), 0);
        }
        assert_true(is_kept("policy/notes.txt") && is_kept(directory));
        assert_int_equal(count_kept(), PL_KEEP_COUNT + 2);
}

/* What was there is as it was. */
static void what_cannot_be_written_changes_nothing(void **state)
{
        char before[sizeof name];

        (void) state;
        choose(1);
        assert_int_equal(keep(), 0);
        memcpy(before, name, sizeof name);
        test_tree_mkdir(&place, "policy/.new");
        choose(2);
        assert_int_equal(keep(), -EISDIR);
        assert_true(is_kept(before) && !is_kept(name));
        assert_int_equal(unlinkat(place.fd, "policy/.new", AT_REMOVEDIR), 0);
        /* What a daemon left that died over it is no hindrance. */
        test_tree_put(&place, "policy/.new", "half of a pol");
        assert_int_equal(keep(), 0);
        assert_true(is_kept(name) && !is_kept("policy/.new"));
        /* Something else has the name: not even then is there half of one. */
        choose(3);
        test_tree_mkdir(&place, name);
        assert_int_equal(keep(), -EISDIR);
        assert_false(is_kept("policy/.new"));
}

static void a_place_that_is_none_is_an_error(void **state)
{
        (void) state;
        choose(1);
        test_tree_put(&place, "policy", "a file");
        assert_int_equal(keep(), -ENOTDIR);
        assert_int_equal(unlinkat(place.fd, "policy", 0), 0);
        test_tree_mkdir(&place, "elsewhere");
        assert_int_equal(symlinkat("elsewhere", place.fd, "policy"), 0);
        assert_true(keep() < 0);
        assert_int_equal(unlinkat(place.fd, "policy", 0), 0);
        assert_int_equal(keep(), 0);
}

#define KEEP_TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int main(void)
{
        const struct CMUnitTest tests[] = {
                KEEP_TEST(it_lies_under_its_digest),
                KEEP_TEST(the_same_one_is_kept_once),
                KEEP_TEST(eight_are_kept_and_the_oldest_goes),
                KEEP_TEST(what_is_in_force_stays_whatever_its_time),
                KEEP_TEST(what_is_no_policy_is_left_alone),
                KEEP_TEST(what_cannot_be_written_changes_nothing),
                KEEP_TEST(a_place_that_is_none_is_an_error),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
