/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What the tests of this room share: cmocka, and parsing that has to succeed. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>

#include "plimsoll/json/read.h"

#define _cleanup_document_ _cleanup_(pl_cleanup_json_document)

/* Static, because a diag has 50 KiB and the tests run one after the other. */
static struct pl_diag diag;

static inline void print_diag(void)
{
        for (size_t i = 0; i < diag.count; i++) {
                char buffer[2 * PL_DIAG_WORDS_MAX + 64];
                struct pl_text text;

                pl_text_init(&text, buffer, sizeof buffer);
                pl_diag_format(&text, &diag.entries[i]);
                print_message("%s\n", buffer);
        }
}

static inline int parse_span(struct pl_span text, struct pl_json_document **ret_document)
{
        pl_diag_clear(&diag);
        return pl_json_parse(text, "test.json", &diag, ret_document);
}

static inline struct pl_json_document *parse_good(struct pl_span text)
{
        struct pl_json_document *document = NULL;
        int r = parse_span(text, &document);

        print_diag();
        assert_int_equal(r, 0);
        assert_int_equal(diag.errors, 0);
        return document;
}
