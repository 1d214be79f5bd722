/* SPDX-License-Identifier: Apache-2.0 */

#include "plimsoll/base/assert.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

void pl_assert_failed(const char *expression, const char *file, int line, const char *function)
{
        /* dprintf(2) does not allocate for these conversions, and stdio's buffers may be what is broken. */
        (void) dprintf(STDERR_FILENO, "plimsoll: %s:%d: %s: assertion failed: %s\n", file, line,
                       function, expression);
        abort();
}
