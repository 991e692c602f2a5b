#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/check.h"
#include "mail/verdict.h"

/* A world in words: lists "LRS", exchangers "5 here, 10 google". */

static struct ip v4(const char *s)
{
	struct ip ip;

	assert_true(ip_parse(&ip, s));
	return ip;
}

static const struct {
	const char *word, *name;
	enum dns_status a, aaaa;
	const char *ip;
	bool ours, literal;
	enum provider_kind kind;
} hosts[] = {
	{ "here", "mail.here.example", DNS_OK, DNS_NODATA, "192.0.2.1", true, false, 0 },
	{ "here6", "six.here.example", DNS_NODATA, DNS_OK, "2001:db8::1", true, false, 0 },
	{ "herehalf", "half.here.example", DNS_OK, DNS_SERVFAIL, "192.0.2.1", true, false, 0 },
	{ "away", "mx.elsewhere.example", DNS_OK, DNS_NODATA, "198.51.100.9", false, false, 0 },
	{ "away2", "mx2.elsewhere.example", DNS_OK, DNS_NODATA, "198.51.100.8", false, false, 0 },
	{ "awayhalf", "half.elsewhere.example", DNS_OK, DNS_TIMEOUT, "198.51.100.7", false, false, 0 },
	{ "google", "aspmx.l.google.com", DNS_OK, DNS_OK, "203.0.113.5", false, false, PROVIDER_MAILBOX },
	{ "m365", "d-example.mail.protection.outlook.com", DNS_OK, DNS_OK, "203.0.113.6", false, false, PROVIDER_MAILBOX },
	{ "zoho", "mx.zoho.eu", DNS_OK, DNS_NODATA, "203.0.113.7", false, false, PROVIDER_MAILBOX },
	{ "gate", "filter10.antispamcloud.com", DNS_OK, DNS_NODATA, "203.0.113.8", false, false, PROVIDER_GATEWAY },
	{ "gone", "gone.elsewhere.example", DNS_NXDOMAIN, DNS_NXDOMAIN, NULL, false, false, 0 },
	{ "bare", "bare.elsewhere.example", DNS_NODATA, DNS_NODATA, NULL, false, false, 0 },
	{ "noname", "not a name", DNS_UNASKED, DNS_UNASKED, NULL, false, false, 0 },
	{ "servfail", "sf.elsewhere.example", DNS_SERVFAIL, DNS_SERVFAIL, NULL, false, false, 0 },
	{ "refused", "rf.elsewhere.example", DNS_REFUSED, DNS_REFUSED, NULL, false, false, 0 },
	{ "timeout", "to.elsewhere.example", DNS_TIMEOUT, DNS_TIMEOUT, NULL, false, false, 0 },
	{ "loop", "localhost.elsewhere.example", DNS_OK, DNS_NODATA, "127.0.0.1", false, false, 0 },
	{ "private", "intern.elsewhere.example", DNS_OK, DNS_NODATA, "10.1.2.3", false, false, 0 },
	{ "private6", "intern6.elsewhere.example", DNS_NODATA, DNS_OK, "fd00::3", false, false, 0 },
	{ "herenat", "nat.here.example", DNS_OK, DNS_NODATA, "10.0.0.5", true, false, 0 },
	{ "literal", "192.0.2.1", DNS_UNASKED, DNS_UNASKED, NULL, false, true, 0 },
};

#define NHOSTS (sizeof(hosts) / sizeof(*hosts))

struct world {
	struct arena arena;
	struct facts f;
	struct domain d;
	struct domain_more more;
	struct mx mx[8];
	struct mx_host host[8];
	struct ip ip[8];
};

static void make_host(struct world *w, size_t i, const char *word)
{
	struct mx_host *h = &w->host[i];

	for (size_t j = 0; j < NHOSTS; j++) {
		if (strcmp(hosts[j].word, word))
			continue;
		h->name = hosts[j].name;
		h->a = hosts[j].a;
		h->aaaa = hosts[j].aaaa;
		h->ours = hosts[j].ours;
		h->is_address = hosts[j].literal;
		h->kind = hosts[j].kind;
		if (hosts[j].ip) {
			w->ip[i] = v4(hosts[j].ip);
			h->ips = &w->ip[i];
			h->nips = 1;
		}
		return;
	}
	fail_msg("no host is called %s", word);
}

