/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* profile - what a policy file says: a profile, the host's policy, or an order. Plain data.
 *
 * Every object of a file is a struct that begins with PL_FIELDS: which of its keys the file gave, and where. A key that it
 * did not give holds the default of the vocabulary, so that whoever uses a value need not ask. What has no default (a
 * limit that nobody wants set) is all zero and has to be asked for with PL_HAS(). Strings live as long as the document
 * they came from (policy/document.h).
 */

#include <stdbool.h>
#include <stdint.h>

#include "plimsoll/base/clock.h"
#include "plimsoll/base/diag.h"
#include "plimsoll/base/size.h"
#include "plimsoll/model/bounds.h"

#define PL_FIELDS(count)                                                                           \
        struct {                                                                                   \
                uint32_t set;                                                                      \
                struct pl_place at[count]; /* of the value */                                      \
        }

/* Whether the file gave that key of the object. */
#define PL_HAS(object, key) (((object)->fields.set >> (key) &1U) != 0)

struct pl_strings {
        size_t count;
        const char *items[PL_STRINGS_MAX];
};

/* Indices into the words of a key: some of an enumeration, in its order. */
struct pl_words {
        size_t count;
        unsigned items[PL_WORDS_MAX];
};

/* Minutes since midnight, in the host's time. A window that ends before it begins goes over midnight. */
struct pl_window {
        uint32_t begin_minutes;
        uint32_t end_minutes;
};

/* ---- who is meant ---- */

enum pl_runtime {
        PL_RUNTIME_SYSTEMD,
        PL_RUNTIME_DOCKER,
        PL_RUNTIME_PODMAN,
        PL_RUNTIME_CONTAINERD,
        PL_RUNTIME_CRIO,
        PL_RUNTIME_LXC,
        PL_RUNTIME_NSPAWN,
        PL_RUNTIME_COUNT,
};

enum pl_qos {
        PL_QOS_GUARANTEED,
        PL_QOS_BURSTABLE,
        PL_QOS_BEST_EFFORT,
        PL_QOS_COUNT,
};

/* Users, by the range of their numbers. */
struct pl_users {
        uint32_t first;
        uint32_t last;
};

#define PL_USERS_ANY UINT32_MAX

enum pl_kubernetes_selector_key {
        PL_K8S_NAMESPACE,
        PL_K8S_POD,
        PL_K8S_CONTAINER,
        PL_K8S_QOS,
        PL_K8S_KEYS,
};

struct pl_kubernetes_selector {
        PL_FIELDS(PL_K8S_KEYS) fields;
        const char *namespace_, *pod, *container; /* globs */
        enum pl_qos qos;
};

enum pl_selector_key {
        PL_SELECT_PATH,
        PL_SELECT_UNIT,
        PL_SELECT_SLICE,
        PL_SELECT_CONTAINER,
        PL_SELECT_IMAGE,
        PL_SELECT_LABEL,
        PL_SELECT_RUNTIME,
        PL_SELECT_K8S,
        PL_SELECT_XATTR,
        PL_SELECT_OWNER,
        PL_SELECT_KEYS,
};

/* Holds if all its keys do. */
struct pl_selector {
        PL_FIELDS(PL_SELECT_KEYS) fields;
        const char *path, *unit, *slice, *container, *image; /* globs */
        struct pl_strings labels;                            /* "KEY" or "KEY=GLOB"; all of them */
        struct pl_strings xattrs;                            /* likewise */
        struct pl_kubernetes_selector k8s;
        enum pl_runtime runtime;
        struct pl_users owner;
};

/* Holds if any does. */
struct pl_selectors {
        size_t count;
        struct pl_selector *entries;
};

/* ---- profile ---- */

enum pl_memory_key {
        PL_MEMORY_MAX,
        PL_MEMORY_HIGH,
        PL_MEMORY_LOW,
        PL_MEMORY_MIN,
        PL_MEMORY_SWAP_MAX,
        PL_MEMORY_SWAP_HIGH,
        PL_MEMORY_ZSWAP_MAX,
        PL_MEMORY_ZSWAP_WRITEBACK,
        PL_MEMORY_SWAPPINESS,
        PL_MEMORY_OOM_GROUP,
        PL_MEMORY_HIGH_WITHOUT_SWAP,
        PL_MEMORY_RAISE_ANCESTORS,
        PL_MEMORY_KEYS,
};

struct pl_memory {
        PL_FIELDS(PL_MEMORY_KEYS) fields;
        struct pl_size max, high, low, min, swap_max, swap_high, zswap_max;
        int32_t swappiness;
        bool zswap_writeback, oom_group, high_without_swap, raise_ancestors;
};

enum pl_budget_key {
        PL_BUDGET_SLICE,
        PL_BUDGET_MAX,
        PL_BUDGET_HIGH,
        PL_BUDGET_LOW,
        PL_BUDGET_MIN,
        PL_BUDGET_SWAP_MAX,
        PL_BUDGET_KEYS,
};

struct pl_budget {
        PL_FIELDS(PL_BUDGET_KEYS) fields;
        const char *slice; /* NULL: plimsoll-NAME.slice */
        struct pl_size max, high, low, min, swap_max;
};

