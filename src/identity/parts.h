/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What the files of this room share: where a part of a path can stand, and those who recognise it. A recogniser looks at
 * one part, changes the identity and says true when it is one of its own, and else leaves everything as it was.
 */

#include "plimsoll/identity/identity.h"

/* Which names mean something for the children of a cgroup. */
enum where {
        WHERE_ROOT,         /* the root: units, and the directories of runtimes without systemd */
        WHERE_UNITS,        /* a slice, or a service manager */
        WHERE_KUBEPODS,     /* the kubelet's directories for classes of service */
        WHERE_POD,          /* a pod of Kubernetes */
        WHERE_DOCKER,       /* docker/ */
        WHERE_BUILDKIT,     /* docker/buildkit/ */
        WHERE_LIBPOD,       /* libpod_parent/ */
        WHERE_LIBPOD_POD,   /* a pod of podman's in it */
        WHERE_LXC,          /* lxc/, lxc.payload/ */
        WHERE_LXC_MONITORS, /* lxc.monitor/ */
        WHERE_NAMESPACE,    /* a directory that bears the name of a namespace of containerd's */
        WHERE_COUNT,
};

typedef bool recognise_function(struct pl_identity *identity, struct pl_span name);

/* systemd.c */
recognise_function pl_recognise_slice;
recognise_function pl_recognise_vital;
recognise_function pl_recognise_manager;
recognise_function pl_recognise_session;
recognise_function pl_recognise_machine;
recognise_function pl_recognise_unit;

/* kubernetes.c */
recognise_function pl_recognise_pod_slice;
recognise_function pl_recognise_kubepods;
recognise_function pl_recognise_pod_directory;

/* runtime.c */
recognise_function pl_recognise_container_scope;     /* docker-<id>.scope */
recognise_function pl_recognise_container_directory; /* crio-<id> */
recognise_function pl_recognise_container_id;        /* <id> */
recognise_function pl_recognise_runtime_directory;
recognise_function pl_recognise_buildkit;
recognise_function pl_recognise_build;
recognise_function pl_recognise_podman_pod;
recognise_function pl_recognise_conmon;
recognise_function pl_recognise_lxc;
recognise_function pl_recognise_lxc_name;
recognise_function pl_recognise_lxc_monitor;

/* A workload with this label. Those below it are its own. */
void pl_identity_is_workload(struct pl_identity *identity, enum pl_workload_kind kind,
                             struct pl_span label);

/* A holder below which these names mean something. */
void pl_identity_is_holder(struct pl_identity *identity, enum where where, struct pl_span label);

/* runtime.c: 64 lower-case hexadecimal digits, which every runtime but LXC and nspawn has for an id. */
bool pl_is_container_id(struct pl_span span);

/* What is between a prefix and a suffix, both there and something between them; else false. */
static inline bool cut_between(struct pl_span name, const char *prefix, const char *suffix,
                               struct pl_span *ret_middle)
{
        size_t before = strlen(prefix), behind = strlen(suffix);

        if (name.length <= before + behind || !pl_span_starts_with(name, prefix) ||
            !pl_span_ends_with(name, suffix))
                return false;
        *ret_middle = pl_span(name.data + before, name.length - before - behind);
        return true;
}
