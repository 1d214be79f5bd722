/* SPDX-License-Identifier: Apache-2.0 */

/* What each act says. The sentences stand here as people read them, so that who changes one reads it. */

#include "test.h"

#include <fcntl.h>
#include <syslog.h>

#include "journal/made.h"
#include "plimsoll/base/clock.h"
#include "plimsoll/base/fd.h"
#include "plimsoll/engine/plan.h"
#include "plimsoll/journal/sentence.h"
#include "plimsoll/model/note.h"
#include "plimsoll/model/order.h"
#include "plimsoll/model/profile.h"
#include "plimsoll/model/workload.h"

#define DIGEST                                                                                     \
        {                                                                                          \
                0x3F, 0x9A, 0x12, 0xC0, 0xD4, 0xE1, 0xFF                                           \
        }
#define AFTER_BOOT PL_USEC_PER_HOUR

static const struct row {
        const char *sentence;
        int priority;
        struct pl_journal_act act;
} rows[] = {
        { "plimsolld 0.1.0 started (pid 812), with a new journal",
          LOG_NOTICE,
          { .type = PL_JOURNAL_STARTED,
            .started = { .generation = 1, .pid = 812, .version = "0.1.0" } } },
        { "plimsolld 0.1.0 started (pid 812), continuing the journal",
          LOG_NOTICE,
          { .type = PL_JOURNAL_STARTED,
            .started = { .generation = 2, .pid = 812, .version = "0.1.0" } } },
        { "plimsolld 0.1.0 started (pid 812), with a new journal; the one before is journal.old, "
          "for it has another size",
          LOG_NOTICE,
          { .type = PL_JOURNAL_STARTED,
            .started = { .generation = 1,
                         .pid = 812,
                         .aside = PL_JOURNAL_E_OTHER_SIZE,
                         .version = "0.1.0" } } },
        { "plimsolld ended, asked by SIGTERM",
          LOG_NOTICE,
          { .type = PL_JOURNAL_ENDED, .ended = { .signal = 15 } } },
        { "plimsolld ended with exit code 8: this host cannot",
          LOG_ERR,
          { .type = PL_JOURNAL_ENDED, .ended = { .code = 8, .words = "this host cannot" } } },
        { "plimsolld ended, asked by signal 4294967295",
          LOG_NOTICE,
          { .type = PL_JOURNAL_ENDED, .ended = { .signal = UINT32_MAX } } },

        { "policy 3f9a12c0d4e1 is in force: 5 profiles from 6 files",
          LOG_NOTICE,
          { .type = PL_JOURNAL_IN_FORCE,
            .policy = { .digest = DIGEST, .profile_count = 5, .file_count = 6 } } },
        { "policy 3f9a12c0d4e1 is in force: 1 profile and 1 order from 1 file, with 2 warnings "
          "('plimsoll check' shows them)",
          LOG_NOTICE,
          { .type = PL_JOURNAL_IN_FORCE,
            .policy = { .digest = DIGEST,
                        .profile_count = 1,
                        .order_count = 1,
                        .file_count = 1,
                        .warning_count = 2 } } },
        { "no policy is in force: no workload has a profile",
          LOG_NOTICE,
          { .type = PL_JOURNAL_IN_FORCE } },
        { "policy refused, the old one stays in force: web.json:7:15: too much; 'plimsoll check' "
          "shows where",
          LOG_ERR,
          { .type = PL_JOURNAL_REFUSED,
            .policy = { .number = 1, .error_count = 1, .words = "web.json:7:15: too much" } } },
        { "policy refused, the old one stays in force: web.json:7:15: too much; 2 more errors; "
          "'plimsoll check' shows where",
          LOG_ERR,
          { .type = PL_JOURNAL_REFUSED,
            .policy = { .number = 2, .error_count = 3, .words = "web.json:7:15: too much" } } },
        { "policy refused, and none is in force: web.json:7:15: too much; 'plimsoll check' shows "
          "where",
          LOG_ERR,
          { .type = PL_JOURNAL_REFUSED,
            .policy = { .error_count = 1, .words = "web.json:7:15: too much" } } },
        { "policy refused, and none is in force: /etc/plimsoll is writable by everyone",
          LOG_ERR,
          { .type = PL_JOURNAL_REFUSED,
            .policy = { .error_count = 1, .words = "/etc/plimsoll is writable by everyone" } } },
        { "policy refused, and none is in force: no 7:x; 1 more error ('plimsoll check' shows "
          "them)",
          LOG_ERR,
          { .type = PL_JOURNAL_REFUSED, .policy = { .error_count = 2, .words = "no 7:x" } } },
        { "policy refused, and none is in force: web.json:7:15: too\xE2\x80\xA6 (plimsoll check)",
          LOG_ERR,
          { .type = PL_JOURNAL_REFUSED,
            .policy = { .error_count = 1, .words = "web.json:7:15: too\xE2\x80\xA6" } } },
        { "odd appeared (plain cgroup, no profile)",
          LOG_INFO,
          { .type = PL_JOURNAL_APPEARED,
            .workload = { .kind = PL_WORKLOAD_PLAIN, .name = "odd" } } },

        { "worker/mailer appeared (service, profile worker)",
          LOG_INFO,
          { .type = PL_JOURNAL_APPEARED,
            .workload = { .id = 7,
                          .kind = PL_WORKLOAD_SERVICE,
                          .name = "mailer",
                          .profile_name = "worker",
                          .path = "/system.slice/mailer.service" } } },
        { "system/sshd appeared (service, no profile)",
          LOG_INFO,
          { .type = PL_JOURNAL_APPEARED,
            .workload = { .id = 7,
                          .kind = PL_WORKLOAD_SERVICE,
                          .name = "sshd",
                          .path = "/system.slice/sshd.service" } } },
        { "0123456789ab appeared (container, no profile)",
          LOG_INFO,
          { .type = PL_JOURNAL_APPEARED,
            .workload = { .id = 7,
                          .kind = PL_WORKLOAD_CONTAINER,
                          .name = "0123456789ab",
                          .path = "/system.slice/docker-0123456789ab.scope" } } },
        { "/odd appeared (workload, no profile)",
          LOG_INFO,
          { .type = PL_JOURNAL_APPEARED,
            .workload = { .id = 7, .kind = UINT32_MAX, .path = "/odd" } } },
        { "api/web is gone",
          LOG_INFO,
          { .type = PL_JOURNAL_GONE,
            .workload = { .id = 7, .name = "web", .profile_name = "api" } } },
        { "cgroup 7 is gone", LOG_INFO, { .type = PL_JOURNAL_GONE, .workload = { .id = 7 } } },
        { "web now has the profile api, by the new policy",
          LOG_INFO,
          { .type = PL_JOURNAL_CHANGED,
            .workload = { .reason = PL_REASON_POLICY, .name = "web", .profile_name = "api" } } },
        { "web has no profile any more, by a label or attribute that has changed",
          LOG_INFO,
          { .type = PL_JOURNAL_CHANGED,
            .workload = { .reason = PL_REASON_ATTRIBUTE, .name = "web" } } },

        { "the host has enough memory: 4.10 GiB available",
          LOG_INFO,
          { .type = PL_JOURNAL_VERDICT,
            .judged.verdict = { .severity = PL_SEVERITY_CALM, .available_bytes = 4402341478 } } },
        { "the host is so short of memory that a kill may follow: 512 MiB available where 635 MiB "
          "should be, falling by 578 MiB/s, gone in 1.1 s, all tasks stalled 41.2 % of the last "
          "second",
          LOG_WARNING,
          { .type = PL_JOURNAL_VERDICT,
            .judged.verdict = { .severity = PL_SEVERITY_SCARCE,
                                .available_bytes = 512 * PL_MIB,
                                .floor_bytes = 635 * PL_MIB,
                                .fall_bytes_per_sec = 578 * PL_MIB,
                                .end_usec = 1100000,
                                .stall_permyriad = 4123 } } },
        { "NUMA node 1 is short of memory: 0 available where 1.00 MiB should be",
          LOG_NOTICE,
          { .type = PL_JOURNAL_VERDICT,
            .judged.verdict = { .scope = PL_SCOPE_NODE,
                                .severity = PL_SEVERITY_SHORT,
                                .scope_id = 1,
                                .floor_bytes = PL_MIB,
                                .end_usec = UINT64_MAX } } },
        { "report is critically short of memory: 0 left of its limit where 1.00 MiB should be",
          LOG_CRIT,
          { .type = PL_JOURNAL_VERDICT,
            .judged = { .verdict = { .scope = PL_SCOPE_CGROUP,
                                     .severity = PL_SEVERITY_CRITICAL,
                                     .floor_bytes = PL_MIB,
                                     .end_usec = UINT64_MAX },
                        .name = "report" } } },
        { "decision 17: kill report, which should give 6.10 GiB, out of 3 candidates; the host is "
          "critically short of memory: 96.0 MiB available where 635 MiB should be",
          LOG_WARNING,
          { .type = PL_JOURNAL_DECISION,
            .decision = { .decision = { .number = 17,
                                        .measure = PL_MEASURE_KILL,
                                        .candidate_count = 3,
                                        .id = 9,
                                        .expected_bytes = 6549825126,
                                        .verdict = { .severity = PL_SEVERITY_CRITICAL,
                                                     .available_bytes = 96 * PL_MIB,
                                                     .floor_bytes = 635 * PL_MIB,
                                                     .end_usec = UINT64_MAX },
                                        .candidates = { { .id = 8 }, { .id = 9 } } },
                          .name = "report" } } },
        { "decision 3, of which nothing is done: keep batch/report at 64.0 MiB or less; "
          "batch.slice "
          "is short of memory: 0 left of its limit",
          LOG_NOTICE,
          { .type = PL_JOURNAL_DECISION,
            .decision = { .decision = { .number = 3,
                                        .measure = PL_MEASURE_CAP,
                                        .id = 9,
                                        .amount_bytes = 64 * PL_MIB,
                                        .verdict = { .scope = PL_SCOPE_CGROUP,
                                                     .severity = PL_SEVERITY_SHORT,
                                                     .scope_id = 4,
                                                     .end_usec = UINT64_MAX } },
                          .flags = PL_JOURNAL_DECISION_OBSERVED,
                          .name = "batch/report",
                          .scope = "batch.slice" } } },
        { "batch.slice has enough memory",
          LOG_INFO,
          { .type = PL_JOURNAL_VERDICT,
            .judged = { .verdict = { .scope = PL_SCOPE_CGROUP, .end_usec = UINT64_MAX },
                        .name = "batch.slice" } } },
        { "the journal has no room for all that is known of 1000 cgroups: what is decided now "
          "cannot "
          "be judged again for long; start plimsolld with a larger --journal-size, up to 256MiB",
          LOG_NOTICE,
          { .type = PL_JOURNAL_NOTE, .note = { .code = PL_NOTE_NO_CHECKPOINT, .value = 1000 } } },
        { "decision 18: take 512 MiB back from cgroup 9; the host is watched more closely: 1.00 "
          "GiB "
          "available where 635 MiB should be",
          LOG_NOTICE,
          { .type = PL_JOURNAL_DECISION,
            .decision.decision = { .number = 18,
                                   .measure = PL_MEASURE_RECLAIM,
                                   .id = 9,
                                   .amount_bytes = 512 * PL_MIB,
                                   .verdict = { .severity = PL_SEVERITY_WATCH,
                                                .available_bytes = PL_GIB,
                                                .floor_bytes = 635 * PL_MIB,
                                                .end_usec = UINT64_MAX } } } },
        { "killed report: dead after 0.4 s, 6.00 GiB came back, 12 processes (decision 17)",
          LOG_WARNING,
          { .type = PL_JOURNAL_OUTCOME,
            .outcome = { .outcome = { .decision = 17,
                                      .measure = PL_MEASURE_KILL,
                                      .processes = 12,
                                      .began_usec = AFTER_BOOT,
                                      .ended_usec = AFTER_BOOT + 410 * PL_USEC_PER_MSEC,
                                      .bytes = 6 * PL_GIB },
                         .name = "report" } } },
        { "freezing report: failed (Operation not permitted) (decision 18)",
          LOG_ERR,
          { .type = PL_JOURNAL_OUTCOME,
            .outcome = { .outcome = { .decision = 18,
                                      .measure = PL_MEASURE_FREEZE,
                                      .result = PL_RESULT_FAILED,
                                      .error = 1 },
                         .name = "report" } } },

        { "fs.inotify.max_user_watches is reached: who comes and goes is seen in some slices only "
          "at the next scan, after 5 s if the host policy does not say otherwise; double "
          "it: sysctl fs.inotify.max_user_watches=$((2*$(sysctl -n fs.inotify.max_user_watches)))",
          LOG_WARNING,
          { .type = PL_JOURNAL_NOTE, .note.code = PL_NOTE_WATCHES } },
        { "the kernel grants no inotify: who comes and goes is seen only at the next scan, after 5 "
          "s "
          "if the host policy does not say otherwise; double its bound: sysctl "
          "fs.inotify.max_user_instances=$((2*$(sysctl -n fs.inotify.max_user_instances)))",
          LOG_WARNING,
          { .type = PL_JOURNAL_NOTE, .note.code = PL_NOTE_INOTIFY } },
        { "37 workloads have no room on the journal's board: they are neither matched nor "
          "measured, "
          "and 'plimsoll list' does not show them; start plimsolld with a larger --journal-size, "
          "up "
          "to 32MiB, or run fewer on this host",
          LOG_WARNING,
          { .type = PL_JOURNAL_NOTE, .note = { .code = PL_NOTE_ROWS, .value = 37 } } },
        { "the policy files cannot be watched: a change of theirs is seen only at the next scan, "
          "after "
          "5 s if the host policy does not say otherwise, or on 'systemctl reload plimsolld'",
          LOG_WARNING,
          { .type = PL_JOURNAL_NOTE, .note.code = PL_NOTE_POLICY_UNWATCHED } },
        { "the plimsolld before this one died in the middle of step 40; 'journalctl -u plimsolld' "
          "may say why",
          LOG_ERR,
          { .type = PL_JOURNAL_NOTE, .note = { .code = PL_NOTE_UNFINISHED, .value = 40 } } },
        { "the journal could not be made (No space left on device): plimsolld keeps it where no "
          "verb of plimsoll can read it, and tries again; make room in /run",
          LOG_ERR,
          { .type = PL_JOURNAL_NOTE, .note = { .code = PL_NOTE_JOURNAL_UNSEEN, .value = 28 } } },
        { "the host has slept for 2 h 5 min: what was counted across that time does not count",
          LOG_INFO,
          { .type = PL_JOURNAL_NOTE,
            .note = { .code = PL_NOTE_RESUMED, .value = 125 * PL_USEC_PER_MINUTE } } },
        { "a cgroup may not be looked at: what is in it is not seen; let plimsolld run as root "
          "with "
          "the capabilities of its unit (/user.slice)",
          LOG_WARNING,
          { .type = PL_JOURNAL_NOTE, .note = { .code = PL_NOTE_DENIED, .words = "/user.slice" } } },
        { "armed, but it cannot act: the self-test failed (Operation not permitted), so if memory "
          "runs short now, a kill may fail; look for what has changed its unit: "
          "systemctl cat plimsolld (signal to batch/report)",
          LOG_CRIT,
          { .type = PL_JOURNAL_ALARM,
            .note = { .code = PL_NOTE_CANNOT_ACT,
                      .value = 1,
                      .words = "signal to batch/report" } } },
        { "batch/report: killed by the second process, for the host was short while plimsolld "
          "stood "
          "still; 6.00 GiB came back; 'journalctl -u plimsolld' says how long it did",
          LOG_CRIT,
          { .type = PL_JOURNAL_ALARM,
            .note = { .code = PL_NOTE_MATE_ACTED, .value = 6 * PL_GIB, .name = "batch/report" } } },
        { "web: it was frozen by a plimsolld that has ended, and could not be let go (No such file "
          "or directory): it stands still until somebody lets it; as root, 'plimsoll thaw --all' "
          "tries again",
          LOG_ERR,
          { .type = PL_JOURNAL_ALARM,
            .note = { .code = PL_NOTE_NOT_THAWED, .value = 2, .name = "web" } } },
        { "web: it was killed again and again, and is stopped, to stay down for 10 min 0 s, as "
          "\"again\" of its profile wants; 'plimsoll explain' says why it was killed",
          LOG_WARNING,
          { .type = PL_JOURNAL_NOTE,
            .note = { .code = PL_NOTE_DOWN, .value = 10 * PL_USEC_PER_MINUTE, .name = "web" } } },
        { "armed: when less than 96.0 MiB are available and tasks stand still, or the end is near, "
          "somebody is ended (batch/report would go first)",
          LOG_NOTICE,
          { .type = PL_JOURNAL_NOTE,
            .note = { .code = PL_NOTE_ARMED,
                      .value = 96 * PL_MIB,
                      .words = "batch/report would go first" } } },
        { "a drill, which touches nobody but a workload that is there for it (it begins)",
          LOG_NOTICE,
          { .type = PL_JOURNAL_NOTE, .note = { .code = PL_NOTE_DRILL, .words = "it begins" } } },
        { "web: it leaks",
          LOG_WARNING,
          { .type = PL_JOURNAL_ALARM,
            .note = { .code = UINT32_MAX, .name = "web", .words = "it leaks" } } },
        { "something that this version does not know (code 0)",
          LOG_CRIT,
          { .type = PL_JOURNAL_ALARM, .note.severity = PL_SEVERITY_CRITICAL } },

        { "order accepted: protect web, by root, for 2 h 0 min: before the release",
          LOG_NOTICE,
          { .type = PL_JOURNAL_ORDER,
            .order = { .issued_sec = 1000,
                       .expires_sec = 8200,
                       .verb = PL_ORDER_PROTECT,
                       .acknowledged = 1,
                       .by = "root",
                       .workload = "web",
                       .words = "before the release" } } },
        { "order refused: pause the whole host",
          LOG_WARNING,
          { .type = PL_JOURNAL_ORDER,
            .order = { .issued_sec = INT64_MIN, .expires_sec = 0, .verb = PL_ORDER_PAUSE } } },
        { "120 workloads came, went or changed unrecorded within 8 s: there were too many to "
          "write each down",
          LOG_WARNING,
          { .at_usec = AFTER_BOOT + 8 * PL_USEC_PER_SEC,
            .type = PL_JOURNAL_GAP,
            .gap = { .first = AFTER_BOOT, .count = 120, .reason = PL_GAP_CROWD } } },
        { "1 step is missing from number 40 on: it was too long",
          LOG_WARNING,
          { .type = PL_JOURNAL_GAP,
            .gap = { .first = 40,
                     .count = 1,
                     .ring = PL_JOURNAL_SAMPLES,
                     .words = "it was too long" } } },
        { "something that this version does not know (type 99)", LOG_NOTICE, { .type = 99 } },
};

