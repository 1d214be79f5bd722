/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* say - words on standard error: what ends the daemon before it has a journal, or after. Under systemd they come to
 * journald by themselves, with their severity. And on standard output, of runs that answer somebody.
 */

#include "plimsoll/base/diag.h"
#include "plimsoll/base/macro.h"
#include "plimsoll/base/text.h"

/* "plimsolld: WORDS". */
void pl_say_error(const char *format, ...) PL_PRINTF(1, 2);

/* A text that is made already; each line of it. */
void pl_say_text(const struct pl_text *text);

/* Each entry, a line or more of it. */
void pl_say_diag(const struct pl_diag *diag);

/* On standard output, as they are. False: they could not be written. */
bool pl_say_words(const char *format, ...) PL_PRINTF(1, 2);
