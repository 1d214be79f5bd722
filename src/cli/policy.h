/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* policy - what the verbs that read policy files share: which files are meant, and what is wrong with them in words.
 *
 * Reading allocates and blocks as the disk and standard input do; the rest is pure.
 */

#include <stdbool.h>
#include <stddef.h>

#include "cli.h"
#include "plimsoll/base/diag.h"
#include "plimsoll/policy/load.h"

/* What the operands named. Large: not for the stack. */
struct pl_cli_policy {
        struct pl_policy_files files;
        struct pl_policy *policy; /* NULL before all was read */
        size_t wanting; /* errors of the diag that only say that an operand could not be had */
        enum pl_cli_exit not_had; /* of the first such operand; PL_CLI_FINE */
        struct pl_diag diag;      /* points to names in the two above */
};

/* Reads the files that the operands name: directories, files, or "-" alone for a stream of them on standard input; without
 * operands, the directories of the system. Anything but PL_CLI_FINE was said in words. What is wrong with the files is
 * in the diag and not in the result. The struct is to be released in any case. */
enum pl_cli_exit pl_cli_policy_read(struct pl_cli *cli, struct pl_cli_policy *ret_policy);

void pl_cli_policy_done(struct pl_cli_policy *policy);

static inline void pl_cli_cleanup_policy(struct pl_cli_policy **policy)
{
        pl_cli_policy_done(*policy);
}

/* What the errors come to: PL_CLI_FINE without any; PL_CLI_POLICY; and where all there is to say is that an operand is not
 * there or may not be read, PL_CLI_NOT_FOUND or PL_CLI_DENIED. */
enum pl_cli_exit pl_cli_policy_exit(const struct pl_cli_policy *policy);

/* Whether there is neither a document nor a file that should have been one. */
bool pl_cli_policy_is_empty(const struct pl_cli_policy *policy);

/* A sentence that says where there are none. */
void pl_cli_add_no_files(struct pl_text *text, const struct pl_cli *cli);

/* Findings */

struct pl_cli_findings {
        size_t count;
        const struct pl_diag_entry *entries[PL_DIAG_ENTRIES_MAX];
};

/* In the order in which they are shown: those of no policy file first, then by file, line and column. */
void pl_cli_findings_sort(const struct pl_cli_policy *policy, struct pl_cli_findings *ret_findings);

/* A line as pl_diag_format() has it, in what the locale can show. On a terminal it is coloured and broken at its edge. */
void pl_cli_add_finding(struct pl_text *text, struct pl_cli_style style,
                        const struct pl_diag_entry *entry);

/* "… and 3 more errors, 1 more warning", where some were not kept. */
void pl_cli_add_dropped(struct pl_text *text, struct pl_cli_style style,
                        const struct pl_diag *diag);

/* "1 error and 2 warnings in 2 of 5 files"; nothing where there are neither. */
void pl_cli_add_tally(struct pl_text *text, const struct pl_cli_policy *policy);

enum pl_cli_mark pl_cli_severity_mark(enum pl_diag_severity severity);
const char *pl_cli_severity_name(enum pl_diag_severity severity);

/* Errors and warnings in words, for a verb whose answer is something else. What they come to, as pl_cli_policy_exit(). */
enum pl_cli_exit pl_cli_policy_complain(struct pl_cli *cli, const struct pl_cli_policy *policy);
