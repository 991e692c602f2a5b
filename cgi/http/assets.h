#ifndef HTTP_ASSETS_H
#define HTTP_ASSETS_H

#include "base/err.h"
#include "base/text.h"

/* The few files that pages load, from templates/assets, read once at start. */
struct assets;

struct assets *assets_new(const char *dir, struct err *e);	/* or NULL */
void assets_free(struct assets *a);
/* The content and its type, or -1: there is no such asset. */
int assets_get(const struct assets *a, const char *name, struct slice *content,
	       const char **type);

#endif
