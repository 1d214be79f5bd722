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
#include "plimsoll/identity/identity.h"

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

static const char *name_in_decision(const struct pl_journal_decision *decision)
{
        for (uint32_t i = 0; i < decision->decision.candidate_count; i++)
                if (decision->decision.candidates[i].id == decision->decision.id)
                        return decision->names[i];
        return "";
}

static const char *name_in(const struct pl_journal_act *act)
{
        switch (act->type) {
        case PL_JOURNAL_DECISION:
                return name_in_decision(&act->decision);
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

static void add_figures(struct pl_mate_message *message, const struct pl_journal_act *act)
{
        const char *word;

        switch (act->type) {
        case PL_JOURNAL_IN_FORCE:
        case PL_JOURNAL_REFUSED:
                add_digest(message, act->policy.digest);
                break;
        case PL_JOURNAL_ORDER:
                add_digest(message, act->order.digest);
                break;
        case PL_JOURNAL_ALARM:
        case PL_JOURNAL_NOTE:
                word = pl_journal_note_word(act->note.code);
                if (word)
                        add(message, "PLIMSOLL_CODE", pl_span_of(word));
                else
                        pl_journald_add_u64(&message->fields, "PLIMSOLL_CODE", act->note.code);
                pl_journald_add_u64(&message->fields, "PLIMSOLL_VALUE", act->note.value);
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

void pl_mate_message_act(struct pl_mate_message *message, const struct pl_journal_act *act,
                         const struct pl_journal_row *row)
{
        const uint64_t id = pl_mate_act_subject(act);
        const char *name = name_in(act);

        pl_assert(!row || row->id == id);

        begin(message, act->at_usec);
        pl_journal_add_sentence(&message->words, act);
        add_head(message, pl_journal_priority(act), pl_mate_act_id(act),
                 pl_journal_type_word(act->type));
        pl_journald_add_u64(&message->fields, "PLIMSOLL_SEQUENCE", act->sequence);
        add_figures(message, act);
        if (id != 0)
                pl_journald_add_u64(&message->fields, "PLIMSOLL_CGROUP_ID", id);
        add(message, "PLIMSOLL_WORKLOAD", pl_span_of(row && !name[0] ? row->name : name));
        if (row) {
                add(message, "PLIMSOLL_PROFILE", pl_span_of(row->profile_name));
                add_place(message, row->path);
        }
}

/* ---- of its own accord ---- */

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
                [PL_MATE_STUCK] = { 3, "stuck" },
                [PL_MATE_MOVES] = { 5, "moves" },
                [PL_MATE_DIED] = { 2, "died" },
                [PL_MATE_LOST] = { 4, "lost" },
        };

        pl_assert((unsigned) fact->news < PL_MATE_NEWS);

        begin(message, fact->at_usec);
        add_news(&message->words, fact);
        add_head(message, kinds[fact->news].priority, pl_mate_news_id(fact->news),
                 kinds[fact->news].type);
        pl_journald_add_u64(&message->fields, "PLIMSOLL_PID", fact->pid);
        pl_journald_add_u64(&message->fields, "PLIMSOLL_VALUE", fact->figure);
}
