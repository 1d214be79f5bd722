/* SPDX-License-Identifier: Apache-2.0 */

/* What is watched are the directories and those they are in: a directory that is made later, or that is a link which somebody
 * points elsewhere, changes an entry of its parent. Kubernetes swaps a whole set of files by renaming one link within the
 * directory, which is an entry of it as well. News say only that it is time to read again: what they say in detail is not
 * looked at, and which of two things came first does not matter.
 */

#include "policies.h"

#include <errno.h>
#include <string.h>
#include <sys/inotify.h>
#include <unistd.h>

#include "fingerprint.h"
#include "plimsoll/base/assert.h"
#include "plimsoll/base/macro.h"
#include "plimsoll/policy/feasible.h"
#include "plimsoll/policy/print.h"

enum {
        /* A write that is not closed yet is no news: a file is read when it is whole. */
        CHANGES = IN_CREATE | IN_DELETE | IN_MOVED_FROM | IN_MOVED_TO | IN_CLOSE_WRITE | IN_ATTRIB |
                  IN_DELETE_SELF | IN_MOVE_SELF | IN_ONLYDIR,
        /* Some sixteen names at a time; what is left is read by the next call. */
        NEWS_BYTES = 4096,
        READS_MAX = 64,
        PARENT_MAX = 256,
        DEPTH_MAX = 32,
};

static bool watch(const struct pl_policies *policies, const char *path)
{
        return inotify_add_watch(policies->inotify_fd, path, CHANGES) >= 0;
}

/* "/etc/plimsoll" of "/etc/plimsoll/policies.d", "/" of "/etc", "." of a name alone. False where there is none above. */
static bool cut_last(struct pl_span *path)
{
        size_t length = path->length;

        while (length > 0 && path->data[length - 1] != '/')
                length--;
        if (path->length == 1 && (length == 1 || path->data[0] == '.'))
                return false;
        if (length == 0)
                *path = pl_span(".", 1);
        else
                *path = pl_span(path->data, length > 1 ? length - 1 : 1);
        return true;
}

/* What is above, as far up as there is something: a directory that is made later, its parent with it, is an entry there. */
static bool watch_above(const struct pl_policies *policies, const char *path)
{
        struct pl_span above = pl_span_of(path);
        char buffer[PARENT_MAX];
        struct pl_text text;

        for (unsigned i = 0; i < DEPTH_MAX && cut_last(&above); i++) {
                pl_text_init(&text, buffer, sizeof buffer);
                pl_text_add_span(&text, above);
                if (text.cut)
                        return false;
                if (watch(policies, buffer))
                        return true;
                if (errno != ENOENT)
                        return false;
        }
        return false;
}

/* Watching what is watched already changes nothing. A directory that is absent is no trouble as long as what is above tells
 * of its coming. */
static void watch_all(struct pl_policies *policies)
{
        policies->is_unwatched = policies->inotify_fd < 0;
        for (size_t i = 0; policies->inotify_fd >= 0 && policies->directories[i]; i++) {
                bool has_above = watch_above(policies, policies->directories[i]);
                bool is_watched = watch(policies, policies->directories[i]) || errno == ENOENT;

                policies->is_unwatched |= !has_above || !is_watched;
        }
}

void pl_policies_init(struct pl_policies *policies, const char *const *directories)
{
        pl_assert(policies);
        pl_assert(directories);

        /* All but the diag's entries, which are many. */
        memset(policies, 0, offsetof(struct pl_policies, diag));
        pl_diag_clear(&policies->diag);
        policies->directories = directories;
        policies->inotify_fd = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
        watch_all(policies);
}

void pl_policies_done(struct pl_policies *policies)
{
        pl_assert(policies);

        if (policies->inotify_fd >= 0)
                (void) close(policies->inotify_fd);
        pl_policy_free(policies->in_force);
        pl_policy_free(policies->left_out);
        pl_files_done(&policies->files);
        policies->inotify_fd = -1;
        policies->in_force = policies->left_out = NULL;
}

/* 0, PL_POLICIES_E_REFUSED, or a negative errno. *ret_policy is made on the first two, where it could be read. */
static int read_all(struct pl_policies *policies, const struct pl_host_facts *host, int64_t now_sec,
                    struct pl_policy **ret_policy)
{
        const struct pl_load_options options = { .refuse_writable = true, .now_sec = now_sec };
        int r;

