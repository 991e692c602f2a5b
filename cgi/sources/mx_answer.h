#ifndef SOURCES_MX_ANSWER_H
#define SOURCES_MX_ANSWER_H

#include "core/zone.h"
#include "sources/dns_packet.h"

/* The MX records of an answer, in a, with the alias that led to them; apex and
 * serial stay as they are. */
void mx_answer_read(const struct dns_answer *x, struct mx_set *out, struct arena *a);

#endif
