#include <string.h>

#include "mail/cursor.h"
#include "mail/exim_log_parts.h"

/* Lines about what clients did. Each form has what must follow the client's
 * address; the forms stand in the table at the end. */

#define COUNT(a) (sizeof(a) / sizeof(*(a)))

static bool one_of(struct slice s, const char *const *words, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (slice_starts(s, words[i]))
			return true;
	return false;
}

/* ---- lines that begin with the client --------------------------------- */

static bool read_reject(struct slice s, struct exim_log_line *out)
{
	return exim_log_refused(s, out);
}

static bool read_temp_reject(struct slice s, struct exim_log_line *out)
{
	out->temp = true;
	return exim_log_refused(s, out);
}

static bool read_verify_fail(struct slice s, struct exim_log_line *out)
{
	return exim_log_angle(&s, &out->sender) && exim_log_reason(s, out);
}

static bool read_verify_defer(struct slice s, struct exim_log_line *out)
{
	out->temp = true;
	return read_verify_fail(s, out);
}

/* "QUIT) from <a@b> for c@d" */
static bool read_incomplete(struct slice s, struct exim_log_line *out)
{
	out->text = slice_cut(&s, ')');
	if (cursor_take(&s, " from "))
		exim_log_angle(&s, &out->sender);
	return true;
}

static bool read_text(struct slice s, struct exim_log_line *out)
{
	out->text = s;
	return true;
}

/* What Exim says of a client, in every form: one table, so that a HELO that
 * holds one form does not win over a line of another. */
static bool fits_known(struct slice s, struct exim_log_line *out)
{
	static const struct {
		const char *said;
		enum exim_log_type type;
		bool (*read)(struct slice s, struct exim_log_line *out);
	} known[] = {
		{ " rejected ", EXIM_LOG_REJECT, read_reject },
		{ " temporarily rejected ", EXIM_LOG_REJECT, read_temp_reject },
		{ " sender verify fail for ", EXIM_LOG_SENDER_VERIFY, read_verify_fail },
		{ " sender verify defer for ", EXIM_LOG_SENDER_VERIFY, read_verify_defer },
		{ " incomplete transaction (", EXIM_LOG_INCOMPLETE, read_incomplete },
		{ " Warning: ", EXIM_LOG_ACL_WARN, read_text },
		{ " dropped: ", EXIM_LOG_SMTP_DROPPED, read_text },
	};

	exim_log_client_fields(&s, out);
	for (size_t i = 0; s.n > 1 && i < COUNT(known); i++)
		if (s.p[1] == known[i].said[1] && cursor_take(&s, known[i].said)) {
			out->type = known[i].type;
			return known[i].read(s, out);
		}
	return false;
}

static bool fits_drop(struct slice s, struct exim_log_line *out)
{
	exim_log_client_fields(&s, out);
	if (!cursor_take(&s, " dropped: "))
		return false;
	out->text = s;
	return true;
}

/* A delivery's host, which our own look-up named; there is no HELO in it. */
static bool fits_host_error(struct slice s, struct exim_log_line *out)
{
	if (out->host.helo.p)
		return false;
	cursor_take(&s, ":");
	if (!cursor_take(&s, " "))
		return false;
	exim_log_times(&s, out);
	out->text = s;
	return true;
}

static bool fits_anything(struct slice s, struct exim_log_line *out)
{
	exim_log_client_fields(&s, out);
	cursor_take(&s, " ");
	out->text = s;
	return true;
}

static bool after_host(struct slice s, struct exim_log_line *out)
{
	if (exim_log_host(s, fits_known, out))
		return true;
	out->type = EXIM_LOG_HOST_ERROR;
	if (out->msgid.n && exim_log_host(s, fits_host_error, out))
		return true;
	out->type = EXIM_LOG_OTHER;
	return exim_log_host(s, fits_anything, out);
}

/* Submitted by a local process: nobody's address, but the same refusal. */
static bool without_host(struct slice s, struct exim_log_line *out)
{
	if (exim_log_client_field(&s, out) && fits_known(s, out))
		return true;
	exim_log_unsay(out);
	out->type = EXIM_LOG_OTHER;
	return false;
}

/* ---- lines that lead to the client ------------------------------------ */

/* The rest of these lines is told as it stands, blanks in front taken off. */
static void rest_as_text(struct slice s, struct exim_log_line *out)
{
	cursor_take(&s, ":");
	cursor_take(&s, " ");
	out->text = s;
}

