/* SPDX-License-Identifier: Apache-2.0 */

/* The tree is shared by people who never met: systemd, the kubelet, half a dozen runtimes, and whoever calls mkdir. Each
 * has a handful of names, and a name means something only where its owner would have put it: "burstable" is a class of
 * pods below kubepods/ and a cgroup of anybody's elsewhere. So a holder says which recognisers its children are shown to,
 * in order, and who is recognised by none is plain.
 *
 * The topmost counts. What is inside of a container is the container's business, whatever it is called: a node of kind
 * is one docker container to this host, though it has a kubelet.slice of its own with pods in it. Otherwise a container
 * could give itself an identity by making a cgroup.
 */

#include "parts.h"

#include "plimsoll/base/assert.h"
#include "plimsoll/base/macro.h"

/* Enough for the longest row below and its end. */
enum { RECOGNISERS_MAX = 12 };

static recognise_function *const recognisers[WHERE_COUNT][RECOGNISERS_MAX] = {
        [WHERE_ROOT] = { pl_recognise_vital, pl_recognise_kubepods, pl_recognise_runtime_directory,
                         pl_recognise_lxc, pl_recognise_pod_slice, pl_recognise_slice,
                         pl_recognise_container_scope, pl_recognise_manager, pl_recognise_machine,
                         pl_recognise_unit },
        [WHERE_UNITS] = { pl_recognise_pod_slice, pl_recognise_slice, pl_recognise_container_scope,
                          pl_recognise_session, pl_recognise_manager, pl_recognise_machine,
                          pl_recognise_lxc, pl_recognise_unit },
        [WHERE_KUBEPODS] = { pl_recognise_kubepods, pl_recognise_pod_directory },
        [WHERE_POD] = { pl_recognise_container_scope, pl_recognise_container_directory,
                        pl_recognise_container_id, pl_recognise_unit },
        [WHERE_DOCKER] = { pl_recognise_container_id, pl_recognise_buildkit },
        [WHERE_BUILDKIT] = { pl_recognise_build },
        [WHERE_LIBPOD] = { pl_recognise_container_directory, pl_recognise_conmon,
                           pl_recognise_podman_pod },
        [WHERE_LIBPOD_POD] = { pl_recognise_container_directory, pl_recognise_conmon },
        [WHERE_LXC] = { pl_recognise_lxc_name },
        [WHERE_LXC_MONITORS] = { pl_recognise_lxc_monitor },
        [WHERE_NAMESPACE] = { pl_recognise_container_id },
};

void pl_identity_is_workload(struct pl_identity *identity, enum pl_workload_kind kind,
                             struct pl_span label)
{
        pl_assert(kind != PL_WORKLOAD_HOLDER && kind < PL_WORKLOAD_KINDS);

        identity->standing.kind = (uint8_t) kind;
        identity->label = label;
}

void pl_identity_is_holder(struct pl_identity *identity, enum where where, struct pl_span label)
{
        pl_assert(where < WHERE_COUNT);
        pl_assert(identity->standing.kind == PL_WORKLOAD_HOLDER);

        identity->standing.where = (uint8_t) where;
        identity->label = label;
}

void pl_identity_at(struct pl_identity *identity, const struct pl_standing *standing)
{
        pl_assert(identity);
        pl_assert(standing->kind < PL_WORKLOAD_KINDS && standing->where < WHERE_COUNT);

        *identity = (struct pl_identity){ .standing = *standing, .qos = -1 };
}

void pl_identity_root(struct pl_identity *identity)
{
        static const struct pl_standing root = {
                .kind = PL_WORKLOAD_HOLDER,
                .where = WHERE_ROOT,
                .runtime = -1,
                .uid = PL_UID_NONE,
        };

        pl_identity_at(identity, &root);
}

void pl_identity_enter(struct pl_identity *identity, struct pl_span name)
{
        pl_assert(identity);
        pl_assert(identity->standing.kind == PL_WORKLOAD_HOLDER);
        pl_assert(identity->standing.where < WHERE_COUNT);

        pl_assert(!pl_span_empty(name));

        /* A user's manager is the unit of nobody below it. */
        identity->unit = identity->prefix = identity->instance = pl_span(NULL, 0);
        for (size_t i = 0; i < RECOGNISERS_MAX; i++) {
                recognise_function *recognise = recognisers[identity->standing.where][i];

                if (!recognise)
                        break;
                if (recognise(identity, name))
                        return;
        }
        pl_identity_is_workload(identity, PL_WORKLOAD_PLAIN, name);
}

/* The cgroup of a container inside of the service that runs it. */
static void take_payload(struct pl_identity *identity, struct pl_span name)
{
        struct pl_span id;

        if (cut_between(name, "libpod-payload-", "", &id) && pl_is_container_id(id)) {
                identity->standing.runtime = PL_RUNTIME_PODMAN;
                identity->container_id = id;
        }
}

void pl_identity_resolve(struct pl_span path, struct pl_identity *ret_identity, size_t *ret_length)
{
        struct pl_identity identity;
        struct pl_span rest = path;
        size_t length = 0;

        pl_assert(ret_identity);
        pl_assert(ret_length);

        pl_identity_root(&identity);
        while (!pl_span_empty(rest) && identity.standing.kind == PL_WORKLOAD_HOLDER) {
                struct pl_span name = pl_span_until(&rest, '/');

                if (pl_span_empty(name))
                        continue;
                pl_identity_enter(&identity, name);
                length = (size_t) (name.data + name.length - path.data);
        }
        if (identity.standing.kind == PL_WORKLOAD_SERVICE)
                take_payload(&identity, pl_span_until(&rest, '/'));

        pl_assert(length <= path.length);
        *ret_identity = identity;
        *ret_length = length;
}
