/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* names - what the runtimes have written down of containers, fetched by threads, because a disk may take its time, and who
 * answers for a user's file system may take for ever.
 *
 * Read-only, and never a runtime's socket. Below a runtime's directory no link is followed; a user's files count only where
 * they are his own and on the file system of his home. One thread fetches what is the system's and another what is users', so
 * that no user holds up the system's. Putting and taking neither block nor allocate.
 *
 *     pl_namer_put(namer, &question)
 *     when pl_namer_fd() of either can be read:
 *             while (pl_namer_take(namer, &answer))
 *                     pl_names_read(answer.format, …); free(answer.text);
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "plimsoll/identity/names.h"
#include "plimsoll/model/bounds.h"

enum {
        PL_NAMES_E_ABSENT = 400, /* nobody has written it down, or not yet */
        PL_NAMES_E_SAME,         /* as it was when it was fetched last */
        PL_NAMES_E_TOO_BIG,      /* more than is read of anybody */
        PL_NAMES_E_REFUSED, /* a link, a pipe, somebody else's: not what a runtime leaves there */
        PL_NAMES_E_LATE,    /* no answer has come: for those who wait */
        PL_NAMER_E_FULL,    /* as many as may wait do */
};

enum {
        /* Docker writes some 5 KiB, podman 30, and a bundle of Kubernetes up to 100 with what it says of system calls; the
         * rest is for labels. */
        PL_NAMES_TEXT_MAX = 512 * 1024,
        /* Of a user's own: it is he who writes it, and the loop that reads it. */
        PL_NAMES_USERS_TEXT_MAX = 128 * 1024,
        PL_NAMES_PATH_MAX = 1024,
        /* Questions of a kind that wait or were answered and not taken: their answers may hold so much text each. */
        PL_NAMER_QUESTIONS_MAX = 16,
        PL_NAMER_THREADS = 2,
};

/* Directories, from the root on and without a slash in front. */
struct pl_names_places {
        char docker[PL_NAMES_PATH_MAX];
        char podman[PL_NAMES_PATH_MAX];     /* with the database */
        char containerd[PL_NAMES_PATH_MAX]; /* likewise */
        char bundles[PL_NAMES_PATH_MAX];    /* containerd's, of what runs */
        char crio[PL_NAMES_PATH_MAX];       /* likewise */
};

/* What the runtimes do without being told otherwise. */
extern const struct pl_names_places pl_names_usual_places;

/* Which file it was, and of when. */
struct pl_names_stamp {
        uint64_t device, inode, size;
        int64_t changed_nsec;
};

struct pl_names_question {
        uint64_t tag;    /* the asker's */
        int32_t runtime; /* enum pl_runtime */
        uint32_t uid;    /* whose containers: 0 is the system's */
        bool is_in_pod;  /* of Kubernetes */
        char id[PL_CGROUP_NAME_MAX + 1];
        char space[PL_CGROUP_NAME_MAX + 1]; /* of containerd's; "" for what it usually is */
        struct pl_names_stamp stamp;        /* of what is known; zeroed: nothing is */
};

struct pl_names_answer {
        uint64_t tag;
        int result; /* 0, one of PL_NAMES_E_…, or −errno */
        enum pl_names_format format;
        size_t length;
        char *text; /* owned by whoever has the answer; NULL where there is none */
        struct pl_names_stamp stamp;
};

/* Here and now. `root_fd` is the directory that the places are below. */
void pl_names_fetch(int root_fd, const struct pl_names_places *places,
                    const struct pl_names_question *question, struct pl_names_answer *ret_answer);

/* Why there are none, in words: of what fetching, or reading what was fetched, came to. */
const char *pl_names_why(int result);

struct pl_namer; /* heap */

/* Makes the threads. −errno; nothing is left behind then. The directory is borrowed until the end. */
int pl_namer_new(int root_fd, const struct pl_names_places *places, struct pl_namer **ret_namer);

/* Ends the threads. One that does not come back within this time is left behind, with what it uses. NULL is fine. */
void pl_namer_free(struct pl_namer *namer, uint64_t patience_usec);

/* PL_NAMER_E_FULL: when answers were taken there is room again. */
int pl_namer_put(struct pl_namer *namer, const struct pl_names_question *question);

/* Readable when there is something to take; below PL_NAMER_THREADS. */
int pl_namer_fd(const struct pl_namer *namer, uint32_t thread);

/* The next answer, of any of them; false: there is none. */
bool pl_namer_take(struct pl_namer *namer, struct pl_names_answer *ret_answer);
