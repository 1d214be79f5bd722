/* SPDX-License-Identifier: Apache-2.0 */

/* A policy that is in force, or why one is not. */

#include "plimsoll/base/text.h"
#include "sentence.h"

enum {
        /* As many hexadecimal digits of a digest as people compare by eye; `docker ps` shows as many of an id. */
        DIGEST_BYTES_SHOWN = 6,
};

static void add_digest(struct pl_text *text, const uint8_t *digest)
{
        for (size_t i = 0; i < DIGEST_BYTES_SHOWN; i++)
                pl_text_addf(text, "%02x", digest[i]);
}

static bool has_digest(const uint8_t *digest)
{
        static const uint8_t none[PL_JOURNAL_DIGEST_BYTES];

        return memcmp(digest, none, sizeof none) != 0;
}

void pl_sentence_add_in_force(struct pl_text *text, const struct pl_journal_policy *policy)
{
        if (!has_digest(policy->digest)) {
                pl_text_add(text, "no policy is in force: no workload has a profile");
                return;
        }
        pl_text_add(text, "policy ");
        add_digest(text, policy->digest);
        pl_text_add(text, " is in force: ");
        pl_sentence_add_count(text, policy->profile_count, "profile", "profiles");
        if (policy->order_count > 0) {
                pl_text_add(text, " and ");
                pl_sentence_add_count(text, policy->order_count, "order", "orders");
        }
        pl_text_add(text, " from ");
        pl_sentence_add_count(text, policy->file_count, "file", "files");
        if (policy->warning_count > 0) {
                pl_text_add(text, ", with ");
                pl_sentence_add_count(text, policy->warning_count, "warning", "warnings");
                pl_text_add(text, " ('plimsoll check' shows them)");
        }
}

/* ":7:" somewhere: a file and a line stand before what is wrong there. */
static bool has_place(struct pl_span words)
{
        while (!pl_span_empty(words)) {
                size_t digits = 0;

                (void) pl_span_until(&words, ':');
                while (digits < words.length && pl_is_digit(words.data[digits]))
                        digits++;
                if (digits > 0 && digits < words.length && words.data[digits] == ':')
                        return true;
        }
        return false;
}

/* Its number is that of the policy in force. What the words had no room for, which is the cure as a rule, and the errors
 * behind the first are for `plimsoll check` to tell. */
void pl_sentence_add_refused(struct pl_text *text, const struct pl_journal_policy *policy)
{
        struct pl_span words = PL_SENTENCE_FIELD(policy->words);

        pl_text_add(text, policy->number > 0 ? "policy refused, the old one stays in force"
                                             : "policy refused, and none is in force");
        pl_sentence_add_words(text, ": ", words, "");
        if (policy->error_count > 1) {
                pl_text_add(text, "; ");
                pl_sentence_add_count(text, policy->error_count - 1, "more error", "more errors");
        }
        if (pl_span_ends_with(words, "\xE2\x80\xA6"))
                pl_text_add(text, " (plimsoll check)");
        else if (has_place(words))
                pl_text_add(text, "; 'plimsoll check' shows where");
        else if (policy->error_count > 1)
                pl_text_add(text, " ('plimsoll check' shows them)");
}
