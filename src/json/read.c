/* SPDX-License-Identifier: Apache-2.0 */

#include "plimsoll/json/read.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include "arena.h"
#include "duplicate.h"
#include "number.h"
#include "plimsoll/base/assert.h"
#include "plimsoll/base/fd.h"
#include "plimsoll/base/macro.h"
#include "scan.h"
#include "tree.h"

/* As much of a key as a line of a terminal has room for beside our words. */
enum { QUOTED_MAX = 48 };

/* What a profile takes, in one piece of memory: it has a value in some 18 bytes, which are 104 in our list, 64 in cJSON's
 * tree, and the strings. One piece, because from the first that is freed malloc() learns that such pieces come again, and
 * keeps the pages; with several, as measured, a third of the time went into getting them from the kernel anew. */
enum { MEMORY_AT_FIRST = 4096, MEMORY_A_BYTE = 12 };

struct pl_json_document {
        char *text; /* owned; NUL-terminated, because cJSON 1.7.15 may look one byte too far */
        struct pl_json_arena arena; /* owned; the values are here, and their strings */
        struct pl_json_value *values;
        size_t count;
};

/* Neither beyond the largest double nor so small that it became 0. */
static bool number_fits(const struct pl_json_value *value)
{
        return isfinite(value->number) &&
               (value->number != 0 || pl_json_number_is_zero(value->source));
}

static int refuse_duplicate(const struct pl_json_scanner *scanner,
                            const struct pl_json_value *value, const struct pl_json_value *first)
{
        struct pl_span key;

        pl_assert(value->key && first->key);

        key = pl_lexeme_front(pl_span_of(value->key), QUOTED_MAX);
        pl_diag_error(scanner->diag, scanner->file, value->key_place,
                      "the key \"%.*s\" stands twice in this object", (int) key.length, key.data);
        pl_diag_hint(scanner->diag, "it stands first in line %u, column %u", first->key_place.line,
                     first->key_place.column);
        return PL_JSON_E_INVALID;
}

static int refuse_number(const struct pl_json_scanner *scanner, const struct pl_json_value *value)
{
        pl_diag_error(scanner->diag, scanner->file, value->place, "the number does not fit");
        pl_diag_hint(scanner->diag, "what is not 0 lies between about 4.9e-324 and 1.8e308");
        return PL_JSON_E_INVALID;
}

/* What only the finished values show. Everything is reported, in the order of the text. */
static int check(const struct pl_json_document *document, const struct pl_json_scanner *scanner)
{
        _cleanup_free_ uint32_t *first = NULL;
        int r;

        r = pl_json_find_duplicates(document->values, document->count, &first);
        if (r != 0)
                return r;
        for (size_t i = 0; i < document->count; i++) {
                const struct pl_json_value *value = &document->values[i];

                if (first[i] != PL_JSON_NO_DUPLICATE)
                        r = refuse_duplicate(scanner, value, &document->values[first[i]]);
                if (value->type == PL_JSON_NUMBER && !number_fits(value))
                        r = refuse_number(scanner, value);
        }
        return r;
}

static int fill_document(struct pl_json_document *document, struct pl_json_scanner *scanner)
{
        int r;

        r = pl_json_scan(scanner);
        if (r != 0)
                return r;
        document->values = scanner->values;
        document->count = scanner->count;
        r = pl_json_fill_values(pl_span(scanner->text, scanner->length), document->values,
                                document->count, &document->arena);
        if (r != 0)
                return r;
        return check(document, scanner);
}

static int refuse_too_long(struct pl_diag *diag, const char *file)
{
        pl_diag_error(diag, file, (struct pl_place){}, "longer than %d KiB",
                      PL_JSON_TEXT_MAX / 1024);
        pl_diag_hint(diag, "split it into several files");
        return PL_JSON_E_INVALID;
}

/* Scans what the scanner was given and takes its text, which has a NUL behind its length, whatever the outcome. */
static int parse_taken(struct pl_json_scanner *scanner, struct pl_json_document **ret_document)
{
        struct pl_json_document *document;
        int r;

        document = calloc(1, sizeof *document);
        if (!document) {
                free(scanner->text);
                return -ENOMEM;
        }
        document->text = scanner->text;
        pl_json_arena_init(&document->arena, MEMORY_AT_FIRST + MEMORY_A_BYTE * scanner->length);
        scanner->arena = &document->arena;
        r = fill_document(document, scanner);
        if (r != 0) {
                pl_json_document_free(document);
                return r;
        }

        *ret_document = document;
        return 0;
}

int pl_json_parse(struct pl_span text, const char *file, struct pl_diag *diag,
                  struct pl_json_document **ret_document)
{
        return pl_json_parse_at(text, file, 1, diag, ret_document);
}

int pl_json_parse_at(struct pl_span text, const char *file, uint32_t first_line,
                     struct pl_diag *diag, struct pl_json_document **ret_document)
{
        struct pl_json_scanner scanner = {
                .length = text.length, .file = file, .diag = diag, .line = first_line
        };

