#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sources/recorder.h"

void recording_dns_key(char out[340], const struct dns_question *q)
{
	char server[IP_TEXT_MAX] = "";

	if (q->server.family)
		ip_text(server, &q->server);
	snprintf(out, 340, "%.255s/%u%s%s", q->name, q->type, *server ? "@" : "",
		 server);
}

void recording_command_key(char out[600], enum world_command c,
			   const char *arg, const char *arg2)
{
	snprintf(out, 600, "%s%s%.255s%s%.255s", world_command_name(c),
		 arg ? " " : "", arg ? arg : "", arg2 ? " " : "", arg2 ? arg2 : "");
}

void recording_talk_key(char out[80], const struct smtp_place *to)
{
	char text[IP_TEXT_MAX];

	snprintf(out, 80, "%s %u", ip_text(text, &to->ip), to->port);
}

json_object *recording_encode(const void *p, size_t n)
{
	char *text = malloc(n / 3 * 4 + 8);
	json_object *o;

	if (!text || n > 1u << 30)
		abort();
	EVP_EncodeBlock((unsigned char *)text, p, (int)n);
	o = json_object_new_string(text);
	free(text);
	return o;
}

int recording_decode(const char *text, struct arena *a, unsigned char **out,
		     size_t *n)
{
	size_t len = strlen(text), pad = 0;
	int got;

	if (len % 4 || len > 1u << 30)
		return -1;
	while (pad < 2 && pad < len && text[len - 1 - pad] == '=')
		pad++;
	*out = arena_zalloc(a, len / 4 * 3 + 1);
	got = EVP_DecodeBlock(*out, (const unsigned char *)text, (int)len);
	if (got < 0 || (size_t)got < pad)
		return -1;
	*n = (size_t)got - pad;
	return 0;
}