static bool status_word(const char *word, enum dns_status *out)
{
	static const struct { const char *word; enum dns_status s; } words[] = {
		{ "nxdomain", DNS_NXDOMAIN }, { "servfail", DNS_SERVFAIL },
		{ "refused", DNS_REFUSED }, { "timeout", DNS_TIMEOUT },
		{ "malformed", DNS_MALFORMED }, { "unasked", DNS_UNASKED },
	};

	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++)
		if (!strcmp(words[i].word, word)) {
			*out = words[i].s;
			return true;
		}
	return false;
}

static void make_mx(struct world *w, const char *spec)
{
	char copy[200], *save = NULL, *piece, word[32];
	enum dns_status status;
	unsigned preference;

	snprintf(copy, sizeof(copy), "%s", spec);
	w->d.mx = w->mx;
	w->d.mx_status = status_word(spec, &status) ? status : DNS_OK;
	if (w->d.mx_status != DNS_OK)
		return;
	if (!strcmp(spec, "null")) {
		w->d.null_mx = true;
		return;
	}
	if (sscanf(spec, "no MX, A %31s", word) == 1) {
		w->d.mx_status = DNS_NODATA;
		make_host(w, 0, word);
		w->d.implicit = &w->host[0];
		return;
	}
	for (piece = strtok_r(copy, ",", &save); piece; piece = strtok_r(NULL, ",", &save)) {
		assert_int_equal(sscanf(piece, " %u %31s", &preference, word), 2);
		make_host(w, w->d.nmx, word);
		w->mx[w->d.nmx].preference = (uint16_t)preference;
		w->mx[w->d.nmx].host = &w->host[w->d.nmx];
		w->d.nmx++;
	}
}

static void make(struct world *w, const char *lists, const char *mx)
{
	static const enum source_index sources[] = {
		SOURCE_DOMAINS, SOURCE_OWNERS, SOURCE_ADDRESSES, SOURCE_DNS, SOURCE_LOG,
	};

	memset(w, 0, sizeof(*w));
	for (size_t i = 0; i < sizeof(sources) / sizeof(*sources); i++)
		w->f.source[sources[i]].state = SOURCE_OK;
	w->d.name = "d.example";
	w->d.owner = "bob";
	w->d.more = &w->more;
	w->d.line[LIST_LOCAL] = strchr(lists, 'L') ? 3 : 0;
	w->d.line[LIST_REMOTE] = strchr(lists, 'R') ? 4 : 0;
	w->d.line[LIST_SECONDARY] = strchr(lists, 'S') ? 5 : 0;
	make_mx(w, mx);
}

static enum routing_verdict judge(struct world *w)
{
	w->d.routing_why = NULL;
	verdict_judge(&w->f, &w->d, &w->arena);
	assert_non_null(w->d.routing_why);
	return w->d.routing;
}

static enum routing_verdict verdict_of(const char *lists, const char *mx)
{
	struct world w;
	enum routing_verdict v;

	make(&w, lists, mx);
	v = judge(&w);
	arena_clear(&w.arena);
	return v;
}

/* ---- the table -------------------------------------------------------- */

