/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* order_daemon - what plimsolld does once and ends, for where none is running. */

#include "order.h"

enum { PL_ORDER_WORDS_MAX = 2 * PL_ORDER_DIRECTORIES_MAX + 8 };

/* The program and its arguments, borrowed; ends with NULL. */
struct pl_order_program {
        size_t count;
        const char *words[PL_ORDER_WORDS_MAX];
        char buffers[2 + PL_ORDER_DIRECTORIES_MAX][PATH_MAX + 32];
};

/* Begins with where plimsolld was installed, one option, and the directories of policies and of the journal that the verb
 * was given. Never from PATH: what runs as root is not looked for. */
void pl_order_program_init(struct pl_order_program *program, const struct pl_order_call *call,
                           const char *option);
void pl_order_program_add(struct pl_order_program *program, const char *word);

/* The journal that it writes: the one that the verb was given, or NULL, its own. */
const char *pl_order_program_journal(const struct pl_order_call *call);

/* Runs it to its end; it says for itself what it has to say. What it came to is said where it could not be run. */
enum pl_cli_exit pl_order_program_run(struct pl_cli *cli, const struct pl_order_program *program);

/* "Would run: /usr/sbin/plimsolld --restore" */
void pl_order_program_print(struct pl_cli *cli, const struct pl_order_program *program);
