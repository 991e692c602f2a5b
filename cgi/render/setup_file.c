#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "base/sha256.h"
#include "render/setup_file.h"

static const char *word(json_object *o, const char *key)
{
	const char *s = json_text(o, key);

	return s ? s : "";
}

/* ---- XML ------------------------------------------------------------------ */

static void put_escaped(struct buf *b, const char *s)
{
	static const struct {
		char c;
		const char *as;
	} escapes[] = {
		{ '&', "&amp;" }, { '<', "&lt;" }, { '>', "&gt;" }, { '"', "&quot;" },
		{ '\'', "&apos;" },
	};

	for (; *s; s++) {
		const char *as = (unsigned char)*s < ' ' || (unsigned char)*s > '~' ? "?" : NULL;

		for (size_t i = 0; i < sizeof(escapes) / sizeof(*escapes); i++)
			if (escapes[i].c == *s)
				as = escapes[i].as;
		if (as)
			buf_puts(b, as);
		else
			buf_add(b, s, 1);
	}
}

static void put_element(struct buf *b, const char *name, const char *value)
{
	buf_printf(b, "<%s>", name);
	put_escaped(b, value);
	buf_printf(b, "</%s>\n", name);
}

/* ---- ways without a flaw ---------------------------------------------------- */

static json_object *sound(json_object *ways, size_t *i)
{
	while (*i < json_count(ways)) {
		json_object *way = json_object_array_get_idx(ways, (*i)++);

		if (!json_text(way, "flaw"))
			return way;
	}
	return NULL;
}

static json_object *best(json_object *setup, const char *direction)
{
	size_t i = 0;

	return sound(json_member(setup, direction), &i);
}

static bool is(json_object *o, const char *key, const char *value)
{
	return !strcmp(word(o, key), value);
}

/* ---- Thunderbird ------------------------------------------------------------ */

static const char *protocol_type(json_object *way)
{
	return is(way, "protocol", "IMAP") ? "imap" : is(way, "protocol", "POP3") ? "pop3" :
		"smtp";
}

static void put_servers(struct buf *b, json_object *setup, const char *direction,
			const char *element)
{
	json_object *way;
	size_t i = 0;

	while ((way = sound(json_member(setup, direction), &i))) {
		buf_printf(b, "<%s type=\"%s\">\n", element, protocol_type(way));
		put_element(b, "hostname", word(setup, "host"));
		buf_printf(b, "<port>%lld</port>\n", (long long)json_number(way, "port", 0));
		put_element(b, "socketType", is(way, "security", "STARTTLS") ? "STARTTLS" : "SSL");
		put_element(b, "authentication", "password-cleartext");
		put_element(b, "username", json_text(setup, "mailbox") ?
			    word(setup, "user") : "%EMAILADDRESS%");
		buf_printf(b, "</%s>\n", element);
	}
}

static void put_autoconfig(struct buf *b, json_object *setup)
{
	buf_puts(b, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
		 "<clientConfig version=\"1.1\">\n<emailProvider id=\"");
	put_escaped(b, word(setup, "domain"));
	buf_puts(b, "\">\n");
	put_element(b, "domain", word(setup, "domain"));
	put_element(b, "displayName", word(setup, "domain"));
	put_element(b, "displayShortName", word(setup, "domain"));
	put_servers(b, setup, "incoming", "incomingServer");
	put_servers(b, setup, "outgoing", "outgoingServer");
	buf_puts(b, "</emailProvider>\n</clientConfig>\n");
}

/* ---- Apple ------------------------------------------------------------------ */

static void put_string(struct buf *b, const char *key, const char *value)
{
	put_element(b, "key", key);
	put_element(b, "string", value);
}

static void put_number(struct buf *b, const char *key, long long n)
{
	put_element(b, "key", key);
	buf_printf(b, "<integer>%lld</integer>\n", n);
}

static void put_true(struct buf *b, const char *key)
{
	put_element(b, "key", key);
	buf_puts(b, "<true/>\n");
}

/* The same for the same account, so that a profile installed again replaces the old one:
 * a UUID of our own making (RFC 9562, version 8). */