static const struct {
	const char *lists, *mx;
	enum routing_verdict want;
} rows[] = {
	/* lowest MX ours */
	{ "L", "10 here", ROUTING_OK },
	{ "R", "10 here", ROUTING_REMOTE_MX_HERE },
	{ "LR", "10 here", ROUTING_LISTED_TWICE },
	{ "LS", "10 here", ROUTING_LISTED_TWICE },
	{ "LRS", "10 here", ROUTING_LISTED_TWICE },
	{ "L", "10 here, 20 away", ROUTING_OK },
	{ "R", "10 here, 20 away", ROUTING_REMOTE_MX_HERE },
	/* some MX ours, the lowest not */
	{ "S", "10 away, 20 here", ROUTING_OK },
	{ "RS", "10 away, 20 here", ROUTING_OK },
	{ "L", "10 away, 20 here", ROUTING_SHOULD_BE_BACKUP },
	{ "L", "10 gate, 20 here", ROUTING_GATEWAY },
	{ "LS", "10 away, 20 here", ROUTING_LISTED_TWICE },
	/* no MX ours */
	{ "L", "10 gate", ROUTING_GATEWAY },
	{ "L", "10 google", ROUTING_LOCAL_MX_ELSEWHERE },
	{ "L", "10 m365", ROUTING_LOCAL_MX_ELSEWHERE },
	{ "L", "10 zoho", ROUTING_LOCAL_MX_ELSEWHERE },
	{ "L", "10 away", ROUTING_LOCAL_MX_ELSEWHERE },
	{ "R", "10 google", ROUTING_OK },
	{ "R", "10 gate", ROUTING_OK },
	/* null MX, no MX */
	{ "L", "null", ROUTING_MX_DEAD },
	{ "R", "null", ROUTING_MX_DEAD },
	{ "", "null", ROUTING_MX_DEAD },
	{ "LR", "null", ROUTING_MX_DEAD },
	{ "L", "no MX, A here", ROUTING_OK },
	{ "L", "no MX, A here6", ROUTING_OK },
	{ "L", "no MX, A away", ROUTING_MX_DEAD },
	/* no answer */
	{ "L", "nxdomain", ROUTING_NXDOMAIN },
	{ "L", "servfail", ROUTING_NO_ANSWER },
	{ "L", "refused", ROUTING_NO_ANSWER },
	{ "L", "timeout", ROUTING_NO_ANSWER },
	{ "L", "malformed", ROUTING_NO_ANSWER },
	{ "LR", "servfail", ROUTING_NO_ANSWER },
	{ "LR", "nxdomain", ROUTING_NXDOMAIN },
	{ "", "refused", ROUTING_NO_ANSWER },

	/* the contract: any address ours, of either family */
	{ "L", "10 here6", ROUTING_OK },
	{ "R", "10 here6", ROUTING_REMOTE_MX_HERE },
	{ "L", "10 herehalf", ROUTING_OK },
	/* preferences are numbers */
	{ "L", "5 away, 10 here, 100 here6", ROUTING_SHOULD_BE_BACKUP },
	{ "L", "100 away, 20 here", ROUTING_OK },
	{ "L", "0 here, 65535 away", ROUTING_OK },
	/* equal lowest preference, one of them ours */
	{ "L", "10 away, 10 here", ROUTING_OK },
	{ "L", "10 here, 10 away", ROUTING_OK },
	{ "R", "10 away, 10 here", ROUTING_REMOTE_MX_HERE },
	{ "L", "10 servfail, 10 here", ROUTING_OK },
	/* hosts that do not exist are skipped; none left */
	{ "L", "5 gone, 10 here", ROUTING_OK },
	{ "R", "5 gone, 10 here", ROUTING_REMOTE_MX_HERE },
	{ "L", "5 bare, 7 noname, 10 google", ROUTING_LOCAL_MX_ELSEWHERE },
	{ "L", "5 gone, 10 bare", ROUTING_MX_DEAD },
	{ "R", "5 gone", ROUTING_MX_DEAD },
	{ "", "5 gone", ROUTING_MX_DEAD },
	{ "L", "10 loop", ROUTING_MX_DEAD },
	{ "L", "5 loop, 10 here", ROUTING_OK },
	{ "LS", "5 gone", ROUTING_MX_DEAD },
	/* private addresses are compared as any other */
	{ "L", "10 private", ROUTING_LOCAL_MX_ELSEWHERE },
	{ "R", "10 private6", ROUTING_OK },
	{ "L", "5 private, 10 here", ROUTING_SHOULD_BE_BACKUP },
	{ "L", "10 herenat", ROUTING_OK },
	{ "R", "10 herenat", ROUTING_REMOTE_MX_HERE },
	/* a literal address */
	{ "L", "10 literal", ROUTING_MX_DEAD },
	{ "R", "5 literal, 10 here", ROUTING_MX_DEAD },
	{ "LR", "10 literal", ROUTING_MX_DEAD },
	/* a lowest host that cannot be looked up */
	{ "L", "10 servfail", ROUTING_NO_ANSWER },
	{ "L", "10 refused", ROUTING_NO_ANSWER },
	{ "L", "10 timeout", ROUTING_NO_ANSWER },
	{ "R", "10 awayhalf, 20 here", ROUTING_NO_ANSWER },
	{ "LR", "10 servfail", ROUTING_NO_ANSWER },
	{ "L", "5 servfail, 10 here", ROUTING_NO_ANSWER },
	{ "L", "5 away, 10 servfail", ROUTING_LOCAL_MX_ELSEWHERE },
	{ "R", "no MX, A servfail", ROUTING_NO_ANSWER },
	/* the lists */
	{ "S", "10 away", ROUTING_OK },
	{ "RS", "10 away", ROUTING_OK },
	{ "", "10 here", ROUTING_UNLISTED },
	{ "", "10 google", ROUTING_UNLISTED },
	{ "", "10 gate", ROUTING_UNLISTED },
	{ "", "no MX, A here", ROUTING_UNLISTED },
	{ "", "no MX, A away", ROUTING_UNLISTED },
	/* D03 comes before the gateway and before D01 */
	{ "LR", "10 gate", ROUTING_LISTED_TWICE },
	{ "LR", "10 google", ROUTING_LISTED_TWICE },
	/* a gateway that is not the lowest is none in front */
	{ "L", "1 google, 10 gate", ROUTING_LOCAL_MX_ELSEWHERE },
	{ "L", "10 google, 10 gate", ROUTING_GATEWAY },
	{ "L", "5 gone, 10 gate", ROUTING_GATEWAY },

	/* where the table is silent, nothing that would move mail */
	{ "R", "no MX, A here", ROUTING_REMOTE_MX_HERE },
	{ "R", "no MX, A away", ROUTING_OK },
	{ "L", "no MX, A gone", ROUTING_MX_DEAD },
	{ "", "no MX, A gone", ROUTING_UNLISTED },
	{ "LR", "no MX, A gone", ROUTING_LISTED_TWICE },
	{ "S", "10 here", ROUTING_UNJUDGED },
	{ "S", "5 gone, 10 here", ROUTING_UNJUDGED },
	{ "RS", "5 gone, 10 here", ROUTING_UNJUDGED },
	{ "R", "10 away, 20 here", ROUTING_SHOULD_BE_BACKUP },
	{ "L", "unasked", ROUTING_UNJUDGED },
};

