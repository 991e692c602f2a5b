/*
 * dns_gather over a world that has nothing but a resolver: names on standard
 * input, one JSON object a line for each domain, the source's state last.
 *
 *   dns_ask [-q] [-s] [-z] [-o OWN_ADDRESS]... RESOLVER <NAMES
 *
 * RESOLVER "system": those of /etc/resolv.conf.
 * -q: only the last line. -s: as if RESOLVER were the system's, not given by
 * --resolver. -z: and zones_gather, for domains that all stand in localdomains.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/io.h"
#include "base/json.h"
#include "base/text.h"
#include "sources/dns.h"
#include "sources/dns_client.h"
#include "render/view_zone.h"
#include "mail/verdict.h"
#include "sources/zones.h"

#define OWN_MAX 16

struct world_dns {
	struct world w;
	const char *resolver;
};

static int dns(struct world *w, struct dns_batch *b, struct err *e)
{
	return dns_client_run(((struct world_dns *)w)->resolver, b, e);
}

static int resolvers(struct world *w, struct ip *out, size_t max, size_t *n,
		     struct err *e)
{
	return dns_client_resolvers(((struct world_dns *)w)->resolver, out,
				    max, n, e);
}

static json_object *host_json(const struct mx_host *h)
{
	json_object *o = json_object_new_object(), *ips = json_object_new_array();
	char text[IP_TEXT_MAX];

	json_put_text(o, "host", h->name);
	json_put_text(o, "a", dns_status_text(h->a));
	json_put_text(o, "aaaa", dns_status_text(h->aaaa));
	for (size_t i = 0; i < h->nips; i++)
		json_object_array_add(ips, json_new_text(ip_text(text, &h->ips[i])));
	json_object_object_add(o, "ips", ips);
	json_put_text(o, "cname", h->cname);
	json_put_flag(o, "is_address", h->is_address);
	json_put_flag(o, "ours", h->ours);
	json_put_text(o, "provider", h->provider);
	json_put_number(o, "kind", h->kind);
	return o;
}

static void print_line(json_object *o)
{
	puts(json_object_to_json_string_ext(o, JSON_C_TO_STRING_PLAIN));
	json_object_put(o);
}

static void print_domain(const struct domain *d)
{
	json_object *o = json_object_new_object(), *mx = json_object_new_array();

	json_put_text(o, "name", d->name);
	json_put_text(o, "status", dns_status_text(d->mx_status));
	json_put_flag(o, "null_mx", d->null_mx);
	json_put_flag(o, "answer_is_own", d->answer_is_own);
	json_put_number(o, "ttl", d->ttl);
	for (size_t i = 0; i < d->nmx; i++) {
		json_object *x = host_json(d->mx[i].host);

		json_put_number(x, "preference", d->mx[i].preference);
		json_object_array_add(mx, x);
	}
	json_object_object_add(o, "mx", mx);
	json_object_object_add(o, "zone", view_zone(domain_zone(d)));
	json_put_text(o, "verdict", verdict_name(d->routing));
	json_object_object_add(o, "implicit",
			       d->implicit ? host_json(d->implicit) : NULL);
	print_line(o);
}

static void print_end(const struct source_status *s, int64_t ms)
{
	json_object *o = json_object_new_object();
	struct rusage u;

	getrusage(RUSAGE_SELF, &u);
	json_put_flag(o, "ok", s->state == SOURCE_OK);
	json_put_text(o, "why", s->why);
	json_put_number(o, "wall_ms", ms);
	json_put_number(o, "cpu_us",
			(u.ru_utime.tv_sec + u.ru_stime.tv_sec) * (int64_t)1000000 +
			u.ru_utime.tv_usec + u.ru_stime.tv_usec);
	json_put_number(o, "peak_kib", u.ru_maxrss);
	print_line(o);
}

static void read_names(struct facts *f, struct arena *a)
{
	char line[1100];
	size_t cap = 0;

	while (fgets(line, sizeof(line), stdin)) {
		line[strcspn(line, "\n")] = '\0';
		f->domains = arena_grow(a, f->domains, f->ndomains, &cap,
					sizeof(*f->domains));
		f->domains[f->ndomains++].name = text_lower(arena_strdup(a, line));
	}
}

/* All of them local by their lists, so that whatever is odd about one shows. */
static void gather_zones(struct world *w, struct facts *f, struct arena *a)
{
	f->source[SOURCE_DOMAINS].state = SOURCE_OK;
	f->source[SOURCE_ADDRESSES].state = SOURCE_OK;
	for (size_t i = 0; i < f->ndomains; i++)
		f->domains[i].line[LIST_LOCAL] = 1;
	zones_gather(w, NULL, f, a);
	for (size_t i = 0; i < f->ndomains; i++)
		verdict_judge(f, &f->domains[i], a);
}

static int usage(void)
{
	fputs("usage: dns_ask [-q] [-s] [-z] [-o OWN_ADDRESS]... RESOLVER <NAMES\n", stderr);
	return 2;
}

int main(int argc, char **argv)
{
	const struct world_ops ops = { .kind = "dns", .dns = dns, .resolvers = resolvers };
	struct world_dns w = { .w = { .ops = &ops, .resolver_is_public = true } };
	struct arena a = ARENA_INIT;
	struct ip own[OWN_MAX];
	struct facts f = { .own = own };
	bool quiet = false, zones = false;
	int64_t start, took;
	int c;

	while ((c = getopt(argc, argv, "qszo:")) != -1) {
		if (c == 'q')
			quiet = true;
		else if (c == 'z')
			zones = true;
		else if (c == 's')
			w.w.resolver_is_public = false;
		else if (c != 'o' || f.nown == OWN_MAX || !ip_parse(&own[f.nown++], optarg))
			return usage();
	}
	if (optind + 1 != argc)
		return usage();
	w.resolver = strcmp(argv[optind], "system") ? argv[optind] : NULL;
	read_names(&f, &a);
	start = io_monotonic_ms();
	dns_gather(&w.w, &f, &a, &(const struct dns_wishes){ .keep = false }, NULL);
	if (zones)
		gather_zones(&w.w, &f, &a);
	took = io_monotonic_ms() - start;
	for (size_t i = 0; !quiet && i < f.ndomains; i++)
		print_domain(&f.domains[i]);
	print_end(&f.source[SOURCE_DNS], took);
	arena_clear(&a);
	return 0;
}
