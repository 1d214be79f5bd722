/* SPDX-License-Identifier: Apache-2.0 */

/* The sentence says what holds now and how it ends: who protects somebody in the middle of the night has to know in the
 * morning what to take back.
 */

#include <string.h>
#include <time.h>

#include "live_view.h"
#include "order.h"
#include "plimsoll/base/assert.h"
#include "plimsoll/base/clock.h"
#include "plimsoll/base/macro.h"
#include "plimsoll/policy/print.h"

static const struct {
        const char *one;       /* what holds of somebody, behind his name */
        const char *everybody; /* the whole sentence's beginning */
        const char *means;     /* the sentence behind it */
        const char *means_all; /* the same of everybody */
        const char *end;       /* the verb that ends it */
} said[] = {
        [PL_ORDER_PROTECT] = { "is protected", "Everybody is protected",
                               "plimsolld will not choose it when memory runs short.",
                               "plimsolld will choose nobody when memory runs short.", "release" },
        [PL_ORDER_PAUSE] = { "is paused", "Everything is paused",
                             "Nothing is written to it and it is not ended meanwhile.",
                             "Nothing is written and nobody is ended meanwhile.", "resume" },
        [PL_ORDER_RESTORE] = { "is restored", "Everybody is restored",
                               "What it had before plimsolld comes back and stays untouched.",
                               "What was there before plimsolld comes back and stays untouched.",
                               "apply" },
        [PL_ORDER_APPLY] = { "gets what the policy says", "Everybody gets what the policy says",
                             "What was given up is tried again.",
                             "What was given up is tried again.", NULL },
        [PL_ORDER_DRILL] = { "is drilled", "The order to hold a drill stands", "",
                             "Only plimsoll-drill.service is touched.", NULL },
        [PL_ORDER_THAW] = { "is thawed", "Everybody is thawed", "", "", NULL },
};

static const char *const state_words[PL_ORDER_STATES] = {
        [PL_ORDER_NOTHING] = "nothing-to-do",   [PL_ORDER_DRY] = "dry-run",
        [PL_ORDER_REJECTED] = "rejected",       [PL_ORDER_WRITTEN] = "written",
        [PL_ORDER_IN_FORCE] = "in-force",       [PL_ORDER_REFUSED] = "refused",
        [PL_ORDER_UNCONFIRMED] = "unconfirmed", [PL_ORDER_TAKEN_AWAY] = "taken-away",
};

/* ---- times ---- */

void pl_order_add_clock(struct pl_text *text, int64_t now_sec, int64_t at_sec)
{
        time_t now = (time_t) now_sec, then = (time_t) at_sec;
        struct tm today, day;
        char buffer[32];

        if (!localtime_r(&now, &today) || !localtime_r(&then, &day))
                return;
        if (strftime(buffer, sizeof buffer,
                     today.tm_year == day.tm_year && today.tm_yday == day.tm_yday ? "%H:%M:%S"
                                                                                  : "%F %H:%M:%S",
                     &day) > 0)
                pl_text_add(text, buffer);
}

/* " until 14:30:00 (2 h)" */
static void add_end(struct pl_text *text, const struct pl_order_call *call)
{
        if (call->expires_sec == 0)
                return;
        pl_text_add(text, " until ");
        pl_order_add_clock(text, call->now_sec, call->expires_sec);
        pl_text_add(text, " (");
        pl_duration_format_short(text,
                                 (uint64_t) (call->expires_sec - call->now_sec) * PL_USEC_PER_SEC);
        pl_text_add(text, ")");
}

/* ---- sentences ---- */

/* "'plimsoll release api/web' ends it." */
static void add_way_out(struct pl_text *text, const struct pl_order_change *change)
{
        const char *end = said[change->verb].end;

        if (end)
                pl_text_addf(text, " 'plimsoll %s%s%s' ends it.", end,
                             change->who[0] != '\0' ? " " : "", change->who);
}

static void add_given(struct pl_text *text, const struct pl_order_call *call,
                      const struct pl_order_change *change)
{
        bool is_for_one = change->who[0] != '\0';

        if (call->state == PL_ORDER_WRITTEN && pl_order_has_daemon(call))
                pl_text_add(text, "Ordered, and not confirmed yet: ");
        pl_text_addf(text, "%s%s%s", change->who, is_for_one ? " " : "",
                     is_for_one ? said[change->verb].one : said[change->verb].everybody);
        add_end(text, call);
        pl_text_addf(text, ". %s",
                     is_for_one ? said[change->verb].means : said[change->verb].means_all);
        if (change->cgroup_id != 0)
                pl_text_addf(text,
                             " Only what runs now is meant, cgroup id %llu: whoever takes its name "
                             "after a restart is not.",
                             (unsigned long long) change->cgroup_id);
        add_way_out(text, change);
}

