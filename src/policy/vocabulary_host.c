/* SPDX-License-Identifier: Apache-2.0 */

#include "plimsoll/base/macro.h"
#include "type.h"
#include "vocabulary_internal.h"

static struct pl_act act_fallback;
static struct pl_pressure pressure_fallback;
static struct pl_vm vm_fallback;
static struct pl_host_hooks hooks_fallback;
static struct pl_host_policy host_fallback;

static const struct pl_key act_keys[PL_ACT_KEYS] = {
        [PL_ACT_HOST] = {
                .name = "host",
                .type = &pl_type_bool,
                .offset = offsetof(struct pl_act, host),
                .fallback = "true",
                .help = "Act when the host as a whole runs short.",
                .features = "O2 O7",
        },
        [PL_ACT_LOCAL] = {
                .name = "local",
                .type = &pl_type_bool,
                .offset = offsetof(struct pl_act, local),
                .fallback = "false",
                .help = "Act also when a workload or a slice is at its own limit while the host has enough. Only those "
                        "within that limit are touched.",
                .features = "O2",
        },
};

const struct pl_object pl_object_act = {
        .name = "act",
        .help = "Which shortages are acted upon.",
        .keys = act_keys,
        .count = PL_ACT_KEYS,
        .size = sizeof(struct pl_act),
        .fallback = &act_fallback,
};

static const struct pl_key pressure_keys[PL_PRESSURE_KEYS] = {
        [PL_PRESSURE_STALL] = {
                .name = "stall",
                .type = &pl_type_duration,
                .offset = offsetof(struct pl_pressure, stall_usec),
                .flags = PL_KEY_WORKS,
                .least = PL_MILLISECONDS(1),
                .most = PL_SECONDS(10),
                /* What lmkd waits for in a window of a second. */
                .fallback = "\"70ms\"",
                .help = "How long tasks have to have stood still for want of memory, within the window, to wake Plimsoll up.",
                .features = "O1",
        },
        [PL_PRESSURE_WINDOW] = {
                .name = "window",
                .type = &pl_type_duration,
                .offset = offsetof(struct pl_pressure, window_usec),
                .flags = PL_KEY_WORKS,
                .least = PL_MILLISECONDS(500),
                .most = PL_SECONDS(10),
                .fallback = "\"1s\"",
                .help = "The window in which that is measured. No kernel before 6.5 takes less than 500ms.",
                .features = "O1",
        },
        [PL_PRESSURE_WORKLOADS] = {
                .name = "workloads",
                .type = &pl_type_integer,
                .offset = offsetof(struct pl_pressure, workloads),
                .flags = PL_KEY_WORKS,
                .least = 0,
                /* As many as can be looked at with the host. */
                .most = 64,
                .fallback = "64",
                .help = "How many workloads have a trigger of their own: the largest of those with a memory.max.",
                .features = "O1",
        },
};

const struct pl_object pl_object_pressure = {
        .name = "pressure",
        .help = "The kernel's pressure triggers (PSI).",
        .keys = pressure_keys,
        .count = PL_PRESSURE_KEYS,
        .size = sizeof(struct pl_pressure),
        .fallback = &pressure_fallback,
};

static const struct pl_key vm_keys[PL_VM_KEYS] = {
        [PL_VM_SWAPPINESS] = {
                .name = "swappiness",
                .type = &pl_type_integer,
                .offset = offsetof(struct pl_vm, swappiness),
                .flags = PL_KEY_WORKS,
                .least = 0,
                .most = 200,
                .help = "vm.swappiness of the whole host.",
                .features = "L14 L6",
        },
        [PL_VM_WATERMARK_SCALE_FACTOR] = {
                .name = "watermark_scale_factor",
                .type = &pl_type_integer,
                .offset = offsetof(struct pl_vm, watermark_scale_factor),
                .flags = PL_KEY_WORKS,
                .least = 1,
                .most = 1000,
                .help = "vm.watermark_scale_factor: how early the kernel begins to reclaim in the background, in "
                        "ten-thousandths of memory.",
                .features = "L14",
        },
        [PL_VM_MIN_FREE] = {
                .name = "min_free",
                .type = &pl_type_size,
                .offset = offsetof(struct pl_vm, min_free),
                .flags = PL_KEY_OF_RAM | PL_KEY_WORKS,
                .help = "vm.min_free_kbytes: what the kernel keeps free for itself.",
                .features = "L14",
        },
};

const struct pl_object pl_object_vm = {
        .name = "vm",
        .help = "Settings of the host's kernel. What is not given is left as it is; what was there "
                "before is put back "
                "when Plimsoll stops.",
        .keys = vm_keys,
        .count = PL_VM_KEYS,
        .size = sizeof(struct pl_vm),
        .fallback = &vm_fallback,
};

static const struct pl_key hooks_keys[PL_HOST_HOOKS_KEYS] = {
        [PL_HOST_HOOKS_ALARM] = {
                .name = "alarm",
                .type = &pl_type_object,
                .offset = offsetof(struct pl_host_hooks, alarm),
                .object = &pl_object_hook,
                .help = "Runs when Plimsoll is armed and cannot act, or meets something else that a person has to "
                        "know.",
                .features = "O6 O12",
        },
};

const struct pl_object pl_object_host_hooks = {
        .name = "host_hooks",
        .help = "Programs of yours that are run when something happens to the host.",
        .keys = hooks_keys,
        .count = PL_HOST_HOOKS_KEYS,
        .size = sizeof(struct pl_host_hooks),
        .fallback = &hooks_fallback,
};

