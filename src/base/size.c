/* SPDX-License-Identifier: Apache-2.0 */

/* Nesting is kept on a stack of our own, because a recursive parser lets whoever writes the text choose how much of our
 * stack it takes. Terms are emitted behind their arguments (postfix), which makes resolving a walk over an array with a
 * stack of values, and printing a walk that asks of each term where its arguments began.
 */

#include "plimsoll/base/size.h"

#include "bytes.h"
#include "plimsoll/base/assert.h"
#include "plimsoll/base/macro.h"
#include "plimsoll/base/ratio.h"

struct parser {
        struct pl_span rest;
        struct pl_size size;
        struct {
                enum pl_size_kind kind;
                uint64_t count; /* of arguments begun */
        } open[PL_SIZE_DEPTH_MAX];
        size_t depth;
};

static int cut_share(struct pl_span *rest, struct pl_decimal decimal, struct pl_size_node *ret_node)
{
        struct pl_size_node node = { .kind = PL_SIZE_SHARE_OF_RAM };
        struct pl_span of;

        if (pl_decimal_times_exactly(decimal, 100, &node.value) != 0 ||
            node.value > PL_SIZE_SHARE_MAX_PERMYRIAD)
                return PL_SIZE_E_RANGE;

        *rest = pl_span_from(*rest, 1);
        of = *rest;
        pl_span_skip(&of, ' ');
        if (pl_span_equals(pl_bytes_peek_letters(of), "of")) {
                of = pl_span_from(of, 2);
                pl_span_skip(&of, ' ');
                *rest = of;
                if (pl_span_equals(pl_bytes_peek_letters(of), "max"))
                        node.kind = PL_SIZE_SHARE_OF_MAX;
                else if (pl_span_equals(pl_bytes_peek_letters(of), "swap"))
                        node.kind = PL_SIZE_SHARE_OF_SWAP;
                else
                        return PL_SIZE_E_SYNTAX;
                *rest = pl_span_from(of, pl_bytes_peek_letters(of).length);
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
        pl_span_skip(&percent, ' ');
        if (pl_span_starts_with(percent, "%")) {
                *rest = percent;
                r = cut_share(rest, decimal, ret_node);
        } else {
                ret_node->kind = PL_SIZE_BYTES;
                r = pl_bytes_cut(rest, decimal, &ret_node->value);
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

        pl_span_skip(&parser->rest, ' ');
        while (at_function(parser->rest, &kind)) {
                if (parser->depth == PL_SIZE_DEPTH_MAX)
                        return PL_SIZE_E_TOO_LONG;
                parser->open[parser->depth].kind = kind;
                parser->open[parser->depth].count = 1;
                parser->depth++;
                parser->rest = pl_span_from(parser->rest, 4);
                pl_span_skip(&parser->rest, ' ');
        }
        if (pl_span_equals(pl_bytes_peek_letters(parser->rest), "max")) {
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

        for (pl_span_skip(&parser->rest, ' '); parser->depth > 0;
             pl_span_skip(&parser->rest, ' ')) {
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
