/* SPDX-License-Identifier: Apache-2.0 */

/* The names of fields that others have coined already are taken from them: OBJECT_SYSTEMD_UNIT makes `journalctl -u UNIT` show
 * what was done to a unit (systemd.journal-fields(7)), CONTAINER_ID and CONTAINER_ID_FULL are what Docker's and podman's own
 * messages are found by.
 *
 * All three are given for what the system's manager and the runtimes of root have made, and for nobody below a user's
 * manager: there a cgroup has the name its user likes, and would pass for a unit of the system or somebody else's
 * container.
 */

#include "mate_message.h"

#include <string.h>

#include "plimsoll/base/assert.h"
#include "plimsoll/base/clock.h"
#include "plimsoll/base/sha256.h"
#include "plimsoll/base/size.h"
#include "plimsoll/identity/identity.h"
#include "plimsoll/model/limits.h"
#include "plimsoll/model/note.h"

enum {
        /* As every runtime prints it. */
        SHORT_ID = 12,
};

static void add(struct pl_mate_message *message, const char *field, struct pl_span value)
{
        char buffer[PL_JOURNAL_PATH_BYTES];
        struct pl_text clean;

        if (pl_span_empty(value))
                return;
        pl_text_init(&clean, buffer, sizeof buffer);
        pl_text_add_clean(&clean, value);
        pl_journald_add(&message->fields, field, pl_text_span(&clean));
}

static void add_digest(struct pl_mate_message *message, const uint8_t digest[PL_SHA256_BYTES])
{
        char buffer[2 * PL_SHA256_BYTES + 1];
        struct pl_text text;

        pl_text_init(&text, buffer, sizeof buffer);
        pl_sha256_format(&text, digest);
        pl_journald_add(&message->fields, "PLIMSOLL_DIGEST", pl_text_span(&text));
}

static void begin(struct pl_mate_message *message, uint64_t at_usec)
{
        message->at_usec = at_usec;
        pl_text_init(&message->words, message->buffer, sizeof message->buffer);
        pl_journald_begin(&message->fields);
}

/* The words are there already. */
static void add_head(struct pl_mate_message *message, int priority, const char *id,
                     const char *type)
{
        struct pl_journald_message *fields = &message->fields;

        pl_journald_add(fields, "MESSAGE", pl_text_span(&message->words));
        pl_journald_add_u64(fields, "PRIORITY", (uint64_t) priority);
        pl_journald_add(fields, "SYSLOG_IDENTIFIER", pl_span_of("plimsolld"));
        if (id)
                pl_journald_add(fields, "MESSAGE_ID", pl_span_of(id));
        if (type)
                pl_journald_add(fields, "PLIMSOLL_TYPE", pl_span_of(type));
}

/* ---- acts ---- */

uint64_t pl_mate_act_subject(const struct pl_journal_act *act)
{
        switch (act->type) {
        case PL_JOURNAL_DECISION:
                return act->decision.decision.id;
        case PL_JOURNAL_OUTCOME:
                return act->outcome.outcome.id;
        case PL_JOURNAL_DRIFT:
                return act->drift.id;
        case PL_JOURNAL_ALARM:
        case PL_JOURNAL_NOTE:
                return act->note.id;
        case PL_JOURNAL_ORDER:
                return act->order.id;
        default:
                return 0;
        }
}

static const char *name_in(const struct pl_journal_act *act)
{
        switch (act->type) {
        case PL_JOURNAL_DECISION:
                return act->decision.name;
        case PL_JOURNAL_OUTCOME:
                return act->outcome.name;
        case PL_JOURNAL_DRIFT:
                return act->drift.name;
        case PL_JOURNAL_ALARM:
        case PL_JOURNAL_NOTE:
                return act->note.name;
        case PL_JOURNAL_ORDER:
                return act->order.workload;
        default:
                return "";
        }
}

static void add_word(struct pl_mate_message *message, const char *field, const char *word)
{
        if (word)
                add(message, field, pl_span_of(word));
}

static void add_bytes(struct pl_mate_message *message, const char *field, uint64_t bytes)
{
        if (bytes == PL_SIZE_MAX)
                add(message, field, pl_span_of("max"));
        else
                pl_journald_add_u64(&message->fields, field, bytes);
}

static void add_drift(struct pl_mate_message *message, const struct pl_journal_drift *drift)
{
        if (drift->limit < PL_LIMIT_COUNT)
                add_word(message, "PLIMSOLL_LIMIT", pl_limit_file((enum pl_limit) drift->limit));
        add_bytes(message, "PLIMSOLL_OLD", drift->from);
        add_bytes(message, "PLIMSOLL_NEW", drift->to);
        add_word(message, "PLIMSOLL_CAUSE", pl_journal_drift_cause_word(drift->cause));
        add_word(message, "PLIMSOLL_ANSWER", pl_journal_drift_word(drift->answer));
}

