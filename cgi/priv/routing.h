#ifndef PRIV_ROUTING_H
#define PRIV_ROUTING_H

#include "base/err.h"

/*
 * Email routing of one domain, through the panel and as the account. mxcheck is
 * what is configured (auto, local, secondary, remote), detected what it comes
 * to. Only Email::list_mxs tells the truth about it; WHM's listmxs and API 2's
 * getalwaysaccept do not.
 */
struct routing {
	char mxcheck[16];
	char detected[16];
};

/* ERR_NOT_FOUND: the panel has no routing for this domain (a subdomain on
 * releases that list none). */
int routing_read(const char *account, const char *domain, struct routing *r,
		 struct err *e);

/*
 * Sets mxcheck and reads it back: what is read decides, not what the reply
 * says, since a connection can drop after the change and a first reading can be
 * old. before is what was read just now; lock is inherited by the program.
 * 0: value is in force; note says what was odd on the way, or "". -1: it is
 * not; found->mxcheck is what is, "" when that could not be read.
 */
int routing_write(int lock, const char *account, const char *domain,
		  const char *before, const char *value, struct routing *found,
		  char note[256], struct err *e);

#endif