static void every_row_of_the_table_has_its_verdict(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		enum routing_verdict got = verdict_of(rows[i].lists, rows[i].mx);

		if (got != rows[i].want)
			fail_msg("[%s] MX %s: %s instead of %s", rows[i].lists,
				 rows[i].mx, verdict_name(got),
				 verdict_name(rows[i].want));
	}
}

/* ---- the log ---------------------------------------------------------- */

static const struct {
	const char *mx;
	bool strangers, provider;
	enum routing_verdict want;
} logs[] = {
	{ "10 away", false, false, ROUTING_LOCAL_MX_ELSEWHERE },
	{ "10 away", true, false, ROUTING_GATEWAY },
	{ "10 zoho", true, false, ROUTING_GATEWAY },
	{ "10 google", true, false, ROUTING_LOCAL_MX_ELSEWHERE },
	{ "10 google", true, true, ROUTING_GATEWAY },
	{ "10 m365", true, false, ROUTING_LOCAL_MX_ELSEWHERE },
	{ "10 m365", true, true, ROUTING_GATEWAY },
	{ "10 here", true, true, ROUTING_OK },
	/* A published backup gets strangers' mail by right. */
	{ "10 away, 20 here", true, false, ROUTING_SHOULD_BE_BACKUP },
	{ "10 away, 20 here", true, true, ROUTING_GATEWAY },
};

static void arrivals_in_the_log_make_a_gateway_but_strangers_none_of_google(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(logs) / sizeof(*logs); i++) {
		struct world w;

		make(&w, "L", logs[i].mx);
		w.more.arrivals.count = logs[i].strangers;
		w.more.arrivals.from_provider = logs[i].provider;
		if (judge(&w) != logs[i].want)
			fail_msg("%s: %s", logs[i].mx, verdict_name(w.d.routing));
		arena_clear(&w.arena);
	}
}

