#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mail/verdict.h"
#include "sources/panel.h"
#include "sources/whm_http.h"
#include "sources/whm_reply.h"

/* ---- another server, answering from a script --------------------------- */

#define OK "\"metadata\":{\"version\":1,\"reason\":\"OK\",\"result\":1}"
#define REFUSED(why) "{\"metadata\":{\"version\":1,\"result\":0,\"reason\":\"" why "\"}}"
#define DATA(more) "{\"data\":{" more "}," OK "}"
#define BATCH(parts) DATA("\"result\":[" parts "]")

#define VERSION DATA("\"version\":\"11.126.0.21\"")
#define MYPRIVS DATA("\"privileges\":[{\"all\":1}]")
#define APPLIST DATA("\"app\":[\"batch\",\"version\"]")
#define HOSTNAME DATA("\"hostname\":\"Server1.Hosting.Example\"")
#define LISTIPS DATA("\"ip\":[" \
	"{\"ip\":\"203.0.113.10\",\"public_ip\":\"203.0.113.10\",\"active\":1}," \
	"{\"ip\":\"10.0.0.5\",\"public_ip\":\"198.51.100.5\",\"active\":\"1\"}," \
	"{\"ip\":\"203.0.113.99\",\"public_ip\":\"203.0.113.99\",\"active\":0}]")
#define SHARED DATA("\"ip\":\"~\"")
#define SERVER_WITH(version, privileges, ips) \
	BATCH(version "," privileges "," APPLIST "," HOSTNAME "," ips "," SHARED)
#define SERVER SERVER_WITH(VERSION, MYPRIVS, LISTIPS)

#define ROW(name, kind, user) "{\"domain\":\"" name "\",\"domain_type\":\"" kind \
	"\",\"user\":\"" user "\",\"user_owner\":\"root\",\"ipv4\":\"203.0.113.20\",\"ipv6\":null}"
#define PAGE(records, rows) "{\"data\":{\"domains\":" rows "},\"metadata\":{\"result\":\"1\"," \
	"\"chunk\":{\"records\":" records ",\"start\":1}}}"
#define UAPI(rows) DATA("\"uapi\":{\"status\":1,\"errors\":null,\"data\":" rows "}")
#define MXS(name, set, now) "{\"domain\":\"" name "\",\"mxcheck\":\"" set "\",\"detected\":" now "}"

struct remote {
	struct world w;
	const char *const *script;	/* NULL-ended; then the last again */
	const unsigned char *packet;	/* the answer to every question about A */
	size_t npacket;
	char calls[4000];		/* function and form of each, a line each */
	int ncalls;
	struct arena a;
	struct facts f;
};

static int answer(struct world *w, const char *function, const char *form,
		  struct buf *reply, struct err *e)
{
	struct remote *r = (struct remote *)w;
	size_t n = strlen(r->calls);
	const char *text = *r->script;

	r->ncalls++;
	snprintf(r->calls + n, sizeof(r->calls) - n, "%s %s\n", function, form);
	if (r->script[1])
		r->script++;
	if (!strcmp(text, "too large"))
		return err_set(e, ERR_LIMIT, "its answer is larger than 32 MiB");
	if (!strcmp(text, "broken"))
		return err_set(e, ERR_UNAVAILABLE, "it said nothing for 30 s");
	return buf_puts(reply, text);
}

static int no_dns(struct world *w, struct dns_batch *b, struct err *e)
{
	struct remote *r = (struct remote *)w;
	struct dns_question q;
	void *tag;

	(void)e;
	while (b->next(b, &q, &tag)) {
		bool told = r->packet && q.type == 1;

		b->answer(b, tag, told ? DNS_OK : DNS_TIMEOUT, told ? r->packet : NULL,
			  r->npacket);
	}
	return 0;
}

static const struct world_ops ops = { .kind = "remote", .whm = answer, .dns = no_dns };

static void gather(struct remote *r, const struct panel_wish *wish,
		   const char *const *script)
{
	r->w.ops = &ops;
	r->w.panel = "https://server1.hosting.example:2087";
	r->script = script;
	panel_gather(&r->w, wish, &r->f, &r->a);
	if (r->f.source[SOURCE_DOMAINS].state == SOURCE_OK)
		for (size_t i = 1; i < r->f.ndomains; i++)
			assert_true(strcmp(r->f.domains[i - 1].name, r->f.domains[i].name) < 0);
}

