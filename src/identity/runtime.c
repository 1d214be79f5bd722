/* SPDX-License-Identifier: Apache-2.0 */

/* Containers by the names that their runtimes give to cgroups. With systemd a container is a scope PREFIX-<id>.scope, as
 * the OCI's "slice:prefix:name" asks for, anywhere below the slices; without it a directory, below another that is the
 * runtime's own. An id has 64 digits, and what has not is a scope of somebody's who liked the prefix.
 *
 * A runtime keeps a process beside each container: conmon for podman and CRI-O, a monitor for LXC. It has next to no
 * memory, and its end loses the container's exit and output: it is told apart as a helper.
 */

#include "parts.h"

#include "plimsoll/base/assert.h"
#include "plimsoll/base/macro.h"

/* Of a SHA-256 or as many random digits. */
enum { CONTAINER_ID_LENGTH = 64 };

static const struct {
        const char *prefix;
        int32_t runtime;
} prefixes[] = {
        { "docker", PL_RUNTIME_DOCKER },
        { "libpod", PL_RUNTIME_PODMAN },
        { "cri-containerd", PL_RUNTIME_CONTAINERD },
        { "crio", PL_RUNTIME_CRIO },
        { "nerdctl", PL_RUNTIME_CONTAINERD },
};

bool pl_is_container_id(struct pl_span span)
{
        if (span.length != CONTAINER_ID_LENGTH)
                return false;
        for (size_t i = 0; i < span.length; i++)
                if (!pl_is_digit(span.data[i]) && !(span.data[i] >= 'a' && span.data[i] <= 'f'))
                        return false;
        return true;
}

static void take_container(struct pl_identity *identity, enum pl_workload_kind kind,
                           struct pl_span id)
{
        pl_assert(!pl_span_empty(id));

        identity->container_id = id;
        pl_identity_is_workload(identity, kind, id);
}

static int32_t runtime_of(struct pl_span prefix)
{
        for (size_t i = 0; i < PL_ARRAY_LENGTH(prefixes); i++)
                if (pl_span_equals(prefix, prefixes[i].prefix))
                        return prefixes[i].runtime;
        return -1;
}

/* PREFIX-<id>, where PREFIX is known or any will do. */
static bool take_prefixed(struct pl_identity *identity, struct pl_span name, bool any)
{
        enum pl_workload_kind kind = PL_WORKLOAD_CONTAINER;
        struct pl_span id, prefix;
        int32_t runtime;

        if (name.length <= CONTAINER_ID_LENGTH + 1)
                return false;
        prefix = pl_span(name.data, name.length - CONTAINER_ID_LENGTH - 1);
        id = pl_span_from(name, prefix.length + 1);
        if (name.data[prefix.length] != '-' || !pl_is_container_id(id))
                return false;
        if (pl_span_ends_with(prefix, "-conmon")) {
                kind = PL_WORKLOAD_HELPER;
                prefix.length -= strlen("-conmon");
        }
        runtime = runtime_of(prefix);
        if (runtime < 0 && !any)
                return false;
        identity->standing.runtime = runtime;
        take_container(identity, kind, id);
        return true;
}

bool pl_recognise_container_scope(struct pl_identity *identity, struct pl_span name)
{
        struct pl_span stem;

        if (!cut_between(name, "", ".scope", &stem) || !take_prefixed(identity, stem, true))
                return false;
        identity->unit = name;
        return true;
}

bool pl_recognise_container_directory(struct pl_identity *identity, struct pl_span name)
{
        return take_prefixed(identity, name, false);
}

bool pl_recognise_container_id(struct pl_identity *identity, struct pl_span name)
{
        if (!pl_is_container_id(name))
                return false;
        take_container(identity, PL_WORKLOAD_CONTAINER, name);
        return true;
}

/* At the root alone. The namespaces of containerd are anybody's words; these three are its, nerdctl's and docker's. */
bool pl_recognise_runtime_directory(struct pl_identity *identity, struct pl_span name)
{
        static const struct {
                const char *name;
                enum where where;
                int32_t runtime;
        } directories[] = {
                { "docker", WHERE_DOCKER, PL_RUNTIME_DOCKER },
                { "libpod_parent", WHERE_LIBPOD, PL_RUNTIME_PODMAN },
                { "lxc", WHERE_LXC, PL_RUNTIME_LXC },
                { "lxc.payload", WHERE_LXC, PL_RUNTIME_LXC },
                { "lxc.monitor", WHERE_LXC_MONITORS, PL_RUNTIME_LXC },
                { "default", WHERE_NAMESPACE, -1 },
                { "k8s.io", WHERE_NAMESPACE, -1 },
                { "moby", WHERE_NAMESPACE, -1 },
        };

        pl_assert(identity->standing.where == WHERE_ROOT);

        for (size_t i = 0; i < PL_ARRAY_LENGTH(directories); i++)
                if (pl_span_equals(name, directories[i].name)) {
                        identity->standing.runtime = directories[i].runtime;
                        pl_identity_is_holder(identity, directories[i].where, name);
                        return true;
                }
        return false;
}

bool pl_recognise_buildkit(struct pl_identity *identity, struct pl_span name)
{
        pl_assert(identity->standing.where == WHERE_DOCKER);

        if (!pl_span_equals(name, "buildkit"))
                return false;
        pl_identity_is_holder(identity, WHERE_BUILDKIT, name);
        return true;
}

/* A step of a build, whose id has 25 letters and digits. */
bool pl_recognise_build(struct pl_identity *identity, struct pl_span name)
{
        take_container(identity, PL_WORKLOAD_CONTAINER, name);
        return true;
}

bool pl_recognise_podman_pod(struct pl_identity *identity, struct pl_span name)
{
        pl_assert(identity->standing.where == WHERE_LIBPOD);

        if (!pl_is_container_id(name))
                return false;
        identity->pod = name;
        pl_identity_is_holder(identity, WHERE_LIBPOD_POD, name);
        return true;
}

bool pl_recognise_conmon(struct pl_identity *identity, struct pl_span name)
{
        if (!pl_span_equals(name, "conmon"))
                return false;
        pl_identity_is_workload(identity, PL_WORKLOAD_HELPER, name);
        return true;
}

static void take_lxc(struct pl_identity *identity, enum pl_workload_kind kind, struct pl_span name)
{
        pl_assert(!pl_span_empty(name));

        identity->standing.runtime = PL_RUNTIME_LXC;
        pl_identity_is_workload(identity, kind, name);
}

/* LXC 4, Incus and LXD: lxc.payload.NAME beside lxc.monitor.NAME; lxc.pivot has a monitor for a moment of its start. */
bool pl_recognise_lxc(struct pl_identity *identity, struct pl_span name)
{
        struct pl_span container;

        if (cut_between(name, "lxc.payload.", "", &container))
                take_lxc(identity, PL_WORKLOAD_CONTAINER, container);
        else if (cut_between(name, "lxc.monitor.", "", &container))
                take_lxc(identity, PL_WORKLOAD_HELPER, container);
        else if (pl_span_equals(name, "lxc.pivot"))
                take_lxc(identity, PL_WORKLOAD_HELPER, name);
        else
                return false;
        return true;
}

bool pl_recognise_lxc_name(struct pl_identity *identity, struct pl_span name)
{
        take_lxc(identity, PL_WORKLOAD_CONTAINER, name);
        return true;
}

bool pl_recognise_lxc_monitor(struct pl_identity *identity, struct pl_span name)
{
        take_lxc(identity, PL_WORKLOAD_HELPER, name);
        return true;
}