        pl_assert(diag);
        pl_assert(ret_document);

        if (text.length > PL_JSON_TEXT_MAX)
                return refuse_too_long(diag, file);
        scanner.text = malloc(text.length + 1);
        if (!scanner.text)
                return -ENOMEM;
        if (text.length > 0)
                memcpy(scanner.text, text.data, text.length);
        scanner.text[text.length] = '\0';
        return parse_taken(&scanner, ret_document);
}

static int refuse_file(struct pl_diag *diag, const char *path, int outcome)
{
        static const struct {
                int outcome;
                int error;
                const char *message;
                const char *hint;
        } refusals[] = {
                { PL_FD_E_ABSENT, PL_JSON_E_NO_FILE, "no such file", "check the path" },
                { PL_FD_E_DENIED, PL_JSON_E_DENIED, "may not be read",
                  "check the permissions of the file and of the directories above it" },
                { PL_FD_E_NOT_REGULAR, PL_JSON_E_INVALID, "not a regular file",
                  "directories, FIFOs, sockets and devices are not read" },
        };

        if (outcome == PL_FD_E_TOO_BIG)
                return refuse_too_long(diag, path);
        for (size_t i = 0; i < PL_ARRAY_LENGTH(refusals); i++)
                if (refusals[i].outcome == outcome) {
                        pl_diag_error(diag, path, (struct pl_place){}, "%s", refusals[i].message);
                        pl_diag_hint(diag, "%s", refusals[i].hint);
                        return refusals[i].error;
                }
        pl_unreachable();
}

int pl_json_read_file(int dir_fd, const char *path, struct pl_diag *diag,
                      struct pl_json_document **ret_document)
{
        struct pl_json_scanner scanner = { .file = path, .diag = diag, .line = 1 };
        int r;

        pl_assert(path);
        pl_assert(diag);
        pl_assert(ret_document);

        r = pl_fd_read_file(dir_fd, path, PL_JSON_TEXT_MAX, &scanner.text, &scanner.length);
        if (r != 0)
                return r < 0 ? r : refuse_file(diag, path, r);
        return parse_taken(&scanner, ret_document);
}

void pl_json_document_free(struct pl_json_document *document)
{
        if (!document)
                return;
        pl_json_arena_done(&document->arena);
        free(document->text);
        free(document);
}

const struct pl_json_value *pl_json_root(const struct pl_json_document *document)
{
        return pl_json_at(document, 0);
}

size_t pl_json_count(const struct pl_json_document *document)
{
        pl_assert(document);

        return document->count;
}

const struct pl_json_value *pl_json_at(const struct pl_json_document *document, size_t index)
{
        pl_assert(document);
        pl_assert(index < document->count);

        return &document->values[index];
}

const struct pl_json_value *pl_json_member(const struct pl_json_value *object, const char *key)
{
        pl_assert(object);
        pl_assert(object->type == PL_JSON_OBJECT);
        pl_assert(key);

        for (const struct pl_json_value *member = object->child; member; member = member->next)
                if (strcmp(member->key, key) == 0)
                        return member;
        return NULL;
}

int pl_json_to_u64(const struct pl_json_value *value, uint64_t *ret_value)
{
        uint64_t magnitude;
        bool negative;
        int r;

        pl_assert(value);
        pl_assert(ret_value);

        if (value->type != PL_JSON_NUMBER)
                return PL_JSON_E_TYPE;
        r = pl_json_number_to_whole(value->source, &negative, &magnitude);
        if (r != 0)
                return r;
        if (negative)
                return PL_JSON_E_RANGE;

        *ret_value = magnitude;
        return 0;
}

int pl_json_to_i64(const struct pl_json_value *value, int64_t *ret_value)
{
        uint64_t magnitude;
        bool negative;
        int r;

        pl_assert(value);
        pl_assert(ret_value);

        if (value->type != PL_JSON_NUMBER)
                return PL_JSON_E_TYPE;
        r = pl_json_number_to_whole(value->source, &negative, &magnitude);
        if (r != 0)
                return r;
        if (magnitude > (uint64_t) INT64_MAX + negative)
                return PL_JSON_E_RANGE;

        /* Negated as unsigned, because −2^63 has no positive twin. */
        *ret_value = (int64_t) (negative ? -magnitude : magnitude);
        return 0;
}

const char *pl_json_type_name(enum pl_json_type type)
{
        static const char *const names[] = {
                [PL_JSON_NULL] = "null",       [PL_JSON_BOOL] = "true or false",
                [PL_JSON_NUMBER] = "a number", [PL_JSON_STRING] = "a string",
                [PL_JSON_ARRAY] = "an array",  [PL_JSON_OBJECT] = "an object",
        };

        pl_assert((size_t) type < PL_ARRAY_LENGTH(names));

        return names[type];
}
