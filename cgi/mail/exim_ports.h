#ifndef MAIL_EXIM_PORTS_H
#define MAIL_EXIM_PORTS_H

#include "base/arena.h"
#include "base/text.h"
#include "core/ports.h"

/*
 * On which addresses and ports the running Exim is configured to listen, from
 * what `exim -bP local_interfaces daemon_smtp_ports tls_on_connect_ports`
 * prints (specification, chapter 13). An interface may carry its own port
 * ("127.0.0.1.2525", "[::1]:2525"); all others get those of daemon_smtp_ports.
 * Services may be named. What is not understood is passed over and told in
 * *why (NULL: all was understood).
 */
#define EXIM_PORTS_MAX 128

size_t exim_ports_read(struct slice bp, struct arena *a,
		       const struct wanted_port **out, const char **why);

/*
 * The ports that cPanel's chkservd.conf names beside Exim's own: lines
 * "exim-26:1", "exim-26,2525:1". At most max; only those that are switched on.
 */
size_t exim_ports_extra(struct slice chkservd, unsigned *out, size_t max);

#endif
