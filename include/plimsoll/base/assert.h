/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* assert - what must hold, in every build.
 *
 * pl_assert() survives release builds: a supervisor that kills as root stops rather than act on a state it does not
 * understand. It says where, then aborts, so that systemd restarts the daemon and the core shows why.
 */

#define pl_assert(expression)                                                                      \
        do {                                                                                       \
                if (__builtin_expect(!(expression), 0))                                            \
                        pl_assert_failed(#expression, __FILE__, __LINE__, __func__);               \
        } while (0)

/* A branch that no input can reach. */
#define pl_unreachable() pl_assert_failed("unreachable", __FILE__, __LINE__, __func__)

_Noreturn void pl_assert_failed(const char *expression, const char *file, int line,
                                const char *function);
