/* SPDX-License-Identifier: Apache-2.0 */

/* Directories of policy files: layers, masks, links, bounds, and everything that is called *.json and is no file. */

#include "plimsoll/policy/load.h"

#include <limits.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "plimsoll/json/bounds.h"
#include "tree.h"

static const char *const layers[] = { "low", "absent", "high", NULL };

static void expect(const char *path, int result, const char *files_held, const char *words)
{
        _cleanup_(pl_cleanup_files) struct pl_policy_files files = {};

        pl_diag_clear(&diag);
        assert_int_equal(pl_files_add_directory(&files, path, &warns, &diag), result);
        assert_string_equal(said(), words);
        assert_string_equal(held(&files), files_held);
}

static void expect_file(const char *path, int result, const char *files_held, const char *words)
{
        _cleanup_(pl_cleanup_files) struct pl_policy_files files = {};

        pl_diag_clear(&diag);
        assert_int_equal(pl_files_add_file(&files, path, &warns, &diag), result);
        assert_string_equal(said(), words);
        assert_string_equal(held(&files), files_held);
}

static void takes_what_is_called_json_in_order(void **state)
{
        (void) state;
        tree_directory("plain");
        tree_directory("plain/deeper");
        tree_file("plain/b.json", "B");
        tree_file("plain/a.json", "A");
        tree_file("plain/B.json", "");
        tree_file("plain/a-1.json", "1");
        tree_file("plain/\xC3\xA4.json", "U");
        tree_file("plain/c.json~", "no");
        tree_file("plain/c.json.bak", "no");
        tree_file("plain/json", "no");
        tree_file("plain/.json", "no");
        tree_file("plain/.d.json", "no");
        tree_file("plain/deeper/e.json", "no");
        expect("plain", 0,
               "plain/B.json= plain/a-1.json=1 plain/a.json=A plain/b.json=B "
               "plain/\xC3\xA4.json=U",
               "");
        expect("plain//", 0,
               "plain/B.json= plain/a-1.json=1 plain/a.json=A plain/b.json=B "
               "plain/\xC3\xA4.json=U",
               "");
}

static void an_empty_directory_gives_nothing(void **state)
{
        (void) state;
        tree_directory("empty");
        expect("empty", 0, "", "");
}

static void says_what_is_no_directory(void **state)
{
        (void) state;
        tree_file("file.json", "x");
        expect("nowhere", PL_POLICY_E_ABSENT, "",
               "nowhere: error: no such directory" DASH "check the path\n");
        expect("", PL_POLICY_E_ABSENT, "", ": error: no such directory" DASH "check the path\n");
        expect("file.json", PL_POLICY_E_INVALID, "",
               "file.json: error: not a directory" DASH "check the path\n");
}

static void what_may_not_be_read_is_said(void **state)
{
        (void) state;
        tree_directory("shut");
        tree_directory("half");
        tree_file("half/a.json", "A");
        tree_file("half/b.json", "B");
        assert_int_equal(chmod("shut", 0), 0);
        assert_int_equal(chmod("half/a.json", 0), 0);
        assert_int_equal(chmod(tree_path, 0755), 0);
        if (geteuid() == 0)
                assert_int_equal(seteuid(65534), 0); /* root reads everything */
        expect("shut", PL_POLICY_E_DENIED, "",
               "shut: error: it may not be read" DASH
               "check the permissions of it and of the directories above it\n");
        expect("half", 0, "half/b.json=B",
               "half/a.json: error: it may not be read" DASH
               "check the permissions of the file and of the directories above it\n");
        expect_file("half/a.json", PL_POLICY_E_DENIED, "",
                    "half/a.json: error: it may not be read" DASH
                    "check the permissions of the file and of the directories above it\n");
        expect_file("shut/a.json", PL_POLICY_E_DENIED, "",
                    "shut/a.json: error: it may not be read" DASH
                    "check the permissions of the file and of the directories above it\n");
        if (getuid() == 0)
                assert_int_equal(seteuid(0), 0);
}

