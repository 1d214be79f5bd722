/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* tidy - the list of drop-ins that are to go, and `plimsolld --tidy`, which removes them.
 *
 * The daemon's own sandbox does not let it write below /run/systemd, and it should not: it adds to the list "tidy" in its
 * directory, and has plimsoll-tidy.service started. That one takes the list away as "tidy.now", removes what still says what
 * the list says, lets systemd read its units anew, and forgets "tidy.now"; ended at any moment, the next one goes on. A line
 * that is not whole or makes no sense is passed over. Whoever carries a list out holds its lock until it is over.
 *
 * Linux 3.15.
 */

#include <stdint.h>

#include "options.h"
#include "plimsoll/base/span.h"
#include "plimsoll/model/limits.h"

enum {
        PL_TIDY_E_BUSY = 1, /* the list is just being taken: add it at the next look */
        PL_TIDY_E_FULL,     /* PL_TIDY_LIST_BYTES are in it, or the file system is full */
        PL_TIDY_E_DENIED,   /* not our directory, or no list of ours */
        PL_TIDY_E_NAME,     /* it can be no unit's name, so systemd holds nothing under it */
};

enum {
        /* Some ten thousand drop-ins: what is more waits for the next list. */
        PL_TIDY_LIST_BYTES = 1024 * 1024,
        PL_TIDY_UNIT_BYTES = 256,
};

struct pl_tidy_line {
        char unit[PL_TIDY_UNIT_BYTES];
        enum pl_limit limit; /* one that has a property */
        uint64_t value;
};

/* Adds a line for each of these limits that has a property, all of them or none. Neither blocks nor allocates. 0, one of the
 * above, or −errno. */
int pl_tidy_add(int dir_fd, const char *unit, const struct pl_limits *limits);

/* Pure. False: no such line. */
bool pl_tidy_parse(struct pl_span line, struct pl_tidy_line *ret_line);

struct pl_tidy_options {
        int dir_fd;  /* of the list */
        int root_fd; /* "/", below which drop-ins lie */
        /* Lets systemd read its units anew: NULL, or why it could not be. */
        const char *(*reload)(void *userdata);
        void *userdata;
};

struct pl_tidied {
        uint32_t removed_count;
        uint32_t left_count; /* that say something else, or could not be removed */
        uint32_t gone_count; /* that were not there any more */
        const char *trouble; /* why it failed; NULL: it did not */
};

/* 0, also without a list; or −errno, or PL_TIDY_E_DENIED: then the list is still there. */
int pl_tidy_run(const struct pl_tidy_options *options, struct pl_tidied *ret_tidied);

/* What is listed is to be carried out by nobody any more: it may be wanted again. Does not block. BUSY: somebody adds to it or
 * is carrying it out; DENIED, or −errno. Then some of it may be forgotten nevertheless. */
int pl_tidy_forget(int dir_fd);

/* plimsolld --tidy */
enum pl_daemon_exit pl_tidy(const struct pl_daemon_options *options);
