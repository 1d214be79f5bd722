/* SPDX-License-Identifier: Apache-2.0 */

/* Prints a manual page from its text, with the keys of a policy file in it where the text says ".\" KEYS profile". Runs
 * while Plimsoll is built and is not installed.
 *
 *     reference plimsoll.json.5.in > plimsoll.json.5
 */

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "plimsoll/base/fd.h"
#include "plimsoll/base/macro.h"
#include "plimsoll/policy/schema.h"

enum { PAGE_MAX = 1024 * 1024 };

#define MARK ".\\\" KEYS "

static int print_line(struct pl_span line)
{
        int fd = STDOUT_FILENO, r;

        for (unsigned kind = 0; pl_span_starts_with(line, MARK) && kind < PL_DOCUMENT_KINDS; kind++)
                if (pl_span_equals(pl_span_from(line, strlen(MARK)), pl_document_kind_name(kind)))
                        return pl_reference_print(pl_json_sink_fd, &fd, kind);
        r = pl_fd_write_all(fd, line);
        return r < 0 ? r : pl_fd_write_all(fd, pl_span_of("\n"));
}

int main(int argc, char **argv)
{
        _cleanup_free_ char *data = NULL;
        struct pl_span rest = {};
        int r;

        if (argc != 2) {
                (void) fputs("usage: reference PAGE\n", stderr);
                return EXIT_FAILURE;
        }
        r = pl_fd_read_file(AT_FDCWD, argv[1], PAGE_MAX, &data, &rest.length);
        rest.data = data;
        while (r == 0 && rest.length > 0)
                r = print_line(pl_span_until(&rest, '\n'));
        if (r != 0)
                (void) fprintf(stderr, "reference: %s: %s\n", argv[1],
                               r < 0 ? strerror(-r) : "cannot be read");
        return r == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
