/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* names - what its files share: a question on its way (_fetch), and the files that it leads to (_file). Internal to host. */

#include "plimsoll/host/names.h"
#include "plimsoll/identity/pages.h"

/* What is being fetched, and for whom. */
struct pl_names_fetching {
        int root_fd;
        const struct pl_names_places *places;
        const struct pl_names_question *question;
        struct pl_names_answer *answer;
};

static inline bool pl_names_are_users(const struct pl_names_fetching *fetch)
{
        return fetch->question->uid != 0;
}

/* A directory of root's choice, wherever links lead; of a user, the one that /etc/passwd says is his home. */
int pl_names_open_directory(int dir_fd, const char *path, int *ret_fd);
int pl_names_open_home(const struct pl_names_fetching *fetch, int *ret_fd);

/* An ordinary file of whom the containers are, which no link leads to. PL_NAMES_E_SAME: the one that was read before. */
int pl_names_open_file(const struct pl_names_fetching *fetch, int dir_fd, const char *path,
                       int *ret_fd);
/* All of it. */
int pl_names_read_file(const struct pl_names_fetching *fetch, int dir_fd, const char *path,
                       struct pl_page_bytes *text);