#define ASK(r, ...) \
	gather(r, &(const struct panel_wish){ .only = NULL }, \
	       (const char *const[]){ __VA_ARGS__, NULL })

static int setup(void **state)
{
	*state = calloc(1, sizeof(struct remote));
	return *state ? 0 : -1;
}

static int teardown(void **state)
{
	struct remote *r = *state;

	arena_clear(&r->a);
	free(r);
	return 0;
}

static struct domain *domain(struct remote *r, const char *name)
{
	struct domain *d = facts_domain(&r->f, name);

	assert_non_null(d);
	return d;
}

static void assert_failed(struct remote *r, enum source_index i, const char *word)
{
	assert_int_equal(r->f.source[i].state, SOURCE_FAILED);
	if (!strstr(r->f.source[i].why, word))
		fail_msg("“%s” does not say “%s”", r->f.source[i].why, word);
}

static bool has_address(struct remote *r, const char *text)
{
	struct ip ip;

	assert_true(ip_parse(&ip, text));
	return facts_own_address(&r->f, &ip);
}

/* ---- what is told ------------------------------------------------------ */

static void a_server_is_told_in_three_calls(void **state)
{
	static const enum source_index told[] = {
		SOURCE_DOMAINS, SOURCE_OWNERS, SOURCE_ADDRESSES, SOURCE_WHM,
	};
	struct remote *r = *state;

	ASK(r, SERVER, PAGE("2", "[" ROW("b.example", "addon", "bob") ","
			    ROW("A.Example", "main", "bob") "]"),
	    BATCH(UAPI("[" MXS("b.example", "auto", "\"remote\"") ","
		       MXS("a.example", "local", "\"local\"") "]")));
	assert_int_equal(r->ncalls, 3);
	assert_string_equal(r->f.hostname, "server1.hosting.example");
	assert_string_equal(r->f.panel, "https://server1.hosting.example:2087");
	assert_int_equal(r->f.ndomains, 2);
	assert_int_equal(domain(r, "a.example")->line[LIST_LOCAL], LINE_OF_PANEL);
	assert_int_equal(domain(r, "a.example")->line[LIST_REMOTE], 0);
	assert_int_equal(domain(r, "b.example")->line[LIST_REMOTE], LINE_OF_PANEL);
	assert_string_equal(domain_more(domain(r, "b.example"))->mxcheck, "auto");
	assert_string_equal(domain(r, "b.example")->owner, "bob");
	assert_string_equal(domain(r, "b.example")->reseller, "root");
	assert_null(domain_more(domain(r, "b.example"))->untold);
	for (size_t i = 0; i < sizeof(told) / sizeof(*told); i++)
		assert_int_equal(r->f.source[told[i]].state, SOURCE_OK);
	assert_int_equal(r->f.source[SOURCE_FILES].state, SOURCE_ABSENT);
}

static void calls_are_made_as_the_api_wants_them(void **state)
{
	struct remote *r = *state;
	const char *const script[] = { SERVER, PAGE("1", "[" ROW("a.example", "main", "bob") "]"),
		BATCH(UAPI("[]")), NULL };
	const char *const only[] = { "a.example", NULL };
	const struct panel_wish wish = { .only = only };

	gather(r, &wish, script);
	assert_non_null(strstr(r->calls, "batch api.version=1&command=version&command=myprivs"));
	assert_non_null(strstr(r->calls, "get_domain_info api.version=1&api.chunk.enable=1"
			       "&api.chunk.verbose=1&api.chunk.start=1&api.chunk.size=10000"
			       "&api.sort.enable=1&api.sort.a.field=domain"));
	assert_non_null(strstr(r->calls, "&api.filter.a.type=eq&api.filter.a.arg0=a.example"));
	assert_non_null(strstr(r->calls, "&command=uapi_cpanel%3Fcpanel.user%3Dbob"
			       "%26cpanel.module%3DEmail%26cpanel.function%3Dlist_mxs"));
}

