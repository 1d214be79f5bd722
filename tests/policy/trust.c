/* SPDX-License-Identifier: Apache-2.0 */

/* Who else could have written it: the file, the directory it is listed in, the directory it really lies in. */

#include "policy/trust.h"

#include <sched.h>
#include <sys/mount.h>

#include "tree.h"

enum { SELF = 1000, OTHER = 1001 };

static const struct {
        const char *name;
        mode_t mode;
        uid_t owner;
        enum pl_trust as_file, as_listed, as_holder;
} judged[] = {
        { "the caller's", 0644, SELF, PL_TRUST_WELL, PL_TRUST_WELL, PL_TRUST_WELL },
        { "root's", 0600, 0, PL_TRUST_WELL, PL_TRUST_WELL, PL_TRUST_WELL },
        { "root's, for all to read and run", 0555, 0, PL_TRUST_WELL, PL_TRUST_WELL, PL_TRUST_WELL },
        { "somebody else's", 0644, OTHER, PL_TRUST_OWNER, PL_TRUST_OWNER, PL_TRUST_OWNER },
        { "somebody else's who may not write it now", 0444, OTHER, PL_TRUST_OWNER, PL_TRUST_OWNER,
          PL_TRUST_OWNER },
        { "group", 0664, SELF, PL_TRUST_GROUP, PL_TRUST_GROUP, PL_TRUST_GROUP },
        { "only the group", 0020, 0, PL_TRUST_GROUP, PL_TRUST_GROUP, PL_TRUST_GROUP },
        { "everyone", 0666, 0, PL_TRUST_EVERYONE, PL_TRUST_EVERYONE, PL_TRUST_EVERYONE },
        { "others and not the group", 0602, 0, PL_TRUST_EVERYONE, PL_TRUST_EVERYONE,
          PL_TRUST_EVERYONE },
        { "everyone, sticky", 01777, 0, PL_TRUST_EVERYONE, PL_TRUST_EVERYONE, PL_TRUST_WELL },
        { "group, sticky", 01775, SELF, PL_TRUST_GROUP, PL_TRUST_GROUP, PL_TRUST_WELL },
        { "somebody else's, sticky", 01777, OTHER, PL_TRUST_OWNER, PL_TRUST_OWNER, PL_TRUST_OWNER },
        { "the group it is given to", 02755, 0, PL_TRUST_WELL, PL_TRUST_WELL, PL_TRUST_WELL },
};

static void judges_owner_and_mode(void **state)
{
        _cleanup_close_ int fd = openat(AT_FDCWD, tree_path, O_PATH | O_CLOEXEC);

        (void) state;
        assert_true(fd >= 0);
        for (size_t i = 0; i < PL_ARRAY_LENGTH(judged); i++) {
                const char *name = judged[i].name;
                const struct stat status = { .st_mode = judged[i].mode | S_IFDIR,
                                             .st_uid = judged[i].owner };
                enum pl_trust trust;

                assert_row(name, pl_trust_file(&status, SELF) == judged[i].as_file);
                assert_row(name,
                           pl_trust_directory(fd, &status, PL_TRUST_LISTED, SELF, &trust) == 0);
                assert_row(name, trust == judged[i].as_listed);
                assert_row(name,
                           pl_trust_directory(fd, &status, PL_TRUST_HOLDS, SELF, &trust) == 0);
                assert_row(name, trust == judged[i].as_holder);
        }
}

/* Adds `path` in both ways of looking at it. */
static void expect(const char *path, bool is_file, const char *warned, const char *refused)
{
        for (int refuse = 0; refuse < 2; refuse++) {
                _cleanup_(pl_cleanup_files) struct pl_policy_files files = {};
                const struct pl_load_options *options = refuse ? &refuses : &warns;
                int r;

                pl_diag_clear(&diag);
                r = is_file ? pl_files_add_file(&files, path, options, &diag)
                            : pl_files_add_directory(&files, path, options, &diag);
                if (!refuse)
                        assert_int_equal(r, 0);
                assert_string_equal(said(), refuse ? refused : warned);
                assert_int_equal(diag.errors > 0, refuse && refused[0] != '\0');
                assert_int_equal(files.count, refuse && r != 0 ? 0 : files.count);
        }
}