static void add_withdrawn(struct pl_text *text, const struct pl_order_change *change)
{
        pl_text_addf(text, "The order to %s %s is withdrawn.", pl_order_verb_word(change->verb),
                     change->who[0] != '\0' ? change->who : "everybody");
}

void pl_order_add_sentence(struct pl_text *text, const struct pl_order_call *call,
                           const struct pl_order_change *change)
{
        pl_assert(text && call);
        pl_assert(change->verb < PL_ARRAY_LENGTH(said));

        if (change->text)
                add_given(text, call, change);
        else
                add_withdrawn(text, change);
}

/* As a file would hold it, which whoever wants it otherwise can copy. */
static void print_dry(struct pl_cli *cli, const struct pl_order_call *call,
                      const struct pl_order_change *change)
{
        pl_text_add(cli->out, change->text ? "Would write " : "Would remove ");
        pl_cli_add_plain(cli->out, cli->style, pl_span_of(call->directory));
        pl_text_add(cli->out, "/");
        pl_cli_add_plain(cli->out, cli->style, pl_span_of(change->name));
        pl_text_addf(cli->out, "%s\n%s", change->text ? ":" : "", change->text ? change->text : "");
        (void) pl_cli_flush(cli);
}

static void print_sentence(struct pl_cli *cli, const struct pl_order_call *call,
                           const struct pl_order_change *change)
{
        struct pl_live_sentence sentence;

        pl_order_add_sentence(pl_live_begin(&sentence), call, change);
        pl_cli_add_wrapped(cli->out, cli->style, 0, 0, sentence.buffer);
        (void) pl_cli_flush(cli);
}

static void print_change(const struct pl_order_call *call, const struct pl_order_change *change)
{
        if (call->state == PL_ORDER_DRY)
                print_dry(call->cli, call, change);
        else if (!change->is_sweep)
                print_sentence(call->cli, call, change);
}

/* What comes first, as it is written. */
static void print(struct pl_order_call *call)
{
        if (call->state != PL_ORDER_DRY && call->state != PL_ORDER_WRITTEN &&
            call->state != PL_ORDER_IN_FORCE)
                return;
        for (int goes = 0; goes < 2; goes++)
                for (size_t i = 0; i < call->change_count; i++)
                        if ((call->changes[i].text == NULL) == goes)
                                print_change(call, &call->changes[i]);
}

/* ---- JSON ---- */

static const struct pl_document *find_document(const struct pl_order_call *call, const char *origin)
{
        const struct pl_policy *policy = call->next->policy;

        for (size_t i = 0; policy && i < policy->order_count; i++)
                if (strcmp(policy->orders[i]->origin, origin) == 0)
                        return policy->orders[i];
        return NULL;
}

/* One file; null for one that goes, or that is no order. */
static void put_change(struct pl_json_writer *writer, const struct pl_order_call *call,
                       const struct pl_order_change *change)
{
        char buffer[PATH_MAX + PL_ORDER_NAME_BYTES * 2];
        const struct pl_document *document;
        struct pl_text path;

        pl_text_init(&path, buffer, sizeof buffer);
        pl_text_addf(&path, "%s/%s", call->directory, change->name);
        document = find_document(call, buffer);
        pl_json_object_begin(writer);
        pl_json_put_string(writer, "file", pl_text_span(&path));
        pl_live_put_words(writer, "workload", change->who);
        pl_json_key(writer, "order");
        if (document)
                pl_document_print(writer, document);
        else
                pl_json_null(writer);
        pl_json_object_end(writer);
}

static void put_digest(struct pl_json_writer *writer, const struct pl_order_call *call)
{
        char buffer[2 * PL_SHA256_BYTES + 1];
        struct pl_text digest;

        pl_text_init(&digest, buffer, sizeof buffer);
        if (call->state != PL_ORDER_NOTHING && call->state != PL_ORDER_REJECTED)
                pl_sha256_format(&digest, call->digest);
        pl_live_put_words(writer, "digest", buffer);
}

static void put(struct pl_order_call *call)
{
        struct pl_json_writer writer;

        pl_cli_json_begin(call->cli, &writer);
        pl_json_put_string(&writer, "state", pl_span_of(state_words[call->state]));
        put_digest(&writer, call);
        pl_live_put_words(&writer, "refused_for", call->refused);
        for (int goes = 0; goes < 2; goes++) {
                pl_json_key(&writer, goes ? "withdrawn" : "given");
                pl_json_array_begin(&writer);
                for (size_t i = 0; i < call->change_count; i++)
                        if ((call->changes[i].text == NULL) == goes)
                                put_change(&writer, call, &call->changes[i]);
                pl_json_array_end(&writer);
        }
        pl_cli_json_end(&writer);
}

void pl_order_say(struct pl_order_call *call)
{
        pl_assert(call && call->state < PL_ORDER_STATES);

        if (call->cli->json)
                put(call);
        else
                print(call);
}