static bool fits_words(struct slice s, struct exim_log_line *out, bool whole,
		       const char *const *words, size_t n)
{
	struct slice all = s;

	exim_log_client_fields(&s, out);
	if (s.n && !one_of(s, words, n))
		return false;
	rest_as_text(whole ? all : s, out);
	return true;
}

static bool fits_connection(struct slice s, struct exim_log_line *out)
{
	static const char *const words[] = {
		" closed ", " lost", " (TCP/IP connection count", " D=",
	};

	return fits_words(s, out, false, words, COUNT(words));
}

static bool fits_refused(struct slice s, struct exim_log_line *out)
{
	static const char *const words[] = { " (", ": " };

	return fits_words(s, out, false, words, COUNT(words));
}

static bool fits_end(struct slice s, struct exim_log_line *out)
{
	static const char *const words[] = { " D=", " C=", " (", ": " };

	return fits_words(s, out, true, words, COUNT(words));
}

static bool fits_early(struct slice s, struct exim_log_line *out)
{
	static const char *const words[] = { ": " };

	return fits_words(s, out, true, words, COUNT(words));
}

/* "): why" of a 435, or the ")" that ends the line. A login can hold both. */
static void take_set_id(struct slice s, struct exim_log_line *out)
{
	size_t at, again;

	if (!cursor_find(s, " (set_id=", &at)) {
		out->text = s;
		return;
	}
	out->text = (struct slice){ s.p, at };
	s = cursor_drop(s, at + 9);
	if (out->smtp_code == 435 && cursor_find(s, "): ", &at)) {
		out->detail = cursor_drop(s, at + 3);
		if (cursor_find(out->detail, "): ", &again))
			out->detail = (struct slice){ NULL, 0 };
		else
			out->set_id = (struct slice){ s.p, at };
	} else if (s.n && s.p[s.n - 1] == ')') {
		out->set_id = (struct slice){ s.p, s.n - 1 };
	}
}

static bool take_code(struct slice *s, struct exim_log_line *out)
{
	uint64_t code;

	if (s->n < 4 || (s->p[3] != ' ' && s->p[3] != '-') ||
	    !slice_uint((struct slice){ s->p, 3 }, 599, &code))
		return false;
	out->smtp_code = (int)code;
	*s = cursor_drop(*s, 4);
	return true;
}

static bool fits_auth_fail(struct slice s, struct exim_log_line *out)
{
	exim_log_client_fields(&s, out);
	if (!cursor_take(&s, ": ") || !take_code(&s, out))
		return false;
	take_set_id(s, out);
	return true;
}

static bool fits_auth_fail_out(struct slice s, struct exim_log_line *out)
{
	if (out->host.helo.p)
		return false;
	exim_log_client_fields(&s, out);
	cursor_take(&s, ":");
	if (!cursor_take(&s, " "))
		return false;
	take_code(&s, out);
	out->text = s;
	return true;
}

/* "NAME authenticator failed for [H=]host …", "… failed H=host …" */
static bool auth_fail(struct slice s, struct exim_log_line *out)
{
	static const char said[] = " authenticator failed ";
	struct slice name = s;
	bool ours, has_key;

	if (!cursor_find(s, said, &name.n) || !name.n || memchr(name.p, ' ', name.n))
		return false;
	s = cursor_drop(s, name.n + sizeof(said) - 1);
	ours = !cursor_take(&s, "for ");
	has_key = cursor_take(&s, "H=");
	if (ours && !has_key)
		return false;
	out->type = ours ? EXIM_LOG_AUTH_FAIL_OUT : EXIM_LOG_AUTH_FAIL;
	if (exim_log_host(s, ours ? fits_auth_fail_out : fits_auth_fail, out)) {
		out->auth = name;
		return true;
	}
	out->type = EXIM_LOG_OTHER;
	return false;
}

/* ---- lines with a command in quotes ----------------------------------- */

static bool fits_smtp_error(struct slice s, struct exim_log_line *out)
{
	exim_log_client_fields(&s, out);
	if (!cursor_take(&s, " "))
		return false;
	out->text = s;
	return true;
}

static bool fits_next_input(struct slice s, struct exim_log_line *out)
{
	exim_log_client_fields(&s, out);
	return slice_starts(s, " next input=\"") || slice_starts(s, " input=\"");
}