static void a_later_directory_replaces_and_masks(void **state)
{
        _cleanup_(pl_cleanup_files) struct pl_policy_files files = {};

        (void) state;
        tree_directory("low");
        tree_directory("high");
        tree_directory("highest");
        tree_file("low/a.json", "low A");
        tree_file("low/b.json", "low B");
        tree_file("low/c.json", "low C");
        tree_file("low/e.json", "low E");
        tree_file("high/b.json", "high B, which is longer");
        tree_link("high/c.json", "/dev/null");
        tree_file("high/d.json", "high D");
        tree_link("high/e.json", "../../../../../../../../dev/null");
        tree_link("high/nothing-below.json", "/dev/null");
        tree_file("highest/c.json", "C again");

        pl_diag_clear(&diag);
        assert_int_equal(pl_files_add_directories(&files, layers, &warns, &diag), 0);
        assert_string_equal(held(&files),
                            "low/a.json=low A high/b.json=high B, which is longer "
                            "high/c.json masked high/d.json=high D high/e.json masked "
                            "high/nothing-below.json masked");
        assert_int_equal(pl_files_add_directory(&files, "highest", &warns, &diag), 0);
        assert_string_equal(held(&files),
                            "low/a.json=low A high/b.json=high B, which is longer "
                            "highest/c.json=C again high/d.json=high D high/e.json masked "
                            "high/nothing-below.json masked");
        assert_string_equal(said(), "");
}

static void all_layers_are_looked_at(void **state)
{
        static const char *const paths[] = { "file.json", "high", "low/a.json", NULL };
        _cleanup_(pl_cleanup_files) struct pl_policy_files files = {};

        (void) state;
        pl_diag_clear(&diag);
        assert_int_equal(pl_files_add_directories(&files, paths, &warns, &diag),
                         PL_POLICY_E_INVALID);
        assert_int_equal(files.count, 5);
        assert_int_equal(diag.errors, 2);
}

static void what_is_no_file_is_said(void **state)
{
        _cleanup_close_ int listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
        const struct sockaddr_un at = { AF_UNIX, "odd/socket.json" };

        (void) state;
        tree_directory("odd");
        tree_directory("odd/directory.json");
        assert_int_equal(mkfifo("odd/fifo.json", 0644), 0);
        assert_int_equal(bind(listener, (const struct sockaddr *) &at, sizeof at), 0);
        tree_link("odd/dangling.json", "no/where");
        tree_link("odd/device.json", "/dev/zero");
        tree_link("odd/fifo-link.json", "fifo.json");
        tree_link("odd/round.json", "round.json");
        tree_link("odd/up.json", "..");
        tree_file("odd/well.json", "well");
#define NOT_REGULAR                                                                                \
        ".json: error: not a regular file" DASH                                                    \
        "directories, FIFOs, sockets and devices are not read\n"
#define LINK_TO_NONE                                                                               \
        ".json: error: it is a link to what is not a regular file" DASH                            \
        "only a link to /dev/null means something: it masks\n"
        expect("odd", 0, "odd/well.json=well",
               "odd/dangling.json: error: it is a link to no/where, which does not exist" DASH
               "remove it; a link to /dev/null masks the files of that name\n"
               "odd/device" LINK_TO_NONE "odd/directory" NOT_REGULAR "odd/fifo-link" LINK_TO_NONE
               "odd/fifo" NOT_REGULAR
               "odd/round.json: error: it is a link that leads back to itself" DASH
               "remove it, or link it to a file\n"
               "odd/socket" NOT_REGULAR "odd/up" LINK_TO_NONE);
}

static void links_lead_to_policy_files_alone(void **state)
{
        (void) state;
        tree_directory("links");
        tree_directory("links/..today");
        tree_file("links/..today/web.json", "web");
        tree_file("links/secret", "root:$6$");
        tree_link("links/..data", "..today");
        tree_link("links/web.json", "..data/web.json");
        tree_link("links/absolute.json", tree_path);
        tree_link("links/chain.json", "web.json");
        tree_link("links/steal.json", "secret");
        tree_link("links/passwd.json", "/etc/passwd");
#define NOT_JSON                                                                                   \
        ".json: error: it is a link to a file that is not called *.json" DASH                      \
        "link to a file whose own name ends in \".json\"\n"
        expect("links", 0, "links/chain.json=web links/web.json=web",
               "links/absolute" LINK_TO_NONE "links/passwd" NOT_JSON "links/steal" NOT_JSON);
        expect_file("links/steal.json", PL_POLICY_E_INVALID, "", "links/steal" NOT_JSON);
        expect_file("links/chain.json", 0, "links/chain.json=web", "");
}