static void each_act_says_what_it_is(void **state)
{
        char buffer[PL_JOURNAL_SENTENCE_MAX];
        struct pl_text text;

        (void) state;
        for (size_t i = 0; i < PL_ARRAY_LENGTH(rows); i++) {
                pl_text_init(&text, buffer, sizeof buffer);
                pl_journal_add_sentence(&text, &rows[i].act);
                assert_string_equal(buffer, rows[i].sentence);
                assert_row(rows[i].sentence, pl_journal_priority(&rows[i].act) == rows[i].priority);
        }
}

/* ---- whatever stands in it ---- */

static void assert_tame(const struct pl_journal_act *act)
{
        char buffer[PL_JOURNAL_SENTENCE_MAX];
        struct pl_text text;
        int priority = pl_journal_priority(act);

        pl_text_init(&text, buffer, sizeof buffer);
        pl_journal_add_sentence(&text, act);
        assert_false(text.cut);
        assert_true(text.length > 0);
        assert_in_range(priority, LOG_CRIT, LOG_INFO);
        for (size_t i = 0; i < text.length; i++)
                if ((unsigned char) buffer[i] < 0x20 || buffer[i] == 0x7F)
                        fail_msg("type %lu: a control character in \"%s\"",
                                 (unsigned long) act->type, buffer);
        for (struct pl_span rest = pl_text_span(&text); !pl_span_empty(rest);) {
                size_t length = pl_utf8_length(rest);

                assert_true(length > 0);
                rest = pl_span_from(rest, length);
        }
}