/* What follows the mechanism may be a password. */
static struct slice without_credentials(struct slice command)
{
	struct slice s = command, word = slice_cut(&s, ' ');

	if (word.n != 4 || strncasecmp(word.p, "AUTH", 4))
		return command;
	word = slice_cut(&s, ' ');
	return (struct slice){ command.p, (size_t)(word.p + word.n - command.p) };
}

/*
 * A command that the client chose, then `" H=` and the client. It can hold that
 * as well: of several places where the line can be read on, none is believed.
 */
static bool quoted_command(struct slice s, exim_log_fits *fits,
			   struct exim_log_line *out)
{
	static const char mark[] = "\" H=";
	struct slice rest = s, command = { NULL, 0 };
	struct ip found[EXIM_LOG_CANDIDATES];
	size_t at, n = 0;
	struct exim_log_host host;

	while (n < EXIM_LOG_CANDIDATES && cursor_find(rest, mark, &at)) {
		rest = cursor_drop(rest, at + sizeof(mark) - 1);
		if (!exim_log_host(rest, fits, out))
			continue;
		if (out->host.ambiguous)
			return true;
		found[n] = out->host.ip;
		if (!n++)
			command = (struct slice){ s.p, (size_t)(rest.p - s.p) - 4 };
	}
	if (!n)
		return false;
	if (n > 1) {
		host = (struct exim_log_host){ .present = true, .ambiguous = true };
		exim_log_unsay(out);
		out->host = host;
		memcpy(out->candidates, found, n * sizeof(*found));
		out->ncandidates = n;
		return true;
	}
	exim_log_host(cursor_drop(s, command.n + 4), fits, out);
	out->command = without_credentials(command);
	return true;
}

static bool smtp_error(struct slice s, struct exim_log_line *out)
{
	return quoted_command(s, fits_smtp_error, out);
}

/* Somebody's browser or scanner; anything else may be a password that came too
 * early, and is not told. */
static struct slice only_http(struct slice command)
{
	size_t at;

	return cursor_find(command, " HTTP/1", &at) ? command : (struct slice){ NULL, 0 };
}

/* "(why): rejected "CMD" H=host next input="…"", "… connection from H=…" */
static bool sync_error(struct slice s, struct exim_log_line *out)
{
	struct slice why = s, input = { NULL, 0 };
	bool early;
	size_t at;

	if (!cursor_find(s, "): rejected ", &at))
		return false;
	why.n = at;
	s = cursor_drop(s, at + 12);
	early = cursor_take(&s, "connection from H=");
	if (early ? !exim_log_host(s, fits_next_input, out) :
	    !cursor_take(&s, "\"") || !quoted_command(s, fits_next_input, out))
		return false;
	if (out->host.ambiguous)
		return true;
	if (early && cursor_find(s, " input=\"", &at)) {
		input = cursor_drop(s, at + 8);
		input = slice_cut(&input, '\\');
	}
	out->command = only_http(early ? input : out->command);
	out->text = why;
	return true;
}

/* ---- lines that name somebody else first ------------------------------ */

static bool fits_colon(struct slice s, struct exim_log_line *out)
{
	exim_log_client_fields(&s, out);
	if (!cursor_take(&s, ": "))
		return false;
	out->text = s;
	return true;
}

/* "<a@b> H=host: why": a message or a sender refused outside of an ACL. */
static bool sender_first(struct slice s, const char *what, struct exim_log_line *out)
{
	struct slice sender;

	if (!exim_log_angle(&s, &sender) || !cursor_take(&s, " H=") ||
	    !exim_log_host(s, fits_colon, out))
		return false;
	if (out->host.ambiguous)
		return true;
	out->sender = sender;
	out->what = what;
	return true;
}

static bool reject_message(struct slice s, struct exim_log_line *out)
{
	return sender_first(s, "MESSAGE", out);
}

static bool reject_size(struct slice s, struct exim_log_line *out)
{
	return sender_first(s, "MAIL", out);
}

/* "rejected MAIL from host: no HELO/EHLO given" */
static bool reject_early(struct slice s, struct exim_log_line *out)
{
	struct slice word = slice_cut(&s, ' ');

	return word.n && cursor_take(&s, "from ") && exim_log_host(s, fits_early, out);
}

