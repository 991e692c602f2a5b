#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "engine/explain.h"
#include "mail/bounce.h"
#include "mail/bounce_text.h"
#include "mail/explanation.h"
#include "render/explanation.h"
#include "sources/mime.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static void inside(struct slice part, struct slice text)
{
	if (part.n && (part.p < text.p || part.p + part.n > text.p + text.n))
		abort();
}

/* Pieces are parts of the text, and each takes some of it. */
static void check_pieces(struct slice text)
{
	struct slice rest = text, field;
	struct bounce_block b;
	size_t left = rest.n;

	while (bounce_block(&rest, &b)) {
		inside(b.words, text);
		inside(b.recipient, text);
		inside(b.remote, text);
		inside(b.reporter, text);
		if (rest.n >= left)
			abort();
		left = rest.n;
	}
	for (rest = text; bounce_field(&rest, &field); )
		inside(field, text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct slice text = { (const char *)data, n };
	struct arena a = ARENA_INIT;
	struct explanation x;
	json_object *o;

	check_pieces(bounce_plain_lines(text, &a));
	bounce_without_tags(text, &a);
	explain_text(text, &a, &x);
	o = explanation_json(&x, NULL, NULL);
	if (!json_text(o, "class") || !json_text(o, "title") || json_text(o, "fix"))
		abort();
	json_object_put(o);
	arena_clear(&a);
	return 0;
}