/* No enumeration holds and no text ends. */
static void any_bytes_make_a_sentence_of_one_line(void **state)
{
        static struct pl_journal_act act;
        struct test_random random = { 20 };

        (void) state;
        for (unsigned round = 0; round < 4000; round++) {
                unsigned char *bytes = (unsigned char *) &act;
                unsigned kind = round % 4;

                for (size_t i = 0; i < sizeof act; i++)
                        bytes[i] = (unsigned char) (kind == 0   ? 0xFF
                                                    : kind == 1 ? '\n'
                                                                : test_random(&random));
                act.type = round % (PL_JOURNAL_TYPES + 2);
                if (kind == 3) { /* known measures, severities, codes */
                        act.note.code = (uint32_t) test_random_below(&random, PL_NOTES);
                        act.judged.verdict.severity = round % PL_SEVERITIES;
                }
                assert_tame(&act);
        }
}

static void the_longest_words_fit(void **state)
{
        static struct pl_journal_act act;

        (void) state;
        for (uint32_t code = 0; code < PL_NOTES; code++) {
                memset(&act, 0, sizeof act);
                act.type = PL_JOURNAL_NOTE;
                act.note.code = code;
                act.note.value = UINT64_MAX;
                memset(act.note.name, 'n', sizeof act.note.name);
                memset(act.note.words, 'w', sizeof act.note.words);
                assert_tame(&act);
        }
        for (uint32_t number = 0; number < 2000; number++) {
                made_act_of(number, 1 + number % (PL_JOURNAL_SNAPSHOT - 1), &act);
                assert_tame(&act);
        }
}

