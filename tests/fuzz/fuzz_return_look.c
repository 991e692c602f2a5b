#include <stdlib.h>
#include <string.h>

#include "mail/forward_graph.h"
#include "mail/return_look.h"
#include "mail/use_look.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

/* in@a.example leaves for x@far.example, over step@a.example. */
static void forward(struct facts *f, struct arena *a)
{
	static const char lines[] = "=in@a.example: step@a.example\n=step@a.example: x@far.example\n";
	struct map local = MAP_INIT(a, 0);
	struct forward_builder b;

	*map_at(&local, "a.example") = a;
	forward_begin(&b, a, a, 0, &local, &f->forwarding);
	forward_take_file(&b, "a.example", slice_of(lines));
	forward_settle(&b);
}

static void check(const struct forward_facts *f)
{
	if (f->nreturns > RETURNS_REMEMBERED || f->nuses != 2)
		abort();
	for (size_t i = 0; i < f->nreturns; i++)
		if (!strchr(f->returns[i].address, '@') || !strchr(f->returns[i].to, '@') ||
		    f->returns[i].times < 2 || !*f->returns[i].id)
			abort();
	for (size_t i = 0; i < f->nuses; i++)
		if (f->uses[i].last > 1795500000 || (i && f->uses[i].node <= f->uses[i - 1].node))
			abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct slice text = { (const char *)data, n }, line;
	struct arena a = ARENA_INIT;
	struct facts *f = arena_zalloc(&a, sizeof(*f));
	struct return_look *returns;
	struct use_look *uses;

	f->now = 1795500000;
	forward(f, &a);
	returns = return_look_new(f, &a, NULL);
	uses = use_look_new(f, &a, NULL);
	while (slice_line(&text, &line)) {
		return_look_line(returns, line);
		use_look_line(uses, line);
	}
	use_look_end(uses);
	check(&f->forwarding);
	arena_clear(&a);
	return 0;
}
