/* SPDX-License-Identifier: Apache-2.0 */

#include "plimsoll/base/macro.h"
#include "type.h"
#include "vocabulary_internal.h"

static const char *const verbs[] = {
        [PL_ORDER_PROTECT] = "protect",
        [PL_ORDER_PAUSE] = "pause",
        [PL_ORDER_RESTORE] = "restore",
        [PL_ORDER_APPLY] = "apply",
        [PL_ORDER_DRILL] = "drill",
        [PL_ORDER_THAW] = "thaw",
        NULL,
};

static struct pl_order order_fallback;

static const struct pl_key order_keys[PL_ORDER_KEYS] = {
        [PL_ORDER_SCHEMA] = {
                .name = "$schema",
                .type = &pl_type_text,
                .offset = offsetof(struct pl_order, schema),
                .flags = PL_KEY_WORKS,
                .least = 1,
                .most = PL_URL_MAX,
                .help = "For editors: where the schema is, /usr/share/plimsoll/order.schema.json.",
                .features = "P9",
        },
        [PL_ORDER_VERB] = {
                .name = "order",
                .type = &pl_type_word,
                .offset = offsetof(struct pl_order, verb),
                .flags = PL_KEY_REQUIRED | PL_KEY_WORKS,
                .words = verbs,
                .help = "What to do: protect somebody from being killed; pause all acts; restore what was there before "
                        "and leave it; apply again; drill; thaw what is frozen. The verbs of plimsoll(1) write these.",
                .features = "L13 O13 O15",
        },
        [PL_ORDER_WORKLOAD] = {
                .name = "workload",
                .type = &pl_type_object,
                .offset = offsetof(struct pl_order, workload),
                .object = &pl_object_selector,
                .help = "Who is meant. Without it, everybody.",
                .features = "L13 O13",
        },
        [PL_ORDER_CGROUP_ID] = {
                .name = "cgroup_id",
                .type = &pl_type_id,
                .offset = offsetof(struct pl_order, cgroup_id),
                .flags = PL_KEY_WORKS,
                .help = "The number of the one cgroup that is meant, so that another of the same name is not.",
                .features = "L13 O13",
        },
        [PL_ORDER_ISSUED] = {
                .name = "issued",
                .type = &pl_type_time,
                .offset = offsetof(struct pl_order, issued_sec),
                .flags = PL_KEY_WORKS,
                .help = "When it was given: of \"restore\" and \"apply\" the later one counts. Without it, before all "
                        "others.",
                .features = "O15",
        },
        [PL_ORDER_EXPIRES] = {
                .name = "expires",
                .type = &pl_type_time,
                .offset = offsetof(struct pl_order, expires_sec),
                .flags = PL_KEY_WORKS,
                .help = "When it ends by itself. Without it, when its file is removed.",
                .features = "O15",
        },
        [PL_ORDER_BY] = {
                .name = "by",
                .type = &pl_type_text,
                .offset = offsetof(struct pl_order, by),
                .flags = PL_KEY_WORKS,
                .least = 1,
                .most = PL_REASON_MAX,
                .help = "Who gave it.",
                .features = "O15",
        },
        [PL_ORDER_REASON] = {
                .name = "reason",
                .type = &pl_type_text,
                .offset = offsetof(struct pl_order, reason),
                .flags = PL_KEY_WORKS,
                .least = 1,
                .most = PL_REASON_MAX,
                .help = "Why it was given.",
                .features = "O15",
        },
};

const struct pl_object pl_object_order = {
        .name = "order",
        .help = "An order to plimsolld. It lies over a profile and never replaces one.",
        .keys = order_keys,
        .count = PL_ORDER_KEYS,
        .size = sizeof(struct pl_order),
        .fallback = &order_fallback,
};