static void a_log_tells_something_after_seven_days(void **state)
{
	struct facts f = { .log_from = 1000000, .log_to = 1000000 + 7 * 86400 };

	(void)state;
	assert_false(log_is_telling(&f));
	f.source[SOURCE_LOG].state = SOURCE_OK;
	assert_true(log_is_telling(&f));
	f.log_to--;
	assert_false(log_is_telling(&f));
}

/* ---- lines, owners, sources ------------------------------------------- */

static void a_line_exim_cannot_match_comes_before_all_else(void **state)
{
	struct world w;

	(void)state;
	make(&w, "", "servfail");
	w.more.bad_line[LIST_LOCAL] = 7;
	w.more.bad_why[LIST_LOCAL] = "the name ends in a dot";
	assert_int_equal(judge(&w), ROUTING_LINE_UNUSABLE);
	assert_non_null(strstr(w.d.routing_why, "line 7 of /etc/localdomains"));
	/* With a good line beside it the bad one does no harm. */
	w.d.line[LIST_REMOTE] = 2;
	w.d.mx_status = DNS_NXDOMAIN;
	assert_int_equal(judge(&w), ROUTING_NXDOMAIN);
	arena_clear(&w.arena);
}

static void a_domain_of_nobody_is_not_called_unlisted(void **state)
{
	static const struct {
		const char *lists, *mx;
		enum routing_verdict want;
	} nobodys[] = {
		{ "", "10 here", ROUTING_NOT_HOSTED },
		{ "R", "10 here", ROUTING_NOT_HOSTED },
		{ "L", "10 here", ROUTING_OK },
		{ "S", "10 here", ROUTING_UNJUDGED },
		{ "", "10 away", ROUTING_UNJUDGED },
		{ "", "10 away, 20 here", ROUTING_UNJUDGED },
		{ "", "no MX, A here", ROUTING_UNJUDGED },
		{ "R", "no MX, A here", ROUTING_REMOTE_MX_HERE },
		{ "R", "10 google", ROUTING_OK },
	};
	struct world w;

	(void)state;
	for (size_t i = 0; i < sizeof(nobodys) / sizeof(*nobodys); i++) {
		make(&w, nobodys[i].lists, nobodys[i].mx);
		w.d.owner = NULL;
		if (judge(&w) != nobodys[i].want)
			fail_msg("[%s] MX %s: %s", nobodys[i].lists, nobodys[i].mx,
				 verdict_name(w.d.routing));
		arena_clear(&w.arena);
	}
}

static void without_the_list_of_owners_no_domain_is_called_nobodys(void **state)
{
	struct world w;

	(void)state;
	make(&w, "R", "10 here");
	w.d.owner = NULL;
	w.f.source[SOURCE_OWNERS].state = SOURCE_FAILED;
	assert_int_equal(judge(&w), ROUTING_REMOTE_MX_HERE);
	w.d.line[LIST_REMOTE] = 0;
	assert_int_equal(judge(&w), ROUTING_UNJUDGED);
	arena_clear(&w.arena);
}

static void patterns_may_match_what_no_line_names(void **state)
{
	struct world w;

	(void)state;
	make(&w, "", "10 here");
	w.f.exim.loose[LIST_LOCAL] = true;
	assert_int_equal(judge(&w), ROUTING_UNJUDGED);
	arena_clear(&w.arena);
}

static void a_silent_source_is_unjudged_not_ok(void **state)
{
	static const enum source_index needed[] = {
		SOURCE_DOMAINS, SOURCE_ADDRESSES, SOURCE_DNS,
	};
	struct world w;

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		make(&w, "L", "10 google");
		w.f.source[needed[i]] = (struct source_status){ SOURCE_FAILED, "broken" };
		assert_int_equal(judge(&w), ROUTING_UNJUDGED);
		assert_non_null(strstr(w.d.routing_why, "broken"));
		w.f.source[needed[i]] = (struct source_status){ SOURCE_ABSENT, NULL };
		assert_int_equal(judge(&w), ROUTING_UNJUDGED);
		arena_clear(&w.arena);
	}
}

