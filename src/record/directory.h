/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* directory - where the history is: one that nobody else may write. */

#include "plimsoll/base/text.h"

enum {
        PL_DIRECTORY_E_ABSENT = 1,
        PL_DIRECTORY_E_DENIED,
        PL_DIRECTORY_E_UNSAFE, /* somebody else may write it */
};

/* Besides its owner, who is the caller or root, nobody may. Or an errno. */
int pl_directory_open(const char *path, int *ret_fd);
