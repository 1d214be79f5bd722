/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* kill - ending a workload or one process of it, holding it still, having its memory pushed out; and the proof of what came
 * of that.
 *
 * An act is begun with what the caller decided and knows of the cgroup, and comes back once, as an outcome. A kill is carried
 * out by the call that begins it; what follows, waiting for the death, further rounds where the kernel has no cgroup.kill,
 * is done in pieces by pl_killer_step(). Several acts are under way at a time. Before each the cgroup is looked at anew:
 * it is the one of that id and still there, nothing in what is known of it forbids the act, and neither pid 1 nor this
 * process is in it or below it. What does not hold comes back as PL_RESULT_GONE or PL_RESULT_REFUSED.
 *
 * Two threads do what may block: one takes the memory of the dying (process_mrelease), the other reclaims (memory.reclaim),
 * and is interrupted when its time is over. Making a killer allocates and starts them; after that nothing allocates, and
 * nothing blocks but for opening files. Borrows the roots. Not for several threads of the caller's. Linux 5.5; memory.reclaim
 * 5.19, cgroup.kill 5.14, cgroup.freeze 5.2 with extended attributes 5.7.
 */

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "plimsoll/kernel/cgroup.h"
#include "plimsoll/kernel/file.h"
#include "plimsoll/model/snapshot.h"

enum {
        PL_KILL_ACTS_MAX = 16, /* under way, or not taken yet */
        /* Of one workload. What a bomb has beyond it is met in the next round. */
        PL_KILL_PROCESSES_MAX = 16384,
        /* Whose memory is taken, of one victim: the eldest. What dies has its memory taken by its own exit, too. */
        PL_KILL_RELEASED_MAX = 64,
};

/* Of kill.h. */
enum {
        PL_KILLER_E_FULL = 600, /* PL_KILL_ACTS_MAX are out: take some, and begin it then */
        PL_KILLER_E_BUSY,       /* that cgroup is being killed already */
        PL_KILLER_E_MORE,       /* there is more to be done at once */
        PL_KILLER_E_FOREIGN,    /* somebody else holds it still */
        PL_KILLER_E_NOBODY,     /* there is no process to try it on */
};

/* What an act is to be, and all that is known of whom it is done to. */
struct pl_kill_request {
        uint64_t decision; /* comes back in the outcome, as the id does */
        uint64_t id;
        int cgroup_fd;    /* borrowed: is opened anew */
        uint32_t flags;   /* enum pl_cgroup_flag, as they are now */
        uint32_t measure; /* RECLAIM, FREEZE, THAW, TERM or KILL of enum pl_measure */
        /* By when it should have helped: then the outcome is PL_RESULT_LATE. Of FREEZE and THAW it is not used. */
        uint64_t deadline_usec;
        uint64_t amount_bytes; /* RECLAIM, of at least a page */
        uint64_t
                expected_bytes; /* KILL and TERM: stands for the proof where the cgroup is gone before it was read again */
        int swappiness; /* RECLAIM; PL_MEMCG_SWAPPINESS_DEFAULT */
        int signal;     /* TERM */
        /* TERM: the container's init or the unit's main process. 0, or one that is not in the cgroup: the eldest that is. */
        pid_t pid;
};

struct pl_killer; /* heap */

/* Without threads memory.reclaim is refused, and the dying give their memory back by themselves: for a process that must
 * stay small, such as the mate. */
struct pl_killer_options {
        bool without_threads;
};

/* On failure nothing is left behind: −errno. The calling thread's capabilities are the threads'. */
int pl_killer_new(const struct pl_roots *roots, const struct pl_killer_options *options,
                  struct pl_killer **ret_killer);

/* What is under way is dropped: who was killed dies, who is held stays so. A thread that cannot be interrupted is left
 * behind after `patience_usec`, with what it uses. NULL is fine. */
void pl_killer_free(struct pl_killer *killer, uint64_t patience_usec);

