/* SPDX-License-Identifier: Apache-2.0 */

#include "source.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "plimsoll/base/assert.h"
#include "plimsoll/base/fd.h"
#include "plimsoll/base/macro.h"

enum {
        /* "0b8b5bd2-…": 32 digits, four dashes, a line's end. */
        BOOT_ID_TEXT_MAX = 64,
};

static int digit(char letter)
{
        if (pl_is_digit(letter))
                return letter - '0';
        return letter >= 'a' && letter <= 'f' ? letter - 'a' + 10 : -1;
}

/* Thirty-two digits, wherever the dashes are. */
static bool parse_boot_id(struct pl_span text, uint8_t *ret_id, size_t size)
{
        size_t digits = 0;

        for (size_t i = 0; i < text.length; i++) {
                int value = digit(text.data[i]);

                if (value < 0)
                        continue;
                if (digits == 2 * size)
                        return false;
                ret_id[digits / 2] = (uint8_t) (ret_id[digits / 2] << 4 | value);
                digits++;
        }
        return digits == 2 * size;
}

int pl_source_init(struct pl_source *source, const char *path)
{
        _cleanup_free_ char *text = NULL;
        size_t length;
        int r;

        pl_assert(path);

        *source = (struct pl_source){ .path = path };
        r = pl_fd_read_file(AT_FDCWD, "/proc/sys/kernel/random/boot_id", BOOT_ID_TEXT_MAX, &text,
                            &length);
        if (r != 0)
                return r < 0 ? r : -ENOENT;
        return parse_boot_id(pl_span(text, length), source->boot_id, sizeof source->boot_id)
                       ? 0
                       : -EINVAL;
}

void pl_source_close(struct pl_source *source)
{
        if (source->open)
                pl_journal_reader_close(&source->reader);
        source->open = false;
}

void pl_source_done(struct pl_source *source)
{
        pl_source_close(source);
}

int pl_source_open(struct pl_source *source)
{
        int r;

        if (source->open)
                return 0;
        r = pl_journal_reader_open(AT_FDCWD, source->path, &source->reader);
        if (r != 0)
                return r;
        source->open = true;
        if (memcmp(source->reader.header.boot_id, source->boot_id, sizeof source->boot_id) == 0)
                return 0;
        pl_source_close(source);
        return PL_JOURNAL_E_OTHER_BOOT;
}

bool pl_source_is_replaced(const struct pl_source *source)
{
        bool replaced = false;

        pl_assert(source->open);

        return pl_journal_reader_is_replaced(&source->reader, AT_FDCWD, source->path, &replaced) ==
                       0 &&
               replaced;
}
