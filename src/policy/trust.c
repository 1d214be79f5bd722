/* SPDX-License-Identifier: Apache-2.0 */

/* A policy decides what root kills. Whoever may write one of its files, or put another in its place, therefore is root; so
 * plimsolld reads no file of which that could be anybody else. What is judged is the open file and not its name, which
 * could mean another one a moment later.
 *
 * The directories above a file's own are not looked at, as with any other configuration: who can move those can move
 * the programs too.
 */

#include "trust.h"

#include <errno.h>
#include <string.h>
#include <sys/statvfs.h>

#include "plimsoll/base/assert.h"
#include "plimsoll/base/text.h"

static bool is_trusted(uid_t owner, uid_t caller)
{
        return owner == 0 || owner == caller;
}

static enum pl_trust judge_mode(mode_t mode)
{
        if (mode & S_IWOTH)
                return PL_TRUST_EVERYONE;
        return mode & S_IWGRP ? PL_TRUST_GROUP : PL_TRUST_WELL;
}

enum pl_trust pl_trust_file(const struct stat *status, uid_t caller)
{
        pl_assert(status);

        return is_trusted(status->st_uid, caller) ? judge_mode(status->st_mode) : PL_TRUST_OWNER;
}

int pl_trust_directory(int fd, const struct stat *status, enum pl_trust_use use, uid_t caller,
                       enum pl_trust *ret_trust)
{
        enum pl_trust trust;
        struct statvfs mount;

        pl_assert(status && S_ISDIR(status->st_mode));
        pl_assert(ret_trust);

        trust = pl_trust_file(status, caller);
        if (use == PL_TRUST_HOLDS && trust != PL_TRUST_OWNER && status->st_mode & S_ISVTX)
                trust = PL_TRUST_WELL;
        if (trust == PL_TRUST_GROUP || trust == PL_TRUST_EVERYONE) {
                if (fstatvfs(fd, &mount) < 0)
                        return -errno;
                if (mount.f_flag & ST_RDONLY)
                        trust = PL_TRUST_WELL;
        }

        *ret_trust = trust;
        return 0;
}

/* A path as a shell takes it, because the hint is there to be copied and whoever could write the file chose its name. */
static void add_quoted(struct pl_text *text, const char *path)
{
        static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
                                    "/._-+,:@%=";

        if (path[0] != '\0' && path[0] != '-' && path[strspn(path, plain)] == '\0') {
                pl_text_add(text, path);
                return;
        }
        pl_text_add(text, path[0] == '-' ? "-- '" : "'");
        for (; *path != '\0'; path++)
                if (*path == '\'')
                        pl_text_add(text, "'\\''");
                else
                        pl_text_add_byte(text, *path);
        pl_text_add_byte(text, '\'');
}

/* What is judged, in words. */
struct subject {
        const char *file, *called, *path;
        const struct stat *status;
};

static void hint(const struct subject *subject, enum pl_trust trust, struct pl_diag *diag)
{
        char buffer[PL_DIAG_WORDS_MAX];
        struct pl_text text;

        pl_text_init(&text, buffer, sizeof buffer);
        if (trust == PL_TRUST_OWNER)
                pl_text_add(&text, "chown root ");
        else
                pl_text_addf(&text, "chmod %04o ",
                             subject->status->st_mode & 07777 & ~(mode_t) (S_IWGRP | S_IWOTH));
        add_quoted(&text, subject->path);
        /* Half a path is no advice. */
        if (!text.cut)
                pl_diag_hint(diag, "%s", buffer);
}

static void add_reason(struct pl_text *text, enum pl_trust trust, const struct stat *status)
{
        if (trust == PL_TRUST_OWNER)
                pl_text_addf(text, "belongs to uid %u", status->st_uid);
        else if (trust == PL_TRUST_GROUP)
                pl_text_addf(text, "is writable by its group (gid %u)", status->st_gid);
        else
                pl_text_add(text, "is writable by everyone");
}

static void say(const struct subject *subject, enum pl_trust trust, bool refuse,
                struct pl_diag *diag)
{
        char buffer[PL_DIAG_WORDS_MAX];
        struct pl_text reason;

        pl_text_init(&reason, buffer, sizeof buffer);
        add_reason(&reason, trust, subject->status);
        if (refuse)
                pl_diag_error(diag, subject->file, (struct pl_place){},
                              "%s %s; refusing to read orders from it", subject->called, buffer);
        else
                pl_diag_warning(diag, subject->file, (struct pl_place){},
                                "%s %s; plimsolld refuses to read orders from it", subject->called,
                                buffer);
        hint(subject, trust, diag);
}

bool pl_trust_accepts_file(const struct pl_adding *adding, const char *origin,
                           const struct stat *status)
{
        const struct subject subject = { origin, "this file", origin, status };
        enum pl_trust trust;

        pl_assert(adding && origin);

        trust = pl_trust_file(status, adding->caller);
        if (trust == PL_TRUST_WELL)
                return true;
        say(&subject, trust, adding->options->refuse_writable, adding->diag);
        return !adding->options->refuse_writable;
}

int pl_trust_accepts_directory(const struct pl_adding *adding, const struct pl_trust_place *place,
                               bool *ret_accepted)
{
        enum pl_trust trust = PL_TRUST_EVERYONE;
        struct stat status;
        bool refuse;
        int r;

        pl_assert(adding && place && ret_accepted);
        pl_assert(place->file && place->called && place->path);

        if (fstat(place->fd, &status) < 0)
                return -errno;
        r = pl_trust_directory(place->fd, &status, place->use, adding->caller, &trust);
        if (r != 0)
                return r;
        refuse = adding->options->refuse_writable;
        if (trust != PL_TRUST_WELL && (refuse || pl_files_is_new_directory(adding->files, &status)))
                say(&(struct subject){ place->file, place->called, place->path, &status }, trust,
                    refuse, adding->diag);
        *ret_accepted = trust == PL_TRUST_WELL || !refuse;
        return 0;
}