enum pl_kill_unit {
        PL_KILL_WORKLOAD,
        PL_KILL_PROCESS,
};

enum pl_oom_key {
        PL_OOM_SCORE_ADJ,
        PL_OOM_ORDER,
        PL_OOM_KILL,
        PL_OOM_AGAIN,
        PL_OOM_KEYS,
};

enum pl_again {
        PL_AGAIN_CAP,
        PL_AGAIN_DOWN,
        PL_AGAIN_ALARM,
};

struct pl_oom {
        PL_FIELDS(PL_OOM_KEYS) fields;
        int32_t score_adj;
        int32_t order; /* score_adj where the file does not give it */
        enum pl_kill_unit kill;
        enum pl_again again;
};

enum pl_rung {
        PL_RUNG_RECLAIM,
        PL_RUNG_THROTTLE,
        PL_RUNG_FREEZE,
        PL_RUNG_TERM,
        PL_RUNG_KILL,
        PL_RUNG_COUNT,
};

enum pl_livelock {
        PL_LIVELOCK_ALARM,
        PL_LIVELOCK_RELAX,
        PL_LIVELOCK_KILL,
};

enum pl_ladder_key {
        PL_LADDER_RUNGS,
        PL_LADDER_GRACE,
        PL_LADDER_FREEZE_MAX,
        PL_LADDER_SIGNAL,
        PL_LADDER_LIVELOCK,
        PL_LADDER_LIVELOCK_AFTER,
        PL_LADDER_KEYS,
};

struct pl_ladder {
        PL_FIELDS(PL_LADDER_KEYS) fields;
        struct pl_words rungs; /* of enum pl_rung, from the mildest */
        uint64_t grace_usec, freeze_max_usec, livelock_after_usec;
        unsigned signal; /* index into the vocabulary's names of signals */
        enum pl_livelock livelock;
};

enum pl_restart_key {
        PL_RESTART_WINDOW,
        PL_RESTART_DAYS,
        PL_RESTART_AT,
        PL_RESTART_EVERY,
        PL_RESTART_KEYS,
};

struct pl_restart {
        PL_FIELDS(PL_RESTART_KEYS) fields;
        struct pl_window window;
        struct pl_words days;  /* 0 is Monday */
        uint32_t at_permyriad; /* of memory.max */
        uint64_t every_usec;   /* at most once in */
};

enum pl_leak_key {
        PL_LEAK_WATCH,
        PL_LEAK_ALERT,
        PL_LEAK_RESTART,
        PL_LEAK_KEYS,
};

struct pl_leak {
        PL_FIELDS(PL_LEAK_KEYS) fields;
        bool watch;
        struct pl_rate alert;
        struct pl_restart restart;
};

enum pl_hook_key {
        PL_HOOK_COMMAND,
        PL_HOOK_TIMEOUT,
        PL_HOOK_USER,
        PL_HOOK_KEYS,
};

struct pl_hook {
        PL_FIELDS(PL_HOOK_KEYS) fields;
        struct pl_strings command;
        uint64_t timeout_usec;
        const char *user;
};

enum pl_hooks_key {
        PL_HOOKS_BEFORE,
        PL_HOOKS_AFTER,
        PL_HOOKS_LEAK,
        PL_HOOKS_KEYS,
};

struct pl_hooks {
        PL_FIELDS(PL_HOOKS_KEYS) fields;
        struct pl_hook before, after, leak;
};

enum pl_mode {
        PL_MODE_ENFORCE,
        PL_MODE_OBSERVE,
};

enum pl_drift {
        PL_DRIFT_REPAIR,
        PL_DRIFT_ALARM,
        PL_DRIFT_YIELD,
};

enum pl_profile_key {
        PL_PROFILE_SCHEMA,
        PL_PROFILE_NAME,
        PL_PROFILE_DESCRIPTION,
        PL_PROFILE_MATCH,
        PL_PROFILE_MODE,
        PL_PROFILE_MEMORY,
        PL_PROFILE_BUDGET,
        PL_PROFILE_OOM,
        PL_PROFILE_LADDER,
        PL_PROFILE_LEAK,
        PL_PROFILE_HOOKS,
        PL_PROFILE_DRIFT,
        PL_PROFILE_KUBEPODS,
        PL_PROFILE_KEYS,
};

struct pl_profile {
        PL_FIELDS(PL_PROFILE_KEYS) fields;
        const char *schema, *name, *description;
        struct pl_selectors match;
        enum pl_mode mode, kubepods;
        struct pl_memory memory;
        struct pl_budget budget;
        struct pl_oom oom;
        struct pl_ladder ladder;
        struct pl_leak leak;
        struct pl_hooks hooks;
        enum pl_drift drift;
};

/* ---- host ---- */

enum pl_act_key {
        PL_ACT_HOST,
        PL_ACT_LOCAL,
        PL_ACT_KEYS,
};

struct pl_act {
        PL_FIELDS(PL_ACT_KEYS) fields;
        bool host, local;
};

