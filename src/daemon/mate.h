/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* mate - the second process, as its daemon sees it: started before anything else is opened, told where the journal is, woken
 * when something was written, and stopped last.
 *
 * The mate writes what the daemon records to journald, because journald may stand still and the daemon must not; and it
 * listens for the daemon's heartbeat, because who is stuck or dead cannot say so. It lets go of what the daemon holds still,
 * at the deadline or when there is no daemon any more. And while the daemon stands still and the host is short, it kills whom
 * the daemon would have. Owns a process and two fds. Nothing here waits for it but pl_mate_stop(). Linux 5.3 for pidfds;
 * without them, too.
 *
 * What a mate has not written when it ends, no other one writes: the next begins with what its own daemon records. It is in
 * the journal as ever, and the log has a daemon that starts and none that has ended: so when the mate itself ended first, or
 * when journald was away at the end.
 */

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "plimsoll/journal/board.h"
#include "plimsoll/model/snapshot.h"

enum {
        PL_MATE_HELD_MAX = 16, /* as many acts as a killer has under way */
        /* More than a minute of kills, one after the other. */
        PL_MATE_RANKED_MAX = 8,
};

struct pl_mate {
        pid_t pid;
        int socket_fd; /* readable when there is something to be taken */
        int pid_fd;    /* readable when the mate has gone; −1 where the kernel has none */
        bool has_gone; /* pl_mate_take() has found out */
        uint64_t held[PL_MATE_HELD_MAX]; /* ids, or 0 */
        uint64_t acts_until_usec;        /* it is killing somebody, and has until then; 0: nobody */
};

#define PL_MATE_NONE                                                                               \
        (struct pl_mate)                                                                           \
        {                                                                                          \
                .socket_fd = -1, .pid_fd = -1                                                      \
        }

struct pl_mate_options {
        bool to_stderr;            /* lines for a person, instead of journald */
        const char *journald_path; /* NULL: where it is */
        uint64_t silence_usec;     /* a heartbeat older than this is stuck; 0: 10 s */
        const char *proc;          /* NULL: /proc */
        const char *cgroup_root;   /* NULL: where it is mounted */
};

/* Forks, and returns in the parent alone. To be called while there is one thread, and before signals are blocked or anything
 * is opened that nobody else should hold: the mate closes what it inherits, but a lock lasts until it has. -ENAMETOOLONG for
 * a path that no socket can have; or another errno. */
int pl_mate_start(const struct pl_mate_options *options, struct pl_mate *ret_mate);

/* Hands over a journal, by an fd open for reading, which stays the caller's, and the number of the act from which on to
 * report. Another one may follow: what is left of the one before is written first, if it can be at once. -EPIPE when the
 * mate has gone, -EAGAIN when it has not listened for so long that no more fits. */
int pl_mate_show(struct pl_mate *mate, int journal_fd, uint64_t from_sequence);

/* Something was written. One call that never waits; that it fails does no harm, for the mate looks each second by itself. */
void pl_mate_wake(const struct pl_mate *mate);

/* ---- who is held still ---- */

/* To be called before a freeze begins, which is not to begin when it fails: -EPIPE and -EAGAIN as above; -ENOSPC:
 * PL_MATE_HELD_MAX are held still. From then on the mate lets go of it when the daemon ends, and shortly after the deadline
 * unless the daemon has said that it is over. The fd stays the caller's. Again for the same one: the deadline is a new one. */
int pl_mate_hold(struct pl_mate *mate, int cgroup_fd, uint64_t id, uint64_t deadline_usec);

/* It goes on, or is gone. That the mate cannot be told does no harm: it lets go of it once more. */
int pl_mate_let_go(struct pl_mate *mate, uint64_t id);

/* ---- whom it would kill ---- */

/* One who may be taken, as the ranking has him. */
struct pl_mate_ranked {
        uint64_t id;
        uint64_t gives_back_bytes; /* at that time; 0: not known */
        uint32_t flags;            /* enum pl_cgroup_flag */
        int32_t score_adj;         /* where none of his processes can be asked */
        char name[PL_JOURNAL_NAME_BYTES];
};

struct pl_mate_brief {
        bool may_act; /* the policy acts on the host's shortage, and is neither observed nor paused */
        bool has_throttle; /* of the daemon's: stalls are not told from those that it makes */
        uint32_t count;
        uint32_t stall_permyriad;
        uint32_t reserved; /* 0 */
        uint64_t at_usec;  /* when this ranking was made */
        uint64_t floor_bytes;
        uint64_t critical_bytes;
        uint64_t worth_bytes;     /* what a kill has to give back */
        uint64_t busy_until_usec; /* somebody was dying when this was made, and has until then */
        struct pl_mate_ranked ranked[PL_MATE_RANKED_MAX]; /* who goes first is first */
};

/* Tells the mate what it would have to go by, with an fd of each that is ranked, which stays the caller's. When it has changed,
 * and every few seconds: a ranking is good for 30 s. One that may not act takes back the one before: before a stop in
 * order, for then no heart beats. -EPIPE and -EAGAIN as above. */
int pl_mate_brief(struct pl_mate *mate, const struct pl_mate_brief *brief, const int *fds);

/* When the socket is readable: the next thing that the mate has done while the daemon stood still. The outcome is of decision
 * 0. False: there is none, or `has_gone` is set, for good. What it has begun is taken on the way. */
bool pl_mate_take(struct pl_mate *mate, struct pl_outcome *ret_outcome,
                  char ret_name[PL_JOURNAL_NAME_BYTES]);

/* Whether it is killing somebody, as far as that was taken: nobody else is to be, then. No longer than it gives him. */
bool pl_mate_acts(const struct pl_mate *mate, uint64_t now_usec);

/* ---- its end ---- */

/* Lets it write what is left, waits for its end as long as this and no longer, and then kills it. A state on the board that
 * does not say PL_JOURNAL_STOPPED makes it say that the daemon died. Safe on PL_MATE_NONE, which it leaves behind. */
void pl_mate_stop(struct pl_mate *mate, uint64_t patience_usec);
