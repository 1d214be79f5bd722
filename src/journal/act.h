/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* act - between the structs of acts and the payload of one record. Internal to journal. */

#include "plimsoll/journal/act.h"

/* Any type but DECISION and SNAPSHOT. Pure. */
void pl_act_encode(const struct pl_journal_act *act, struct pl_journal_record *record);

/* TORN when the record is of another type, or not as pl_act_encode() makes them. Pure. */
int pl_act_decode(const struct pl_journal_record *record, struct pl_journal_act *ret_act);

/* Whether it is one that a record holds: else it is a whole of several, or nothing known. */
bool pl_act_is_single(unsigned type);
