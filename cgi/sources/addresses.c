#include <string.h>

#include "sources/addresses.h"

void address_list_add(struct address_list *l, const struct ip *ip)
{
	if (!ip->family || ip_is_loopback(ip))
		return;
	for (size_t i = 0; i < l->n; i++)
		if (ip_equal(&l->ips[i], ip))
			return;
	l->ips = arena_grow(l->arena, l->ips, l->n, &l->cap, sizeof(*l->ips));
	l->ips[l->n++] = *ip;
}

static void add(void *ctx, const struct ip *ip)
{
	address_list_add(ctx, ip);
}

static struct slice word(struct slice *rest)
{
	struct slice w;

	*rest = slice_trim(*rest);
	w = (struct slice){ rest->p, 0 };
	while (w.n < rest->n && w.p[w.n] != ' ' && w.p[w.n] != '\t')
		w.n++;
	rest->p += w.n;
	rest->n -= w.n;
	return w;
}

static bool as_ip(struct slice s, struct ip *ip)
{
	char text[IP_TEXT_MAX];

	if (s.n >= sizeof(text))
		return false;
	memcpy(text, s.p, s.n);
	text[s.n] = '\0';
	return ip_parse(ip, text);
}

/* "192.0.2.1:255.255.255.0:192.0.2.255", "2001:db8::1: example.com" and a bare
 * address: the address is what stands before one of the colons, or all. */
static bool leading_ip(struct slice s, struct ip *ip)
{
	struct slice head = { s.p, 0 };

	if (as_ip(s, ip))
		return true;
	while (head.n < s.n && s.p[head.n] != ':')
		head.n++;
	if (as_ip(head, ip))
		return true;
	while (s.n && s.p[s.n - 1] == ':')
		s.n--;
	return as_ip(s, ip);
}

void addresses_of_file(enum world_file file, struct slice text,
		       void (*put)(void *ctx, const struct ip *ip), void *ctx)
{
	struct slice line, first;
	struct ip ip;

	while (slice_line(&text, &line)) {
		first = word(&line);
		if (file == WORLD_WWWACCT) {
			if (!slice_eq(first, "ADDR") && !slice_eq(first, "ADDR6"))
				continue;
			first = word(&line);
		}
		if (leading_ip(first, &ip))
			put(ctx, &ip);
		if (file == WORLD_CPNAT && leading_ip(word(&line), &ip))
			put(ctx, &ip);
	}
}

static void from_file(struct world *w, enum world_file file, struct address_list *l)
{
	struct slice text;
	struct err e;

	if (!world_text(w, file, l->arena, &text, &e))
		addresses_of_file(file, text, add, l);
}

static void from_interfaces(struct world *w, struct address_list *l, struct err *e)
{
	struct ip *ips;
	size_t n;

	if (w->ops->addresses(w, l->arena, &ips, &n, e))
		return;
	for (size_t i = 0; i < n; i++)
		address_list_add(l, &ips[i]);
}

static const char *hostname_of(struct world *w, struct arena *a)
{
	struct slice text, line, key, value;
	struct err e;

	if (w->hostname)
		return w->hostname;
	if (world_text(w, WORLD_WWWACCT, a, &text, &e))
		return NULL;
	while (slice_line(&text, &line)) {
		key = word(&line);
		value = word(&line);
		if (slice_eq(key, "HOST") && value.n)
			return text_lower(arena_strndup(a, value.p, value.n));
	}
	return NULL;
}

void addresses_gather(struct world *w, const struct ip *declared,
		      size_t ndeclared, struct facts *f, struct arena *a)
{
	static const enum world_file lists[] = {
		WORLD_MAINIP, WORLD_WWWACCT, WORLD_IPS, WORLD_DOMAINIPS,
	};
	struct address_list l = { .arena = a };
	struct err e = { .text = "" };

	if (w->ops->addresses)
		from_interfaces(w, &l, &e);
	else
		for (size_t i = 0; i < sizeof(lists) / sizeof(*lists); i++)
			from_file(w, lists[i], &l);
	from_file(w, WORLD_CPNAT, &l);
	from_file(w, WORLD_REMOTE_MAIL, &l);
	for (size_t i = 0; i < f->ndeclared; i++)
		add(&l, &f->declared[i]);
	for (size_t i = 0; i < ndeclared; i++)
		address_list_add(&l, &declared[i]);
	f->own = l.ips;
	f->nown = l.n;
	f->hostname = hostname_of(w, a);
	f->source[SOURCE_ADDRESSES].state = l.n ? SOURCE_OK : SOURCE_FAILED;
	f->source[SOURCE_ADDRESSES].why = l.n ? NULL : *e.text ?
		arena_strdup(a, e.text) :
		"no address of this server is known; name them with --address, or in /etc/relaydoctor/relaydoctor.conf";
}
