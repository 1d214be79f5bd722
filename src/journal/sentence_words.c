/* SPDX-License-Identifier: Apache-2.0 */

#include "plimsoll/base/macro.h"
#include "plimsoll/journal/sentence.h"
#include "plimsoll/model/note.h"
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
                [PL_MEASURE_ALARM] = "alarm",
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
                [PL_TURN_DYING] = "dying",         [PL_TURN_BACKING_OFF] = "backing-off",
        };

        return WORD_OF(words, turn);
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
