/* SPDX-License-Identifier: Apache-2.0 */

/* Names for people. systemd writes what a unit's name may not hold as \xNN, and a reader wants the letter; a container's
 * id has 64 digits of which the first twelve are what `docker ps` prints. An escape is written out only where it stands
 * for something printable: a control character that somebody escaped stays escaped, and a zero would end the text.
 */

#include "parts.h"

#include "plimsoll/base/assert.h"
#include "plimsoll/base/macro.h"

/* As many as docker and podman show. */
enum { SHORT_ID_LENGTH = 12 };

/* Of "\x2d", which has four bytes. */
enum { ESCAPE_LENGTH = 4 };

static int hexadecimal(char digit)
{
        if (pl_is_digit(digit))
                return digit - '0';
        return digit >= 'a' && digit <= 'f' ? digit - 'a' + 10 : -1;
}

/* The byte that an escape at the front stands for; false when there is none that may be shown. */
static bool peek_escape(struct pl_span text, char *ret_byte)
{
        int high, low, byte;

        if (text.length < ESCAPE_LENGTH || text.data[0] != '\\' || text.data[1] != 'x')
                return false;
        high = hexadecimal(text.data[2]);
        low = hexadecimal(text.data[3]);
        byte = high * 16 + low;
        if (high < 0 || low < 0 || byte < ' ' || byte == 0x7F)
                return false;
        *ret_byte = (char) byte;
        return true;
}

static void add_unescaped(struct pl_text *text, struct pl_span label)
{
        while (!pl_span_empty(label)) {
                char byte = label.data[0];
                bool is_escape = peek_escape(label, &byte);

                pl_text_add_byte(text, byte);
                label = pl_span_from(label, is_escape ? ESCAPE_LENGTH : 1);
        }
}

static void add_short_id(struct pl_text *text, struct pl_span id)
{
        bool is_long = pl_is_container_id(id);

        pl_text_add_span(text, pl_span(id.data, is_long ? SHORT_ID_LENGTH : id.length));
}

static void add_helper(struct pl_text *text, const struct pl_identity *identity)
{
        if (pl_span_empty(identity->container_id) && identity->standing.runtime != PL_RUNTIME_LXC) {
                pl_text_add_span(text, identity->label);
                return;
        }
        pl_text_add(text,
                    identity->standing.runtime == PL_RUNTIME_LXC ? "monitor of " : "conmon of ");
        add_short_id(text, identity->label);
}

static bool is_user_manager(const struct pl_identity *identity)
{
        return identity->standing.flags & PL_STANDING_USER &&
               pl_span_equals(identity->unit, "init.scope");
}

static void add_of_user(struct pl_text *text, const struct pl_identity *identity)
{
        pl_assert(identity->standing.uid != PL_UID_NONE);

        pl_text_add(text, " of user ");
        pl_text_add_u64(text, identity->standing.uid);
}

void pl_identity_name(const struct pl_identity *identity, struct pl_text *text)
{
        pl_assert(identity);
        pl_assert(text);

        switch ((enum pl_workload_kind) identity->standing.kind) {
        case PL_WORKLOAD_SESSION:
                pl_text_add(text, "session ");
                add_unescaped(text, identity->label);
                add_of_user(text, identity);
                break;
        case PL_WORKLOAD_CONTAINER:
        case PL_WORKLOAD_SANDBOX:
                add_short_id(text, identity->label);
                break;
        case PL_WORKLOAD_HELPER:
                add_helper(text, identity);
                break;
        case PL_WORKLOAD_HOLDER:
        case PL_WORKLOAD_PLAIN:
                pl_text_add_span(text, identity->label);
                break;
        case PL_WORKLOAD_SERVICE:
        case PL_WORKLOAD_SCOPE:
        case PL_WORKLOAD_MACHINE:
        case PL_WORKLOAD_UNIT:
        case PL_WORKLOAD_KINDS:
                if (is_user_manager(identity)) {
                        pl_text_add(text, "manager");
                        add_of_user(text, identity);
                } else {
                        add_unescaped(text, identity->label);
                }
                break;
        }
}

void pl_identity_container(const struct pl_identity *identity, struct pl_text *text)
{
        pl_assert(identity);
        pl_assert(text);

        if (identity->standing.kind == PL_WORKLOAD_HELPER)
                return;
        if (!pl_span_empty(identity->container_id))
                add_short_id(text, identity->container_id);
        else if (identity->standing.kind == PL_WORKLOAD_CONTAINER ||
                 (identity->standing.kind == PL_WORKLOAD_MACHINE &&
                  identity->standing.runtime >= 0))
                add_unescaped(text, identity->label);
}

void pl_identity_pod(const struct pl_identity *identity, struct pl_text *text)
{
        pl_assert(identity);
        pl_assert(text);

        for (size_t i = 0; i < identity->pod.length; i++)
                pl_text_add_byte(text, identity->pod.data[i] == '_' ? '-' : identity->pod.data[i]);
}

const char *pl_workload_kind_word(enum pl_workload_kind kind)
{
        static const char *const words[PL_WORKLOAD_KINDS] = {
                [PL_WORKLOAD_HOLDER] = "holder",       [PL_WORKLOAD_SERVICE] = "service",
                [PL_WORKLOAD_SCOPE] = "scope",         [PL_WORKLOAD_SESSION] = "session",
                [PL_WORKLOAD_CONTAINER] = "container", [PL_WORKLOAD_SANDBOX] = "sandbox",
                [PL_WORKLOAD_MACHINE] = "machine",     [PL_WORKLOAD_HELPER] = "helper",
                [PL_WORKLOAD_UNIT] = "unit",           [PL_WORKLOAD_PLAIN] = "plain",
        };

        pl_assert(kind < PL_WORKLOAD_KINDS);

        return words[kind];
}
