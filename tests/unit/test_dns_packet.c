#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "sources/dns_packet.h"

/* ---- packets, written by hand ---------------------------------------- */

enum { QR = 0x8000, AA = 0x0400, TC = 0x0200, RA = 0x0080 };

struct wire {
	unsigned char b[8192];
	size_t n;
};

static void put16(struct wire *w, unsigned v)
{
	w->b[w->n++] = (unsigned char)(v >> 8);
	w->b[w->n++] = (unsigned char)v;
}

static void put32(struct wire *w, uint32_t v)
{
	put16(w, v >> 16);
	put16(w, v & 0xffff);
}

static void put_name(struct wire *w, const char *name)
{
	while (*name) {
		size_t n = strcspn(name, ".");

		w->b[w->n++] = (unsigned char)n;
		memcpy(w->b + w->n, name, n);
		w->n += n;
		name += n + (name[n] == '.');
	}
	w->b[w->n++] = 0;
}

static void begin(struct wire *w, unsigned flags, const char *name, unsigned type)
{
	w->n = 0;
	put16(w, 4711);
	put16(w, flags);
	put16(w, 1);
	for (int i = 0; i < 3; i++)
		put16(w, 0);
	put_name(w, name);
	put16(w, type);
	put16(w, ns_c_in);
}

/* Counts one record more in the section and writes it up to its length; the
 * place of the length is returned for end_rr. */
static size_t begin_rr(struct wire *w, int section, const char *owner,
		       unsigned type, uint32_t ttl)
{
	unsigned char *count = w->b + 4 + 2 * section;
	unsigned n = ns_get16(count) + 1u;

	count[0] = (unsigned char)(n >> 8);
	count[1] = (unsigned char)n;
	put_name(w, owner);
	put16(w, type);
	put16(w, ns_c_in);
	put32(w, ttl);
	put16(w, 0);
	return w->n;
}

static void end_rr(struct wire *w, size_t start)
{
	w->b[start - 2] = (unsigned char)((w->n - start) >> 8);
	w->b[start - 1] = (unsigned char)(w->n - start);
}

static void put_mx(struct wire *w, const char *owner, unsigned preference,
		   const char *exchange, uint32_t ttl)
{
	size_t at = begin_rr(w, ns_s_an, owner, ns_t_mx, ttl);

	put16(w, preference);
	put_name(w, exchange);
	end_rr(w, at);
}

static void put_cname(struct wire *w, const char *owner, const char *target)
{
	size_t at = begin_rr(w, ns_s_an, owner, ns_t_cname, 60);

	put_name(w, target);
	end_rr(w, at);
}

static void put_bytes(struct wire *w, const char *owner, unsigned type,
		      const void *data, size_t n)
{
	size_t at = begin_rr(w, ns_s_an, owner, type, 300);

	memcpy(w->b + w->n, data, n);
	w->n += n;
	end_rr(w, at);
}

static void put_authority(struct wire *w, unsigned type)
{
	size_t at = begin_rr(w, ns_s_ns, "example.com", type, 900);

	put_name(w, "ns.example.com");
	if (type == ns_t_soa) {
		put_name(w, "hostmaster.example.com");
		for (uint32_t i = 1; i <= 5; i++)
			put32(w, i * 100);
	}
	end_rr(w, at);
}

static struct dns_answer x;

static enum dns_status parse(const struct wire *w, const char *name, unsigned type)
{
	const struct dns_question q = { .name = name, .type = (uint16_t)type };
	/* Exactly as long as the packet, so that a read beyond it is seen. */
	unsigned char *copy = malloc(w->n ? w->n : 1);

	assert_non_null(copy);
	memcpy(copy, w->b, w->n);
	dns_packet_parse(copy, w->n, &q, &x);
	free(copy);
	return x.status;
}

static struct dns_referral away;

static bool points_away(const struct wire *w, const char *name, unsigned type)
{
	const struct dns_question q = { .name = name, .type = (uint16_t)type };
	unsigned char *copy = malloc(w->n);
	bool is;

	assert_non_null(copy);
	memcpy(copy, w->b, w->n);
	is = dns_packet_referral(copy, w->n, &q, &away);
	free(copy);
	return is;
}

