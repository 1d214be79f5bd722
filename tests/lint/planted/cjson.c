/* SPDX-License-Identifier: Apache-2.0 */

/* Planted: cJSON, outside of the room json. */

void cJSON_Delete(void *item);
void pl_planted_cjson(void *item);

void pl_planted_cjson(void *item)
{
        cJSON_Delete(item);
}
