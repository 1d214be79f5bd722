/* SPDX-License-Identifier: Apache-2.0 */

/* Nesting is kept on a stack of our own, because a recursive parser lets whoever writes the text choose how much of our
 * stack it takes. Terms are emitted behind their arguments (postfix), which makes resolving a walk over an array with a
 * stack of values, and printing a walk that asks of each term where its arguments began.
 */

#include "plimsoll/base/size.h"

#include "plimsoll/base/assert.h"
#include "plimsoll/base/clock.h"
#include "plimsoll/base/decimal.h"
#include "plimsoll/base/macro.h"
#include "plimsoll/base/ratio.h"

static const struct unit {
        const char *name;
        uint64_t bytes;
} units[] = {
        { "", 1 },
        { "B", 1 },
        { "K", PL_KIB },
        { "KiB", PL_KIB },
        { "M", PL_MIB },
        { "MiB", PL_MIB },
        { "G", PL_GIB },
        { "GiB", PL_GIB },
        { "T", PL_TIB },
        { "TiB", PL_TIB },
        { "P", PL_TIB * 1024 },
        { "PiB", PL_TIB * 1024 },
        { "kB", UINT64_C(1000) },
        { "MB", UINT64_C(1000000) },
        { "GB", UINT64_C(1000000000) },
        { "TB", UINT64_C(1000000000000) },
        { "PB", UINT64_C(1000000000000000) },
};

/* What sizes are printed in, from the largest. */
static const struct unit printed_units[] = {
        { "PiB", PL_TIB * 1024 }, { "TiB", PL_TIB }, { "GiB", PL_GIB },
        { "MiB", PL_MIB },        { "KiB", PL_KIB },
};

static const struct rate_unit {
        const char *name;
        uint64_t usec;
} rate_units[] = {
        { "s", PL_USEC_PER_SEC },
        { "min", PL_USEC_PER_MINUTE },
        { "h", PL_USEC_PER_HOUR },
        { "d", PL_USEC_PER_DAY },
};

struct parser {
        struct pl_span rest;
        struct pl_size size;
        struct {
                enum pl_size_kind kind;
                uint64_t count; /* of arguments begun */
        } open[PL_SIZE_DEPTH_MAX];
        size_t depth;
};

static void skip_blanks(struct pl_span *rest)
{
        while (rest->length > 0 && rest->data[0] == ' ')
                *rest = pl_span_from(*rest, 1);
}

static bool is_letter(char byte)
{
        return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z');
}

/* The letters at the front, without cutting them off. */
static struct pl_span peek_letters(struct pl_span rest)
{
        size_t length = 0;

        while (length < rest.length && is_letter(rest.data[length]))
                length++;
        return pl_span(rest.data, length);
}

/* Cuts "512M" off. A blank may stand before the unit, but not before what is no unit: "50 of". */
static int cut_bytes(struct pl_span *rest, struct pl_decimal decimal, uint64_t *ret_bytes)
{
        struct pl_span at = *rest, name;

        skip_blanks(&at);
        name = peek_letters(at);
        for (size_t i = 0; i < PL_ARRAY_LENGTH(units); i++)
                if (pl_span_equals(name, units[i].name)) {
                        /* 2^64 − 1 is how "max" is held, and no amount of memory. */
                        if (pl_decimal_times(decimal, units[i].bytes, ret_bytes) != 0 ||
                            *ret_bytes == PL_SIZE_MAX)
                                return PL_SIZE_E_RANGE;
                        *rest = pl_span_from(at, name.length);
                        return 0;
                }

        *rest = at;
        return PL_SIZE_E_UNIT;
}

static int cut_share(struct pl_span *rest, struct pl_decimal decimal, struct pl_size_node *ret_node)
{
        struct pl_size_node node = { .kind = PL_SIZE_SHARE_OF_RAM };
        struct pl_span of;

        if (pl_decimal_times_exactly(decimal, 100, &node.value) != 0 ||
            node.value > PL_SIZE_SHARE_MAX_PERMYRIAD)
                return PL_SIZE_E_RANGE;

        *rest = pl_span_from(*rest, 1);
        of = *rest;
        skip_blanks(&of);
        if (pl_span_equals(peek_letters(of), "of")) {
                of = pl_span_from(of, 2);
                skip_blanks(&of);
                *rest = of;
                if (pl_span_equals(peek_letters(of), "max"))
                        node.kind = PL_SIZE_SHARE_OF_MAX;
                else if (pl_span_equals(peek_letters(of), "swap"))
                        node.kind = PL_SIZE_SHARE_OF_SWAP;
                else
                        return PL_SIZE_E_SYNTAX;
                *rest = pl_span_from(of, peek_letters(of).length);
        }

        *ret_node = node;
        return 0;
}

