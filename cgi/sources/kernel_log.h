#ifndef SOURCES_KERNEL_LOG_H
#define SOURCES_KERNEL_LOG_H

#include "sources/world.h"

/*
 * The newest KERNEL_LOG_LOOK bytes of /var/log/messages or, where there is none, of
 * /var/log/kern.log: f->blocking.kernel. Of connections that came in only those from
 * addresses that matter here: this server's own, its customers', the one asked about;
 * so it comes after the log (sources/log.h). Where there is neither, or it cannot be
 * read, there is nothing: no check asks for it.
 */
#define KERNEL_LOG_LOOK (16u << 20)

void kernel_log_gather(struct world *w, struct facts *f, struct arena *a);

#endif
