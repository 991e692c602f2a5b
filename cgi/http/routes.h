#ifndef HTTP_ROUTES_H
#define HTTP_ROUTES_H

#include <json-c/json.h>

#include "http/fields.h"
#include "http/request.h"

/*
 * Everything that can be asked for, as rows of one table: what a row does not
 * say is not possible. Which row a request means stands in its address alone:
 * ?page=NAME, ?api=NAME, ?asset=NAME.
 */
enum route_kind { ROUTE_PAGE, ROUTE_API };

enum route_method { METHOD_GET = 1, METHOD_POST = 2 };

enum route_doors {
	TO_ADMIN = 1 << DOOR_ADMIN,
	TO_RESELLER = 1 << DOOR_RESELLER,
	TO_USER = 1 << DOOR_USER,
	TO_WHM = TO_ADMIN | TO_RESELLER,
	TO_ALL = TO_WHM | TO_USER,
};

struct exchange;

struct route {
	enum route_kind kind;
	const char *name;		/* "finding", "v1/findings" */
	enum route_method method;
	unsigned doors;
	/* An act that changes something: a form needs a nonce over this word
	 * and the field `over` (NULL: the word alone). act NULL: it reads. */
	const char *act, *over;
	const struct field *fields;
	bool asks;	/* the scan service or the helper */
	/* The answer's data (the caller's), or -1. */
	int (*run)(struct exchange *x, json_object **data, struct err *e);
	/* Pages: their title, what the template needs beside the data, and the
	 * template; or the page that is shown instead, when it worked (then)
	 * and when it was refused for what the request or the server holds
	 * (again, with the reason). */
	const char *title;
	void (*dress)(struct exchange *x, json_object *data);
	const char *template, *then, *again;
};

extern const struct route routes[];	/* ended by a NULL name */

const struct route *route_named(enum route_kind kind, const char *name,
				enum route_method method);	/* or NULL */

/* The row for a request; else -1 with the HTTP status that says why not. */
int route_find(enum route_kind kind, const char *name, enum route_method method,
	       enum door door, const struct route **out, int *status,
	       struct err *e);

/* The page that a door opens with. */
const char *route_start(enum door door);

#endif
