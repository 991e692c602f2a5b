#include <string.h>

#include "mail/cause_table.h"
#include "mail/cursor.h"

/* Words are looked for in a copy: lower case, single blanks, reply codes and
 * whatever a sender can choose taken out. */

struct plain {
	char text[CAUSE_TEXT_MAX];
	size_t n;
	uint64_t pairs[64];	/* which pairs of bytes it has, hashed */
	char code[4];		/* of a reply that begins with one */
};

static bool digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool word_byte(char c)
{
	return (c >= 'a' && c <= 'z') || digit(c) || c == '_' || c == '-';
}

/* ---- reply codes ------------------------------------------------------ */

/* "5.7.1 " */
static size_t enhanced_code(struct slice s)
{
	size_t i = 0;

	for (int part = 0; part < 3; part++) {
		size_t from = i;

		while (i < s.n && i < from + 3 && digit(s.p[i]))
			i++;
		if (i == from || (part < 2 && (i >= s.n || s.p[i++] != '.')))
			return 0;
	}
	return i < s.n && (s.p[i] == ' ' || s.p[i] == '\t') ? i + 1 : 0;
}

/* Behind what a reply's first line begins; a number elsewhere is a number. */
static bool may_begin(const struct plain *p, struct slice s)
{
	size_t n = p->n;

	while (n && p->text[n - 1] == ' ')
		n--;
	return !n || s.p[3] == '-' || strchr(":'\"", p->text[n - 1]);
}

/*
 * "550-", "550 " and an enhanced code behind it, at the start of a word. The
 * first such code is the reply's; later on the same one is where a line of the
 * reply began, wherever programs and people have put line feeds since.
 */
static size_t reply_code(struct plain *p, struct slice s)
{
	if (s.n < 4 || !digit(s.p[0]) || !digit(s.p[1]) || !digit(s.p[2]) ||
	    (s.p[3] != '-' && s.p[3] != ' ') || s.p[0] < '2' || s.p[0] > '5')
		return 0;
	if (!p->code[0] && may_begin(p, s))
		memcpy(p->code, s.p, 3);
	if (memcmp(p->code, s.p, 3))
		return 0;
	return 4 + enhanced_code(cursor_drop(s, 4));
}

/* ---- what a sender can choose ----------------------------------------- */

/* Bytes that end an address, and those that a word begins after. */
#define ENDS_ADDRESS 1
#define BEGINS_WORD 2
static const unsigned char kind[256] = {
	[' '] = 3, ['\t'] = 3, ['\r'] = 3, ['\n'] = 3, ['<'] = 3, ['('] = 3, ['\''] = 3,
	['"'] = 3, ['>'] = 1, [')'] = 1, ['['] = 1, [']'] = 1, [','] = 1, [';'] = 1, [0] = 1,
};

static bool is(char c, unsigned what)
{
	return kind[(unsigned char)c] & what;
}

/* The bytes of an address at the start of s, its local part quoted or not. */
static size_t address_at(struct slice s)
{
	size_t i = 0, at = 0;

	if (s.n && *s.p == '"') {
		for (i = 1; i < s.n && s.p[i] != '"'; i++)
			if (s.p[i] == '\\')
				i++;
		if (i + 1 >= s.n || s.p[i + 1] != '@')
			return 0;
		i++;
	}
	for (; i < s.n && !is(s.p[i], ENDS_ADDRESS); i++)
		if (s.p[i] == '@')
			at = i;
	return at ? i : 0;
}

/* The client's name in "(name) [ip]": what was copied of it goes again. */
static void drop_name(struct plain *p)
{
	char *at = p->n ? memrchr(p->text, '(', p->n) : NULL;

	if (at)
		p->n = (size_t)(at - p->text) + 1;
}

/* ---- the copy --------------------------------------------------------- */

static void add(struct plain *p, char c)
{
	if (c == '\t' || c == '\r' || c == '\n')
		c = ' ';
	if (c >= 'A' && c <= 'Z')
		c = (char)(c - 'A' + 'a');
	if (c == ' ' && (!p->n || p->text[p->n - 1] == ' '))
		return;
	p->text[p->n++] = c;
}

static unsigned pair(const char *s)
{
	return ((unsigned char)s[0] * 61u + (unsigned char)s[1]) & 4095;
}

static void note_pairs(struct plain *p)
{
	memset(p->pairs, 0, sizeof(p->pairs));
	for (size_t i = 0; i + 1 < p->n; i++) {
		unsigned bit = pair(p->text + i);

		p->pairs[bit / 64] |= 1ull << (bit % 64);
	}
}

static void make_plain(struct plain *p, struct slice s, bool chosen)
{
	bool begins = true;	/* a word */

	p->n = 0;
	p->code[0] = '\0';
	while (s.n && p->n < sizeof(p->text)) {
		size_t skip = begins ? reply_code(p, s) : 0;

		if (!skip && !chosen)
			skip = begins || *s.p == '"' ? address_at(s) : 0;
		if (!skip && slice_starts(s, "\\n")) {
			skip = 2;
			add(p, ' ');
		}
		if (!skip && !chosen && slice_starts(s, ") ["))
			drop_name(p);
		if (!skip) {
			add(p, *s.p);
			begins = is(*s.p, BEGINS_WORD);
			skip = 1;
		} else {
			begins = true;
		}
		s = cursor_drop(s, skip);
	}
	note_pairs(p);
}

