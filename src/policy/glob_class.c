/* SPDX-License-Identifier: Apache-2.0 */

#include "glob_class.h"

#include "plimsoll/base/assert.h"
#include "plimsoll/base/text.h"

/* A byte that is not UTF-8 is this and the byte: behind all characters of Unicode, so in no range of a pattern. */
enum { NOT_UTF8 = 0x110000 };

/* The characters from first to last. */
struct range {
        uint32_t first, last;
};

uint32_t pl_glob_cut_character(struct pl_span *rest)
{
        size_t length = pl_utf8_length(*rest);
        uint32_t character;

        pl_assert(rest->length > 0);

        character = (unsigned char) rest->data[0];
        if (length == 0)
                character += NOT_UTF8;
        else if (length > 1)
                character &= 0x7Fu >> length;
        for (size_t i = 1; i < length; i++)
                character = character << 6 | ((unsigned char) rest->data[i] & 0x3Fu);

        *rest = pl_span_from(*rest, length ? length : 1);
        return character;
}

/* Where the members begin in a class whose '[' is at the front. */
static size_t class_head(struct pl_span at)
{
        return at.length > 1 && at.data[1] == '!' ? 2 : 1;
}

/* With both brackets; 0 when it is not closed. */
size_t pl_glob_class_length(struct pl_span at, enum pl_glob_kind kind)
{
        size_t head = class_head(at);

        for (size_t i = head; i < at.length; i++) {
                if (at.data[i] == '/' && kind == PL_GLOB_PATH)
                        return 0;
                if (at.data[i] == ']' && i > head)
                        return i + 1;
        }
        return 0;
}

static struct pl_span set_members(struct pl_span set)
{
        size_t head = class_head(set);

        pl_assert(set.length > head + 1);

        return pl_span(set.data + head, set.length - head - 1);
}

static bool set_negated(struct pl_span set)
{
        return class_head(set) == 2;
}

/* Cuts one member off: a range, or a character as a range of one. */
static struct range cut_range(struct pl_span *members)
{
        struct range range;

        range.first = range.last = pl_glob_cut_character(members);
        if (members->length > 1 && members->data[0] == '-') {
                *members = pl_span_from(*members, 1);
                range.last = pl_glob_cut_character(members);
        }
        return range;
}

/* Whether one member holds the whole range. */
static bool any_holds(struct pl_span members, struct range range)
{
        while (members.length > 0) {
                struct range member = cut_range(&members);

                if (member.first <= range.first && range.last <= member.last)
                        return true;
        }
        return false;
}

bool pl_glob_set_has(struct pl_span set, uint32_t character)
{
        return any_holds(set_members(set), (struct range){ character, character }) !=
               set_negated(set);
}

bool pl_glob_set_covers(struct pl_span wider, struct pl_span narrower)
{
        struct pl_span members = set_members(narrower);
        bool held = !set_negated(wider) && !set_negated(narrower);

        while (held && members.length > 0)
                held = any_holds(set_members(wider), cut_range(&members));
        return held || pl_span_equals_span(wider, narrower);
}

/* A member that POSIX leaves undefined or gives a meaning that we do not: it would quietly select something else. */
static bool is_unclear(struct pl_span members, size_t offset, size_t head)
{
        switch (members.data[0]) {
        case '^':
                return offset == 1;
        case '[':
                return pl_span_starts_with(members, "[:") || pl_span_starts_with(members, "[.") ||
                       pl_span_starts_with(members, "[=");
        case '-':
                return offset > head && members.length > 1;
        default:
                return false;
        }
}

int pl_glob_class_check(struct pl_span at, enum pl_glob_kind kind, size_t *offset)
{
        size_t length = pl_glob_class_length(at, kind), head = class_head(at), member = head;
        struct pl_span members;

        if (length == 0)
                return head < at.length && at.data[head] == ']' ? PL_GLOB_E_EMPTY_CLASS
                                                                : PL_GLOB_E_OPEN_CLASS;
        members = set_members(pl_span(at.data, length));
        while (members.length > 0) {
                bool unclear = is_unclear(members, member, head);
                struct range range = cut_range(&members);

                if (unclear || range.first > range.last) {
                        *offset += member;
                        return unclear ? PL_GLOB_E_UNCLEAR_CLASS : PL_GLOB_E_BACKWARD_RANGE;
                }
                member = length - 1 - members.length;
        }
        *offset += length;
        return 0;
}
