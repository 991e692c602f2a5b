#ifndef MAIL_FAILED_LOGINS_H
#define MAIL_FAILED_LOGINS_H

#include "base/arena.h"
#include "base/ip.h"

/*
 * When a login of a client failed last, by log and address, so that its refusals for
 * relaying right after it are not taken for a client that never logs in (rule
 * catalogue, 0.1). FAILED_LOGINS of them are kept, each at the place that its address
 * has by the seed: whoever fails from very many addresses pushes others out, whose
 * refusals then speak for themselves.
 */
#define FAILED_LOGINS 4096
#define FAILED_LOGIN_SECONDS (15 * 60)

struct failed_login {
	struct ip ip;		/* family 0: none */
	int log;		/* and how it failed: log_tally.c */
	int64_t when;		/* digits of the log's own time */
};

struct failed_logins {
	struct failed_login *all;	/* FAILED_LOGINS */
	uint64_t seed;
};

void failed_logins_init(struct failed_logins *l, uint64_t seed, struct arena *a);
/* The lines of a log come in their order: the later one is the last. */
void failed_logins_note(struct failed_logins *l, int log, const struct ip *ip, int64_t when);
/* One of that address failed then, or at most FAILED_LOGIN_SECONDS before. */
bool failed_logins_just(const struct failed_logins *l, int log, const struct ip *ip,
			int64_t when);

#endif