static void put_ns(struct wire *w, int section, const char *owner, const char *server)
{
	size_t at = begin_rr(w, section, owner, ns_t_ns, 900);

	put_name(w, server);
	end_rr(w, at);
}

/* ---- what must be read ------------------------------------------------ */

static void mx_records_keep_their_numbers_and_lose_their_case(void **state)
{
	struct wire w;

	(void)state;
	begin(&w, QR | RA, "Example.COM", ns_t_mx);
	put_mx(&w, "example.com", 10, "MX1.Example.com", 3600);
	put_mx(&w, "EXAMPLE.com", 5, "mx2.example.net", 600);
	assert_int_equal(parse(&w, "example.com.", ns_t_mx), DNS_OK);
	assert_int_equal(x.n, 2);
	assert_int_equal(x.records[0].preference, 10);
	assert_string_equal(x.records[0].name, "mx1.example.com");
	assert_int_equal(x.records[1].preference, 5);
	assert_string_equal(x.records[1].name, "mx2.example.net");
	assert_int_equal(x.ttl, 600);
	assert_false(x.authoritative);
	assert_string_equal(x.alias_of, "");
}

static void null_mx_is_the_root(void **state)
{
	struct wire w;

	(void)state;
	begin(&w, QR | AA, "example.com", ns_t_mx);
	put_mx(&w, "example.com", 0, "", 300);
	assert_int_equal(parse(&w, "example.com", ns_t_mx), DNS_OK);
	assert_string_equal(x.records[0].name, ".");
	assert_true(x.authoritative);
}

static void addresses_of_both_families_are_read(void **state)
{
	static const unsigned char v4[] = { 192, 0, 2, 1 };
	static const unsigned char v6[16] = { 0x20, 0x01, 0x0d, 0xb8, [15] = 1 };
	char text[IP_TEXT_MAX];
	struct wire w;

	(void)state;
	begin(&w, QR, "mx.example.com", ns_t_a);
	put_bytes(&w, "mx.example.com", ns_t_a, v4, sizeof(v4));
	assert_int_equal(parse(&w, "mx.example.com", ns_t_a), DNS_OK);
	assert_string_equal(ip_text(text, &x.records[0].ip), "192.0.2.1");
	begin(&w, QR, "mx.example.com", ns_t_aaaa);
	put_bytes(&w, "mx.example.com", ns_t_aaaa, v6, sizeof(v6));
	assert_int_equal(parse(&w, "mx.example.com", ns_t_aaaa), DNS_OK);
	assert_string_equal(ip_text(text, &x.records[0].ip), "2001:db8::1");
}

static void an_alias_is_followed_in_any_order(void **state)
{
	struct wire w;

	(void)state;
	begin(&w, QR | RA, "a.example.com", ns_t_a);
	put_bytes(&w, "c.example.net", ns_t_a, "\300\0\2\1", 4);
	put_cname(&w, "b.example.com", "C.example.net");
	put_cname(&w, "a.example.com", "b.example.com");
	assert_int_equal(parse(&w, "a.example.com", ns_t_a), DNS_OK);
	assert_string_equal(x.alias_of, "c.example.net");
	assert_int_equal(x.n, 1);
	assert_int_equal(x.ttl, 60);
}

static void records_of_other_names_and_types_do_not_count(void **state)
{
	struct wire w;

	(void)state;
	begin(&w, QR | RA, "example.com", ns_t_mx);
	put_mx(&w, "other.example.net", 1, "evil.example.net", 300);
	put_bytes(&w, "example.com", ns_t_a, "\300\0\2\1", 4);
	assert_int_equal(parse(&w, "example.com", ns_t_mx), DNS_NODATA);
	assert_int_equal(x.n, 0);
}

static void odd_bytes_in_a_name_stay_printable(void **state)
{
	struct wire w;

	(void)state;
	begin(&w, QR, "example.com", ns_t_mx);
	put_mx(&w, "example.com", 1, "a\nb\033[31m<i>\377.example.com", 300);
	assert_int_equal(parse(&w, "example.com", ns_t_mx), DNS_OK);
	assert_string_equal(x.records[0].name,
			    "a\\010b\\027[31m<i>\\255.example.com");
}

/* ---- no records, and why ---------------------------------------------- */