static void hostile_names_are_refused_and_shown_clean(void **state)
{
        char longest[NAME_MAX + sizeof "names/"] = "names/";

        (void) state;
        tree_directory("names");
        memset(longest + 6, 'x', NAME_MAX);
        memcpy(longest + sizeof longest - sizeof ".json", ".json", sizeof ".json");
        tree_file(longest, "long");
        tree_file("names/ok\n\x1B[31m.json", "{");
        tree_file("names/\x7F.json", "{");
        tree_file("names/\xFF.json", "ff");
        {
                char files_held[2 * sizeof longest];

                (void) snprintf(files_held, sizeof files_held, "%s=long names/\xFF.json=ff",
                                longest);
                expect("names", 0, files_held,
                       "names/ok??[31m.json: error: the name has control characters" DASH
                       "rename it\n"
                       "names/?.json: error: the name has control characters" DASH "rename it\n");
        }
}

/* ---- a file by its name ---- */

static void a_file_is_added_by_its_name(void **state)
{
        (void) state;
        expect_file("plain/a.json", 0, "plain/a.json=A", "");
        expect_file("file.json", 0, "file.json=x", "");
        expect_file("plain/.d.json", 0, "plain/.d.json=no", "");
        expect_file("plain/json", PL_POLICY_E_INVALID, "",
                    "plain/json: error: only files called *.json are read as policy files" DASH
                    "rename it, if it is one\n");
        expect_file("plain/.json", PL_POLICY_E_INVALID, "",
                    "plain/.json: error: only files called *.json are read as policy files" DASH
                    "rename it, if it is one\n");
        expect_file("/etc/shadow", PL_POLICY_E_INVALID, "",
                    "/etc/shadow: error: only files called *.json are read as policy files" DASH
                    "rename it, if it is one\n");
        expect_file("", PL_POLICY_E_INVALID, "",
                    ": error: only files called *.json are read as policy files" DASH
                    "rename it, if it is one\n");
        expect_file("plain/x.json", PL_POLICY_E_ABSENT, "",
                    "plain/x.json: error: no such file" DASH "check the path\n");
        expect_file("nowhere/x.json", PL_POLICY_E_ABSENT, "",
                    "nowhere/x.json: error: no such file" DASH "check the path\n");
        expect_file("file.json/x.json", PL_POLICY_E_ABSENT, "",
                    "file.json/x.json: error: no such file" DASH "check the path\n");
        expect_file("odd/fifo.json", PL_POLICY_E_INVALID, "", "odd/fifo" NOT_REGULAR);
        expect_file("new\nline.json", PL_POLICY_E_INVALID, "",
                    "new?line.json: error: the name has control characters" DASH "rename it\n");
        expect_file("high/c.json", 0, "high/c.json masked",
                    "high/c.json: note: it is a link to /dev/null, which masks files of that "
                    "name\n");
}

static void names_as_long_as_can_be(void **state)
{
        char path[6000];

        (void) state;
        memset(path, '/', sizeof path);
        memcpy(path + sizeof path - sizeof "x.json", "x.json", sizeof "x.json");
        pl_diag_clear(&diag);
        {
                _cleanup_(pl_cleanup_files) struct pl_policy_files files = {};

                assert_int_equal(pl_files_add_file(&files, path, &warns, &diag),
                                 PL_POLICY_E_INVALID);
                assert_string_equal(diag.entries[0].message, "the name is longer than 4095 bytes");
                path[0] = 'y';
                path[1] = 'y';
                assert_int_equal(pl_files_add_directory(&files, path, &warns, &diag),
                                 PL_POLICY_E_ABSENT);
        }
        {
                _cleanup_(pl_cleanup_files) struct pl_policy_files files = {};

                memset(path, 'x', 300);
                memcpy(path + 295, ".json", sizeof ".json");
                assert_int_equal(pl_files_add_file(&files, path, &warns, &diag),
                                 PL_POLICY_E_ABSENT);
        }
}

static void a_second_file_of_that_name_replaces(void **state)
{
        _cleanup_(pl_cleanup_files) struct pl_policy_files files = {};

        (void) state;
        pl_diag_clear(&diag);
        assert_int_equal(pl_files_add_file(&files, "low/b.json", &warns, &diag), 0);
        assert_string_equal(said(), "");
        assert_int_equal(pl_files_add_file(&files, "high/b.json", &warns, &diag), 0);
        assert_string_equal(held(&files), "high/b.json=high B, which is longer");
        assert_string_equal(said(),
                            "high/b.json: note: this replaces low/b.json, which has the same "
                            "name" DASH "rename one of them if both are meant\n");
}