static void every_form_of_success_is_one(void **state)
{
	static const char *const pages[] = {
		"{\"metadata\":{\"result\":1,\"chunk\":{\"records\":\"1\"}},\"data\":{\"domains\":[" ROW("a.example", "main", "bob") "]}}",
		"{\"metadata\":{\"result\":\"1\"},\"data\":{\"domains\":[" ROW("a.example", "main", "bob") "]}}",
		"{\"metadata\":{\"result\":true,\"result\":true},\"data\":{\"domains\":[" ROW("a.example", "main", "bob") "]}}",
	};

	for (size_t i = 0; i < sizeof(pages) / sizeof(*pages); i++) {
		struct remote *r = *state;

		ASK(r, SERVER, pages[i], BATCH(UAPI("[" MXS("a.example", "local", "null") "]")));
		assert_int_equal(domain(r, "a.example")->line[LIST_LOCAL], LINE_OF_PANEL);
		teardown(state);
		setup(state);
	}
}

static void a_batch_called_a_failure_is_read_part_by_part(void **state)
{
	struct remote *r = *state;

	ASK(r, SERVER, PAGE("2", "[" ROW("a.example", "main", "ann") "," ROW("b.example", "main", "bob") "]"),
	    "{\"metadata\":{\"result\":0,\"reason\":\"1 of 2 failed\"},\"data\":{\"result\":["
	    REFUSED("No such user") "," UAPI("[" MXS("b.example", "remote", "\"remote\"") "]") "]}}");
	assert_non_null(strstr(domain_more(domain(r, "a.example"))->untold, "No such user"));
	assert_null(domain_more(domain(r, "b.example"))->untold);
}

/* ---- what is not told -------------------------------------------------- */

static void an_account_that_fails_leaves_its_domains_unknown(void **state)
{
	struct remote *r = *state;
	struct domain *d;

	ASK(r, SERVER, PAGE("3", "[" ROW("a.example", "main", "ann") "," ROW("b.example", "main", "bob")
			    "," ROW("c.example", "main", "cat") "]"),
	    BATCH(DATA("\"uapi\":{\"status\":0,\"errors\":[\"The request failed.\"],\"data\":null}") ","
		  UAPI("[" MXS("b.example", "local", "\"local\"") "]") ","
		  REFUSED("You do not have permission")));
	assert_int_equal(r->f.source[SOURCE_DOMAINS].state, SOURCE_OK);
	assert_non_null(strstr(domain_more(domain(r, "a.example"))->untold, "The request failed."));
	assert_non_null(strstr(domain_more(domain(r, "c.example"))->untold, "permission"));
	d = domain(r, "a.example");
	r->f.source[SOURCE_DNS].state = SOURCE_OK;
	verdict_judge(&r->f, d, &r->a);
	assert_int_equal(d->routing, ROUTING_UNTOLD);
	assert_string_equal(d->routing_why, domain_more(d)->untold);
}

static void no_account_told_is_no_domain_list(void **state)
{
	struct remote *r = *state;

	ASK(r, SERVER, PAGE("1", "[" ROW("a.example", "main", "ann") "]"),
	    BATCH(REFUSED("You do not have permission to call this function.")));
	assert_failed(r, SOURCE_DOMAINS, "You do not have permission");
	assert_failed(r, SOURCE_WHM, "Email::list_mxs");
}

static void a_missing_privilege_is_named(void **state)
{
	struct remote *r = *state;

	ASK(r, SERVER_WITH(VERSION, DATA("\"privileges\":[{\"acct-summary\":1,\"cpanel-api\":0}]"), LISTIPS),
	    PAGE("1", "[" ROW("a.example", "main", "ann") "]"), BATCH(REFUSED("Permission denied")));
	assert_failed(r, SOURCE_DOMAINS, "lacks the privilege cpanel-api");
}

