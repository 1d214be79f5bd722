/* SPDX-License-Identifier: Apache-2.0 */

/* Planted: what a file of the room kernel must not include. */

#include "plimsoll/json/write.h"
