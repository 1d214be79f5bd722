/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* names - what a runtime has written down of a container: how people call it, its image, its labels, and of which pod it is.
 *
 * Reads no file: a text is given, as the runtime has it. Names and labels are their owner's words and hostile: any bytes but
 * NUL. What does not fit the bounds is left out, and that is said; a name is never cut, for it would be another's. Allocates.
 */

#include <stdbool.h>

#include "plimsoll/base/span.h"
#include "plimsoll/model/workload.h"

enum {
        PL_NAMES_E_INVALID = 1, /* not what this runtime writes, or of another container */
};

enum {
        /* Bytes of a name: what one part of a path may have, and Kubernetes' own bound. */
        PL_NAMES_NAME_MAX = 255,
        /* Of an image: a registry, a repository, a tag and a digest, each of which has 255 at most. */
        PL_NAMES_IMAGE_MAX = 1024,
        /* Of all labels that are kept, and how many. */
        PL_NAMES_LABEL_BYTES_MAX = 4096,
        PL_NAMES_LABELS_MAX = 64,
};

/* The labels that somebody asks for, each as "KEY" or "KEY=…"; no others are kept. */
struct pl_names_keys {
        size_t count;
        const char *const *items;
};

/* NULL where it is not known, or does not fit. */
struct pl_names {
        const char *name, *image;
        const char *k8s_namespace, *k8s_pod, *k8s_container;
        bool is_sandbox; /* what holds a pod's namespaces */
        bool is_cut;     /* something did not fit */
        struct pl_pairs labels;
};

enum pl_names_format {
        PL_NAMES_DOCKER, /* config.v2.json of a container */
        PL_NAMES_LIBPOD, /* what podman's database has under a container */
        PL_NAMES_OCI, /* config.json of a bundle: annotations of containerd or CRI-O, as Kubernetes' */
        PL_NAMES_LABELS, /* of containerd's database: the image, then keys and values, each with a NUL behind it */
        PL_NAMES_FORMATS,
};

/* Nothing else of the text is looked at. The id must be in it where the format has one. PL_NAMES_E_INVALID, or −ENOMEM;
 * nothing is left behind then. */
int pl_names_read(enum pl_names_format format, struct pl_span text, struct pl_span id,
                  const struct pl_names_keys *keys, struct pl_names **ret_names);
void pl_names_free(struct pl_names *names); /* NULL is fine */

static inline void pl_cleanup_names(struct pl_names **names)
{
        pl_names_free(*names);
}