static void a_missing_list_is_not_an_empty_one(void **state)
{
	static const char *const replies[] = {
		"{" OK "}", "{\"data\":null," OK "}", REFUSED("You do not have permission"), "{}",
		"{\"cpanelresult\":{\"error\":\"Access denied\"}}", "[1]", "",
		"<html><body>login</body></html>", "{\"data\":{\"domains\":[{\"dom",
	};

	for (size_t i = 0; i < sizeof(replies) / sizeof(*replies); i++) {
		struct remote *r = *state;

		ASK(r, SERVER, replies[i]);
		assert_failed(r, SOURCE_DOMAINS, "get_domain_info: ");
		assert_int_equal(r->f.ndomains, 0);
		teardown(state);
		setup(state);
	}
}

static void a_server_without_domains_has_none(void **state)
{
	static const char *const replies[] = {
		PAGE("0", "[]"), PAGE("0", "null"), DATA("\"domains\":null"), DATA("\"domains\":[]"),
	};

	for (size_t i = 0; i < sizeof(replies) / sizeof(*replies); i++) {
		struct remote *r = *state;

		ASK(r, SERVER, replies[i]);
		assert_int_equal(r->f.source[SOURCE_DOMAINS].state, SOURCE_OK);
		assert_int_equal(r->f.ndomains, 0);
		assert_int_equal(r->ncalls, 2);
		teardown(state);
		setup(state);
	}
}

static void what_the_panel_contradicts_is_not_believed(void **state)
{
	struct remote *r = *state;

	ASK(r, SERVER, PAGE("3", "[" ROW("a.example", "main", "ann") "," ROW("b.example", "addon", "ann")
			    "," ROW("c.example", "addon", "ann") "]"),
	    BATCH(UAPI("[" MXS("a.example", "remote", "\"local\"") "," MXS("b.example", "auto", "null")
		       "," MXS("c.example", "nonsense", "\"local\"") "]")));
	assert_non_null(strstr(domain_more(domain(r, "a.example"))->untold, "set to remote, but it says that local"));
	assert_non_null(strstr(domain_more(domain(r, "b.example"))->untold, "does not say what that decided"));
	assert_non_null(domain_more(domain(r, "c.example"))->untold);
	for (size_t i = 0; i < 3; i++)
		assert_false(domain_listed(&r->f.domains[i]));
}

static void a_subdomain_left_out_is_passed_over_and_a_domain_is_not(void **state)
{
	struct remote *r = *state;
	struct domain *d;

	ASK(r, SERVER, PAGE("3", "[" ROW("a.example", "main", "ann") "," ROW("n.a.example", "sub", "ann")
			    "," ROW("p.example", "parked", "ann") "]"),
	    BATCH(UAPI("[" MXS("a.example", "auto", "\"local\"") "]")));
	assert_non_null(domain_more(domain(r, "p.example"))->untold);
	d = domain(r, "n.a.example");
	assert_null(domain_more(d)->untold);
	r->f.source[SOURCE_DNS].state = SOURCE_OK;
	d->mx_status = DNS_NODATA;
	d->implicit = arena_zalloc(&r->a, sizeof(*d->implicit));
	d->implicit->ours = true;
	verdict_judge(&r->f, d, &r->a);
	assert_int_equal(d->routing, ROUTING_UNJUDGED);
}

static void another_accounts_domain_is_not_taken(void **state)
{
	struct remote *r = *state;

	ASK(r, SERVER, PAGE("2", "[" ROW("a.example", "main", "ann") "," ROW("b.example", "main", "bob") "]"),
	    BATCH(UAPI("[" MXS("a.example", "local", "\"local\"") "," MXS("b.example", "local", "\"local\"") "]")
		  "," UAPI("null")));
	assert_null(domain_more(domain(r, "a.example"))->untold);
	assert_non_null(domain_more(domain(r, "b.example"))->untold);
}

static void odd_names_and_accounts_are_passed_over(void **state)
{
	struct remote *r = *state;

	ASK(r, SERVER, PAGE("4", "[" ROW("*.a.example", "sub", "ann") "," ROW("x y", "main", "ann")
			    "," ROW("b.example", "main", "../etc") ",7]"));
	assert_int_equal(r->f.source[SOURCE_DOMAINS].state, SOURCE_OK);
	assert_int_equal(r->f.ndomains, 1);
	assert_null(domain(r, "b.example")->owner);
	assert_int_equal(r->ncalls, 2);
}

