/* SPDX-License-Identifier: Apache-2.0 */

/* What is said of limits: that they are set, that somebody else has changed them, what stands in their way. */

#include "test.h"

#include <errno.h>
#include <syslog.h>

#include "plimsoll/engine/plan.h"
#include "plimsoll/host/originals.h"
#include "plimsoll/journal/sentence.h"
#include "plimsoll/model/note.h"

#define BIT(limit) (UINT32_C(1) << (limit))
#define ALL        (BIT(PL_LIMIT_COUNT) - 1)

static const struct row {
        const char *sentence;
        int priority;
        struct pl_journal_act act;
} rows[] = {
        { "api/web: set memory.max 2.00 GiB, memory.high 1.80 GiB, memory.swap.max max, "
          "memory.oom.group on (profile api)",
          LOG_INFO,
          { .type = PL_JOURNAL_SET,
            .set = { .id = 9,
                     .limits = BIT(PL_LIMIT_MAX) | BIT(PL_LIMIT_HIGH) | BIT(PL_LIMIT_SWAP_MAX) |
                               BIT(PL_LIMIT_OOM_GROUP),
                     .values = { [PL_LIMIT_MAX] = 2 * PL_GIB,
                                 [PL_LIMIT_HIGH] = 1932735283,
                                 [PL_LIMIT_SWAP_MAX] = PL_SIZE_MAX,
                                 [PL_LIMIT_OOM_GROUP] = 1 },
                     .name = "web",
                     .profile_name = "api" } } },
        { "web: put back memory.max max, memory.high 0, memory.low 0, memory.min 0, "
          "memory.swap.max 0, "
          "memory.swap.high 0, memory.zswap.max 0, memory.zswap.writeback off, memory.oom.group "
          "off, as before Plimsoll",
          LOG_INFO,
          { .type = PL_JOURNAL_SET,
            .set = { .id = 9,
                     .limits = ALL,
                     .why = PL_WHY_RETURN,
                     .values = { [PL_LIMIT_MAX] = PL_SIZE_MAX },
                     .name = "web" } } },
        { "api/cgroup 9: set memory.max 3.00 GiB, as far down as the use allows for now",
          LOG_INFO,
          { .type = PL_JOURNAL_SET,
            .set = { .id = 9,
                     .limits = BIT(PL_LIMIT_MAX),
                     .why = PL_WHY_STEP,
                     .values = { [PL_LIMIT_MAX] = 3 * PL_GIB },
                     .profile_name = "api" } } },
        { "api/web: set again memory.max 4.00 KiB, after a change by somebody else",
          LOG_INFO,
          { .type = PL_JOURNAL_SET,
            .set = { .limits = BIT(PL_LIMIT_MAX),
                     .why = PL_WHY_DRIFT,
                     .values = { [PL_LIMIT_MAX] = 4096 },
                     .name = "web",
                     .profile_name = "api" } } },
        /* Of a later version. */
        { "cgroup 9: set no limit",
          LOG_INFO,
          { .type = PL_JOURNAL_SET,
            .set = { .id = 9, .limits = BIT(PL_LIMIT_COUNT), .why = PL_WHYS } } },

        { "memory.max of web was set to 2.00 GiB and is now max, by systemd daemon-reload: it is "
          "set again",
          LOG_NOTICE,
          { .type = PL_JOURNAL_DRIFT,
            .drift = { .from = 2 * PL_GIB,
                       .to = PL_SIZE_MAX,
                       .limit = PL_LIMIT_MAX,
                       .cause = PL_DRIFT_BY_RELOAD,
                       .name = "web" } } },
        { "memory.high of web was set to max and is now 1.00 GiB, by a later drop-in "
          "(/etc/systemd/system/web.service.d/90.conf): it is left so, for its profile yields",
          LOG_NOTICE,
          { .type = PL_JOURNAL_DRIFT,
            .drift = { .from = PL_SIZE_MAX,
                       .to = PL_GIB,
                       .limit = PL_LIMIT_HIGH,
                       .cause = PL_DRIFT_BY_DROP_IN,
                       .answer = PL_DRIFT_YIELD,
                       .name = "web",
                       .words = "/etc/systemd/system/web.service.d/90.conf" } } },
        { "memory.oom.group of cgroup 9 was set to on and is now off, by hand, directly: it is "
          "left so, for its profile only wants to know",
          LOG_WARNING,
          { .type = PL_JOURNAL_DRIFT,
            .drift = { .id = 9,
                       .from = 1,
                       .limit = PL_LIMIT_OOM_GROUP,
                       .cause = PL_DRIFT_BY_HAND,
                       .answer = PL_DRIFT_ALARM } } },
        { "memory.max of web was set to 2.00 GiB and is now 1.00 GiB, by systemctl set-property "
          "(/run/systemd/system.control/web.service.d/50-MemoryMax.conf): it is set again",
          LOG_NOTICE,
          { .type = PL_JOURNAL_DRIFT,
            .drift = { .from = 2 * PL_GIB,
                       .to = PL_GIB,
                       .limit = PL_LIMIT_MAX,
                       .cause = PL_DRIFT_BY_SET_PROPERTY,
                       .name = "web",
                       .words = "/run/systemd/system.control/web.service.d/50-MemoryMax.conf" } } },
        { "memory.max of web was set to 0 and is now 4.00 KiB, by the container's runtime: it is "
          "set again",
          LOG_NOTICE,
          { .type = PL_JOURNAL_DRIFT,
            .drift = { .to = 4096,
                       .limit = PL_LIMIT_MAX,
                       .cause = PL_DRIFT_BY_RUNTIME,
                       .name = "web" } } },
        /* Whom nobody has seen, and whom this version does not know. */
        { "memory.min of web was set to 0 and is now 0, by an unknown hand: it is set again",
          LOG_NOTICE,
          { .type = PL_JOURNAL_DRIFT, .drift.name = "web" } },
        { "a limit of web was set to 0 and is now 0, by an unknown hand",
          LOG_NOTICE,
          { .type = PL_JOURNAL_DRIFT,
            .drift = { .limit = UINT32_MAX,
                       .cause = PL_DRIFT_CAUSES,
                       .answer = PL_DRIFT_YIELD + 1,
                       .name = "web" } } },

        { "web: somebody else changes memory.max again and again: it is left alone for a while, "
          "then set again; find who it is and let only one of the two set it, or write \"drift\": "
          "\"yield\" into the profile",
          LOG_WARNING,
          { .type = PL_JOURNAL_ALARM,
            .note = { .code = PL_NOTE_CONTENDED, .value = PL_LIMIT_MAX, .name = "web" } } },
        { "web: the properties of its unit cannot be set: what is there stays, and it is tried "
          "again now and then, and when the profile changes; 'plimsoll diff' shows what is "
          "missing (Operation not permitted)",
          LOG_WARNING,
          { .type = PL_JOURNAL_ALARM,
            .note = { .code = PL_NOTE_LIMIT_REFUSED,
                      .value = PL_LIMIT_UNIT,
                      .name = "web",
                      .words = "Operation not permitted" } } },
        { "web: memory.max has to wait: 3.00 GiB are in use, of which too little can be "
          "reclaimed, and to set it now would kill; let it use less, restart it, or give it a "
          "larger \"max\"",
          LOG_WARNING,
          { .type = PL_JOURNAL_NOTE,
            .note = { .code = PL_NOTE_LIMIT_WAITS, .value = 3 * PL_GIB, .name = "web" } } },
        { "web: oom_score_adj could not be set (Permission denied): if the kernel has to kill, it "
          "does not go by the profile; let plimsolld run as root with the capabilities of its unit",
          LOG_WARNING,
          { .type = PL_JOURNAL_ALARM,
            .note = { .code = PL_NOTE_SCORE_DENIED, .value = EACCES, .name = "web" } } },
        { "what limits were before Plimsoll cannot be read, for it has another format; it is "
          "originals.old beside the journal now, and what is set now counts as what was there "
          "before",
          LOG_WARNING,
          { .type = PL_JOURNAL_NOTE,
            .note = { .code = PL_NOTE_ORIGINALS_ASIDE, .value = PL_ORIGINALS_E_VERSION } } },
        { "what limits were before Plimsoll cannot be read, for it is from before the host was "
          "started; it is originals.old beside the journal now, and what is set now counts as "
          "what was there before",
          LOG_WARNING,
          { .type = PL_JOURNAL_NOTE,
            .note = { .code = PL_NOTE_ORIGINALS_ASIDE, .value = PL_ORIGINALS_E_OTHER_BOOT } } },
        { "what limits were before Plimsoll cannot be read, for it is damaged; it is "
          "originals.old beside the journal now, and what is set now counts as what was there "
          "before",
          LOG_WARNING,
          { .type = PL_JOURNAL_NOTE,
            .note = { .code = PL_NOTE_ORIGINALS_ASIDE, .value = PL_ORIGINALS_E_FOREIGN } } },
        { "what limits were before Plimsoll cannot be noted (No space left on device), so none is "
          "set that was not set before; make room in /run",
          LOG_ERR,
          { .type = PL_JOURNAL_ALARM,
            .note = { .code = PL_NOTE_ORIGINALS_LOST, .value = ENOSPC } } },
        { "what limits were before Plimsoll cannot be noted (as many are noted as there may be), "
          "so none is set that was not set before; make room in /run",
          LOG_ERR,
          { .type = PL_JOURNAL_ALARM, .note.code = PL_NOTE_ORIGINALS_LOST } },
};

