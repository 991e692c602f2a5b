#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

#include "base/json.h"
#include "engine/ask.h"
#include "engine/change.h"

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
	rc = change_preview(FINDING, params, &plan, e);
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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_plan_is_one_change_of_the_domain_that_was_asked_about),
	};

	return cmocka_run_group_tests_name("change", tests, NULL, NULL);
}