/* ---- looking ---------------------------------------------------------- */

/* False: the piece is certainly not in the text. */
static bool may_have(const struct plain *p, struct slice piece)
{
	for (size_t i = 0; i + 1 < piece.n; i++) {
		unsigned bit = pair(piece.p + i);

		if (!(p->pairs[bit / 64] >> (bit % 64) & 1))
			return false;
	}
	return true;
}

/* No letter, and no part of a host's name, touches the piece. */
static bool stands_alone(const struct plain *p, size_t at, size_t n)
{
	const char *s = p->text;
	size_t end = at + n;

	if (at && word_byte(s[at]) &&
	    (word_byte(s[at - 1]) || (s[at - 1] == '.' && at > 1 && word_byte(s[at - 2]))))
		return false;
	if (end < p->n && word_byte(s[end - 1]) &&
	    (word_byte(s[end]) || (s[end] == '.' && end + 1 < p->n && word_byte(s[end + 1]))))
		return false;
	return true;
}

/* Where the piece ends, from `from` on; 0: nowhere. */
static size_t find_piece(const struct plain *p, size_t from, struct slice piece)
{
	while (from < p->n) {
		const char *at = memmem(p->text + from, p->n - from, piece.p, piece.n);

		if (!at)
			return 0;
		from = (size_t)(at - p->text);
		if (stands_alone(p, from, piece.n))
			return from + piece.n;
		from++;
	}
	return 0;
}

/* One wording: pieces with " ~ " between them. */
static bool has_wording(const struct plain *p, struct slice words)
{
	bool first = cursor_take(&words, "^");
	size_t end = 0;

	while (words.n) {
		struct slice piece = slice_trim(slice_cut(&words, '~'));
		size_t from = end;

		if (!may_have(p, piece))
			return false;
		end = find_piece(p, from, piece);
		if (!end || (first && end != piece.n))
			return false;
		first = false;
	}
	return true;
}

/* Three bytes are enough to pass most wordings over; none is shorter. */
static bool may_begin_wording(const struct plain *p, const char *words)
{
	unsigned first = pair(words), second = pair(words + 1);

	return *words == '^' || ((p->pairs[first / 64] >> (first % 64) & 1) &&
				 (p->pairs[second / 64] >> (second % 64) & 1));
}

static bool fits_row(const struct plain *p, const struct cause_row *row)
{
	struct slice rest = row->words;

	while (rest.n) {
		bool maybe = may_begin_wording(p, rest.p);
		struct slice words = slice_cut(&rest, '|');

		if (maybe && has_wording(p, words))
			return true;
	}
	return false;
}

static const struct cause_row *find_row(const struct plain *p, unsigned places)
{
	const struct cause_row *row = cause_rows;

	while (row->words.p && (!(row->places & places) || !fits_row(p, row)))
		row++;
	return row;
}

/* What most lines of a log say, as it stands; the rows say the same of it. */
static const struct cause *frequent(struct slice text, unsigned places)
{
	static const struct {
		struct slice text;
		bool whole;
		unsigned places;
		struct cause cause;
	} texts[] = {
		{ W("Rejected relay attempt: '"), false, PLACE_REFUSED,
		  { CAUSE_RELAY_UNAUTH, "A01", WHO_SENDER } },
		{ W("relay not permitted"), true, PLACE_REFUSED,
		  { CAUSE_RELAY_UNAUTH, "A01", WHO_SENDER } },
		{ W("Sender verify failed"), true, PLACE_REFUSED,
		  { CAUSE_SENDER_VERIFY_FAIL, "F01", WHO_SENDER } },
		{ W("all relevant MX records point to non-existent hosts"), true, PLACE_VERIFY,
		  { CAUSE_MX_DEAD, "C01", WHO_DNS } },
		{ W("No Such User Here\""), true, PLACE_REFUSED,
		  { CAUSE_NO_USER, "C18", WHO_US } },
		{ W("Connection timed out"), true, PLACE_HERE,
		  { CAUSE_CONN_TIMEOUT, "B01", WHO_US } },
		{ W("retry timeout exceeded"), true, PLACE_HERE,
		  { CAUSE_RETRY_TIMEOUT, "G01", WHO_US } },
	};

	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++)
		if (places == texts[i].places && text.n >= texts[i].text.n &&
		    (!texts[i].whole || text.n == texts[i].text.n) &&
		    !memcmp(text.p, texts[i].text.p, texts[i].text.n))
			return &texts[i].cause;
	return NULL;
}

struct cause cause_of_text(struct slice text, unsigned places)
{
	const struct cause *known = frequent(text, places);
	struct plain p;

	if (known)
		return *known;
	make_plain(&p, text, false);
	return find_row(&p, places)->cause;
}

bool cause_is_imitated(struct slice text)
{
	struct plain p;

	make_plain(&p, text, true);
	return cause_is_known(&find_row(&p, PLACE_LOOSE)->cause);
}
