/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* identity - whose cgroup is this: what a path alone says of who lives in it.
 *
 * Pure: reads no file, allocates nothing, and costs as much as the path is long. A path is walked part by part from the
 * root. As long as the parts are holders (slices, pods, the directories of a runtime) what is below them may be
 * somebody of its own; the first that is not a holder is the workload, and everything below belongs to it.
 *
 * Paths come from whoever may make cgroups: any bytes but '/' and NUL, of any length. Nothing here is a credential: a user
 * can call his scope what he likes, and who owns the directory is for others to ask.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "plimsoll/base/span.h"
#include "plimsoll/base/text.h"
#include "plimsoll/model/workload.h"

enum {
        /* Not a workload of ours to touch: who lives here keeps everybody else alive. */
        PL_STANDING_VITAL = 1 << 0,
        /* Below the service manager of a user, who names what he makes there. */
        PL_STANDING_USER = 1 << 1,
};

#define PL_UID_NONE UINT32_MAX

/* What has to be remembered of a cgroup to tell what its children are: small, because everybody's is kept. */
struct pl_standing {
        uint8_t kind;  /* enum pl_workload_kind */
        uint8_t where; /* which names mean something below; for this room alone */
        uint16_t flags;
        int32_t runtime; /* enum pl_runtime, or −1 */
        uint32_t uid;    /* the user whose slice or manager this is below, or PL_UID_NONE */
};

/* The spans are views into the names that were entered, empty where there is none. */
struct pl_identity {
        struct pl_standing standing;
        int32_t qos;           /* enum pl_qos, or −1 */
        struct pl_span unit;   /* "nginx.service" */
        struct pl_span prefix; /* of a unit that is an instance: "getty" of "getty@tty1.service" */
        struct pl_span instance; /* "tty1" */
        struct pl_span slice;    /* the innermost on the way, this one included */
        struct pl_span container_id;
        struct pl_span
                pod; /* as the path writes it, with '_' for '-' where systemd made the slice */
        struct pl_span label; /* what pl_identity_name() makes the name of */
};

/* The root cgroup, where every path begins. A holder. */
void pl_identity_root(struct pl_identity *identity);

/* From a cgroup to its child of this name. The cgroup is a holder: asserted. The name has no '/' in it. What was learned on
 * the way stays: slice, pod, QoS, user. To go on from a standing that was kept, start with pl_identity_at(). */
void pl_identity_enter(struct pl_identity *identity, struct pl_span name);
void pl_identity_at(struct pl_identity *identity, const struct pl_standing *standing);

/* The whole path, with or without a slash in front, down to the workload; *ret_length is how much of it that is, so that
 * what lies behind is inside of the workload. A path that ends at a holder is one. A container that a service runs in a
 * cgroup of its own (podman's --cgroups=split) is the service, and lends it its id. */
void pl_identity_resolve(struct pl_span path, struct pl_identity *ret_identity, size_t *ret_length);

/* The name as people know it: "nginx", "session 3 of user 1000", "0123456789ab". What systemd has escaped is written out
 * where that is printable. May hold any bytes but control characters that a name brought along escaped: clean it for a
 * terminal. Empty only for the root. */
void pl_identity_name(const struct pl_identity *identity, struct pl_text *text);

/* The container's name until a real one is known: its id cut to 12, or the name that its path gives it. Adds nothing for
 * what is no container. */
void pl_identity_container(const struct pl_identity *identity, struct pl_text *text);

/* The pod as Kubernetes writes its uid: with dashes. Adds nothing where there is none. */
void pl_identity_pod(const struct pl_identity *identity, struct pl_text *text);

/* Whether a path is where kubelet keeps pods, or that place itself. Anybody may name his own so: ask whose it is, too. */
bool pl_identity_is_in_kubepods(struct pl_span path);

/* "holder", "service", … */
const char *pl_workload_kind_word(enum pl_workload_kind kind);
