#ifndef HTTP_SNAPSHOT_H
#define HTTP_SNAPSHOT_H

#include <json-c/json.h>
#include <stdbool.h>

#include "base/err.h"
#include "base/text.h"
#include "core/finding.h"
#include "http/domain_table.h"

/*
 * The last scan's findings, held as text: what threads share is never a JSON
 * object (json-c counts references without a lock), each parses the few
 * findings that it shows. A snapshot never changes; a new one takes its place.
 */
struct snapshot_row {
	const char *id;
	enum severity severity;
	const char *domain;	/* the subject, when it is a domain; else NULL */
	const char *address;	/* the same of an IP address */
	const char *name;	/* of either, or a port: what a change may be about */
	const char *text;
	const char *words;	/* sentence and id in lower case, to be searched */
	const char *reseller;	/* or NULL */
	bool bulk;		/* its fix may be applied to many at once */
	bool is_new;		/* since yesterday */
	bool muted;		/* not counted for now (core/mute.h) */
	unsigned ways;		/* of its check: which mail suffers (core/check.h) */
	uint64_t mails;		/* refused or held in `days`, as counted from the log; 0 */
	unsigned days;
	struct slice json;	/* the whole finding */
};

struct snapshot {
	struct slice head;	/* the findings object with an empty "findings" */
	/* NULL: the scan did not tell of them, as those by an older release. */
	const struct domain_table *domains;
	const struct snapshot_row *rows;	/* worst first */
	size_t n;
	unsigned api_rate;	/* as the settings say; 0: they do not */
};

struct snapshot_store;

/* Reads state_dir/last-scan.json when it is there and sound (a broken one is
 * logged and left out). state_dir NULL: memory only. */
struct snapshot_store *snapshot_store_new(const char *state_dir);

/* When all that was taken is given back. */
void snapshot_store_free(struct snapshot_store *s);

/* The present one, or NULL before the first scan; to be given back. */
const struct snapshot *snapshot_take(struct snapshot_store *s);
void snapshot_release(struct snapshot_store *s, const struct snapshot *x);

/* Puts a new findings object in place and on disk; it stays the caller's and
 * must be nobody else's. Its "domain_rows" (render/domain_rows.h) may be there. ERR_UNAVAILABLE when it is not of schema
 * relaydoctor/1; that it could not be written is only logged. */
int snapshot_put(struct snapshot_store *s, json_object *findings, struct err *e);

/* The same object with the findings of these domains or addresses (an array of names) replaced
 * by those in the array: what a change left behind need not wait for the next
 * scan. */
int snapshot_put_domains(struct snapshot_store *s, json_object *domains,
			 json_object *findings, struct err *e);
/* The same with all findings of the checks of the server itself
 * (core/check.h) replaced. */
int snapshot_put_server(struct snapshot_store *s, json_object *findings, struct err *e);

/* The finding of this id is muted (an object, as in view_muted; it stays the
 * caller's), or not any more (NULL). One that is not there changes nothing. */
int snapshot_mute(struct snapshot_store *s, const char *id, json_object *muted,
		  struct err *e);

/* A parsed copy of one text of a snapshot; the caller's. Never NULL. */
json_object *snapshot_parse(struct slice json);

#endif