static void a_name_cannot_forge_a_line(void **state)
{
        static const char name[] = "web\nplimsolld: all is well\x1B[2J\xC2\x9B\xE2\x80\xAE";
        struct pl_journal_act act = { .type = PL_JOURNAL_GONE };
        char buffer[PL_JOURNAL_SENTENCE_MAX];
        struct pl_text text;

        (void) state;
        memcpy(act.workload.name, name, sizeof name);
        pl_text_init(&text, buffer, sizeof buffer);
        pl_journal_add_sentence(&text, &act);
        assert_string_equal(buffer, "web?plimsolld: all is well?[2J?? is gone");
}

/* ---- words ---- */

static const struct words {
        const char *name;
        const char *(*word)(uint32_t);
        uint32_t first, end;
} words[] = {
        { "type", pl_journal_type_word, 1, PL_JOURNAL_TYPES },
        { "note", pl_journal_note_word, 1, PL_NOTES },
        { "reason", pl_journal_reason_word, 1, PL_REASONS },
        { "gap", pl_journal_gap_word, 1, PL_GAP_REASONS },
        { "severity", pl_journal_severity_word, 0, PL_SEVERITIES },
        { "scope", pl_journal_scope_word, 0, PL_SCOPES },
        { "measure", pl_journal_measure_word, 0, PL_MEASURE_KINDS },
        { "result", pl_journal_result_word, 0, PL_RESULTS },
        { "turn", pl_journal_turn_word, 0, PL_TURNS },
        { "choice", pl_journal_choice_word, 0, PL_CHOICES },
        { "evidence", pl_journal_evidence_word, 0, PL_EVIDENCES },
        { "drift", pl_journal_drift_word, 0, PL_DRIFT_YIELD + 1 },
        { "order", pl_journal_order_word, 0, PL_ORDER_THAW + 1 },
        { "state of a limit", pl_journal_limit_state_word, 0, PL_LIMIT_STATES },
        { "cause of a state", pl_journal_limit_cause_word, 1, PL_CAUSES },
        { "why", pl_journal_why_word, 0, PL_WHYS },
        { "backend", pl_journal_backend_word, 0, PL_BACKENDS },
        { "swappiness", pl_journal_swappiness_word, 0, PL_SWAPPINESS_MEANS },
        { "mode", pl_journal_mode_word, 0, PL_PLAN_OBSERVED + 1 },
        { "cause of a drift", pl_journal_drift_cause_word, 0, PL_DRIFT_CAUSES },
};

