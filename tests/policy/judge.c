/* SPDX-License-Identifier: Apache-2.0 */

/* Answers every line of its input, each a policy document, with the document as it is printed, in one line, or with 0 when
 * pl_document_parse() refuses it. What is printed has to parse and to print the same. So tests/policy/schema.py holds
 * thousands of documents against the schema in one go. `judge --schema KIND` prints that schema.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

#include "plimsoll/base/assert.h"
#include "plimsoll/base/macro.h"
#include "plimsoll/policy/document.h"
#include "plimsoll/policy/print.h"
#include "plimsoll/policy/schema.h"

enum { PRINTED_MAX = 256 * 1024 };

static int print_schema(const char *name)
{
        struct pl_json_writer writer;
        unsigned kind = 0;
        int fd = STDOUT_FILENO;

        while (kind < PL_DOCUMENT_KINDS && strcmp(name, pl_document_kind_name(kind)) != 0)
                kind++;
        pl_json_writer_init(&writer, &(struct pl_json_writer_options){ .sink = pl_json_sink_fd,
                                                                       .userdata = &fd });
        if (pl_schema_print(&writer, kind) != 0)
                return EXIT_FAILURE;
        return pl_json_writer_finish(&writer) == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

static struct pl_document *parse(struct pl_span text)
{
        static struct pl_diag diag;
        struct pl_document *document = NULL;

        pl_diag_clear(&diag);
        pl_assert(pl_document_parse(&(struct pl_document_source){ text, "line", 1 }, &diag,
                                    &document) >= 0);
        pl_assert((document == NULL) == (diag.errors > 0));
        return document;
}

static struct pl_span print(const struct pl_document *document, char buffer[PRINTED_MAX])
{
        struct pl_json_writer writer;
        struct pl_text text;

        pl_text_init(&text, buffer, PRINTED_MAX);
        pl_json_writer_init(&writer, &(struct pl_json_writer_options){ .sink = pl_json_sink_text,
                                                                       .userdata = &text });
        pl_document_print(&writer, document);
        pl_assert(pl_json_writer_finish(&writer) == 0);
        return pl_text_span(&text);
}

static void judge(struct pl_span line)
{
        static char first[PRINTED_MAX], second[PRINTED_MAX];
        _cleanup_(pl_cleanup_document) struct pl_document *document = parse(line), *again = NULL;
        struct pl_span printed;

        if (!document) {
                (void) puts("0");
                return;
        }
        printed = print(document, first);
        again = parse(printed);
        pl_assert(again);
        pl_assert(pl_span_equals_span(printed, print(again, second)));
        (void) fwrite(printed.data, 1, printed.length, stdout);
}

int main(int argc, char **argv)
{
        _cleanup_free_ char *line = NULL;
        size_t size = 0;
        ssize_t length;

        if (argc == 3 && strcmp(argv[1], "--schema") == 0)
                return print_schema(argv[2]);
        while ((length = getline(&line, &size, stdin)) > 0)
                judge(pl_span(line, (size_t) length));
        return EXIT_SUCCESS;
}