/* ---- pages ------------------------------------------------------------- */

static void a_list_that_changes_between_its_pages_is_read_again(void **state)
{
	struct remote *r = *state;

	ASK(r, SERVER, PAGE("3", "[" ROW("a.example", "main", "ann") "," ROW("b.example", "main", "ann") "]"),
	    PAGE("4", "[" ROW("c.example", "main", "ann") "]"),
	    PAGE("4", "[" ROW("a.example", "main", "ann") "," ROW("b.example", "main", "ann") "]"),
	    PAGE("4", "[" ROW("bb.example", "main", "ann") "," ROW("c.example", "main", "ann") "]"),
	    BATCH(UAPI("[]")));
	assert_int_equal(r->f.source[SOURCE_DOMAINS].state, SOURCE_OK);
	assert_int_equal(r->f.ndomains, 4);
	assert_non_null(strstr(r->calls, "api.chunk.start=3&"));
}

static void a_domain_gone_meanwhile_is_not_kept(void **state)
{
	struct remote *r = *state;

	ASK(r, SERVER, PAGE("3", "[" ROW("a.example", "main", "ann") "," ROW("b.example", "main", "ann") "]"),
	    PAGE("2", "[]"),
	    PAGE("1", "[" ROW("a.example", "main", "ann") "]"), BATCH(UAPI("[]")));
	assert_int_equal(r->f.source[SOURCE_DOMAINS].state, SOURCE_OK);
	assert_int_equal(r->f.ndomains, 1);
	assert_null(facts_domain(&r->f, "b.example"));
}

static void a_list_that_never_rests_is_not_taken_in_part(void **state)
{
	struct remote *r = *state;

	ASK(r, SERVER, PAGE("3", "[" ROW("a.example", "main", "ann") "]"),
	    PAGE("3", "[" ROW("a.example", "main", "ann") "]"),
	    PAGE("3", "[" ROW("b.example", "main", "ann") "]"),
	    PAGE("2", "[" ROW("a.example", "main", "ann") "]"),
	    PAGE("3", "[" ROW("b.example", "main", "ann") "]"),
	    PAGE("2", "[" ROW("a.example", "main", "ann") "]"),
	    PAGE("3", "[" ROW("b.example", "main", "ann") "]"),
	    PAGE("2", "[" ROW("a.example", "main", "ann") "]"), PAGE("9", "[]"));
	assert_failed(r, SOURCE_DOMAINS, "changed while it was read");
	assert_int_equal(r->f.ndomains, 0);
}

static void endless_pages_end(void **state)
{
	struct remote *r = *state;

	ASK(r, SERVER, PAGE("999999", "[" ROW("a.example", "main", "ann") "]"));
	assert_failed(r, SOURCE_DOMAINS, "get_domain_info: ");
	assert_true(r->ncalls < 3100);
	teardown(state);
	setup(state);
	r = *state;
	ASK(r, SERVER, PAGE("99999999999", "[" ROW("a.example", "main", "ann") "]"));
	assert_failed(r, SOURCE_DOMAINS, "more than 1000000 domains");
	assert_int_equal(r->ncalls, 2);
}

/* ---- the server -------------------------------------------------------- */

static void a_server_that_is_too_old_is_told_so(void **state)
{
	struct remote *r = *state;

	ASK(r, SERVER_WITH(DATA("\"version\":\"11.84.0.20\""), MYPRIVS, LISTIPS));
	assert_failed(r, SOURCE_DOMAINS, "runs cPanel & WHM 11.84.0.20, and 86 or later");
	assert_failed(r, SOURCE_ADDRESSES, "86 or later");
	assert_int_equal(r->ncalls, 1);
	teardown(state);
	setup(state);
	r = *state;
	ASK(r, REFUSED("Unknown app (“batch”) requested for this version (1) of the API."));
	assert_failed(r, SOURCE_DOMAINS, "does not know the call; cPanel & WHM 86");
}