static void every_number_has_a_word_of_its_own(void **state)
{
        (void) state;
        for (size_t i = 0; i < PL_ARRAY_LENGTH(words); i++) {
                for (uint32_t a = words[i].first; a < words[i].end; a++) {
                        const char *word = words[i].word(a);

                        assert_row(words[i].name, word && *word);
                        assert_row(words[i].name,
                                   strspn(word, "abcdefghijklmnopqrstuvwxyz-") == strlen(word));
                        for (uint32_t b = words[i].first; b < a; b++)
                                assert_row(words[i].name, strcmp(word, words[i].word(b)) != 0);
                }
                if (words[i].first > 0)
                        assert_row(words[i].name, !words[i].word(0));
                assert_row(words[i].name, !words[i].word(words[i].end));
                assert_row(words[i].name, !words[i].word(UINT32_MAX));
        }
}

/* What rows-full advises is as much as there is. */
static void no_journal_has_more_rows_than_one_of_32_mib(void **state)
{
        struct pl_journal_layout layout;

        (void) state;
        assert_int_equal(pl_journal_layout(32 * PL_MIB, &layout), 0);
        assert_int_equal(layout.row_count, PL_JOURNAL_ROWS_MAX);
        assert_int_equal(pl_journal_layout(16 * PL_MIB, &layout), 0);
        assert_true(layout.row_count < PL_JOURNAL_ROWS_MAX);
}

