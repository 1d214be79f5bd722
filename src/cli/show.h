/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* show - all that the board has of one workload. */

#include "live_view.h"

void pl_show_print(struct pl_cli *cli, const struct pl_live *live, const struct pl_journal_row *row,
                   const struct pl_live_stall *stall);
void pl_show_print_json(struct pl_cli *cli, const struct pl_live *live,
                        const struct pl_journal_row *row, const struct pl_live_stall *stall);

/* "512 MiB; effective 0: no effect, because a cgroup above it grants nothing": memory.min or memory.low. */
void pl_show_add_promise(struct pl_text *text, struct pl_cli_style style,
                         const struct pl_journal_row *row, enum pl_limit limit);
