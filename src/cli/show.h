/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* show - all that the board has of one workload. */

#include "live_view.h"

void pl_show_print(struct pl_cli *cli, const struct pl_live *live, const struct pl_journal_row *row,
                   const struct pl_live_stall *stall);
void pl_show_print_json(struct pl_cli *cli, const struct pl_live *live,
                        const struct pl_journal_row *row, const struct pl_live_stall *stall);
