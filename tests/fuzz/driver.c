/* SPDX-License-Identifier: Apache-2.0 */

/* Runs a fuzz target without a fuzzer, so that corpora are tested by every compiler in every build. Each file of the
 * corpus is given whole, cut at every length (at most CUTS_MAX of them, evenly spread), and with single bits flipped.
 * Each input is copied to memory of exactly its length, so that a read past the end is seen by a sanitizer or valgrind.
 * When one of them ends the process, the last line says which it was, and the file alone as argument repeats it.
 */

#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "plimsoll/base/assert.h"
#include "plimsoll/base/fd.h"
#include "plimsoll/base/macro.h"

enum { CUTS_MAX = 512, FLIPS_MAX = 512, FILE_BYTES_MAX = 4 << 20 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Of the sanitizers' run-time library, where there is one: they end the process without a signal. */
void __sanitizer_set_death_callback(void (*callback)(void)) __attribute__((weak));

static struct {
        const char *file;
        const char *variant;
        size_t position;
} input;

static void say_input(void)
{
        (void) dprintf(STDERR_FILENO, "the input was %s, %s %zu\n", input.file, input.variant,
                       input.position);
}

static void say_input_and_die(int number)
{
        say_input();
        (void) signal(number, SIG_DFL);
        (void) raise(number);
}

static void run_once(const char *data, size_t length, const char *variant, size_t position)
{
        uint8_t *copy = malloc(length ? length : 1);

        pl_assert(copy);
        memcpy(copy, data, length);
        input.variant = variant;
        input.position = position;
        (void) LLVMFuzzerTestOneInput(copy, length);
        free(copy);
}

static void run_variants(char *data, size_t length)
{
        size_t step = length / CUTS_MAX + 1;

        run_once(data, length, "whole, of bytes:", length);
        for (size_t cut = 0; cut < length; cut += step)
                run_once(data, cut, "cut to bytes:", cut);
        step = length * 8 / FLIPS_MAX + 1;
        for (size_t bit = 0; bit < length * 8; bit += step) {
                data[bit / 8] = (char) (data[bit / 8] ^ (1 << bit % 8));
                run_once(data, length, "with this bit flipped:", bit);
                data[bit / 8] = (char) (data[bit / 8] ^ (1 << bit % 8));
        }
}

static int run_file(int dir_fd, const char *path)
{
        _cleanup_free_ char *data = NULL;
        size_t length;

        if (pl_fd_read_file(dir_fd, path, FILE_BYTES_MAX, &data, &length) != 0) {
                fprintf(stderr, "cannot read %s\n", path);
                return EXIT_FAILURE;
        }
        input.file = path;
        run_variants(data, length);
        return EXIT_SUCCESS;
}

static int run_corpus(DIR *directory, const char *path)
{
        struct dirent *entry;
        int files = 0, r = EXIT_SUCCESS;

        while (r == EXIT_SUCCESS && (entry = readdir(directory))) {
                if (entry->d_name[0] == '.')
                        continue;
                r = run_file(dirfd(directory), entry->d_name);
                files++;
        }
        printf("%d files of %s, cut and flipped\n", files, path);
        return files > 0 ? r : EXIT_FAILURE; /* an empty corpus tests nothing */
}

int main(int argc, char **argv)
{
        DIR *directory;
        int r;

        if (argc != 2) {
                fprintf(stderr, "usage: %s CORPUS-DIRECTORY|FILE\n", argv[0]);
                return 2;
        }
        (void) signal(SIGABRT, say_input_and_die);
        if (__sanitizer_set_death_callback)
                __sanitizer_set_death_callback(say_input);

        directory = opendir(argv[1]);
        if (!directory)
                return run_file(AT_FDCWD, argv[1]);
        r = run_corpus(directory, argv[1]);
        (void) closedir(directory);
        return r;
}
