/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* load - policy files from layered directories, all read before any is used.
 *
 * In two steps, so that whoever shows a mistake still has the text it is in:
 *
 *     struct pl_policy_files files = {};
 *     pl_files_add_directories(&files, pl_policy_directories, &options, diag);
 *     pl_policy_parse(&files, &options, diag, &policy);
 *
 * A directory gives its files called *.json, not those of directories within it, nor hidden ones. A file of the same name
 * from a directory that was added later replaces one from before; a link to /dev/null masks it. Documents are used in the
 * order of their file names, bytewise. Allocates and blocks as the disk does; follows links to files whose own name ends in
 * ".json" and to no others: `check` prints lines of what it reads, and whoever may run that as root should not be able to
 * read any file with it.
 *
 * What is added to a diag points to names that the files own, and after pl_policy_parse() to names of the policy as well: a
 * diag is to be shown or cleared before either is released. The policy does not need the files.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "plimsoll/base/diag.h"
#include "plimsoll/base/span.h"
#include "plimsoll/policy/document.h"

enum {
        PL_POLICY_E_INVALID = 1, /* there were errors; the diag has them all */
        PL_POLICY_E_ABSENT, /* no such file or directory; the diag says so as well, as an error */
        PL_POLICY_E_DENIED, /* it may not be read; the diag says so as well, as an error */
};

struct pl_load_options {
        /* A file that somebody else may write (who is neither root nor the caller), itself or by its directory, is an
         * error and not read. Otherwise a warning, once a file and once a directory. */
        bool refuse_writable;
        /* Seconds since 1970, to note orders that have expired; 0 for not to. */
        int64_t now_sec;
};

struct pl_policy_file {
        /* "DIRECTORY/NAME", or what stood behind "// origin:"; without control characters. */
        const char *origin;
        const char *name; /* the last part of it: what orders and replaces */
        char *text;       /* owned; NULL for a mask */
        size_t length;
        uint32_t first_line; /* 1, but for documents in a stream */
};

/* All zero when nothing was added yet. Bounded by PL_POLICY_FILES_MAX and PL_POLICY_TEXT_MAX, which are errors. */
struct pl_policy_files {
        size_t count, room;
        size_t text_bytes;
        struct pl_policy_file *items;  /* sorted by name */
        struct pl_policy_names *names; /* owned: what origins and diags point into */
};

/* A directory's files. 0 also when single files were wrong: they are in the diag. More files than there may be, or a
 * directory that somebody else may write where that is refused, are PL_POLICY_E_INVALID. */
int pl_files_add_directory(struct pl_policy_files *files, const char *path,
                           const struct pl_load_options *options, struct pl_diag *diag);

/* Several, from the lowest, up to NULL; those that are not there are passed over in silence. All are looked at, whatever
 * is wrong with one; the first result that is not 0 is returned. */
int pl_files_add_directories(struct pl_policy_files *files, const char *const *paths,
                             const struct pl_load_options *options, struct pl_diag *diag);

/* One file, whose name has to end in ".json". A link to /dev/null masks, and a file that has the name of one from before
 * replaces it, as in directories, but with a note. PL_POLICY_E_INVALID when it is wrong. */
int pl_files_add_file(struct pl_policy_files *files, const char *path,
                      const struct pl_load_options *options, struct pl_diag *diag);

/* Documents from a stream, as cat-config prints them: each behind a line "// origin: PATH". Without any such line it is
 * one document, called "<stdin>". Lines count through the stream. PL_POLICY_E_INVALID when something was wrong; what was
 * not is added. */
int pl_files_add_stream(struct pl_policy_files *files, int fd, struct pl_diag *diag);

/* As if a file were there, or were not, so that it can be said what a change would come to before it is made. The origin is
 * "DIRECTORY/NAME.json"; a text replaces that of a file of the same name. 0, PL_POLICY_E_INVALID, or −ENOMEM. */
int pl_files_add_text(struct pl_policy_files *files, const char *origin, struct pl_span text,
                      struct pl_diag *diag);
void pl_files_remove(struct pl_policy_files *files, const char *origin);

void pl_files_done(struct pl_policy_files *files);

static inline void pl_cleanup_files(struct pl_policy_files *files)
{
        pl_files_done(files);
}

/* What is in force together. The arrays are in the order of the file names. */
struct pl_policy {
        size_t document_count, profile_count, order_count;
        struct pl_document **
                documents; /* owned; those that have errors as well (is_partial), which stand nowhere else */
        const struct pl_document **profiles;
        const struct pl_document *host; /* the first; NULL: all defaults */
        const struct pl_document **orders;
};

/* Parses them all and looks at them together: two profiles of one name, two host documents, a profile that can never be
 * reached. PL_POLICY_E_INVALID when the diag has errors now; *ret_policy is made even then, of the documents that are
 * well by themselves and of what is well in the others, so that all else that is wrong can be said in the same run. Only below 0 it is not, and the
 * diag is not to be shown then. */
int pl_policy_parse(const struct pl_policy_files *files, const struct pl_load_options *options,
                    struct pl_diag *diag, struct pl_policy **ret_policy);

void pl_policy_free(struct pl_policy *policy); /* NULL is fine */

/* The host's policy, or where the files have none, one of defaults, which is not to be freed. Allocates at the first call. 0 or
 * −ENOMEM. */
int pl_policy_host(const struct pl_policy *policy, const struct pl_host_policy **ret_host);

static inline void pl_cleanup_policy(struct pl_policy **policy)
{
        pl_policy_free(*policy);
}

/* The three directories of the system, from the lowest, ending with NULL. */
extern const char *const pl_policy_directories[];
