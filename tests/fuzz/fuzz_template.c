#include <stdint.h>
#include <stddef.h>

#include "base/json.h"
#include "render/template.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

/* Any bytes are a template, and a partial of itself. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	static const char view[] = "{\"a\":[1,{\"b\":\"<x>\\u0000\"},[2.5,\"\"]],"
		"\"c\":true,\"d\":\"\",\"e\":{\"f\":null,\"g\":{\"h\":\"&\"}}}";
	struct template_set *s = template_set_new();
	struct slice text = { (const char *)data, n };
	struct buf out = BUF_INIT(65536);
	struct err e;
	json_object *v = json_read(view, sizeof(view) - 1, "view", &e);

	if (!template_set_add(s, "p", text, &e)) {
		template_render(s, "p", v, TEMPLATE_LENIENT, &out, &e);
		buf_free(&out);
		template_render(s, "p", v, TEMPLATE_STRICT, &out, &e);
	}
	buf_free(&out);
	json_object_put(v);
	template_set_free(s);
	return 0;
}
