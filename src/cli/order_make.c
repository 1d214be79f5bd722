/* SPDX-License-Identifier: Apache-2.0 */

/* A service is meant by its unit, so that the order outlives a restart, which gives it another cgroup. Whatever else there
 * is has nothing that lasts: names of containers are given anew, and so are their ids; it is meant by the number of its
 * cgroup, that one alone. So is a user's service: the name of his unit is his to choose.
 *
 * The same order again has the same file, whose name is made of what it means: it replaces itself.
 */

#include <errno.h>
#include <string.h>

#include "live_view.h"
#include "order.h"
#include "plimsoll/base/assert.h"
#include "plimsoll/base/macro.h"
#include "plimsoll/json/write.h"
#include "plimsoll/model/workload.h"
#include "plimsoll/policy/glob.h"
#include "plimsoll/policy/print.h"

enum {
        SLUG_MAX = 48,     /* characters of a workload's name in that of a file */
        KEY_DIGITS = 8,    /* of a digest, to tell units apart whose names look alike in it */
        TEXT_MAX = 4096,   /* of an order: a unit, two texts of a person, and little else */
        ROOM_AT_FIRST = 8, /* changes */
};

const char *pl_order_verb_word(enum pl_order_verb verb)
{
        const struct pl_document document = { .kind = PL_DOCUMENT_ORDER,
                                              .order = { .verb = verb } };

        return pl_document_name(&document);
}

/* ---- who is meant ---- */

bool pl_order_add_unit(struct pl_text *pattern, struct pl_span unit)
{
        pl_assert(pattern);

        for (size_t i = 0; i < unit.length; i++) {
                bool is_special = unit.data[i] == '*' || unit.data[i] == '?' || unit.data[i] == '[';

                pl_text_add(pattern, is_special ? "[" : "");
                pl_text_add_byte(pattern, unit.data[i]);
                pl_text_add(pattern, is_special ? "]" : "");
        }
        return !pattern->cut && pl_glob_check(pl_text_span(pattern), PL_GLOB_NAME, NULL) == 0;
}

bool pl_order_unit_pattern(const struct pl_journal_row *row, struct pl_text *pattern)
{
        struct pl_span unit = pl_live_last_part(row);

        pl_assert(row && pattern);

        return row->kind == PL_WORKLOAD_SERVICE && !pl_span_empty(unit) &&
               !pl_span_starts_with(pl_span_of(row->path), "/user.slice/") &&
               pl_order_add_unit(pattern, unit);
}

/* What a file may be called without anybody having to quote it. */
static void add_slug(struct pl_text *text, const char *name)
{
        static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
                                    "._";

        for (size_t i = 0; i < SLUG_MAX && name[i] != '\0'; i++)
                pl_text_add_byte(text, strchr(plain, name[i]) ? name[i] : '-');
}

void pl_order_add_prefix(struct pl_text *text, enum pl_order_verb verb,
                         const struct pl_journal_row *row)
{
        pl_assert(text);

        pl_text_addf(text, "90-%s", pl_order_verb_word(verb));
        if (!row)
                return;
        pl_text_add(text, "-");
        add_slug(text, row->name[0] != '\0' ? row->name : row->path);
        pl_text_add(text, "-");
}

static void add_digest(struct pl_text *text, struct pl_span bytes)
{
        uint8_t digest[PL_SHA256_BYTES];
        char buffer[2 * PL_SHA256_BYTES + 1];
        struct pl_sha256 sha256;
        struct pl_text hexadecimal;

        pl_sha256_init(&sha256);
        pl_sha256_add(&sha256, bytes);
        pl_sha256_finish(&sha256, digest);
        pl_text_init(&hexadecimal, buffer, sizeof buffer);
        pl_sha256_format(&hexadecimal, digest);
        pl_text_add_span(text, pl_span(buffer, KEY_DIGITS));
}

/* ---- the document ---- */

/* Sets a key of the order, as if a file had given it. */
static void set(struct pl_order *order, enum pl_order_key key)
{
        order->fields.set |= UINT32_C(1) << key;
}

/* By the clock it may not be the later one: it was given in the same second, or the clock was set back. */
static int64_t issue_sec(const struct pl_order_call *call, enum pl_order_verb verb,
                         const struct pl_journal_row *row)
{
        int64_t newest_sec = 0;

        if (verb == PL_ORDER_APPLY)
                newest_sec = pl_order_newest_sec(call, PL_ORDER_RESTORE, row);
        else if (verb == PL_ORDER_RESTORE)
                newest_sec = pl_order_newest_sec(call, PL_ORDER_APPLY, row);
        return PL_MIN(PL_MAX(call->now_sec, newest_sec + 1), PL_ORDER_TIME_MAX_SEC);
}

static void set_call(struct pl_order *order, const struct pl_order_call *call,
                     const struct pl_journal_row *row)
{
        order->issued_sec = issue_sec(call, order->verb, row);
        set(order, PL_ORDER_ISSUED);
        if (call->expires_sec > 0) {
                order->expires_sec = call->expires_sec;
                set(order, PL_ORDER_EXPIRES);
        }
        order->by = call->by;
        set(order, PL_ORDER_BY);
        if (call->reason) {
                order->reason = call->reason;
                set(order, PL_ORDER_REASON);
        }
}

