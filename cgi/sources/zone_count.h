#ifndef SOURCES_ZONE_COUNT_H
#define SOURCES_ZONE_COUNT_H

#include "core/facts.h"

/*
 * Counts into f->zones the registrable domains (Public Suffix List) of the
 * domains that DNS was asked about, and those in which no domain got an answer.
 * Leaves it at 0 where too few got none for facts_resolver_fails to be true.
 */
void zone_count(struct facts *f);

#endif
