/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* kill - what the parts of it share. Internal to host. */

#include <pthread.h>
#include <signal.h>
#include <time.h>

#include "plimsoll/base/clock.h"
#include "plimsoll/host/kill.h"
#include "plimsoll/kernel/pidfd.h"
#include "plimsoll/kernel/process.h"

/* ---- marks ---- */

/* What systemd is told by attributes of the unit's cgroup, and what was there before. */
struct pl_kill_mark {
        bool is_set;
        uint64_t kills_before, processes_before; /* 0: it had none */
};

/* Does what it can: without a mark the kill is as good, and systemd says less of it. */
void pl_kill_mark_set(int cgroup_fd, uint64_t process_count, struct pl_kill_mark *mark);
void pl_kill_mark_undo(int cgroup_fd, struct pl_kill_mark *mark);

/* ---- holding ---- */

/* Asks it to stand still, marked as ours; 0 also when it is ours already. PL_KILLER_E_FOREIGN. */
int pl_kill_hold(int cgroup_fd, struct pl_file_buffer *buffer);

/* ---- acts ---- */

enum pl_kill_phase {
        PL_KILL_FREE,     /* no act */
        PL_KILL_SWEEPING, /* over its processes: to find one, or to end each */
        PL_KILL_PUSHING,  /* the thread reclaims */
        PL_KILL_HOLDING,  /* until all stand still */
        PL_KILL_DYING,    /* until nobody is left, or the one is dead */
        PL_KILL_OVER,     /* the outcome waits to be taken */
        PL_KILL_PHASES,
};

enum pl_kill_aim {
        PL_KILL_EVERYBODY,
        PL_KILL_LARGEST,
        PL_KILL_ELDEST,
};

struct pl_kill_act {
        enum pl_kill_phase phase;
        enum pl_kill_aim aim;
        uint64_t serial;                /* counts from 1; who is older goes first */
        struct pl_kill_request request; /* its fd is owned */
        int events_fd;                  /* owned */
        bool is_notified;               /* the kernel says when these change */
        bool is_group;                  /* everybody is killed */
        bool ever_signalled;            /* somebody, in some round */
        int denied_error;               /* of who could not be, the last; or 0 */
        struct pl_kill_mark mark;
        struct pl_pidfd process; /* that was signalled, of LARGEST and ELDEST */
        uint64_t look_usec;      /* at the latest */
        uint64_t before_bytes, least_bytes;
        uint64_t hold_until_usec;
        /* Of the sweep under way. */
        uint32_t signalled; /* of EVERYBODY, in this round */
        pid_t best_pid;
        uint64_t best_ticks, best_bytes;
        struct pl_outcome outcome;
};

/* ---- the threads ---- */

enum {
        PL_KILL_JOBS_MAX = PL_KILL_ACTS_MAX,
};

enum pl_kill_job_state { PL_KILL_JOB_NONE, PL_KILL_JOB_WAITS, PL_KILL_JOB_RUNS, PL_KILL_JOB_DONE };

/* One thing for a thread to do. The first two are guarded by the mutex; the rest is the side's whose turn it is. */
struct pl_kill_job {
        enum pl_kill_job_state state;
        bool is_dropped; /* nobody waits for what comes of it */
        uint64_t serial; /* of the act */
        /* To reclaim. */
        int cgroup_fd; /* owned by the job */
        int swappiness;
        uint64_t bytes, patience_usec;
        int result, error; /* an outcome of file.h and its errno */
        /* To take the memory of. */
        uint64_t listed_ticks;
        uint32_t pid_count;
        pid_t pids[PL_KILL_RELEASED_MAX];
};

struct pl_kill_thread;
typedef void (*pl_kill_job_function)(struct pl_kill_thread *thread, struct pl_kill_job *job);

struct pl_kill_thread {
        struct pl_kill_threads *threads;
        pl_kill_job_function function;
        const char *name;
        bool reports; /* else it is over with a job when it has done it */
        pthread_t thread;
        /* Guarded by the mutex. */
        bool has_started, has_ended;
        int result;
        struct pl_kill_job jobs[PL_KILL_JOBS_MAX];
        /* The thread's own. */
        timer_t timer;
        struct pl_file_buffer buffer;
};

struct pl_kill_threads {
        int proc_fd;    /* borrowed */
        int event_fd;   /* owned: there is a job done */
        uint32_t count; /* of those that were started */
        pthread_mutex_t mutex;
        pthread_cond_t wanted, changed;
        bool is_ending, cannot_release;
        struct pl_kill_thread pusher, reaper;
};

/* Lets what the thread is in return early, from so long on; 0: not any more. */
void pl_kill_thread_arm(const struct pl_kill_thread *thread, uint64_t usec);

/* What each of them does with a job. */
void pl_kill_push(struct pl_kill_thread *thread, struct pl_kill_job *job);
void pl_kill_reap(struct pl_kill_thread *thread, struct pl_kill_job *job);

/* Waits for a job, which is the thread's until it is finished. NULL: it is to end. */
struct pl_kill_job *pl_kill_job_next(struct pl_kill_thread *thread);
void pl_kill_job_finish(struct pl_kill_thread *thread, struct pl_kill_job *job);

int pl_kill_threads_new(int proc_fd, struct pl_kill_threads **ret_threads);
void pl_kill_threads_free(struct pl_kill_threads *threads, uint64_t patience_usec);

/* Copies the job; its fd is the thread's from then on. False: as many are waiting as there is room for. */
bool pl_kill_threads_put(struct pl_kill_thread *thread, const struct pl_kill_job *job);

