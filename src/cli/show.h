/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* show - all that the board has of one workload. */

#include "live_standing.h"

struct pl_show {
        const struct pl_standing_board *board; /* all of it borrowed */
        const struct pl_journal_row *row;
        const struct pl_live_stall *stall;
};

void pl_show_print(struct pl_cli *cli, const struct pl_show *show);
void pl_show_print_json(struct pl_cli *cli, const struct pl_show *show);

/* "2.00 GiB; effective 1.00 GiB: plimsoll.slice allows no more": memory.max and the like. */
void pl_show_add_ceiling(struct pl_text *text, struct pl_cli_style style,
                         const struct pl_show *show, enum pl_limit limit);

/* "512 MiB; effective 0: no effect, because system.slice has 0": memory.min or memory.low. */
void pl_show_add_promise(struct pl_text *text, struct pl_cli_style style,
                         const struct pl_show *show, enum pl_limit limit);

/* What is wanted of it, and how it stands with that; nothing where nothing is wanted. */
void pl_show_print_wanted(struct pl_cli *cli, const struct pl_show *show);

/* A line of a group. */
void pl_show_print_line(struct pl_cli *cli, const char *title, const char *words);
