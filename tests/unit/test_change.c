#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "base/io.h"
#include "base/json.h"
#include "engine/ask.h"
#include "engine/change.h"
#include "engine/witness.h"

/* What a scan service answers, whoever has taken it over. */
static const char *answer;

int scan_ask(json_object *request, void (*progress)(void *ctx, json_object *o),
	     void *ctx, json_object **result, struct err *e)
{
	(void)request;
	(void)progress;
	(void)ctx;
	*result = json_read(answer, strlen(answer), "an answer", e);
	return *result ? 0 : -1;
}

int scan_ask_on(int s, json_object *request, json_object **result, struct err *e)
{
	(void)s;
	return scan_ask(request, NULL, NULL, result, e);
}

/* What the helper's journal holds; NULL: there is no helper. */
static const char *journal;

int priv_open(struct priv_client *c, struct err *e)
{
	c->fd = 1000;
	return journal ? 0 : err_set(e, ERR_UNAVAILABLE, "nobody");
}

void priv_close(struct priv_client *c)
{
	c->fd = -1;
}

int priv_ask(struct priv_client *c, const char *verb, const char *name,
	     const char *expect, const char *value, int passed,
	     struct priv_reply *reply, int *fd, struct err *e)
{
	(void)c;
	(void)name;
	(void)expect;
	(void)value;
	(void)passed;
	(void)reply;
	(void)fd;
	return err_set(e, ERR_BUG, "%s: not asked here", verb);
}

int priv_read(struct priv_client *c, const char *verb, const char *name,
	      const char *value, struct err *e)
{
	(void)c;
	(void)name;
	(void)value;
	(void)e;
	assert_string_equal(verb, "journal");
	return io_memfd("journal", journal, strlen(journal));
}

#define FINDING "routing_local_mx_elsewhere:a.example"
#define OP(verb_, name_) \
	"{\"verb\":\"" verb_ "\",\"name\":\"" name_ "\",\"expect\":\"auto\",\"value\":\"remote\"}"
#define PLAN_OF(fix_, finding_, ops_) \
	"{\"finding\":\"" finding_ "\",\"fix\":\"" fix_ "\",\"ops\":" ops_ "}"
#define PLAN(finding_, ops_) PLAN_OF("set_routing", finding_, ops_)

static int preview(const char *text, struct err *e)
{
	json_object *params = json_object_new_object(), *plan = NULL;
	int rc;

	answer = text;
	rc = change_preview(FINDING, params, NULL, &plan, e);
	if (!rc)
		json_object_put(plan);
	json_object_put(params);
	return rc;
}

static void a_plan_is_one_change_of_the_domain_that_was_asked_about(void **state)
{
	static const char *const others[] = {
		PLAN(FINDING, "[" OP("set_routing", "b.example") "]"),
		PLAN(FINDING, "[" OP("undo", "a.example") "]"),
		PLAN(FINDING, "[" OP("undo", "20261124-100500-a1b2c3") "]"),
		PLAN(FINDING, "[" OP("set_routing", "a.example") ","
		     OP("set_routing", "b.example") "]"),
		PLAN("routing_unlisted:a.example", "[" OP("set_routing", "a.example") "]"),
		PLAN(FINDING, "[{\"verb\":\"set_routing\",\"name\":\"a.example\"}]"),
		PLAN_OF("undo", FINDING, "[" OP("undo", "a.example") "]"),
		PLAN_OF("undo", FINDING, "[" OP("set_routing", "a.example") "]"),
		PLAN_OF("add_mx", FINDING, "[" OP("set_routing", "a.example") "]"),
		PLAN(FINDING, "[" OP("set_mx", "a.example") "]"),
		PLAN(FINDING, "[]"), PLAN(FINDING, "[null]"), PLAN(FINDING, "{}"),
		PLAN(FINDING, "7"), "{}", "[]", "\"plan\"",
	};
	struct err e;

	(void)state;
	assert_int_equal(preview(PLAN(FINDING, "[" OP("set_routing", "a.example") "]"),
				 &e), 0);
	for (size_t i = 0; i < sizeof(others) / sizeof(*others); i++) {
		if (!preview(others[i], &e))
			fail_msg("taken for a plan: %s", others[i]);
		assert_int_equal(e.code, ERR_BUG);
	}
}

#define OPEN_PORT "{\"finding\":\"csf_tcp_out_missing:465\",\"fix\":\"open_port\",\"notes\":[]," \
	"\"ops\":[" OP("set_csf_port", "465 out") "]}"

/* The note of a preview, in which there is one at most. */
static const char *noted(const char *text, const char *finding, const char *changes)
{
	static char kept[1000];
	json_object *plan;
	struct err e;
	const char *said;

	answer = text;
	journal = changes;
	if (change_preview(finding, NULL, NULL, &plan, &e))
		fail_msg("%s", e.text);
	assert_in_range(json_count(json_member(plan, "notes")), 0, 1);
	said = json_object_get_string(json_object_array_get_idx(json_member(plan, "notes"), 0));
	said = said ? strcpy(kept, said) : NULL;
	json_object_put(plan);
	return said;
}

