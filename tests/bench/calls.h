/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* calls - how many system calls a pass makes, counted by a parent that traces a child through it. */

#include <signal.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bench.h"

/* The child: stopped before the pass and behind it. */
static inline _Noreturn void calls_be_traced(bench_pass pass, void *userdata)
{
        if (ptrace(PTRACE_TRACEME, 0, NULL, NULL) != 0)
                _exit(1);
        (void) raise(SIGSTOP);
        pass(userdata);
        _exit(0);
}

/* Stops come in pairs, before a call and behind it; the last one, exit_group, has no second. */
static inline uint64_t calls_count_stops(bench_pass pass, void *userdata)
{
        uint64_t stops = 0;
        int status;
        pid_t child = fork();

        if (child == 0)
                calls_be_traced(pass, userdata);
        if (child < 0 || waitpid(child, &status, 0) < 0 || !WIFSTOPPED(status))
                return 0;
        (void) ptrace(PTRACE_SETOPTIONS, child, NULL, PTRACE_O_TRACESYSGOOD);
        while (ptrace(PTRACE_SYSCALL, child, NULL, NULL) == 0 &&
               waitpid(child, &status, 0) == child && WIFSTOPPED(status))
                stops += WSTOPSIG(status) == (SIGTRAP | 0x80);
        pl_assert(WIFEXITED(status) && WEXITSTATUS(status) == 0);
        return stops;
}

static inline void calls_do_nothing(void *userdata)
{
        (void) userdata;
}

/* Without those of coming to the pass and leaving it; 0 where nobody may trace. */
static inline uint64_t calls_count(bench_pass pass, void *userdata)
{
        return (calls_count_stops(pass, userdata) - calls_count_stops(calls_do_nothing, NULL)) / 2;
}