/* What the pusher made of the act of this serial; false: it is not done with it. */
bool pl_kill_threads_take(struct pl_kill_threads *threads, uint64_t serial,
                          struct pl_kill_job *ret_job);

/* Nobody waits for it any more. */
void pl_kill_threads_drop(struct pl_kill_threads *threads, uint64_t serial);

/* Reads what made the fd readable. */
void pl_kill_threads_notice(struct pl_kill_threads *threads);
bool pl_kill_threads_cannot_release(struct pl_kill_threads *threads);

/* ---- the killer ---- */

struct pl_killer {
        struct pl_roots roots;           /* borrowed */
        int epoll_fd;                    /* owned */
        struct pl_kill_threads *threads; /* owned, or NULL */
        uint64_t serial;                 /* of the last act */
        uint32_t act_count;
        bool is_first_hidden; /* pid 1 could not be asked where it is */
        /* Who is in the list below, which serves one act at a time. */
        uint64_t sweeper; /* its serial; 0: nobody's */
        uint64_t listed_ticks;
        size_t pid_count, pid_next;
        bool is_cut; /* there were more */
        struct pl_kill_act acts[PL_KILL_ACTS_MAX];
        struct pl_cgroup_walk walk;
        struct pl_file_buffer buffer;
        pid_t pids[PL_KILL_PROCESSES_MAX];
};

/* ---- who may be touched ---- */

/* It is the cgroup of that id, and there. 0, PL_FILE_E_GONE, or another outcome of file.h. */
int pl_kill_confirm(int cgroup_fd, uint64_t id);

/* Whether the process with this directory of /proc is in the cgroup of this id, or below it. */
int pl_kill_is_inside(struct pl_killer *killer, int proc_dir_fd, uint64_t id, bool *ret_inside);

/* Whether pid 1 or this process is. Fails when it cannot be said. */
int pl_kill_is_vital(struct pl_killer *killer, uint64_t id, bool *ret_vital);

/* Whether what is known of it forbids the measure. */
bool pl_kill_is_forbidden(uint32_t measure, uint32_t flags);

/* ---- its processes ---- */

struct pl_kill_bounds {
        uint32_t cgroups_max;
        uint32_t processes_max;
};

/* Lists who is in it and below it, into the killer's list. 0, also when it is gone; −errno or an outcome of file.h only if
 * nobody could be listed. */
int pl_kill_list(struct pl_killer *killer, int cgroup_fd, struct pl_kill_bounds bounds);

/* Whether pid 1 or this process is in the list. */
bool pl_kill_lists_vital(const struct pl_killer *killer);

/* Takes hold of a process that is in the act's cgroup or below it. GONE when it is not there, not there any more, a
 * kernel thread, pid 1 or this process. */
int pl_kill_catch(struct pl_killer *killer, uint64_t id, pid_t pid, struct pl_pidfd *ret_process);

/* The list is the act's from the first call on, which makes it, until it is through. Others wait. */
void pl_kill_sweep(struct pl_killer *killer, struct pl_kill_act *act, uint64_t now_usec,
                   uint32_t *budget);

/* ---- measures ---- */

void pl_kill_begin(struct pl_killer *killer, struct pl_kill_act *act, uint64_t now_usec);
void pl_kill_look_at_pushed(struct pl_killer *killer, struct pl_kill_act *act, uint64_t now_usec);
void pl_kill_begin_group(struct pl_killer *killer, struct pl_kill_act *act, uint64_t now_usec);
void pl_kill_begin_process(struct pl_kill_act *act);
void pl_kill_begin_term(struct pl_killer *killer, struct pl_kill_act *act, uint64_t now_usec);

/* Has the memory taken of those who were killed, where there is a thread for it. */
void pl_kill_put_to_reaper(struct pl_killer *killer, const struct pl_kill_act *act,
                           const pid_t *pids, size_t count);

/* For kill_list.c, at each of the list and at its end. */
void pl_kill_signal_one(struct pl_killer *killer, struct pl_kill_act *act, pid_t pid);
void pl_kill_weigh_one(struct pl_killer *killer, struct pl_kill_act *act, pid_t pid);
void pl_kill_end_round(struct pl_killer *killer, struct pl_kill_act *act, uint64_t now_usec);
void pl_kill_end_search(struct pl_killer *killer, struct pl_kill_act *act, uint64_t now_usec);

/* ---- proof ---- */

/* What it uses, of what the measure is to give back; 0 where that is not known. False: it is gone. */
bool pl_kill_read_use(struct pl_killer *killer, const struct pl_kill_act *act, uint64_t *ret_bytes);

/* Opens what tells of its end. Without that it is looked at more often. */
void pl_kill_watch(struct pl_killer *killer, struct pl_kill_act *act);

void pl_kill_wait_for_death(struct pl_killer *killer, struct pl_kill_act *act, uint64_t now_usec);
void pl_kill_look_at_dying(struct pl_killer *killer, struct pl_kill_act *act, uint64_t now_usec);
void pl_kill_look_at_held(struct pl_killer *killer, struct pl_kill_act *act, uint64_t now_usec);

/* The act is over. `error` is a positive errno, or 0. */
void pl_kill_conclude(struct pl_killer *killer, struct pl_kill_act *act, enum pl_result result,
                      int error, uint64_t now_usec);

/* The same, of an outcome that is not 0, and what errno was then. */
void pl_kill_conclude_failed(struct pl_killer *killer, struct pl_kill_act *act, int outcome,
                             int error, uint64_t now_usec);

/* The errno behind an outcome of file.h: `error` is what the call that failed has left. */
int pl_kill_error_of(int outcome, int error);