/* PL_KILLER_E_FULL, PL_KILLER_E_BUSY. A KILL ends what else is under way for its cgroup: TERM is PL_RESULT_LATE.
 *
 * KILL ends everybody in it and below it; with PL_CGROUP_BY_PROCESS the largest process that is not at an oom_score_adj of
 * −1000. Everybody: marked so that systemd takes it for an OOM kill, and with what this kernel or its being denied leaves
 * of cgroup.kill, or by signals in rounds while it is held still. PL_RESULT_PARTLY: some process may not be signalled.
 * TERM sends one process the signal, and waits until nobody is left. PARTLY: at the deadline that process has died, and
 * others are there.
 * FREEZE marks the cgroup as held by us, so that whoever comes after us finds it. PARTLY: not all stand still yet, and the
 * rest will as it comes back. REFUSED: somebody else holds it still. THAW undoes that and nobody else's, whatever the flags.
 * RECLAIM: PARTLY: less came back than was asked for. An error of ENOENT: this kernel has no memory.reclaim. */
int pl_killer_begin(struct pl_killer *killer, const struct pl_kill_request *request,
                    uint64_t now_usec);

/* Readable when there may be something for pl_killer_step(). */
int pl_killer_fd(const struct pl_killer *killer);

/* Goes on with what is under way: when the fd is readable, and at the time that pl_killer_next_usec() says. Looks at up to
 * `budget` processes. PL_KILLER_E_MORE, or 0. */
int pl_killer_step(struct pl_killer *killer, uint64_t now_usec, uint32_t budget);

/* When to step again at the latest; 0: there is something to be done or taken now; UINT64_MAX: nothing is under way. */
uint64_t pl_killer_next_usec(const struct pl_killer *killer);

/* The next outcome; false: there is none. */
bool pl_killer_take(struct pl_killer *killer, struct pl_outcome *ret_outcome);

/* How many acts are out: begun, and not taken. */
uint32_t pl_killer_count(const struct pl_killer *killer);

/* Until when those are waited for who are being killed or were asked to end, the last of them; 0: nobody is. */
uint64_t pl_killer_ending_until_usec(const struct pl_killer *killer);

/* Whether process_mrelease was found missing or forbidden: worth saying, once. */
bool pl_killer_cannot_release(const struct pl_killer *killer);

/* ---- without a killer ---- */

/* Whether we hold the cgroup still, or one before us did. Outcomes of file.h. */
int pl_kill_is_ours(int cgroup_fd, bool *ret_ours);

/* Lets go of what we hold still; 0 also when nobody does. PL_KILLER_E_FOREIGN. Does not wait until it goes on. */
int pl_kill_thaw(int cgroup_fd, struct pl_file_buffer *buffer);

/* ---- the self-test ---- */

enum pl_kill_part {
        PL_KILL_PART_FIND,   /* who pid 1 and we are, and who is in it */
        PL_KILL_PART_SIGNAL, /* signal 0 to processes by their pidfds */
        PL_KILL_PART_OPEN,   /* cgroup.kill for writing, without writing */
        PL_KILL_PART_FREEZE, /* the same of cgroup.freeze */
        PL_KILL_PART_PUT_IN, /* a child of ours into the scratch cgroup */
        PL_KILL_PART_KILL,   /* that cgroup's cgroup.kill */
        PL_KILL_PART_DEATH,  /* of the child */
        PL_KILL_PARTS,
};

struct pl_kill_test {
        int errors[PL_KILL_PARTS]; /* a positive errno; 0: it works, or was not tried */
        int first_part;            /* that fails, in the order above; PL_KILL_PARTS: none */
        pid_t child;               /* of the scratch cgroup, until it is buried; 0: none */
};

void pl_kill_test_init(struct pl_kill_test *test);

/* What it found, and not a child that is still to be buried. */
void pl_kill_test_forget(struct pl_kill_test *test);

/* What a kill of this one would take, short of killing. 0, PL_KILLER_E_NOBODY, or PL_FILE_E_GONE. */
int pl_kill_test_candidate(struct pl_killer *killer, int cgroup_fd, uint64_t id,
                           struct pl_kill_test *test);

/* A child that only waits is put into this cgroup, which is empty and the caller's, and killed there. As long as the one
 * before it lives there is no other, and that is ETIMEDOUT again. */
void pl_kill_test_begin(struct pl_killer *killer, int scratch_fd, uint64_t id,
                        struct pl_kill_test *test);

/* Whether the child has died: 0; PL_KILLER_E_MORE: not yet. When it is `given_up` it is killed by its number, and that is
 * ETIMEDOUT; it is not waited for, and buried when it has died by the next test. */
int pl_kill_test_end(struct pl_kill_test *test, bool given_up);
