/* SPDX-License-Identifier: Apache-2.0 */

/* What makes a machine short of memory, in the ways in which it happens.
 *
 *     load [OPTION]… MODE ARGUMENT…
 *
 *     hog MIB RATE            takes so much, as so many MiB a second, and keeps it; a RATE of 0: as fast as it can; a MIB of
 *                             0: all that there is
 *     use MIB                 takes it, and then writes to all of it once a second
 *     thrash MIB              takes it, and then writes to it here and there, for ever
 *     read FILE MIB           writes such a file, and then reads it again and again
 *     fill FILE MIB RATE      writes such a file, of a tmpfs, and stays
 *     bomb MIB                each process takes so much, and then makes others that do the same
 *
 *     --go FILE               waits until there is such a file
 *     --ready FILE            makes one when it waits for that, or has what it wants
 *     --deaf                  does not hear SIGTERM
 *     --again                 does it in a child, and anew as often as that dies
 *     --once FILE             where there is such a file it only stays; else it makes one
 *     --stick FILE            a thread of it writes to that file meanwhile, and may never come back
 */

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "fill/fill.h"
#include "plimsoll/base/clock.h"
#include "plimsoll/base/macro.h"
#include "plimsoll/base/size.h"
#include "plimsoll/base/span.h"

enum {
        NUMBERS_MAX = 2,
        PAGE = 4096,
        /* More than any machine has that this is tried on. */
        ALL_MIB = 65536,
};

struct load {
        const char *file;
        uint64_t numbers[NUMBERS_MAX];
        const char *go, *ready, *once, *stick;
        bool is_deaf, comes_again;
};

struct mode {
        const char *name;
        bool has_file;
        int numbers;
        void (*run)(const struct load *load);
};

static _Noreturn void stop(const char *what)
{
        fprintf(stderr, "load: %s: %s\n", what, strerrordesc_np(errno));
        exit(EXIT_FAILURE);
}

static void sleep_usec(uint64_t usec)
{
        const struct timespec time = { .tv_sec = (time_t) (usec / PL_USEC_PER_SEC),
                                       .tv_nsec = (long) (usec % PL_USEC_PER_SEC * 1000) };

        (void) clock_nanosleep(CLOCK_MONOTONIC, 0, &time, NULL);
}

static void make_file(const char *path)
{
        int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0644);

        if (fd < 0)
                stop(path);
        (void) close(fd);
}

static void say_ready(const struct load *load)
{
        if (load->ready)
                make_file(load->ready);
}

static void stay(const struct load *load)
{
        if (!load->go)
                say_ready(load);
        while (true)
                (void) pause();
}

/* ---- memory ---- */

/* When so much may have been taken. */
static void keep_to(uint64_t rate_mib, uint64_t began_usec, uint64_t mib)
{
        uint64_t due_usec, now_usec = pl_clock_now_usec();

        if (rate_mib == 0)
                return;
        due_usec = began_usec + mib * PL_USEC_PER_SEC / rate_mib;
        if (due_usec > now_usec)
                sleep_usec(due_usec - now_usec);
}

static char *take(uint64_t mib, uint64_t rate_mib)
{
        uint64_t began_usec = pl_clock_now_usec();
        char *memory = mmap(NULL, mib * PL_MIB, PROT_READ | PROT_WRITE,
                            MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

        if (memory == MAP_FAILED)
                stop("mmap");
        for (uint64_t i = 0; i < mib; i++) {
                keep_to(rate_mib, began_usec, i);
                vm_fill(memory + i * PL_MIB, PL_MIB);
        }
        return memory;
}

static void hog(const struct load *load)
{
        (void) take(load->numbers[0] != 0 ? load->numbers[0] : ALL_MIB, load->numbers[1]);
        stay(load);
}

static void use(const struct load *load)
{
        uint64_t size = load->numbers[0] * PL_MIB;
        char *memory = take(load->numbers[0], 0);

        say_ready(load);
        while (true) {
                for (uint64_t at = 0; at < size; at += PAGE)
                        memory[at]++;
                sleep_usec(PL_USEC_PER_SEC);
        }
}

static void thrash(const struct load *load)
{
        uint64_t pages = load->numbers[0] * PL_MIB / PAGE, state = 1;
        char *memory = take(load->numbers[0], 0);

        if (!load->go)
                say_ready(load);
        while (true)
                memory[vm_noise(&state) % pages * PAGE]++;
}

/* ---- files ---- */

static int write_file(const char *path, uint64_t mib, uint64_t rate_mib)
{
        static char words[PL_MIB];
        uint64_t began_usec = pl_clock_now_usec();
        int fd = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);

        if (fd < 0)
                stop(path);
        for (uint64_t i = 0; i < mib; i++) {
                keep_to(rate_mib, began_usec, i);
                vm_fill(words, sizeof words);
                if (write(fd, words, sizeof words) != (ssize_t) sizeof words)
                        stop(path);
        }
        return fd;
}