/* Of a note about one limit. */
static bool names_a_limit(const struct pl_journal_note *note)
{
        return note->code >= PL_NOTE_CONTENDED && note->code <= PL_NOTE_LIMIT_LATE &&
               note->value < PL_LIMIT_COUNT;
}

static void add_note(struct pl_mate_message *message, const struct pl_journal_note *note)
{
        const char *word = pl_journal_note_word(note->code);

        if (word)
                add_word(message, "PLIMSOLL_CODE", word);
        else
                pl_journald_add_u64(&message->fields, "PLIMSOLL_CODE", note->code);
        pl_journald_add_u64(&message->fields, "PLIMSOLL_VALUE", note->value);
        if (names_a_limit(note))
                add_word(message, "PLIMSOLL_LIMIT", pl_limit_file((enum pl_limit) note->value));
}

/* Fields that are 0 where there is nothing to say are left out. */
static void add_amount(struct pl_mate_message *message, const char *field, uint64_t amount)
{
        if (amount > 0)
                pl_journald_add_u64(&message->fields, field, amount);
}

static void add_decision(struct pl_mate_message *message, const struct pl_journal_decision *act)
{
        const struct pl_decision *decision = &act->decision;

        pl_journald_add_u64(&message->fields, "PLIMSOLL_DECISION", decision->number);
        add_word(message, "PLIMSOLL_MEASURE", pl_journal_measure_word(decision->measure));
        add_word(message, "PLIMSOLL_CHOICE", pl_journal_choice_word(decision->choice));
        add_word(message, "PLIMSOLL_SCOPE", pl_journal_scope_word(decision->verdict.scope));
        add_word(message, "PLIMSOLL_SEVERITY",
                 pl_journal_severity_word(decision->verdict.severity));
        add_amount(message, "PLIMSOLL_AMOUNT", decision->amount_bytes);
        add_amount(message, "PLIMSOLL_EXPECTED", decision->expected_bytes);
        if (act->flags & PL_JOURNAL_DECISION_OBSERVED)
                add_word(message, "PLIMSOLL_OBSERVED", "1");
}

/* How long it took and what came back are figures also where they are 0. */
static void add_outcome(struct pl_mate_message *message, const struct pl_outcome *outcome)
{
        const bool is_timed = outcome->ended_usec >= outcome->began_usec;

        add_amount(message, "PLIMSOLL_DECISION", outcome->decision);
        add_word(message, "PLIMSOLL_MEASURE", pl_journal_measure_word(outcome->measure));
        add_word(message, "PLIMSOLL_RESULT", pl_journal_result_word(outcome->result));
        pl_journald_add_u64(&message->fields, "PLIMSOLL_BYTES", outcome->bytes);
        pl_journald_add_u64(&message->fields, "PLIMSOLL_USEC",
                            is_timed ? outcome->ended_usec - outcome->began_usec : 0);
        pl_journald_add_u64(&message->fields, "PLIMSOLL_PROCESSES", outcome->processes);
        if (outcome->error > 0)
                pl_journald_add_u64(&message->fields, "ERRNO", (uint64_t) outcome->error);
}

static void add_figures(struct pl_mate_message *message, const struct pl_journal_act *act)
{
        switch (act->type) {
        case PL_JOURNAL_DECISION:
                add_decision(message, &act->decision);
                break;
        case PL_JOURNAL_OUTCOME:
                add_outcome(message, &act->outcome.outcome);
                break;
        case PL_JOURNAL_IN_FORCE:
        case PL_JOURNAL_REFUSED:
                add_digest(message, act->policy.digest);
                break;
        case PL_JOURNAL_ORDER:
                add_digest(message, act->order.digest);
                break;
        case PL_JOURNAL_ALARM:
        case PL_JOURNAL_NOTE:
                add_note(message, &act->note);
                break;
        case PL_JOURNAL_DRIFT:
                add_drift(message, &act->drift);
                break;
        default:
                break;
        }
}

/* What stands in a path that was cut in its middle, and what is left of it makes somebody else. */
static bool is_cut(const char *path)
{
        return strstr(path, "…");
}

static void add_place(struct pl_mate_message *message, const char *path)
{
        struct pl_identity identity;
        size_t length;

        add(message, "PLIMSOLL_CGROUP", pl_span_of(path));
        if (is_cut(path))
                return;
        pl_identity_resolve(pl_span_of(path), &identity, &length);
        if (identity.standing.flags & PL_STANDING_USER)
                return;
        add(message, "OBJECT_SYSTEMD_UNIT", identity.unit);
        add(message, "CONTAINER_ID",
            pl_span(identity.container_id.data,
                    PL_MIN(identity.container_id.length, (size_t) SHORT_ID)));
        add(message, "CONTAINER_ID_FULL", identity.container_id);
}

