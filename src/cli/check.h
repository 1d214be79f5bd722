/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* check - whether policy files are sound for a host, and what they come to there.
 *
 * The host's facts are collected or given (check_host.c), the policy is judged by the room of that name, and what came of
 * it is printed (check_print.c with check_excerpt.c and check_table.c, check_json.c): so every policy and every host can
 * be looked at in a test.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "cli.h"
#include "plimsoll/policy/resolve.h"
#include "policy.h"

struct pl_check_host {
        struct pl_host_facts facts;
        bool is_given; /* by --host; else it is this one */
        bool on_zram;  /* where its swap is; neither where that is not known */
        bool on_disk;
};

struct pl_check {
        struct pl_check_host host;
        const struct pl_cli_policy *policy; /* borrowed; checked for the host */
};

/* The host. */

/* What this host has, from its /proc and /sys. 0, a negative errno, or an outcome of kernel/file.h. */
int pl_check_host_read(int proc_fd, int sys_fd, struct pl_check_host *ret_host);

/* "ram=16GiB,swap=4GiB". False, and words on what is wrong with it, when it is not that. Pure. */
bool pl_check_host_parse(const char *text, struct pl_text *words, struct pl_check_host *ret_host);

/* "this host (15.5 GiB, zram 4 GiB)", "a host with 16 GiB and no swap" */
void pl_check_add_host(struct pl_text *text, const struct pl_check_host *host);

/* Printing. */

/* The line that the entry is about, with its number, and below it a caret under what is meant. Nothing where that is not a
 * line of a file that was read as a policy file. */
void pl_check_add_excerpt(struct pl_text *text, struct pl_cli_style style,
                          const struct pl_policy_files *files, const struct pl_diag_entry *entry);

/* What each profile, and each slice with a budget, comes to on the host. Flushes cli->out. */
void pl_check_print_table(struct pl_cli *cli, const struct pl_check *check);

enum {
        /* Keys that are not acted upon yet, of all kinds of file: the vocabulary has fewer keys than that. */
        PL_CHECK_AHEAD_MAX = 160,
        PL_CHECK_PATH_MAX = 64,
};

/* The paths of such keys, each once, sorted. */
struct pl_check_ahead {
        size_t count;
        char paths[PL_CHECK_AHEAD_MAX][PL_CHECK_PATH_MAX];
};

void pl_check_find_ahead(const struct pl_policy *policy, struct pl_check_ahead *ret_ahead);

void pl_check_print(struct pl_cli *cli, const struct pl_check *check);
void pl_check_print_json(struct pl_cli *cli, const struct pl_check *check);

/* Strict: warnings count as errors do. */
enum pl_cli_exit pl_check_exit(const struct pl_check *check, bool strict);
