/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* generate - a scenario from a seed: a host, who lives on it, one to three incidents, and what may go wrong besides. */

#include "scenario.h"

void sim_generate(struct sim_scenario *scenario, uint64_t seed);