static int cut_number(struct pl_span *rest, struct pl_size_node *ret_node)
{
        struct pl_span at = *rest, percent;
        struct pl_decimal decimal;
        int r;

        r = pl_decimal_cut(rest, &decimal);
        if (r != 0)
                return r == PL_DECIMAL_E_RANGE ? PL_SIZE_E_RANGE : PL_SIZE_E_SYNTAX;

        percent = *rest;
        skip_blanks(&percent);
        if (pl_span_starts_with(percent, "%")) {
                *rest = percent;
                r = cut_share(rest, decimal, ret_node);
        } else {
                ret_node->kind = PL_SIZE_BYTES;
                r = cut_bytes(rest, decimal, &ret_node->value);
        }

        if (r == PL_SIZE_E_RANGE)
                *rest = at;
        return r;
}

static int emit(struct parser *parser, struct pl_size_node node)
{
        if (parser->size.count == PL_SIZE_NODES_MAX)
                return PL_SIZE_E_TOO_LONG;
        parser->size.nodes[parser->size.count++] = node;
        return 0;
}

static bool at_function(struct pl_span rest, enum pl_size_kind *ret_kind)
{
        *ret_kind = pl_span_starts_with(rest, "min(") ? PL_SIZE_SMALLEST : PL_SIZE_LARGEST;
        return pl_span_starts_with(rest, "min(") || pl_span_starts_with(rest, "max(");
}

/* Passes over any "min(" and "max(" to the first value and emits it. */
static int parse_value(struct parser *parser)
{
        struct pl_size_node node = { .kind = PL_SIZE_BYTES, .value = PL_SIZE_MAX };
        enum pl_size_kind kind;
        int r;

        skip_blanks(&parser->rest);
        while (at_function(parser->rest, &kind)) {
                if (parser->depth == PL_SIZE_DEPTH_MAX)
                        return PL_SIZE_E_TOO_LONG;
                parser->open[parser->depth].kind = kind;
                parser->open[parser->depth].count = 1;
                parser->depth++;
                parser->rest = pl_span_from(parser->rest, 4);
                skip_blanks(&parser->rest);
        }
        if (pl_span_equals(peek_letters(parser->rest), "max")) {
                parser->rest = pl_span_from(parser->rest, 3);
                return emit(parser, node);
        }
        r = cut_number(&parser->rest, &node);
        return r == 0 ? emit(parser, node) : r;
}

/* Behind a value: closes what ")" closes. *ret_more says whether a comma asks for another value. */
static int parse_behind(struct parser *parser, bool *ret_more)
{
        *ret_more = false;

        for (skip_blanks(&parser->rest); parser->depth > 0; skip_blanks(&parser->rest)) {
                size_t top = parser->depth - 1;
                int r;

                if (pl_span_starts_with(parser->rest, ",")) {
                        parser->open[top].count++;
                        parser->rest = pl_span_from(parser->rest, 1);
                        *ret_more = true;
                        return 0;
                }
                if (!pl_span_starts_with(parser->rest, ")"))
                        return PL_SIZE_E_SYNTAX;
                r = emit(parser,
                         (struct pl_size_node){ parser->open[top].kind, parser->open[top].count });
                if (r != 0)
                        return r;
                parser->depth--;
                parser->rest = pl_span_from(parser->rest, 1);
        }

        return pl_span_empty(parser->rest) ? 0 : PL_SIZE_E_SYNTAX;
}

int pl_size_parse(struct pl_span text, struct pl_size *ret_size, size_t *ret_offset)
{
        struct parser parser = { .rest = text };
        bool more = true;
        int r = 0;

        pl_assert(ret_size);

        while (r == 0 && more) {
                r = parse_value(&parser);
                if (r == 0)
                        r = parse_behind(&parser, &more);
        }
        if (r != 0) {
                if (ret_offset)
                        *ret_offset = text.length - parser.rest.length;
                return r;
        }

        *ret_size = parser.size;
        return 0;
}

bool pl_size_uses(const struct pl_size *size, enum pl_size_kind kind)
{
        pl_assert(size);

        for (size_t i = 0; i < size->count; i++)
                if (size->nodes[i].kind == kind)
                        return true;
        return false;
}