/* Who is meant, in the order, and a few characters for that in the name of the file. */
static void set_who(struct pl_order *order, const struct pl_journal_row *row,
                    struct pl_text *pattern, struct pl_text *name)
{
        if (!row)
                return;
        if (pl_order_unit_pattern(row, pattern)) {
                order->workload.unit = pattern->data;
                order->workload.fields.set = UINT32_C(1) << PL_SELECT_UNIT;
                set(order, PL_ORDER_WORKLOAD);
                add_digest(name, pl_text_span(pattern));
                return;
        }
        order->cgroup_id = row->id;
        set(order, PL_ORDER_CGROUP_ID);
        pl_text_add_u64(name, row->id);
}

static int print(const struct pl_order *order, char **ret_text)
{
        const struct pl_document document = { .kind = PL_DOCUMENT_ORDER, .order = *order };
        char buffer[TEXT_MAX];
        struct pl_text text;
        const struct pl_json_writer_options options = {
                .sink = pl_json_sink_text,
                .userdata = &text,
                .pretty = true,
        };
        struct pl_json_writer writer;
        int r;

        pl_text_init(&text, buffer, sizeof buffer);
        pl_json_writer_init(&writer, &options);
        pl_document_print(&writer, &document);
        r = pl_json_writer_finish(&writer);
        if (r != 0)
                return r;
        *ret_text = strdup(buffer);
        return *ret_text ? 0 : -ENOMEM;
}

/* ---- the change ---- */

static struct pl_order_change *add_change(struct pl_order_call *call)
{
        size_t room = PL_MAX(call->change_room * 2, (size_t) ROOM_AT_FIRST);
        struct pl_order_change *moved;

        if (call->change_count == call->change_room) {
                moved = reallocarray(call->changes, room, sizeof *moved);
                if (!moved)
                        return NULL;
                call->changes = moved;
                call->change_room = room;
        }
        call->changes[call->change_count] = (struct pl_order_change){};
        return &call->changes[call->change_count++];
}

struct pl_order_change *pl_order_change(struct pl_order_call *call, const char *name)
{
        struct pl_order_change *change;

        for (size_t i = 0; i < call->change_count; i++)
                if (strcmp(call->changes[i].name, name) == 0)
                        return &call->changes[i];
        change = add_change(call);
        if (change)
                pl_journal_set_text(change->name, sizeof change->name, pl_span_of(name));
        return change;
}

static enum pl_cli_exit say_not_made(struct pl_cli *cli, int r)
{
        if (r == -ENOMEM)
                return pl_live_say_no_memory(cli);
        pl_text_add(cli->words, "plimsoll: the order is longer than an order may be: shorten its "
                                "--reason\n");
        return PL_CLI_USAGE;
}

enum pl_cli_exit pl_order_give(struct pl_order_call *call, enum pl_order_verb verb,
                               const struct pl_journal_row *row)
{
        struct pl_order order = { .verb = verb };
        char pattern_buffer[PL_GLOB_MAX + 1], name_buffer[PL_ORDER_NAME_BYTES];
        struct pl_order_change *change;
        struct pl_text pattern, name, who;
        int r;

        pl_assert(call && call->cli);

        pl_text_init(&pattern, pattern_buffer, sizeof pattern_buffer);
        pl_text_init(&name, name_buffer, sizeof name_buffer);
        set(&order, PL_ORDER_VERB);
        set_call(&order, call, row);
        pl_order_add_prefix(&name, verb, row);
        set_who(&order, row, &pattern, &name);
        pl_text_add(&name, ".json");
        pl_assert(!name.cut);
        change = pl_order_change(call, name_buffer);
        if (!change)
                return pl_live_say_no_memory(call->cli);
        free(PL_TAKE_PTR(change->text));
        r = print(&order, &change->text);
        if (r != 0)
                return say_not_made(call->cli, r);

        change->verb = verb;
        change->is_sweep = false;
        change->is_momentary = (verb == PL_ORDER_APPLY || verb == PL_ORDER_DRILL) &&
                               call->expires_sec > 0;
        change->cgroup_id = order.cgroup_id;
        pl_text_init(&who, change->who, sizeof change->who);
        if (row)
                pl_live_add_name(&who, call->cli->style, row);
        return PL_CLI_FINE;
}

enum pl_cli_exit pl_order_give_named(struct pl_order_call *call, enum pl_order_verb verb)
{
        const struct pl_cli *cli = call->cli;
        enum pl_cli_exit exit_code = pl_order_needs_daemon(call);
        struct pl_journal_row row;

        pl_assert(cli->operand_count > 0);

        for (size_t i = 0; exit_code == PL_CLI_FINE && i < cli->operand_count; i++) {
                exit_code = pl_live_find(call->cli, &call->live, cli->operands[i], &row);
                if (exit_code == PL_CLI_FINE)
                        exit_code = pl_order_give(call, verb, &row);
        }
        return exit_code;
}
