/* SPDX-License-Identifier: Apache-2.0 */

/* Files that people have written by hand count as those of the verbs do, as long as they lie in the same directory. What
 * lies elsewhere an operator or a package has put there to last: it is named, and left.
 *
 * An order by the number of a cgroup stays behind when that is gone, and the container that takes its name is another one.
 * Whoever withdraws the order names that one; so the names of files count as well as what is in them. But a file's name has
 * fewer characters than a unit's, so that two may look alike: an order by a unit goes by that alone.
 */

#include <string.h>

#include "live_view.h"
#include "order.h"
#include "plimsoll/base/assert.h"
#include "plimsoll/base/macro.h"
#include "plimsoll/policy/glob.h"
#include "plimsoll/policy/match.h"

/* The name of the file, where it lies in the directory of orders; else NULL. */
static const char *name_here(const struct pl_order_call *call, const char *origin)
{
        size_t length = strlen(call->directory);

        if (strncmp(origin, call->directory, length) != 0 || origin[length] != '/' ||
            strchr(origin + length + 1, '/'))
                return NULL;
        return origin + length + 1;
}

/* ---- who is meant ---- */

/* Its pattern, where the order goes by a unit and by nothing else; or NULL. */
static const char *unit_alone(const struct pl_order *order)
{
        const struct pl_selector *workload = &order->workload;

        if (PL_HAS(order, PL_ORDER_CGROUP_ID) || !PL_HAS(order, PL_ORDER_WORKLOAD) ||
            workload->fields.set != UINT32_C(1) << PL_SELECT_UNIT)
                return NULL;
        return workload->unit;
}

/* By just that unit, or just that cgroup. */
static bool is_of(const struct pl_order *order, const struct pl_journal_row *row)
{
        const char *unit = unit_alone(order);
        char buffer[PL_GLOB_MAX + 1];
        struct pl_text pattern;

        if (PL_HAS(order, PL_ORDER_CGROUP_ID))
                return order->cgroup_id == row->id;
        pl_text_init(&pattern, buffer, sizeof buffer);
        return unit && pl_order_unit_pattern(row, &pattern) && strcmp(unit, buffer) == 0;
}

/* By the unit of that name, with or without ".service". */
static bool is_of_gone(const struct pl_order *order, const char *name)
{
        static const char *const suffixes[] = { "", ".service" };
        const char *unit = unit_alone(order);
        char buffer[PL_GLOB_MAX + 1], pattern_buffer[PL_GLOB_MAX + 1];

        for (size_t i = 0; unit && i < PL_ARRAY_LENGTH(suffixes); i++) {
                struct pl_text text, pattern;

                pl_text_init(&text, buffer, sizeof buffer);
                pl_text_addf(&text, "%s%s", name, suffixes[i]);
                pl_text_init(&pattern, pattern_buffer, sizeof pattern_buffer);
                if (!text.cut && pl_order_add_unit(&pattern, pl_text_span(&text)) &&
                    strcmp(unit, pattern_buffer) == 0)
                        return true;
        }
        return false;
}

/* "4711.json", "c76ab372.json": what is left of the name of a file behind the name of a workload. */
static bool is_key(const char *rest)
{
        size_t length = strspn(rest, "0123456789abcdef");

        return length > 0 && strcmp(rest + length, ".json") == 0;
}

static bool is_called_for(const struct pl_document *document, const struct pl_journal_row *row)
{
        const char *slash = strrchr(document->origin, '/');
        const char *name = slash ? slash + 1 : document->origin;
        char buffer[PL_ORDER_NAME_BYTES];
        struct pl_text prefix;

        pl_text_init(&prefix, buffer, sizeof buffer);
        pl_order_add_prefix(&prefix, document->order.verb, row);
        return pl_span_starts_with(pl_span_of(name), buffer) && is_key(name + prefix.length);
}

static bool is_alive(const struct pl_live *live, uint64_t id)
{
        uint32_t used = live ? pl_journal_rows_used(&live->reader) : 0;
        struct pl_journal_row row;

        for (uint32_t i = 0; i < used; i++)
                if (pl_journal_read_row(&live->reader, i, &row) == 0 && row.id == id)
                        return true;
        return false;
}

/* Two that live may have one name: then each has the orders that mean it and no others. */
static bool is_left_behind(const struct pl_order_wanted *wanted, const struct pl_document *document)
{
        const struct pl_order *order = &document->order;

        if (!PL_HAS(order, PL_ORDER_CGROUP_ID))
                return wanted->gone && is_of_gone(order, wanted->gone);
        return is_called_for(document, wanted->row) && !is_alive(wanted->live, order->cgroup_id);
}

bool pl_order_is_wanted(const struct pl_order_wanted *wanted, const struct pl_document *document)
{
        const struct pl_order *order = &document->order;

        pl_assert(wanted);
        pl_assert(document->kind == PL_DOCUMENT_ORDER);

        if (!(wanted->verbs >> order->verb & 1))
                return false;
        if (pl_order_names_nobody(order))
                return !wanted->row && !wanted->keep_for_all;
        return !wanted->row || is_of(order, wanted->row) || is_left_behind(wanted, document);
}

/* It can be told from the order alone that somebody else is meant. */
static bool names_another(const struct pl_order *order, const struct pl_journal_row *row)
{
        struct pl_span unit = pl_live_last_part(row);

        if (PL_HAS(order, PL_ORDER_CGROUP_ID) && order->cgroup_id != row->id)
                return true;
        return PL_HAS(order, PL_ORDER_WORKLOAD) && PL_HAS(&order->workload, PL_SELECT_UNIT) &&
               !pl_span_empty(unit) &&
               !pl_glob_matches(pl_span_of(order->workload.unit), PL_GLOB_NAME, unit);
}

