#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/io.h"
#include "base/json.h"
#include "base/paths.h"
#include "cli/command.h"
#include "cli/local.h"
#include "render/metrics.h"

#define LAST_SCAN PATH_ADMIN_STATE "/last-scan.json"
#define SCAN_MAX (256u << 20)
#define METRICS_MAX (1u << 20)

static int run(int argc, char **argv);

const struct command_word command_metrics = {
	.name = "metrics",
	.usage = "",
	.help = "the last scan of this server for Prometheus (OpenMetrics text)",
	.about = "Nothing is scanned: it is what the last scan of the WHM page, its timer or the API\n"
		"found, with the time when that was. For the node exporter's textfile collector:\n"
		"  /usr/share/relaydoctor/monitoring/textfile DIR\n"
		"writes it to DIR/relaydoctor.prom, whole or not at all.\n"
		"Exit status: 0 fine, 2 usage, 3 there is no scan yet or it cannot be read.\n",
	.run = run,
};

/* It holds what strangers wrote: it is opened by root and read without. */
static json_object *last_scan(struct arena *a, struct err *e)
{
	int fd = open(LAST_SCAN, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	json_object *o = NULL;
	size_t n;
	char *p;

	if (fd < 0) {
		err_set(e, ERR_UNAVAILABLE, errno == ENOENT ?
			"nothing was scanned yet: scan once on the WHM page, or set scan_every in /etc/relaydoctor/relaydoctor.conf" :
			LAST_SCAN ": %s", strerror(errno));
		return NULL;
	}
	if (!give_up_root(e) && !io_read_all(fd, SCAN_MAX, a, &p, &n, LAST_SCAN, e))
		o = json_read(p, n, LAST_SCAN, e);
	close(fd);
	return o;
}

static int print(json_object *scan, struct arena *a)
{
	json_object *list = json_member(scan, "findings");
	struct buf out = BUF_INIT(METRICS_MAX);
	struct metrics m;
	int rc;

	metrics_init(&m, a);
	for (size_t i = 0; i < json_count(list); i++) {
		json_object *o = json_object_array_get_idx(list, i);
		const char *check = json_text(o, "check");
		enum severity s;

		if (check && !json_member(o, "muted") && severity_find(json_text(o, "severity"), &s))
			metrics_count(&m, check, s);
	}
	metrics_print(&m, scan, &out);
	rc = out.full || fputs(out.data, stdout) < 0 || fflush(stdout) ?
		EXIT_BLIND : EXIT_FINE;
	buf_free(&out);
	return rc;
}

static int run(int argc, char **argv)
{
	struct arena a = ARENA_INIT;
	json_object *scan;
	struct err e;
	int rc;

	if (argc > 1)
		return usage_error(&command_metrics, "'%.100s' is one word too many", argv[1]);
	scan = last_scan(&a, &e);
	rc = scan ? print(scan, &a) : failed(&e);
	json_object_put(scan);
	arena_clear(&a);
	return rc;
}
