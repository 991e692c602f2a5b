#ifndef HTTP_API_H
#define HTTP_API_H

#include "http/app_exchange.h"

/*
 * Answers are JSON in the envelope that users of WHM API 1 expect:
 * {"metadata":{"version":1,"command","result":0|1,"reason"},"data":{…}}.
 * command is the name without its "v1/". On a refusal data is {"error":WORD},
 * a word of err_name, and beside both stands what http/problem.h says.
 */
void api_answer(const struct exchange *x, json_object *data, struct response *rs);
void api_refuse(const char *command, int status, const struct err *e,
		struct response *rs);

#endif
