/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* cmocka, and the harness in one line. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "fault/fault.h"

/* Under every fault the function keeps what it promises and leaves nothing behind. */
static inline void survives_every_fault(pl_fault_function function, void *userdata)
{
        char buffer[256];
        struct pl_text complaint;

        pl_text_init(&complaint, buffer, sizeof buffer);
        if (!pl_fault_each(function, userdata, &complaint))
                fail_msg("%s", buffer);
}

/* A result that a fault excuses: its own errno, handed up unchanged. */
static inline bool is_armed_error(int r)
{
        return pl_fault_struck() && pl_fault_armed() && r == -pl_fault_armed()->error;
}
