#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/command.h"
#include "engine/ask.h"
#include "sources/recorder.h"

/* What somebody does who may write where the recording is to be made. */
static bool swaps;

int mkdir(const char *path, mode_t mode)
{
	char aside[600];
	int rc = mkdirat(AT_FDCWD, path, mode);

	snprintf(aside, sizeof(aside), "%s.aside", path);
	if (!rc && swaps)
		rc = rename(path, aside) || mkdirat(AT_FDCWD, path, 0700) ||
			chmod(path, 0777) ? -1 : 0;
	return rc;
}

/* A recording of one file. */
int scan_ask(json_object *request, void (*progress)(void *ctx, json_object *o), void *ctx,
	     json_object **result, struct err *e)
{
	json_object *files = json_object_new_object(), *world = json_object_new_object();

	(void)request, (void)progress, (void)ctx, (void)e;
	json_object_object_add(files, "passwd", recording_encode("x", 1));
	json_object_object_add(world, "dns", json_object_new_object());
	json_object_object_add(world, "commands", json_object_new_object());
	*result = json_object_new_object();
	json_object_object_add(*result, "files", files);
	json_object_object_add(*result, "world", world);
	return 0;
}

int scan_ask_on(int s, json_object *request, json_object **result, struct err *e)
{
	(void)s, (void)request, (void)result;
	return err_set(e, ERR_BUG, "nobody asks so");
}

static int record(char *out)
{
	char word[] = "record", *argv[] = { word, out, NULL };

	return command_record.run(2, argv);
}

static int begin(void **state)
{
	static char dir[] = "/tmp/record.XXXXXX";

	*state = mkdtemp(dir);
	return *state && !chdir(dir) ? 0 : -1;
}

static int end(void **state)
{
	static const char *const made[] = {
		"out/files/passwd", "out/files", "out/world.json", "out", "swapped", "swapped.aside",
	};

	for (size_t i = 0; i < sizeof(made) / sizeof(*made); i++)
		remove(made[i]);
	return chdir("/") || rmdir(*state);
}

static void a_recording_is_made_once(void **state)
{
	char out[] = "out";

	(void)state;
	swaps = false;
	assert_int_equal(record(out), EXIT_FINE);
	assert_int_equal(access("out/files/passwd", F_OK), 0);
	assert_int_not_equal(record(out), EXIT_FINE);
}

static void a_directory_that_was_put_in_its_place_is_not_written_to(void **state)
{
	char out[] = "swapped";

	(void)state;
	swaps = true;
	assert_int_not_equal(record(out), EXIT_FINE);
	assert_int_not_equal(access("swapped/files", F_OK), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_recording_is_made_once),
		cmocka_unit_test(a_directory_that_was_put_in_its_place_is_not_written_to),
	};

	return cmocka_run_group_tests_name("record_out", tests, begin, end);
}
