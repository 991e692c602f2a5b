#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "engine/digest.h"

/* Each text goes in with its NUL, so that no two lists of texts look alike. */
static void add(EVP_MD_CTX *md, json_object *o, const char *key)
{
	const char *s = json_text(o, key);

	if (!s)
		s = "";
	if (!EVP_DigestUpdate(md, s, strlen(s) + 1))
		abort();
}

static void add_plan(EVP_MD_CTX *md, json_object *plan)
{
	static const char *const fields[] = { "verb", "name", "expect", "value" };
	json_object *ops = json_member(plan, "ops");

	add(md, plan, "finding");
	add(md, plan, "fix");
	add(md, json_member(plan, "confirm"), "word");
	for (size_t i = 0; i < json_count(ops); i++)
		for (size_t j = 0; j < sizeof(fields) / sizeof(*fields); j++)
			add(md, json_object_array_get_idx(ops, i), fields[j]);
}

static EVP_MD_CTX *begin(void)
{
	EVP_MD_CTX *md = EVP_MD_CTX_new();

	if (!md || !EVP_DigestInit_ex(md, EVP_sha256(), NULL))
		abort();
	return md;
}

static const char *end(EVP_MD_CTX *md, char out[DIGEST_TEXT])
{
	unsigned char raw[EVP_MAX_MD_SIZE];
	unsigned n = 0;

	if (!EVP_DigestFinal_ex(md, raw, &n) || n != 32)
		abort();
	EVP_MD_CTX_free(md);
	for (unsigned i = 0; i < n; i++)
		snprintf(out + 2 * i, 3, "%02x", raw[i]);
	return out;
}

const char *digest_of_plan(char out[DIGEST_TEXT], json_object *plan)
{
	EVP_MD_CTX *md = begin();

	add_plan(md, plan);
	return end(md, out);
}

const char *digest_of_plans(char out[DIGEST_TEXT], json_object *plans)
{
	EVP_MD_CTX *md = begin();

	for (size_t i = 0; i < json_count(plans); i++)
		add_plan(md, json_object_array_get_idx(plans, i));
	return end(md, out);
}
