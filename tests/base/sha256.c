/* SPDX-License-Identifier: Apache-2.0 */
#include "plimsoll/base/sha256.h"

#include "test.h"

static const char *digest_of(const char *piece, size_t times)
{
        static char buffer[2 * PL_SHA256_BYTES + 1];
        uint8_t digest[PL_SHA256_BYTES];
        struct pl_sha256 sha256;
        struct pl_text text;

        pl_sha256_init(&sha256);
        for (size_t i = 0; i < times; i++)
                pl_sha256_add(&sha256, pl_span_of(piece));
        pl_sha256_finish(&sha256, digest);
        pl_text_init(&text, buffer, sizeof buffer);
        pl_sha256_format(&text, digest);
        return buffer;
}

/* The examples of the standard's authors, and lengths around the end of a block, by sha256sum. */
static void test_known_digests(void **state)
{
        static const struct {
                const char *piece;
                size_t times;
                const char *digest;
        } rows[] = {
                { "", 1, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855" },
                { "abc", 1, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad" },
                { "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq", 1,
                  "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1" },
                { "a", 1000000,
                  "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0" },
                { "x", 55, "d5e285683cd4efc02d021a5c62014694958901005d6f71e89e0989fac77e4072" },
                { "x", 56, "04c26261370ee7541549d16dee320c723e3fd14671e66a099afe0a377c16888e" },
                { "x", 64, "7ce100971f64e7001e8fe5a51973ecdfe1ced42befe7ee8d5fd6219506b5393c" },
        };

        (void) state;
        for (size_t i = 0; i < PL_ARRAY_LENGTH(rows); i++)
                assert_string_equal(digest_of(rows[i].piece, rows[i].times), rows[i].digest);
}

int main(void)
{
        const struct CMUnitTest tests[] = { cmocka_unit_test(test_known_digests) };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
