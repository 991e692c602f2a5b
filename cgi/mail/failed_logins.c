#include "mail/failed_logins.h"

void failed_logins_init(struct failed_logins *l, uint64_t seed, struct arena *a)
{
	*l = (struct failed_logins){
		.all = arena_zalloc(a, FAILED_LOGINS * sizeof(*l->all)), .seed = seed,
	};
}

static struct failed_login *place_of(const struct failed_logins *l, int log,
				     const struct ip *ip)
{
	uint64_t h = 14695981039346656037u ^ l->seed ^ (uint64_t)log;

	for (size_t i = 0; i < (ip->family == 4 ? 4 : 16); i++)
		h = (h ^ ip->bytes[i]) * 1099511628211u;
	return &l->all[((h ^ h >> 29) * 0xbf58476d1ce4e5b9u >> 40) % FAILED_LOGINS];
}

void failed_logins_note(struct failed_logins *l, int log, const struct ip *ip, int64_t when)
{
	if (ip->family)
		*place_of(l, log, ip) = (struct failed_login){ *ip, log, when };
}

bool failed_logins_just(const struct failed_logins *l, int log, const struct ip *ip,
			int64_t when)
{
	const struct failed_login *x = ip->family ? place_of(l, log, ip) : NULL;

	return x && x->log == log && ip_equal(&x->ip, ip) && when >= x->when &&
		when - x->when <= FAILED_LOGIN_SECONDS;
}