static void versions_are_read_in_all_their_forms(void **state)
{
	(void)state;
	assert_int_equal(whm_version("11.86.0.1"), 86);
	assert_int_equal(whm_version("11.138.0.6"), 138);
	assert_int_equal(whm_version("130.0.5"), 130);
	assert_int_equal(whm_version("11.28"), 28);
	assert_int_equal(whm_version("11"), 0);
	assert_int_equal(whm_version(""), 0);
	assert_int_equal(whm_version("x.y"), 0);
	assert_int_equal(whm_version("99999999999999999999.1"), 0);
}

static void a_batch_with_a_part_too_few_is_no_answer(void **state)
{
	struct remote *r = *state;

	ASK(r, BATCH(VERSION "," MYPRIVS));
	assert_failed(r, SOURCE_DOMAINS, "2 answers to 6 calls");
}

static void addresses_are_the_active_ones_and_their_public_side(void **state)
{
	struct remote *r = *state;

	ASK(r, SERVER, PAGE("1", "[" ROW("a.example", "main", "ann") "]"), BATCH(UAPI("[]")));
	assert_true(has_address(r, "203.0.113.10"));
	assert_true(has_address(r, "10.0.0.5"));
	assert_true(has_address(r, "198.51.100.5"));
	assert_true(has_address(r, "203.0.113.20"));	/* an account's */
	assert_false(has_address(r, "203.0.113.99"));
}

static void without_addresses_nothing_is_called_elsewhere(void **state)
{
	static const char *const listips[] = {
		REFUSED("You do not have permission"), DATA("\"ip\":null"), "{" OK "}",
	};

	for (size_t i = 0; i < sizeof(listips) / sizeof(*listips); i++) {
		struct remote *r = *state;
		char server[2000];

		snprintf(server, sizeof(server), "{\"data\":{\"result\":[%s,%s,%s,%s,%s,%s]}," OK "}",
			 VERSION, MYPRIVS, APPLIST, HOSTNAME, listips[i], SHARED);
		ASK(r, server, PAGE("1", "[" ROW("a.example", "main", "ann") "]"), BATCH(UAPI("[]")));
		assert_failed(r, SOURCE_ADDRESSES, "listips: ");
		assert_failed(r, SOURCE_ADDRESSES, "--address");
		teardown(state);
		setup(state);
	}
}

static void declared_addresses_stand_in_for_a_refused_list(void **state)
{
	struct remote *r = *state;
	struct ip ip;
	struct panel_wish wish = { .addresses = &ip, .naddresses = 1 };
	const char *const script[] = { SERVER_WITH(VERSION, MYPRIVS, REFUSED("No")),
		PAGE("1", "[" ROW("a.example", "main", "ann") "]"), BATCH(UAPI("[]")), NULL };

	assert_true(ip_parse(&ip, "203.0.113.77"));
	gather(r, &wish, script);
	assert_int_equal(r->f.source[SOURCE_ADDRESSES].state, SOURCE_OK);
	assert_true(has_address(r, "203.0.113.77"));
}

/* Answers "server1.hosting.example A" with two addresses, the first of which
 * the server has. */
static const unsigned char two_addresses[] =
	"\x12\x34\x81\x80\0\1\0\2\0\0\0\0"
	"\7server1\7hosting\7example\0\0\1\0\1"
	"\xc0\x0c\0\1\0\1\0\0\1\x2c\0\4\xcb\0\x71\x0a"
	"\xc0\x0c\0\1\0\1\0\0\1\x2c\0\4\xcb\0\x71\x63";

static void the_servers_name_tells_of_more_addresses(void **state)
{
	struct remote *r = *state;

	r->packet = two_addresses;
	r->npacket = sizeof(two_addresses) - 1;
	ASK(r, SERVER, PAGE("0", "[]"));
	assert_true(has_address(r, "203.0.113.99"));
}

static void a_name_that_leads_elsewhere_tells_nothing(void **state)
{
	struct remote *r = *state;

	r->packet = two_addresses;
	r->npacket = sizeof(two_addresses) - 1;
	ASK(r, SERVER_WITH(VERSION, MYPRIVS, DATA("\"ip\":[{\"ip\":\"192.0.2.1\"}]")), PAGE("0", "[]"));
	assert_false(has_address(r, "203.0.113.10"));
	assert_false(has_address(r, "203.0.113.99"));
}

/* ---- batches ----------------------------------------------------------- */

