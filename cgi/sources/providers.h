#ifndef SOURCES_PROVIDERS_H
#define SOURCES_PROVIDERS_H

#include "core/facts.h"

/*
 * Says of each host whose it is: its registrable domain by the Public Suffix
 * List (the system's, else the one libpsl carries), and kind and title where
 * mail/providers knows it. Hosts that are ours stay without a provider. The
 * list is loaded once and gone afterwards.
 */
void providers_fill(struct mx_host *const *hosts, size_t n);

#endif
