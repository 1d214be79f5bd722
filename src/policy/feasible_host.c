/* SPDX-License-Identifier: Apache-2.0 */

#include "feasible_internal.h"
#include "plimsoll/base/assert.h"
#include "plimsoll/base/macro.h"
#include "plimsoll/base/ratio.h"

static uint64_t resolve(const struct pl_judging *judging, const struct pl_size *size)
{
        const struct pl_size_base base = {
                .ram_bytes = judging->host->ram_bytes,
                .swap_bytes = judging->host->swap_bytes,
                .max_bytes = PL_SIZE_MAX,
        };
        uint64_t bytes;

        return pl_size_resolve(size, &base, &bytes) == 0 ? bytes : PL_SIZE_MAX;
}

/* An amount that this host has not got, or a share of it that nobody means. */
struct amount {
        const char *name;
        const struct pl_size *size;
        bool is_given; /* a default is not the file's mistake, however small the host is */
        struct pl_place place;
        uint64_t most_permyriad; /* of RAM; above that a warning */
        const char *consequence;
        bool is_refused; /* above that, too */
        const char *hint;
};

static void say_too_much(const struct pl_judging *judging, const struct amount *amount,
                         uint64_t bytes)
{
        void (*say)(struct pl_diag *, const char *, struct pl_place, const char *,
                    ...) = amount->is_refused ? pl_diag_error : pl_diag_warning;

        say(judging->diag, judging->document->origin, amount->place,
            "%s is %s of the host's %s: %s", amount->name, pl_in_words(bytes).text,
            pl_in_words(judging->host->ram_bytes).text, amount->consequence);
}

static void judge_amount(const struct pl_judging *judging, const struct amount *amount)
{
        uint64_t bytes = resolve(judging, amount->size), ram_bytes = judging->host->ram_bytes;

        if (bytes >= ram_bytes)
                pl_diag_error(judging->diag, judging->document->origin, amount->place,
                              "%s (%s) leaves nothing of the host's RAM (%s)", amount->name,
                              pl_in_words_beside(bytes, ram_bytes).text,
                              pl_in_words_beside(ram_bytes, bytes).text);
        else if (bytes > pl_ratio_scale(ram_bytes, amount->most_permyriad, PL_PERMYRIAD))
                say_too_much(judging, amount, bytes);
        else
                return;
        if (amount->hint)
                pl_diag_hint(judging->diag, "%s", amount->hint);
}

static void judge_floor(const struct pl_judging *judging)
{
        const struct pl_shortage *shortage = &judging->document->host.shortage;

        if (resolve(judging, &shortage->floor) == 0)
                pl_diag_warning(judging->diag, judging->document->origin,
                                shortage->fields.at[PL_SHORTAGE_FLOOR],
                                "with a floor of 0 memory is never scarce");
}

static void judge_amounts(const struct pl_judging *judging)
{
        const struct pl_host_policy *host = &judging->document->host;
        const struct amount amounts[] = {
                { "reserve", &host->reserve, PL_HAS(host, PL_HOST_RESERVE),
                  host->fields.at[PL_HOST_RESERVE], 2500, "it is taken from everybody", false,
                  NULL },
                { "shortage.floor", &host->shortage.floor,
                  PL_HAS(&host->shortage, PL_SHORTAGE_FLOOR),
                  host->shortage.fields.at[PL_SHORTAGE_FLOOR], 2500,
                  "memory would be scarce all day", true,
                  "without it the floor is \"max(96MiB, min(1GiB, 4%))\"" },
                { "shortage.thrash_rate", &host->shortage.thrash_rate,
                  PL_HAS(&host->shortage, PL_SHORTAGE_THRASH_RATE),
                  host->shortage.fields.at[PL_SHORTAGE_THRASH_RATE], 1000,
                  "no disk is as fast as that", false, NULL },
                { "shortage.growth", &host->shortage.growth,
                  PL_HAS(&host->shortage, PL_SHORTAGE_GROWTH),
                  host->shortage.fields.at[PL_SHORTAGE_GROWTH], 1000,
                  "nobody would count as growing", false, NULL },
                { "kill.floor", &host->kill.floor, PL_HAS(&host->kill, PL_KILL_FLOOR),
                  host->kill.fields.at[PL_KILL_FLOOR], 5000, "hardly anybody would be worth a kill",
                  false, "without it the floor is \"max(16MiB, 1%)\"" },
                { "vm.min_free", &host->vm.min_free, PL_HAS(&host->vm, PL_VM_MIN_FREE),
                  host->vm.fields.at[PL_VM_MIN_FREE], 500, "nobody can use it", false, NULL },
        };

        for (size_t i = 0; i < PL_ARRAY_LENGTH(amounts); i++)
                if (amounts[i].is_given)
                        judge_amount(judging, &amounts[i]);
}

/* What can be taken back is tried before a kill, or it is for nothing. */
static void judge_times(const struct pl_judging *judging)
{
        const struct pl_shortage *shortage = &judging->document->host.shortage;
        bool has_early = PL_HAS(shortage, PL_SHORTAGE_EARLY);

        if (shortage->horizon_usec > shortage->early_usec)
                pl_diag_error(
                        judging->diag, judging->document->origin,
                        shortage->fields.at[has_early ? PL_SHORTAGE_EARLY : PL_SHORTAGE_HORIZON],
                        "\"early\" is shorter than \"horizon\": what is to spare a kill would not "
                        "be tried before it");
}

static void judge_acting(const struct pl_judging *judging)
{
        const struct pl_host_policy *host = &judging->document->host;

        if (host->mode == PL_MODE_OBSERVE)
                pl_diag_note(judging->diag, judging->document->origin,
                             host->fields.at[PL_HOST_MODE],
                             "this host is observed: nothing is done on it");
        else if (!host->act.host && !host->act.local)
                pl_diag_warning(
                        judging->diag, judging->document->origin, host->act.fields.at[PL_ACT_HOST],
                        "with both \"host\" and \"local\" false no shortage is ever acted upon");
}

void pl_judge_host(const struct pl_judging *judging)
{
        const struct pl_pressure *pressure = &judging->document->host.pressure;
        bool has_stall = PL_HAS(pressure, PL_PRESSURE_STALL);

        judge_amounts(judging);
        judge_floor(judging);
        judge_times(judging);
        for (size_t i = 0; i < judging->document->host.protect.count; i++) {
                pl_judge_selector(judging, &judging->document->host.protect.entries[i]);
                pl_judge_protected(judging, &judging->document->host.protect.entries[i]);
        }
        judge_acting(judging);
        if (pressure->stall_usec > pressure->window_usec)
                pl_diag_error(
                        judging->diag, judging->document->origin,
                        pressure->fields.at[has_stall ? PL_PRESSURE_STALL : PL_PRESSURE_WINDOW],
                        "\"stall\" is longer than its window");
}
