/* once_ask STATE_DIR JOURNAL: a front that is asked for one change with one idempotency key,
 * says what it answers, and ends. What helper and scan would do is a fake's, which keeps in
 * the file JOURNAL what was applied. */
#include "../unit/app_harness.h"

#define BODY "{\"finding\":\"" FAKE_LOCAL "\",\"digest\":\"" DIGEST "\"," \
	"\"typed\":\"shop.example\",\"idempotency_key\":\"order-4711\"}"

static int refuse(const char *why)
{
	fprintf(stderr, "once_ask: %s\n", why);
	return 2;
}

int main(int argc, char **argv)
{
	const struct asked q = {
		.method = "POST", .query = "api=v1/apply", .type = JSON, .body = BODY,
	};
	json_object *findings;
	struct response rs;
	struct app *app;
	struct err e;

	if (argc != 3)
		return refuse("STATE_DIR JOURNAL");
	fakes.journal = argv[2];
	app = app_in(argv[1]);
	findings = fake_json(fake_findings);
	if (snapshot_put(app->store, findings, &e))
		return refuse(e.text);
	json_object_put(findings);
	rs = ask(app, &q);
	printf("%d\n%s\n", rs.status, rs.body.data);
	buf_free(&rs.body);
	end(NULL);
	return 0;
}
