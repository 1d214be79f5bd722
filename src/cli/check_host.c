/* SPDX-License-Identifier: Apache-2.0 */

#include "check.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "plimsoll/base/assert.h"
#include "plimsoll/base/macro.h"
#include "plimsoll/base/size.h"
#include "plimsoll/kernel/meminfo.h"
#include "plimsoll/kernel/swap.h"

/* Whoever forgets the unit is told so, and not that his policy is wrong: no kernel boots in less, and none can address
 * more (52 bits of physical address, on x86-64 and arm64). */
#define RAM_MIN_BYTES  (16 * PL_MIB)
#define HOST_MAX_BYTES (UINT64_C(1) << 52)

/* ---- this host ---- */

/* What kind of swap there is, is good to know; who may not look is not kept from anything. */
static void read_swap_kinds(const struct pl_roots *roots, struct pl_file_buffer *buffer,
                            struct pl_check_host *host)
{
        struct pl_swap swap;

        if (pl_swap_read(roots, buffer, &swap) != 0)
                return;
        host->on_zram = swap.areas.of_kind[PL_SWAP_ZRAM].count > 0;
        host->on_disk = swap.areas.of_kind[PL_SWAP_DISK].count > 0 ||
                        swap.areas.of_kind[PL_SWAP_FILE].count > 0;
}

int pl_check_host_read(int proc_fd, int sys_fd, struct pl_check_host *ret_host)
{
        const struct pl_roots roots = { -1, proc_fd, sys_fd, -1 };
        static struct pl_file_buffer buffer;
        struct pl_meminfo meminfo;
        int r;

        pl_assert(ret_host);

        r = pl_meminfo_read(proc_fd, &buffer, &meminfo);
        if (r != 0)
                return r;
        *ret_host = (struct pl_check_host){
                .facts = { meminfo.total_bytes, meminfo.swap_total_bytes },
        };
        read_swap_kinds(&roots, &buffer, ret_host);
        return 0;
}

/* ---- a host that is told ---- */

static const char *const names[] = { "ram", "swap" };

PL_PRINTF(3, 4)
static bool refuse(struct pl_text *words, struct pl_span quoted, const char *format, ...)
{
        char buffer[PL_CLI_COLUMNS * 2];
        va_list arguments;

        va_start(arguments, format);
        pl_assert(vsnprintf(buffer, sizeof buffer, format, arguments) >= 0);
        va_end(arguments);

        pl_text_add(words, "plimsoll: --host: ");
        if (quoted.data) {
                pl_text_add(words, "'");
                pl_text_add_clean(words, pl_span(quoted.data,
                                                 PL_MIN(quoted.length, (size_t) PL_CLI_COLUMNS)));
                pl_text_add(words, "' ");
        }
        pl_text_addf(words, "%s\nWrite it as --host=ram=16GiB,swap=4GiB\n", buffer);
        return false;
}

static bool parse_bytes(struct pl_span pair, struct pl_span value, struct pl_text *words,
                        uint64_t *ret_bytes)
{
        int r = pl_bytes_parse(value, ret_bytes, NULL);

        if (r == PL_SIZE_E_UNIT)
                return refuse(words, pair,
                              "has a unit that is not known; there are KiB, MiB, GiB, TiB");
        if (r == PL_SIZE_E_RANGE || (r == 0 && *ret_bytes > HOST_MAX_BYTES))
                return refuse(words, pair, "is more than any host has");
        if (r != 0)
                return refuse(words, pair, "is no amount of memory");
        return true;
}

/* The index of a name, PL_ARRAY_LENGTH(names) when there is none such. */
static size_t find_name(struct pl_span name)
{
        size_t i = 0;

        while (i < PL_ARRAY_LENGTH(names) && !pl_span_equals(name, names[i]))
                i++;
        return i;
}

static bool parse_pair(struct pl_span pair, struct pl_text *words, uint64_t values[],
                       bool is_there[])
{
        struct pl_span value = pair, name = pl_span_until(&value, '=');
        size_t index = find_name(name);

        if (index == PL_ARRAY_LENGTH(names))
                return refuse(words, pair, "is not understood; a host has ram and swap");
        if (name.length == pair.length)
                return refuse(words, pair, "has no amount");
        if (is_there[index])
                return refuse(words, pair, "comes second; say \"%s\" once", names[index]);
        is_there[index] = true;
        return parse_bytes(pair, value, words, &values[index]);
}

bool pl_check_host_parse(const char *text, struct pl_text *words, struct pl_check_host *ret_host)
{
        uint64_t values[PL_ARRAY_LENGTH(names)] = {};
        bool is_there[PL_ARRAY_LENGTH(names)] = {};
        struct pl_span rest = pl_span_of(text);

        pl_assert(words && ret_host);

        for (bool more = true; more;) {
                more = strchr(rest.data, ',') != NULL;
                if (!parse_pair(pl_span_until(&rest, ','), words, values, is_there))
                        return false;
        }
        if (!is_there[0])
                return refuse(words, (struct pl_span){}, "says nothing of ram");
        if (values[0] < RAM_MIN_BYTES)
                return refuse(words, pl_span_of(text),
                              "is too little RAM for Linux; is the unit missing?");
        *ret_host = (struct pl_check_host){ .facts = { values[0], values[1] }, .is_given = true };
        return true;
}

/* ---- words ---- */

/* Three digits, but "4 GiB" and not "4.00 GiB": in a sentence nothing is lined up. */
static void add_amount(struct pl_text *text, uint64_t bytes)
{
        char buffer[32];
        struct pl_text amount;
        struct pl_span unit, number;

        pl_text_init(&amount, buffer, sizeof buffer);
        pl_bytes_format_short(&amount, bytes);
        unit = pl_text_span(&amount);
        number = pl_span_until(&unit, '.');
        pl_text_add_span(text, number);
        if (number.length == amount.length)
                return;
        number = pl_span_until(&unit, ' ');
        if (!pl_span_equals(number, "0") && !pl_span_equals(number, "00")) {
                pl_text_add(text, ".");
                pl_text_add_span(text, number);
        }
        pl_text_add(text, " ");
        pl_text_add_span(text, unit);
}

void pl_check_add_host(struct pl_text *text, const struct pl_check_host *host)
{
        const struct pl_host_facts *facts = &host->facts;

        pl_text_add(text, host->is_given ? "a host with " : "this host (");
        add_amount(text, facts->ram_bytes);
        pl_text_add(text, host->is_given ? " and " : ", ");
        if (facts->swap_bytes == 0)
                pl_text_add(text, "no swap");
        else if (!host->is_given)
                pl_text_add(text, host->on_zram && host->on_disk ? "zram and disk "
                                  : host->on_zram                ? "zram "
                                                                 : "swap ");
        if (facts->swap_bytes > 0)
                add_amount(text, facts->swap_bytes);
        if (facts->swap_bytes > 0 && host->is_given)
                pl_text_add(text, " of swap");
        pl_text_add(text, host->is_given ? "" : ")");
}
