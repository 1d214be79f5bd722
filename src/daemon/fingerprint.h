/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* fingerprint - whether files are still those that they were, without reading them: which files there are, and of each who
 * it is, how long, and when it was changed. Links are followed, as whoever reads the files follows them. Allocates nothing
 * but what a directory's stream takes.
 */

#include <stdbool.h>
#include <stdint.h>

/* Of the files *.json of directories, up to NULL; each may be absent. *ret_indirect: a link is on the way to one of them, or
 * one of them is a link, so that who watches the directories alone does not hear of every change. */
uint64_t pl_fingerprint_take(const char *const *directories, bool *ret_indirect);
