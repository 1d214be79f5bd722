/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* document - one policy file: JSON to a profile, the host's policy or an order, with every mistake in it.
 *
 * What is looked at here is each value by itself: keys, types, ranges, units, what is missing, patterns. Whether values
 * agree with each other or with a host is feasible's question. Allocates; single-threaded, as the json room is.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "plimsoll/base/diag.h"
#include "plimsoll/base/span.h"
#include "plimsoll/base/text.h"
#include "plimsoll/model/profile.h"

enum {
        PL_DOCUMENT_E_INVALID = 1, /* it has errors; the diag has them all */
};

enum pl_document_kind {
        PL_DOCUMENT_PROFILE,
        PL_DOCUMENT_HOST,
        PL_DOCUMENT_ORDER,
        PL_DOCUMENT_KINDS,
};

struct pl_document {
        enum pl_document_kind kind;
        bool is_partial;    /* it has errors, and only what is well in it is here */
        const char *origin; /* the file, as diags name it */
        union {
                struct pl_profile profile;
                struct pl_host_policy host;
                struct pl_order order;
        };
};

struct pl_document_source {
        struct pl_span text;
        const char *origin; /* has to outlive the diag; the document keeps a copy */
        uint32_t
                first_line; /* of the text in what a person has before him: 1, but for documents in a stream */
};

/* Reads a document. Like pl_json_parse(), it adds to the diag and leaves *ret_document alone on anything but 0. */
int pl_document_parse(const struct pl_document_source *source, struct pl_diag *diag,
                      struct pl_document **ret_document);

/* The same, but what is well in a document that has errors is returned as well, and marked, so that more can be said of it:
 * *ret_document may be made even on PL_DOCUMENT_E_INVALID, or stay as it is. It is for nothing but looking for mistakes. */
int pl_document_parse_partly(const struct pl_document_source *source, struct pl_diag *diag,
                             struct pl_document **ret_document);

void pl_document_free(struct pl_document *document); /* NULL is fine */

static inline void pl_cleanup_document(struct pl_document **document)
{
        pl_document_free(*document);
}

/* "profile", "host", "order". */
const char *pl_document_kind_name(enum pl_document_kind kind);

/* What the document calls itself: the name of the profile or host policy, the verb of an order. */
const char *pl_document_name(const struct pl_document *document);

/* The path ("memory.max") of the index-th of its keys that this version checks and does not act upon yet. False when there
 * is none. */
bool pl_document_ahead(const struct pl_document *document, size_t index, struct pl_text *path);
