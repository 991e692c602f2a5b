#include <string.h>

#include "base/text.h"
#include "sources/dns_packet.h"

struct alias {
	char owner[DNS_NAME_MAX], target[DNS_NAME_MAX];
	uint32_t ttl;
	bool followed;
};

struct chain {
	struct alias aliases[DNS_CHAIN_MAX];
	size_t n;
};

static bool has_flags(ns_msg *m)
{
	return ns_msg_getflag(*m, ns_f_qr) == 1 &&
		ns_msg_getflag(*m, ns_f_opcode) == ns_o_query &&
		!ns_msg_getflag(*m, ns_f_tc);
}

/* The owner of rr, in lower case. */
static const char *owner(ns_rr *rr)
{
	return *rr->name ? text_lower(rr->name) : ".";
}

static bool answers_question(ns_msg *m, const char *name, uint16_t type)
{
	ns_rr rr;

	return ns_msg_count(*m, ns_s_qd) == 1 &&
		!ns_parserr(m, ns_s_qd, 0, &rr) && ns_rr_type(rr) == type &&
		ns_rr_class(rr) == ns_c_in && !strcmp(owner(&rr), name);
}

static enum dns_status status_of_rcode(int rcode)
{
	switch (rcode) {
	case ns_r_noerror:
		return DNS_OK;
	case ns_r_servfail:
		return DNS_SERVFAIL;
	case ns_r_nxdomain:
		return DNS_NXDOMAIN;
	case ns_r_refused:
		return DNS_REFUSED;
	default:
		return DNS_MALFORMED;
	}
}

/* The name that fills rdata from `skip` on, and nothing after it. */
static bool rdata_name(ns_msg *m, const ns_rr *rr, size_t skip,
		       char out[DNS_NAME_MAX])
{
	int n;

	if (ns_rr_rdlen(*rr) <= skip)
		return false;
	n = ns_name_uncompress(ns_msg_base(*m), ns_msg_end(*m),
			       ns_rr_rdata(*rr) + skip, out, DNS_NAME_MAX);
	if (n < 0 || (size_t)n != ns_rr_rdlen(*rr) - skip)
		return false;
	text_lower(out);
	return true;
}

/* A TTL with the top bit set is 0 (RFC 2181, 8). */
static uint32_t ttl_of(const ns_rr *rr)
{
	return ns_rr_ttl(*rr) > INT32_MAX ? 0 : (uint32_t)ns_rr_ttl(*rr);
}

static void lower_ttl(struct dns_answer *out, uint32_t ttl)
{
	if (ttl < out->ttl)
		out->ttl = ttl;
}

static void copy_name(char to[DNS_NAME_MAX], const char *name)
{
	memcpy(to, name, strlen(name) + 1);	/* libresolv's names fit */
}

static bool add_alias(ns_msg *m, ns_rr *rr, struct chain *c)
{
	struct alias *a = &c->aliases[c->n];

	if (c->n == DNS_CHAIN_MAX || !rdata_name(m, rr, 0, a->target))
		return false;
	copy_name(a->owner, owner(rr));
	a->ttl = ttl_of(rr);
	a->followed = false;
	c->n++;
	return true;
}

/* Every record of the answer section can be read, the CNAMEs are in c. */
static bool read_aliases(ns_msg *m, struct chain *c)
{
	ns_rr rr;

	c->n = 0;
	for (int i = 0; i < ns_msg_count(*m, ns_s_an); i++) {
		if (ns_parserr(m, ns_s_an, i, &rr))
			return false;
		if (ns_rr_type(rr) == ns_t_cname && ns_rr_class(rr) == ns_c_in &&
		    !add_alias(m, &rr, c))
			return false;
	}
	return true;
}

static struct alias *alias_at(struct chain *c, const char *name)
{
	for (size_t i = 0; i < c->n; i++)
		if (!strcmp(c->aliases[i].owner, name))
			return &c->aliases[i];
	return NULL;
}

/* Where the chain from *name ends, in *name; false: it goes in a circle. */
static bool follow(struct chain *c, const char **name, struct dns_answer *out)
{
	struct alias *a;

	while ((a = alias_at(c, *name))) {
		if (a->followed)
			return false;
		a->followed = true;
		lower_ttl(out, a->ttl);
		*name = a->target;
	}
	return true;
}