static void put_uuid(struct buf *b, json_object *setup, const char *part)
{
	struct buf name = BUF_INIT(4096);
	uint32_t h[SHA256_WORDS];

	buf_printf(&name, "relaydoctor %s %s %s", part, word(setup, "user"),
		   word(setup, "host"));
	sha256(name.data, name.len, h);
	buf_free(&name);
	put_element(b, "key", "PayloadUUID");
	buf_printf(b, "<string>%08X-%04X-8%03X-%04X-%04X%08X</string>\n", (unsigned)h[0],
		   (unsigned)(h[1] >> 16), (unsigned)(h[1] & 0xfff),
		   (unsigned)(0x8000 | (h[2] >> 16 & 0x3fff)), (unsigned)(h[2] & 0xffff),
		   (unsigned)h[3]);
}

static void put_payload(struct buf *b, json_object *setup, const char *type,
			const char *part)
{
	put_string(b, "PayloadDisplayName", word(setup, "user"));
	put_element(b, "key", "PayloadIdentifier");
	buf_puts(b, "<string>relaydoctor.");
	buf_puts(b, part);
	buf_puts(b, ".");
	put_escaped(b, word(setup, "user"));
	buf_puts(b, "</string>\n");
	put_string(b, "PayloadType", type);
	put_uuid(b, setup, part);
	put_number(b, "PayloadVersion", 1);
}

static void put_side(struct buf *b, json_object *setup, const char *side, json_object *way)
{
	static const struct {
		const char *key;
		enum { AUTH, HOST, PORT, TLS, USER } what;
	} keys[] = {
		{ "Authentication", AUTH }, { "HostName", HOST }, { "PortNumber", PORT },
		{ "UseSSL", TLS }, { "Username", USER },
	};
	char key[64];

	for (size_t i = 0; i < sizeof(keys) / sizeof(*keys); i++) {
		snprintf(key, sizeof(key), "%sMailServer%s", side, keys[i].key);
		if (keys[i].what == PORT)
			put_number(b, key, (long long)json_number(way, "port", 0));
		else if (keys[i].what == TLS)
			put_true(b, key);
		else if (keys[i].what != USER)
			put_string(b, key, keys[i].what == AUTH ? "EmailAuthPassword" :
				   word(setup, "host"));
		else if (json_text(setup, "mailbox"))
			put_string(b, key, word(setup, "user"));
	}
}

static void put_mobileconfig(struct buf *b, json_object *setup)
{
	json_object *in = best(setup, "incoming"), *out = best(setup, "outgoing");

	buf_puts(b, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
		 "<!DOCTYPE plist PUBLIC \"-//Apple//DTD PLIST 1.0//EN\" \"http://www.apple.com/DTDs/PropertyList-1.0.dtd\">\n"
		 "<plist version=\"1.0\">\n<dict>\n<key>PayloadContent</key>\n<array>\n<dict>\n");
	put_string(b, "EmailAccountDescription", word(setup, "user"));
	put_string(b, "EmailAccountType", is(in, "protocol", "IMAP") ? "EmailTypeIMAP" :
		   "EmailTypePOP");
	if (json_text(setup, "mailbox"))
		put_string(b, "EmailAddress", word(setup, "user"));
	put_side(b, setup, "Incoming", in);
	put_side(b, setup, "Outgoing", out);
	put_true(b, "OutgoingPasswordSameAsIncomingPassword");
	put_payload(b, setup, "com.apple.mail.managed", "mail");
	buf_puts(b, "</dict>\n</array>\n");
	put_payload(b, setup, "Configuration", "profile");
	buf_puts(b, "</dict>\n</plist>\n");
}

const struct setup_format *setup_format_find(const char *format)
{
	static const struct setup_format formats[] = {
		{ "autoconfig", "application/xml; charset=utf-8", "config-v1.1.xml",
		  put_autoconfig },
		{ "mobileconfig", "application/x-apple-aspen-config; charset=utf-8",
		  "mail.mobileconfig", put_mobileconfig },
	};

	for (size_t i = 0; i < sizeof(formats) / sizeof(*formats); i++)
		if (!strcmp(formats[i].word, format))
			return &formats[i];
	return NULL;
}