static const struct pl_key host_keys[PL_HOST_KEYS] = {
        [PL_HOST_SCHEMA] = {
                .name = "$schema",
                .type = &pl_type_text,
                .offset = offsetof(struct pl_host_policy, schema),
                .flags = PL_KEY_WORKS,
                .least = 1,
                .most = PL_URL_MAX,
                .help = "For editors: where the schema is, /usr/share/plimsoll/host.schema.json.",
                .features = "P9",
        },
        [PL_HOST_NAME] = {
                .name = "host",
                .type = &pl_type_name,
                .offset = offsetof(struct pl_host_policy, name),
                .flags = PL_KEY_REQUIRED | PL_KEY_WORKS,
                .help = "The name of this policy: small letters, digits, - and _.",
                .features = "P1",
        },
        [PL_HOST_DESCRIPTION] = {
                .name = "description",
                .type = &pl_type_text,
                .offset = offsetof(struct pl_host_policy, description),
                .flags = PL_KEY_WORKS,
                .least = 0,
                .most = PL_DESCRIPTION_MAX,
                .help = "What it is for, in a line.",
                .features = "P1",
        },
        [PL_HOST_MODE] = {
                .name = "mode",
                .type = &pl_type_word,
                .offset = offsetof(struct pl_host_policy, mode),
                .flags = PL_KEY_WORKS,
                .words = pl_words_mode,
                .fallback = "\"enforce\"",
                .help = "With observe everything is decided and explained, and nothing is done.",
                .features = "O14",
        },
        [PL_HOST_PROTECT] = {
                .name = "protect",
                .type = &pl_type_objects,
                .offset = offsetof(struct pl_host_policy, protect),
                .least = 0,
                .most = PL_SELECTORS_MAX,
                .object = &pl_object_selector,
                .help = "Who is never killed, beside those that never are: init, Plimsoll itself, the container "
                        "runtimes, and the way in for the operator.",
                .features = "O6 O13",
        },
        [PL_HOST_RESERVE] = {
                .name = "reserve",
                .type = &pl_type_size,
                .offset = offsetof(struct pl_host_policy, reserve),
                .flags = PL_KEY_OF_RAM,
                .fallback = "\"min(256MiB, 4%)\"",
                .help = "What is kept for the operator's way in (sshd, the console, the runtimes), so that he gets in "
                        "when nothing else goes. It counts among the promises.",
                .features = "O13",
        },
        [PL_HOST_ACT] = {
                .name = "act",
                .type = &pl_type_object,
                .offset = offsetof(struct pl_host_policy, act),
                .object = &pl_object_act,
                .help = "Which shortages are acted upon.",
                .features = "O2",
        },
        [PL_HOST_SHORTAGE] = {
                .name = "shortage",
                .type = &pl_type_object,
                .offset = offsetof(struct pl_host_policy, shortage),
                .object = &pl_object_shortage,
                .help = "When the host is short of memory.",
                .features = "O2 O4 O5",
        },
        [PL_HOST_KILL] = {
                .name = "kill",
                .type = &pl_type_object,
                .offset = offsetof(struct pl_host_policy, kill),
                .object = &pl_object_kill,
                .help = "What a kill has to be worth, and what comes after it.",
                .features = "O6 O8",
        },
        [PL_HOST_BACKOFF] = {
                .name = "backoff",
                .type = &pl_type_object,
                .offset = offsetof(struct pl_host_policy, backoff),
                .object = &pl_object_backoff,
                .help = "When a service counts as killed again and again.",
                .features = "O8",
        },
        [PL_HOST_PRESSURE] = {
                .name = "pressure",
                .type = &pl_type_object,
                .offset = offsetof(struct pl_host_policy, pressure),
                .object = &pl_object_pressure,
                .help = "The kernel's pressure triggers.",
                .features = "O1",
        },
        [PL_HOST_SCAN] = {
                .name = "scan",
                .type = &pl_type_duration,
                .offset = offsetof(struct pl_host_policy, scan_usec),
                .flags = PL_KEY_WORKS,
                .least = PL_SECONDS(1),
                .most = PL_MINUTES(1),
                .fallback = "\"5s\"",
                .help = "How often everything is looked at that tells nobody of its change.",
                .features = "L7 L10",
        },
        [PL_HOST_SELF_TEST] = {
                .name = "self_test",
                .type = &pl_type_duration,
                .offset = offsetof(struct pl_host_policy, self_test_usec),
                .flags = PL_KEY_WORKS,
                .least = PL_MINUTES(1),
                .most = PL_DAYS(1),
                .fallback = "\"1h\"",
                .help = "How often Plimsoll makes sure that it still can act.",
                .features = "O11",
        },
        [PL_HOST_VM] = {
                .name = "vm",
                .type = &pl_type_object,
                .offset = offsetof(struct pl_host_policy, vm),
                .object = &pl_object_vm,
                .help = "Settings of the host's kernel.",
                .features = "L14",
        },
        [PL_HOST_HOOKS] = {
                .name = "hooks",
                .type = &pl_type_object,
                .offset = offsetof(struct pl_host_policy, hooks),
                .object = &pl_object_host_hooks,
                .help = "Programs that are run when something happens to the host.",
                .features = "O12",
        },
};

const struct pl_object pl_object_host = {
        .name = "host",
        .help = "The host's policy: who is protected, when memory is scarce, and what may be done "
                "about it. Exactly one "
                "is in force.",
        .keys = host_keys,
        .count = PL_HOST_KEYS,
        .size = sizeof(struct pl_host_policy),
        .fallback = &host_fallback,
};
