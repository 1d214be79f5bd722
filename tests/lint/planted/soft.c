/* SPDX-License-Identifier: Apache-2.0 */

/* Planted: a program for tests/lint/program to find soft, built with every protection off. */

int main(void)
{
        return 0;
}
