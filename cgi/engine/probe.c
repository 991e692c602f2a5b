#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "engine/probe.h"
#include "mail/probe.h"
#include "sources/addresses.h"
#include "sources/exim.h"
#include "sources/firewall.h"
#include "sources/log.h"
#include "sources/ports.h"
#include "sources/settings.h"

#define USUAL_PORTS "25,465,587,443"
#define TARGETS_TEXT (4 * (IP_TEXT_MAX + 1))

static void look(struct world *w, struct arena *a, struct facts *f)
{
	memset(f, 0, sizeof(*f));
	f->now = w->now;
	f->partial = true;	/* no domain is known here */
	settings_gather(w, f, a);
	addresses_gather(w, NULL, 0, f, a);
	exim_gather(w, f, a);
	log_gather(w, NULL, f, a);
}

int ports_look(struct world *w, struct arena *a, struct facts *f, struct err *e)
{
	const struct source_status *s = &f->source[SOURCE_PORTS];

	look(w, a, f);
	ports_gather(w, f, a);
	if (s->state == SOURCE_OK)
		return 0;
	return err_set(e, s->state == SOURCE_ABSENT ? ERR_INPUT : ERR_UNAVAILABLE,
		       "%s", s->why);
}

int ports_judge(struct world *w, struct arena *a, struct facts *f, struct report *r,
		struct err *e)
{
	static const char *const only[] = { "port_closed_here", NULL };

	if (ports_look(w, a, f, e))
		return -1;
	report_init(r, a);
	checks_run(f, only, r);
	return 0;
}

void ports_rules(struct world *w, struct arena *a, struct facts *f)
{
	firewall_gather(w, f, a);
	blocking_gather(w, f, a);
}

/* ---- whom to ask -------------------------------------------------------- */

struct targets {
	char text[TARGETS_TEXT];
	size_t n, of[2];
};

static int add(struct targets *t, const struct facts *f, const struct ip *ip,
	       struct err *e)
{
	char text[IP_TEXT_MAX];
	size_t used = strlen(t->text);

	ip_text(text, ip);
	if (facts_own_address(f, ip))
		return err_set(e, ERR_INPUT, "%s is this server itself; relaydoctor probe port looks at its ports", text);
	if (ip_is_private(ip))
		return err_set(e, ERR_INPUT, "%s is not an address of the public internet", text);
	if (t->of[ip->family == 6]++ == OUT_HOSTS)
		return err_set(e, ERR_LIMIT, "at most %d hosts of a family are asked", OUT_HOSTS);
	snprintf(t->text + used, sizeof(t->text) - used, "%s%s", t->n++ ? "," : "", text);
	return 0;
}

static int choose(struct targets *t, const struct facts *f,
		  const struct probe_wish *wish, struct err *e)
{
	const struct ip *hosts = wish->nhosts ? wish->hosts : f->probe_to;
	size_t n = wish->nhosts ? wish->nhosts : f->nprobe_to;

	for (size_t i = 0; i < n; i++)
		if (add(t, f, &hosts[i], e))
			return -1;
	for (int family = 0; family < 2 && !n; family++)
		for (size_t i = 0; i < f->ports.log[family].nhosts; i++)
			if (add(t, f, &f->ports.log[family].host[i], e))
				return -1;
	if (t->n)
		return 0;
	return err_set(e, ERR_INPUT,
		       "exim_mainlog names no host that could be asked; name one with --to ADDRESS");
}

static int ask(struct world *w, const char *targets, const char *what,
	       struct arena *a, struct out_probe *out, struct err *e)
{
	char *text;
	size_t n;

	if (w->ops->command(w, WORLD_PROBE_OUT, targets, what, a, &text, &n, e))
		return -1;
	probe_read((struct slice){ text, n }, a, out);
	return out->present ? 0 :
		err_set(e, ERR_UNAVAILABLE, "the helper's answer to a probe is not understood");
}

void ports_probe_when_due(struct world *w, struct facts *f, struct arena *a)
{
	static const struct probe_wish usual = { .nhosts = 0 };
	const struct out_probe *last = &f->ports.probe;
	struct targets t = { .text = "" };
	struct out_probe new;
	struct err e;

	if (!f->probe_every || strcmp(w->ops->kind, "live") ||
	    f->source[SOURCE_PORTS].state != SOURCE_OK ||
	    (last->present && f->now - last->at < f->probe_every))
		return;
	memset(&new, 0, sizeof(new));
	if (choose(&t, f, &usual, &e) || ask(w, t.text, USUAL_PORTS, a, &new, &e))
		log_line(LOG_LINE_INFO, "no probe by itself: %s", e.text);
	else
		f->ports.probe = new;
}

int ports_probe(struct world *w, const struct probe_wish *wish, struct arena *a,
		struct facts *f, struct err *e)
{
	struct targets t = { .text = "" };
	char what[80];

	if (strcmp(w->ops->kind, "live"))
		return err_set(e, ERR_INPUT, "only a live server can be probed");
	look(w, a, f);
	if (choose(&t, f, wish, e))
		return -1;
	if (wish->port)
		snprintf(what, sizeof(what), "%u%s%.40s", wish->port,
			 wish->account ? " " : "", wish->account ? wish->account : "");
	else
		snprintf(what, sizeof(what), "%s%s%.40s", USUAL_PORTS,
			 wish->account ? " " : "", wish->account ? wish->account : "");
	return ask(w, t.text, what, a, &f->ports.probe, e);
}