static void each_rcode_has_its_status(void **state)
{
	static const enum dns_status want[] = {
		[ns_r_noerror] = DNS_NODATA, [ns_r_formerr] = DNS_MALFORMED,
		[ns_r_servfail] = DNS_SERVFAIL, [ns_r_nxdomain] = DNS_NXDOMAIN,
		[ns_r_notimpl] = DNS_MALFORMED, [ns_r_refused] = DNS_REFUSED,
		[ns_r_yxdomain] = DNS_MALFORMED,
	};
	struct wire w;

	(void)state;
	for (unsigned rcode = 0; rcode < sizeof(want) / sizeof(*want); rcode++) {
		begin(&w, QR | RA | rcode, "example.com", ns_t_mx);
		assert_int_equal(parse(&w, "example.com", ns_t_mx), want[rcode]);
	}
}

static void a_negative_answer_lasts_as_long_as_its_soa_says(void **state)
{
	struct wire w;

	(void)state;
	begin(&w, QR | AA, "example.com", ns_t_mx);
	put_authority(&w, ns_t_soa);
	assert_int_equal(parse(&w, "example.com", ns_t_mx), DNS_NODATA);
	assert_int_equal(x.ttl, 500);
}

static void nxdomain_behind_an_alias_is_nxdomain(void **state)
{
	struct wire w;

	(void)state;
	begin(&w, QR | RA | ns_r_nxdomain, "example.com", ns_t_mx);
	put_cname(&w, "example.com", "gone.example.net");
	assert_int_equal(parse(&w, "example.com", ns_t_mx), DNS_NXDOMAIN);
	assert_string_equal(x.alias_of, "gone.example.net");
}

static void a_referral_is_not_no_data(void **state)
{
	struct wire w;

	(void)state;
	begin(&w, QR, "example.com", ns_t_mx);
	put_authority(&w, ns_t_ns);
	assert_int_equal(parse(&w, "example.com", ns_t_mx), DNS_MALFORMED);
}

static void an_alias_that_nobody_followed_is_not_no_data(void **state)
{
	struct wire w;

	(void)state;
	begin(&w, QR | AA, "mx.example.com", ns_t_a);
	put_cname(&w, "mx.example.com", "elsewhere.example.net");
	assert_int_equal(parse(&w, "mx.example.com", ns_t_a), DNS_MALFORMED);
	begin(&w, QR | RA, "mx.example.com", ns_t_a);
	put_cname(&w, "mx.example.com", "elsewhere.example.net");
	assert_int_equal(parse(&w, "mx.example.com", ns_t_a), DNS_NODATA);
}

/* ---- what must be refused ---------------------------------------------- */

static void the_answer_to_another_question_is_refused(void **state)
{
	struct wire w;

	(void)state;
	begin(&w, QR, "example.com", ns_t_mx);
	put_mx(&w, "example.com", 1, "mx.example.com", 300);
	assert_int_equal(parse(&w, "example.net", ns_t_mx), DNS_MALFORMED);
	assert_int_equal(parse(&w, "example.com", ns_t_a), DNS_MALFORMED);
	assert_int_equal(x.n, 0);
}

static void questions_and_cut_answers_are_refused(void **state)
{
	struct wire w;

	(void)state;
	begin(&w, 0, "example.com", ns_t_mx);
	assert_int_equal(parse(&w, "example.com", ns_t_mx), DNS_MALFORMED);
	begin(&w, QR | TC, "example.com", ns_t_mx);
	put_mx(&w, "example.com", 1, "mx.example.com", 300);
	assert_int_equal(parse(&w, "example.com", ns_t_mx), DNS_MALFORMED);
}

static void aliases_in_a_circle_are_refused(void **state)
{
	struct wire w;

	(void)state;
	begin(&w, QR | RA, "a.example.com", ns_t_a);
	put_cname(&w, "a.example.com", "b.example.com");
	put_cname(&w, "b.example.com", "a.example.com");
	assert_int_equal(parse(&w, "a.example.com", ns_t_a), DNS_MALFORMED);
	begin(&w, QR | RA, "a.example.com", ns_t_a);
	put_cname(&w, "a.example.com", "a.example.com");
	assert_int_equal(parse(&w, "a.example.com", ns_t_a), DNS_MALFORMED);
}

