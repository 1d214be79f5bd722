/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* options - what plimsoll-record is told on its command line. Pure. */

#include <stdbool.h>
#include <stdint.h>

#include "plimsoll/base/text.h"

#define PL_RECORD_DIRECTORY "/var/lib/plimsoll"
#define PL_RECORD_JOURNAL   "/run/plimsoll/journal"

struct pl_record_options {
        const char *directory;
        const char *journal;
        uint64_t keep_usec;
        uint64_t size_bytes;
        bool once;
        bool help;
        bool version;
};

/* False: usage, and `words` say what is wrong with it. */
bool pl_record_options_parse(int argc, char **argv, struct pl_record_options *ret_options,
                             struct pl_text *words);

extern const char pl_record_help[];
