/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* print - a document as canonical JSON: the keys that the file gave, in the order of the vocabulary, with their values in
 * one form. What is printed parses to the same document and prints to the same bytes. Never allocates.
 */

#include "plimsoll/base/sha256.h"
#include "plimsoll/json/write.h"
#include "plimsoll/policy/load.h"

/* The object alone; the caller begins and finishes the writer. */
void pl_document_print(struct pl_json_writer *writer, const struct pl_document *document);

/* Every document, each behind a line "// origin: PATH": what a stream is read from. 0 or the first error of the sink. */
int pl_policy_print(const struct pl_policy *policy, pl_json_sink sink, void *userdata);

/* The digest of what pl_policy_print() prints: the name of a policy. `plimsoll cat-config | sha256sum` gives the same. */
void pl_policy_digest(const struct pl_policy *policy, uint8_t ret_digest[PL_SHA256_BYTES]);
