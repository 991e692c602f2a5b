#ifndef ENGINE_PROBE_H
#define ENGINE_PROBE_H

#include "core/check.h"
#include "sources/world.h"

/*
 * Mail's ports alone, without domains and DNS: own addresses, Exim's
 * configuration, who listens and answers, what the log says of connections that
 * go out, and the last probe. f is filled in a; -1 when the ports are not part
 * of this world or could not be looked at.
 */
int ports_look(struct world *w, struct arena *a, struct facts *f, struct err *e);

/* The same, judged: what port_closed_here finds. */
int ports_judge(struct world *w, struct arena *a, struct facts *f, struct report *r,
		struct err *e);

/* The firewall's rules, its users and CSF on top of either: what a matrix of all
 * that is open and shut takes. */
void ports_rules(struct world *w, struct arena *a, struct facts *f);

struct probe_wish {
	const struct ip *hosts;		/* none: those that the log names */
	size_t nhosts;
	const char *account;		/* to try as, too; or NULL */
	unsigned port;			/* that one alone; 0: 25, 465, 587 and 443 */
};

/*
 * The probe that the administrator has asked for in the settings (f->probe_every),
 * by a scan of this very server, when the last one is so long ago: as probe out
 * without an account. f has ports and the log's hosts. What cannot be done is
 * logged: the last probe stands.
 */
void ports_probe_when_due(struct world *w, struct facts *f, struct arena *a);

/*
 * The same, then a new probe (priv/probe.h says what it sends and how often it
 * may) in f->ports.probe.
 */
int ports_probe(struct world *w, const struct probe_wish *wish, struct arena *a,
		struct facts *f, struct err *e);

#endif
