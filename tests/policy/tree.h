/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* A directory of its own for a test program, which is the working directory while it runs, so that paths in diags are
 * short; and what is in a diag or in the files that were added, as one text that can be compared. */

#include <fcntl.h>
#include <ftw.h>
#include <sys/stat.h>
#include <unistd.h>

#include "plimsoll/base/fd.h"
#include "plimsoll/policy/load.h"
#include "test.h"

static char tree_path[] = "/tmp/plimsoll-policy-XXXXXX";
static struct pl_diag diag;
static const struct pl_load_options warns = {}, refuses = { .refuse_writable = true };

static inline int tree_set_up(void **state)
{
        (void) state;
        (void) umask(022);
        return mkdtemp(tree_path) ? chdir(tree_path) : -1;
}

static inline int tree_remove_one(const char *path, const struct stat *status, int type,
                                  struct FTW *where)
{
        (void) status;
        (void) type;
        (void) where;
        return remove(path);
}

static inline int tree_tear_down(void **state)
{
        (void) state;
        return chdir("/") < 0 ? -1 : nftw(tree_path, tree_remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

static inline void tree_directory(const char *path)
{
        assert_int_equal(mkdir(path, 0755), 0);
}

static inline void tree_write(const char *path, struct pl_span text)
{
        _cleanup_close_ int fd = openat(AT_FDCWD, path, O_CREAT | O_WRONLY | O_TRUNC | O_CLOEXEC,
                                        0644);

        assert_true(fd >= 0);
        assert_int_equal(pl_fd_write_all(fd, text), 0);
}

static inline void tree_file(const char *path, const char *text)
{
        tree_write(path, pl_span_of(text));
}

static inline void tree_link(const char *path, const char *target)
{
        assert_int_equal(symlink(target, path), 0);
}

/* Every entry of the diag in a line. */
static inline const char *said(void)
{
        static char buffer[PL_DIAG_ENTRIES_MAX * 3 * PL_DIAG_WORDS_MAX];
        struct pl_text text;

        pl_text_init(&text, buffer, sizeof buffer);
        for (size_t i = 0; i < diag.count; i++) {
                pl_diag_format(&text, &diag.entries[i]);
                pl_text_add(&text, "\n");
        }
        assert_false(text.cut);
        return buffer;
}

/* "ORIGIN=TEXT" of every file, and "ORIGIN masked", in a line; what does not begin in line 1 says so. */
static inline const char *held(const struct pl_policy_files *files)
{
        static char buffer[64 * 1024];
        struct pl_text text;
        size_t bytes = 0;

        pl_text_init(&text, buffer, sizeof buffer);
        for (size_t i = 0; i < files->count; i++) {
                const struct pl_policy_file *file = &files->items[i];
                const char *slash = strrchr(file->origin, '/');

                assert_string_equal(file->name, slash ? slash + 1 : file->origin);
                assert_true(i == 0 || strcmp(files->items[i - 1].name, file->name) < 0);
                pl_text_addf(&text, "%s%s", i ? " " : "", file->origin);
                if (file->first_line != 1)
                        pl_text_addf(&text, ":%u", file->first_line);
                pl_text_add(&text, file->text ? "=" : " masked");
                pl_text_add_span(&text, pl_span(file->text ? file->text : "", file->length));
                bytes += file->length;
        }
        assert_false(text.cut);
        assert_int_equal(bytes, files->text_bytes);
        return buffer;
}

#define DASH " \xE2\x80\x94 "
