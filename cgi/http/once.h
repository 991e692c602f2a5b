#ifndef HTTP_ONCE_H
#define HTTP_ONCE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "http/request.h"

/*
 * Requests that came with an idempotency key: the first answer is kept, and given
 * again to whoever asks the same with the same key, for ONCE_LIFE_S. A key is its
 * owner's ("DOOR LOGIN"). Each is a file below state_dir/once: written before the
 * request is carried out, so that a front that died over it is noticed, and again with
 * the answer; unless the first can be written, nothing is carried out. Answers of our
 * own failing (5xx) and those larger than ONCE_ANSWER_MAX are not kept: how such a request
 * ended is then not known here. What stands in a file's place and is none of ours (cut,
 * foreign, a link, a FIFO) is a request of which nothing is known any more. Thread-safe.
 */
#define ONCE_LIFE_S	86400
#define ONCE_ANSWER_MAX	(64u << 10)
#define ONCE_OWN_MAX	500	/* keys of an owner */
#define ONCE_DOOR_MAX	1000	/* … of all at a door: resellers never have the admin's */
#define ONCE_ALL_MAX	(2 * ONCE_DOOR_MAX)
#define ONCE_NAME	80

struct once;

struct once *once_new(const char *state_dir);	/* NULL: keys are refused */
void once_free(struct once *o);			/* NULL is nothing */

/* A request that is to be carried out. */
struct once_turn {
	char name[ONCE_NAME];
	char request[65];	/* digest of what is asked */
	int64_t begun;		/* when it first came: wall clock, in seconds */
	bool again;		/* it came before, and how it ended is not known */
	bool lost;		/* … nor when it came: begun is as early as can be */
};

/*
 * 0 with *answered: rs is the first answer, its texts in a. 0 without: the caller
 * carries it out and says once_end. -1 with *status: 422 when the key is another
 * request's, 503 while the same is being carried out, 429 with too many keys.
 */
int once_begin(struct once *o, const char *owner, const char *key, const void *request,
	       size_t request_len, struct once_turn *turn, struct response *rs, struct arena *a,
	       bool *answered, int *status, struct err *e);
void once_end(struct once *o, const struct once_turn *turn, const struct response *rs);

#endif
