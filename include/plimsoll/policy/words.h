/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* words - what the policy language calls things, for those who speak of them outside of policy files: `match`, explanations.
 *
 * From the vocabulary, so that nobody has to learn two names for one thing. Pure, never allocates.
 */

#include "plimsoll/base/text.h"
#include "plimsoll/model/profile.h"

/* "unit"; "k8s" for the object. */
const char *pl_selector_word(enum pl_selector_key key);

/* "pod". */
const char *pl_kubernetes_word(enum pl_kubernetes_selector_key key);

/* "docker", by enum pl_runtime; "Guaranteed", by enum pl_qos. End with NULL. */
const char *const *pl_runtime_words(void);
const char *const *pl_qos_words(void);

/* As "owner" has it: "root", "any", "1000", "1000-1999". */
void pl_users_format(struct pl_text *text, const struct pl_users *users);