static void an_answer_of_our_own_zone_is_not_public(void **state)
{
	static const char *const mx[] = { "10 google", "10 here", "nxdomain", "null",
		"no MX, A here" };
	struct world w;

	(void)state;
	for (size_t i = 0; i < sizeof(mx) / sizeof(*mx); i++) {
		make(&w, "LR", mx[i]);
		w.d.answer_is_own = true;
		assert_int_equal(judge(&w), ROUTING_NOT_PUBLIC);
		arena_clear(&w.arena);
	}
}

static void an_address_of_our_own_zone_is_not_public_either(void **state)
{
	static const char *const mx[] = { "10 away", "10 here", "5 away, 10 here",
		"no MX, A here" };
	struct world w;

	(void)state;
	for (size_t i = 0; i < sizeof(mx) / sizeof(*mx); i++) {
		make(&w, "L", mx[i]);
		w.host[i == 2].answer_is_own = true;
		assert_int_equal(judge(&w), ROUTING_NOT_PUBLIC);
		arena_clear(&w.arena);
	}
}

static void the_servers_own_name_is_local_by_right(void **state)
{
	static const char *const mx[] = { "10 google", "10 away", "5 away, 10 here", "null" };
	struct world w;

	(void)state;
	for (size_t i = 0; i < sizeof(mx) / sizeof(*mx); i++) {
		make(&w, "L", mx[i]);
		w.f.hostname = w.d.name;
		assert_int_equal(judge(&w), i == 3 ? ROUTING_MX_DEAD : ROUTING_OK);
		arena_clear(&w.arena);
	}
	make(&w, "R", "10 here");
	w.f.hostname = w.d.name;
	assert_int_equal(judge(&w), ROUTING_REMOTE_MX_HERE);
	/* Of no account: hostname_not_local's affair. */
	w.d.owner = NULL;
	assert_int_equal(judge(&w), ROUTING_UNJUDGED);
	arena_clear(&w.arena);
}

static void names_for_inside_are_not_judged_by_the_public_dns(void **state)
{
	static const char *const names[] = { "localhost", "localhost.localdomain",
		"mail.localhost", "server1" };
	struct world w;

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		make(&w, "L", "nxdomain");
		w.d.name = names[i];
		w.d.answer_is_own = i % 2;
		assert_int_equal(judge(&w), ROUTING_UNJUDGED);
		arena_clear(&w.arena);
	}
}

static void every_verdict_has_a_name(void **state)
{
	(void)state;
	for (int v = ROUTING_UNJUDGED; v <= ROUTING_NOT_HOSTED; v++)
		for (int u = ROUTING_UNJUDGED; u < v; u++)
			assert_string_not_equal(verdict_name((enum routing_verdict)v),
						verdict_name((enum routing_verdict)u));
}

/* ---- properties, over random worlds ----------------------------------- */

#define WORLDS 20000

static unsigned random_below(unsigned *seed, unsigned n)
{
	*seed = *seed * 1103515245u + 12345u;
	return (*seed >> 16) % n;
}

static void random_simple_world(struct world *w, unsigned *seed)
{
	char spec[40];

	snprintf(spec, sizeof(spec), "10 %s", hosts[random_below(seed, NHOSTS)].word);
	make(w, random_below(seed, 2) ? "L" : "R", spec);
}

static void random_world(struct world *w, unsigned *seed)
{
	static const char *const lists[] = { "", "L", "R", "S", "LR", "LS", "RS", "LRS" };
	char spec[200] = "";
	size_t n = random_below(seed, 6);

	for (size_t i = 0; i < n; i++)
		snprintf(spec + strlen(spec), sizeof(spec) - strlen(spec), "%s%u %s",
			 i ? "," : "", 5 * random_below(seed, 4),
			 hosts[random_below(seed, NHOSTS)].word);
	if (!n)
		snprintf(spec, sizeof(spec), "no MX, A %s",
			 hosts[random_below(seed, NHOSTS)].word);
	make(w, lists[random_below(seed, 8)], spec);
	w->more.arrivals.count = random_below(seed, 2);
	w->more.arrivals.from_provider = w->more.arrivals.count && random_below(seed, 2);
	if (!random_below(seed, 6))
		w->d.owner = NULL;
}

