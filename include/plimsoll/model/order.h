/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* order - one file of a cgroup that is to be given a value, or all properties of its unit in one call, what became of that,
 * and how it stands with a limit. Plain data without padding or pointers: it is written into the journal as it is.
 *
 * The orders of one plan are carried out one after the other, in their order. The first that comes to anything but
 * PL_WRITTEN ends the row, and what is behind it is PL_WRITE_E_SKIPPED: each value keeps its distance to those before it.
 */

#include <stdint.h>

#include "plimsoll/model/limits.h"

/* In place of a limit: the unit, whose properties are set in one call. */
#define PL_LIMIT_UNIT PL_LIMIT_COUNT

enum {
        /* Each limit once; or the unit, and oom.group after it. */
        PL_LIMIT_ORDERS_MAX = PL_LIMIT_COUNT,
};

enum pl_limit_why {
        PL_WHY_PROFILE, /* the profile wants it */
        PL_WHY_OVERLAY, /* a throttle, for as long as that lasts */
        PL_WHY_STEP, /* on the way down to what the profile wants, no further than the use allows */
        PL_WHY_PUSH, /* so that the use falls below the memory.max that is wanted */
        PL_WHY_DRIFT,  /* somebody else has changed it */
        PL_WHY_RETURN, /* nobody wants it any more: what was there before us */
        PL_WHY_KEEP,   /* so that systemd will not undo it */
        PL_WHY_AGAIN,  /* systemd has just undone it */
        PL_WHYS,
};

struct pl_limit_order {
        uint32_t limit;  /* enum pl_limit, or PL_LIMIT_UNIT */
        uint32_t why;    /* enum pl_limit_why */
        uint32_t number; /* of the plan; an outcome carries it back */
        uint32_t reserved;
        uint64_t value_bytes;
        /* memory.current is read once more just before the write; above this nothing is written and the outcome is
         * PL_WRITE_E_USE. PL_SIZE_MAX: no need to look. */
        uint64_t use_below_bytes;
        uint64_t verify_usec; /* without an outcome by then it is late */
};

enum pl_write_result {
        PL_WRITTEN,         /* written, and not blank */
        PL_WRITE_E_AGAIN,   /* EBUSY, EINTR, EAGAIN: worth another try soon */
        PL_WRITE_E_USE,     /* more is in use than use_below_bytes */
        PL_WRITE_E_GONE,    /* ENODEV: there is no such cgroup any more */
        PL_WRITE_E_ABSENT,  /* no such file, no such property, no such unit, nobody who answers */
        PL_WRITE_E_DENIED,  /* EACCES, EPERM, EROFS */
        PL_WRITE_E_REFUSED, /* EINVAL, ERANGE: not this value */
        PL_WRITE_E_FAILED,  /* any other errno */
        PL_WRITE_E_SKIPPED, /* one before it failed */
        PL_WRITE_E_LATE,    /* not back yet: what it comes to follows as another outcome */
        PL_WRITE_RESULTS,
};

struct pl_limit_outcome {
        uint32_t limit;
        uint32_t number;
        uint32_t result; /* enum pl_write_result */
        int32_t error;   /* a positive errno, or 0 */
};

/* How it stands with a limit. */
enum pl_limit_state {
        PL_LIMIT_UNSET, /* nobody wants anything of it */
        PL_LIMIT_IN_FORCE,
        PL_LIMIT_ORDERED,   /* on its way, not confirmed */
        PL_LIMIT_LOWERING,  /* memory.max, stepwise: value_bytes is as far as it has got */
        PL_LIMIT_WAITING,   /* for what the cause says */
        PL_LIMIT_RETRYING,  /* it will be tried again soon */
        PL_LIMIT_REFUSED,   /* tried again seldom, and when the profile changes */
        PL_LIMIT_CONTENDED, /* somebody else writes it again and again: we stand back for a while */
        PL_LIMIT_LEFT,      /* somebody else has changed it, and the profile says to leave that */
        PL_LIMIT_ABSENT,    /* not offered by this kernel */
        PL_LIMIT_OBSERVED,  /* nothing may be done to it */
        PL_LIMIT_STATES,
};

