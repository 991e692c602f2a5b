#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>
#include <unistd.h>

#include "priv/journal.h"

/* A change takes longer than these 20 us. */
static void ids_are_in_the_order_in_which_they_were_made(void **state)
{
	char id[32], before[32] = "";
	struct err e;

	(void)state;
	for (int i = 0; i < 2000; i++) {
		assert_int_equal(journal_new_id(id, &e), 0);
		assert_int_equal(strlen(id), strlen("20261127-101112-0123ab"));
		assert_true(strcmp(before, id) < 0);
		memcpy(before, id, sizeof(id));
		usleep(20);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ids_are_in_the_order_in_which_they_were_made),
	};

	return cmocka_run_group_tests_name("priv_journal", tests, NULL, NULL);
}
