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
        PL_NOTES,
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
};