#define WAITS(verb_, state_, more_) \
	"id=20261124-100500-a1b2c3 verb=" verb_ " name=alice state=" state_ " at=1000 " more_ "\n"

static void a_plan_for_the_firewall_says_which_change_waits_and_until_when(void **state)
{
	static const char port[] = "csf_tcp_out_missing:465";
	const char *said = noted(OPEN_PORT, port, WAITS("set_csf_user", "DONE", "deadline=1060"));

	(void)state;
	assert_non_null(said);
	assert_non_null(strstr(said, "undo 20261124-100500-a1b2c3"));
	assert_non_null(strstr(said, "1970-01-01T00:17:40Z"));
	assert_non_null(noted(OPEN_PORT, port, WAITS("set_csf_user", "PREPARED", "deadline=1060")));
	assert_null(noted(OPEN_PORT, port, WAITS("set_csf_user", "KEPT", "deadline=1060")));
	assert_null(noted(OPEN_PORT, port, WAITS("set_routing", "DONE", "deadline=")));
	assert_null(noted(OPEN_PORT, port, NULL));
	assert_null(noted("{\"finding\":\"" FINDING "\",\"fix\":\"set_routing\",\"notes\":[],\"ops\":["
			  OP("set_routing", "a.example") "]}", FINDING,
			  WAITS("set_csf_user", "DONE", "deadline=1060")));
}

static const char *dissent(const char *verb, const char *value, const char *after)
{
	static char kept[300];	/* the clause lives as long as the look */
	struct err e;
	char text[300];
	const char *why;
	json_object *op, *o = json_read(after, strlen(after), "a look", &e);

	snprintf(text, sizeof(text), "{\"verb\":\"%s\",\"name\":\"trustedmailhosts:192.0.2.1\","
		 "\"expect\":\"/etc/csf/a: line 2: 192.0.2.1\",\"value\":\"%s\"}", verb, value);
	op = json_read(text, strlen(text), "an operation", &e);
	assert_non_null(o);
	why = witness_dissent(o, "mx_missing:a.example", op);
	if (why)
		why = strcpy(kept, why);
	json_object_put(op);
	json_object_put(o);
	return why;
}

#define SAYS(mx_) "{\"says\":{\"mx\":\"" mx_ "\"}}"
#define AFTER(here_, servers_, findings_) \
	"{\"domain\":{\"zone\":{\"here\":{\"mx\":\"" here_ "\"},\"servers\":[" servers_ "]}}," \
	"\"findings\":[" findings_ "]}"
#define SET "5 a.example ttl 60, 10 b.example ttl 300"
#define TOLD "5 a.example, 10 b.example"

/* The second server of the delegation may follow later. */
static void an_mx_is_there_when_the_name_servers_say_so_and_the_finding_is_gone(void **state)
{
	(void)state;
	assert_null(dissent("set_mx", SET, AFTER(TOLD, SAYS("no MX") "," SAYS(TOLD), "")));
	assert_null(dissent("set_mx", "none", AFTER("no MX", SAYS("no MX"), "")));
	assert_non_null(dissent("set_mx", SET, AFTER("no MX", SAYS(TOLD), "")));
	assert_non_null(dissent("set_mx", SET, AFTER(TOLD, SAYS("no MX"), "")));
	assert_non_null(dissent("set_mx", SET, AFTER(TOLD, "", "")));
	assert_non_null(dissent("set_mx", SET, AFTER(TOLD, SAYS(TOLD), "{\"id\":\"mx_missing:a.example\"}")));
	assert_non_null(dissent("set_mx", SET, "{\"domain\":{\"zone\":null},\"findings\":[]}"));
	assert_non_null(dissent("set_mx", SET, "{}"));
}

#define HELD(list_, net_) "{\"address\":{\"entries\":[{\"list\":\"" list_ "\",\"net\":\"" net_ \
	"\"}],\"unread\":[]},\"findings\":[{\"id\":\"mx_missing:a.example\"}]}"

/* Of the lists each fix is about one; another may hold the address still. */
static void an_address_is_free_of_a_list_when_that_list_does_not_hold_it_alone(void **state)
{
	(void)state;
	assert_null(dissent("unblock_deny", "not listed", HELD("/etc/spammeripblocks", "192.0.2.1")));
	assert_null(dissent("unblock_deny", "not listed",
			    HELD("/etc/csf/csf.deny", "192.0.2.0-192.0.2.255")));
	assert_non_null(dissent("unblock_deny", "not listed", HELD("/etc/csf/csf.deny", "192.0.2.1")));
	assert_non_null(dissent("unblock_hulk", "not listed",
				HELD("cPHulk: one-day blocks", "2001:db8::1")));
	assert_non_null(dissent("unblock_hulk", "not listed", "{\"address\":{\"entries\":[],\"unread\":"
				"[{\"list\":\"cPHulk: blocked addresses\",\"why\":\"silent\"}]}}"));
	assert_non_null(dissent("unblock_spammers", "not listed", "{}"));
}

