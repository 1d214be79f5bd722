/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* file - the files of a journal: its lock, the one that is continued, the one that is put aside, the one that is made.
 * Internal to journal.
 */

#include "plimsoll/journal/writer.h"

/* All pages, so that no store into the mapping can fail. NO_SPACE. */
int pl_file_allocate(int fd, uint64_t bytes);

/* The lock of NAME, without waiting for it. LOCKED, DENIED, NO_SPACE. */
int pl_file_lock(int dir_fd, const char *name, int *ret_fd);

/* The journal that is there, if it can be gone on with. ABSENT, DENIED, NO_SPACE; or what is wrong with it: FOREIGN,
 * BYTE_ORDER, VERSION, CORRUPT, OTHER_BOOT, OTHER_SIZE. After the last, options->file_bytes is what it has, and with that
 * it can be gone on with. */
int pl_file_open_old(int dir_fd, const char *name, struct pl_journal_options *options, int *ret_fd);

/* Gives what is there the name NAME.old. */
int pl_file_put_aside(int dir_fd, const char *name);

/* A new one, all zeros, that has no name but NAME.new yet. DENIED, NO_SPACE. */
int pl_file_make(int dir_fd, const char *name, const struct pl_journal_options *options,
                 int *ret_fd);
int pl_file_show(int dir_fd, const char *name);
void pl_file_unmake(int dir_fd, const char *name);
