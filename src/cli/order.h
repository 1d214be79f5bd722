/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* order - what the verbs share by which people give plimsolld orders: protect, release, pause, resume, restore, apply.
 *
 * An order is a policy file in a directory that plimsolld watches. A verb says which files are to come and which to go
 * (order_make.c, order_find.c). What the policy would come to with them is looked at before anything is changed
 * (order_judge.c); then they are written (order_write.c), and the journal is awaited to say that just this policy is in
 * force, or was refused (order_wait.c). What was refused is taken back. Then it is said (order_say.c).
 *
 * Allocates; blocks as the disk does, and while it waits.
 */

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "cli.h"
#include "live.h"
#include "plimsoll/base/sha256.h"
#include "plimsoll/model/profile.h"
#include "policy.h"

#define PL_ORDER_DIRECTORY "/run/plimsoll/policies.d"

/* The last second that a policy file can have: four digits of a year. */
#define PL_ORDER_TIME_MAX_SEC INT64_C(253402300799)

enum {
        PL_ORDER_DIRECTORIES_MAX = 8, /* as plimsolld takes them */
        PL_ORDER_NAME_BYTES = 128,    /* of a file */
        PL_ORDER_BY_BYTES = 128,
};

/* Options of all these verbs, behind those of a verb's own. */
enum pl_order_option {
        PL_ORDER_OPTION_DRY_RUN,
        PL_ORDER_OPTION_JOURNAL,
        PL_ORDER_OPTION_NO_WAIT,
        PL_ORDER_OPTION_POLICY_DIR,
        PL_ORDER_OPTION_REASON,
        PL_ORDER_OPTION_WAIT,
        PL_ORDER_OPTIONS,
};

#define PL_ORDER_REPEATED "policy-dir"
#define PL_ORDER_SHARED_OPTIONS(first)                                                             \
        [(first) + PL_ORDER_OPTION_DRY_RUN] = { "dry-run", 'n', NULL,                              \
                                                "Say what would be ordered, and order nothing" },  \
                   [(first) + PL_ORDER_OPTION_JOURNAL] = { "journal", '\0', "FILE",                \
                                                           "Ask this journal, and not that of "    \
                                                           "plimsolld" },                          \
                   [(first) + PL_ORDER_OPTION_NO_WAIT] = { "no-wait", '\0', NULL,                  \
                                                           "Do not wait for plimsolld's word" },   \
                   [(first) + PL_ORDER_OPTION_POLICY_DIR] = { "policy-dir", '\0', "DIR",           \
                                                              "Read policies here, and not in "    \
                                                              "the system's "                      \
                                                              "directories; may be given again; "  \
                                                              "the order "                         \
                                                              "is written into the last" },        \
                   [(first) + PL_ORDER_OPTION_REASON] = { "reason", '\0', "TEXT",                  \
                                                          "Why; it stands in the order" },         \
                   [(first) + PL_ORDER_OPTION_WAIT] = { "wait", '\0', "DURATION",                  \
                                                        "Wait so long, and no longer" }

/* A file that is to come, to be another one, or to go. */
struct pl_order_change {
        char name[PL_ORDER_NAME_BYTES * 2];
        char *text;   /* owned; NULL: it goes */
        char *before; /* owned; NULL: there was none */
        size_t before_length;
        bool is_sweep;     /* it has ended by itself long ago: not worth a word */
        bool is_momentary; /* it is to go again when it has done its work */
        bool is_done;

        /* For what is said of it. */
        enum pl_order_verb verb;
        char who[PL_LIVE_NAME_BYTES]; /* cleaned; empty: everybody */
        uint64_t cgroup_id;           /* 0: its unit, whichever cgroup that gets */
};

enum pl_order_state {
        PL_ORDER_NOTHING, /* there was nothing to do */
        PL_ORDER_DRY,
        PL_ORDER_REJECTED, /* it would have been refused; nothing was written */
        PL_ORDER_WRITTEN,  /* and not waited for, or nobody is there to wait for */
        PL_ORDER_IN_FORCE,
        PL_ORDER_REFUSED, /* and taken back */
        PL_ORDER_UNCONFIRMED,
        PL_ORDER_TAKEN_AWAY, /* somebody else has undone a change while it was waited for */
        PL_ORDER_STATES,
};

