#ifndef SOURCES_RECORDER_H
#define SOURCES_RECORDER_H

#include <json-c/json.h>

#include "sources/world.h"

/*
 * A world that passes every question on to `inner` and keeps the answers: a
 * support bundle, a bug report and a golden test are the same thing.
 *
 * Kept of the mail log: only lines of arrivals, deliveries and hosts that could
 * not be reached (no rejections, no protocol errors, hence no AUTH data), without
 * their subjects, the newest
 * RECORDER_LOG_MAX bytes. anonymise replaces local parts of addresses in the
 * log and in mailbox lists. Closing the recorder leaves inner open.
 */
#define RECORDER_LOG_MAX (4u << 20)

struct world *recorder_new(struct world *inner, bool anonymise);

/* {"world":{…},"files":{row: base64}}: the caller's. Once. */
json_object *recorder_take(struct world *recorder);

/* The keys under which answers are kept in a recording's world.json. */
#define RECORDING_SCHEMA "relaydoctor-world/1"
void recording_dns_key(char out[340], const struct dns_question *q);
void recording_command_key(char out[600], enum world_command c,
			   const char *arg, const char *arg2);
void recording_talk_key(char out[80], const struct smtp_place *to);
/* Base64 both ways (RFC 4648); decoding gives -1 for what is not that. */
json_object *recording_encode(const void *p, size_t n);
int recording_decode(const char *text, struct arena *a, unsigned char **out,
		     size_t *n);

#endif
