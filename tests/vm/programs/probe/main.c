/* SPDX-License-Identifier: Apache-2.0 */

/* Shows what the readers of the kernel room make of a live kernel, a line for each figure, so that a scenario can hold it
 * against a second opinion; and calls its writers. `probe --plant 4096 memcg CGROUP` adds a page to every amount of
 * memory: the scenarios must fail then (TESTING.md says how to see it).
 */

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "plimsoll/base/macro.h"
#include "plimsoll/base/size.h"
#include "probe.h"

static const struct {
        const char *name;
        probe_function *function;
        int arguments; /* at least */
} parts[] = {
        { "memcg", probe_memcg, 1 },     { "cgroup", probe_cgroup, 1 },
        { "walk", probe_walk, 1 },       { "write", probe_write, 3 },
        { "reclaim", probe_reclaim, 2 }, { "kill", probe_kill, 1 },
        { "freeze", probe_freeze, 2 },   { "hold", probe_hold, 1 },
        { "psi", probe_psi, 1 },         { "trigger", probe_trigger, 5 },
        { "meminfo", probe_meminfo, 0 }, { "vmstat", probe_vmstat, 0 },
        { "swap", probe_swap, 0 },       { "kmsg", probe_kmsg, 0 },
        { "process", probe_process, 1 }, { "adjust", probe_adjust, 2 },
        { "signal", probe_signal, 2 },
};

void probe_print(const char *key, uint64_t value)
{
        printf("%s %llu\n", key, (unsigned long long) value);
}

void probe_print_limit(const char *key, uint64_t value)
{
        if (value == PL_SIZE_MAX)
                printf("%s max\n", key);
        else
                probe_print(key, value);
}

void probe_print_memory(const struct probe *probe, const char *key, uint64_t bytes)
{
        probe_print(key, bytes + probe->planted_bytes);
}

uint64_t probe_number(const char *text)
{
        uint64_t value;

        if (strcmp(text, "max") == 0)
                return PL_SIZE_MAX;
        if (pl_span_to_u64(pl_span_of(text), &value) != 0) {
                fprintf(stderr, "probe: %s is not a number\n", text);
                exit(2);
        }
        return value;
}

int probe_open(const char *path)
{
        int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

        if (fd < 0) {
                fprintf(stderr, "probe: %s: %s\n", path, strerror(errno));
                exit(2);
        }
        return fd;
}

/* The outcome is part of the result: a scenario asks for "outcome gone". */
static int report(int r)
{
        static const char *const names[] = {
                [0] = "fine",
                [PL_FILE_E_ABSENT] = "absent",
                [PL_FILE_E_GONE] = "gone",
                [PL_FILE_E_OFF] = "off",
                [PL_FILE_E_DENIED] = "denied",
                [PL_FILE_E_MALFORMED] = "malformed",
                [PL_FILE_E_TOO_BIG] = "too-big",
                [PL_FILE_E_REFUSED] = "refused",
                [PL_FILE_E_AGAIN] = "again",
        };

        if (r >= 0 && (size_t) r < PL_ARRAY_LENGTH(names))
                printf("outcome %s\n", names[r]);
        else if (r > 0)
                printf("outcome %d\n", r);
        else
                printf("outcome %s\n", strerror(-r));
        return r == 0 ? 0 : 1;
}

int main(int argc, char **argv)
{
        static struct probe probe;

        if (argc > 2 && strcmp(argv[1], "--plant") == 0) {
                probe.planted_bytes = probe_number(argv[2]);
                argc -= 2;
                argv += 2;
        }
        probe.roots = (struct pl_roots){
                .cgroup_fd = probe_open("/sys/fs/cgroup"),
                .proc_fd = probe_open("/proc"),
                .sys_fd = probe_open("/sys"),
                .dev_fd = probe_open("/dev"),
        };
        for (size_t i = 0; i < PL_ARRAY_LENGTH(parts) && argc > 1; i++)
                if (strcmp(argv[1], parts[i].name) == 0 && argc - 2 >= parts[i].arguments)
                        return report(parts[i].function(&probe, argc - 2, argv + 2));

        fprintf(stderr, "usage: probe [--plant BYTES] PART [ARGUMENT]…; probe.h lists the parts\n");
        return 2;
}
