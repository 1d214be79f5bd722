/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* suggest - which key was meant by one that is not known. */

#include <stdbool.h>

#include "plimsoll/base/text.h"
#include "vocabulary.h"

/* Adds `did you mean "score_adj" inside "oom"?`; nothing and false where no key of the kind of document is near. */
bool pl_suggest_key(struct pl_text *hint, const struct pl_object *root,
                    const struct pl_object *object, const char *name);
