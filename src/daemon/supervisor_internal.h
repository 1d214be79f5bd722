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

/* What is known of it, to the board. */
void pl_supervisor_put_host(struct pl_supervisor *supervisor, uint64_t interval_usec);

/* Whether its memory or swap is not what the policy was judged by: swap can be switched on, memory plugged in. */
bool pl_supervisor_is_other_host(const struct pl_supervisor *supervisor);

/* Where the policy in force could not be kept: once more. */
void pl_supervisor_keep(struct pl_supervisor *supervisor, uint64_t now_usec);

/* Reads the policy files and takes them into force, if they are fit. `is_asked`: somebody waits to hear of it, also when
 * nothing has changed. */
void pl_supervisor_reload(struct pl_supervisor *supervisor, bool is_asked);
