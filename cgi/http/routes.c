#include <string.h>

#include "http/app_my.h"
#include "http/pages.h"

static const struct field none[] = { { NULL, FIELD_TEXT, false } };

static const struct field by_overview[] = {
	{ "severity", FIELD_SEVERITY, false },
	{ "q", FIELD_TEXT, false },
	{ "show", FIELD_WORD, false },
	{ "n", FIELD_NUMBER, false },
	{ "mark", FIELD_WORD, false },
	{ NULL, FIELD_TEXT, false }
};

static const struct field by_findings[] = {
	{ "severity", FIELD_SEVERITY, false },
	{ "q", FIELD_TEXT, false },
	{ "n", FIELD_NUMBER, false },
	{ "limit", FIELD_NUMBER, false },
	{ NULL, FIELD_TEXT, false }
};

static const struct field by_format[] = {
	{ "format", FIELD_WORD, false },
	{ NULL, FIELD_TEXT, false }
};

static const struct field by_finding[] = {
	{ "id", FIELD_FINDING, true },
	{ NULL, FIELD_TEXT, false }
};

static const struct field by_preview[] = {
	{ "finding", FIELD_FINDING, true },
	{ "params.", FIELD_PARAM, false },
	{ NULL, FIELD_TEXT, false }
};

/* Of one finding or of many. */
static const struct field by_plan[] = {
	{ "finding", FIELD_FINDING, false },
	{ "findings", FIELD_FINDINGS, false },
	{ "params.", FIELD_PARAM, false },
	{ NULL, FIELD_TEXT, false }
};

static const struct field by_apply[] = {
	{ "finding", FIELD_FINDING, false },
	{ "findings", FIELD_FINDINGS, false },
	{ "params.", FIELD_PARAM, false },
	{ "digest", FIELD_DIGEST, true },
	{ "typed", FIELD_TEXT, false },
	{ "nonce", FIELD_NONCE, false },
	{ NULL, FIELD_TEXT, false }
};

static const struct field by_fix[] = {
	{ "finding", FIELD_FINDING, true },
	{ "fix", FIELD_WORD, true },
	{ "params.", FIELD_PARAM, false },
	{ "nonce", FIELD_NONCE, false },
	{ NULL, FIELD_TEXT, false }
};

static const struct field by_list[] = {
	{ "q", FIELD_TEXT, false },
	{ "n", FIELD_NUMBER, false },
	{ "limit", FIELD_NUMBER, false },
	{ NULL, FIELD_TEXT, false }
};

static const struct field by_job[] = {
	{ "id", FIELD_CHANGE, true },
	{ "q", FIELD_TEXT, false },
	{ "n", FIELD_NUMBER, false },
	{ "limit", FIELD_NUMBER, false },
	{ NULL, FIELD_TEXT, false }
};

/* Those that are ticked, or all that the overview with this filter shows. */
static const struct field by_selection[] = {
	{ "findings", FIELD_FINDINGS, false },
	{ "all", FIELD_WORD, false },
	{ "severity", FIELD_SEVERITY, false },
	{ "q", FIELD_TEXT, false },
	{ "show", FIELD_WORD, false },
	{ NULL, FIELD_TEXT, false }
};

static const struct field by_change[] = {
	{ "id", FIELD_CHANGE, true },
	{ NULL, FIELD_TEXT, false }
};

static const struct field by_undo[] = {
	{ "id", FIELD_CHANGE, true },
	{ "nonce", FIELD_NONCE, false },
	{ NULL, FIELD_TEXT, false }
};

static const struct field by_domain[] = {
	{ "name", FIELD_DOMAIN, true },
	{ "address", FIELD_TEXT, false },
	{ NULL, FIELD_TEXT, false }
};

static const struct field by_domains[] = {
	{ "q", FIELD_TEXT, false },
	{ "verdict", FIELD_WORD, false },
	{ "account", FIELD_ACCOUNT, false },
	{ "sort", FIELD_WORD, false },
	{ "desc", FIELD_FLAG, false },
	{ "n", FIELD_NUMBER, false },
	{ NULL, FIELD_TEXT, false }
};

static const struct field by_setup[] = {
	{ "name", FIELD_DOMAIN, true },
	{ "mailbox", FIELD_MAILBOX, false },
	{ "format", FIELD_WORD, false },
	{ NULL, FIELD_TEXT, false }
};

