/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* fill - memory as programs have it: half of each page is noise, so that it takes half as much when it is compressed.
 *
 * Pages of zeros may never be there at all, and zram keeps a page of one value for nothing. Allocates nothing.
 */

#include <stddef.h>
#include <stdint.h>

/* Writes to each page of it. */
void vm_fill(char *memory, size_t size);

/* The next of a row that looks random and is the same in every run; the state is not 0. */
uint64_t vm_noise(uint64_t *state);
