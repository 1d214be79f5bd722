/* SPDX-License-Identifier: Apache-2.0 */

/* What lies between the words: blanks, newlines and comments. Comments become blanks in the text, so that cJSON, which
 * knows none, reads the same values at the same offsets.
 */

#include "plimsoll/base/assert.h"
#include "plimsoll/base/text.h"
#include "scan.h"

static void blank(struct pl_json_scanner *scanner, struct pl_lexeme lexeme)
{
        memset(scanner->text + scanner->at, ' ', lexeme.bytes);
        pl_json_advance(scanner, lexeme);
}

static void pass_newline(struct pl_json_scanner *scanner)
{
        scanner->at++;
        scanner->line++;
        scanner->column = 1;
}

static int blank_character(struct pl_json_scanner *scanner)
{
        struct pl_span rest = pl_json_rest(scanner);
        size_t length = pl_utf8_length(rest);

        if (length == 0 || rest.data[0] == '\0')
                return pl_json_mistake_in_character(scanner);
        if (rest.data[0] == '\n') {
                pass_newline(scanner);
                return 0;
        }
        blank(scanner, (struct pl_lexeme){ length, 1 });
        return 0;
}

/* Characters of one byte each that cannot end a comment, which are most of one. */
static bool is_plain(char byte)
{
        return (unsigned char) byte >= 0x20 && (unsigned char) byte < 0x80 && byte != '*';
}

static void blank_plain_run(struct pl_json_scanner *scanner)
{
        size_t end = scanner->at;

        while (end < scanner->length && is_plain(scanner->text[end]))
                end++;
        blank(scanner, (struct pl_lexeme){ end - scanner->at, end - scanner->at });
}

static int blank_comment(struct pl_json_scanner *scanner)
{
        bool to_end_of_line = pl_json_is_at(scanner, "//");
        struct pl_place start = pl_json_here(scanner, 2);

        blank(scanner, (struct pl_lexeme){ 2, 2 });
        for (blank_plain_run(scanner); scanner->at < scanner->length; blank_plain_run(scanner)) {
                int r;

                if (to_end_of_line && pl_json_is_at(scanner, "\n"))
                        return 0;
                if (!to_end_of_line && pl_json_is_at(scanner, "*/")) {
                        blank(scanner, (struct pl_lexeme){ 2, 2 });
                        return 0;
                }
                r = blank_character(scanner);
                if (r != 0)
                        return r;
        }
        if (to_end_of_line)
                return 0;

        pl_diag_error(scanner->diag, scanner->file, start, "this comment is not closed");
        pl_diag_hint(scanner->diag, "end it with */");
        return PL_JSON_E_INVALID;
}

/* Blanks are a third of what a person writes, so their run is measured before anything is noted. */
static void pass_run(struct pl_json_scanner *scanner)
{
        size_t end = scanner->at;

        while (end < scanner->length && pl_is_blank(scanner->text[end]) &&
               scanner->text[end] != '\n')
                end++;
        scanner->column += (uint32_t) (end - scanner->at);
        scanner->at = end;
}

int pl_json_pass_gap(struct pl_json_scanner *scanner)
{
        pl_assert(scanner);

        for (pass_run(scanner); scanner->at < scanner->length; pass_run(scanner)) {
                char byte = scanner->text[scanner->at];
                int r;

                if (byte == '\n') {
                        pass_newline(scanner);
                } else if (byte == '/' &&
                           (pl_json_is_at(scanner, "//") || pl_json_is_at(scanner, "/*"))) {
                        r = blank_comment(scanner);
                        if (r != 0)
                                return r;
                } else {
                        break;
                }
        }
        return 0;
}
