/* The door's pure parts: what passes of an environment, a body's length, and the
 * reading of records, which must not depend on the pieces they come in. */
#include <stdint.h>

int door_main(void);
#define main door_main
#include "main_door.c"
#undef main

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

#define VARIABLES 64

static bool is_passed(const unsigned char *name, size_t n)
{
	for (size_t i = 0; i < COUNT(passed); i++)
		if (strlen(passed[i]) == n && memcmp(passed[i], name, n) == 0)
			return true;
	return false;
}

/* Every parameter is one of the list and has the environment's value. */
static void check_params(const struct params *p, char **env)
{
	size_t at = 0;

	while (at < p->n) {
		const unsigned char *name = p->bytes + at + 5;
		size_t n = p->bytes[at], v = (size_t)p->bytes[at + 2] << 16 |
			(size_t)p->bytes[at + 3] << 8 | p->bytes[at + 4];
		char text[64] = "";

		if (!is_passed(name, n))
			abort();
		memcpy(text, name, n);
		if (strlen(env_get(env, text)) != v ||
		    memcmp(env_get(env, text), name + n, v) != 0)
			abort();
		at += 5 + n + v;
	}
	if (at != p->n || p->n > RECORD_MAX)
		abort();
}

/* text: variables, each ended by a NUL. */
static void try_environment(char *text, size_t n)
{
	static struct params p;
	char *env[VARIABLES + 1] = { NULL };
	size_t count = 0, body;

	for (size_t at = 0; at < n && count < VARIABLES; at += strlen(text + at) + 1)
		env[count++] = text + at;
	p.n = 0;
	p.full = false;
	params_from_env(&p, env);
	check_params(&p, env);
	if (content_length(env_get(env, "CONTENT_LENGTH"), &body) == 0 &&
	    body > BODY_MAX)
		abort();
}

/* A checksum of all records in data, offered piece by piece. */
static uint64_t read_records(const uint8_t *data, size_t n, size_t piece)
{
	static struct incoming in;
	uint64_t sum = 1;
	struct record r;
	size_t room;
	int taken = 0;

	in.from = in.to = 0;
	while (n > 0 && taken >= 0) {
		unsigned char *at = make_room(&in, &room);
		size_t part = n < piece ? n : piece;

		part = part < room ? part : room;
		if (part == 0)
			abort();
		memcpy(at, data, part);
		in.to += part;
		data += part;
		n -= part;
		while ((taken = record_take(&in, &r)) > 0)
			for (size_t i = 0; i <= r.n; i++)
				sum = sum * 31 + (i < r.n ? r.content[i] :
						  (unsigned)r.type);
	}
	return sum;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	char *text = malloc(n + 1);
	uint64_t whole = read_records(data, n, n);

	if (text == NULL)
		abort();
	if (read_records(data, n, 1) != whole || read_records(data, n, 7) != whole)
		abort();
	memcpy(text, data, n);
	text[n] = '\0';
	try_environment(text, n);
	free(text);
	return 0;
}
