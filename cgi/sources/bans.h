#ifndef SOURCES_BANS_H
#define SOURCES_BANS_H

#include "mail/ban_list.h"
#include "sources/world.h"

/*
 * f->blocking.bans: CSF's lists, /etc/spammeripblocks, the country list, and
 * what cPHulk has blocked where WHM can be asked. A list that is not there is an
 * empty one; one that is there and cannot be read says why, and SOURCE_BANS has
 * failed.
 */
void bans_gather(struct world *w, struct facts *f, struct arena *a);

/* The rows of a WHM API 1 reply of cPHulk (get_cphulk_brutes,
 * get_cphulk_excessive_brutes, read_cphulk_records) as bans of r->list. 1 when
 * cPHulk is off or this WHM does not know it, -1 with e when WHM says no or the reply is none. */
int hulk_read(struct ban_reader *r, struct slice text, struct err *e);

/* At most max lines of lfd.log that name the address as a word, the newest; how
 * many. *why says why the log could not be read, NULL: it was. */
size_t bans_log_lines(struct world *w, const struct ip *ip, struct arena *a,
		      const char **out, size_t max, const char **why);

#endif
