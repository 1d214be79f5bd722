/* SPDX-License-Identifier: Apache-2.0 */

/* Planted: a null pointer that clang-tidy's analyzer must follow to its end. */

int pl_planted_null(int which);

int pl_planted_null(int which)
{
        int *at = 0;

        if (which)
                return 0;
        return *at;
}
