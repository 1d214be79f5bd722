/* SPDX-License-Identifier: Apache-2.0 */

/* A directory is listed first and its files are read in the order of their names, so that what is said of them is said in
 * the same order every time, whatever order the disk keeps them in. A file that is gone by the time it is opened is as one
 * that was removed before.
 */

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "fetch.h"
#include "files.h"
#include "plimsoll/base/assert.h"
#include "plimsoll/base/macro.h"
#include "trust.h"

enum {
        /* Names of any kind in a directory: many more than there may be policy files, so that a directory of something
         * else is an error and not a long wait. */
        ENTRIES_MAX = 64 * PL_POLICY_FILES_MAX,
};

/* The origins of a directory's files, sorted. They are kept by the files they are added to. */
struct listing {
        size_t count;
        const char *origins[PL_POLICY_FILES_MAX];
};

static int refuse(const struct pl_adding *adding, const char *file, int result, const char *message,
                  const char *advice)
{
        pl_diag_error(adding->diag, file, (struct pl_place){}, "%s", message);
        pl_diag_hint(adding->diag, "%s", advice);
        return result;
}

static void cleanup_directory(DIR **directory)
{
        if (*directory)
                (void) closedir(*directory);
}

/* "PATH/", which begins every origin. */
static struct pl_span without_slashes(const char *path)
{
        struct pl_span span = pl_span_of(path);

        while (span.length > 0 && span.data[span.length - 1] == '/')
                span.length--;
        return span;
}

/* ---- one file ---- */

/* Adds what was read, or the mask. */
static int put(const struct pl_fetch *fetch, int fetched, char *text, size_t length)
{
        struct pl_policy_file file = { .origin = fetch->origin, .first_line = 1 };

        pl_assert(fetched == 0 || fetched == PL_FETCH_E_MASK);

        if (fetched == 0) {
                file.text = text;
                file.length = length;
        }
        return pl_files_put(fetch->adding->files, file, fetch->adding->diag);
}

/* 0 also when it was refused or is gone, PL_FILES_E_FULL when no more may be added. */
static int add_listed(const struct pl_adding *adding, int dir_fd, const char *origin)
{
        const struct pl_fetch fetch = { adding, dir_fd, pl_origin_name(origin), origin };
        const char *mistake = pl_origin_mistake(pl_span_of(origin));
        char *text = NULL;
        size_t length = 0;
        int r;

        if (mistake)
                return refuse(adding, origin, 0, mistake, "rename it");
        r = pl_fetch(&fetch, &text, &length);
        if (r == 0 || r == PL_FETCH_E_MASK)
                return put(&fetch, r, text, length);
        return r > 0 ? 0 : r;
}

/* ---- a directory ---- */

