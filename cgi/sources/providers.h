#ifndef SOURCES_PROVIDERS_H
#define SOURCES_PROVIDERS_H

#include "core/zone.h"

/*
 * Says of each host whose it is: its registrable domain by the Public Suffix
 * List (the system's, else the one libpsl carries), and kind and title where
 * mail/providers knows it. Hosts that are ours stay without a provider. The
 * list is loaded once and gone afterwards.
 */
void providers_fill(struct mx_host *const *hosts, size_t n);

/* Whose name servers the zones are delegated to: the registrable domain of the
 * first that is not this server's, else of the first. */
void providers_name_keepers(struct zone *const *zones, size_t n, struct arena *a);

#endif
