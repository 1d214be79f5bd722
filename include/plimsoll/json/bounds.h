/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* bounds - how large a JSON document may be, so that whoever writes one does not choose how much time and memory it
 * takes.
 */

enum {
        /* Bytes: a thousand times the longest shipped profile. */
        PL_JSON_TEXT_MAX = 1048576,
        /* Arrays and objects within each other; a profile has four. */
        PL_JSON_DEPTH_MAX = 32,
        /* What a text of the longest length holds at 16 bytes a value, which is a short member. */
        PL_JSON_VALUES_MAX = 65536,
        /* Bytes of the text, with its quotes; labels of containers stay below 256. */
        PL_JSON_KEY_MAX = 1024,
        /* Bytes: what cJSON's buffer for one takes (parse_number() of 1.7.15). */
        PL_JSON_NUMBER_MAX = 63,
};
