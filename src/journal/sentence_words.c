/* SPDX-License-Identifier: Apache-2.0 */

#include "plimsoll/base/macro.h"
#include "plimsoll/journal/sentence.h"
#include "plimsoll/model/note.h"
#include "plimsoll/model/order.h"
#include "plimsoll/model/profile.h"

#define WORD_OF(words, index) ((index) < PL_ARRAY_LENGTH(words) ? (words)[index] : NULL)

const char *pl_journal_type_word(uint32_t type)
{
        static const char *const words[PL_JOURNAL_TYPES] = {
                [PL_JOURNAL_STARTED] = "started",
                [PL_JOURNAL_ENDED] = "ended",
                [PL_JOURNAL_IN_FORCE] = "policy-in-force",
                [PL_JOURNAL_REFUSED] = "policy-refused",
                [PL_JOURNAL_APPEARED] = "appeared",
                [PL_JOURNAL_GONE] = "gone",
                [PL_JOURNAL_CHANGED] = "profile-changed",
                [PL_JOURNAL_VERDICT] = "verdict",
                [PL_JOURNAL_DECISION] = "decision",
                [PL_JOURNAL_OUTCOME] = "outcome",
                [PL_JOURNAL_DRIFT] = "drift",
                [PL_JOURNAL_ALARM] = "alarm",
                [PL_JOURNAL_NOTE] = "note",
                [PL_JOURNAL_ORDER] = "order",
                [PL_JOURNAL_GAP] = "gap",
                [PL_JOURNAL_SET] = "set",
                [PL_JOURNAL_SNAPSHOT] = "snapshot",
        };

        return WORD_OF(words, type);
}

const char *pl_journal_note_word(uint32_t code)
{
        static const char *const words[PL_NOTES] = {
                [PL_NOTE_WORKLOADS] = "workloads-full",
                [PL_NOTE_HOLDERS] = "holders-full",
                [PL_NOTE_DEPTH] = "too-deep",
                [PL_NOTE_FILES] = "files-full",
                [PL_NOTE_WATCHES] = "watches-full",
                [PL_NOTE_INOTIFY] = "inotify-missing",
                [PL_NOTE_OVERFLOW] = "news-lost",
                [PL_NOTE_DENIED] = "cgroup-denied",
                [PL_NOTE_ROWS] = "rows-full",
                [PL_NOTE_POLICY_UNWATCHED] = "policy-unwatched",
                [PL_NOTE_POLICY_UNKEPT] = "policy-unkept",
                [PL_NOTE_JOURNAL_SMALL] = "journal-small",
                [PL_NOTE_JOURNAL_UNSEEN] = "journal-unseen",
                [PL_NOTE_JOURNAL_SEEN] = "journal-seen",
                [PL_NOTE_UNLOCKED] = "memory-unlocked",
                [PL_NOTE_UNFINISHED] = "step-unfinished",
                [PL_NOTE_RESUMED] = "host-resumed",
                [PL_NOTE_CLOCK] = "clock-set",
                [PL_NOTE_SCAN_LATE] = "scan-late",
                [PL_NOTE_NO_PRESSURE] = "pressure-missing",
                [PL_NOTE_SAMPLE_FAILED] = "sample-failed",
                [PL_NOTE_CONTENDED] = "limit-contended",
                [PL_NOTE_CALM] = "limit-calm",
                [PL_NOTE_LIMIT_REFUSED] = "limit-refused",
                [PL_NOTE_LIMIT_LATE] = "limit-late",
                [PL_NOTE_LIMIT_WAITS] = "limit-waits",
                [PL_NOTE_RESTORED] = "limit-restored",
                [PL_NOTE_NEVER_TOUCHED] = "never-touched",
                [PL_NOTE_SCORE_DENIED] = "score-denied",
                [PL_NOTE_NO_BUS] = "bus-missing",
                [PL_NOTE_BUS_BACK] = "bus-back",
                [PL_NOTE_NOT_TIDIED] = "drop-ins-left",
                [PL_NOTE_SETTINGS] = "settings-failed",
                [PL_NOTE_ORIGINALS_ASIDE] = "originals-aside",
                [PL_NOTE_ORIGINALS_LOST] = "originals-lost",
                [PL_NOTE_NO_CHECKPOINT] = "checkpoint-left-out",
                [PL_NOTE_NO_TRIGGERS] = "triggers-missing",
                [PL_NOTE_NO_LOCAL_TRIGGERS] = "local-triggers-missing",
                [PL_NOTE_CANNOT_ACT] = "cannot-act",
                [PL_NOTE_CAN_ACT] = "can-act",
                [PL_NOTE_CANNOT_RELEASE] = "mrelease-missing",
                [PL_NOTE_THAWED] = "thawed",
                [PL_NOTE_NOT_THAWED] = "not-thawed",
                [PL_NOTE_DOWN] = "down",
                [PL_NOTE_NOT_DOWN] = "not-down",
                [PL_NOTE_UP] = "up",
                [PL_NOTE_DRILL] = "drill",
                [PL_NOTE_MATE_ACTED] = "mate-acted",
                [PL_NOTE_ARMED] = "armed",
                [PL_NOTE_NOT_UP] = "not-up",
                [PL_NOTE_NO_NAME] = "no-name",
                [PL_NOTE_NOT_ALONE] = "not-alone",
        };

        return WORD_OF(words, code);
}

