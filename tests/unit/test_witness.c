#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "engine/witness.h"

static json_object *parsed(const char *text)
{
	struct err e;
	json_object *o = json_read(text, strlen(text), "a text", &e);

	assert_non_null(o);
	return o;
}

#define ROW(key, who, port, verdict) "{\"" key "\":\"" who "\",\"port\":" #port \
	",\"family\":\"IPv4\",\"verdict\":\"" verdict "\"}"
#define IN(port, verdict) ROW("from", "anyone", port, verdict)
#define OUT(user, port, verdict) ROW("user", user, port, verdict)
#define SERVER(in, out) "\"server\":{\"in\":[" in "],\"out\":[" out "]}"
#define PLAN(in) "{\"finding\":\"a:b\"," SERVER(in, "") "}"
#define AFTER(in, out, findings) "{" SERVER(in, out) ",\"findings\":[" findings "]}"
#define BOTH IN(22, "accepted") "," IN(2087, "accepted")
#define FREE OUT("root", 25, "accepted") "," OUT("bob", 25, "accepted")
#define OF(fix) "{\"finding\":\"a:b\",\"fix\":\"" fix "\"," SERVER(BOTH, "") "}"
#define STILL "{\"id\":\"a:b\"}"

/* What speaks against it, "" when nothing does. */
static const char *dissent(const char *verb, const char *before, const char *after)
{
	static char text[300];
	struct arena a = ARENA_INIT;
	json_object *plan = parsed(before), *o = parsed(after);
	json_object *op = parsed(!strcmp(verb, "set_restrictions") ?
			"{\"verb\":\"set_restrictions\",\"name\":\"server\"}" :
			!strcmp(verb, "set_csf_user") ?
			"{\"verb\":\"set_csf_user\",\"name\":\"bob\"}" :
			"{\"verb\":\"set_csf_port\",\"name\":\"465 out\"}");
	const char *why = witness_server_dissent(plan, o, op, &a);

	snprintf(text, sizeof(text), "%s", why ? why : "");
	json_object_put(plan);
	json_object_put(o);
	json_object_put(op);
	arena_clear(&a);
	return text;
}

#define assert_says(why, words) assert_non_null(strstr(why, words))

static void an_account_is_exempt_when_it_gets_out_where_root_does(void **state)
{
	const char *plan = PLAN(BOTH), *verb = "set_csf_user";

	(void)state;
	assert_string_equal(dissent(verb, plan, AFTER(BOTH, FREE, STILL)), "");
	assert_string_equal(dissent(verb, plan, AFTER(BOTH, FREE "," OUT("root", 465, "rejected")
		"," OUT("bob", 465, "rejected"), "")), "");
	assert_says(dissent(verb, plan, AFTER(BOTH, FREE "," OUT("root", 587, "accepted") ","
		OUT("bob", 587, "rejected"), "")), "bob from port 587");
	assert_says(dissent(verb, plan, AFTER(BOTH, FREE "," OUT("root", 587, "accepted") ","
		OUT("bob", 587, "unknown"), "")), "bob from port 587");
	assert_says(dissent(verb, plan, AFTER(BOTH, OUT("root", 25, "accepted"), "")), "does not know");
}

/* Its own witness is the list; csf -r beside it may have shut a way in. */
static void an_entry_of_an_included_file_also_needs_the_ways_in(void **state)
{
	struct arena a = ARENA_INIT;
	json_object *plan = parsed(PLAN(BOTH)), *open = parsed(AFTER(BOTH, "", "")),
		*shut = parsed(AFTER(IN(22, "accepted") "," IN(2087, "dropped"), "", ""));

	(void)state;
	assert_true(witness_of_ways("unblock_included"));
	assert_false(witness_of_ways("unblock_deny") || witness_of_server("unblock_included"));
	assert_null(witness_ways_dissent(plan, open, &a));
	assert_says(witness_ways_dissent(plan, shut, &a), "port 2087");
	json_object_put(plan);
	json_object_put(open);
	json_object_put(shut);
	arena_clear(&a);
}

static void a_port_is_open_when_its_finding_has_gone(void **state)
{
	(void)state;
	assert_string_equal(dissent("set_csf_port", PLAN(BOTH), AFTER(BOTH, "", "")), "");
	assert_says(dissent("set_csf_port", PLAN(BOTH), AFTER(BOTH, "", STILL)), "still there");
}

static void restrictions_are_on_when_their_finding_has_come(void **state)
{
	(void)state;
	assert_string_equal(dissent("set_restrictions", OF("set_restrictions"), AFTER(BOTH, "", STILL)), "");
	assert_says(dissent("set_restrictions", OF("set_restrictions"), AFTER(BOTH, "", "")), "out all the same");
	assert_says(dissent("set_restrictions", OF("repair_restrictions"), AFTER(BOTH, "", STILL)), "still there");
}

static void nobody_who_could_reach_the_server_is_shut_out(void **state)
{
	const char *plan = PLAN(BOTH "," IN(25, "dropped")), *verb = "set_csf_port";

	(void)state;
	assert_says(dissent(verb, plan, AFTER(IN(22, "dropped") "," IN(2087, "accepted"), "", "")),
		    "others would no longer get to port 22");
	assert_says(dissent(verb, plan, AFTER(IN(22, "unknown"), "", "")), "port 22");
	assert_says(dissent(verb, plan, AFTER(BOTH "," ROW("from", "192.0.2.7", 2087, "dropped"),
		"", "")), "192.0.2.7 would no longer get to port 2087");
	assert_string_equal(dissent(verb, plan, AFTER(BOTH "," IN(25, "dropped"), "", "")), "");
	assert_says(dissent(verb, plan, AFTER("", "", "")), "could not be read");
	assert_says(dissent(verb, plan, "{\"findings\":[]}"), "could not be read");
}

