/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* checkpoint - everything that an engine knows as updates, and back. */

#include "plimsoll/engine/engine.h"

/* 0, FULL or BAD; after BAD it knows nothing. */
int pl_checkpoint_take(struct pl_engine *engine, const struct pl_snapshot *snapshot);
