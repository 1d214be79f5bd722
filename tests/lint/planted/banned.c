/* SPDX-License-Identifier: Apache-2.0 */

/* Planted: banned functions, as a file that is in a hurry would call them. */

#include <stdlib.h>
#include <string.h>

void pl_banned(char *to, const char *from);

void pl_banned(char *to, const char *from)
{
        strcpy(to, from);
        exit(atoi(from));
}