/* "unqualified verify rejected: <alice> H=host" */
static bool unqualified(struct slice s, struct exim_log_line *out)
{
	struct slice word = slice_cut(&s, ' '), address;

	if (!cursor_take(&s, "rejected: ") || !exim_log_angle(&s, &address) ||
	    !cursor_take(&s, " H=") || !exim_log_host(s, fits_end, out))
		return false;
	if (out->host.ambiguous)
		return true;
	out->what = "UNQUALIFIED";
	out->text = word;
	return true;
}

static bool no_ptr(struct slice s, struct exim_log_line *out)
{
	return ip_read(&out->host.ip, s);
}

static bool fits_closing(struct slice s, struct exim_log_line *out)
{
	(void)out;
	return slice_eq(s, ")");
}

/* "NAME (during SMTP connection from host)" */
static bool ptr_no_ip(struct slice s, struct exim_log_line *out)
{
	struct slice name = slice_cut(&s, ' ');

	if (cursor_take(&s, "(during SMTP connection from "))
		exim_log_host(s, fits_closing, out);
	if (!out->host.ambiguous)
		out->text = name;
	return true;
}

/* ---- the forms -------------------------------------------------------- */

static const struct form {
	const char *begins;
	enum exim_log_type type;
	exim_log_fits *fits;	/* what follows the host that comes next, or */
	bool (*read)(struct slice s, struct exim_log_line *out);
} forms[] = {
	{ "SMTP connection from ", EXIM_LOG_CONNECTION, fits_connection, NULL },
	{ "SMTP call from ", EXIM_LOG_SMTP_DROPPED, fits_drop, NULL },
	{ "SMTP syntax error in \"", EXIM_LOG_SMTP_SYNTAX_ERROR, NULL, smtp_error },
	{ "SMTP protocol error in \"", EXIM_LOG_SMTP_PROTOCOL_ERROR, NULL, smtp_error },
	{ "SMTP protocol synchronization error (", EXIM_LOG_SMTP_SYNC_ERROR, NULL, sync_error },
	{ "SMTP command timeout on connection from ", EXIM_LOG_SMTP_TIMEOUT, fits_end, NULL },
	{ "SMTP command timeout on TLS connection from ", EXIM_LOG_SMTP_TIMEOUT, fits_end, NULL },
	{ "SMTP data timeout (message abandoned) on connection from ", EXIM_LOG_SMTP_TIMEOUT, fits_end, NULL },
	{ "unexpected disconnection while reading SMTP command from ", EXIM_LOG_DISCONNECT, fits_end, NULL },
	{ "TLS error on connection from ", EXIM_LOG_TLS_ERROR, fits_end, NULL },
	{ "TLS error on connection to ", EXIM_LOG_TLS_ERROR, fits_end, NULL },
	{ "no MAIL in SMTP connection from ", EXIM_LOG_NO_MAIL, fits_end, NULL },
	{ "no host name found for IP address ", EXIM_LOG_NO_PTR, NULL, no_ptr },
	{ "no IP address found for host ", EXIM_LOG_PTR_NO_IP, NULL, ptr_no_ip },
	{ "refused connection from ", EXIM_LOG_REFUSED, fits_refused, NULL },
	{ "unqualified ", EXIM_LOG_REJECT, NULL, unqualified },
	{ "rejected MAIL FROM:", EXIM_LOG_REJECT, NULL, reject_size },
	{ "rejected from ", EXIM_LOG_REJECT, NULL, reject_message },
	{ "rejected ", EXIM_LOG_REJECT_EARLY, NULL, reject_early },
};

static bool by_form(struct slice s, struct exim_log_line *out)
{
	for (size_t i = 0; i < COUNT(forms); i++) {
		const struct form *f = &forms[i];
		struct slice rest = s;

		if (*s.p != *f->begins || !cursor_take(&rest, f->begins))
			continue;
		out->type = f->type;
		if (f->fits ? exim_log_host(rest, f->fits, out) : f->read(rest, out)) {
			out->type = f->type;
			return true;
		}
		out->type = EXIM_LOG_OTHER;
	}
	return false;
}

bool exim_log_client(struct slice s, struct exim_log_line *out)
{
	struct slice t = s;

	if (!s.n)
		return false;
	cursor_take(&t, "DS ");
	if (cursor_take(&t, "H="))
		return after_host(t, out);
	if ((slice_starts(s, "U=") || slice_starts(s, "F=<")) && without_host(s, out))
		return true;
	return by_form(s, out) || auth_fail(s, out);
}
