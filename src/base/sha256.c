/* SPDX-License-Identifier: Apache-2.0 */

/* The daemon links libsystemd, cJSON and libcap alone, and none of them has a digest. The names are the standard's. */

#include "plimsoll/base/sha256.h"

#include "plimsoll/base/assert.h"
#include "plimsoll/base/macro.h"

enum { ROUNDS = 64, LENGTH_AT = PL_SHA256_BLOCK - 8 };

/* The first 32 bits of the fractions of the cube roots of the first 64 primes (FIPS 180-4, 4.2.2). */
static const uint32_t k[ROUNDS] = {
        0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4,
        0xab1c5ed5, 0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe,
        0x9bdc06a7, 0xc19bf174, 0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f,
        0x4a7484aa, 0x5cb0a9dc, 0x76f988da, 0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7,
        0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967, 0x27b70a85, 0x2e1b2138, 0x4d2c6dfc,
        0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85, 0xa2bfe8a1, 0xa81a664b,
        0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070, 0x19a4c116,
        0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
        0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7,
        0xc67178f2,
};

static uint32_t rotr(uint32_t x, unsigned n)
{
        return x >> n | x << (32 - n);
}

static uint32_t word_at(const uint8_t *bytes)
{
        return (uint32_t) bytes[0] << 24 | (uint32_t) bytes[1] << 16 | (uint32_t) bytes[2] << 8 |
               bytes[3];
}

static void schedule(const uint8_t block[PL_SHA256_BLOCK], uint32_t w[ROUNDS])
{
        for (size_t t = 0; t < 16; t++)
                w[t] = word_at(block + 4 * t);
        for (size_t t = 16; t < ROUNDS; t++) {
                uint32_t s0 = rotr(w[t - 15], 7) ^ rotr(w[t - 15], 18) ^ w[t - 15] >> 3;
                uint32_t s1 = rotr(w[t - 2], 17) ^ rotr(w[t - 2], 19) ^ w[t - 2] >> 10;

                w[t] = w[t - 16] + s0 + w[t - 7] + s1;
        }
}

/* v holds a to h of the standard. */
static void compress(struct pl_sha256 *sha256)
{
        uint32_t w[ROUNDS], v[8];

        schedule(sha256->block, w);
        for (size_t i = 0; i < 8; i++)
                v[i] = sha256->state[i];
        for (size_t t = 0; t < ROUNDS; t++) {
                uint32_t s1 = rotr(v[4], 6) ^ rotr(v[4], 11) ^ rotr(v[4], 25);
                uint32_t ch = (v[4] & v[5]) ^ (~v[4] & v[6]);
                uint32_t t1 = v[7] + s1 + ch + k[t] + w[t];
                uint32_t s0 = rotr(v[0], 2) ^ rotr(v[0], 13) ^ rotr(v[0], 22);
                uint32_t maj = (v[0] & v[1]) ^ (v[0] & v[2]) ^ (v[1] & v[2]);

                for (size_t i = 7; i > 0; i--)
                        v[i] = v[i - 1];
                v[4] += t1;
                v[0] = t1 + s0 + maj;
        }
        for (size_t i = 0; i < 8; i++)
                sha256->state[i] += v[i];
}

void pl_sha256_init(struct pl_sha256 *sha256)
{
        pl_assert(sha256);

        /* The same of the square roots of the first eight primes (5.3.3). */
        *sha256 = (struct pl_sha256){
                .state = { 0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c,
                           0x1f83d9ab, 0x5be0cd19 },
        };
}

static void add_byte(struct pl_sha256 *sha256, uint8_t byte)
{
        sha256->block[sha256->length++ % PL_SHA256_BLOCK] = byte;
        if (sha256->length % PL_SHA256_BLOCK == 0)
                compress(sha256);
}

void pl_sha256_add(struct pl_sha256 *sha256, struct pl_span bytes)
{
        pl_assert(sha256);

        for (size_t i = 0; i < bytes.length; i++)
                add_byte(sha256, (uint8_t) bytes.data[i]);
}

void pl_sha256_finish(struct pl_sha256 *sha256, uint8_t ret_digest[PL_SHA256_BYTES])
{
        uint64_t bits;

        pl_assert(sha256);
        pl_assert(ret_digest);

        bits = sha256->length * 8;
        add_byte(sha256, 0x80);
        while (sha256->length % PL_SHA256_BLOCK != LENGTH_AT)
                add_byte(sha256, 0);
        for (size_t i = 0; i < 8; i++)
                add_byte(sha256, (uint8_t) (bits >> (56 - 8 * i)));
        for (size_t i = 0; i < PL_SHA256_BYTES; i++)
                ret_digest[i] = (uint8_t) (sha256->state[i / 4] >> (24 - 8 * (i % 4)));
}

void pl_sha256_format(struct pl_text *text, const uint8_t digest[PL_SHA256_BYTES])
{
        pl_assert(text);
        pl_assert(digest);

        for (size_t i = 0; i < PL_SHA256_BYTES; i++)
                pl_text_addf(text, "%02x", digest[i]);
}