const char *pl_journal_reason_word(uint32_t reason)
{
        static const char *const words[PL_REASONS] = {
                [PL_REASON_CREATED] = "created",
                [PL_REASON_REMOVED] = "removed",
                [PL_REASON_POLICY] = "policy",
                [PL_REASON_ATTRIBUTE] = "attribute",
        };

        return WORD_OF(words, reason);
}

const char *pl_journal_gap_word(uint32_t reason)
{
        static const char *const words[PL_GAP_REASONS] = { [PL_GAP_CROWD] = "crowd" };

        return WORD_OF(words, reason);
}

const char *pl_journal_severity_word(uint32_t severity)
{
        static const char *const words[PL_SEVERITIES] = {
                [PL_SEVERITY_CALM] = "calm",         [PL_SEVERITY_WATCH] = "watch",
                [PL_SEVERITY_SHORT] = "short",       [PL_SEVERITY_SCARCE] = "scarce",
                [PL_SEVERITY_CRITICAL] = "critical",
        };

        return WORD_OF(words, severity);
}

const char *pl_journal_scope_word(uint32_t scope)
{
        static const char *const words[PL_SCOPES] = {
                [PL_SCOPE_HOST] = "host",
                [PL_SCOPE_NODE] = "node",
                [PL_SCOPE_CGROUP] = "cgroup",
        };

        return WORD_OF(words, scope);
}

const char *pl_journal_measure_word(uint32_t measure)
{
        static const char *const words[PL_MEASURE_KINDS] = {
                [PL_MEASURE_RECLAIM] = "reclaim", [PL_MEASURE_THROTTLE] = "throttle",
                [PL_MEASURE_RELEASE] = "release", [PL_MEASURE_FREEZE] = "freeze",
                [PL_MEASURE_THAW] = "thaw",       [PL_MEASURE_TERM] = "term",
                [PL_MEASURE_KILL] = "kill",       [PL_MEASURE_RELAX] = "relax",
                [PL_MEASURE_ALARM] = "alarm",     [PL_MEASURE_CAP] = "cap",
                [PL_MEASURE_DOWN] = "down",
        };

        return WORD_OF(words, measure);
}

const char *pl_journal_result_word(uint32_t result)
{
        static const char *const words[PL_RESULTS] = {
                [PL_RESULT_DONE] = "done",       [PL_RESULT_PARTLY] = "partly",
                [PL_RESULT_FAILED] = "failed",   [PL_RESULT_GONE] = "gone",
                [PL_RESULT_REFUSED] = "refused", [PL_RESULT_LATE] = "late",
        };

        return WORD_OF(words, result);
}

