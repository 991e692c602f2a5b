#ifndef SOURCES_PROVIDERS_H
#define SOURCES_PROVIDERS_H

#include "core/zone.h"

/*
 * Says of a host whose it is: its registrable domain by the Public Suffix List
 * (the system's, else the one libpsl carries), and kind and title where
 * mail/providers knows it. Not for hosts that are ours: they have no provider.
 */
struct providers;

struct providers *providers_open(void);		/* reads the list */
void providers_fill(const struct providers *p, struct mx_host *h);
void providers_close(struct providers *p);	/* or NULL */

/* Whose name servers the zones are delegated to: the registrable domain of the
 * first that is not this server's, else of the first. */
void providers_name_keepers(struct zone *const *zones, size_t n, struct arena *a);

#endif
