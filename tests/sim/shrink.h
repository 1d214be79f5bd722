/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* shrink - a scenario that breaks a rule, made as small as it can be while it breaks the same one. */

#include "run.h"

/* `run` is used for trying; what is left is written to the file. 0 or a negative errno. */
int sim_shrink(struct sim_run *run, struct sim_scenario *scenario,
               const struct sim_run_options *options, const char *rule, const char *file);
