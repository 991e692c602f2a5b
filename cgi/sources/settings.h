#ifndef SOURCES_SETTINGS_H
#define SOURCES_SETTINGS_H

#include "sources/world.h"

/*
 * The administrator's own word (mail/settings): f->declared and f->gateways. A
 * missing file says nothing, and that is no fault. What is not understood makes
 * SOURCE_SETTINGS FAILED with the lines in its reason; the rest holds all the
 * same, and no check depends on it.
 */
#define SETTINGS_MAX 1000	/* of each key; more are told */

/* Where they say nothing else: f->scan_every, f->scan_on_change, in seconds. */
#define SCAN_EVERY 86400
#define SCAN_ON_CHANGE 60

void settings_gather(struct world *w, struct facts *f, struct arena *a);

/* Exchangers below one of f->gateways are gateways, whatever the table of
 * providers says of them. To be called when f->domains have their hosts. */
void settings_mark_gateways(struct facts *f);

#endif
