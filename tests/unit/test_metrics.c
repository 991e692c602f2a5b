#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

#include "base/json.h"
#include "render/metrics.h"

static const char SCAN[] =
	"{\"server\":{\"hostname\":\"host.example\",\"scanned_at\":\"2026-11-27T10:00:00Z\","
	"\"duration_ms\":1234,\"domains\":38,\"exim\":\"4.9\\\"6\\\\\\n\"},"
	"\"sources\":[{\"name\":\"dns\",\"ok\":true,\"absent\":false},"
	"{\"name\":\"log\",\"ok\":false,\"absent\":false},"
	"{\"name\":\"csf\",\"ok\":false,\"absent\":true}]}";

struct printed {
	struct arena arena;
	struct metrics metrics;
	struct buf text;
};

static int begin(void **state)
{
	static struct printed p;

	p = (struct printed){ .arena = ARENA_INIT, .text = BUF_INIT(1 << 20) };
	metrics_init(&p.metrics, &p.arena);
	*state = &p;
	return 0;
}

static int end(void **state)
{
	struct printed *p = *state;

	buf_free(&p->text);
	arena_clear(&p->arena);
	return 0;
}

static void print(struct printed *p, const char *scan)
{
	struct err e;
	json_object *o = json_read(scan, strlen(scan), "the scan", &e);

	assert_non_null(o);
	metrics_print(&p->metrics, o, &p->text);
	json_object_put(o);
}

#define HAS(p, line) assert_non_null(strstr((p)->text.data, "\n" line "\n"))
#define LACKS(p, word) assert_null(strstr((p)->text.data, word))

static void findings_are_counted_by_check_and_severity(void **state)
{
	struct printed *p = *state;

	metrics_count(&p->metrics, "mx_null:a.example", SEV_WARNING);
	metrics_count(&p->metrics, "mx_null:b.example", SEV_WARNING);
	metrics_count(&p->metrics, "mx_missing", SEV_INFO);
	metrics_count(&p->metrics, "mx:c.example", SEV_CRITICAL);
	metrics_count(&p->metrics, "no_such_check:\"} 1\n", SEV_CRITICAL);
	print(p, SCAN);
	HAS(p, "relaydoctor_findings{check=\"mx_null\",severity=\"warning\"} 2");
	HAS(p, "relaydoctor_findings{check=\"mx_missing\",severity=\"info\"} 1");
	HAS(p, "relaydoctor_severity_findings{severity=\"critical\"} 0");
	HAS(p, "relaydoctor_severity_findings{severity=\"warning\"} 2");
	LACKS(p, "no_such_check");
	LACKS(p, "example");
}

static void the_scan_has_a_time_and_its_sources_a_state(void **state)
{
	struct printed *p = *state;
	size_t n;

	print(p, SCAN);
	HAS(p, "relaydoctor_scan_timestamp_seconds 1795773600");
	HAS(p, "relaydoctor_scan_duration_seconds 1.234");
	HAS(p, "relaydoctor_domains 38");
	HAS(p, "relaydoctor_source_ok{source=\"dns\"} 1");
	HAS(p, "relaydoctor_source_ok{source=\"log\"} 0");
	LACKS(p, "csf");
	HAS(p, "# TYPE relaydoctor_server_info gauge");
	LACKS(p, " info\n");
	HAS(p, "relaydoctor_server_info{exim=\"4.9\\\"6\\\\\\n\"} 1");
	n = strlen(p->text.data);
	assert_string_equal(p->text.data + n - 6, "# EOF\n");
}

static void a_scan_that_says_nothing_is_not_made_up(void **state)
{
	struct printed *p = *state;

	print(p, "{\"server\":{\"scanned_at\":\"yesterday\"},\"sources\":{}}");
	LACKS(p, "timestamp");
	HAS(p, "relaydoctor_domains 0");
}

int main(void)
{
#define T(test) cmocka_unit_test_setup_teardown(test, begin, end)
	const struct CMUnitTest tests[] = {
		T(findings_are_counted_by_check_and_severity),
		T(the_scan_has_a_time_and_its_sources_a_state),
		T(a_scan_that_says_nothing_is_not_made_up),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