static void a_file_that_others_may_write(void **state)
{
        _cleanup_(pl_cleanup_files) struct pl_policy_files files = {};

        (void) state;
        tree_directory("files");
        tree_file("files/a.json", "A");
        tree_file("files/b.json", "B");
        tree_file("files/c.json", "C");
        assert_int_equal(chmod("files/a.json", 0666), 0);
        assert_int_equal(chown("files/b.json", (uid_t) -1, getegid()), 0);
        assert_int_equal(chmod("files/b.json", 04664), 0);
#define REFUSING   "; refusing to read orders from it" DASH
#define REFUSES    "; plimsolld refuses to read orders from it" DASH
#define A(verdict) "files/a.json: " verdict ": this file is writable by everyone"
        expect("files/a.json", true, A("warning") REFUSES "chmod 0644 files/a.json\n",
               A("error") REFUSING "chmod 0644 files/a.json\n");

        pl_diag_clear(&diag);
        assert_int_equal(pl_files_add_directory(&files, "files", &refuses, &diag), 0);
        assert_string_equal(held(&files), "files/c.json=C");
        assert_int_equal(diag.errors, 2);
        {
                char words[256];

                (void) snprintf(words, sizeof words,
                                "this file is writable by its group (gid %u); refusing to read "
                                "orders from it",
                                getegid());
                assert_string_equal(diag.entries[1].message, words);
                assert_string_equal(diag.entries[1].hint, "chmod 4644 files/b.json");
        }
        assert_int_equal(pl_files_add_directory(&files, "files", &warns, &diag), 0);
        assert_string_equal(held(&files), "files/a.json=A files/b.json=B files/c.json=C");
        assert_int_equal(diag.warnings, 2);
}

static void a_file_of_somebody_else(void **state)
{
        (void) state;
        if (geteuid() != 0)
                skip();
        tree_directory("owned");
        tree_file("owned/it's.json", "A");
        assert_int_equal(chown("owned/it's.json", OTHER, OTHER), 0);
#define IT "owned/it's.json: "
        expect("owned/it's.json", true,
               IT "warning: this file belongs to uid 1001" REFUSES
                  "chown root 'owned/it'\\''s.json'\n",
               IT "error: this file belongs to uid 1001" REFUSING
                  "chown root 'owned/it'\\''s.json'\n");
        assert_int_equal(chown("owned", OTHER, OTHER), 0);
        assert_int_equal(chown("owned/it's.json", 0, 0), 0);
        expect("owned", false,
               "owned: warning: this directory belongs to uid 1001" REFUSES "chown root owned\n",
               "owned: error: this directory belongs to uid 1001" REFUSING "chown root owned\n");
}

static void a_directory_that_others_may_write(void **state)
{
        (void) state;
        tree_directory("open");
        tree_file("open/a.json", "A");
        tree_file("open/b.json", "B");
        assert_int_equal(chmod("open", 0777), 0);
        expect("open", false,
               "open: warning: this directory is writable by everyone" REFUSES "chmod 0755 open\n",
               "open: error: this directory is writable by everyone" REFUSING "chmod 0755 open\n");
        expect("open/a.json", true,
               "open/a.json: warning: its directory is writable by everyone" REFUSES
               "chmod 0755 open\n",
               "open/a.json: error: its directory is writable by everyone" REFUSING
               "chmod 0755 open\n");
        /* Of /tmp nobody takes away what is another's; but it would be a strange place to look for orders. */
        assert_int_equal(chmod("open", 01777), 0);
        expect("open/a.json", true, "", "");
        expect("open", false,
               "open: warning: this directory is writable by everyone" REFUSES "chmod 1755 open\n",
               "open: error: this directory is writable by everyone" REFUSING "chmod 1755 open\n");
}

static void a_directory_is_warned_of_once(void **state)
{
        _cleanup_(pl_cleanup_files) struct pl_policy_files files = {};

        (void) state;
        tree_directory("once");
        tree_file("once/a.json", "A");
        tree_file("once/b.json", "B");
        assert_int_equal(chmod("once", 0777), 0);
        pl_diag_clear(&diag);
        assert_int_equal(pl_files_add_file(&files, "once/a.json", &warns, &diag), 0);
        assert_int_equal(pl_files_add_file(&files, "once/b.json", &warns, &diag), 0);
        assert_int_equal(pl_files_add_directory(&files, "once", &warns, &diag), 0);
        assert_int_equal(diag.count, 1);
        assert_int_equal(pl_files_add_file(&files, "once/a.json", &refuses, &diag),
                         PL_POLICY_E_INVALID);
        assert_int_equal(pl_files_add_file(&files, "once/b.json", &refuses, &diag),
                         PL_POLICY_E_INVALID);
        assert_int_equal(diag.errors, 2);
}