/* The zone and the serial number of a SOA record: five numbers close it. */
static bool take_soa(ns_rr *rr, struct dns_answer *out)
{
	size_t n = ns_rr_rdlen(*rr);

	if (n < 5 * NS_INT32SZ)
		return false;
	copy_name(out->zone, owner(rr));
	out->serial = (uint32_t)ns_get32(ns_rr_rdata(*rr) + n - 5 * NS_INT32SZ);
	return true;
}

static bool take_address(const ns_rr *rr, struct ip *out)
{
	int family = ns_rr_type(*rr) == ns_t_a ? 4 : 6;

	if (ns_rr_rdlen(*rr) != (family == 4 ? NS_INADDRSZ : NS_IN6ADDRSZ))
		return false;
	*out = ip_of_bytes(family, ns_rr_rdata(*rr));
	return true;
}

static bool take_rdata(ns_msg *m, ns_rr *rr, struct dns_record *r,
		       struct dns_answer *out)
{
	switch (ns_rr_type(*rr)) {
	case ns_t_mx:
		if (!rdata_name(m, rr, NS_INT16SZ, r->name))
			return false;
		r->preference = (uint16_t)ns_get16(ns_rr_rdata(*rr));
		return true;
	case ns_t_ns:
	case ns_t_ptr:
		return rdata_name(m, rr, 0, r->name);
	case ns_t_soa:
		return take_soa(rr, out);
	default:
		return take_address(rr, &r->ip);
	}
}

static bool add_record(ns_msg *m, ns_rr *rr, struct dns_answer *out)
{
	if (out->n == DNS_RECORDS_MAX ||
	    !take_rdata(m, rr, &out->records[out->n], out))
		return false;
	lower_ttl(out, ttl_of(rr));
	out->n++;
	return true;
}

static bool read_records(ns_msg *m, const char *at, uint16_t type,
			 struct dns_answer *out)
{
	ns_rr rr;

	for (int i = 0; i < ns_msg_count(*m, ns_s_an); i++) {
		if (ns_parserr(m, ns_s_an, i, &rr))
			return false;
		if (ns_rr_type(rr) == type && ns_rr_class(rr) == ns_c_in &&
		    !strcmp(owner(&rr), at) && !add_record(m, &rr, out))
			return false;
	}
	return true;
}

/* The authority section's SOA makes an empty answer a negative one
 * (RFC 2308, 2); its TTL and its last field bound how long that holds. */
static bool read_soa(ns_msg *m, struct dns_answer *out)
{
	ns_rr rr;

	for (int i = 0; i < ns_msg_count(*m, ns_s_ns); i++) {
		if (ns_parserr(m, ns_s_ns, i, &rr))
			return false;
		if (ns_rr_type(rr) != ns_t_soa || !take_soa(&rr, out))
			continue;
		lower_ttl(out, ttl_of(&rr));
		lower_ttl(out, (uint32_t)ns_get32(ns_rr_rdata(rr) +
						  ns_rr_rdlen(rr) - NS_INT32SZ));
		return true;
	}
	return false;
}

/* No records and no SOA from a server that does not resolve for others: it
 * pointed elsewhere instead of answering. */
static bool is_referral(ns_msg *m, const struct dns_answer *out)
{
	return !ns_msg_getflag(*m, ns_f_ra) &&
		(*out->alias_of || ns_msg_count(*m, ns_s_ns));
}

static enum dns_status read_sections(ns_msg *m, const char *name, uint16_t type,
				     struct dns_answer *out)
{
	struct chain c;
	const char *end = name;

	if (!read_aliases(m, &c) || !follow(&c, &end, out) ||
	    !read_records(m, end, type, out))
		return DNS_MALFORMED;
	if (end != name)
		copy_name(out->alias_of, end);
	if (out->status == DNS_NXDOMAIN)
		out->n = 0;	/* what an NXDOMAIN carries is no record of the name */
	else if (out->n)
		return DNS_OK;
	if (!read_soa(m, out) && out->status == DNS_OK && is_referral(m, out))
		return DNS_MALFORMED;
	return out->status == DNS_OK ? DNS_NODATA : DNS_NXDOMAIN;
}

