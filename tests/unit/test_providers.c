#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mail/providers.h"

static const char *title(const char *host)
{
	const struct provider *p = provider_find(host);

	return p ? p->title : "";
}

static void known_exchangers_are_found_at_label_boundaries(void **state)
{
	(void)state;
	assert_string_equal(title("aspmx.l.google.com"), "Google Workspace");
	assert_string_equal(title("ALT1.ASPMX.L.GOOGLE.COM"), "Google Workspace");
	assert_string_equal(title("smtp.google.com"), "Google Workspace");
	assert_string_equal(title("aspmx2.googlemail.com"), "Google Workspace");
	assert_string_equal(title("example-com.mail.protection.outlook.com"), "Microsoft 365");
	assert_string_equal(title("example-com.p-v1.mx.microsoft"), "Microsoft 365");
	assert_string_equal(title("mx2.zoho.eu"), "Zoho Mail");
	assert_string_equal(title("in1-smtp.messagingengine.com"), "Fastmail");
	assert_string_equal(title("mx.spamexperts.com"), "SpamExperts");
	assert_string_equal(title("eu-smtp-inbound-1.mimecast.com"), "Mimecast");
	assert_string_equal(title("mx0a-0012.pphosted.com"), "Proofpoint");
	assert_string_equal(title("mx1-us1.ppe-hosted.com"), "Proofpoint Essentials");
	assert_string_equal(title("d1.ess.barracudanetworks.com"), "Barracuda");
}

static void look_alikes_are_nobodys(void **state)
{
	static const char *const hosts[] = {
		"mimecast.com.example.net", "notmimecast.com", "google.com",
		"example-mail.protection.outlook.com.evil.example", "mail.example.com",
		"protection.outlook.com", "microsoft", "", ".", "zoho.com.",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(hosts) / sizeof(*hosts); i++)
		if (provider_find(hosts[i]))
			fail_msg("%s is %s", hosts[i], title(hosts[i]));
}

static void microsoft_and_google_take_in_the_world(void **state)
{
	(void)state;
	assert_true(provider_find("aspmx.l.google.com")->only_own_deliveries);
	assert_true(provider_find("x.mail.protection.outlook.com")->only_own_deliveries);
	assert_true(provider_find("x.mx.microsoft")->only_own_deliveries);
	assert_false(provider_find("mx.zoho.com")->only_own_deliveries);
	assert_int_equal(provider_find("mx.zoho.com")->kind, PROVIDER_MAILBOX);
	assert_int_equal(provider_find("mx.spamexperts.com")->kind, PROVIDER_GATEWAY);
}

static void a_provider_delivers_under_its_own_names(void **state)
{
	const struct mx_host google = { .name = "aspmx.l.google.com", .provider = "google.com" };
	const struct mx_host experts = { .name = "mx.spamexperts.com", .provider = "spamexperts.com" };
	const struct mx_host own = { .name = "mx1.filter.example", .provider = "filter.example" };
	const struct mx_host none = { .name = "mx.nowhere" };

	(void)state;
	assert_true(provider_delivers_as(&google, "mail-wr1-f44.google.com"));
	assert_false(provider_delivers_as(&google, "mail-wr1-f44.google.com.example"));
	assert_true(provider_delivers_as(&experts, "out12.antispamcloud.com"));
	assert_true(provider_delivers_as(&own, "out.filter.example"));
	assert_false(provider_delivers_as(&own, "notfilter.example"));
	assert_false(provider_delivers_as(&none, "mx.nowhere"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(known_exchangers_are_found_at_label_boundaries),
		cmocka_unit_test(look_alikes_are_nobodys),
		cmocka_unit_test(microsoft_and_google_take_in_the_world),
		cmocka_unit_test(a_provider_delivers_under_its_own_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
