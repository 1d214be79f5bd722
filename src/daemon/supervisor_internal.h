/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What the files of the supervisor share. */

#include <time.h>

#include "supervisor.h"

uint64_t pl_supervisor_clock_usec(clockid_t clock);
/* How long the host has slept since it was started; a little below 0 at worst. */
int64_t pl_supervisor_slept_usec(void);

/* Looks at the host, takes a step, gives the heartbeat; returns when to do it again. */
uint64_t pl_supervisor_look_at_host(struct pl_supervisor *supervisor, uint64_t now_usec);

/* How long to wait before that: by what is available, and by what the engine makes of it. */
uint64_t pl_supervisor_wait_usec(const struct pl_supervisor *supervisor);

/* What is known of it, to the board. */
void pl_supervisor_put_host(struct pl_supervisor *supervisor, uint64_t interval_usec);

/* Whether its memory or swap is not what the policy was judged by: swap can be switched on, memory plugged in. */
bool pl_supervisor_is_other_host(const struct pl_supervisor *supervisor);

/* Where the policy in force could not be kept: once more. */
void pl_supervisor_keep(struct pl_supervisor *supervisor, uint64_t now_usec);

/* A piece of work is to be done; and a look at everybody, or another one behind that which is under way. */
void pl_supervisor_work(struct pl_supervisor *supervisor);
void pl_supervisor_look(struct pl_supervisor *supervisor);

/* What the policy says of judging, as far as the engine does not know it. */
void pl_supervisor_tell_settings(struct pl_supervisor *supervisor, uint64_t now_usec);

/* Those of the policy that has come into force, as far as they are new. */
void pl_supervisor_tell_of_orders(struct pl_supervisor *supervisor, uint64_t now_usec);

/* What the mate has to tell; and the end of that, before a stop in order: from then on it kills nobody in our stead. */
int pl_supervisor_add_mate(struct pl_supervisor *supervisor);
void pl_supervisor_part(struct pl_supervisor *supervisor);

/* Until it is told anew, by the next look at the host, it kills nobody: by what it knows somebody may be taken who is protected
 * by now. */
void pl_supervisor_disarm(struct pl_supervisor *supervisor);

/* Tells it, when it is time to, whom it would kill. At every look at the host, after the step. */
void pl_supervisor_brief(struct pl_supervisor *supervisor, uint64_t now_usec);

/* That it can act: the self-test, and drills that were ordered. At each tick; and for a drill alone. */
void pl_supervisor_prove(struct pl_supervisor *supervisor, uint64_t now_usec);
void pl_supervisor_hold_drill(struct pl_supervisor *supervisor, const struct pl_order *order,
                              uint64_t now_usec);
bool pl_supervisor_on_drill_job(struct pl_supervisor *supervisor, uint64_t tag, bool is_done,
                                const char *why);

/* How far it is, for systemctl status. */
void pl_supervisor_tell_of_status(const struct pl_supervisor *supervisor);

/* What runtimes have written of containers. */
enum pl_daemon_exit pl_supervisor_open_names(struct pl_supervisor *supervisor);
void pl_supervisor_close_names(struct pl_supervisor *supervisor);
int pl_supervisor_add_names(struct pl_supervisor *supervisor);
/* Wakes it when there is something to do about them. */
void pl_supervisor_await_names(struct pl_supervisor *supervisor);
/* Without a loop: waits a moment for answers. False: nobody is waited for. */
bool pl_supervisor_wait_for_names(struct pl_supervisor *supervisor);

/* What has to do with limits: systemd, the threads that write, orders that end, settings of the host. */
int pl_supervisor_open_bus(struct pl_supervisor *supervisor);
void pl_supervisor_close_bus(struct pl_supervisor *supervisor);
int pl_supervisor_add_reports(struct pl_supervisor *supervisor);
void pl_supervisor_await_order(struct pl_supervisor *supervisor);
void pl_supervisor_set_host(struct pl_supervisor *supervisor);

/* For one look alone: waits, for a while, until systemd answers; and until limits are set. */
void pl_supervisor_await_bus(struct pl_supervisor *supervisor);
void pl_supervisor_settle_once(struct pl_supervisor *supervisor);

/* Reads the policy files and takes them into force, if they are fit. `is_asked`: somebody waits to hear of it, also when
 * nothing has changed. */
void pl_supervisor_reload(struct pl_supervisor *supervisor, bool is_asked);

/* What was decided and is under way: news of it, when it is due, and the step that follows from it. */
int pl_supervisor_add_measures(struct pl_supervisor *supervisor);
void pl_supervisor_await_measures(struct pl_supervisor *supervisor);

/* Ends the loop, as soon as those who were kept down have been started, or soon. Whatever asks for it again is not heard: a source
 * that stays ready is to be turned off. */
int pl_supervisor_leave(struct pl_supervisor *supervisor);

/* Being woken when tasks stand still: once the loop is there, and again when everybody was looked at. */
void pl_supervisor_open_triggers(struct pl_supervisor *supervisor);
void pl_supervisor_await_stalls(struct pl_supervisor *supervisor);

/* What the mate has done while this process stood still. */
void pl_supervisor_take_deeds(struct pl_supervisor *supervisor);

/* The host is looked at, and a step taken, as soon as what is at hand is done. */
void pl_supervisor_hurry(struct pl_supervisor *supervisor);
