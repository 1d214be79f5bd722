/* SPDX-License-Identifier: Apache-2.0 */

/* Limits that we have set, and limits that somebody else has changed. */

#include <syslog.h>

#include "plimsoll/base/macro.h"
#include "plimsoll/base/size.h"
#include "plimsoll/model/order.h"
#include "plimsoll/model/profile.h"
#include "sentence.h"

const char *pl_sentence_limit(uint64_t limit)
{
        if (limit < PL_LIMIT_COUNT)
                return pl_limit_file((enum pl_limit) limit);
        return limit == PL_LIMIT_UNIT ? "the properties of its unit" : "a limit";
}

static void add_value(struct pl_text *text, uint32_t limit, uint64_t value)
{
        if (limit < PL_LIMIT_COUNT && pl_limit_is_switch((enum pl_limit) limit))
                pl_text_add(text, value != 0 ? "on" : "off");
        else if (value == PL_SIZE_MAX)
                pl_text_add(text, "max");
        else
                pl_bytes_format_short(text, value);
}

/* ---- set ---- */

/* What one looks for first comes first. */
static const enum pl_limit places[] = {
        PL_LIMIT_MAX,       PL_LIMIT_HIGH,      PL_LIMIT_LOW,       PL_LIMIT_MIN,
        PL_LIMIT_SWAP_MAX,  PL_LIMIT_SWAP_HIGH, PL_LIMIT_ZSWAP_MAX, PL_LIMIT_ZSWAP_WRITEBACK,
        PL_LIMIT_OOM_GROUP,
};
_Static_assert(PL_ARRAY_LENGTH(places) == PL_LIMIT_COUNT, "each has its place");

static void add_limits(struct pl_text *text, const struct pl_journal_set *set)
{
        const char *before = " ";

        for (size_t i = 0; i < PL_ARRAY_LENGTH(places); i++) {
                if (!(set->limits >> places[i] & 1))
                        continue;
                pl_text_addf(text, "%s%s ", before, pl_limit_file(places[i]));
                add_value(text, places[i], set->values[places[i]]);
                before = ", ";
        }
        if (!(set->limits & ((UINT32_C(1) << PL_LIMIT_COUNT) - 1)))
                pl_text_add(text, " no limit");
}

void pl_sentence_add_set(struct pl_text *text, const struct pl_journal_set *set)
{
        static const struct {
                const char *done, *why;
        } words[PL_WHYS] = {
                [PL_WHY_PROFILE] = { "set", "" },
                [PL_WHY_OVERLAY] = { "set for a while", ", as a throttle" },
                [PL_WHY_STEP] = { "set", ", as far down as the use allows for now" },
                [PL_WHY_PUSH] = { "set for a while", ", so that the use falls below the "
                                                     "memory.max that is wanted" },
                [PL_WHY_DRIFT] = { "set again", ", after a change by somebody else" },
                [PL_WHY_RETURN] = { "put back", ", as before Plimsoll" },
                [PL_WHY_KEEP] = { "set", ", in systemd as well, so that it keeps to that" },
                [PL_WHY_AGAIN] = { "set again", ", after systemd had undone that" },
        };
        struct pl_span profile = PL_SENTENCE_FIELD(set->profile_name);
        const uint32_t why = set->why < PL_WHYS ? set->why : PL_WHY_PROFILE;

        pl_sentence_add_words(text, "", profile, "/");
        pl_sentence_add_subject(text, PL_SENTENCE_FIELD(set->name), set->id);
        pl_text_addf(text, ": %s", words[why].done);
        add_limits(text, set);
        pl_text_add(text, words[why].why);
        if (set->why == PL_WHY_PROFILE)
                pl_sentence_add_words(text, " (profile ", profile, ")");
}

/* ---- drift ---- */

/* As far as there is proof; the file where that lies is behind it. */
static void add_cause(struct pl_text *text, const struct pl_journal_drift *drift)
{
        static const char *const words[PL_DRIFT_CAUSES] = {
                [PL_DRIFT_BY_UNKNOWN] = "an unknown hand",
                [PL_DRIFT_BY_RELOAD] = "systemd daemon-reload",
                [PL_DRIFT_BY_SET_PROPERTY] = "systemctl set-property",
                [PL_DRIFT_BY_RUNTIME] = "the container's runtime",
                [PL_DRIFT_BY_DROP_IN] = "a later drop-in",
                [PL_DRIFT_BY_HAND] = "hand, directly",
        };

        pl_text_addf(text, ", by %s",
                     drift->cause < PL_DRIFT_CAUSES ? words[drift->cause]
                                                    : words[PL_DRIFT_BY_UNKNOWN]);
        pl_sentence_add_words(text, " (", PL_SENTENCE_FIELD(drift->words), ")");
}

void pl_sentence_add_drift(struct pl_text *text, const struct pl_journal_drift *drift)
{
        static const char *const answers[] = {
                [PL_DRIFT_REPAIR] = "it is set again",
                [PL_DRIFT_ALARM] = "it is left so, for its profile only wants to know",
                [PL_DRIFT_YIELD] = "it is left so, for its profile yields",
        };

        pl_text_addf(text, "%s of ", pl_sentence_limit(drift->limit));
        pl_sentence_add_subject(text, PL_SENTENCE_FIELD(drift->name), drift->id);
        pl_text_add(text, " was set to ");
        add_value(text, drift->limit, drift->from);
        pl_text_add(text, " and is now ");
        add_value(text, drift->limit, drift->to);
        add_cause(text, drift);
        if (drift->answer < PL_ARRAY_LENGTH(answers))
                pl_text_addf(text, ": %s", answers[drift->answer]);
}

int pl_sentence_drift_priority(const struct pl_journal_drift *drift)
{
        return drift->answer == PL_DRIFT_ALARM ? LOG_WARNING : LOG_NOTICE;
}