#define HELD_IN(file_) "{\"address\":{\"entries\":[{\"list\":\"/etc/csf/csf.deny\",\"file\":" file_ \
	",\"net\":\"192.0.2.1\"}],\"unread\":[{\"list\":\"/etc/csf/csf.deny\",\"part\":true}]}}"

/* What csf.deny includes is another verb's than its own lines. */
static void an_included_file_is_free_of_an_address_whatever_the_list_itself_holds(void **state)
{
	(void)state;
	assert_null(dissent("unblock_included", "not listed", HELD_IN("null")));
	assert_null(dissent("unblock_included", "not listed", HELD_IN("\"/etc/csf/ab\"")));
	assert_non_null(dissent("unblock_included", "not listed", HELD_IN("\"/etc/csf/a\"")));
	assert_null(dissent("unblock_deny", "not listed", HELD_IN("\"/etc/csf/a\"")));
	assert_non_null(dissent("unblock_deny", "not listed", HELD_IN("null")));
}

#define TRUSTED(accepted_, because_, list_) "{\"accepted\":" accepted_ ",\"recipients\":[{\"because\":\"" \
	because_ "\",\"decided_by\":{\"list\":\"" list_ "\"}}]}"

static void a_client_is_trusted_when_exim_takes_its_mail_by_the_very_list(void **state)
{
	static const char verb[] = "trust_address", until[] = "until 2026-12-28";

	(void)state;
	assert_null(dissent(verb, until, TRUSTED("true", "address", "net-iplsearch;/etc/trustedmailhosts")));
	assert_null(dissent(verb, until, TRUSTED("true", "address", "/etc/trustedmailhosts")));
	assert_non_null(dissent(verb, until, TRUSTED("false", "address", "/etc/trustedmailhosts")));
	assert_non_null(dissent(verb, until, TRUSTED("true", "address", "/etc/relayhosts")));
	assert_non_null(dissent(verb, until, TRUSTED("true", "address", "/etc/untrustedmailhosts")));
	assert_non_null(dissent(verb, until, TRUSTED("true", "domain", "/etc/trustedmailhosts")));
	assert_non_null(dissent(verb, until, "{\"accepted\":true,\"recipients\":[]}"));
	assert_non_null(dissent(verb, until, "{}"));
}

static void a_port_is_served_when_it_answers_as_a_mail_server(void **state)
{
	(void)state;
	assert_null(dissent("start_listener", "listening", "{\"listener\":{\"verdict\":\"answers\"},\"findings\":[]}"));
	assert_non_null(dissent("start_listener", "listening",
				"{\"listener\":{\"verdict\":\"not served\",\"why\":\"silent\"},\"findings\":[]}"));
	assert_non_null(dissent("start_listener", "listening", "{\"listener\":null,\"findings\":[]}"));
	assert_non_null(dissent("start_listener", "listening", "{\"listener\":{\"verdict\":\"answers\"},"
				"\"findings\":[{\"id\":\"mx_missing:a.example\"}]}"));
}

static void a_change_that_nobody_can_judge_is_not_kept(void **state)
{
	(void)state;
	assert_non_null(dissent("reboot", "now", "{\"domain\":{},\"findings\":[]}"));
	assert_non_null(dissent("set_manual_mx", "none", "{\"domain\":{\"route\":null},\"findings\":[]}"));
	assert_null(dissent("set_manual_mx", "none", "{\"domain\":{\"route\":{}},\"findings\":[]}"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_mx_is_there_when_the_name_servers_say_so_and_the_finding_is_gone),
		cmocka_unit_test(an_included_file_is_free_of_an_address_whatever_the_list_itself_holds),
		cmocka_unit_test(an_address_is_free_of_a_list_when_that_list_does_not_hold_it_alone),
		cmocka_unit_test(a_client_is_trusted_when_exim_takes_its_mail_by_the_very_list),
		cmocka_unit_test(a_port_is_served_when_it_answers_as_a_mail_server),
		cmocka_unit_test(a_change_that_nobody_can_judge_is_not_kept),
		cmocka_unit_test(a_plan_is_one_change_of_the_domain_that_was_asked_about),
		cmocka_unit_test(a_plan_for_the_firewall_says_which_change_waits_and_until_when),
	};

	return cmocka_run_group_tests_name("change", tests, NULL, NULL);
}