static void each_says_what_has_become_of_a_limit(void **state)
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

/* Whatever is set, by whomever, for whatever reason, and with the longest of names. */
static void the_longest_fits(void **state)
{
        static struct pl_journal_act act;
        char buffer[PL_JOURNAL_SENTENCE_MAX];
        struct pl_text text;

        (void) state;
        for (uint32_t i = 0; i <= PL_WHYS; i++) {
                memset(&act, 'x', sizeof act);
                act.type = PL_JOURNAL_SET;
                act.set.limits = UINT32_MAX;
                act.set.why = i;
                pl_text_init(&text, buffer, sizeof buffer);
                pl_journal_add_sentence(&text, &act);
                assert_false(text.cut);
        }
        for (uint32_t i = 0; i <= PL_LIMIT_COUNT * PL_DRIFT_CAUSES; i++) {
                memset(&act, 'x', sizeof act);
                act.type = PL_JOURNAL_DRIFT;
                act.drift.limit = i % (PL_LIMIT_COUNT + 1);
                act.drift.cause = i % PL_DRIFT_CAUSES;
                act.drift.answer = PL_DRIFT_ALARM;
                pl_text_init(&text, buffer, sizeof buffer);
                pl_journal_add_sentence(&text, &act);
                assert_false(text.cut);
        }
}

