#ifndef PRIV_KERNEL_LOG_H
#define PRIV_KERNEL_LOG_H

#include <stdbool.h>

#include "base/err.h"

/* A file that holds what the kernel says among much else. */
bool kernel_log_is(const char *row);
/*
 * A memory file with those lines of fd, which is taken over, that hold CSF's
 * "Firewall: *TCP"; nothing else of such a file is told. Of a long one only the newest
 * part is looked at. -1: it cannot be read.
 */
int kernel_log_lines(int fd, const char *row, struct err *e);

#endif
