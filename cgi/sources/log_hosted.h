#ifndef SOURCES_LOG_HOSTED_H
#define SOURCES_LOG_HOSTED_H

#include "sources/world.h"

/* Of one domain alone the others are not known. Which of those that f->log.rows name
 * as recipients' this server has is looked up in its lists: f->log.hosted. */
void log_hosted_gather(struct world *w, struct facts *f, struct arena *a);

#endif
