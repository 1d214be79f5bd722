/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* killers - who else on this host acts when memory runs short.
 *
 * Found by the names of processes, which anybody may take: what is found is for people to read, and nothing goes by it.
 */

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "plimsoll/kernel/file.h"

enum {
        PL_KILLERS_MAX = 8, /* more of them on one host than anybody runs */
};

/* A program that ends others to save memory, or steers their limits as we do. */
struct pl_killer_kind {
        const char *name; /* as the kernel shows it: 15 bytes at most */
        bool is_script;   /* its executable is the interpreter */
        bool is_rival;    /* acts on what we act on; else it has its own part of the tree */
        const char *what; /* when it acts, and on whom */
        const char *advice;
};

/* The last has no name. */
extern const struct pl_killer_kind pl_killer_kinds[];

struct pl_killer {
        const struct pl_killer_kind *kind;
        pid_t pid;
        bool name_alone; /* its executable could not be looked at */
};

struct pl_killers {
        size_t count; /* each kind once */
        struct pl_killer found[PL_KILLERS_MAX];
        bool complete; /* the whole list of processes was seen */
};

/* Looks at every process there is, in a few system calls each. The buffer is the caller's. */
void pl_killers_find(int proc_fd, struct pl_file_buffer *buffer, struct pl_killers *ret_killers);
