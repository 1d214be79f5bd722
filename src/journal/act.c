/* SPDX-License-Identifier: Apache-2.0 */

/* One table says of each type where its figures end and where its texts are. On the record, a text is a byte with its
 * length and that many bytes, so that a long path may have what a short name leaves over.
 */

#include "act.h"

#include <stddef.h>
#include <string.h>

#include "plimsoll/base/assert.h"
#include "plimsoll/base/macro.h"
#include "text.h"

enum {
        TEXTS_MAX = 3,
        /* A cut text keeps a letter at the least beside its mark. */
        TEXT_MIN = 8,
};

struct text_form {
        size_t offset; /* in struct pl_journal_act */
        size_t size;
        bool in_the_middle;
};

static const struct form {
        size_t figures; /* bytes before the first text */
        struct text_form texts[TEXTS_MAX];
} forms[PL_JOURNAL_TYPES] = {
#define TEXT(field)                                                                                \
        {                                                                                          \
                offsetof(struct pl_journal_act, field),                                            \
                        sizeof(((struct pl_journal_act *) NULL)->field), false                     \
        }
#define PATH(field)                                                                                \
        {                                                                                          \
                offsetof(struct pl_journal_act, field),                                            \
                        sizeof(((struct pl_journal_act *) NULL)->field), true                      \
        }
#define FIGURES(type, first_text) offsetof(struct type, first_text)
        [PL_JOURNAL_STARTED] = { FIGURES(pl_journal_started, version), { TEXT(started.version) } },
        [PL_JOURNAL_ENDED] = { FIGURES(pl_journal_ended, words), { TEXT(ended.words) } },
        [PL_JOURNAL_IN_FORCE] = { FIGURES(pl_journal_policy, words), { TEXT(policy.words) } },
        [PL_JOURNAL_REFUSED] = { FIGURES(pl_journal_policy, words), { TEXT(policy.words) } },
        [PL_JOURNAL_APPEARED] = { FIGURES(pl_journal_workload, name),
                                  { TEXT(workload.name), TEXT(workload.profile_name),
                                    PATH(workload.path) } },
        [PL_JOURNAL_GONE] = { FIGURES(pl_journal_workload, name),
                              { TEXT(workload.name), TEXT(workload.profile_name),
                                PATH(workload.path) } },
        [PL_JOURNAL_CHANGED] = { FIGURES(pl_journal_workload, name),
                                 { TEXT(workload.name), TEXT(workload.profile_name),
                                   PATH(workload.path) } },
        [PL_JOURNAL_VERDICT] = { FIGURES(pl_journal_judged, name), { TEXT(judged.name) } },
        [PL_JOURNAL_OUTCOME] = { FIGURES(pl_journal_outcome, name), { TEXT(outcome.name) } },
        [PL_JOURNAL_DRIFT] = { FIGURES(pl_journal_drift, name),
                               { TEXT(drift.name), TEXT(drift.words) } },
        [PL_JOURNAL_SET] = { FIGURES(pl_journal_set, name),
                             { TEXT(set.name), TEXT(set.profile_name) } },
        [PL_JOURNAL_ALARM] = { FIGURES(pl_journal_note, name),
                               { TEXT(note.name), TEXT(note.words) } },
        [PL_JOURNAL_NOTE] = { FIGURES(pl_journal_note, name),
                              { TEXT(note.name), TEXT(note.words) } },
        [PL_JOURNAL_ORDER] = { FIGURES(pl_journal_order, by),
                               { TEXT(order.by), TEXT(order.workload), TEXT(order.words) } },
        [PL_JOURNAL_GAP] = { FIGURES(pl_journal_gap, words), { TEXT(gap.words) } },
};

/* All members of the union begin where it does. */
enum { FIGURES_OFFSET = offsetof(struct pl_journal_act, started) };

bool pl_act_is_single(unsigned type)
{
        return type < PL_JOURNAL_TYPES && forms[type].figures > 0;
}

/* What the texts after this one need to be there at all is kept for them. */
static size_t room_for(const struct form *form, size_t index, size_t at)
{
        size_t room = PL_JOURNAL_PAYLOAD_BYTES - at - 1;

        for (size_t i = index + 1; i < TEXTS_MAX && form->texts[i].size > 0; i++)
                room -= 1 + TEXT_MIN;
        return room;
}

void pl_act_encode(const struct pl_journal_act *act, struct pl_journal_record *record)
{
        const struct form *form = &forms[act->type];
        const char *bytes = (const char *) act;
        size_t at;

        pl_assert(pl_act_is_single(act->type));

        *record = (struct pl_journal_record){ .at_usec = act->at_usec,
                                              .type = (uint16_t) act->type,
                                              .flags = PL_JOURNAL_LAST };
        memcpy(record->payload, bytes + FIGURES_OFFSET, form->figures);
        at = form->figures;
        for (size_t i = 0; i < TEXTS_MAX && form->texts[i].size > 0; i++) {
                const struct text_form *text = &form->texts[i];
                char fitted[PL_JOURNAL_PAYLOAD_BYTES];
                struct pl_span whole = pl_span(bytes + text->offset,
                                               strnlen(bytes + text->offset, text->size - 1));
                size_t length = pl_text_fit(fitted,
                                            PL_MIN(room_for(form, i, at), text->size - 1) + 1,
                                            whole, text->in_the_middle);

                record->payload[at] = (uint8_t) length;
                memcpy(record->payload + at + 1, fitted, length);
                at += 1 + length;
        }
        record->length = (uint16_t) at;
        pl_assert(at <= PL_JOURNAL_PAYLOAD_BYTES);
}

/* Where the next text begins, or 0 if this one cannot have been written. */
static size_t take_text(const struct pl_journal_record *record, size_t at,
                        const struct text_form *text, char *field)
{
        size_t length;

        if (at >= record->length)
                return 0;
        length = record->payload[at];
        if (length >= text->size || length > record->length - at - 1)
                return 0;
        memcpy(field, record->payload + at + 1, length);
        return at + 1 + length;
}

int pl_act_decode(const struct pl_journal_record *record, struct pl_journal_act *ret_act)
{
        const struct form *form = &forms[record->type];
        size_t at = form->figures;

        pl_assert(pl_act_is_single(record->type));

        if (record->length < at || record->part != 0 || record->flags != PL_JOURNAL_LAST)
                return PL_JOURNAL_E_TORN;
        memset(ret_act, 0, sizeof *ret_act);
        ret_act->sequence = record->sequence;
        ret_act->at_usec = record->at_usec;
        ret_act->type = record->type;
        memcpy((char *) ret_act + FIGURES_OFFSET, record->payload, at);
        for (size_t i = 0; i < TEXTS_MAX && form->texts[i].size > 0; i++) {
                at = take_text(record, at, &form->texts[i],
                               (char *) ret_act + form->texts[i].offset);
                if (at == 0)
                        return PL_JOURNAL_E_TORN;
        }
        return at == record->length ? 0 : PL_JOURNAL_E_TORN;
}
