#include <stdio.h>
#include <string.h>

#include "sources/dns.h"
#include "sources/dns_packet.h"
#include "sources/host_lookup.h"

struct lookup {
	struct dns_batch batch;		/* first: the callbacks get it */
	const struct facts *f;
	struct arena *a;
	struct mx_host *const *hosts;
	size_t n, next;			/* hosts count twice: A, AAAA */
	struct reverse_name *reverse;
	char reverse_name[REVERSE_TEXT_MAX];
	bool reverse_asked, resolver_is_own;
	struct dns_answer answer;
};

char *reverse_text(char out[REVERSE_TEXT_MAX], const struct ip *ip)
{
	size_t n = 0;

	if (ip->family == 4) {
		snprintf(out, REVERSE_TEXT_MAX, "%u.%u.%u.%u.in-addr.arpa",
			 ip->bytes[3], ip->bytes[2], ip->bytes[1], ip->bytes[0]);
		return out;
	}
	for (int i = 15; i >= 0; i--)
		n += (size_t)snprintf(out + n, REVERSE_TEXT_MAX - n, "%x.%x.",
				      ip->bytes[i] & 15, ip->bytes[i] >> 4);
	snprintf(out + n, REVERSE_TEXT_MAX - n, "ip6.arpa");
	return out;
}

/* The tag of a question: the number of its host, doubled, plus the family; the
 * reverse name comes after all of them. */
static struct dns_question question_of(struct lookup *l, uintptr_t tag)
{
	if (tag == l->n * 2)
		return (struct dns_question){ .name = l->reverse_name, .type = ns_t_ptr };
	return (struct dns_question){
		.name = l->hosts[tag / 2]->name,
		.type = tag % 2 ? ns_t_aaaa : ns_t_a,
	};
}

static bool next(struct dns_batch *b, struct dns_question *q, void **tag)
{
	struct lookup *l = (struct lookup *)b;

	if (l->next < l->n * 2) {
		*tag = (void *)(uintptr_t)l->next;
		*q = question_of(l, l->next++);
		return true;
	}
	if (!l->reverse || l->reverse_asked || !l->reverse->ip.family)
		return false;
	l->reverse_asked = true;
	reverse_text(l->reverse_name, &l->reverse->ip);
	*tag = (void *)(uintptr_t)(l->n * 2);
	*q = question_of(l, l->n * 2);
	return true;
}

static void take_addresses(struct lookup *l, struct mx_host *h)
{
	const struct dns_answer *x = &l->answer;
	struct ip *all = arena_zalloc(l->a, (h->nips + x->n) * sizeof(*all));

	if (h->nips)
		memcpy(all, h->ips, h->nips * sizeof(*all));
	for (size_t i = 0; i < x->n; i++) {
		const struct ip *ip = &x->records[i].ip;

		all[h->nips + i] = *ip;
		if (!facts_own_address(l->f, ip))
			continue;
		h->ours = true;
		if (l->reverse && h == l->hosts[0] && !l->reverse->ip.family)
			l->reverse->ip = *ip;
	}
	h->ips = all;
	h->nips += x->n;
}

static void take_reverse(struct lookup *l)
{
	const struct dns_answer *x = &l->answer;
	struct reverse_name *r = l->reverse;

	r->status = x->status;
	for (size_t i = 0; i < x->n; i++) {
		const char *name = x->records[i].name;

		r->fits |= !strcmp(name, l->hosts[0]->name);
		if (!r->name || strcmp(name, r->name) < 0)
			r->name = arena_strdup(l->a, name);
	}
}

static void answer(struct dns_batch *b, void *tag, enum dns_status status,
		   const unsigned char *packet, size_t n)
{
	struct lookup *l = (struct lookup *)b;
	uintptr_t at = (uintptr_t)tag;
	const struct dns_question q = question_of(l, at);
	struct mx_host *h;

	l->answer.status = status;
	l->answer.authoritative = false;
	l->answer.alias_of[0] = '\0';
	l->answer.n = 0;
	if (packet)
		dns_packet_parse(packet, n, &q, &l->answer);
	if (at == l->n * 2) {
		take_reverse(l);
		return;
	}
	h = l->hosts[at / 2];
	mx_host_answered(h, at % 2, l->answer.status);
	h->answer_is_own |= l->answer.authoritative && l->resolver_is_own;
	if (*l->answer.alias_of && !h->cname)
		h->cname = arena_strdup(l->a, l->answer.alias_of);
	if (l->answer.n)
		take_addresses(l, h);
}

void host_lookup(struct world *w, const struct facts *f, struct arena *a,
		 struct mx_host *const *hosts, size_t n,
		 struct reverse_name *reverse)
{
	struct lookup *l = arena_zalloc(a, sizeof(*l));
	struct err e;

	*l = (struct lookup){
		.batch = { .next = next, .answer = answer }, .f = f, .a = a,
		.hosts = hosts, .n = n, .reverse = reverse,
		.resolver_is_own = dns_resolver_is_own(w, f),
	};
	if (!w->ops->dns || !w->ops->dns(w, &l->batch, &e))
		return;
	for (size_t i = 0; i < n; i++)
		hosts[i]->a = hosts[i]->aaaa = DNS_TIMEOUT;
}
