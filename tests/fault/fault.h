/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* fault - lets one call of the C library fail, the first, the second, and so on, and looks what was left behind.
 *
 * The calls are those of the list in CMakeLists.txt, redirected by the linker in what is linked statically. One fault
 * is armed at a time; counting starts when it is armed. Not for threads.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "calls.h"
#include "plimsoll/base/text.h"

#define PL_FAULT_CALL(name) PL_FAULT_##name,
enum pl_fault_call { PL_FAULT_CALLS PL_FAULT_COUNT };
#undef PL_FAULT_CALL

enum {
        /* Instead of an errno: the call takes half of what it is asked for. */
        PL_FAULT_SHORT = -1,
        /* More calls of one kind than a function under test may make. */
        PL_FAULT_NTH_MAX = 10000,
};

struct pl_fault {
        enum pl_fault_call call;
        uint64_t nth; /* from 1 */
        int error;    /* an errno, or PL_FAULT_SHORT */
};

/* The nth call from now on fails, once. */
void pl_fault_arm(enum pl_fault_call call, uint64_t nth, int error);
void pl_fault_disarm(void);

/* What is armed, or NULL; and whether it has struck. */
const struct pl_fault *pl_fault_armed(void);
bool pl_fault_struck(void);

/* How often it was called since arming. */
uint64_t pl_fault_calls(enum pl_fault_call call);

/* Allocations that were not released, and the most bytes that were ever allocated at a time since arming. */
size_t pl_fault_allocations(void);
size_t pl_fault_peak_bytes(void);

/* Open file descriptors of the process. */
size_t pl_fault_descriptors(void);

/* A run of what is tested: true when all that it promises holds, under whatever is armed. It owns nothing afterwards. */
typedef bool (*pl_fault_function)(void *userdata);

/* Runs the function with each call of the list failing in each of its ways, the first of its kind, the second, until
 * a run in which nothing struck any more. False as soon as a run is false or leaves memory or a descriptor behind;
 * *complaint then says which and under what fault. */
bool pl_fault_each(pl_fault_function function, void *userdata, struct pl_text *complaint);
