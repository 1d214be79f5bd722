/* SPDX-License-Identifier: Apache-2.0 */

/* What is done about leaks, and the programs that are run when something happens. */

#include "type.h"
#include "vocabulary_internal.h"

static const char *const days[] = { "mon", "tue", "wed", "thu", "fri", "sat", "sun", NULL };

static struct pl_restart restart_fallback;
static struct pl_leak leak_fallback;
static struct pl_hook hook_fallback;
static struct pl_hooks hooks_fallback;

/* ---- leak ---- */

static const struct pl_key restart_keys[PL_RESTART_KEYS] = {
        [PL_RESTART_WINDOW] = {
                .name = "window",
                .type = &pl_type_window,
                .offset = offsetof(struct pl_restart, window),
                .flags = PL_KEY_REQUIRED,
                .help = "When it may be restarted, in the host's time. A window that ends before it begins goes over "
                        "midnight.",
                .features = "I2",
        },
        [PL_RESTART_DAYS] = {
                .name = "days",
                .type = &pl_type_words,
                .offset = offsetof(struct pl_restart, days),
                .least = 1,
                .most = 7,
                .words = days,
                .fallback = "[\"mon\", \"tue\", \"wed\", \"thu\", \"fri\", \"sat\", \"sun\"]",
                .help = "The days on which the window opens.",
                .features = "I2",
        },
        [PL_RESTART_AT] = {
                .name = "at",
                .type = &pl_type_share,
                .offset = offsetof(struct pl_restart, at_permyriad),
                .least = 100,
                .most = 10000,
                /* A leak that is called before half its limit need not be met before it is there. */
                .fallback = "\"50%\"",
                .help = "How much of memory.max has to be in use for a restart to be worth it.",
                .features = "I2",
        },
        [PL_RESTART_EVERY] = {
                .name = "every",
                .type = &pl_type_duration,
                .offset = offsetof(struct pl_restart, every_usec),
                .least = PL_HOURS(1),
                .most = PL_DAYS(30),
                .fallback = "\"1d\"",
                .help = "How much time has to lie between two planned restarts of one workload.",
                .features = "I2",
        },
};

const struct pl_object pl_object_restart = {
        .name = "restart",
        .help = "The planned restart of a workload whose leak is certain: one of a profile at a "
                "time, never while the "
                "host is short of memory.",
        .keys = restart_keys,
        .count = PL_RESTART_KEYS,
        .size = sizeof(struct pl_restart),
        .fallback = &restart_fallback,
};

static const struct pl_key leak_keys[PL_LEAK_KEYS] = {
        [PL_LEAK_WATCH] = {
                .name = "watch",
                .type = &pl_type_bool,
                .offset = offsetof(struct pl_leak, watch),
                .fallback = "true",
                .help = "Whether the workload is watched for leaks.",
                .features = "I1",
        },
        [PL_LEAK_ALERT] = {
                .name = "alert",
                .type = &pl_type_rate,
                .offset = offsetof(struct pl_leak, alert),
                /* 240 MiB a day: what a service of 2 GiB does not survive for a week. */
                .fallback = "\"10MiB/h\"",
                .help = "The growth from which a leak is worth a word.",
                .features = "I1 I2",
        },
        [PL_LEAK_RESTART] = {
                .name = "restart",
                .type = &pl_type_object,
                .offset = offsetof(struct pl_leak, restart),
                .object = &pl_object_restart,
                .help = "Restart the workload in a quiet hour. Without it nothing is restarted.",
                .features = "I2",
        },
};

const struct pl_object pl_object_leak = {
        .name = "leak",
        .help = "What to do about memory that only grows.",
        .keys = leak_keys,
        .count = PL_LEAK_KEYS,
        .size = sizeof(struct pl_leak),
        .fallback = &leak_fallback,
};

/* ---- hooks ---- */

static const struct pl_key hook_keys[PL_HOOK_KEYS] = {
        [PL_HOOK_COMMAND] = {
                .name = "command",
                .type = &pl_type_command,
                .offset = offsetof(struct pl_hook, command),
                .flags = PL_KEY_REQUIRED,
                .least = 1,
                .most = PL_STRINGS_MAX,
                .help = "The program, with its whole path, and its arguments. No shell reads them. What happened is in "
                        "the environment.",
                .features = "O12",
        },
        [PL_HOOK_TIMEOUT] = {
                .name = "timeout",
                .type = &pl_type_duration,
                .offset = offsetof(struct pl_hook, timeout_usec),
                .least = PL_SECONDS(1),
                .most = PL_SECONDS(30),
                .fallback = "\"30s\"",
                .help = "How long it may run.",
                .features = "O12",
        },
        [PL_HOOK_USER] = {
                .name = "user",
                .type = &pl_type_user,
                .offset = offsetof(struct pl_hook, user),
                .help = "Who runs it. Without it, root.",
                .features = "O12",
        },
};

const struct pl_object pl_object_hook = {
        .name = "hook",
        .help = "A program that is run as a unit of its own, apart from plimsolld.",
        .keys = hook_keys,
        .count = PL_HOOK_KEYS,
        .size = sizeof(struct pl_hook),
        .fallback = &hook_fallback,
};

static const struct pl_key hooks_keys[PL_HOOKS_KEYS] = {
        [PL_HOOKS_BEFORE] = {
                .name = "before",
                .type = &pl_type_object,
                .offset = offsetof(struct pl_hooks, before),
                .object = &pl_object_hook,
                .help = "Runs when the workload is asked to end, if there is time; no kill waits for it.",
                .features = "O12",
        },
        [PL_HOOKS_AFTER] = {
                .name = "after",
                .type = &pl_type_object,
                .offset = offsetof(struct pl_hooks, after),
                .object = &pl_object_hook,
                .help = "Runs after the workload was ended or killed.",
                .features = "O12",
        },
        [PL_HOOKS_LEAK] = {
                .name = "leak",
                .type = &pl_type_object,
                .offset = offsetof(struct pl_hooks, leak),
                .object = &pl_object_hook,
                .help = "Runs when a leak is certain: the moment to take a heap profile.",
                .features = "I2 O12",
        },
};

const struct pl_object pl_object_hooks = {
        .name = "hooks",
        .help = "Programs of yours that are run when something happens to a workload.",
        .keys = hooks_keys,
        .count = PL_HOOKS_KEYS,
        .size = sizeof(struct pl_hooks),
        .fallback = &hooks_fallback,
};