/* A page of n accounts with one domain each, and what list_mxs says of all. */
static char *many(size_t n, bool rows)
{
	char *text = malloc(n * 160 + 200), *p = text;

	p += sprintf(p, rows ? "{\"metadata\":{\"result\":1,\"chunk\":{\"records\":%zu}},\"data\":{\"domains\":[" :
		     "{\"metadata\":{\"result\":1},\"data\":{\"result\":[", n);
	for (size_t i = 0; i < n; i++)
		p += sprintf(p, rows ? "%s{\"domain\":\"d%05zu.example\",\"domain_type\":\"main\",\"user\":\"u%05zu\"}" :
			     "%s{\"metadata\":{\"result\":1},\"data\":{\"uapi\":{\"status\":1,\"data\":[]}}}",
			     i ? "," : "", i, i);
	sprintf(p, "]}}");
	return text;
}

static void a_quick_server_gets_larger_batches(void **state)
{
	struct remote *r = *state;
	char *page = many(120, true), *ten = many(10, false), *twenty = many(20, false),
		*forty = many(40, false), *fifty = many(50, false);

	ASK(r, SERVER, page, ten, twenty, forty, fifty);
	assert_int_equal(r->ncalls, 6);
	assert_int_equal(r->f.source[SOURCE_DOMAINS].state, SOURCE_OK);
	free(page), free(ten), free(twenty), free(forty), free(fifty);
}

static void an_answer_too_large_is_asked_for_in_halves(void **state)
{
	struct remote *r = *state;
	char *page = many(2, true), *one = many(1, false);

	ASK(r, SERVER, page, "too large", one, "too large");
	assert_int_equal(r->ncalls, 5);
	assert_int_equal(r->f.source[SOURCE_DOMAINS].state, SOURCE_OK);
	assert_non_null(strstr(domain_more(domain(r, "d00001.example"))->untold, "larger than"));
	free(page), free(one);
}

static void a_server_that_breaks_twice_is_left_in_peace(void **state)
{
	struct remote *r = *state;
	char *page = many(500, true), *ten = many(10, false);

	ASK(r, SERVER, page, ten, "broken");
	assert_int_equal(r->ncalls, 5);
	assert_int_equal(r->f.source[SOURCE_DOMAINS].state, SOURCE_OK);
	assert_non_null(strstr(domain_more(domain(r, "d00499.example"))->untold, "said nothing for 30 s"));
	free(page), free(ten);
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		T(a_server_is_told_in_three_calls),
		T(calls_are_made_as_the_api_wants_them),
		T(every_form_of_success_is_one),
		T(a_batch_called_a_failure_is_read_part_by_part),
		T(an_account_that_fails_leaves_its_domains_unknown),
		T(no_account_told_is_no_domain_list),
		T(a_missing_privilege_is_named),
		T(a_missing_list_is_not_an_empty_one),
		T(a_server_without_domains_has_none),
		T(what_the_panel_contradicts_is_not_believed),
		T(a_subdomain_left_out_is_passed_over_and_a_domain_is_not),
		T(another_accounts_domain_is_not_taken),
		T(odd_names_and_accounts_are_passed_over),
		T(a_list_that_changes_between_its_pages_is_read_again),
		T(a_domain_gone_meanwhile_is_not_kept),
		T(a_list_that_never_rests_is_not_taken_in_part),
		T(endless_pages_end),
		T(a_server_that_is_too_old_is_told_so),
		cmocka_unit_test(versions_are_read_in_all_their_forms),
		T(a_batch_with_a_part_too_few_is_no_answer),
		T(addresses_are_the_active_ones_and_their_public_side),
		T(without_addresses_nothing_is_called_elsewhere),
		T(declared_addresses_stand_in_for_a_refused_list),
		T(the_servers_name_tells_of_more_addresses),
		T(a_name_that_leads_elsewhere_tells_nothing),
		T(a_quick_server_gets_larger_batches),
		T(an_answer_too_large_is_asked_for_in_halves),
		T(a_server_that_breaks_twice_is_left_in_peace),
	};

	return cmocka_run_group_tests_name("panel", tests, NULL, NULL);
}
