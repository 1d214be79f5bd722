/* SPDX-License-Identifier: Apache-2.0 */

/* Each note says what is wrong, what that means, and what to do; what is nobody's fault says that nothing is to be done.
 */

#include <syslog.h>

#include "plimsoll/base/clock.h"
#include "plimsoll/base/macro.h"
#include "plimsoll/base/size.h"
#include "plimsoll/model/bounds.h"
#include "plimsoll/model/decision.h"
#include "plimsoll/model/note.h"
#include "sentence.h"

enum { VALUE_MAX = 96 }; /* the longest description of an errno has some 50 */

/* What the value of a note is. */
enum value {
        VALUE_NONE,
        VALUE_NUMBER,
        VALUE_ERROR,
        VALUE_BYTES,
        VALUE_TIME,
};

/* These stand in the sentences. */
_Static_assert(PL_WORKLOADS_MAX == 16384 && PL_HOLDERS_MAX == 8192 && PL_WORKLOAD_DEPTH_MAX == 64,
               "the sentences say so");

static const struct {
        enum value value;
        int priority;
        const char *sentence; /* with the value in the place of '#' */
} notes[PL_NOTES] = {
        [PL_NOTE_WORKLOADS] = { VALUE_NONE, LOG_WARNING,
                                "there are more than 16,384 workloads: the others are not seen and "
                                "get no profile; run fewer on this host" },
        [PL_NOTE_HOLDERS] = { VALUE_NONE, LOG_WARNING,
                              "there are more than 8,192 slices and pods: what is in the others is "
                              "not seen and gets no profile; run fewer on this host" },
        [PL_NOTE_DEPTH] = { VALUE_NONE, LOG_WARNING,
                            "a cgroup is more than 64 levels deep or has too long a path: what is "
                            "in it is not seen; nest containers less deeply" },
        [PL_NOTE_FILES] = { VALUE_NONE, LOG_WARNING,
                            "plimsolld may open no more files: it looks for the other cgroups by "
                            "their paths, which is slower; raise LimitNOFILE= of "
                            "plimsolld.service" },
        [PL_NOTE_WATCHES] = { VALUE_NONE, LOG_WARNING,
                              "fs.inotify.max_user_watches is reached: who comes and goes is seen "
                              "in some slices only at the next scan, after 5 s if the host policy "
                              "does not say otherwise; double it: sysctl "
                              "fs.inotify.max_user_watches="
                              "$((2*$(sysctl -n fs.inotify.max_user_watches)))" },
        [PL_NOTE_INOTIFY] = { VALUE_NONE, LOG_WARNING,
                              "the kernel grants no inotify: who comes and goes is seen only at "
                              "the next scan, after 5 s if the host policy does not say otherwise; "
                              "double its bound: sysctl fs.inotify.max_user_instances="
                              "$((2*$(sysctl -n fs.inotify.max_user_instances)))" },
        [PL_NOTE_OVERFLOW] = { VALUE_NONE, LOG_INFO,
                               "cgroups came and went faster than the kernel could tell: all are "
                               "looked at anew, and nothing has to be done" },
        [PL_NOTE_DENIED] = { VALUE_NONE, LOG_WARNING,
                             "a cgroup may not be looked at: what is in it is not seen; let "
                             "plimsolld run as root with the capabilities of its unit" },
        [PL_NOTE_ROWS] = { VALUE_NUMBER, LOG_WARNING,
                           "# workloads have no room on the journal's board: they are neither "
                           "matched nor measured, and 'plimsoll list' does not show them; start "
                           "plimsolld with a larger --journal-size, up to 32MiB, or run fewer on "
                           "this host" },
        [PL_NOTE_POLICY_UNWATCHED] = { VALUE_NONE, LOG_WARNING,
                                       "the policy files cannot be watched: a change of theirs is "
                                       "seen only at the next scan, after 5 s if the host policy "
                                       "does not say otherwise, or on 'systemctl reload "
                                       "plimsolld'" },
        [PL_NOTE_POLICY_UNKEPT] = { VALUE_ERROR, LOG_WARNING,
                                    "the policy in force could not be kept beside the journal (#): "
                                    "what happens now cannot be judged again later; make room in "
                                    "/run and reload plimsolld" },
        [PL_NOTE_JOURNAL_SMALL] = { VALUE_BYTES, LOG_WARNING,
                                    "/run has no room for a journal of the usual size: it has # "
                                    "and remembers less; make room there and restart plimsolld" },
        [PL_NOTE_JOURNAL_UNSEEN] = { VALUE_ERROR, LOG_ERR,
                                     "the journal could not be made (#): plimsolld keeps it where "
                                     "no verb of plimsoll can read it, and tries again; make room "
                                     "in /run" },
        [PL_NOTE_JOURNAL_SEEN] = { VALUE_NONE, LOG_NOTICE,
                                   "the journal is in its place again, and can be read" },
        [PL_NOTE_UNLOCKED] = { VALUE_ERROR, LOG_WARNING,
                               "memory could not be locked (#): plimsolld may be slow when the "
                               "host is short of memory; give its unit LimitMEMLOCK=infinity" },
        [PL_NOTE_UNFINISHED] = { VALUE_NUMBER, LOG_ERR,
                                 "the plimsolld before this one died in the middle of step #; "
                                 "'journalctl -u plimsolld' may say why" },
        [PL_NOTE_RESUMED] = { VALUE_TIME, LOG_INFO,
                              "the host has slept for #: what was counted across that time does "
                              "not count" },
        [PL_NOTE_CLOCK] = { VALUE_TIME, LOG_INFO,
                            "the clock on the wall was set by #: events before this one are shown "
                            "in the new time" },
        [PL_NOTE_SCAN_LATE] = { VALUE_TIME, LOG_WARNING,
                                "one scan of all cgroups took #, which is longer than from one to "
                                "the next: changes are seen later; set a longer \"scan\" in the "
                                "host policy" },
        [PL_NOTE_NO_PRESSURE] = { VALUE_NONE, LOG_WARNING,
                                  "this kernel does not measure memory pressure: a shortage is "
                                  "seen late; boot with psi=1" },
        [PL_NOTE_SAMPLE_FAILED] = { VALUE_ERROR, LOG_WARNING,
                                    "a file of the host could not be read (#): its figures are "
                                    "missing; 'plimsoll doctor' may know why" },
};