/* ---- which files ---- */

/* Who is meant by an order that goes, in words: as a list calls it, where that is known. */
static void add_who(struct pl_text *who, struct pl_cli_style style, const struct pl_order *order,
                    const struct pl_order_wanted *wanted)
{
        if (wanted && wanted->row && !wanted->gone)
                pl_live_add_name(who, style, wanted->row);
        else if (PL_HAS(order, PL_ORDER_WORKLOAD) && PL_HAS(&order->workload, PL_SELECT_UNIT))
                pl_cli_add_plain(who, style, pl_span_of(order->workload.unit));
        else if (PL_HAS(order, PL_ORDER_CGROUP_ID))
                pl_text_addf(who, "cgroup id %llu", (unsigned long long) order->cgroup_id);
        else if (PL_HAS(order, PL_ORDER_WORKLOAD))
                pl_text_add(who, "those it selects");
}

static enum pl_cli_exit let_go(struct pl_order_call *call, const char *name,
                               const struct pl_order *order, const struct pl_order_wanted *wanted)
{
        struct pl_order_change *change = pl_order_change(call, name);
        struct pl_text who;

        if (!change)
                return pl_live_say_no_memory(call->cli);
        if (change->text) /* another one takes its place */
                return PL_CLI_FINE;
        change->is_sweep = pl_order_has_ended(order, call->now_sec);
        change->verb = order->verb;
        change->cgroup_id = order->cgroup_id;
        pl_text_init(&who, change->who, sizeof change->who);
        add_who(&who, call->cli->style, order, wanted);
        return PL_CLI_FINE;
}

static void say_elsewhere(struct pl_cli *cli, const struct pl_document *document)
{
        pl_text_addf(cli->words, "plimsoll: there is an order to %s in ",
                     pl_document_name(document));
        pl_cli_add_plain(cli->words, cli->style, pl_span_of(document->origin));
        pl_text_addf(cli->words, ", which was put there to last\n%s sudo rm ",
                     pl_live_arrow(cli->style));
        pl_cli_add_plain(cli->words, cli->style, pl_span_of(document->origin));
        pl_text_add(cli->words, "\n");
}

enum pl_cli_exit pl_order_withdraw(struct pl_order_call *call, const struct pl_order_wanted *wanted,
                                   size_t *ret_elsewhere)
{
        const struct pl_policy *policy = call->now->policy;
        enum pl_cli_exit exit_code = PL_CLI_FINE;
        size_t elsewhere = 0;

        pl_assert(wanted && ret_elsewhere);

        for (size_t i = 0; exit_code == PL_CLI_FINE && i < policy->order_count; i++) {
                const struct pl_document *document = policy->orders[i];
                const char *name = name_here(call, document->origin);

                if (!pl_order_is_wanted(wanted, document))
                        continue;
                if (name)
                        exit_code = let_go(call, name, &document->order, wanted);
                else if (!pl_order_has_ended(&document->order, call->now_sec)) {
                        say_elsewhere(call->cli, document);
                        elsewhere++;
                }
        }
        *ret_elsewhere = elsewhere;
        return exit_code;
}

enum pl_cli_exit pl_order_sweep(struct pl_order_call *call)
{
        const struct pl_policy *policy = call->now->policy;
        enum pl_cli_exit exit_code = PL_CLI_FINE;

        for (size_t i = 0; exit_code == PL_CLI_FINE && i < policy->order_count; i++) {
                const struct pl_document *document = policy->orders[i];
                const char *name = name_here(call, document->origin);

                if (name && pl_order_has_ended(&document->order, call->now_sec))
                        exit_code = let_go(call, name, &document->order, NULL);
        }
        return exit_code;
}

static bool is_changed(const struct pl_order_call *call, const char *name)
{
        for (size_t i = 0; name && i < call->change_count; i++)
                if (strcmp(call->changes[i].name, name) == 0)
                        return true;
        return false;
}

static bool may_remain(const struct pl_order_call *call, const struct pl_document *document,
                       enum pl_order_verb verb, const struct pl_journal_row *row)
{
        const struct pl_order *order = &document->order;

        return order->verb == verb && !pl_order_has_ended(order, call->now_sec) &&
               !is_changed(call, name_here(call, document->origin)) &&
               (!row || !names_another(order, row));
}

bool pl_order_may_remain(const struct pl_order_call *call, enum pl_order_verb verb,
                         const struct pl_journal_row *row)
{
        const struct pl_policy *policy = call->now->policy;

        for (size_t i = 0; i < policy->order_count; i++)
                if (may_remain(call, policy->orders[i], verb, row))
                        return true;
        return false;
}

int64_t pl_order_newest_sec(const struct pl_order_call *call, enum pl_order_verb verb,
                            const struct pl_journal_row *row)
{
        const struct pl_policy *policy = call->now->policy;
        int64_t newest_sec = 0;

        for (size_t i = 0; i < policy->order_count; i++) {
                const struct pl_order *order = &policy->orders[i]->order;

                if (PL_HAS(order, PL_ORDER_ISSUED) &&
                    may_remain(call, policy->orders[i], verb, row))
                        newest_sec = PL_MAX(newest_sec, order->issued_sec);
        }
        return newest_sec;
}