static void read_again(const struct load *load)
{
        static char words[PL_MIB];
        int fd = write_file(load->file, load->numbers[0], 0);
        ssize_t length;

        if (!load->go)
                say_ready(load);
        do
                for (off_t at = 0; (length = pread(fd, words, sizeof words, at)) > 0; at += length)
                        ;
        while (length == 0);
        stop(load->file);
}

static void fill(const struct load *load)
{
        (void) write_file(load->file, load->numbers[0], load->numbers[1]);
        stay(load);
}

/* ---- processes ---- */

static void bomb(const struct load *load)
{
        while (true) {
                pid_t pid = fork();

                if (pid == 0)
                        (void) take(load->numbers[0], 0);
                else if (pid < 0)
                        sleep_usec(10 * PL_USEC_PER_MSEC);
        }
}

/* The child has all that the caller was to do. */
static void come_again(void)
{
        while (true) {
                pid_t pid = fork();

                if (pid == 0)
                        return;
                if (pid < 0)
                        sleep_usec(10 * PL_USEC_PER_MSEC);
                else
                        (void) waitpid(pid, NULL, 0);
        }
}

static void *write_once(void *path)
{
        int fd = open(path, O_WRONLY | O_CLOEXEC);

        if (fd < 0 || pwrite(fd, "x", 1, 0) != 1)
                stop(path);
        return NULL;
}

static void stick(const char *path)
{
        pthread_t thread;

        errno = pthread_create(&thread, NULL, write_once, (void *) (uintptr_t) path);
        if (errno != 0)
                stop("thread");
}

/* ---- main ---- */

static const struct mode modes[] = {
        { "hog", false, 2, hog },        { "use", false, 1, use },  { "thrash", false, 1, thrash },
        { "read", true, 1, read_again }, { "fill", true, 2, fill }, { "bomb", false, 1, bomb },
};

static void read_options(int argc, char **argv, struct load *load)
{
        static const struct option options[] = {
                { "go", required_argument, NULL, 'g' },
                { "ready", required_argument, NULL, 'r' },
                { "deaf", no_argument, NULL, 'd' },
                { "again", no_argument, NULL, 'a' },
                { "once", required_argument, NULL, 'o' },
                { "stick", required_argument, NULL, 's' },
                {},
        };
        int option;

        while ((option = getopt_long(argc, argv, "+", options, NULL)) >= 0)
                switch (option) {
                case 'g':
                        load->go = optarg;
                        break;
                case 'r':
                        load->ready = optarg;
                        break;
                case 'd':
                        load->is_deaf = true;
                        break;
                case 'a':
                        load->comes_again = true;
                        break;
                case 'o':
                        load->once = optarg;
                        break;
                case 's':
                        load->stick = optarg;
                        break;
                default:
                        exit(2);
                }
}

/* NULL: it is no such mode, or not what belongs to it. */
static const struct mode *read_mode(char **arguments, struct load *load)
{
        const struct mode *mode = modes, *end = modes + PL_ARRAY_LENGTH(modes);
        int count;

        while (mode < end && (!*arguments || strcmp(mode->name, *arguments) != 0))
                mode++;
        if (mode == end)
                return NULL;
        arguments++;
        if (mode->has_file) {
                load->file = *arguments;
                arguments += *arguments ? 1 : 0;
        }
        for (count = 0; count < mode->numbers && *arguments; count++)
                if (pl_span_to_u64(pl_span_of(*arguments++), &load->numbers[count]) != 0)
                        return NULL;
        return count == mode->numbers && !*arguments ? mode : NULL;
}

static void wait_for_go(const struct load *load)
{
        if (!load->go)
                return;
        say_ready(load);
        while (access(load->go, F_OK) < 0)
                sleep_usec(20 * PL_USEC_PER_MSEC);
}

int main(int argc, char **argv)
{
        struct load load = {};
        const struct mode *mode;

        read_options(argc, argv, &load);
        mode = read_mode(argv + optind, &load);
        if (!mode) {
                fprintf(stderr, "load: no such mode, or not what belongs to it\n");
                return 2;
        }
        if (load.is_deaf)
                (void) signal(SIGTERM, SIG_IGN);
        wait_for_go(&load);
        if (load.once && access(load.once, F_OK) == 0)
                stay(&load);
        if (load.once)
                make_file(load.once);
        if (load.stick)
                stick(load.stick);
        if (load.comes_again)
                come_again();
        mode->run(&load);
        return EXIT_SUCCESS;
}