/* ---- bounds ---- */

static void write_many(const char *directory, size_t count)
{
        char path[64];

        tree_directory(directory);
        for (size_t i = 0; i < count; i++) {
                (void) snprintf(path, sizeof path, "%s/%04zu.json", directory, i);
                tree_file(path, "");
        }
}

static void there_are_only_so_many(void **state)
{
        _cleanup_(pl_cleanup_files) struct pl_policy_files files = {};

        (void) state;
        write_many("many", PL_POLICY_FILES_MAX);
        tree_directory("one-more");
        tree_file("one-more/0000.json", "replaces");
        tree_file("one-more/z.json", "is too many");
        tree_file("one-more/zz.json", "as well");

        pl_diag_clear(&diag);
        assert_int_equal(pl_files_add_directory(&files, "many", &warns, &diag), 0);
        assert_int_equal(files.count, PL_POLICY_FILES_MAX);
        assert_int_equal(diag.count, 0);
        assert_int_equal(pl_files_add_directory(&files, "one-more", &warns, &diag),
                         PL_POLICY_E_INVALID);
        assert_int_equal(files.count, PL_POLICY_FILES_MAX);
        assert_string_equal(files.items[0].origin, "one-more/0000.json");
        assert_string_equal(said(),
                            "one-more/z.json: error: there are more than 1024 policy files, and "
                            "no more are read" DASH "one profile can mean many workloads: give it "
                            "more entries in \"match\"\n");

        tree_file("many/too-many.json", "");
        expect("many", PL_POLICY_E_INVALID, "",
               "many: error: there are more than 1024 policy files here, and none is read" DASH
               "one profile can mean many workloads: give it more entries in \"match\"\n");
}

static void they_are_only_so_long(void **state)
{
        _cleanup_(pl_cleanup_files) struct pl_policy_files files = {};
        _cleanup_free_ char *bytes = calloc(1, PL_JSON_TEXT_MAX + 1);
        char path[] = "long/a.json";

        (void) state;
        assert_non_null(bytes);
        memset(bytes, 'x', PL_JSON_TEXT_MAX + 1);
        tree_directory("long");
        for (; path[5] < 'a' + PL_POLICY_TEXT_MAX / PL_JSON_TEXT_MAX; path[5]++)
                tree_write(path, pl_span(bytes, PL_JSON_TEXT_MAX));

        pl_diag_clear(&diag);
        assert_int_equal(pl_files_add_directory(&files, "long", &warns, &diag), 0);
        assert_int_equal(diag.count, 0);
        assert_int_equal(files.text_bytes, PL_POLICY_TEXT_MAX);
        /* The same once more has room, for it replaces; one byte more has none. */
        assert_int_equal(pl_files_add_directory(&files, "long", &warns, &diag), 0);
        tree_file("z.json", "z");
        assert_int_equal(pl_files_add_file(&files, "z.json", &warns, &diag), PL_POLICY_E_INVALID);
        tree_write("long/b.json", pl_span(bytes, PL_JSON_TEXT_MAX + 1));
        assert_int_equal(pl_files_add_directory(&files, "long", &warns, &diag), 0);
        assert_string_equal(said(),
                            "z.json: error: with this file the policy is longer than 16 MiB, and "
                            "no more is read" DASH "remove files, or shorten them\n"
                            "long/b.json: error: longer than 1 MiB" DASH
                            "split it into several files\n");
}

static void a_directory_of_something_else(void **state)
{
        char path[64];

        (void) state;
        tree_directory("else");
        for (size_t i = 0; i < 65536; i++) {
                (void) snprintf(path, sizeof path, "else/%zu", i);
                assert_int_equal(mknod(path, S_IFREG | 0600, 0), 0);
        }
        expect("else", PL_POLICY_E_INVALID, "",
               "else: error: more than 65535 files are here: this is no directory of policies" DASH
               "check the path\n");
}

