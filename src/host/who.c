/* SPDX-License-Identifier: Apache-2.0 */

/* Who could have chosen the names of a path is the user that owns the directory in which the cgroup was made, for nobody
 * else but root could make it there. The extended attribute is taken from a directory that root owns and no other: whoever
 * owns it can write there what he likes.
 */

#include "plimsoll/host/who.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>

#include "plimsoll/base/assert.h"
#include "plimsoll/base/macro.h"

static const char profile_xattr[] = "user.plimsoll.profile";

/* ---- what the directories say ---- */

static int read_owner(int fd, uint32_t *ret_uid)
{
        struct stat status;

        if (fstat(fd, &status) < 0)
                return pl_file_outcome(errno);
        *ret_uid = status.st_uid;
        return 0;
}

/* The word of a directory of root's; empty where there is none, or one that is no name of a profile. */
static int read_profile(int fd, char *profile, size_t size)
{
        struct stat status;
        ssize_t length = 0;

        if (fstat(fd, &status) < 0)
                return pl_file_outcome(errno);
        if (status.st_uid == 0)
                length = fgetxattr(fd, profile_xattr, profile, size - 1);
        /* A zero in it would make another word of it. */
        if (length < 0 || memchr(profile, '\0', (size_t) length))
                length = 0;
        profile[length] = '\0';
        return 0;
}

/* ---- what the path says ---- */

/* A span as a string, or NULL for an empty one. */
static const char *keep(struct pl_span span, char *buffer, size_t size)
{
        struct pl_text text;

        pl_text_init(&text, buffer, size);
        pl_text_add_span(&text, span);
        pl_assert(!text.cut);
        return text.length > 0 ? buffer : NULL;
}

static const char *keep_words(const struct pl_identity *parts, char *buffer, size_t size,
                              void (*add)(const struct pl_identity *, struct pl_text *))
{
        struct pl_text text;

        pl_text_init(&text, buffer, size);
        add(parts, &text);
        pl_assert(!text.cut);
        return text.length > 0 ? buffer : NULL;
}

/* Run by a service manager itself; the scope of a container is its runtime's. */
static bool is_systemds(const struct pl_identity *parts)
{
        uint8_t kind = parts->standing.kind;

        return kind == PL_WORKLOAD_SERVICE || kind == PL_WORKLOAD_SCOPE ||
               kind == PL_WORKLOAD_SESSION || kind == PL_WORKLOAD_UNIT;
}

static void fill_words(struct pl_census_identity *whole)
{
        const struct pl_identity *parts = &whole->parts;
        struct pl_workload_identity *identity = &whole->identity;

        identity->path = whole->path;
        identity->unit = keep(parts->unit, whole->unit, sizeof whole->unit);
        identity->slice = keep(parts->slice, whole->slice, sizeof whole->slice);
        identity->container_id = keep(parts->container_id, whole->container_id,
                                      sizeof whole->container_id);
        identity->name = keep_words(parts, whole->name, sizeof whole->name, pl_identity_name);
        identity->container = keep_words(parts, whole->container, sizeof whole->container,
                                         pl_identity_container);
        identity->pod_uid = keep_words(parts, whole->pod, sizeof whole->pod, pl_identity_pod);
        identity->qos = parts->qos;
        identity->kind = parts->standing.kind;
        identity->runtime = parts->standing.runtime;
        if (identity->runtime < 0 && is_systemds(parts))
                identity->runtime = PL_RUNTIME_SYSTEMD;
        if (whole->profile[0] != '\0') {
                whole->xattrs[0] = (struct pl_pair){ profile_xattr, whole->profile };
                identity->xattrs = (struct pl_pairs){ 1, whole->xattrs };
        }
}

int pl_who_read(int cgroup_fd, int parent_fd, struct pl_census_identity *who)
{
        size_t length;
        int r;

        pl_assert(who);
        pl_assert(who->path[0] == '/');

        who->identity = (struct pl_workload_identity){};
        r = read_profile(cgroup_fd, who->profile, sizeof who->profile);
        if (r == 0)
                r = read_owner(parent_fd, &who->identity.owner_uid);
        if (r != 0)
                return r;
        pl_identity_resolve(pl_span_of(who->path), &who->parts, &length);
        fill_words(who);
        return 0;
}

/* ---- from a path ---- */

