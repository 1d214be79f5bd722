/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* schema - the vocabulary as a JSON Schema (draft 7) for editors, and as the reference part of plimsoll.json(5).
 *
 * The schema rejects what document.h calls a mistake of a value by itself: an unknown or missing key, a wrong type, unit or
 * range. What it cannot see it says in its description: keys that stand twice, and whether values agree.
 */

#include "plimsoll/base/text.h"
#include "plimsoll/json/write.h"
#include "plimsoll/policy/document.h"

/* The schema of one kind of document; of all three for PL_DOCUMENT_KINDS. 0 or -ENOMEM. */
int pl_schema_print(struct pl_json_writer *writer, enum pl_document_kind kind);

/* The keys of a kind of document in the language of manual pages, mdoc(7). 0 or what the sink returned. */
int pl_reference_print(pl_json_sink sink, void *userdata, enum pl_document_kind kind);