struct pl_order_call {
        struct pl_cli *cli; /* borrowed */
        const char *journal;
        const char *directories[PL_ORDER_DIRECTORIES_MAX + 1]; /* of policies; ends with NULL */
        size_t directory_index;                                /* of the one for orders */
        char directory[PATH_MAX]; /* that one, without slashes at its end */
        bool is_dry, is_waiting;
        uint64_t patience_usec; /* 0: the usual one */
        int64_t now_sec;
        int64_t expires_sec; /* 0: never */
        const char *reason;  /* or NULL */
        char by[PL_ORDER_BY_BYTES];

        struct pl_live live;
        bool has_live;
        struct pl_cli_policy *now, *next; /* what lies there, and what would */
        size_t change_count, change_room;
        struct pl_order_change *changes; /* owned */
        enum pl_order_state state;
        uint8_t digest[PL_SHA256_BYTES];      /* of what would lie there, and then of what does */
        const struct pl_order_change *undone; /* which is not in that; or NULL */
        char refused[PL_JOURNAL_WORDS_BYTES]; /* the first error */
        uint64_t in_force_usec;               /* when it came to be */
};

/* Reads the shared options, which stand in the verb's table from `first` on, opens the journal and reads what orders there
 * are. Anything but PL_CLI_FINE was said in words. pl_order_end() in any case. */
enum pl_cli_exit pl_order_begin(struct pl_cli *cli, unsigned first, struct pl_order_call *ret_call);
void pl_order_end(struct pl_order_call *call);

static inline void pl_cleanup_order(struct pl_order_call **call)
{
        pl_order_end(*call);
}

/* Whether somebody is there who would take orders. pl_order_needs_daemon() says in words that nobody is. */
bool pl_order_has_daemon(const struct pl_order_call *call);
enum pl_cli_exit pl_order_needs_daemon(struct pl_order_call *call);

/* "--for" and "--until", of which either may be NULL; where both are, usual_usec counts, and 0 is for ever. */
enum pl_cli_exit pl_order_take_end(struct pl_order_call *call, const char *for_, const char *until,
                                   uint64_t usual_usec);

/* "--OPTION 'VALUE' is not understood", and what to write. */
enum pl_cli_exit pl_order_refuse_value(struct pl_cli *cli, const char *option, const char *value,
                                       const char *advice);

/* ---- which files ---- */

/* An order for this workload, or for everybody: the file comes. Of `restore` and `apply` the later one counts: it is issued
 * now, or later than any that says the contrary and stays. So what is withdrawn is withdrawn first. */
enum pl_cli_exit pl_order_give(struct pl_order_call *call, enum pl_order_verb verb,
                               const struct pl_journal_row *row);

/* The same for each of the verb's operands, which are looked up in the journal. */
enum pl_cli_exit pl_order_give_named(struct pl_order_call *call, enum pl_order_verb verb);

/* The change of the file of that name: the one there is, or a new one, by which it goes. NULL: not enough memory. */
struct pl_order_change *pl_order_change(struct pl_order_call *call, const char *name);

/* How exactly that unit is said in a selector; false where it cannot be, and the number of the cgroup has to do. */
bool pl_order_unit_pattern(const struct pl_journal_row *row, struct pl_text *pattern);
bool pl_order_add_unit(struct pl_text *pattern, struct pl_span unit);

/* The beginning of the names of the files that are for it, "90-protect-web-", and for everybody, "90-protect". */
void pl_order_add_prefix(struct pl_text *text, enum pl_order_verb verb,
                         const struct pl_journal_row *row);
const char *pl_order_verb_word(enum pl_order_verb verb);