/* With one slash before each part, and none behind the last but for the root's. */
static int normalise(struct pl_span path, char *normal, size_t size)
{
        struct pl_text text;

        pl_text_init(&text, normal, size);
        while (!pl_span_empty(path)) {
                struct pl_span part = pl_span_until(&path, '/');

                if (pl_span_equals(part, ".."))
                        return PL_WHO_E_ABOVE;
                if (pl_span_empty(part) || pl_span_equals(part, "."))
                        continue;
                if (part.length > PL_CGROUP_NAME_MAX || memchr(part.data, '\0', part.length))
                        return PL_FILE_E_ABSENT;
                pl_text_add(&text, "/");
                pl_text_add_span(&text, part);
        }
        if (text.length == 0)
                pl_text_add(&text, "/");
        return text.cut ? PL_FILE_E_TOO_BIG : 0;
}

/* A path with its slash in front, below the root; of it no more than so much. */
static int open_below(int root_fd, const char *path, size_t length, int *ret_fd)
{
        char relative[PL_CGROUP_PATH_MAX + 1];
        struct pl_text text;

        pl_text_init(&text, relative, sizeof relative);
        pl_text_add_span(&text, pl_span_from(pl_span(path, length), 1));
        if (text.length == 0)
                pl_text_add(&text, ".");
        return pl_file_open_directory(root_fd, relative, ret_fd);
}

int pl_who_find(int root_fd, struct pl_span path, struct pl_census_identity *ret_who,
                uint64_t *ret_id)
{
        _cleanup_close_ int whole_fd = -1, fd = -1, parent_fd = -1;
        char *workload = ret_who->path;
        size_t length;
        int r;

        pl_assert(root_fd >= 0);
        pl_assert(ret_who && ret_id);

        r = normalise(path, workload, sizeof ret_who->path);
        if (r == 0)
                r = open_below(root_fd, workload, strlen(workload), &whole_fd);
        if (r != 0)
                return r;
        pl_identity_resolve(pl_span_of(workload), &ret_who->parts, &length);
        workload[PL_MAX(length, (size_t) 1)] = '\0';
        r = open_below(root_fd, workload, strlen(workload), &fd);
        if (r == 0)
                r = open_below(root_fd, workload, (size_t) (strrchr(workload, '/') - workload),
                               &parent_fd);
        if (r == 0)
                r = pl_cgroup_id(fd, ret_id);
        return r == 0 ? pl_who_read(fd, parent_fd, ret_who) : r;
}

/* ---- what a runtime has written ---- */

/* Whose files: below a user's manager it is his own runtime. */
static uint32_t uid_of(const struct pl_identity *parts)
{
        return parts->standing.flags & PL_STANDING_USER ? parts->standing.uid : 0;
}

bool pl_who_question(const struct pl_identity *parts, struct pl_names_question *ret_question)
{
        struct pl_names_question question = {
                .runtime = parts->standing.runtime,
                .uid = uid_of(parts),
                .is_in_pod = parts->qos >= 0,
        };

        if (parts->standing.kind == PL_WORKLOAD_HELPER || question.uid == PL_UID_NONE)
                return false;
        /* Without systemd the path of a pod does not say whose its containers are. */
        if (question.runtime < 0 && question.is_in_pod)
                question.runtime = PL_RUNTIME_CONTAINERD;
        switch (question.runtime) {
        case PL_RUNTIME_DOCKER:
        case PL_RUNTIME_PODMAN:
        case PL_RUNTIME_CONTAINERD:
        case PL_RUNTIME_CRIO:
                break;
        default:
                return false;
        }
        if (!keep(parts->container_id, question.id, sizeof question.id))
                return false;
        *ret_question = question;
        return true;
}

/* "POD/CONTAINER" in Kubernetes, where every other pod has a container of the same name. */
static void take_name(struct pl_census_identity *who, const struct pl_names *names)
{
        struct pl_text text;

        pl_text_init(&text, who->name, sizeof who->name);
        if (names->k8s_pod) {
                pl_text_add(&text, names->k8s_pod);
                pl_text_add(&text, "/");
        }
        pl_text_add(&text, names->name ? names->name : "sandbox");
        who->identity.name = who->name;
}

void pl_who_dress(struct pl_census_identity *who, const struct pl_names *names)
{
        struct pl_workload_identity *identity = &who->identity;

        pl_assert(who && names);

        if (identity->kind == PL_WORKLOAD_CONTAINER && (names->name || names->k8s_pod))
                take_name(who, names);
        if (names->name)
                identity->container = names->name;
        if (names->is_sandbox && identity->kind == PL_WORKLOAD_CONTAINER)
                identity->kind = PL_WORKLOAD_SANDBOX;
        identity->image = names->image;
        identity->labels = names->labels;
        identity->k8s_namespace = names->k8s_namespace;
        identity->k8s_pod = names->k8s_pod;
        identity->k8s_container = names->k8s_container;
}
