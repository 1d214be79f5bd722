/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* trust - who else could have written a policy file: judged on what fstat() says of the fd it is read from, and on the
 * directory it lies in. Within the room.
 *
 * Trusted are root and the caller. Mode bits count as they stand: with an access control list the bits of the group are the
 * most that anybody on the list has.
 */

#include <stdbool.h>
#include <sys/stat.h>

#include "files.h"

enum pl_trust {
        PL_TRUST_WELL,
        PL_TRUST_OWNER,    /* belongs to somebody else */
        PL_TRUST_GROUP,    /* its group may write it */
        PL_TRUST_EVERYONE, /* everyone may */
};

/* Who could write a file. Pure. */
enum pl_trust pl_trust_file(const struct stat *status, uid_t caller);

enum pl_trust_use {
        PL_TRUST_LISTED, /* what is found in it is read */
        PL_TRUST_HOLDS,  /* the file was named otherwise, and only lies in it */
};

/* Who could change what is in a directory. What is mounted read-only is changed by nobody who comes this way, whatever the
 * mode says: the directory of a ConfigMap has 0777. In a sticky one everybody may add files, and may not touch those
 * of others. 0 or a negative errno. */
int pl_trust_directory(int fd, const struct stat *status, enum pl_trust_use use, uid_t caller,
                       enum pl_trust *ret_trust);

/* False when the file is not to be read; the diag says so then, or has a warning. */
bool pl_trust_accepts_file(const struct pl_adding *adding, const char *origin,
                           const struct stat *status);

struct pl_trust_place {
        int fd;
        enum pl_trust_use use;
        const char *file;   /* for the diag; kept */
        const char *called; /* "its directory" */
        const char *path;   /* what chmod would be given */
};

/* The same for a directory; a warning comes once. 0 or a negative errno. */
int pl_trust_accepts_directory(const struct pl_adding *adding, const struct pl_trust_place *place,
                               bool *ret_accepted);
