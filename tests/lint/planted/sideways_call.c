/* SPDX-License-Identifier: Apache-2.0 */

/* Planted: what a file of the room kernel must not do, call the room json beside it. It declares the function itself, so
 * that only the linker can notice. */

struct pl_json_writer;
void pl_json_object_begin(struct pl_json_writer *writer);
void pl_kernel_sideways(struct pl_json_writer *writer);

void pl_kernel_sideways(struct pl_json_writer *writer)
{
        pl_json_object_begin(writer);
}
