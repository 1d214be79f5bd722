/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* words - what plimsoll-record has to say to people: what is wrong, and what to do. Pure. */

#include "options.h"
#include "recorder.h"

/* For the results of pl_directory_open(), of pl_history_writer_open(), of pl_source_open() and of pl_recorder_turn(). */
void pl_record_add_directory(struct pl_text *text, const struct pl_record_options *options, int r);
void pl_record_add_opening(struct pl_text *text, const struct pl_record_options *options, int r);
void pl_record_add_source(struct pl_text *text, const struct pl_record_options *options, int r);
void pl_record_add_writing(struct pl_text *text, const struct pl_record_options *options, int r);

/* "41 workloads, a row every 1 min 0 s; 12.3 MiB of 200 MiB in 9 files": as systemctl status shows it. */
void pl_record_add_status(struct pl_text *text, const struct pl_recorder *recorder);
