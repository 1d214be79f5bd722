/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* workload - what is known of who a workload is: what selectors are held against. Plain data.
 *
 * Strings come from containers and are hostile: any bytes, any length within the bounds of whoever filled them in. NULL or
 * a count of 0 is "has none" or "not known", which no selector matches.
 */

#include <stddef.h>
#include <stdint.h>

#include "plimsoll/model/profile.h"

/* What a cgroup is, seen from above. All but the first are workloads. */
enum pl_workload_kind {
        PL_WORKLOAD_HOLDER, /* none: a slice, a pod, a runtime's directory, which holds workloads */
        PL_WORKLOAD_SERVICE, /* a unit that a service manager keeps running */
        PL_WORKLOAD_SCOPE,   /* a unit around processes that somebody else has started */
        PL_WORKLOAD_SESSION, /* a person who is logged in */
        PL_WORKLOAD_CONTAINER,
        PL_WORKLOAD_SANDBOX, /* what holds a pod's namespaces; no path tells it from a container */
        PL_WORKLOAD_MACHINE, /* a virtual machine, or a container registered as a machine */
        PL_WORKLOAD_HELPER,  /* a runtime's own process beside a container: conmon, lxc monitor */
        PL_WORKLOAD_UNIT,    /* a mount, swap or socket unit, which seldom has processes */
        PL_WORKLOAD_PLAIN,   /* a cgroup that nobody's pattern knows */
        PL_WORKLOAD_KINDS,
};

/* "KEY" and "VALUE" of a label or an extended attribute. */
struct pl_pair {
        const char *key;
        const char *value;
};

struct pl_pairs {
        size_t count;
        const struct pl_pair *items;
};

struct pl_workload_identity {
        const char *path;  /* "/system.slice/nginx.service": as the cgroup filesystem has it */
        const char *unit;  /* "nginx.service" */
        const char *slice; /* the innermost; those on the path count as well */
        const char *container;
        const char *image;
        struct pl_pairs labels;
        /* Of a directory that root owns: who owns it himself could claim any profile. */
        struct pl_pairs xattrs;
        const char *k8s_namespace, *k8s_pod, *k8s_container;
        int qos;     /* enum pl_qos, or -1 */
        int runtime; /* enum pl_runtime, or -1 */
        /* Who could have chosen all of this: the user that owns the directory in which the cgroup was made. */
        uint32_t owner_uid;

        /* What no selector asks for, and people do. */
        int kind;                 /* enum pl_workload_kind */
        const char *name;         /* as people know it: "nginx", "session 3 of user 1000" */
        const char *container_id; /* whole; `container` is its first 12 until its name is known */
        const char *pod_uid;      /* as Kubernetes writes it, or podman's id of a pod */
};
