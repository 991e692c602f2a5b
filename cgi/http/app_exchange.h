#ifndef HTTP_APP_EXCHANGE_H
#define HTTP_APP_EXCHANGE_H

#include <stdatomic.h>
#include <stdbool.h>

#include "http/app_bulk.h"
#include "http/app_files.h"
#include "http/app_scan.h"
#include "http/nonce.h"
#include "http/once.h"
#include "http/rate.h"
#include "http/routes.h"
#include "http/snapshot.h"
#include "render/setup_file.h"

/* What the handlers of http/ share; nobody else includes it. */

/* The scan service takes six at a time, two of them for accounts, and the helper
 * eight: resellers, who may make their own domains' DNS as slow as they like,
 * shall never have all. */
#define RESELLERS_AT_WORK 2

struct app {
	struct app_shelf *shelf;
	enum template_mode mode;
	struct snapshot_store *store;
	struct app_scan *scan;
	struct app_bulk *bulk;
	struct rate *rate;	/* of what comes through WHM's doors */
	struct once *once;
	int turns;	/* of the users' front, turn.h */
	atomic_uint resellers;	/* at work on what asks other processes */
	unsigned char key[NONCE_KEY];
};

/* One request on its way through the app. */
struct exchange {
	struct app *app;
	const struct request *rq;
	struct app_files *files;
	const struct route *route;
	struct fields fields;
	const struct snapshot *snapshot;	/* NULL: never scanned */
	const char *key;	/* idempotency key; or NULL */
	/* Not 0: the same came with this key at that time (wall clock) and nobody knows
	 * how it ended. */
	int64_t again_since;
	bool again_lost;	/* … nor when it came: that is as early as can be */
};

const char *exchange_field(const struct exchange *x, const char *name);
/* At the reseller's door only what the login owns is there; at the admin's all.
 * owner NULL: nobody's. */
bool exchange_may_see(const struct exchange *x, const char *reseller);
/* Takes out of a list of findings what this exchange may not see. */
void exchange_limit(const struct exchange *x, json_object *findings);
/* What is not there and what is not theirs to see are told in the same words. */
int exchange_hide(struct err *e);
/* Rows of a page of a long list. */
#define PAGE_ROWS 50
/* "pages": page n of how many, and its neighbours (null at the ends); null when one
 * page holds them all. */
void exchange_put_pages(json_object *o, size_t n, size_t matching);
/* A nonce for this act, in o as "nonce"; null where a form needs none. */
void exchange_put_nonce(const struct exchange *x, json_object *o, const char *act,
			const char *over);
/* In a panel's session an act needs the nonce of our own form. Without one
 * the gate has let only application/json through. */
int exchange_check_nonce(const struct exchange *x, struct err *e);

/* Leaves of the list o.MEMBER what has the field q in one of its texts of these names
 * (NULL-ended), and of that the page n of `limit`; "matching" says how many have it. */
void exchange_page(const struct exchange *x, json_object *o, const char *member,
		   const char *const *names);
/* Carries out what x asks, or gives the first answer to it again (app_once.c). */
typedef int carry_out_fn(struct exchange *x, struct response *rs, int *status,
			 struct err *e);
int exchange_once(struct exchange *x, carry_out_fn *carry_out, struct response *rs,
		  int *status, struct err *e);
/* 0 unless this comes too often: -1 with *status. In WHM's own session the
 * administrator's pages may be renewed as often as they like. */
int exchange_check_rate(const struct exchange *x, enum route_kind kind,
			enum route_method method, struct response *rs, int *status,
			struct err *e);

/* Runs: app_findings.c */
int run_findings(struct exchange *x, json_object **data, struct err *e);
int run_overview(struct exchange *x, json_object **data, struct err *e);
int run_finding(struct exchange *x, json_object **data, struct err *e);
/* The row of a finding that this exchange may see, or NULL. */
const struct snapshot_row *visible_finding(const struct exchange *x, const char *id);

/* app_domains.c */
int run_domains(struct exchange *x, json_object **data, struct err *e);

/* app_changes.c */
int run_plan(struct exchange *x, json_object **data, struct err *e);
int run_apply(struct exchange *x, json_object **data, struct err *e);
int run_undo(struct exchange *x, json_object **data, struct err *e);
int run_changes(struct exchange *x, json_object **data, struct err *e);
int run_change(struct exchange *x, json_object **data, struct err *e);

