/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* A good file with one place of it changed: how most bad files of these tests are made. */

#include "plimsoll/kernel/file.h"
#include "test.h"

struct test_edit {
        const char *name; /* what is special about it */
        const char *before;
        const char *after;
};

/* In a buffer that the next call overwrites. The place must be there, or the row tests nothing. */
static inline struct pl_span test_edited(struct pl_span text, const struct test_edit *edit)
{
        static char out[PL_FILE_MAX];
        size_t length = strlen(edit->before), added = strlen(edit->after), head, tail;
        const char *at = memmem(text.data, text.length, edit->before, length);

        if (!at)
                fail_msg("row \"%s\": nothing to change", edit->name);
        head = (size_t) (at - text.data);
        tail = text.length - head - length;
        assert_true(head + added + tail <= sizeof out);
        memcpy(out, text.data, head);
        memcpy(out + head, edit->after, added);
        memcpy(out + head + added, at + length, tail);
        return pl_span(out, head + added + tail);
}
