#ifndef MAIL_LISTENING_H
#define MAIL_LISTENING_H

#include "base/arena.h"
#include "base/text.h"
#include "core/ports.h"

/*
 * What the helper's verb `listening` prints: the lines of /proc/net/tcp and
 * tcp6 (kernel documentation, networking/proc_net_tcp) that are in state LISTEN,
 * each behind "tcp " or "tcp6 ", and for sockets whose process was found
 * "process INODE PID NAME". A name is whatever the process calls itself.
 * Other lines are passed over.
 */
#define LISTENERS_MAX 4096

/* By port, then family, then address. */
size_t listening_read(struct slice text, struct arena *a,
		      const struct listener **out);

/* The socket that serves port in the family (4 or 6): one bound to the address,
 * or to every one. ip NULL: whatever it is bound to, but loopback alone.
 * *maybe is set when all there is for IPv4 is an IPv6 socket, which may or may
 * not take IPv4 as well. NULL: none. */
const struct listener *listening_find(const struct listener *all, size_t n,
				      int family, unsigned port,
				      const struct ip *ip, bool *maybe);

#endif
