/* SPDX-License-Identifier: Apache-2.0 */

/* Any bytes: refused with an error that has a place, or read, written, read again and written again as the same. */

#include <stdint.h>

#include "../json/copy.h"

/* Written out, a byte becomes at most six ("\u001b") and each line may be indented by 64; what no longer is within the
 * reader's bound is not read again. */
enum { INPUT_MAX = 64 * 1024, OUTPUT_MAX = 4 * 1024 * 1024 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct pl_diag diag;
static char first_bytes[OUTPUT_MAX], second_bytes[OUTPUT_MAX];

static void check_refusal(int r)
{
        pl_assert(r == PL_JSON_E_INVALID);
        pl_assert(diag.errors > 0);
        for (size_t i = 0; i < diag.count; i++) {
                pl_assert(diag.entries[i].place.line > 0);
                pl_assert(diag.entries[i].place.column > 0);
                pl_assert(diag.entries[i].message[0] != '\0');
        }
}

static void check_numbers(const struct pl_json_document *document)
{
        for (size_t i = 0; i < pl_json_count(document); i++) {
                const struct pl_json_value *value = pl_json_at(document, i);
                uint64_t u64 = 0;
                int64_t i64 = 0;
                int r_u64 = pl_json_to_u64(value, &u64), r_i64 = pl_json_to_i64(value, &i64);

                pl_assert((r_u64 == PL_JSON_E_TYPE) == (value->type != PL_JSON_NUMBER));
                pl_assert((r_u64 == PL_JSON_E_FRACTION) == (r_i64 == PL_JSON_E_FRACTION));
                pl_assert(r_u64 != 0 || r_i64 != 0 || u64 == (uint64_t) i64);
                pl_assert(r_u64 != 0 || (double) u64 == value->number);
                pl_assert(r_i64 != 0 || (double) i64 == value->number);
        }
}

static void check_writing(const struct pl_json_document *document)
{
        struct pl_json_document *again;
        struct pl_text first, second;

        pl_text_init(&first, first_bytes, sizeof first_bytes);
        pl_text_init(&second, second_bytes, sizeof second_bytes);
        copy_to_text(&first, document, true);
        if (first.length > PL_JSON_TEXT_MAX)
                return;
        /* Written, a key of control characters is six times as long and may be longer than the reader takes. */
        for (size_t i = 0; i < pl_json_count(document); i++)
                if (pl_json_at(document, i)->key_place.length > PL_JSON_KEY_MAX / 6)
                        return;

        pl_assert(pl_json_parse(pl_text_span(&first), "again", &diag, &again) == 0);
        pl_assert(pl_json_count(again) == pl_json_count(document));
        copy_to_text(&second, again, true);
        pl_assert(pl_span_equals_span(pl_text_span(&first), pl_text_span(&second)));
        pl_json_document_free(again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        struct pl_json_document *document = NULL;
        int r;

        if (size > INPUT_MAX)
                return 0;
        pl_diag_clear(&diag);
        r = pl_json_parse(pl_span((const char *) data, size), "fuzz", &diag, &document);
        if (r != 0) {
                pl_assert(!document);
                check_refusal(r);
                return 0;
        }
        pl_assert(diag.errors == 0);
        check_numbers(document);
        check_writing(document);
        pl_json_document_free(document);
        return 0;
}