static bool lower_question(char out[DNS_NAME_MAX], const char *name)
{
	size_t n = strlen(name);

	if (n > 1 && name[n - 1] == '.')
		n--;
	if (!n || n >= DNS_NAME_MAX)
		return false;
	memcpy(out, name, n);
	out[n] = '\0';
	text_lower(out);
	return true;
}

static void clear(struct dns_answer *out, enum dns_status status)
{
	out->status = status;
	out->authoritative = false;
	out->ttl = 0;
	out->alias_of[0] = '\0';
	out->zone[0] = '\0';
	out->serial = 0;
	out->n = 0;
}

void dns_answer_read(struct dns_answer *out, const struct dns_question *q,
		     enum dns_status status, const unsigned char *packet, size_t n)
{
	if (packet)
		dns_packet_parse(packet, n, q, out);
	else
		clear(out, status);
}

void dns_packet_parse(const unsigned char *packet, size_t n,
		      const struct dns_question *q, struct dns_answer *out)
{
	char name[DNS_NAME_MAX];
	ns_msg m;

	clear(out, DNS_MALFORMED);
	out->ttl = INT32_MAX;
	if (n <= NS_MAXMSG && !ns_initparse(packet, (int)n, &m) &&
	    has_flags(&m) && lower_question(name, q->name) &&
	    answers_question(&m, name, q->type)) {
		out->authoritative = ns_msg_getflag(m, ns_f_aa);
		out->status = status_of_rcode(ns_msg_getflag(m, ns_f_rcode));
		if (out->status == DNS_OK || out->status == DNS_NXDOMAIN)
			out->status = read_sections(&m, name, q->type, out);
	}
	if (out->status != DNS_OK)
		out->n = 0;
	if (out->ttl == INT32_MAX)
		out->ttl = 0;
}

/* ---- referrals -------------------------------------------------------- */

static bool add_server(ns_msg *m, ns_rr *rr, struct dns_referral *out)
{
	if (out->n && strcmp(owner(rr), out->zone))
		return false;
	copy_name(out->zone, owner(rr));
	if (out->n == DNS_REFERRAL_MAX)
		return true;
	memset(&out->servers[out->n], 0, sizeof(out->servers[out->n]));
	return rdata_name(m, rr, 0, out->servers[out->n++].name);
}

/* All NS records of the authority section, which are of one zone. */
static bool read_servers(ns_msg *m, struct dns_referral *out)
{
	ns_rr rr;

	for (int i = 0; i < ns_msg_count(*m, ns_s_ns); i++) {
		if (ns_parserr(m, ns_s_ns, i, &rr))
			return false;
		if (ns_rr_type(rr) == ns_t_ns && ns_rr_class(rr) == ns_c_in &&
		    !add_server(m, &rr, out))
			return false;
	}
	return out->n > 0;
}

static void add_glue(ns_rr *rr, struct dns_referral *out)
{
	bool is_v4 = ns_rr_type(*rr) == ns_t_a;
	const char *name = owner(rr);
	struct ip ip;

	if ((!is_v4 && ns_rr_type(*rr) != ns_t_aaaa) || !take_address(rr, &ip))
		return;
	for (size_t i = 0; i < out->n; i++)
		if (!strcmp(out->servers[i].name, name))
			*(is_v4 ? &out->servers[i].v4 : &out->servers[i].v6) = ip;
}

static bool read_glue(ns_msg *m, struct dns_referral *out)
{
	ns_rr rr;

	for (int i = 0; i < ns_msg_count(*m, ns_s_ar); i++) {
		if (ns_parserr(m, ns_s_ar, i, &rr))
			return false;
		add_glue(&rr, out);
	}
	return true;
}

bool dns_packet_referral(const unsigned char *packet, size_t n,
			 const struct dns_question *q, struct dns_referral *out)
{
	char name[DNS_NAME_MAX];
	ns_msg m;

	out->n = 0;
	return n <= NS_MAXMSG && !ns_initparse(packet, (int)n, &m) &&
		has_flags(&m) && lower_question(name, q->name) &&
		answers_question(&m, name, q->type) && !ns_msg_getflag(m, ns_f_aa) &&
		ns_msg_getflag(m, ns_f_rcode) == ns_r_noerror &&
		!ns_msg_count(m, ns_s_an) && read_servers(&m, out) &&
		text_in_domain(name, out->zone) && read_glue(&m, out);
}
