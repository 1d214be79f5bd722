/* SPDX-License-Identifier: Apache-2.0 */

/* Parses one memory.stat again and again, for scripts/bench to count the instructions of pl_memcg_parse_stat() alone under
 * callgrind: a number that does not depend on the machine's other work. Prints how many lines were parsed in all.
 */

#include <fcntl.h>

#include "bench.h"
#include "plimsoll/base/fd.h"
#include "plimsoll/base/macro.h"
#include "plimsoll/kernel/memcg.h"

enum { TIMES = 1000 };

static const char fixture[] = FIXTURES "/cgroup/6.12/web.slice/api/memory.stat";

static size_t count_lines(struct pl_span text)
{
        size_t count = 0;

        for (size_t i = 0; i < text.length; i++)
                count += text.data[i] == '\n';
        return count;
}

int main(int argc, char **argv)
{
        const size_t times = bench_turns(argc, argv, TIMES);
        _cleanup_free_ char *data = NULL;
        struct pl_memcg_stat stat;
        uint64_t start, sum = 0;
        struct pl_span text;
        size_t length, lines;

        pl_assert(pl_fd_read_file(AT_FDCWD, fixture, 1024 * 1024, &data, &length) == 0);
        text = pl_span(data, length);
        lines = times * count_lines(text);

        start = bench_now_nsec();
        for (size_t i = 0; i < times; i++) {
                pl_assert(pl_memcg_parse_stat(text, &stat) == 0);
                sum += stat.anon_bytes;
        }
        printf("memory.stat %zu lines parsed, %.1f ns each\n", lines,
               (double) (bench_now_nsec() - start) / (double) lines);
        return sum > 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