const char *pl_journal_turn_word(uint32_t turn)
{
        static const char *const words[PL_TURNS] = {
                [PL_TURN_CHOSEN] = "chosen",       [PL_TURN_NEXT] = "next",
                [PL_TURN_PROTECTED] = "protected", [PL_TURN_OBSERVED] = "observed",
                [PL_TURN_OUTSIDE] = "outside",     [PL_TURN_TOO_SMALL] = "too-small",
                [PL_TURN_DYING] = "dying",         [PL_TURN_STUCK] = "stuck",
                [PL_TURN_PAUSED] = "paused",       [PL_TURN_RESTORED] = "restored",
                [PL_TURN_EMPTY] = "empty",         [PL_TURN_NO_RUNG] = "no-rung",
                [PL_TURN_UNKNOWN] = "unknown",
        };

        return WORD_OF(words, turn);
}

const char *pl_journal_choice_word(uint32_t choice)
{
        static const char *const words[PL_CHOICES] = {
                [PL_CHOICE_ORDER] = "order",       [PL_CHOICE_GROWER] = "grower",
                [PL_CHOICE_LIVELOCK] = "livelock", [PL_CHOICE_AGAIN] = "again",
                [PL_CHOICE_OVER] = "over",         [PL_CHOICE_NOBODY] = "nobody",
        };

        return WORD_OF(words, choice);
}

const char *pl_journal_evidence_word(uint32_t evidence)
{
        static const char *const words[PL_EVIDENCES] = {
                [PL_EVIDENCE_SCARCE] = "scarce",
                [PL_EVIDENCE_CRITICAL] = "critical",
                [PL_EVIDENCE_STALL] = "stall",
                [PL_EVIDENCE_END_NEAR] = "end-near",
                [PL_EVIDENCE_END_COMES] = "end-comes",
                [PL_EVIDENCE_THRASH] = "thrash",
                [PL_EVIDENCE_RECLAIM] = "reclaim",
                [PL_EVIDENCE_OWN_MEASURE] = "own-measure",
                [PL_EVIDENCE_LIMIT] = "limit",
                [PL_EVIDENCE_UNRECLAIMABLE] = "unreclaimable",
                [PL_EVIDENCE_REFAULTS] = "refaults",
                [PL_EVIDENCE_HIGH] = "high",
        };

        return WORD_OF(words, evidence);
}

const char *pl_journal_drift_word(uint32_t answer)
{
        static const char *const words[] = {
                [PL_DRIFT_REPAIR] = "repair",
                [PL_DRIFT_ALARM] = "alarm",
                [PL_DRIFT_YIELD] = "yield",
        };

        return WORD_OF(words, answer);
}

const char *pl_journal_order_word(uint32_t verb)
{
        static const char *const words[] = {
                [PL_ORDER_PROTECT] = "protect", [PL_ORDER_PAUSE] = "pause",
                [PL_ORDER_RESTORE] = "restore", [PL_ORDER_APPLY] = "apply",
                [PL_ORDER_DRILL] = "drill",     [PL_ORDER_THAW] = "thaw",
        };

        return WORD_OF(words, verb);
}

/* ---- of limits ---- */

const char *pl_journal_limit_state_word(uint32_t state)
{
        static const char *const words[PL_LIMIT_STATES] = {
                [PL_LIMIT_UNSET] = "unset",       [PL_LIMIT_IN_FORCE] = "in-force",
                [PL_LIMIT_ORDERED] = "ordered",   [PL_LIMIT_LOWERING] = "lowering",
                [PL_LIMIT_WAITING] = "waiting",   [PL_LIMIT_RETRYING] = "retrying",
                [PL_LIMIT_REFUSED] = "refused",   [PL_LIMIT_CONTENDED] = "contended",
                [PL_LIMIT_LEFT] = "left",         [PL_LIMIT_ABSENT] = "absent",
                [PL_LIMIT_OBSERVED] = "observed",
        };

        return WORD_OF(words, state);
}

