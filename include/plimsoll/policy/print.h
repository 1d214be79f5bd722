/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* print - a document as canonical JSON: the keys that the file gave, in the order of the vocabulary, with their values in
 * one form. What is printed parses to the same document and prints to the same bytes. Never allocates.
 */

#include "plimsoll/json/write.h"
#include "plimsoll/policy/document.h"

/* The object alone; the caller begins and finishes the writer. */
void pl_document_print(struct pl_json_writer *writer, const struct pl_document *document);
