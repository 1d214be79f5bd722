/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* note - the codes of what the daemon has to say of itself and of workloads, as they stand in the journal. Plain data; the
 * sentences are in journal/sentence.h. A code keeps its number for ever: recorded history has them.
 */

/* Of an alarm or a note: what is not as it should be, or is again. Each is said once, not at every turn. */
enum pl_note_code {
        PL_NOTE_NONE,

        /* The census cannot have all of it; value: how often so far. In the order of enum pl_census_note. */
        PL_NOTE_WORKLOADS,
        PL_NOTE_HOLDERS,
        PL_NOTE_DEPTH,
        PL_NOTE_FILES,
        PL_NOTE_WATCHES,
        PL_NOTE_INOTIFY,
        PL_NOTE_OVERFLOW,
        PL_NOTE_DENIED,

        PL_NOTE_ROWS, /* fewer rows than workloads; value: so many are neither matched nor measured */
        PL_NOTE_POLICY_UNWATCHED, /* a change of the policy files is seen only at a scan or on a reload */
        PL_NOTE_POLICY_UNKEPT, /* the policy in force could not be kept beside the journal; value: errno */
        PL_NOTE_JOURNAL_SMALL, /* no room for one of the usual size; value: its bytes */
        PL_NOTE_JOURNAL_UNSEEN, /* no room for any: kept in memory, where nobody can read it; value: errno */
        PL_NOTE_JOURNAL_SEEN, /* there is room again */
        PL_NOTE_UNLOCKED,     /* memory could not be locked; value: errno */
        PL_NOTE_UNFINISHED,   /* the daemon before died in the middle of a step; value: which */
        PL_NOTE_RESUMED,      /* the host has slept; value: microseconds */
        PL_NOTE_CLOCK,        /* the clock on the wall was set; value: microseconds, either way */
        PL_NOTE_SCAN_LATE, /* a look at everybody takes longer than its period; value: microseconds */
        PL_NOTE_NO_PRESSURE,   /* this kernel does not measure it */
        PL_NOTE_SAMPLE_FAILED, /* a file of the host could not be read; value: errno */

        /* Of limits. With the id and the name of a workload; value: enum pl_limit, words: what more is known. */
        PL_NOTE_CONTENDED, /* an alarm: somebody else sets it again and again, and we stand back for a while */
        PL_NOTE_CALM,          /* he has stopped */
        PL_NOTE_LIMIT_REFUSED, /* an alarm: it cannot be set; words: why */
        PL_NOTE_LIMIT_LATE, /* a write has not come back for seconds, and nothing more is written there */
        PL_NOTE_LIMIT_WAITS, /* memory.max waits: more is in use that cannot be reclaimed; value: bytes in use */
        PL_NOTE_RESTORED,      /* what was there before is back */
        PL_NOTE_NEVER_TOUCHED, /* a profile matches whom Plimsoll never touches; words: why */
        PL_NOTE_SCORE_DENIED,  /* an alarm: oom_score_adj cannot be set; value: errno */

        /* Of what limits need. */
        PL_NOTE_NO_BUS, /* systemd cannot be reached: limits hold until it applies a unit; words: why */
        PL_NOTE_BUS_BACK,   /* it can, again */
        PL_NOTE_NOT_TIDIED, /* drop-ins of ours could not be removed; words: why */
        PL_NOTE_SETTINGS,   /* settings of the host could not be set or restored; words: why */
        PL_NOTE_ORIGINALS_ASIDE, /* the log of originals was not fit, and is originals.old now; value: why */
        PL_NOTE_ORIGINALS_LOST, /* an alarm: what was there before cannot be noted, so nothing is written; value: errno, or 0: full */

        PL_NOTE_NO_CHECKPOINT, /* what the engine knows does not fit into the journal beside what it is given; value: cgroups */

        /* Of acting. With the id and the name of a workload where it is about one. */
        PL_NOTE_NO_TRIGGERS, /* the kernel does not wake us when the host stalls: it is looked at by the clock; value: errno */
        PL_NOTE_NO_LOCAL_TRIGGERS, /* the same of workloads; value: errno */
        PL_NOTE_CANNOT_ACT, /* an alarm: the self-test failed; value: errno, words: at what, and of whom */
        PL_NOTE_CAN_ACT, /* and succeeds again */
        PL_NOTE_CANNOT_RELEASE, /* process_mrelease is missing or forbidden: memory comes back as the dying exit */
        PL_NOTE_THAWED,     /* one that a daemon before this one held still goes on */
        PL_NOTE_NOT_THAWED, /* an alarm: it could not be let go; value: errno */
        PL_NOTE_DOWN,       /* it is stopped, to stay so for a while; value: microseconds */
        PL_NOTE_NOT_DOWN,   /* an alarm: it cannot be kept down; words: why */
        PL_NOTE_UP,         /* it is started again */
        PL_NOTE_DRILL,      /* a drill begins, or has ended; words: how */
        PL_NOTE_MATE_ACTED, /* an alarm: the second process has killed it, while the daemon stood still; value: bytes that came back */
        PL_NOTE_ARMED, /* from now on it acts; value: bytes available below which it does, words: who would go first */
        PL_NOTE_NOT_UP,  /* an alarm: it was kept down, and cannot be started again; words: why */
        PL_NOTE_NO_NAME, /* a container is known by its path alone; words: which, and why */
        PL_NOTE_NOT_ALONE, /* another program acts when memory is short; words: which, when and on whom */
        PL_NOTES,
};

/* The value of PL_NOTE_DRILL. */
enum pl_drill_news {
        PL_DRILL_BEGINS,   /* with the id of the workload that is there for it */
        PL_DRILL_REFUSED,  /* words: why */
        PL_DRILL_ACTED,    /* it was ended, as it should; words: by which decision */
        PL_DRILL_OBSERVED, /* it would have been, and the policy only observes; words: likewise */
        PL_DRILL_FAILED,   /* words: what did not come to pass */
        PL_DRILL_NEWS,
};

/* Why a workload appeared, is gone, or has another profile. */
enum pl_reason {
        PL_REASON_NONE,
        PL_REASON_CREATED,   /* its cgroup was made */
        PL_REASON_REMOVED,   /* its cgroup was removed */
        PL_REASON_POLICY,    /* another policy is in force */
        PL_REASON_ATTRIBUTE, /* what selectors ask for has changed */
        PL_REASONS,
};

/* Why something is missing in a ring. */
enum pl_gap_reason {
        PL_GAP_NONE,
        PL_GAP_CROWD, /* more workloads came and went than are written down one by one; first: since when, in microseconds */
        PL_GAP_REASONS,
};

/* Of the host's row on the board. */
enum pl_host_flag {
        PL_HOST_ACTS = 1 << 0,   /* what the policy says is done; else it is watched and no more */
        PL_HOST_PAUSED = 1 << 1, /* by an order */
        PL_HOST_UNFIT = 1 << 2,  /* armed, but the self-test says that it cannot act */
};