static void an_alarm_wants_somebody_to_look(void **state)
{
        static const uint32_t alarms[] = { PL_NOTE_CONTENDED, PL_NOTE_LIMIT_REFUSED,
                                           PL_NOTE_SCORE_DENIED, PL_NOTE_ORIGINALS_LOST };

        (void) state;
        for (size_t i = 0; i < PL_ARRAY_LENGTH(alarms); i++) {
                const struct pl_journal_act act = { .type = PL_JOURNAL_NOTE,
                                                    .note.code = alarms[i] };

                assert_row(pl_journal_note_word(alarms[i]),
                           pl_journal_priority(&act) <= LOG_WARNING);
        }
}

/* Those of the engine, which the journal knows as numbers alone. */
static void the_words_of_the_modes_are_in_the_engines_order(void **state)
{
        (void) state;
        assert_string_equal(pl_journal_mode_word(PL_PLAN_APPLY), "apply");
        assert_string_equal(pl_journal_mode_word(PL_PLAN_RESTORE), "restore");
        assert_string_equal(pl_journal_mode_word(PL_PLAN_PAUSED), "paused");
        assert_string_equal(pl_journal_mode_word(PL_PLAN_OBSERVED), "observed");
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(each_says_what_has_become_of_a_limit),
                cmocka_unit_test(the_longest_fits),
                cmocka_unit_test(an_alarm_wants_somebody_to_look),
                cmocka_unit_test(the_words_of_the_modes_are_in_the_engines_order),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