static void too_many_aliases_and_records_are_refused(void **state)
{
	struct wire w;

	(void)state;
	begin(&w, QR | RA, "0.example.com", ns_t_a);
	for (char i = 0; i <= DNS_CHAIN_MAX; i++)
		put_cname(&w, (char[]){ (char)('a' + i), 0 },
			  (char[]){ (char)('b' + i), 0 });
	assert_int_equal(parse(&w, "0.example.com", ns_t_a), DNS_MALFORMED);
	begin(&w, QR | RA, "m.example", ns_t_mx);
	for (unsigned i = 0; i < DNS_RECORDS_MAX; i++)
		put_mx(&w, "m.example", i, "mx.example", 300);
	assert_int_equal(parse(&w, "m.example", ns_t_mx), DNS_OK);
	put_mx(&w, "m.example", 1, "mx.example", 300);
	assert_int_equal(parse(&w, "m.example", ns_t_mx), DNS_MALFORMED);
	assert_int_equal(x.n, 0);
}

static void data_of_a_wrong_length_is_refused(void **state)
{
	struct wire w;

	(void)state;
	begin(&w, QR, "a.example.com", ns_t_a);
	put_bytes(&w, "a.example.com", ns_t_a, "\300\0\2", 3);
	assert_int_equal(parse(&w, "a.example.com", ns_t_a), DNS_MALFORMED);
	begin(&w, QR, "example.com", ns_t_mx);
	put_bytes(&w, "example.com", ns_t_mx, "\0\12\1m\0\0", 6);
	assert_int_equal(parse(&w, "example.com", ns_t_mx), DNS_MALFORMED);
	begin(&w, QR, "example.com", ns_t_mx);
	put_bytes(&w, "example.com", ns_t_mx, "\0\12", 2);
	assert_int_equal(parse(&w, "example.com", ns_t_mx), DNS_MALFORMED);
}

static void every_cut_of_a_packet_is_refused(void **state)
{
	struct wire w;

	(void)state;
	begin(&w, QR, "example.com", ns_t_mx);
	put_mx(&w, "example.com", 1, "mx.example.com", 300);
	while (w.n-- > 0)
		assert_int_equal(parse(&w, "example.com", ns_t_mx), DNS_MALFORMED);
}

static void a_name_that_points_at_itself_is_refused(void **state)
{
	struct wire w;

	(void)state;
	begin(&w, QR, "example.com", ns_t_mx);
	/* The exchange is a pointer to its own first byte: offset 29 is where the
	 * record starts, then 13 bytes of name, 10 of head, 2 of preference. */
	put_bytes(&w, "example.com", ns_t_mx, "\0\12\300\066", 4);
	assert_int_equal(w.b[w.n - 1], w.n - 2);
	assert_int_equal(parse(&w, "example.com", ns_t_mx), DNS_MALFORMED);
}

/* ---- name servers ----------------------------------------------------- */

static void the_name_servers_of_a_zone_are_read(void **state)
{
	struct wire w;

	(void)state;
	begin(&w, QR | AA, "example.com", ns_t_ns);
	put_ns(&w, ns_s_an, "example.com", "NS1.dns.example");
	assert_int_equal(parse(&w, "example.com", ns_t_ns), DNS_OK);
	assert_string_equal(x.records[0].name, "ns1.dns.example");
}

static void a_zone_has_the_serial_of_its_soa_wherever_that_stands(void **state)
{
	struct wire w;

	(void)state;
	begin(&w, QR | AA, "www.example.com", ns_t_soa);
	put_authority(&w, ns_t_soa);
	assert_int_equal(parse(&w, "www.example.com", ns_t_soa), DNS_NODATA);
	assert_string_equal(x.zone, "example.com");
	assert_int_equal(x.serial, 100);
	begin(&w, QR | AA, "example.com", ns_t_soa);
	put_bytes(&w, "example.com", ns_t_soa, "\0\0\x78\x9a\xbc\xde\0\0\0\1\0\0\0\1\0\0\0\1\0\0\0\1", 22);
	assert_int_equal(parse(&w, "example.com", ns_t_soa), DNS_OK);
	assert_string_equal(x.zone, "example.com");
	assert_int_equal(x.serial, 0x789abcde);
	begin(&w, QR | AA, "example.com", ns_t_soa);
	put_bytes(&w, "example.com", ns_t_soa, "\0\0", 2);
	assert_int_equal(parse(&w, "example.com", ns_t_soa), DNS_MALFORMED);
}

