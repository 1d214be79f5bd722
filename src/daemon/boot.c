/* SPDX-License-Identifier: Apache-2.0 */

#include "boot.h"

#include <string.h>

#include "plimsoll/base/fd.h"
#include "plimsoll/base/macro.h"

enum {
        DIGITS = 32,
        TEXT_MAX = 64,
};

/* "3c6d6cd6-7b1e-…" to sixteen bytes. */
void pl_boot_id_read(int proc_fd, uint8_t ret_id[16])
{
        static const char hex[] = "0123456789abcdef";
        _cleanup_free_ char *text = NULL;
        size_t length = 0, digits = 0;

        memset(ret_id, 0, 16);
        if (pl_fd_read_file(proc_fd, "sys/kernel/random/boot_id", TEXT_MAX, &text, &length) != 0)
                return;
        for (size_t i = 0; i < length && digits < DIGITS; i++) {
                const char *digit = text[i] ? strchr(hex, text[i]) : NULL;

                if (!digit)
                        continue;
                ret_id[digits / 2] = (uint8_t) (ret_id[digits / 2] << 4 | (uint8_t) (digit - hex));
                digits++;
        }
}
