#ifndef PRIV_VERB_H
#define PRIV_VERB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "priv/caller.h"
#include "priv/proto.h"
#include "priv/session.h"
#include "priv/setting.h"

/* One conversation: its caller is settled by the peer's uid and then at most
 * once more (as_ticket, as_user), for PROOF_MS: a front must not gather
 * identities. */
#define PROOF_MS 180000

struct conversation {
	int fd;
	int idle_ms;
	struct caller caller;
	int64_t proven_at;	/* io_monotonic_ms; 0: the uid is all there is */
	struct session session;
	struct job *job;		/* begun by the last request, job.h; or NULL */
};

/* One request at work. The reply's version and code are the loop's. */
struct ask {
	struct conversation *with;
	const struct priv_request *q;
	const char *parent;		/* the job whose row this is, or NULL */
	int passed;			/* descriptor that came along, or -1 */
	struct priv_reply *reply;
	int answer;			/* descriptor that goes back, or -1; the
					 * loop closes it */
};

/*
 * A thing that root does for others. One file in verbs/ defines one: the file's
 * name is the verb, the object is verb_<name>, and the registry is made from
 * the names. run is called only with a caller out of `who` and arguments that
 * passed; 0, or -1 with e.
 */
struct verb {
	const char *name;
	unsigned who;
	bool (*name_ok)(const char *), (*expect_ok)(const char *),
		(*value_ok)(const char *);
	bool takes_fd;
	const struct setting *sets;	/* what undo puts back, or NULL */
	int (*run)(struct ask *a, struct err *e);
};

/* The verb that this datagram of n bytes asks for, when it is one whole request
 * of this version, well-formed throughout, and this caller may ask it. */
const struct verb *verb_for(const struct priv_request *q, size_t n,
			    enum who who, bool has_fd, struct err *e);

/* NULL: there is none of that name. */
const struct verb *verb_named(const char *name);

/* Which of these arguments the verb does not take: "name", "expect", "value"; NULL:
 * none. Of a setting none is taken that could not be read back whole. */
const char *verb_refuses(const struct verb *v, const char *name, const char *expect,
			 const char *value);

/* What this verb changes; NULL: nothing, or there is no such verb. */
const struct setting *setting_of(const char *verb);

#endif