static void a_referral_names_the_servers_and_their_addresses(void **state)
{
	static const unsigned char v4[] = { 192, 0, 2, 7 };
	struct wire w;

	(void)state;
	begin(&w, QR, "www.example.com", ns_t_mx);
	put_ns(&w, ns_s_ns, "example.com", "ns1.example.com");
	put_ns(&w, ns_s_ns, "Example.COM", "ns2.other.example");
	w.b[11] = 1;
	put_name(&w, "NS1.example.com");
	put16(&w, ns_t_a);
	put16(&w, ns_c_in);
	put32(&w, 60);
	put16(&w, 4);
	memcpy(w.b + w.n, v4, 4);
	w.n += 4;
	assert_true(points_away(&w, "www.example.com", ns_t_mx));
	assert_string_equal(away.zone, "example.com");
	assert_int_equal(away.n, 2);
	assert_string_equal(away.servers[1].name, "ns2.other.example");
	assert_int_equal(away.servers[1].v4.family, 0);
	assert_memory_equal(away.servers[0].v4.bytes, v4, 4);
	assert_int_equal(parse(&w, "www.example.com", ns_t_mx), DNS_MALFORMED);
}

static void what_points_up_or_aside_or_answers_is_no_referral(void **state)
{
	struct wire w;

	(void)state;
	begin(&w, QR, "example.com", ns_t_mx);
	put_ns(&w, ns_s_ns, "", "a.root-servers.net");
	assert_false(points_away(&w, "example.com", ns_t_mx));
	begin(&w, QR, "example.com", ns_t_mx);
	put_ns(&w, ns_s_ns, "xample.com", "ns1.example.com");
	assert_false(points_away(&w, "example.com", ns_t_mx));
	begin(&w, QR | AA, "example.com", ns_t_mx);
	put_ns(&w, ns_s_ns, "example.com", "ns1.example.com");
	assert_false(points_away(&w, "example.com", ns_t_mx));
	begin(&w, QR, "example.com", ns_t_mx);
	put_ns(&w, ns_s_ns, "example.com", "ns1.example.com");
	put_ns(&w, ns_s_ns, "com", "a.gtld-servers.net");
	assert_false(points_away(&w, "example.com", ns_t_mx));
	begin(&w, QR | ns_r_servfail, "example.com", ns_t_mx);
	put_ns(&w, ns_s_ns, "example.com", "ns1.example.com");
	assert_false(points_away(&w, "example.com", ns_t_mx));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_name_servers_of_a_zone_are_read),
		cmocka_unit_test(a_zone_has_the_serial_of_its_soa_wherever_that_stands),
		cmocka_unit_test(a_referral_names_the_servers_and_their_addresses),
		cmocka_unit_test(what_points_up_or_aside_or_answers_is_no_referral),
		cmocka_unit_test(mx_records_keep_their_numbers_and_lose_their_case),
		cmocka_unit_test(null_mx_is_the_root),
		cmocka_unit_test(addresses_of_both_families_are_read),
		cmocka_unit_test(an_alias_is_followed_in_any_order),
		cmocka_unit_test(records_of_other_names_and_types_do_not_count),
		cmocka_unit_test(odd_bytes_in_a_name_stay_printable),
		cmocka_unit_test(each_rcode_has_its_status),
		cmocka_unit_test(a_negative_answer_lasts_as_long_as_its_soa_says),
		cmocka_unit_test(nxdomain_behind_an_alias_is_nxdomain),
		cmocka_unit_test(a_referral_is_not_no_data),
		cmocka_unit_test(an_alias_that_nobody_followed_is_not_no_data),
		cmocka_unit_test(the_answer_to_another_question_is_refused),
		cmocka_unit_test(questions_and_cut_answers_are_refused),
		cmocka_unit_test(aliases_in_a_circle_are_refused),
		cmocka_unit_test(too_many_aliases_and_records_are_refused),
		cmocka_unit_test(data_of_a_wrong_length_is_refused),
		cmocka_unit_test(every_cut_of_a_packet_is_refused),
		cmocka_unit_test(a_name_that_points_at_itself_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