/* The directory of the link is well, that of the file is not: whoever writes there has the last word. */
static void where_a_link_leads_counts(void **state)
{
        _cleanup_(pl_cleanup_files) struct pl_policy_files files = {};
        char hint[256];

        (void) state;
        tree_directory("well");
        tree_directory("weak");
        tree_file("weak/a.json", "A");
        tree_file("well/b.json", "B");
        assert_int_equal(chmod("weak", 0775), 0);
        tree_link("well/a.json", "../weak/a.json");
        pl_diag_clear(&diag);
        assert_int_equal(pl_files_add_directory(&files, "well", &refuses, &diag), 0);
        assert_string_equal(held(&files), "well/b.json=B");
        assert_int_equal(diag.count, 1);
        assert_string_equal(diag.entries[0].file, "well/a.json");
        assert_non_null(strstr(diag.entries[0].message,
                               "the directory of the file it links to is writable by its group"));
        (void) snprintf(hint, sizeof hint, "chmod 0755 %s/weak", tree_path);
        assert_string_equal(diag.entries[0].hint, hint);

        assert_int_equal(chmod("weak", 0755), 0);
        assert_int_equal(chmod("weak/a.json", 0666), 0);
        expect("well/a.json", true,
               "well/a.json: warning: this file is writable by everyone" REFUSES
               "chmod 0644 well/a.json\n",
               "well/a.json: error: this file is writable by everyone" REFUSING
               "chmod 0644 well/a.json\n");
}

/* Every link on the way has a directory, and whoever writes in one of them has the last word as well. */
static void every_link_on_the_way_counts(void **state)
{
        _cleanup_(pl_cleanup_files) struct pl_policy_files files = {};

        (void) state;
        tree_directory("listed");
        tree_directory("between");
        tree_directory("kept");
        tree_file("kept/a.json", "A");
        tree_link("between/a.json", "../kept/a.json");
        tree_link("between/mask.json", "/dev/null");
        tree_link("listed/a.json", "../between/a.json");
        tree_link("listed/b.json", "../between/mask.json");
        pl_diag_clear(&diag);
        assert_int_equal(pl_files_add_directory(&files, "listed", &refuses, &diag), 0);
        assert_string_equal(held(&files), "listed/a.json=A listed/b.json masked");
        assert_int_equal(diag.count, 0);

        pl_files_done(&files);
        files = (struct pl_policy_files){};
        assert_int_equal(chmod("between", 0777), 0);
        assert_int_equal(pl_files_add_directory(&files, "listed", &refuses, &diag), 0);
        assert_string_equal(held(&files), "");
        assert_int_equal(diag.errors, 2);
}

/* Last, for it takes the program to a mount namespace of its own. */
static void what_is_mounted_read_only_is_written_by_nobody(void **state)
{
        _cleanup_(pl_cleanup_files) struct pl_policy_files files = {};

        (void) state;
        tree_directory("mounted");
        if (unshare(CLONE_NEWNS) < 0 || mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0 ||
            mount("none", "mounted", "tmpfs", 0, "mode=0777") < 0)
                skip();
        tree_file("mounted/a.json", "A");
        pl_diag_clear(&diag);
        assert_int_equal(pl_files_add_directory(&files, "mounted", &refuses, &diag),
                         PL_POLICY_E_INVALID);
        assert_int_equal(mount("none", "mounted", NULL, MS_REMOUNT | MS_RDONLY, "mode=0777"), 0);
        pl_diag_clear(&diag);
        assert_int_equal(pl_files_add_directory(&files, "mounted", &refuses, &diag), 0);
        assert_string_equal(held(&files), "mounted/a.json=A");
        assert_string_equal(said(), "");
        assert_int_equal(umount("mounted"), 0);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(judges_owner_and_mode),
                cmocka_unit_test(a_file_that_others_may_write),
                cmocka_unit_test(a_file_of_somebody_else),
                cmocka_unit_test(a_directory_that_others_may_write),
                cmocka_unit_test(a_directory_is_warned_of_once),
                cmocka_unit_test(where_a_link_leads_counts),
                cmocka_unit_test(every_link_on_the_way_counts),
                cmocka_unit_test(what_is_mounted_read_only_is_written_by_nobody),
        };

        return cmocka_run_group_tests(tests, tree_set_up, tree_tear_down);
}