const char *pl_journal_limit_cause_word(uint32_t cause)
{
        static const char *const words[PL_CAUSES] = {
                [PL_CAUSE_USE] = "use",
                [PL_CAUSE_WOULD_OOM] = "would-oom",
                [PL_CAUSE_NO_SWAP] = "no-swap",
                [PL_CAUSE_NO_EFFECT] = "no-effect",
                [PL_CAUSE_BEHIND] = "behind",
                [PL_CAUSE_BUSY] = "busy",
                [PL_CAUSE_FILE_ABSENT] = "file-absent",
                [PL_CAUSE_DENIED] = "denied",
                [PL_CAUSE_INVALID] = "invalid",
                [PL_CAUSE_FAILED] = "failed",
                [PL_CAUSE_ZERO] = "zero",
                [PL_CAUSE_LATE] = "late",
                [PL_CAUSE_GONE] = "gone",
                [PL_CAUSE_DRAINS] = "drains",
                [PL_CAUSE_ALARM] = "alarm",
                [PL_CAUSE_YIELD] = "yield",
                [PL_CAUSE_PAUSED] = "paused",
                [PL_CAUSE_OVERLAY] = "overlay",
                [PL_CAUSE_KUBELET] = "kubelet",
        };

        return WORD_OF(words, cause);
}

const char *pl_journal_why_word(uint32_t why)
{
        static const char *const words[PL_WHYS] = {
                [PL_WHY_PROFILE] = "profile", [PL_WHY_OVERLAY] = "overlay",
                [PL_WHY_STEP] = "step",       [PL_WHY_PUSH] = "push",
                [PL_WHY_DRIFT] = "drift",     [PL_WHY_RETURN] = "return",
                [PL_WHY_KEEP] = "keep",       [PL_WHY_AGAIN] = "again",
        };

        return WORD_OF(words, why);
}

const char *pl_journal_backend_word(uint32_t backend)
{
        static const char *const words[PL_BACKENDS] = {
                [PL_BACKEND_NONE] = "none",         [PL_BACKEND_UNIT] = "unit",
                [PL_BACKEND_DIRECT] = "direct",     [PL_BACKEND_INNER] = "inner",
                [PL_BACKEND_OBSERVED] = "observed",
        };

        return WORD_OF(words, backend);
}

const char *pl_journal_swappiness_word(uint32_t means)
{
        static const char *const words[PL_SWAPPINESS_MEANS] = {
                [PL_SWAPPINESS_UNSET] = "unset",       [PL_SWAPPINESS_EXACT] = "exact",
                [PL_SWAPPINESS_SWAP_MAX] = "swap-max", [PL_SWAPPINESS_RECLAIM] = "reclaim",
                [PL_SWAPPINESS_NONE] = "none",
        };

        return WORD_OF(words, means);
}

/* In the order of enum pl_plan_mode, which is the engine's and not to be seen from here. */
const char *pl_journal_mode_word(uint32_t mode)
{
        static const char *const words[] = { "apply", "restore", "paused", "observed" };

        return WORD_OF(words, mode);
}

const char *pl_journal_drift_cause_word(uint32_t cause)
{
        static const char *const words[PL_DRIFT_CAUSES] = {
                [PL_DRIFT_BY_UNKNOWN] = "unknown",
                [PL_DRIFT_BY_RELOAD] = "daemon-reload",
                [PL_DRIFT_BY_SET_PROPERTY] = "set-property",
                [PL_DRIFT_BY_RUNTIME] = "runtime-update",
                [PL_DRIFT_BY_DROP_IN] = "drop-in",
                [PL_DRIFT_BY_HAND] = "by-hand",
        };

        return WORD_OF(words, cause);
}
