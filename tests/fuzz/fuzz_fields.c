#include <stdint.h>
#include <stddef.h>

#include "http/fields.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

/* The first byte says how the rest is to be read: as a form or as JSON. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	static const struct field table[] = {
		{ "finding", FIELD_FINDING, true }, { "id", FIELD_CHANGE, false },
		{ "name", FIELD_DOMAIN, false }, { "n", FIELD_NUMBER, false },
		{ "digest", FIELD_DIGEST, false }, { "nonce", FIELD_NONCE, false },
		{ "q", FIELD_TEXT, false }, { "severity", FIELD_SEVERITY, false },
		{ "api", FIELD_PATH, false }, { "page", FIELD_WORD, false },
		{ "findings", FIELD_FINDINGS, false },
		{ "params.", FIELD_PARAM, false }, { NULL, FIELD_TEXT, false }
	};
	struct arena a = ARENA_INIT;
	struct fields f = FIELDS_INIT(&a);
	struct slice text = { (const char *)data + 1, n ? n - 1 : 0 };
	struct err e;

	if (n && !(data[0] == 'j' ? fields_read_json(&f, text, &e) :
		   fields_read_form(&f, text, &e)) &&
	    !fields_check(&f, table, FIELDS_OTHERS_DROPPED, &e)) {
		json_object_put(fields_under(&f, "params."));
		json_object_put(fields_list(&f));
	}
	arena_clear(&a);
	return 0;
}
