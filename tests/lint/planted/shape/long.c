/* SPDX-License-Identifier: Apache-2.0 */

/* Planted: a function of 71 lines, one more than there may be, and a line that clang-format lays out otherwise. */

int  long_one(int argument);

int long_one(int argument)
{
        argument += 0;
        argument += 1;
        argument += 2;
        argument += 3;
        argument += 4;
        argument += 5;
        argument += 6;
        argument += 7;
        argument += 8;
        argument += 9;
        argument += 10;
        argument += 11;
        argument += 12;
        argument += 13;
        argument += 14;
        argument += 15;
        argument += 16;
        argument += 17;
        argument += 18;
        argument += 19;
        argument += 20;
        argument += 21;
        argument += 22;
        argument += 23;
        argument += 24;
        argument += 25;
        argument += 26;
        argument += 27;
        argument += 28;
        argument += 29;
        argument += 30;
        argument += 31;
        argument += 32;
        argument += 33;
        argument += 34;
        argument += 35;
        argument += 36;
        argument += 37;
        argument += 38;
        argument += 39;
        argument += 40;
        argument += 41;
        argument += 42;
        argument += 43;
        argument += 44;
        argument += 45;
        argument += 46;
        argument += 47;
        argument += 48;
        argument += 49;
        argument += 50;
        argument += 51;
        argument += 52;
        argument += 53;
        argument += 54;
        argument += 55;
        argument += 56;
        argument += 57;
        argument += 58;
        argument += 59;
        argument += 60;
        argument += 61;
        argument += 62;
        argument += 63;
        argument += 64;
        argument += 65;
        argument += 66;
        argument += 67;
        argument += 68;
        argument += 69;
        return argument;
}