/* Who it is about, by all the names that there are. */
static void add_subject(struct pl_mate_message *message, uint64_t id, const char *name,
                        const struct pl_journal_row *row)
{
        if (id != 0)
                pl_journald_add_u64(&message->fields, "PLIMSOLL_CGROUP_ID", id);
        add(message, "PLIMSOLL_WORKLOAD", pl_span_of(row && !name[0] ? row->name : name));
        if (row) {
                add(message, "PLIMSOLL_PROFILE", pl_span_of(row->profile_name));
                add_place(message, row->path);
        }
}

void pl_mate_message_act(struct pl_mate_message *message, const struct pl_journal_act *act,
                         const struct pl_journal_row *row)
{
        const uint64_t id = pl_mate_act_subject(act);

        pl_assert(!row || row->id == id);

        begin(message, act->at_usec);
        pl_journal_add_sentence(&message->words, act);
        add_head(message, pl_journal_priority(act), pl_mate_act_id(act),
                 pl_journal_type_word(act->type));
        pl_journald_add_u64(&message->fields, "PLIMSOLL_SEQUENCE", act->sequence);
        add_figures(message, act);
        add_subject(message, id, name_in(act), row);
}

/* ---- of its own accord ---- */

/* A kill, as that is all that it does. */
static void add_deed(struct pl_text *words, const struct pl_mate_fact *fact)
{
        pl_text_add(words, pl_journal_is_carried_out(fact->outcome)
                                   ? "the second process has killed "
                                   : "the second process was to kill ");
        if (fact->name && fact->name[0] != '\0')
                pl_text_add_clean(words, pl_span_of(fact->name));
        else
                pl_text_addf(words, "cgroup %llu", (unsigned long long) fact->outcome->id);
        pl_text_addf(words,
                     ", for the host was short while plimsolld (pid %u) stood still: ", fact->pid);
        pl_journal_add_outcome(words, fact->outcome, 0);
}

static void add_news(struct pl_text *words, const struct pl_mate_fact *fact)
{
        switch (fact->news) {
        case PL_MATE_STUCK:
                pl_text_addf(words, "plimsolld (pid %u) has not moved for ", fact->pid);
                pl_duration_format_short(words, fact->figure);
                break;
        case PL_MATE_MOVES:
                pl_text_addf(words, "plimsolld (pid %u) moves again after ", fact->pid);
                pl_duration_format_short(words, fact->figure);
                break;
        case PL_MATE_DIED:
                pl_text_addf(words, "plimsolld (pid %u) died without a word%s", fact->pid,
                             fact->without_systemd ? "" : "; systemd starts it again");
                break;
        case PL_MATE_LOST:
                pl_text_add_u64(words, fact->figure);
                pl_text_add(words, fact->figure == 1 ? " record of plimsolld is"
                                                     : " records of plimsolld are");
                pl_text_add(words, " missing here, overwritten or spoilt");
                break;
        case PL_MATE_ACTED:
                add_deed(words, fact);
                break;
        case PL_MATE_THAWED:
                pl_text_addf(words, "plimsolld (pid %u) has ended, and ", fact->pid);
                pl_text_add_u64(words, fact->figure);
                pl_text_add(words, fact->figure == 1 ? " workload that it had frozen goes on"
                                                     : " workloads that it had frozen go on");
                break;
        case PL_MATE_NEWS:
        default:
                pl_unreachable();
        }
}

void pl_mate_message_news(struct pl_mate_message *message, const struct pl_mate_fact *fact)
{
        static const struct {
                int priority; /* as syslog(3) has it */
                const char *type;
        } kinds[PL_MATE_NEWS] = {
                [PL_MATE_STUCK] = { 3, "stuck" }, [PL_MATE_MOVES] = { 5, "moves" },
                [PL_MATE_DIED] = { 2, "died" },   [PL_MATE_LOST] = { 4, "lost" },
                [PL_MATE_ACTED] = { 2, "acted" }, [PL_MATE_THAWED] = { 5, "thawed" },
        };

        pl_assert((unsigned) fact->news < PL_MATE_NEWS);
        pl_assert(fact->outcome || fact->news != PL_MATE_ACTED);

        begin(message, fact->at_usec);
        add_news(&message->words, fact);
        add_head(message, kinds[fact->news].priority, pl_mate_news_id(fact->news),
                 kinds[fact->news].type);
        pl_journald_add_u64(&message->fields, "PLIMSOLL_PID", fact->pid);
        pl_journald_add_u64(&message->fields, "PLIMSOLL_VALUE", fact->figure);
        if (fact->news == PL_MATE_ACTED) {
                add_outcome(message, fact->outcome);
                add_subject(message, fact->outcome->id, fact->name ? fact->name : "", fact->row);
        }
}
