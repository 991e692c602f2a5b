#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "engine/ask.h"
#include "http/app_exchange.h"
#include "http/pages.h"

static int ask(struct exchange *x, const char *op, const char *account,
	       json_object **data, struct err *e)
{
	json_object *request = json_object_new_object();
	int rc;

	json_put_text(request, "op", op);
	json_put_text(request, "account", account);
	json_put_flag(request, "matrix", true);
	rc = scan_ask(request, NULL, NULL, data, e);
	json_object_put(request);
	if (!rc)
		exchange_put_nonce(x, *data, "probe", NULL);
	return rc;
}

int run_ports(struct exchange *x, json_object **data, struct err *e)
{
	return ask(x, "ports", NULL, data, e);
}

/* At most once a minute on a server, whoever asks: the helper sees to that. */
int run_probe(struct exchange *x, json_object **data, struct err *e)
{
	return ask(x, "probe", exchange_field(x, "account"), data, e);
}

/* ---- the page ------------------------------------------------------------ */

/* Never by colour alone: each state has its word and its mark. */
static const struct {
	const char *state, *mark, *class;
} marks[] = {
	{ "open", "✓", "open" }, { "shut", "✗", "shut" }, { "unknown", "?", "doubt" },
	{ "not asked", "…", "unasked" }, { "none", "–", "none" },
};

static void dress_cell(json_object *cell, const char *account)
{
	const char *state = json_text(cell, "state"), *user = json_text(cell, "user");
	const char *who = user && !strcmp(user, "account") && account ? account : user;
	bool in = user && !strcmp(user, "clients");
	char column[80];

	snprintf(column, sizeof(column), "%s%.60s", in ? "in from " : "out as ",
		 in ? "outside" : who ? who : "");
	json_put_text(cell, "column", column);
	json_put_number(cell, "nevidence", (int64_t)json_count(json_member(cell, "evidence")));
	for (size_t i = 0; state && i < sizeof(marks) / sizeof(*marks); i++) {
		if (strcmp(marks[i].state, state))
			continue;
		json_put_text(cell, "mark", marks[i].mark);
		json_put_text(cell, "class", marks[i].class);
	}
}

static void dress_restrictions(json_object *o)
{
	const char *offer = json_text(o, "offer");

	if (!o)
		return;
	json_put_flag(o, "turn_on", offer && !strcmp(offer, "on"));
	json_put_flag(o, "turn_off", offer && !strcmp(offer, "off"));
}

void dress_ports(struct exchange *x, json_object *data)
{
	json_object *matrix = json_member(data, "matrix"), *columns = json_object_new_array();
	json_object *rows = json_member(matrix, "rows");

	for (size_t i = 0; i < json_count(rows); i++) {
		json_object *cells = json_member(json_object_array_get_idx(rows, i), "cells");

		for (size_t k = 0; k < json_count(cells); k++) {
			json_object *cell = json_object_array_get_idx(cells, k);

			dress_cell(cell, json_text(matrix, "account"));
			if (!i)
				json_object_array_add(columns, json_new_text(json_text(cell, "column")));
		}
	}
	json_object_object_add(data, "columns", columns);
	dress_restrictions(json_member(data, "restrictions"));
	json_put_text(data, "asked_as", exchange_field(x, "account"));
}