static void add_value(struct pl_text *text, enum value kind, uint64_t value)
{
        switch (kind) {
        case VALUE_NONE:
                break;
        case VALUE_NUMBER:
                pl_text_add_u64(text, value);
                break;
        case VALUE_ERROR:
                pl_sentence_add_error(text, value);
                break;
        case VALUE_BYTES:
                pl_bytes_format_short(text, value);
                break;
        case VALUE_TIME:
                pl_duration_format_short(text, value);
                break;
        }
}

/* Of a code that is none, or of a later version: its words, or that there are none. */
static void add_unknown(struct pl_text *text, const struct pl_journal_note *note)
{
        struct pl_span words = PL_SENTENCE_FIELD(note->words);
        struct pl_span name = PL_SENTENCE_FIELD(note->name);

        pl_sentence_add_words(text, "", name, ": ");
        if (pl_span_empty(words))
                pl_text_addf(text, "something that this version does not know (code %lu)",
                             (unsigned long) note->code);
        else
                pl_text_add_clean(text, words);
}

void pl_sentence_add_note(struct pl_text *text, const struct pl_journal_note *note)
{
        char buffer[VALUE_MAX];
        struct pl_text value;

        if (note->code >= PL_NOTES || !notes[note->code].sentence) {
                add_unknown(text, note);
                return;
        }
        pl_text_init(&value, buffer, sizeof buffer);
        add_value(&value, notes[note->code].value, note->value);
        pl_sentence_add_words(text, "", PL_SENTENCE_FIELD(note->name), ": ");
        pl_sentence_fill(text, notes[note->code].sentence, pl_span("", 0), pl_text_span(&value));
        pl_sentence_add_words(text, " (", PL_SENTENCE_FIELD(note->words), ")");
}

int pl_sentence_note_priority(const struct pl_journal_note *note, bool is_alarm)
{
        bool is_known = note->code < PL_NOTES && notes[note->code].sentence;
        int priority = is_known ? notes[note->code].priority : LOG_NOTICE;

        if (note->severity == PL_SEVERITY_CRITICAL)
                return LOG_CRIT;
        return is_alarm ? PL_MIN(priority, LOG_WARNING) : priority;
}
