/* SPDX-License-Identifier: Apache-2.0 */

#include "plimsoll/kernel/capability.h"

#include <linux/capability.h>
#include <unistd.h>

#include "test.h"

/* As root CAP_SYS_RESOURCE goes out of effect and comes back; as anybody else it is not there and stays so. */
static void lowers_and_raises(void **state)
{
        bool before, was, now;

        (void) state;
        assert_int_equal(pl_capability_has(CAP_SYS_RESOURCE, &before), 0);
        assert_int_equal(pl_capability_lower(CAP_SYS_RESOURCE, &was), 0);
        assert_int_equal(was, before);
        assert_int_equal(pl_capability_has(CAP_SYS_RESOURCE, &now), 0);
        assert_false(now);
        assert_int_equal(pl_capability_lower(CAP_SYS_RESOURCE, &was), 0);
        assert_false(was);
        assert_true(pl_capability_raise(CAP_SYS_RESOURCE) == 0 || !before);
        assert_int_equal(pl_capability_has(CAP_SYS_RESOURCE, &now), 0);
        assert_int_equal(now, before);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(lowers_and_raises),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