/* The account's own pages: without a domain the page asks for it. */
static const struct field by_my_check[] = {
	{ "n", FIELD_NUMBER, false },
	{ NULL, FIELD_TEXT, false }
};

static const struct field by_my_setup[] = {
	{ "name", FIELD_DOMAIN, false },
	{ "mailbox", FIELD_MAILBOX, false },
	{ NULL, FIELD_TEXT, false }
};

static const struct field by_finding_preview[] = {
	{ "finding", FIELD_FINDING, true },
	{ NULL, FIELD_TEXT, false }
};

static const struct field by_my_apply[] = {
	{ "finding", FIELD_FINDING, true },
	{ "digest", FIELD_DIGEST, true },
	{ "typed", FIELD_TEXT, false },
	{ "nonce", FIELD_NONCE, false },
	{ NULL, FIELD_TEXT, false }
};

static const struct field by_explain[] = {
	{ "text", FIELD_LONG, true },
	{ NULL, FIELD_TEXT, false }
};

static const struct field by_address[] = {
	{ "ip", FIELD_ADDRESS, true },
	{ NULL, FIELD_TEXT, false }
};

/* The page without one asks for it. */
static const struct field by_address_page[] = {
	{ "ip", FIELD_ADDRESS, false },
	{ NULL, FIELD_TEXT, false }
};

static const struct field by_probe[] = {
	{ "account", FIELD_ACCOUNT, false },
	{ "nonce", FIELD_NONCE, false },
	{ NULL, FIELD_TEXT, false }
};

/* Without a sender: the null sender of bounces. */
static const struct field by_relay[] = {
	{ "ip", FIELD_ADDRESS, true },
	{ "port", FIELD_NUMBER, false },
	{ "auth", FIELD_LOGIN, false },
	{ "from", FIELD_MAIL, false },
	{ "to", FIELD_MAIL, true },
	{ "nonce", FIELD_NONCE, false },
	{ NULL, FIELD_TEXT, false }
};

static const struct field by_set[] = {
	{ "key", FIELD_WORD, true },
	{ "about", FIELD_TEXT, false },
	{ "value", FIELD_TEXT, false },
	{ "expect", FIELD_TEXT, false },
	{ "remove", FIELD_FLAG, false },
	{ "nonce", FIELD_NONCE, false },
	{ NULL, FIELD_TEXT, false }
};

static const struct field by_mute[] = {
	{ "id", FIELD_FINDING, true },
	{ "days", FIELD_NUMBER, false },
	{ "reason", FIELD_TEXT, true },
	{ "nonce", FIELD_NONCE, false },
	{ NULL, FIELD_TEXT, false }
};

static const struct field by_scan[] = {
	{ "fresh", FIELD_FLAG, false },
	{ "nonce", FIELD_NONCE, false },
	{ NULL, FIELD_TEXT, false }
};

#define ASKS .asks = true

#define PAGE(name_, method_, doors_, fields_, run_, ...) \
	{ .kind = ROUTE_PAGE, .name = name_, .method = METHOD_##method_, \
	  .doors = doors_, .fields = fields_, .run = run_, __VA_ARGS__ }
#define API(name_, method_, doors_, fields_, ...) \
	{ .kind = ROUTE_API, .name = "v1/" name_, .method = METHOD_##method_, \
	  .doors = doors_, .fields = fields_, __VA_ARGS__ }