static bool is_taken(const char *plan_text, const char *finding)
{
	struct err e;
	json_object *plan = parsed(plan_text);
	bool taken = witness_op(plan, finding, &e) != NULL;

	json_object_put(plan);
	return taken;
}

#define ASKED(fix, check, params, verb, name) "{\"finding\":\"" check "\",\"check\":\"" check "\"," \
	"\"fix\":\"" fix "\",\"params\":{" params "},\"ops\":[{\"verb\":\"" verb "\",\"name\":\"" name \
	"\",\"expect\":\"x\",\"value\":\"y\"}]}"
#define FIREWALLD(check, name) "{\"finding\":\"port_in_filtered:25\",\"check\":\"" check "\"," \
	"\"fix\":\"open_port\",\"params\":{},\"ops\":[{\"verb\":\"set_firewalld_port\"," \
	"\"name\":\"" name "\",\"expect\":\"closed\",\"value\":\"open\"}]}"
#define TAKEN(finding, plan) assert_true(is_taken(plan, finding))
#define NOT_TAKEN(finding, plan) assert_false(is_taken(plan, finding))

static void a_plan_for_the_server_is_about_what_was_asked_for(void **state)
{
	(void)state;
	TAKEN("c:host.example", "{\"finding\":\"c:host.example\",\"fix\":\"exempt_account\",\"params\":"
	      "{\"account\":\"bob\"},\"ops\":[{\"verb\":\"set_csf_user\",\"name\":\"bob\",\"expect\":\"x\",\"value\":\"y\"}]}");
	NOT_TAKEN("c:host.example", "{\"finding\":\"c:host.example\",\"fix\":\"exempt_account\",\"params\":"
	      "{\"account\":\"bob\"},\"ops\":[{\"verb\":\"set_csf_user\",\"name\":\"eve\",\"expect\":\"x\",\"value\":\"y\"}]}");
	TAKEN("csf_tcp_out_missing:465", ASKED("open_port", "csf_tcp_out_missing:465", "", "set_csf_port", "465 out"));
	NOT_TAKEN("csf_tcp_out_missing:465", ASKED("open_port", "csf_tcp_out_missing:465", "", "set_csf_port", "25 out"));
	NOT_TAKEN("csf_tcp_out_missing:465", ASKED("open_port", "csf_tcp_out_missing:465", "", "set_csf_port", "465 in"));
	NOT_TAKEN("csf_tcp_out_missing:465", ASKED("open_port", "csf_tcp_out_missing:465", "", "set_csf_user", "bob"));
	TAKEN("port_in_filtered:25", FIREWALLD("port_in_filtered", "25 in public"));
	NOT_TAKEN("port_in_filtered:25", FIREWALLD("port_in_filtered", "587 in public"));
	NOT_TAKEN("port_in_filtered:25", FIREWALLD("csf_tcp_out_missing", "25 in public"));
	TAKEN("c:a.example", ASKED("trust_address", "c:a.example", "\"address\":\"192.0.2.1\"",
				   "trust_address", "trustedmailhosts:192.0.2.1"));
	NOT_TAKEN("c:a.example", ASKED("trust_address", "c:a.example", "\"address\":\"192.0.2.1\"",
				       "trust_address", "trustedmailhosts:192.0.2.10"));
	NOT_TAKEN("c:a.example", ASKED("trust_address", "c:a.example", "", "trust_address",
				       "trustedmailhosts:192.0.2.1"));
	TAKEN("l:a@x.example", ASKED("hold_forwarder", "l:a@x.example", "", "set_forwarder", "a@x.example"));
	NOT_TAKEN("l:a@x.example", ASKED("hold_forwarder", "l:a@x.example", "", "set_forwarder", "b@x.example"));
	/* Another one of the circle where it was asked for by name, and then that alone. */
	TAKEN("l:a@x.example", ASKED("hold_forwarder", "l:a@x.example", "\"forwarder\":\"b@x.example\"",
				     "set_forwarder", "b@x.example"));
	NOT_TAKEN("l:a@x.example", ASKED("hold_forwarder", "l:a@x.example",
		"\"forwarder\":\"b@x.example\"", "set_forwarder", "c@x.example"));
	NOT_TAKEN("l:a@x.example", ASKED("hold_forwarder", "l:a@x.example",
		"\"forwarder\":\"b@x.example\"", "set_forwarder", "a@x.example"));
	NOT_TAKEN("drift:host", ASKED("repair_restrictions", "drift:host", "", "set_restrictions", "host"));
	TAKEN("drift:host", ASKED("repair_restrictions", "drift:host", "", "set_restrictions", "server"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_account_is_exempt_when_it_gets_out_where_root_does),
		cmocka_unit_test(an_entry_of_an_included_file_also_needs_the_ways_in),
		cmocka_unit_test(a_port_is_open_when_its_finding_has_gone),
		cmocka_unit_test(restrictions_are_on_when_their_finding_has_come),
		cmocka_unit_test(nobody_who_could_reach_the_server_is_shut_out),
		cmocka_unit_test(a_plan_for_the_server_is_about_what_was_asked_for),
	};

	return cmocka_run_group_tests_name("witness", tests, NULL, NULL);
}