static void shuffle(struct world *w, unsigned *seed)
{
	for (size_t i = w->d.nmx; i > 1; i--) {
		size_t j = random_below(seed, (unsigned)i);
		struct mx swap = w->mx[j];

		w->mx[j] = w->mx[i - 1];
		w->mx[i - 1] = swap;
	}
}

static void the_order_of_records_does_not_matter(void **state)
{
	unsigned seed = 1;

	(void)state;
	for (int i = 0; i < WORLDS; i++) {
		struct world w;
		enum routing_verdict first;
		struct mx_view v;

		random_world(&w, &seed);
		first = judge(&w);
		v = mx_look(&w.d);
		for (int again = 0; again < 3; again++) {
			struct mx_view u;

			shuffle(&w, &seed);
			assert_int_equal(judge(&w), first);
			u = mx_look(&w.d);
			assert_int_equal(u.side, v.side);
			assert_string_equal(u.host->name, v.host->name);
		}
		arena_clear(&w.arena);
	}
}

static void without_an_answer_nothing_is_called_wrong(void **state)
{
	static const enum dns_status silent[] = {
		DNS_SERVFAIL, DNS_REFUSED, DNS_TIMEOUT, DNS_MALFORMED, DNS_UNASKED,
	};
	unsigned seed = 2;

	(void)state;
	for (int i = 0; i < WORLDS; i++) {
		struct world w;
		enum routing_verdict v;

		random_world(&w, &seed);
		w.d.mx_status = silent[random_below(&seed, 5)];
		v = judge(&w);
		assert_true(v == ROUTING_NO_ANSWER || v == ROUTING_UNJUDGED);
		arena_clear(&w.arena);
	}
}

/* What sets mail in motion needs its proof, however the world came about. */
static void nothing_that_moves_mail_without_its_reason(void **state)
{
	unsigned seed = 3;

	(void)state;
	for (int i = 0; i < WORLDS; i++) {
		struct world w;
		enum routing_verdict v;
		struct mx_view look;

		random_world(&w, &seed);
		v = judge(&w);
		look = mx_look(&w.d);
		if (v == ROUTING_LOCAL_MX_ELSEWHERE) {
			assert_true(w.d.line[LIST_LOCAL] && !w.d.line[LIST_REMOTE]);
			assert_true(look.side == MX_ELSEWHERE && !look.implicit);
			assert_false(mx_behind_gateway(&w.d, NULL));
			for (size_t j = 0; j < w.d.nmx; j++)
				assert_false(w.d.mx[j].host->ours);
		}
		if (v == ROUTING_REMOTE_MX_HERE) {
			assert_true(w.d.line[LIST_REMOTE] && !w.d.line[LIST_LOCAL]);
			assert_true(look.side == MX_HERE && look.host->ours);
			assert_true(w.d.owner || look.implicit);
		}
		if (look.side == MX_UNKNOWN)
			assert_true(v == ROUTING_NO_ANSWER || v == ROUTING_UNJUDGED);
		arena_clear(&w.arena);
	}
}

/* Of one domain, by every check there is. */
static size_t count_findings(struct world *w)
{
	struct report r;
	size_t n = 0;

	for (int i = 0; i < NSOURCES; i++)
		w->f.source[i].state = SOURCE_OK;
	w->f.domains = &w->d;
	w->f.ndomains = 1;
	report_init(&r, &w->arena);
	checks_run(&w->f, NULL, &r);
	for (const struct finding *x = r.first; x; x = x->next)
		n += x->kind == SUBJECT_DOMAIN;
	return n;
}

