#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

#include "http/nonce.h"

static const unsigned char key[NONCE_KEY] = "thirty-two bytes, always these";
static const struct nonce_for ours = {
	.login = "root", .door = DOOR_ADMIN, .security_token = "/cpsess1",
	.act = "apply 00ff",
};

static enum errcode check(const struct nonce_for *x, const char *nonce, int64_t now)
{
	struct err e = { .code = ERR_NONE };

	return nonce_check(key, x, nonce, now, &e) ? e.code : ERR_NONE;
}

static void a_nonce_holds_until_it_expires(void **state)
{
	char nonce[NONCE_TEXT];

	(void)state;
	nonce_make(key, &ours, 1000, nonce);
	assert_int_equal(check(&ours, nonce, 999), ERR_NONE);
	assert_int_equal(check(&ours, nonce, 1000), ERR_NONE);
	assert_int_equal(check(&ours, nonce, 1001), ERR_STALE);
}

static void it_holds_for_nothing_and_nobody_else(void **state)
{
	static const struct nonce_for others[] = {
		{ "reseller", DOOR_ADMIN, "/cpsess1", "apply 00ff" },
		{ "root", DOOR_RESELLER, "/cpsess1", "apply 00ff" },
		{ "root", DOOR_ADMIN, "/cpsess2", "apply 00ff" },
		{ "root", DOOR_ADMIN, "", "apply 00ff" },
		{ "root", DOOR_ADMIN, "/cpsess1", "apply 00fe" },
		{ "root", DOOR_ADMIN, "/cpsess1", "undo 00ff" },
		{ "root", DOOR_ADMIN, "/cpsess1", "apply 00ff " },
	};
	char nonce[NONCE_TEXT];

	(void)state;
	nonce_make(key, &ours, 1000, nonce);
	for (size_t i = 0; i < sizeof(others) / sizeof(*others); i++)
		assert_int_equal(check(&others[i], nonce, 0), ERR_DENIED);
}

static void another_key_made_it(void **state)
{
	static const unsigned char other[NONCE_KEY] = "after the front was restarted";
	char nonce[NONCE_TEXT];

	(void)state;
	nonce_make(other, &ours, 1000, nonce);
	assert_int_equal(check(&ours, nonce, 0), ERR_DENIED);
}

static void every_changed_character_is_noticed(void **state)
{
	char nonce[NONCE_TEXT], bent[NONCE_TEXT];

	(void)state;
	nonce_make(key, &ours, 1000, nonce);
	for (size_t i = 0; nonce[i]; i++) {
		strcpy(bent, nonce);
		bent[i] = bent[i] == '1' ? '2' : '1';
		assert_int_equal(check(&ours, bent, 0), ERR_DENIED);
	}
}

static void rubbish_is_no_nonce(void **state)
{
	static const char *const rubbish[] = {
		"", ".", "1000", "1000.", "1000.00", ".00",
		"-1.0000000000000000000000000000000000000000000000000000000000000000",
		"99999999999999999999.0000000000000000000000000000000000000000000000000000000000000000",
		"1000.0000000000000000000000000000000000000000000000000000000000000000",
		"1000.00000000000000000000000000000000000000000000000000000000000000000",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rubbish) / sizeof(*rubbish); i++)
		assert_int_equal(check(&ours, rubbish[i], 0), ERR_DENIED);
}

static void texts_cannot_be_moved_from_one_place_to_the_next(void **state)
{
	const struct nonce_for a = { "ab", DOOR_ADMIN, "c", "d" };
	const struct nonce_for b = { "a", DOOR_ADMIN, "bc", "d" };
	char nonce[NONCE_TEXT];

	(void)state;
	nonce_make(key, &a, 1000, nonce);
	assert_int_equal(check(&b, nonce, 0), ERR_DENIED);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_nonce_holds_until_it_expires),
		cmocka_unit_test(it_holds_for_nothing_and_nobody_else),
		cmocka_unit_test(another_key_made_it),
		cmocka_unit_test(every_changed_character_is_noticed),
		cmocka_unit_test(rubbish_is_no_nonce),
		cmocka_unit_test(texts_cannot_be_moved_from_one_place_to_the_next),
	};

	return cmocka_run_group_tests_name("nonce", tests, NULL, NULL);
}