/* A code that was added and not worded would read like one of a later version. */
static void every_note_has_a_sentence(void **state)
{
        char buffer[PL_JOURNAL_SENTENCE_MAX];
        struct pl_text text;

        (void) state;
        for (uint32_t code = 1; code < PL_NOTES; code++) {
                const struct pl_journal_act act = { .type = PL_JOURNAL_NOTE, .note.code = code };

                pl_text_init(&text, buffer, sizeof buffer);
                pl_journal_add_sentence(&text, &act);
                assert_row(pl_journal_note_word(code), !strstr(buffer, "does not know"));
                assert_row(pl_journal_note_word(code), !strpbrk(buffer, "#@"));
        }
}

/* plimsoll-journal(5) lists them, for those who read the file themselves. */
static void the_page_has_every_code(void **state)
{
        _cleanup_free_ char *page = NULL;
        size_t length;

        (void) state;
        assert_int_equal(pl_fd_read_file(AT_FDCWD, FIXTURES "/../../man/plimsoll-journal.5", PL_MIB,
                                         &page, &length),
                         0);
        for (uint32_t code = 1; code < PL_NOTES; code++) {
                char item[64];

                (void) snprintf(item, sizeof item, "\n.It %lu %s\n", (unsigned long) code,
                                pl_journal_note_word(code));
                assert_row(item, strstr(page, item));
        }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(each_act_says_what_it_is),
                cmocka_unit_test(any_bytes_make_a_sentence_of_one_line),
                cmocka_unit_test(the_longest_words_fit),
                cmocka_unit_test(a_name_cannot_forge_a_line),
                cmocka_unit_test(every_number_has_a_word_of_its_own),
                cmocka_unit_test(no_journal_has_more_rows_than_one_of_32_mib),
                cmocka_unit_test(every_note_has_a_sentence),
                cmocka_unit_test(the_page_has_every_code),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
