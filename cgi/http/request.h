#ifndef HTTP_REQUEST_H
#define HTTP_REQUEST_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/socket.h>

#include "base/arena.h"
#include "base/buf.h"

/*
 * One whole, already authorised-to-speak request, as http/accept hands it to
 * http/app: nothing of it is trusted but door, peer and fd. Strings are never
 * NULL ("" when absent) and live in arena.
 */
enum door { DOOR_ADMIN, DOOR_RESELLER, DOOR_USER };

struct request {
	struct arena *arena;
	enum door door;
	struct ucred peer;		/* of the accepted connection */
	int fd;				/* that connection: the user's proof (as_user) */
	const char *login;		/* REMOTE_USER from the door; on DOOR_USER the
					 * account of peer.uid, whatever was sent */
	const char *method, *query, *content_type;
	const char *security_token;	/* "/cpsess…" or "" (API token) */
	const char *remote_addr;
	const char *origin, *host, *sec_fetch_site;
	const char *ticket;		/* RD_TICKET, on changing requests */
	bool framed;			/* the user's door puts a page into cPanel's frame */
	const char *body;		/* exactly CONTENT_LENGTH bytes, then a NUL */
	size_t body_len;
	unsigned wait_s;		/* not 0: asked too often; to be refused */
};

struct response {
	int status;
	const char *content_type;	/* with charset */
	/* A constant of [A-Za-z0-9.-]: to be kept as a file of that name; or NULL. */
	const char *file_name;
	unsigned retry_after;		/* seconds; 0: nothing is said */
	struct buf body;
};

struct app;

/* Settings of one front process; made once at start. state_dir is where the
 * admin front keeps its last scan; NULL: nowhere (user front). NULL, with the
 * reason logged, when the pages cannot be loaded. */
struct app *app_new(const char *templates_dir, const char *state_dir);
/* Reads the pages anew (what cannot be read leaves those that are there) and,
 * where there is a scan, begins another, which reads the settings. For SIGHUP. */
void app_reload(struct app *app);
/* From now on it scans by itself (http/app_watch.c). Its app lives for ever. */
void app_watch(struct app *app);
/* While nothing of it is at work, no scan either. NULL is nothing. */
void app_free(struct app *app);
/* A name that a template misspells becomes an error instead of nothing. */
void app_be_strict(struct app *app);
/* Answers rq into rs (zeroed by the caller but for body.limit). Thread-safe on
 * the admin side. Never fails: errors are responses. */
void app_handle(struct app *app, const struct request *rq, struct response *rs);

#endif
