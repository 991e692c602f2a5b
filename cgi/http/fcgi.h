#ifndef HTTP_FCGI_H
#define HTTP_FCGI_H

#include <stdbool.h>

#include "http/accept.h"
#include "http/request.h"

/*
 * From an accepted connection to a struct request and back. libfcgi parses; it
 * serves what was cut in the middle as if it were whole, so a request counts
 * only with the door's last parameter RD_END=1, exactly CONTENT_LENGTH bytes of
 * body (at most FCGI_BODY_MAX) and no error on the way: anything else is
 * answered with 400 and the app never sees it.
 */
#define FCGI_BODY_MAX (1024 * 1024)
#define FCGI_ANSWER_MAX (16 * 1024 * 1024)

struct fcgi_front {
	struct app *app;
	bool whm;	/* connections come from WHM's doors, else from users */
};

/* A visit_fn and a reload_fn; ctx is a struct fcgi_front. */
void fcgi_serve(void *ctx, struct visit *v);
void fcgi_reload(void *ctx);

/* Writes a fixed answer without reading or waiting: to whom nothing more is
 * said. status is 400, 403 or 503. */
void fcgi_refuse(int fd, int status);

#endif
