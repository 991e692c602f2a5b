#ifndef HTTP_PROBLEM_H
#define HTTP_PROBLEM_H

#include <json-c/json.h>

/*
 * What is wrong with a request, for programs (RFC 9457): the status alone says
 * which row it is. Codes never change once released; openapi.json lists them under
 * "x-problems", to which "type" leads from any of our addresses.
 */
struct problem {
	int status;
	const char *code, *title;
};

extern const struct problem problems[];	/* ended by a NULL code */

#define PROBLEM_TYPE "application/problem+json"

/* Puts type, title, status, detail and code into o. */
void problem_put(json_object *o, int status, const char *detail);

#endif
