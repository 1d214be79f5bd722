/* SPDX-License-Identifier: Apache-2.0 */

/* The host that a policy is checked for: told on the command line, read, and put into words. */

#include <fcntl.h>
#include <unistd.h>

#include "cli/check.h"
#include "plimsoll/base/size.h"
#include "plimsoll/kernel/file.h"
#include "test.h"

static const struct {
        const char *text;
        uint64_t ram_bytes, swap_bytes; /* 0: it is refused */
        const char *words;              /* a part of why; else of how it is described */
} hosts[] = {
        { "ram=16GiB,swap=4GiB", 16 * PL_GIB, 4 * PL_GIB, "a host with 16 GiB and 4 GiB of swap" },
        { "swap=4GiB,ram=16GiB", 16 * PL_GIB, 4 * PL_GIB, "a host with 16 GiB and 4 GiB of swap" },
        { "ram=1GiB", PL_GIB, 0, "a host with 1 GiB and no swap" },
        { "ram=1.5G,swap=0", PL_GIB * 3 / 2, 0, "a host with 1.50 GiB and no swap" },
        { "ram=16MiB", 16 * PL_MIB, 0, "a host with 16 MiB and no swap" },
        { "ram=4096TiB,swap=4096TiB", UINT64_C(1) << 52, UINT64_C(1) << 52,
          "a host with 4 PiB and 4 PiB of swap" },
        { "", 0, 0, "'' is not understood" },
        { "ram", 0, 0, "'ram' has no amount" },
        { "ram=", 0, 0, "'ram=' is no amount" },
        { "ram=16GiB,", 0, 0, "'' is not understood" },
        { ",ram=16GiB", 0, 0, "'' is not understood" },
        { "swap=4GiB", 0, 0, "says nothing of ram" },
        { "ram=16GiB,ram=16GiB", 0, 0, "comes second" },
        { "Ram=16GiB", 0, 0, "'Ram=16GiB' is not understood" },
        { "rams=16GiB", 0, 0, "'rams=16GiB' is not understood" },
        { "ram=16 GiB,cpu=3", 0, 0, "'cpu=3' is not understood" },
        { "ram=16Gib", 0, 0, "unit that is not known" },
        { "ram=50%", 0, 0, "is no" },
        { "ram=max", 0, 0, "is no amount" },
        { "ram=-1GiB", 0, 0, "is no amount" },
        { "ram=16", 0, 0, "is the unit missing" },
        { "ram=0", 0, 0, "is the unit missing" },
        { "ram=5PiB", 0, 0, "more than any host" },
        { "ram=99999999999999999999GiB", 0, 0, "more than any host" },
        { "ram=1GiB,swap=5PiB", 0, 0, "'swap=5PiB' is more than any host" },
        { "\x1B[2Jram=1", 0, 0, "'?[2Jram=1' is not understood" },
};

static void a_host_is_told_in_words(void **state)
{
        char buffer[1024];
        struct pl_text text;

        (void) state;
        for (size_t i = 0; i < PL_ARRAY_LENGTH(hosts); i++) {
                struct pl_check_host given = {};
                bool good;

                pl_text_init(&text, buffer, sizeof buffer);
                good = pl_check_host_parse(hosts[i].text, &text, &given);
                assert_row(hosts[i].text, good == (hosts[i].ram_bytes > 0));
                assert_row(hosts[i].text, given.facts.ram_bytes == hosts[i].ram_bytes);
                assert_row(hosts[i].text, given.facts.swap_bytes == hosts[i].swap_bytes);
                assert_row(hosts[i].text, good == (text.length == 0));
                if (good) {
                        assert_row(hosts[i].text, given.is_given);
                        pl_check_add_host(&text, &given);
                        assert_string_equal(buffer, hosts[i].words);
                        continue;
                }
                assert_row(hosts[i].text, strstr(buffer, hosts[i].words));
                assert_row(hosts[i].text, strstr(buffer, "Write it as --host=ram=16GiB"));
        }
}

static void this_host_is_described(void **state)
{
        static const struct {
                struct pl_check_host host;
                const char *words;
        } rows[] = {
                { { .facts = { 16642998272, 4 * PL_GIB }, .on_zram = true },
                  "this host (15.5 GiB, zram 4 GiB)" },
                { { .facts = { PL_GIB, 975 * PL_MIB }, .on_disk = true },
                  "this host (1 GiB, swap 975 MiB)" },
                { { .facts = { PL_GIB, PL_GIB }, .on_disk = true, .on_zram = true },
                  "this host (1 GiB, zram and disk 1 GiB)" },
                { { .facts = { PL_GIB, PL_GIB } }, "this host (1 GiB, swap 1 GiB)" },
                { { .facts = { PL_GIB, 0 } }, "this host (1 GiB, no swap)" },
        };
        char buffer[128];
        struct pl_text text;

        (void) state;
        for (size_t i = 0; i < PL_ARRAY_LENGTH(rows); i++) {
                pl_text_init(&text, buffer, sizeof buffer);
                pl_check_add_host(&text, &rows[i].host);
                assert_string_equal(buffer, rows[i].words);
        }
}

static void this_host_is_read(void **state)
{
        struct pl_check_host read = {};
        int fd = open(FIXTURES "/proc/host", O_RDONLY | O_CLOEXEC | O_DIRECTORY);

        (void) state;
        assert_true(fd >= 0);
        assert_int_equal(pl_check_host_read(fd, -1, &read), 0);
        (void) close(fd);
        assert_int_equal(read.facts.ram_bytes, 16393216 * PL_KIB);
        assert_int_equal(read.facts.swap_bytes, 4194300 * PL_KIB);
        assert_true(read.on_zram && read.on_disk);
        assert_false(read.is_given);

        fd = open(FIXTURES, O_RDONLY | O_CLOEXEC | O_DIRECTORY);
        assert_true(fd >= 0);
        assert_int_equal(pl_check_host_read(fd, -1, &read), PL_FILE_E_ABSENT);
        (void) close(fd);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(a_host_is_told_in_words),
                cmocka_unit_test(this_host_is_described),
                cmocka_unit_test(this_host_is_read),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
