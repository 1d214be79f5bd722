/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* rank_from - `plimsoll rank --from FILE`: what a journal says, judged again. Reads the file and nothing of this host. */

#include "rank.h"

struct pl_rank_from {
        const char *path;
        const char *at; /* as of the last step until then; NULL: the last one */
        bool verify;    /* hold what was decided against what is decided now */
};

/* Says what there is to say. PL_CLI_FAILED also where something is decided otherwise, and where there is nothing that could be
 * judged again. */
enum pl_cli_exit pl_rank_from(struct pl_cli *cli, const struct pl_rank_from *from,
                              struct pl_rank_request *request);

/* The journal that is named, as its own time and day see it: it is nobody's who runs. */
enum pl_cli_exit pl_rank_from_open(struct pl_cli *cli, const char *path, struct pl_live *ret_live);

enum pl_cli_exit pl_rank_verify(struct pl_cli *cli, const struct pl_live *live, const char *path);
