/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* block - a struct on the board, with the lock of a sequence number. Internal to journal.
 *
 *     sequence, odd while it is written │ check │ the struct
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The struct has whole words. */
void pl_block_write(_Atomic uint64_t *block, const void *content, size_t size);

/* EMPTY, TORN, CORRUPT; *content is touched in any case. */
int pl_block_read(const _Atomic uint64_t *block, void *content, size_t size);

/* Whether its last writer was stopped in the middle; whether it never had one. */
bool pl_block_is_torn(const _Atomic uint64_t *block);
bool pl_block_is_unused(const _Atomic uint64_t *block);
