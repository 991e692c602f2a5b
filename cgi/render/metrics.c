#include <inttypes.h>
#include <string.h>
#include <time.h>

#include "base/json.h"
#include "core/check.h"
#include "render/metrics.h"

#define PREFIX "relaydoctor_"

void metrics_init(struct metrics *m, struct arena *a)
{
	size_t n = 0;

	while (all_checks[n])
		n++;
	m->n = arena_zalloc(a, (n + 1) * sizeof(*m->n));
}

void metrics_count(struct metrics *m, const char *id, enum severity s)
{
	size_t n = strcspn(id, ":");

	for (size_t i = 0; all_checks[i]; i++)
		if (!strncmp(all_checks[i]->id, id, n) && !all_checks[i]->id[n]) {
			m->n[i][s]++;
			return;
		}
}

/* All are gauges: the node exporter reads the older text format, which knows no
 * type "info" and would drop the whole file for one. */
static void family(struct buf *out, const char *name, const char *unit, const char *help)
{
	buf_printf(out, "# TYPE " PREFIX "%s gauge\n", name);
	if (*unit)
		buf_printf(out, "# UNIT " PREFIX "%s %s\n", name, unit);
	buf_printf(out, "# HELP " PREFIX "%s %s\n", name, help);
}

/* A value between quotes: what ends it, or the line, is escaped. */
static void label(struct buf *out, const char *name, const char *value)
{
	buf_printf(out, "%s=\"", name);
	for (; value && *value; value++)
		if (*value == '\n')
			buf_puts(out, "\\n");
		else if (*value == '"' || *value == '\\')
			buf_printf(out, "\\%c", *value);
		else
			buf_add(out, value, 1);
	buf_puts(out, "\"");
}

static void print_findings(const struct metrics *m, struct buf *out)
{
	unsigned sum[SEV_INFO + 1] = { 0 };

	family(out, "findings", "", "Findings of the last scan, by check and severity.");
	for (size_t i = 0; all_checks[i]; i++)
		for (int s = 0; s <= SEV_INFO; s++) {
			sum[s] += m->n[i][s];
			if (m->n[i][s])
				buf_printf(out, PREFIX "findings{check=\"%s\",severity=\"%s\"} %u\n",
					   all_checks[i]->id, severity_name((enum severity)s),
					   m->n[i][s]);
		}
	family(out, "severity_findings", "", "Findings of the last scan, by severity.");
	for (int s = 0; s <= SEV_INFO; s++)
		buf_printf(out, PREFIX "severity_findings{severity=\"%s\"} %u\n",
			   severity_name((enum severity)s), sum[s]);
}

/* A source that this server does not have is no fault and has no series. */
static void print_sources(json_object *list, struct buf *out)
{
	family(out, "source_ok", "", "Whether what a scan reads could be read: 1, or 0.");
	for (size_t i = 0; i < json_count(list); i++) {
		json_object *o = json_object_array_get_idx(list, i);

		if (json_flag(o, "absent") == 1 || !json_text(o, "name"))
			continue;
		buf_puts(out, PREFIX "source_ok{");
		label(out, "source", json_text(o, "name"));
		buf_printf(out, "} %d\n", json_flag(o, "ok") == 1);
	}
}

static void print_scan(json_object *server, struct buf *out)
{
	const char *at = json_text(server, "scanned_at");
	int64_t ms = json_number(server, "duration_ms", 0);
	struct tm tm = { .tm_isdst = 0 };

	if (at && strptime(at, "%Y-%m-%dT%H:%M:%SZ", &tm)) {
		family(out, "scan_timestamp_seconds", "seconds", "When the last scan was made.");
		buf_printf(out, PREFIX "scan_timestamp_seconds %" PRId64 "\n",
			   (int64_t)timegm(&tm));
	}
	family(out, "scan_duration_seconds", "seconds", "How long the last scan took.");
	buf_printf(out, PREFIX "scan_duration_seconds %" PRId64 ".%03d\n", ms / 1000,
		   (int)(ms % 1000));
	family(out, "domains", "", "Domains that the last scan judged.");
	buf_printf(out, PREFIX "domains %" PRId64 "\n", json_number(server, "domains", 0));
	family(out, "server_info", "", "The mail server, always 1.");
	buf_puts(out, PREFIX "server_info{");
	label(out, "exim", json_text(server, "exim"));
	buf_puts(out, "} 1\n");
}

void metrics_print(const struct metrics *m, json_object *scan, struct buf *out)
{
	print_findings(m, out);
	print_sources(json_member(scan, "sources"), out);
	print_scan(json_member(scan, "server"), out);
	buf_puts(out, "# EOF\n");
}
