/* walk ROOT: where each address on standard input goes by the forwarders of the server
 * whose files lie below ROOT; one line of JSON an address. */
#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "render/view_path.h"
#include "sources/forwarders.h"
#include "sources/lists.h"
#include "sources/world.h"

int main(int argc, char **argv)
{
	struct arena a = ARENA_INIT;
	struct facts f = { .hostname = NULL };
	struct err e;
	struct world *w = argc == 2 ? world_root(argv[1], NULL, &e) : NULL;
	char line[400];

	if (!w)
		return 2;
	lists_gather(w, NULL, 0, NULL, &f, &a);
	forwarders_gather(w, &f, &a);
	while (fgets(line, sizeof(line), stdin)) {
		json_object *o;

		line[strcspn(line, "\n")] = '\0';
		o = view_path(&f, line, NULL);
		puts(o ? json_object_to_json_string_ext(o, JSON_C_TO_STRING_PLAIN) : "null");
		json_object_put(o);
	}
	w->ops->close(w);
	arena_clear(&a);
	return 0;
}