static int share_of(uint64_t whole_bytes, uint64_t permyriad, uint64_t *ret_bytes)
{
        if (whole_bytes == PL_SIZE_MAX) {
                *ret_bytes = permyriad == 0 ? 0 : PL_SIZE_MAX;
                return 0;
        }
        *ret_bytes = pl_ratio_scale(whole_bytes, permyriad, PL_PERMYRIAD);
        return *ret_bytes == PL_SIZE_MAX ? PL_SIZE_E_RANGE : 0;
}

static uint64_t pick(const uint64_t *values, size_t count, enum pl_size_kind kind)
{
        uint64_t best = values[0];

        for (size_t i = 1; i < count; i++)
                best = kind == PL_SIZE_SMALLEST ? PL_MIN(best, values[i]) : PL_MAX(best, values[i]);
        return best;
}

int pl_size_resolve(const struct pl_size *size, const struct pl_size_base *base,
                    uint64_t *ret_bytes)
{
        uint64_t values[PL_SIZE_NODES_MAX];
        size_t count = 0;
        int r = 0;

        pl_assert(size);
        pl_assert(base);
        pl_assert(ret_bytes);
        pl_assert(size->count > 0 && size->count <= PL_SIZE_NODES_MAX);

        for (size_t i = 0; i < size->count && r == 0; i++) {
                const struct pl_size_node *node = &size->nodes[i];

                switch (node->kind) {
                case PL_SIZE_BYTES:
                        values[count++] = node->value;
                        break;
                case PL_SIZE_SHARE_OF_RAM:
                        r = share_of(base->ram_bytes, node->value, &values[count++]);
                        break;
                case PL_SIZE_SHARE_OF_MAX:
                        r = share_of(base->max_bytes, node->value, &values[count++]);
                        break;
                case PL_SIZE_SHARE_OF_SWAP:
                        r = share_of(base->swap_bytes, node->value, &values[count++]);
                        break;
                case PL_SIZE_SMALLEST:
                case PL_SIZE_LARGEST:
                        pl_assert(node->value > 0 && node->value <= count);
                        count -= node->value;
                        values[count] = pick(&values[count], node->value, node->kind);
                        count++;
                        break;
                }
        }
        if (r != 0)
                return r;

        pl_assert(count == 1);
        *ret_bytes = values[0];
        return 0;
}

static bool is_function(const struct pl_size_node *node)
{
        return node->kind == PL_SIZE_SMALLEST || node->kind == PL_SIZE_LARGEST;
}

/* Where the arguments of each node begin: itself for a plain value. */
static void find_starts(const struct pl_size *size, size_t starts[PL_SIZE_NODES_MAX])
{
        size_t stack[PL_SIZE_NODES_MAX], count = 0;

        for (size_t i = 0; i < size->count; i++) {
                if (is_function(&size->nodes[i])) {
                        pl_assert(size->nodes[i].value > 0 && size->nodes[i].value <= count);
                        count -= size->nodes[i].value;
                        starts[i] = stack[count];
                } else {
                        starts[i] = i;
                }
                stack[count++] = starts[i];
        }
}

static void format_value(struct pl_text *text, const struct pl_size_node *node)
{
        if (node->kind == PL_SIZE_BYTES) {
                pl_bytes_format(text, node->value);
                return;
        }
        pl_ratio_format(text, (uint32_t) node->value);
        if (node->kind == PL_SIZE_SHARE_OF_MAX)
                pl_text_add(text, " of max");
        else if (node->kind == PL_SIZE_SHARE_OF_SWAP)
                pl_text_add(text, " of swap");
}

void pl_size_format(struct pl_text *text, const struct pl_size *size)
{
        size_t starts[PL_SIZE_NODES_MAX];

        pl_assert(text);
        pl_assert(size);
        pl_assert(size->count <= PL_SIZE_NODES_MAX);

        find_starts(size, starts);
        for (size_t i = 0; i < size->count; i++) {
                if (is_function(&size->nodes[i])) {
                        pl_text_add(text, ")");
                } else {
                        for (size_t outer = size->count; outer-- > i + 1;)
                                if (starts[outer] == i && is_function(&size->nodes[outer]))
                                        pl_text_add(text,
                                                    size->nodes[outer].kind == PL_SIZE_SMALLEST
                                                            ? "min("
                                                            : "max(");
                        format_value(text, &size->nodes[i]);
                }
                if (i + 1 < size->count && !is_function(&size->nodes[i + 1]))
                        pl_text_add(text, ", ");
        }
}