/* A domain with which everything is as it mostly is, is judged by a shorter way. */
static void the_short_way_to_a_verdict_leads_where_the_long_one_does(void **state)
{
	unsigned seed = 5, plain = 0;

	(void)state;
	for (int i = 0; i < WORLDS; i++) {
		enum routing_verdict v;
		struct world w;

		(i % 4 ? random_simple_world : random_world)(&w, &seed);
		memset(&w.more, 0, sizeof(w.more));
		w.d.more = NULL;
		w.d.name = random_below(&seed, 8) ? "d.example" : "box.localdomain";
		w.f.hostname = random_below(&seed, 8) ? NULL : w.d.name;
		w.d.answer_is_own = !random_below(&seed, 8);
		v = judge(&w);
		plain += w.d.plain;
		w.d.more = &w.more;	/* the long way, for nothing */
		assert_int_equal(judge(&w), v);
		assert_false(w.d.plain);
		arena_clear(&w.arena);
	}
	assert_true(plain > WORLDS / 10);
}

/* They pass it over (facts_notable). */
static void no_check_has_anything_to_say_of_a_plain_domain(void **state)
{
	unsigned seed = 4, plain = 0, others = 0;

	(void)state;
	for (int i = 0; i < WORLDS; i++) {
		struct world w;
		size_t n;

		(i % 2 ? random_simple_world : random_world)(&w, &seed);
		w.d.of_nobody = !w.d.owner && random_below(&seed, 2);
		w.f.accounts_known = random_below(&seed, 2);
		if (random_below(&seed, 3))
			w.d.reseller = "root";
		w.more.mxcheck = random_below(&seed, 2) ? "auto" : "local";
		w.more.detected = random_below(&seed, 2) ? "local" : "remote";
		if (random_below(&seed, 4))
			w.d.more = NULL;
		for (size_t k = 0; k < w.d.nmx; k++) {
			w.host[k].cname = random_below(&seed, 4) ? NULL : "other.example";
			w.host[k].answer_is_own = !random_below(&seed, 8);
		}
		judge(&w);
		n = count_findings(&w);
		assert_true(!w.d.plain || !n);
		plain += w.d.plain;
		others += n > 0;
		arena_clear(&w.arena);
	}
	assert_true(plain > WORLDS / 50 && others > WORLDS / 2);
}

static void what_is_learned_of_a_domain_makes_it_notable(void **state)
{
	struct facts f = { .ndomains = 0 };
	struct world w;

	(void)state;
	make(&w, "L", "10 here");
	w.d.more = NULL;
	assert_int_equal(judge(&w), ROUTING_OK);
	assert_true(w.d.plain);
	domain_more_at(&w.d, &w.arena)->mxcheck = "auto";
	assert_false(w.d.plain);
	f.domains = &w.d;
	f.ndomains = 1;
	assert_int_equal(facts_nnotable(&f), 1);
	assert_ptr_equal(facts_notable(&f, 0), &w.d);
	arena_clear(&w.arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_row_of_the_table_has_its_verdict),
		cmocka_unit_test(arrivals_in_the_log_make_a_gateway_but_strangers_none_of_google),
		cmocka_unit_test(a_log_tells_something_after_seven_days),
		cmocka_unit_test(a_line_exim_cannot_match_comes_before_all_else),
		cmocka_unit_test(a_domain_of_nobody_is_not_called_unlisted),
		cmocka_unit_test(without_the_list_of_owners_no_domain_is_called_nobodys),
		cmocka_unit_test(patterns_may_match_what_no_line_names),
		cmocka_unit_test(a_silent_source_is_unjudged_not_ok),
		cmocka_unit_test(an_answer_of_our_own_zone_is_not_public),
		cmocka_unit_test(an_address_of_our_own_zone_is_not_public_either),
		cmocka_unit_test(the_servers_own_name_is_local_by_right),
		cmocka_unit_test(names_for_inside_are_not_judged_by_the_public_dns),
		cmocka_unit_test(every_verdict_has_a_name),
		cmocka_unit_test(the_order_of_records_does_not_matter),
		cmocka_unit_test(without_an_answer_nothing_is_called_wrong),
		cmocka_unit_test(nothing_that_moves_mail_without_its_reason),
		cmocka_unit_test(the_short_way_to_a_verdict_leads_where_the_long_one_does),
		cmocka_unit_test(no_check_has_anything_to_say_of_a_plain_domain),
		cmocka_unit_test(what_is_learned_of_a_domain_makes_it_notable),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
