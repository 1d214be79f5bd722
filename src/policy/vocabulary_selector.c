/* SPDX-License-Identifier: Apache-2.0 */

#include "plimsoll/base/macro.h"
#include "type.h"
#include "vocabulary_internal.h"

#define AT(member) offsetof(struct pl_selector, member)

static const char *const runtimes[] = {
        [PL_RUNTIME_SYSTEMD] = "systemd", [PL_RUNTIME_DOCKER] = "docker",
        [PL_RUNTIME_PODMAN] = "podman",   [PL_RUNTIME_CONTAINERD] = "containerd",
        [PL_RUNTIME_CRIO] = "crio",       [PL_RUNTIME_LXC] = "lxc",
        [PL_RUNTIME_NSPAWN] = "nspawn",   NULL,
};

static const char *const classes[] = {
        [PL_QOS_GUARANTEED] = "Guaranteed",
        [PL_QOS_BURSTABLE] = "Burstable",
        [PL_QOS_BEST_EFFORT] = "BestEffort",
        NULL,
};

static struct pl_kubernetes_selector k8s_fallback;
static struct pl_selector selector_fallback;

static const struct pl_key k8s_keys[PL_K8S_KEYS] = {
        [PL_K8S_NAMESPACE] = {
                .name = "namespace",
                .type = &pl_type_glob,
                .offset = offsetof(struct pl_kubernetes_selector, namespace_),
                .flags = PL_KEY_WORKS,
                .help = "The namespace of the pod.",
                .features = "P5 H4",
        },
        [PL_K8S_POD] = {
                .name = "pod",
                .type = &pl_type_glob,
                .offset = offsetof(struct pl_kubernetes_selector, pod),
                .flags = PL_KEY_WORKS,
                .help = "The name of the pod.",
                .features = "P5 H4",
        },
        [PL_K8S_CONTAINER] = {
                .name = "container",
                .type = &pl_type_glob,
                .offset = offsetof(struct pl_kubernetes_selector, container),
                .flags = PL_KEY_WORKS,
                .help = "The name of the container in its pod.",
                .features = "P5 H4",
        },
        [PL_K8S_QOS] = {
                .name = "qos",
                .type = &pl_type_word,
                .offset = offsetof(struct pl_kubernetes_selector, qos),
                .flags = PL_KEY_WORKS,
                .words = classes,
                .help = "The quality of service class that Kubernetes gave the pod.",
                .features = "P5 H4",
        },
};

const struct pl_object pl_object_k8s = {
        .name = "k8s",
        .help = "What Kubernetes calls a container. Labels of pods are not on the node's disk and "
                "cannot be asked for.",
        .keys = k8s_keys,
        .count = PL_K8S_KEYS,
        .size = sizeof(struct pl_kubernetes_selector),
        .fallback = &k8s_fallback,
        .is_never_empty = true,
};

static const struct pl_key selector_keys[PL_SELECT_KEYS] = {
        [PL_SELECT_PATH] = {
                .name = "path",
                .type = &pl_type_path,
                .offset = AT(path),
                .flags = PL_KEY_WORKS,
                .help = "The path of the cgroup, from the root of the hierarchy. In it * and ? stay within one part "
                        "and ** stands for any number of parts: /user.slice/**/session-*.scope.",
                .features = "P5",
        },
        [PL_SELECT_UNIT] = {
                .name = "unit",
                .type = &pl_type_glob,
                .offset = AT(unit),
                .flags = PL_KEY_WORKS,
                .help = "The systemd unit, with its suffix: nginx.service, worker@*.service.",
                .features = "P5",
        },
        [PL_SELECT_SLICE] = {
                .name = "slice",
                .type = &pl_type_glob,
                .offset = AT(slice),
                .flags = PL_KEY_WORKS,
                .help = "A slice that the workload is in, directly or further down. Every runtime can place a "
                        "container in one by its cgroup parent.",
                .features = "P5",
        },
        [PL_SELECT_CONTAINER] = {
                .name = "container",
                .type = &pl_type_glob,
                .offset = AT(container),
                .flags = PL_KEY_WORKS,
                .help = "The name of the container.",
                .features = "P5 H2 H3 H5",
        },
        [PL_SELECT_IMAGE] = {
                .name = "image",
                .type = &pl_type_glob,
                .offset = AT(image),
                .flags = PL_KEY_WORKS,
                .help = "The image that the container was made from, as the runtime names it. * goes over slashes: "
                        "*/redis:7*.",
                .features = "P5 H2 H3",
        },
        [PL_SELECT_LABEL] = {
                .name = "label",
                .type = &pl_type_pairs,
                .offset = AT(labels),
                .flags = PL_KEY_WORKS,
                .least = 1,
                .most = PL_STRINGS_MAX,
                .help = "A label of the container, KEY alone or KEY=PATTERN. Of a list, all have to be there.",
                .features = "P5 H2 H3",
        },
        [PL_SELECT_RUNTIME] = {
                .name = "runtime",
                .type = &pl_type_word,
                .offset = AT(runtime),
                .flags = PL_KEY_WORKS,
                .words = runtimes,
                .help = "What runs the workload; systemd for a unit or session that is no container.",
                .features = "P5 H2 H3 H4 H5",
        },
        [PL_SELECT_K8S] = {
                .name = "k8s",
                .type = &pl_type_object,
                .offset = AT(k8s),
                .object = &pl_object_k8s,
                .help = "What Kubernetes calls the container. All that is given here has to hold.",
                .features = "P5 H4",
        },
        [PL_SELECT_XATTR] = {
                .name = "xattr",
                .type = &pl_type_pairs,
                .offset = AT(xattrs),
                .flags = PL_KEY_WORKS,
                .least = 1,
                .most = PL_STRINGS_MAX,
                .help = "An extended attribute of the cgroup's directory, as label is written: "
                        "user.plimsoll.profile=batch.",
                .features = "P5 H8",
        },
        [PL_SELECT_OWNER] = {
                .name = "owner",
                .type = &pl_type_users,
                .offset = AT(owner),
                .flags = PL_KEY_WORKS,
                .fallback = "\"root\"",
                .help = "Whose workloads are believed. A user may name slices and containers of his own as he likes, so "
                        "that an entry holds for root's workloads alone unless it says more: any, a user's number, or a "
                        "range of them, 1000-1999. It counts who owns the directory that the cgroup was made in.",
                .features = "P5 H8",
        },
};

const struct pl_object pl_object_selector = {
        .name = "selector",
        .help = "Which workloads are meant. An entry holds if all of its keys do, a list if any of "
                "its entries does. "
                "Patterns: * is any run of characters, ? one, [abc], [a-z] and [!a-z] one of a "
                "set.",
        .keys = selector_keys,
        .count = PL_SELECT_KEYS,
        .size = sizeof(struct pl_selector),
        .fallback = &selector_fallback,
        .is_never_empty = true,
};