void pl_bytes_format(struct pl_text *text, uint64_t bytes)
{
        pl_assert(text);

        if (bytes == PL_SIZE_MAX) {
                pl_text_add(text, "max");
                return;
        }
        for (size_t i = 0; i < PL_ARRAY_LENGTH(printed_units); i++)
                if (bytes > 0 && bytes % printed_units[i].bytes == 0) {
                        pl_text_add_u64(text, bytes / printed_units[i].bytes);
                        pl_text_add(text, printed_units[i].name);
                        return;
                }
        pl_text_add_u64(text, bytes);
}

/* value ÷ unit × scale, rounded to the nearest. */
static unsigned long long rounded(uint64_t bytes, uint64_t unit, unsigned scale)
{
        return (unsigned long long) (((unsigned __int128) bytes * scale + unit / 2) / unit);
}

void pl_bytes_format_short(struct pl_text *text, uint64_t bytes)
{
        size_t i = 0;
        uint64_t unit;

        pl_assert(text);

        if (bytes == PL_SIZE_MAX || bytes == 0) {
                pl_text_add(text, bytes ? "no limit" : "0");
                return;
        }
        if (bytes < PL_KIB) {
                pl_text_addf(text, "%u B", (unsigned) bytes);
                return;
        }
        while (bytes < printed_units[i].bytes)
                i++;
        unit = printed_units[i].bytes;

        if (rounded(bytes, unit, 100) < 1000)
                pl_text_addf(text, "%llu.%02llu", rounded(bytes, unit, 100) / 100,
                             rounded(bytes, unit, 100) % 100);
        else if (rounded(bytes, unit, 10) < 1000)
                pl_text_addf(text, "%llu.%llu", rounded(bytes, unit, 10) / 10,
                             rounded(bytes, unit, 10) % 10);
        else
                pl_text_addf(text, "%llu", rounded(bytes, unit, 1));
        pl_text_addf(text, " %s", printed_units[i].name);
}

int pl_bytes_parse(struct pl_span text, uint64_t *ret_bytes, size_t *ret_offset)
{
        struct pl_span rest = text;
        struct pl_decimal decimal;
        uint64_t bytes;
        int r;

        pl_assert(ret_bytes);

        r = pl_decimal_cut(&rest, &decimal);
        if (r != 0)
                r = r == PL_DECIMAL_E_RANGE ? PL_SIZE_E_RANGE : PL_SIZE_E_SYNTAX;
        else
                r = cut_bytes(&rest, decimal, &bytes);
        if (r == PL_SIZE_E_RANGE)
                rest = text;
        if (r == 0 && !pl_span_empty(rest))
                r = PL_SIZE_E_SYNTAX;
        if (r != 0) {
                if (ret_offset)
                        *ret_offset = text.length - rest.length;
                return r;
        }

        *ret_bytes = bytes;
        return 0;
}

int pl_rate_parse(struct pl_span text, struct pl_rate *ret_rate, size_t *ret_offset)
{
        struct pl_span rest = text, size = pl_span_until(&rest, '/');
        struct pl_rate rate = {};
        int r;

        pl_assert(ret_rate);

        r = pl_bytes_parse(pl_span_trim(size), &rate.bytes, ret_offset);
        if (r != 0)
                return r;
        rest = pl_span_trim(rest);
        for (size_t i = 0; i < PL_ARRAY_LENGTH(rate_units); i++)
                if (pl_span_equals(rest, rate_units[i].name))
                        rate.per_usec = rate_units[i].usec;
        if (rate.per_usec == 0) {
                if (ret_offset)
                        *ret_offset = text.length - rest.length;
                return pl_span_empty(rest) ? PL_SIZE_E_SYNTAX : PL_SIZE_E_UNIT;
        }

        *ret_rate = rate;
        return 0;
}

void pl_rate_format(struct pl_text *text, const struct pl_rate *rate)
{
        pl_assert(text);
        pl_assert(rate);

        pl_bytes_format(text, rate->bytes);
        for (size_t i = 0; i < PL_ARRAY_LENGTH(rate_units); i++)
                if (rate->per_usec == rate_units[i].usec)
                        pl_text_addf(text, "/%s", rate_units[i].name);
}

uint64_t pl_rate_over(const struct pl_rate *rate, uint64_t usec)
{
        pl_assert(rate);
        pl_assert(rate->per_usec > 0);

        return pl_ratio_scale(rate->bytes, usec, rate->per_usec);
}
