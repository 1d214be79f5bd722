/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* sha256 - the digest of FIPS 180-4, so that what is in force can be named, and compared with `sha256sum`.
 *
 * Not fast and not meant for secrets: a policy is a few thousand bytes. Never allocates.
 */

#include <stddef.h>
#include <stdint.h>

#include "plimsoll/base/span.h"
#include "plimsoll/base/text.h"

enum {
        PL_SHA256_BYTES = 32,
        PL_SHA256_BLOCK = 64,
};

struct pl_sha256 {
        uint32_t state[8];
        uint64_t length; /* bytes so far */
        uint8_t block[PL_SHA256_BLOCK];
};

void pl_sha256_init(struct pl_sha256 *sha256);
void pl_sha256_add(struct pl_sha256 *sha256, struct pl_span bytes);

/* Ends it; to be begun anew before it is used again. */
void pl_sha256_finish(struct pl_sha256 *sha256, uint8_t ret_digest[PL_SHA256_BYTES]);

/* In hexadecimal, as sha256sum prints it. */
void pl_sha256_format(struct pl_text *text, const uint8_t digest[PL_SHA256_BYTES]);
