#ifndef HTTP_APP_FILES_H
#define HTTP_APP_FILES_H

#include "base/err.h"
#include "http/assets.h"
#include "http/words.h"
#include "render/template.h"

/*
 * What pages are made of, as it was read at one moment. A request holds the
 * reading that it began with, so that another one can take its place meanwhile.
 * Thread-safe.
 */
struct app_files {
	struct template_set *templates;
	struct assets *assets;
	struct words *words;
	unsigned holders;	/* app_files.c's */
};

struct app_shelf;

/* Reads dir for the first time; NULL with e when it cannot be read whole. */
struct app_shelf *app_shelf_new(const char *dir, struct err *e);
/* While nobody holds anything of it. NULL is nothing. */
void app_shelf_free(struct app_shelf *s);
/* Reads it again; on failure what was read before stays. */
int app_shelf_read(struct app_shelf *s, struct err *e);

struct app_files *app_files_take(struct app_shelf *s);
void app_files_release(struct app_shelf *s, struct app_files *f);

#endif
