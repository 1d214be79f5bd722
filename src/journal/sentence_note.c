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

/* Two that are told apart of PL_ORIGINALS_E_*, which are host's. */
enum {
        ASIDE_OTHER_BOOT = 6,
        ASIDE_VERSION = 7,
};

/* What the value of a note is. */
enum value {
        VALUE_NONE,
        VALUE_NUMBER,
        VALUE_ERROR,
        VALUE_BYTES,
        VALUE_TIME,
        VALUE_LIMIT, /* or the unit in its place */
        VALUE_ASIDE, /* why a log of originals was put aside */
        VALUE_FULL,  /* an errno, or 0: as many as there may be */
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
        [PL_NOTE_CONTENDED] = { VALUE_LIMIT, LOG_WARNING,
                                "somebody else changes # again and again: it is left alone for "
                                "a while, then set again; find who it is and let only one of "
                                "the two set it, or write \"drift\": \"yield\" into the profile" },
        [PL_NOTE_CALM] = { VALUE_LIMIT, LOG_NOTICE,
                           "nobody else changes # any more: it is kept as its profile says" },
        [PL_NOTE_LIMIT_REFUSED] = { VALUE_LIMIT, LOG_WARNING,
                                    "# cannot be set: what is there stays, and it is tried "
                                    "again now and then, and when the profile changes; "
                                    "'plimsoll diff' shows what is missing" },
        [PL_NOTE_LIMIT_LATE] = { VALUE_LIMIT, LOG_WARNING,
                                 "# was written, and the kernel or systemd has not come back "
                                 "from that: nothing more is set there until it does, and "
                                 "nothing has to be done" },
        [PL_NOTE_LIMIT_WAITS] = { VALUE_BYTES, LOG_WARNING,
                                  "memory.max has to wait: # are in use, of which too little "
                                  "can be reclaimed, and to set it now would kill; let it use "
                                  "less, restart it, or give it a larger \"max\"" },
        [PL_NOTE_RESTORED] = { VALUE_NONE, LOG_NOTICE,
                               "its limits are what they were before Plimsoll" },
        [PL_NOTE_NEVER_TOUCHED] = { VALUE_NONE, LOG_WARNING,
                                    "a profile matches it, and Plimsoll never touches it; let "
                                    "the profile match others alone" },
        [PL_NOTE_SCORE_DENIED] = { VALUE_ERROR, LOG_WARNING,
                                   "oom_score_adj could not be set (#): if the kernel has to "
                                   "kill, it does not go by the profile; let plimsolld run as "
                                   "root with the capabilities of its unit" },
        [PL_NOTE_NO_BUS] = { VALUE_NONE, LOG_WARNING,
                             "systemd cannot be reached: limits are set all the same, and set "
                             "again where systemd undoes them; where there is no systemd, "
                             "nothing has to be done" },
        [PL_NOTE_BUS_BACK] = { VALUE_NONE, LOG_NOTICE,
                               "systemd can be reached again: limits of its units stay, "
                               "whatever it does" },
        [PL_NOTE_NOT_TIDIED] = { VALUE_NONE, LOG_WARNING,
                                 "drop-ins of units that limits had brought along could not be "
                                 "removed: systemd applies them until the host is started anew; "
                                 "as root, 'plimsolld --tidy' tries again" },
        [PL_NOTE_SETTINGS] = { VALUE_NONE, LOG_WARNING,
                               "settings of the host could not be set or put back; 'systemctl "
                               "status plimsoll-host' may say why" },
        [PL_NOTE_ORIGINALS_ASIDE] = { VALUE_ASIDE, LOG_WARNING,
                                      "what limits were before Plimsoll cannot be read, for #; "
                                      "it is originals.old beside the journal now, and what is "
                                      "set now counts as what was there before" },
        [PL_NOTE_ORIGINALS_LOST] = { VALUE_FULL, LOG_ERR,
                                     "what limits were before Plimsoll cannot be noted (#), so "
                                     "none is set that was not set before; make room in /run" },
        [PL_NOTE_NO_CHECKPOINT] = { VALUE_NUMBER, LOG_NOTICE,
                                    "the journal has no room for all that is known of # cgroups: "
                                    "what is decided now cannot be judged again for long; start "
                                    "plimsolld with a larger --journal-size, up to 256MiB" },
        [PL_NOTE_NO_TRIGGERS] = { VALUE_ERROR, LOG_NOTICE,
                                  "the kernel does not wake plimsolld when tasks of the host stand "
                                  "still (#): it looks by the clock alone, more often as memory "
                                  "gets short, and nothing has to be done" },
        [PL_NOTE_NO_LOCAL_TRIGGERS] = { VALUE_ERROR, LOG_NOTICE,
                                        "the kernel does not wake plimsolld when a workload stands "
                                        "still at its own limit (#): that is seen at the next "
                                        "look at it, and nothing has to be done" },
        [PL_NOTE_CANNOT_ACT] = { VALUE_ERROR, LOG_CRIT,
                                 "armed, but it cannot act: the self-test failed (#), so if memory "
                                 "runs short now, a kill may fail; look for what has "
                                 "changed its unit: systemctl cat plimsolld" },
        [PL_NOTE_CAN_ACT] = { VALUE_NONE, LOG_NOTICE,
                              "the self-test succeeds again: plimsolld can act" },
        [PL_NOTE_CANNOT_RELEASE] = { VALUE_NONE, LOG_NOTICE,
                                     "process_mrelease is missing or forbidden: who is killed "
                                     "gives memory back as it exits, which may take longer; Linux "
                                     "5.15 has it" },
        [PL_NOTE_THAWED] = { VALUE_NONE, LOG_NOTICE,
                             "it was frozen by a plimsolld that has ended, and goes on now; "
                             "nothing has to be done" },
        [PL_NOTE_NOT_THAWED] = { VALUE_ERROR, LOG_ERR,
                                 "it was frozen by a plimsolld that has ended, and could not be "
                                 "let "
                                 "go (#): it stands still until somebody lets it; as root, "
                                 "'plimsoll thaw --all' tries again" },
        [PL_NOTE_DOWN] = { VALUE_TIME, LOG_WARNING,
                           "it was killed again and again, and is stopped, to stay down for #, "
                           "as \"again\" of its profile wants; 'plimsoll explain' says why it "
                           "was killed" },
        [PL_NOTE_NOT_DOWN] = { VALUE_NONE, LOG_WARNING,
                               "it was killed again and again, and cannot be kept down, so it may "
                               "be killed again; stop it, or give it more memory" },
        [PL_NOTE_UP] = { VALUE_NONE, LOG_NOTICE,
                         "it was kept down, and is started again: its time is over" },
        [PL_NOTE_DRILL] = { VALUE_NONE, LOG_NOTICE,
                            "a drill, which touches nobody but a workload that is there for it" },
        [PL_NOTE_MATE_ACTED] = { VALUE_BYTES, LOG_CRIT,
                                 "killed by the second process, for the host was short while "
                                 "plimsolld stood still; # came back; 'journalctl -u plimsolld' "
                                 "says how long it did" },
        [PL_NOTE_ARMED] = { VALUE_BYTES, LOG_NOTICE,
                            "armed: when less than # are available and tasks stand still, or the "
                            "end is near, somebody is ended" },
        [PL_NOTE_NOT_UP] = { VALUE_NONE, LOG_WARNING,
                             "it was kept down, its time is over, and systemd could not start it "
                             "again; start it" },
        [PL_NOTE_NO_NAME] = { VALUE_NONE, LOG_WARNING,
                              "containers are known by their ids and paths alone as long as "
                              "nobody says more: no selector that names them by name, label, "
                              "image or pod holds. The first of them" },
        [PL_NOTE_NOT_ALONE] = { VALUE_NONE, LOG_WARNING,
                                "another program acts here when memory is short; 'plimsoll doctor' "
                                "says how to leave it to one of the two" },
};

static const char *aside_words(uint64_t reason)
{
        switch (reason) {
        case ASIDE_OTHER_BOOT:
                return "it is from before the host was started";
        case ASIDE_VERSION:
                return "it has another format";
        default:
                return "it is damaged";
        }
}

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
        case VALUE_LIMIT:
                pl_text_add(text, pl_sentence_limit(value));
                break;
        case VALUE_ASIDE:
                pl_text_add(text, aside_words(value));
                break;
        case VALUE_FULL:
                if (value == 0)
                        pl_text_add(text, "as many are noted as there may be");
                else
                        pl_sentence_add_error(text, value);
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