enum pl_shortage_key {
        PL_SHORTAGE_FLOOR,
        PL_SHORTAGE_CRITICAL,
        PL_SHORTAGE_STALL,
        PL_SHORTAGE_HORIZON,
        PL_SHORTAGE_EARLY,
        PL_SHORTAGE_NEED,
        PL_SHORTAGE_THRASH,
        PL_SHORTAGE_THRASH_RATE,
        PL_SHORTAGE_CULPRIT,
        PL_SHORTAGE_LIMIT,
        PL_SHORTAGE_LIVELOCK,
        PL_SHORTAGE_PATIENCE,
        PL_SHORTAGE_THROTTLE,
        PL_SHORTAGE_GROWTH,
        PL_SHORTAGE_KEYS,
};

struct pl_shortage {
        PL_FIELDS(PL_SHORTAGE_KEYS) fields;
        struct pl_size floor, thrash_rate, growth; /* the last two a second */
        uint32_t critical_permyriad, stall_permyriad, culprit_permyriad;
        uint32_t limit_permyriad, livelock_permyriad;
        uint64_t horizon_usec, early_usec, need_usec, thrash_usec;
        uint64_t patience_usec, throttle_usec;
};

enum pl_kill_key {
        PL_KILL_FLOOR,
        PL_KILL_TOGETHER,
        PL_KILL_DEADLINE,
        PL_KILL_COOL_DOWN,
        PL_KILL_KEYS,
};

struct pl_kill {
        PL_FIELDS(PL_KILL_KEYS) fields;
        struct pl_size floor;
        int32_t together;
        uint64_t deadline_usec, cool_down_usec;
};

enum pl_backoff_key {
        PL_BACKOFF_KILLS,
        PL_BACKOFF_WITHIN,
        PL_BACKOFF_HOLD,
        PL_BACKOFF_KEYS,
};

struct pl_backoff {
        PL_FIELDS(PL_BACKOFF_KEYS) fields;
        int32_t kills;
        uint64_t within_usec, hold_usec;
};

enum pl_pressure_key {
        PL_PRESSURE_STALL,
        PL_PRESSURE_WINDOW,
        PL_PRESSURE_WORKLOADS,
        PL_PRESSURE_KEYS,
};

struct pl_pressure {
        PL_FIELDS(PL_PRESSURE_KEYS) fields;
        uint64_t stall_usec, window_usec;
        int32_t workloads;
};

enum pl_vm_key {
        PL_VM_SWAPPINESS,
        PL_VM_WATERMARK_SCALE_FACTOR,
        PL_VM_MIN_FREE,
        PL_VM_KEYS,
};

struct pl_vm {
        PL_FIELDS(PL_VM_KEYS) fields;
        int32_t swappiness, watermark_scale_factor;
        struct pl_size min_free;
};

enum pl_host_hooks_key {
        PL_HOST_HOOKS_ALARM,
        PL_HOST_HOOKS_KEYS,
};

struct pl_host_hooks {
        PL_FIELDS(PL_HOST_HOOKS_KEYS) fields;
        struct pl_hook alarm;
};

enum pl_host_key {
        PL_HOST_SCHEMA,
        PL_HOST_NAME,
        PL_HOST_DESCRIPTION,
        PL_HOST_MODE,
        PL_HOST_PROTECT,
        PL_HOST_RESERVE,
        PL_HOST_ACT,
        PL_HOST_SHORTAGE,
        PL_HOST_KILL,
        PL_HOST_BACKOFF,
        PL_HOST_PRESSURE,
        PL_HOST_SCAN,
        PL_HOST_SELF_TEST,
        PL_HOST_VM,
        PL_HOST_HOOKS,
        PL_HOST_KEYS,
};

struct pl_host_policy {
        PL_FIELDS(PL_HOST_KEYS) fields;
        const char *schema, *name, *description;
        enum pl_mode mode;
        struct pl_selectors protect;
        struct pl_size reserve;
        struct pl_act act;
        struct pl_shortage shortage;
        struct pl_kill kill;
        struct pl_backoff backoff;
        struct pl_pressure pressure;
        uint64_t scan_usec, self_test_usec;
        struct pl_vm vm;
        struct pl_host_hooks hooks;
};

/* ---- order ---- */

enum pl_order_verb {
        PL_ORDER_PROTECT,
        PL_ORDER_PAUSE,
        PL_ORDER_RESTORE,
        PL_ORDER_APPLY,
        PL_ORDER_DRILL,
        PL_ORDER_THAW,
};

enum pl_order_key {
        PL_ORDER_SCHEMA,
        PL_ORDER_VERB,
        PL_ORDER_WORKLOAD,
        PL_ORDER_CGROUP_ID,
        PL_ORDER_ISSUED,
        PL_ORDER_EXPIRES,
        PL_ORDER_BY,
        PL_ORDER_REASON,
        PL_ORDER_KEYS,
};

struct pl_order {
        PL_FIELDS(PL_ORDER_KEYS) fields;
        const char *schema, *by, *reason;
        enum pl_order_verb verb;
        struct pl_selector workload; /* where it is not given: the whole host */
        uint64_t cgroup_id;
        int64_t issued_sec, expires_sec; /* since 1970, UTC */
};