        pl_files_done(&policies->files);
        policies->files = (struct pl_policy_files){};
        pl_diag_clear(&policies->diag);
        r = pl_files_add_directories(&policies->files, policies->directories, &options,
                                     &policies->diag);
        if (r < 0)
                return r;
        r = pl_policy_parse(&policies->files, &options, &policies->diag, ret_policy);
        if (r < 0)
                return r;
        pl_policy_check(*ret_policy, host, NULL, &policies->diag);
        return policies->diag.errors == 0 ? 0 : PL_POLICIES_E_REFUSED;
}

/* Either comes into force or is left out; both are kept, for the diag points into them. */
static int take(struct pl_policies *policies, struct pl_policy *policy, int error)
{
        uint8_t digest[PL_SHA256_BYTES];

        pl_policy_digest(policy, digest);
        if (error == 0 && policies->in_force &&
            memcmp(digest, policies->digest, sizeof digest) == 0)
                error = PL_POLICIES_E_SAME;
        if (error == PL_POLICIES_E_REFUSED)
                memcpy(policies->refused_digest, digest, sizeof digest);
        if (error != 0) {
                policies->left_out = policy;
                return error;
        }
        pl_policy_free(policies->in_force);
        policies->in_force = policy;
        memcpy(policies->digest, digest, sizeof digest);
        return 0;
}

int pl_policies_reload(struct pl_policies *policies, const struct pl_host_facts *host,
                       int64_t now_sec)
{
        struct pl_policy *policy = NULL;
        int r;

        pl_assert(policies);
        pl_assert(host);

        /* Before they are read: what changes meanwhile is another change. */
        policies->fingerprint = pl_fingerprint_take(policies->directories, &policies->is_indirect);

        pl_policy_free(policies->left_out);
        policies->left_out = NULL;
        r = read_all(policies, host, now_sec, &policy);
        if (r < 0) {
                pl_diag_clear(&policies->diag);
                return r;
        }
        return take(policies, policy, r);
}

static int read_kept(int fd, const uint8_t digest[PL_SHA256_BYTES],
                     const struct pl_host_facts *host, struct pl_diag *diag,
                     struct pl_policy **ret_policy)
{
        _cleanup_(pl_cleanup_files) struct pl_policy_files files = {};
        const struct pl_load_options options = {};
        uint8_t own[PL_SHA256_BYTES];
        int r;

        r = pl_files_add_stream(&files, fd, diag);
        if (r >= 0)
                r = pl_policy_parse(&files, &options, diag, ret_policy);
        if (r < 0)
                return r;
        pl_policy_check(*ret_policy, host, NULL, diag);
        pl_policy_digest(*ret_policy, own);
        return diag->errors == 0 && memcmp(own, digest, sizeof own) == 0 ? 0
                                                                         : PL_POLICIES_E_REFUSED;
}

int pl_policies_take_up(struct pl_policies *policies, int fd, const uint8_t digest[PL_SHA256_BYTES],
                        const struct pl_host_facts *host)
{
        _cleanup_free_ struct pl_diag *diag = calloc(1, sizeof *diag);
        _cleanup_(pl_cleanup_policy) struct pl_policy *policy = NULL;
        int r;

        pl_assert(policies && host);
        pl_assert(!policies->in_force);

        if (!diag)
                return -ENOMEM;
        r = read_kept(fd, digest, host, diag, &policy);
        if (r != 0)
                return r;
        policies->in_force = PL_TAKE_PTR(policy);
        memcpy(policies->digest, digest, sizeof policies->digest);
        return 0;
}

void pl_policies_forget(struct pl_policies *policies)
{
        pl_assert(policies);

        pl_diag_clear(&policies->diag);
        pl_files_done(&policies->files);
        policies->files = (struct pl_policy_files){};
        pl_policy_free(policies->left_out);
        policies->left_out = NULL;
}

int pl_policies_fd(const struct pl_policies *policies)
{
        pl_assert(policies);
        return policies->inotify_fd;
}

bool pl_policies_have_changed(struct pl_policies *policies)
{
        bool is_indirect;

        pl_assert(policies);

        if (!policies->is_unwatched && !policies->is_indirect)
                return false;
        return pl_fingerprint_take(policies->directories, &is_indirect) != policies->fingerprint;
}

bool pl_policies_notice(struct pl_policies *policies)
{
        _Alignas(struct inotify_event) char news[NEWS_BYTES];
        bool any = false;

        pl_assert(policies);

        for (size_t i = 0; policies->inotify_fd >= 0 && i < READS_MAX &&
                           read(policies->inotify_fd, news, sizeof news) > 0;
             i++)
                any = true;
        if (any)
                watch_all(policies);
        return any;
}