/* A door opens with the first page that it may show. */
const struct route routes[] = {
	PAGE("overview", GET, TO_WHM, by_overview, run_overview,
	     .title = "Overview", .dress = dress_overview, .template = "overview"),
	PAGE("finding", GET, TO_WHM, by_finding, run_finding,
	     .title = "Finding", .template = "finding"),
	PAGE("preview", GET, TO_WHM, by_preview, run_plan,
	     ASKS, .title = "Preview of a change", .dress = dress_preview,
	     .template = "preview"),
	PAGE("apply", POST, TO_WHM, by_apply, run_apply,
	     ASKS, .act = "apply", .over = "digest", .again = "preview",
	     .title = "Change", .dress = dress_change,
	     .template = "change"),
	PAGE("bulk", GET, TO_WHM, none, run_bulk,
	     ASKS, .title = "Preview of many changes", .dress = dress_bulk,
	     .template = "bulk"),
	PAGE("bulk", POST, TO_WHM, by_selection, run_bulk_start,
	     ASKS, .again = "overview", .title = "Preview of many changes",
	     .dress = dress_bulk, .template = "bulk"),
	PAGE("bulk_apply", POST, TO_WHM, by_apply, run_bulk_apply,
	     ASKS, .act = "apply", .over = "digest", .again = "bulk",
	     .title = "Preview of many changes", .dress = dress_bulk,
	     .template = "bulk"),
	PAGE("job", GET, TO_WHM, by_change, run_job,
	     ASKS, .title = "Many changes", .dress = dress_job, .template = "job"),
	PAGE("stop", POST, TO_WHM, by_undo, run_stop,
	     ASKS, .act = "stop", .over = "id", .again = "job",
	     .title = "Many changes", .dress = dress_job, .template = "job"),
	PAGE("change", GET, TO_WHM, by_change, run_change,
	     ASKS, .title = "Change", .dress = dress_change,
	     .template = "change"),
	PAGE("undo", POST, TO_WHM, by_undo, run_undo,
	     ASKS, .act = "undo", .over = "id", .again = "change",
	     .title = "Change", .dress = dress_change,
	     .template = "change"),
	PAGE("history", GET, TO_WHM, none, run_changes,
	     ASKS, .title = "History", .dress = dress_history,
	     .template = "history"),
	PAGE("domains", GET, TO_WHM, by_domains, run_domains,
	     .title = "Domains", .template = "domains"),
	PAGE("domain", GET, TO_WHM, by_domain, run_domain,
	     ASKS, .title = "Domain", .dress = dress_domain, .template = "domain"),
	PAGE("setup", GET, TO_WHM, by_setup, run_setup,
	     ASKS, .title = "Set up a mail program", .template = "setup"),
	PAGE("explain", GET, TO_WHM, none, run_explain_page,
	     .title = "Explain a refusal", .template = "explain"),
	PAGE("explain", POST, TO_WHM, by_explain, run_explain_page,
	     ASKS, .again = "explain", .title = "Explain a refusal",
	     .template = "explain"),
	PAGE("address", GET, TO_ADMIN, by_address_page, run_address,
	     ASKS, .title = "Blocked address?", .dress = dress_address,
	     .template = "address"),
	PAGE("ports", GET, TO_ADMIN, none, run_ports,
	     ASKS, .title = "Ports", .dress = dress_ports, .template = "ports"),
	PAGE("probe", POST, TO_ADMIN, by_probe, run_probe,
	     ASKS, .act = "probe", .again = "ports", .title = "Ports",
	     .dress = dress_ports, .template = "ports"),
	PAGE("relay", GET, TO_ADMIN, none, run_relay_page,
	     .title = "Would it be taken?", .dress = dress_relay, .template = "relay"),
	PAGE("relay", POST, TO_ADMIN, by_relay, run_relay_page,
	     ASKS, .act = "relay", .again = "relay", .title = "Would it be taken?",
	     .dress = dress_relay, .template = "relay"),
	PAGE("mine", GET, TO_USER, by_my_check, run_my_check,
	     ASKS, .dress = dress_my_check, .template = "my_check"),
	PAGE("my_setup", GET, TO_USER, by_my_setup, run_my_setup,
	     ASKS, .dress = dress_my_setup, .template = "my_setup"),
	PAGE("my_explain", GET, TO_USER, none, run_my_explain,
	     .dress = dress_my_explain, .template = "my_explain"),
	PAGE("my_explain", POST, TO_USER, by_explain, run_my_explain,
	     ASKS, .dress = dress_my_explain, .template = "my_explain"),
	PAGE("my_address", GET, TO_USER, none, run_my_address,
	     ASKS, .dress = dress_my_address, .template = "my_address"),
	PAGE("my_preview", GET, TO_USER, by_finding_preview, run_my_preview,
	     ASKS, .dress = dress_my_change, .template = "my_preview"),
	PAGE("my_apply", POST, TO_USER, by_my_apply, run_my_apply,
	     ASKS, .act = "apply", .over = "digest", .again = "my_preview",
	     .dress = dress_my_change, .template = "my_change"),
	PAGE("my_changes", GET, TO_USER, none, run_my_changes,
	     ASKS, .dress = dress_my_changes, .template = "my_changes"),
	PAGE("my_undo", POST, TO_USER, by_undo, run_my_undo,
	     ASKS, .act = "undo", .over = "id",
	     .dress = dress_my_change, .template = "my_change"),
	PAGE("settings", GET, TO_ADMIN, none, run_settings,
	     ASKS, .title = "Settings", .dress = dress_settings, .template = "settings"),
	PAGE("set", POST, TO_ADMIN, by_set, run_set,
	     ASKS, .act = "set", .again = "settings", .title = "Setting",
	     .dress = dress_change, .template = "change"),
	PAGE("mute", POST, TO_ADMIN, by_mute, run_mute,
	     ASKS, .act = "mute", .over = "id", .again = "finding", .title = "Setting",
	     .dress = dress_change, .template = "change"),
	PAGE("scan", POST, TO_ADMIN, by_scan, run_scan_start,
	     .act = "scan", .then = "overview", .again = "overview"),

	API("status", GET, TO_ALL, none, .run = run_status),
	API("findings", GET, TO_WHM, by_findings, .run = run_findings),
	API("domain", GET, TO_WHM, by_domain, ASKS, .run = run_domain),
	API("setup", GET, TO_ALL, by_setup, ASKS, .run = run_setup),
	API("address", GET, TO_ADMIN, by_address, ASKS, .run = run_address),
	API("ports", GET, TO_ADMIN, none, ASKS, .run = run_ports),
	API("probe", POST, TO_ADMIN, by_probe, ASKS, .run = run_probe, .act = "probe"),
	API("relay", POST, TO_ADMIN, by_relay, ASKS, .run = run_relay, .act = "relay"),
	API("checks", GET, TO_ALL, by_list, .run = run_checks),
	API("changes", GET, TO_WHM, by_list, ASKS, .run = run_changes),
	API("scan", GET, TO_WHM, none, .run = run_scan),
	API("scan", POST, TO_ADMIN, by_scan, .run = run_scan_start, .act = "scan"),
	API("explain", POST, TO_WHM, by_explain, ASKS, .run = run_explain),
	API("plan", POST, TO_WHM, by_plan, ASKS, .run = run_plan),
	API("apply", POST, TO_WHM, by_apply, .run = run_apply,
	    ASKS, .act = "apply", .over = "digest"),
	API("fix", POST, TO_WHM, by_fix, .run = run_fix,
	    ASKS, .act = "fix", .over = "finding"),
	API("undo", POST, TO_WHM, by_undo, .run = run_undo,
	    ASKS, .act = "undo", .over = "id"),
	API("job", GET, TO_WHM, by_job, ASKS, .run = run_job),
	API("stop", POST, TO_WHM, by_undo, .run = run_stop,
	    ASKS, .act = "stop", .over = "id"),
	API("metrics", GET, TO_ADMIN, by_format, .run = run_metrics),
	API("openapi", GET, TO_ALL, none, .run = run_openapi),
	{ .name = NULL }
};

