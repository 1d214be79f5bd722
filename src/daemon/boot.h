/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* boot - which boot of the host this is: what is kept of one says nothing of another.
 */

#include <stdint.h>

/* /proc/sys/kernel/random/boot_id; zeros on a host that does not tell, as in every file that is kept there. Blocks for no
 * time, allocates a little. */
void pl_boot_id_read(int proc_fd, uint8_t ret_id[16]);