/* Where neither is mounted: what a link says is enough. */
static void without_dev_and_proc(void **state)
{
        _cleanup_(pl_cleanup_files) struct pl_policy_files files = {};
        _cleanup_close_ int root = openat(AT_FDCWD, "/", O_PATH | O_CLOEXEC);

        (void) state;
        tree_directory("bare");
        tree_file("bare/file.json", "F");
        tree_link("bare/link.json", "file.json");
        tree_link("bare/mask.json", "/dev/null");
        if (chroot(".") < 0)
                skip();
        pl_diag_clear(&diag);
        assert_int_equal(pl_files_add_directory(&files, "/bare", &warns, &diag), 0);
        assert_int_equal(fchdir(root), 0);
        assert_int_equal(chroot("."), 0);
        assert_int_equal(chdir(tree_path), 0);
        assert_string_equal(held(&files),
                            "/bare/file.json=F /bare/link.json=F /bare/mask.json masked");
        assert_string_equal(said(), "");
}

/* ---- as if they were there, or were not ---- */

static void files_that_are_not_there(void **state)
{
        _cleanup_(pl_cleanup_files) struct pl_policy_files files = {};

        (void) state;
        tree_directory("as-if");
        tree_file("as-if/a.json", "A");
        tree_file("as-if/b.json", "B");
        pl_diag_clear(&diag);
        assert_int_equal(pl_files_add_directory(&files, "as-if", &warns, &diag), 0);
        assert_int_equal(pl_files_add_text(&files, "as-if/c.json", pl_span_of("CC"), &diag), 0);
        assert_int_equal(pl_files_add_text(&files, "as-if/a.json", pl_span_of("AAA"), &diag), 0);
        assert_string_equal(held(&files), "as-if/a.json=AAA as-if/b.json=B as-if/c.json=CC");

        pl_files_remove(&files, "as-if/b.json");
        pl_files_remove(&files, "as-if/b.json");
        pl_files_remove(&files, "elsewhere/c.json"); /* another one of that name */
        assert_string_equal(held(&files), "as-if/a.json=AAA as-if/c.json=CC");
        pl_files_remove(&files, "as-if/c.json");
        pl_files_remove(&files, "as-if/a.json");
        assert_string_equal(held(&files), "");
        assert_int_equal(pl_files_add_text(&files, "as-if/b.json", pl_span_of(""), &diag), 0);
        assert_string_equal(held(&files), "as-if/b.json=");
        assert_string_equal(said(), "");
}

static void no_more_than_there_may_be(void **state)
{
        _cleanup_(pl_cleanup_files) struct pl_policy_files files = {};
        char origin[32];

        (void) state;
        pl_diag_clear(&diag);
        for (unsigned i = 0; i < PL_POLICY_FILES_MAX; i++) {
                (void) snprintf(origin, sizeof origin, "d/%u.json", i);
                assert_int_equal(pl_files_add_text(&files, origin, pl_span_of("x"), &diag), 0);
        }
        assert_int_equal(pl_files_add_text(&files, "d/more.json", pl_span_of("x"), &diag),
                         PL_POLICY_E_INVALID);
        assert_int_equal(diag.errors, 1);
        assert_int_equal(files.count, PL_POLICY_FILES_MAX);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(takes_what_is_called_json_in_order),
                cmocka_unit_test(an_empty_directory_gives_nothing),
                cmocka_unit_test(says_what_is_no_directory),
                cmocka_unit_test(what_may_not_be_read_is_said),
                cmocka_unit_test(a_later_directory_replaces_and_masks),
                cmocka_unit_test(all_layers_are_looked_at),
                cmocka_unit_test(what_is_no_file_is_said),
                cmocka_unit_test(links_lead_to_policy_files_alone),
                cmocka_unit_test(hostile_names_are_refused_and_shown_clean),
                cmocka_unit_test(a_file_is_added_by_its_name),
                cmocka_unit_test(names_as_long_as_can_be),
                cmocka_unit_test(a_second_file_of_that_name_replaces),
                cmocka_unit_test(there_are_only_so_many),
                cmocka_unit_test(they_are_only_so_long),
                cmocka_unit_test(a_directory_of_something_else),
                cmocka_unit_test(without_dev_and_proc),
                cmocka_unit_test(files_that_are_not_there),
                cmocka_unit_test(no_more_than_there_may_be),
        };

        return cmocka_run_group_tests(tests, tree_set_up, tree_tear_down);
}