enum pl_limit_cause {
        PL_CAUSE_NONE,
        PL_CAUSE_USE,       /* more is in use */
        PL_CAUSE_WOULD_OOM, /* more is in use that cannot be reclaimed: waiting may be for ever */
        PL_CAUSE_NO_SWAP,   /* memory.high without swap would make it stand still */
        PL_CAUSE_NO_EFFECT, /* it was pushed, and the use did not fall; pushed again after a rest */
        PL_CAUSE_BEHIND,    /* another limit has to be in force first */
        PL_CAUSE_BUSY,      /* the kernel, or systemd */
        PL_CAUSE_FILE_ABSENT,
        PL_CAUSE_DENIED,
        PL_CAUSE_INVALID,
        PL_CAUSE_FAILED,
        PL_CAUSE_ZERO, /* memory.max or memory.high of 0 is not written */
        PL_CAUSE_LATE, /* a write has not come back: nothing more until it does */
        PL_CAUSE_GONE,
        PL_CAUSE_DRAINS, /* in force, but what is beyond it leaves slowly: swap */
        PL_CAUSE_ALARM,  /* left alone by drift "alarm" */
        PL_CAUSE_YIELD,  /* by drift "yield", until the profile changes */
        PL_CAUSE_PAUSED,
        PL_CAUSE_OVERLAY, /* the unit's properties wait for its end */
        PL_CAUSE_KUBELET, /* it is kubelet's, whatever the profile wants */
        PL_CAUSES,
};

/* What has happened to a limit at this call: said once. */
enum pl_limit_news {
        PL_NEWS_ARRIVED = 1 << 0,   /* what we ordered is in force */
        PL_NEWS_DRIFT = 1 << 1,     /* somebody else has changed it to value_bytes */
        PL_NEWS_CONTENDED = 1 << 2, /* he does it again and again */
        PL_NEWS_CALM = 1 << 3,      /* he has stopped */
        PL_NEWS_REFUSED = 1 << 4,   /* state and cause say how */
        PL_NEWS_RETURNED = 1 << 5,  /* the original is back: forget it */
};

struct pl_limit_standing {
        uint8_t state;         /* enum pl_limit_state */
        uint8_t cause;         /* enum pl_limit_cause */
        uint8_t news;          /* enum pl_limit_news */
        uint8_t drifts;        /* counted within the window */
        uint32_t why;          /* enum pl_limit_why: whose target it is */
        uint64_t value_bytes;  /* as it is */
        uint64_t target_bytes; /* as it should come to be */
};

/* ---- by what means, and by whom ---- */

/* Where what is wanted of a workload is written. */
enum pl_backend {
        PL_BACKEND_NONE, /* nothing is wanted of it */
        PL_BACKEND_UNIT, /* systemd's own: the files, and then the unit's properties, so that it stays */
        PL_BACKEND_DIRECT, /* the files alone: nobody rewrites them */
        PL_BACKEND_INNER, /* those of the cgroup inside of it that the runtime keeps for the container */
        PL_BACKEND_OBSERVED, /* nothing is written, for the policy says so, or because it is kubelet's */
        PL_BACKENDS,
};

/* Who changed what we had set, as far as there is proof of it. */
enum pl_drift_cause {
        PL_DRIFT_BY_UNKNOWN,      /* no proof of any of the others */
        PL_DRIFT_BY_RELOAD,       /* systemd has read its units anew, and applied them */
        PL_DRIFT_BY_SET_PROPERTY, /* somebody has set a property of the unit */
        PL_DRIFT_BY_RUNTIME,      /* the same, of a container: its runtime's update */
        PL_DRIFT_BY_DROP_IN,      /* a drop-in of the unit that sorts behind ours */
        PL_DRIFT_BY_HAND,         /* the file was written, and not by systemd */
        PL_DRIFT_CAUSES,
};

/* How a swappiness that a profile asks for is honoured: cgroup v2 has none. */
enum pl_swappiness_means {
        PL_SWAPPINESS_UNSET,    /* the profile does not speak of it */
        PL_SWAPPINESS_EXACT,    /* vm.swappiness is just that */
        PL_SWAPPINESS_SWAP_MAX, /* 0, approximated by memory.swap.max 0: it does not swap at all */
        PL_SWAPPINESS_RECLAIM, /* approximated: when Plimsoll reclaims, by memory.reclaim's own; else vm.swappiness */
        PL_SWAPPINESS_NONE, /* this kernel has no means: vm.swappiness counts */
        PL_SWAPPINESS_MEANS,
};