static int open_directory(const char *path, DIR **ret_directory)
{
        _cleanup_close_ int fd = openat(AT_FDCWD, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

        if (fd < 0)
                return -errno;
        *ret_directory = fdopendir(fd);
        if (!*ret_directory)
                return -errno;
        (void) PL_TAKE_FD(fd);
        return 0;
}

/* What an open that failed means. */
static int refuse_directory(const struct pl_adding *adding, const char *path, int error)
{
        switch (error) {
        case ENOENT:
        case ENAMETOOLONG:
                return refuse(adding, path, PL_POLICY_E_ABSENT, "no such directory",
                              "check the path");
        case ENOTDIR:
                return refuse(adding, path, PL_POLICY_E_INVALID, "not a directory",
                              "check the path");
        case EACCES:
        case EPERM:
                return refuse(adding, path, PL_POLICY_E_DENIED, "it may not be read",
                              "check the permissions of it and of the directories above it");
        case ELOOP:
                return refuse(adding, path, PL_POLICY_E_INVALID,
                              "it is a link that leads back to itself",
                              "remove it, or link it to a directory");
        default:
                return -error;
        }
}

static int compare_origins(const void *a, const void *b)
{
        const char *const *left = a, *const *right = b;

        return strcmp(*left, *right);
}

/* A directory that is being added, by the name that diags show and by the one that origins begin with. */
struct directory {
        const struct pl_adding *adding;
        const char *path, *prefix;
        DIR *stream;
};

static int add_name(const struct directory *directory, const char *name, struct listing *listing)
{
        if (name[0] == '.' || !pl_is_policy_name(pl_span_of(name)))
                return 0;
        if (listing->count == PL_POLICY_FILES_MAX)
                return refuse(directory->adding, directory->path, PL_POLICY_E_INVALID,
                              "there are more than 1024 policy files here, and none is read",
                              "one profile can mean many workloads: give it more entries in "
                              "\"match\"");
        return pl_files_keep(directory->adding->files, pl_span_of(directory->prefix),
                             pl_span_of(name), &listing->origins[listing->count++]);
}

static int list(const struct directory *directory, struct listing *listing)
{
        struct dirent *entry;
        int r = 0;

        for (size_t i = 0; i < ENTRIES_MAX && r == 0; i++) {
                errno = 0;
                entry = readdir(directory->stream);
                if (!entry && errno != 0)
                        return -errno;
                if (!entry) {
                        qsort(listing->origins, listing->count, sizeof *listing->origins,
                              compare_origins);
                        return 0;
                }
                r = add_name(directory, entry->d_name, listing);
        }
        if (r != 0)
                return r;
        return refuse(directory->adding, directory->path, PL_POLICY_E_INVALID,
                      "more than 65535 files are here: this is no directory of policies",
                      "check the path");
}

static int add_listing(const struct directory *directory)
{
        struct listing *listing = calloc(1, sizeof *listing);
        int r;

        if (!listing)
                return -ENOMEM;
        r = list(directory, listing);
        for (size_t i = 0; i < listing->count && r == 0; i++)
                r = add_listed(directory->adding, dirfd(directory->stream), listing->origins[i]);
        free(listing);
        return r == PL_FILES_E_FULL ? PL_POLICY_E_INVALID : r;
}

static int add_directory(const struct pl_adding *adding, const char *path, bool must_exist)
{
        _cleanup_(cleanup_directory) DIR *stream = NULL;
        struct directory directory = { .adding = adding };
        struct pl_trust_place place = { .use = PL_TRUST_LISTED, .called = "this directory" };
        bool accepted;
        int r;

        r = pl_files_keep(adding->files, pl_span_of(path), pl_span_of(""), &directory.path);
        if (r == 0)
                r = pl_files_keep(adding->files, without_slashes(path), pl_span_of("/"),
                                  &directory.prefix);
        if (r != 0)
                return r;
        r = open_directory(path, &stream);
        if (r == -ENOENT && !must_exist)
                return 0;
        if (r != 0)
                return refuse_directory(adding, directory.path, -r);

        pl_assert(stream);
        directory.stream = stream;
        place.fd = dirfd(stream);
        place.file = place.path = directory.path;
        r = pl_trust_accepts_directory(adding, &place, &accepted);
        if (r != 0)
                return r;
        return accepted ? add_listing(&directory) : PL_POLICY_E_INVALID;
}

int pl_files_add_directory(struct pl_policy_files *files, const char *path,
                           const struct pl_load_options *options, struct pl_diag *diag)
{
        pl_assert(files);
        pl_assert(path);
        pl_assert(options);
        pl_assert(diag);

        return add_directory(&(struct pl_adding){ files, options, diag, geteuid() }, path, true);
}

int pl_files_add_directories(struct pl_policy_files *files, const char *const *paths,
                             const struct pl_load_options *options, struct pl_diag *diag)
{
        const struct pl_adding adding = { files, options, diag, geteuid() };
        int first = 0;

        pl_assert(files);
        pl_assert(paths);
        pl_assert(options);
        pl_assert(diag);

        for (; *paths && first >= 0; paths++) {
                int r = add_directory(&adding, *paths, false);

                if (r < 0 || first == 0)
                        first = r;
        }
        return first;
}

/* ---- a file by its name ---- */

/* The directory that the file is opened in: the one before the last slash. */
static int open_holder(const struct pl_fetch *fetch, int *ret_fd)
{
        struct pl_trust_place place = { .use = PL_TRUST_HOLDS, .file = fetch->origin };
        struct pl_span span = pl_span(fetch->origin, (size_t) (fetch->name - fetch->origin));
        _cleanup_close_ int fd = -1;
        bool accepted;
        int r;

        if (span.length == 0)
                span = pl_span_of(".");
        else if (span.length > 1)
                span.length--;
        r = pl_files_keep(fetch->adding->files, span, pl_span_of(""), &place.path);
        if (r != 0)
                return r;
        fd = openat(AT_FDCWD, place.path, O_PATH | O_DIRECTORY | O_CLOEXEC);
        if (fd < 0)
                return pl_fetch_refuse_opening(fetch, errno);

        place.fd = fd;
        place.called = "its directory";
        r = pl_trust_accepts_directory(fetch->adding, &place, &accepted);
        if (r == 0 && !accepted)
                r = PL_FETCH_E_REFUSED;
        if (r == 0)
                *ret_fd = PL_TAKE_FD(fd);
        return r;
}

static void note_file(const struct pl_fetch *fetch, bool is_mask)
{
        if (is_mask)
                pl_diag_note(fetch->adding->diag, fetch->origin, (struct pl_place){},
                             "it is a link to /dev/null, which masks files of that name");
        else
                pl_files_note_replaced(fetch->adding->files, fetch->origin, fetch->adding->diag);
}

static int fetch_named(struct pl_fetch *fetch)
{
        _cleanup_close_ int dir_fd = -1;
        char *text = NULL;
        size_t length = 0;
        int r;

        r = open_holder(fetch, &dir_fd);
        if (r != 0)
                return r;
        fetch->dir_fd = dir_fd;
        r = pl_fetch(fetch, &text, &length);
        if (r != 0 && r != PL_FETCH_E_MASK)
                return r;
        note_file(fetch, r == PL_FETCH_E_MASK);
        r = put(fetch, r, text, length);
        return r == PL_FILES_E_FULL ? PL_FETCH_E_REFUSED : r;
}

int pl_files_add_file(struct pl_policy_files *files, const char *path,
                      const struct pl_load_options *options, struct pl_diag *diag)
{
        const struct pl_adding adding = { files, options, diag, geteuid() };
        struct pl_fetch fetch = { .adding = &adding, .dir_fd = -1 };
        const char *mistake;
        int r;

        pl_assert(files);
        pl_assert(path);
        pl_assert(options);
        pl_assert(diag);

        r = pl_files_keep(files, pl_span_of(path), pl_span_of(""), &fetch.origin);
        if (r != 0)
                return r;
        fetch.name = pl_origin_name(fetch.origin);
        mistake = pl_origin_mistake(pl_span_of(path));
        if (mistake)
                return refuse(&adding, fetch.origin, PL_POLICY_E_INVALID, mistake, "rename it");
        if (!pl_is_policy_name(pl_span_of(path)))
                return refuse(&adding, fetch.origin, PL_POLICY_E_INVALID,
                              "only files called *.json are read as policy files",
                              "rename it, if it is one");
        r = fetch_named(&fetch);
        if (r == PL_FETCH_E_GONE)
                return refuse(&adding, fetch.origin, PL_POLICY_E_ABSENT, "no such file",
                              "check the path");
        if (r == PL_FETCH_E_DENIED)
                return PL_POLICY_E_DENIED;
        return r > 0 ? PL_POLICY_E_INVALID : r;
}
