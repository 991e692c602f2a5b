#ifndef PRIV_CLIENT_H
#define PRIV_CLIENT_H

#include <stdbool.h>

#include "base/err.h"
#include "priv/proto.h"

/*
 * One connection to the helper: who we are is settled once (root by the peer's
 * uid; as_ticket; as_user) and holds for the verbs that follow. Not shared by
 * threads. Errors carry the helper's own sentence.
 */
struct priv_client {
	int fd;
	bool as_account;	/* as_user has settled it: set by whoever asked that */
};

#define PRIV_CLIENT_INIT { -1, false }

int priv_open(struct priv_client *c, struct err *e);
void priv_close(struct priv_client *c);

/*
 * Asks for a verb; name, expect and value may be NULL (""). *reply is filled
 * on success and on a refusal by the helper. passed is a descriptor to send or
 * -1; *fd (when fd is not NULL) gets the descriptor of the answer or -1.
 */
int priv_ask(struct priv_client *c, const char *verb, const char *name,
	     const char *expect, const char *value, int passed,
	     struct priv_reply *reply, int *fd, struct err *e);

/* The same for a read verb that answers with a file: returns it, or -1. */
int priv_read(struct priv_client *c, const char *verb, const char *name,
	      const char *value, struct err *e);

#endif