/* What templates and the API's users may count on in a change. */
void exchange_complete_change(const struct exchange *x, json_object *change);
/* The connection of app_changes.c: proved by the ticket that the door fetched. */
int exchange_open_identified(const struct exchange *x, struct priv_client *c,
			     struct err *e);
/* A reseller sees what went through the own door under the own login. */
bool exchange_may_see_change(const struct exchange *x, json_object *change);

/* The connection's changes that this exchange may see, newest first. */
int exchange_changes(const struct exchange *x, json_object **out, struct err *e);
/* One of them, or the job of that id. */
int exchange_show_change(struct exchange *x, const char *id, json_object **data,
			 struct err *e);
/* The plan of the field "finding" with the fields "params.…", if it may be seen. */
int exchange_plan(struct exchange *x, json_object **data, struct err *e);
int exchange_apply(struct exchange *x, const char *digest, const char *typed,
		   json_object **data, struct err *e);

/* app_fix.c: plans and applies in one call what the settings allow it for */
int run_fix(struct exchange *x, json_object **data, struct err *e);
/* Where the same was asked before and its end not seen, by the journal: 1, *data is the
 * one change that it made; 0: it made none; -1: that is not certain. */
int exchange_traced(struct exchange *x, json_object **data, struct err *e);

/* app_jobs.c: the same of many */
/* The job that this exchange may see, as it stands. */
int exchange_show_job(struct exchange *x, const char *id, json_object **data,
		      struct err *e);
int run_plan_many(struct exchange *x, json_object **data, struct err *e);
int run_apply_many(struct exchange *x, json_object **data, struct err *e);
int run_bulk(struct exchange *x, json_object **data, struct err *e);
int run_bulk_start(struct exchange *x, json_object **data, struct err *e);
int run_bulk_apply(struct exchange *x, json_object **data, struct err *e);
int run_job(struct exchange *x, json_object **data, struct err *e);
int run_stop(struct exchange *x, json_object **data, struct err *e);
/* Of a job that c may undo: begun, and shown as a page of its own. */
int undo_job(struct exchange *x, struct priv_client *c, const char *id,
	     json_object **data, struct err *e);
/* The findings with a fix that may be applied to many, and that fit what the
 * overview was asked for, as ids; in a list of FIELDS_LIST_MAX + 1 at most. */
json_object *bulk_findings(const struct exchange *x);

/* app_status.c */
int run_status(struct exchange *x, json_object **data, struct err *e);
int run_domain(struct exchange *x, json_object **data, struct err *e);
int run_checks(struct exchange *x, json_object **data, struct err *e);
int run_scan(struct exchange *x, json_object **data, struct err *e);
int run_scan_start(struct exchange *x, json_object **data, struct err *e);
int run_metrics(struct exchange *x, json_object **data, struct err *e);
int run_openapi(struct exchange *x, json_object **data, struct err *e);

/* app_explain.c */
int run_explain(struct exchange *x, json_object **data, struct err *e);
int run_explain_page(struct exchange *x, json_object **data, struct err *e);

/* app_address.c */
int run_address(struct exchange *x, json_object **data, struct err *e);

/* app_setup.c: a mail program's set-up, as an object or as a file */
int run_setup(struct exchange *x, json_object **data, struct err *e);
/* NULL: not asked for as a file. */
const struct setup_format *exchange_setup_format(const struct exchange *x);

/* app_relay.c */
int run_relay(struct exchange *x, json_object **data, struct err *e);
int run_relay_page(struct exchange *x, json_object **data, struct err *e);

/* app_settings.c */
int run_settings(struct exchange *x, json_object **data, struct err *e);
int run_set(struct exchange *x, json_object **data, struct err *e);
int run_mute(struct exchange *x, json_object **data, struct err *e);
/* What a change of a mute means for the finding that it is about. */
void mute_snapshot(const struct exchange *x, json_object *change);

/* app_ports.c */
int run_ports(struct exchange *x, json_object **data, struct err *e);
int run_probe(struct exchange *x, json_object **data, struct err *e);

/* app_mine.c */
int run_mine(struct exchange *x, json_object **data, struct err *e);

#endif
