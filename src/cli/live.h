/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* live - what plimsolld has written, as the verbs look at it: its journal opened, whether it is well, and which workload
 * somebody means.
 *
 * Nothing here changes anything. Names come from containers: they are cleaned where they are printed, not here.
 */

#include <stdbool.h>
#include <stdint.h>

#include "cli.h"
#include "plimsoll/journal/reader.h"

#define PL_LIVE_JOURNAL "/run/plimsoll/journal"

enum pl_live_health {
        PL_LIVE_WELL,
        PL_LIVE_STARTING, /* it has not looked at everybody yet */
        PL_LIVE_STUCK,    /* its process lives, and has said nothing for a while */
        PL_LIVE_DEAD,     /* it ended without saying so */
        PL_LIVE_STOPPED,  /* it said that it ends */
};

struct pl_live {
        struct pl_journal_reader reader;
        struct pl_journal_pulse pulse;
        struct pl_journal_state state; /* zeros where it could not be read */
        struct pl_journal_host host;   /* likewise; workload_count then says nothing */
        enum pl_live_health health;
        bool has_host;
        bool is_named; /* on the command line, and so perhaps a copy: to start plimsolld would not mend it */
        uint64_t now_usec; /* CLOCK_BOOTTIME, when the journal was opened here */
        int64_t realtime_usec; /* CLOCK_REALTIME of the same moment: at_usec + (realtime − now) is a time on the wall */
        uint64_t silent_usec; /* since its last heartbeat */
};

/* Opens the journal at `path`, or PL_LIVE_JOURNAL for NULL. PL_CLI_NO_DAEMON, PL_CLI_DENIED or PL_CLI_FAILED are said in
 * words, with what to do. A journal of a daemon that is not well any more is opened all the same: the caller says what
 * was last seen and exits with PL_CLI_NO_DAEMON. One that seems stuck is given 1.5 s to move, which is waited for. To be
 * closed after PL_CLI_FINE. */
enum pl_cli_exit pl_live_open(struct pl_cli *cli, const char *path, struct pl_live *ret_live);
void pl_live_close(struct pl_live *live);

/* The same, of a journal that the command line may name: one that it names and that is not there may be a slip, and to start
 * plimsolld would not make it; that there is none is all that is said. */
enum pl_cli_exit pl_live_open_named(struct pl_cli *cli, const char *path, struct pl_live *ret_live);

/* What opening ends with, as of a moment that is given: takes the reader over, looks at it, and judges. */
struct pl_live_moment {
        uint64_t now_usec;
        int64_t realtime_usec;
        bool is_gone; /* the process that wrote the journal */
};
void pl_live_look(const struct pl_journal_reader *reader, const struct pl_live_moment *moment,
                  struct pl_live *ret_live);

static inline void pl_cleanup_live(struct pl_live *live)
{
        pl_live_close(live);
}

/* Now, of CLOCK_REALTIME. */
int64_t pl_live_wall_usec(void);

/* Is there a policy? */
bool pl_live_has_digest(const struct pl_journal_policy *policy);

/* Is it running, well or stuck? */
bool pl_live_is_running(const struct pl_live *live);

/* "plimsolld has said nothing for 12 s; what follows is as of then", and what to do: nothing where it is well. To
 * cli->words, or to a text. */
void pl_live_add_trouble(struct pl_cli *cli, const struct pl_live *live);
void pl_live_format_trouble(struct pl_text *text, struct pl_cli_style style,
                            const struct pl_live *live);

/* A row of the board is a holder's too, and anybody's journal can be looked at. */
bool pl_live_is_workload(const struct pl_journal_row *row);
bool pl_live_has_profile(const struct pl_journal_row *row);

/* As people say it: "api/web" with a profile, "system/sshd" without one, "init". Cleaned for printing. */
void pl_live_add_name(struct pl_text *text, struct pl_cli_style style,
                      const struct pl_journal_row *row);

/* The same as it is: any bytes. */
enum { PL_LIVE_NAME_BYTES = PL_JOURNAL_PROFILE_BYTES + PL_JOURNAL_PATH_BYTES };
void pl_live_add_raw_name(struct pl_text *text, const struct pl_journal_row *row);

/* Texts of the board that were too long say so with an ellipsis. */
bool pl_live_is_cut(const char *text);

/* The last part of its path: the unit or the scope, whole. Empty where the board has it cut. */
struct pl_span pl_live_last_part(const struct pl_journal_row *row);

/* The same without ".service" and the like. */
struct pl_span pl_live_stem(const struct pl_journal_row *row);

/* The whole id of a container, from its path, of which it is a part: empty where that is cut, or there is none. */
struct pl_span pl_live_container_id(const struct pl_journal_row *row);

/* Its unit or its container's id: the row's own, or where that is cut, what the path has of it. */
struct pl_span pl_live_unit(const struct pl_journal_row *row);

/* Whether a pattern, which was checked, fits anything that the workload is called by; one that begins with '/', its path. */
bool pl_live_matches(const struct pl_journal_row *row, const char *pattern);

/* The row that `name` means: profile/name, name, unit, the first 4 or more characters of a container's id, a path, a number
 * that is the id of a cgroup. A whole name or a path comes before a name without its profile or a unit, and that before a
 * name that the board has cut, and that before a part of an id or a number. A path inside of a workload means it.
 * PL_CLI_NOT_FOUND, with likely ones, and PL_CLI_USAGE for more than one, with all of them (bounded), are said in words. */
enum pl_cli_exit pl_live_find(struct pl_cli *cli, const struct pl_live *live, const char *name,
                              struct pl_journal_row *ret_row);

/* "Did you mean 'api/web', or 'worker/web'?", where somebody is called nearly so. */
bool pl_live_add_likely(struct pl_cli *cli, const struct pl_live *live, const char *name);
