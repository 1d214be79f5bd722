/* SPDX-License-Identifier: Apache-2.0 */

/* The host over the last second or so: a few looks at it, and what they come to as rates.
 *
 * What was counted before `fresh_usec` of the host's scope means nothing any more: a victim died, a measure of ours stalled
 * somebody, the host slept.
 */

#include "engine_internal.h"
#include "plimsoll/base/assert.h"
#include "plimsoll/base/ratio.h"
#include "plimsoll/base/size.h"

enum {
        PAGE_BYTES =
                4096, /* of the kernel's counters in this build; larger pages are counted too small */
};

/* Looks that are nearer to each other than this are one: a rate over less is noise. */
#define SPACING_USEC (PL_USEC_PER_SEC / 20)
#define WINDOW_USEC  PL_USEC_PER_SEC
/* Less of it says nothing of a share of the last second. */
#define STALL_SPAN_USEC (PL_USEC_PER_SEC / 2)

uint64_t pl_share(uint64_t part, uint64_t scale, uint64_t whole)
{
        return whole == 0 ? 0 : pl_ratio_scale(part, scale, whole);
}

/* zram keeps what is swapped in memory, and gains only what it compresses away. */
static uint64_t swap_left(const struct pl_host_sample *host)
{
        uint64_t gain = host->zram_data_bytes - PL_MIN(host->zram_bytes, host->zram_data_bytes);

        if (host->zram_data_bytes == 0)
                return host->swap_free_bytes;
        return pl_share(host->swap_free_bytes, gain, host->zram_data_bytes);
}

static const struct pl_weather_point *point(const struct pl_engine *engine, uint64_t back)
{
        const struct pl_engine_memory *memory = &engine->memory;

        pl_assert(back < memory->point_count);
        return &memory->points[(memory->point_next + PL_WEATHER_POINTS - 1 - back) %
                               PL_WEATHER_POINTS];
}

void pl_weather_look(struct pl_engine *engine, const struct pl_host_sample *host)
{
        struct pl_engine_memory *memory = &engine->memory;

        if (!(host->have & PL_HOST_BIT(available_bytes)))
                return;
        if (memory->point_count > 0 && host->at_usec < point(engine, 0)->at_usec + SPACING_USEC)
                return;
        /* What could not be read for a while would have risen all at once. */
        if (host->have != memory->host.have)
                memory->point_count = 0;
        memory->host = *host;
        memory->points[memory->point_next] = (struct pl_weather_point){
                .at_usec = host->at_usec,
                .left_bytes = host->available_bytes + swap_left(host),
                .full_usec = host->full_usec,
                .kswapd_pages = host->pgscan_kswapd_pages,
                .allocstall_count = host->allocstall_count,
                .circles_pages = host->refault_anon_pages + host->refault_file_pages +
                                 host->pswpin_pages,
        };
        memory->point_next = (memory->point_next + 1) % PL_WEATHER_POINTS;
        memory->point_count = PL_MIN(memory->point_count + 1, (uint64_t) PL_WEATHER_POINTS);
}

/* The newest that is a window old, or the oldest that is good. */
static const struct pl_weather_point *base(const struct pl_engine *engine)
{
        const struct pl_weather_point *now = point(engine, 0), *found = now;

        for (uint64_t back = 1; back < engine->memory.point_count; back++) {
                const struct pl_weather_point *before = point(engine, back);

                if (before->at_usec < engine->memory.scopes[0].fresh_usec)
                        break;
                found = before;
                if (before->at_usec + WINDOW_USEC <= now->at_usec)
                        break;
        }
        return found;
}

static uint64_t fall(const struct pl_weather_point *before, const struct pl_weather_point *now)
{
        return now->left_bytes >= before->left_bytes
                       ? 0
                       : pl_share(before->left_bytes - now->left_bytes, PL_USEC_PER_SEC,
                                  now->at_usec - before->at_usec);
}

struct pl_weather pl_weather_now(const struct pl_engine *engine, uint64_t now_usec)
{
        const struct pl_weather_point *now, *before;
        struct pl_weather weather = {
                .available_bytes = engine->memory.host.available_bytes,
                .swap_left_bytes = swap_left(&engine->memory.host),
                .end_usec = UINT64_MAX,
        };
        uint64_t span_usec;

        /* A look that is missing is not a look at what was. */
        if (engine->memory.point_count == 0 || point(engine, 0)->at_usec + WINDOW_USEC < now_usec)
                return weather;
        weather.known = true;
        now = point(engine, 0);
        before = base(engine);
        if (before == now)
                return weather;
        span_usec = now->at_usec - before->at_usec;
        weather.fall_bytes_per_sec = fall(before, now);
        weather.steady_fall_bytes_per_sec = PL_MIN(weather.fall_bytes_per_sec,
                                                   fall(point(engine, 1), now));
        weather.reclaims = now->kswapd_pages > before->kswapd_pages ||
                           now->allocstall_count > before->allocstall_count;
        weather.circles_bytes_per_sec = pl_share(
                (now->circles_pages - PL_MIN(before->circles_pages, now->circles_pages)) *
                        PAGE_BYTES,
                PL_USEC_PER_SEC, span_usec);
        weather.stall_known = span_usec >= STALL_SPAN_USEC &&
                              (engine->memory.host.have & PL_HOST_BIT(full_usec));
        if (weather.stall_known) {
                uint64_t stalled_usec = now->full_usec - PL_MIN(before->full_usec, now->full_usec);

                /* The two clocks are not read at the same time. */
                weather.stall_permyriad = (uint32_t) pl_share(PL_MIN(stalled_usec, span_usec),
                                                              PL_PERMYRIAD, span_usec);
        }
        return weather;
}
