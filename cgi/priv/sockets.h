#ifndef PRIV_SOCKETS_H
#define PRIV_SOCKETS_H

#include "base/err.h"

/*
 * Who listens on TCP here, as a memory file of the caller's: the kernel's own
 * lines of /proc/net/tcp and tcp6 in state LISTEN behind "tcp " and "tcp6 ",
 * and "process INODE PID NAME" for those whose process was found (control
 * bytes of NAME as '?'). Only /proc is read, and there no link is followed. At
 * most SOCKETS_MAX sockets; the search for processes ends after SOCKETS_MS.
 */
#define SOCKETS_MAX 1024
#define SOCKETS_MS 3000

int sockets_listening(struct err *e);

#endif