const struct route *route_named(enum route_kind kind, const char *name,
				enum route_method method)
{
	for (const struct route *r = routes; r->name; r++)
		if (r->kind == kind && r->method == method && !strcmp(r->name, name))
			return r;
	return NULL;
}

int route_find(enum route_kind kind, const char *name, enum route_method method,
	       enum door door, const struct route **out, int *status,
	       struct err *e)
{
	static const char *const kinds[] = {
		[ROUTE_PAGE] = "page", [ROUTE_API] = "API call",
	};
	enum route_method other = method == METHOD_GET ? METHOD_POST : METHOD_GET;

	*out = route_named(kind, name, method);
	if (*out && (*out)->doors & 1u << door)
		return 0;
	if (*out) {
		*status = 403;
		return err_set(e, ERR_DENIED, "the %s %s is not for this login here",
			       kinds[kind], name);
	}
	if (route_named(kind, name, other)) {
		*status = 405;
		return err_set(e, ERR_INPUT, "the %s %s wants %s", kinds[kind], name,
			       other == METHOD_GET ? "GET" : "POST");
	}
	*status = 404;
	return err_set(e, ERR_NOT_FOUND, "there is no %s '%.64s'", kinds[kind], name);
}

const char *route_start(enum door door)
{
	const struct route *r = routes;

	while (!(r->doors & 1u << door))
		r++;
	return r->name;
}