/* Orders of one of these verbs (`1 << verb`) that are in the way. */
struct pl_order_wanted {
        uint32_t verbs;
        const struct pl_journal_row *row; /* this workload's alone; NULL: anybody's */
        const char *gone;                 /* it has ended, and this is its name; else NULL */
        const struct pl_live *live;       /* who lives; NULL: nobody */
        bool keep_for_all;                /* those that name nobody stay */
};

/* Whether the order, a document of this origin, is one of them. */
bool pl_order_is_wanted(const struct pl_order_wanted *wanted, const struct pl_document *document);

/* Their files go. *ret_elsewhere counts those that lie in other directories; they are named in words and stay. */
enum pl_cli_exit pl_order_withdraw(struct pl_order_call *call, const struct pl_order_wanted *wanted,
                                   size_t *ret_elsewhere);

/* The same for each of the verb's operands, also where the workload is gone; and for everybody. That there is no such order
 * is said in words. PL_CLI_FAILED where one stays, for it lies elsewhere. */
enum pl_cli_exit pl_order_release_named(struct pl_order_call *call, uint32_t verbs);
enum pl_cli_exit pl_order_release_all(struct pl_order_call *call,
                                      const struct pl_order_wanted *wanted);

/* So do the files of orders that have ended by themselves: plimsolld passes them over, and nobody else clears them away. */
enum pl_cli_exit pl_order_sweep(struct pl_order_call *call);

/* Whether an order of this verb may still mean the workload, or anybody for NULL, once all changes are made. True also
 * where that is not certain. */
bool pl_order_may_remain(const struct pl_order_call *call, enum pl_order_verb verb,
                         const struct pl_journal_row *row);

/* When the last of those was issued; 0: at no time that is known, or there is none. */
int64_t pl_order_newest_sec(const struct pl_order_call *call, enum pl_order_verb verb,
                            const struct pl_journal_row *row);

/* ---- carrying out ---- */

/* All of a verb that only gives and takes back: begins, lets it say which files, carries that out, says it, and ends. */
enum pl_cli_exit pl_order_run(struct pl_cli *cli, unsigned first,
                              enum pl_cli_exit (*choose)(struct pl_order_call *call));

/* Judges, writes and waits, as far as the options say; call->state says how far that was. Whatever is wrong is said. */
enum pl_cli_exit pl_order_carry_out(struct pl_order_call *call);

/* Reads the directories and looks at what the policy would come to. PL_CLI_POLICY is said in words. */
enum pl_cli_exit pl_order_read(struct pl_order_call *call);
enum pl_cli_exit pl_order_judge(struct pl_order_call *call);

/* What lies there now: its digest, and the first of the changes that is not in it any more, or NULL. False where it could not
 * be read. */
bool pl_order_digest_now(const struct pl_order_call *call, uint8_t ret_digest[PL_SHA256_BYTES],
                         const struct pl_order_change **ret_undone);

/* Whether files could be written; changing them; and that undone. */
enum pl_cli_exit pl_order_may_write(struct pl_order_call *call);
enum pl_cli_exit pl_order_write(struct pl_order_call *call);
void pl_order_take_back(struct pl_order_call *call);

/* Removes what was given for a moment only, and has done its work. */
void pl_order_clear(struct pl_order_call *call);

/* What the daemon says of a policy: IN_FORCE, REFUSED, or still WRITTEN. Pure. */
enum pl_order_state pl_order_word_of(const struct pl_journal_state *state,
                                     const uint8_t digest[PL_SHA256_BYTES]);
void pl_order_wait(struct pl_order_call *call);

/* A pause between two looks at the journal. */
void pl_order_pause(void);

/* ---- words ---- */

/* What was ordered, or what would be: as sentences, or as JSON. */
void pl_order_say(struct pl_order_call *call);

/* One sentence of one change. */
void pl_order_add_sentence(struct pl_text *text, const struct pl_order_call *call,
                           const struct pl_order_change *change);

/* "14:30", or with its date where that is another day; and RFC 3339. */
void pl_order_add_clock(struct pl_text *text, int64_t now_sec, int64_t at_sec);
