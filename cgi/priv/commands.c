#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/paths.h"
#include "base/percent.h"
#include "base/run.h"
#include "priv/commands.h"
#include "priv/field.h"

#define OUTPUT_MAX (32u << 20)
#define TALK_MAX (1u << 20)

static int run(const struct command *c, int *status, char why[200], struct err *e)
{
	struct command_result r;

	if (run_command(c, &r, e))
		return -1;
	*status = r.status;
	snprintf(why, 200, "%s", r.first_error);
	return r.out;
}

static int refuse_status(int fd, const char *program, int status,
			 const char *why, struct err *e)
{
	close(fd);
	return err_set(e, ERR_UNAVAILABLE, "%s ended with status %d%s%s", program,
		       status, *why ? ": " : "", why);
}

static int answer_of(const struct command *c, int worst, struct err *e)
{
	char why[200];
	int status, fd = run(c, &status, why, e);

	if (fd >= 0 && status > worst)
		return refuse_status(fd, c->argv[0], status, why, e);
	return fd;
}

int command_output(const char *const *argv, int worst, struct err *e)
{
	const struct command c = {
		.argv = argv, .deadline_ms = COMMAND_READ_MS,
		.max_output = OUTPUT_MAX, .keep_fd = -1,
	};

	return answer_of(&c, worst, e);
}

int command_talk(const char *const *argv, const char *input, int worst, struct err *e)
{
	const struct command c = {
		.argv = argv, .deadline_ms = COMMAND_READ_MS,
		.max_output = TALK_MAX, .keep_fd = -1,
		.input = input, .errors_too = true,
	};

	return answer_of(&c, worst, e);
}

int command_change(const char *const *argv, int64_t deadline_ms, int lock,
		   char failed[200], struct err *e)
{
	const struct command c = {
		.argv = argv, .deadline_ms = deadline_ms,
		.max_output = OUTPUT_MAX, .keep_fd = lock,
	};
	char why[200];
	int status, fd = run(&c, &status, why, e);

	failed[0] = '\0';
	if (fd < 0)
		return -1;
	close(fd);
	if (status)
		field_print(failed, 200, "%s ended with status %d%s%s", argv[0], status,
			    *why ? ": " : "", why);
	return 0;
}

int command_row_output(const struct command_row *rows, size_t n,
		       const char *name, struct err *e)
{
	size_t i = 0;

	while (i < n && strcmp(rows[i].name, name))
		i++;
	if (i == n)
		return err_set(e, ERR_INPUT, "no command goes by the name '%s' here", name);
	if (access(rows[i].argv[0], X_OK))
		return err_set(e, ERR_NOT_FOUND, "%s is not installed", rows[i].argv[0]);
	return command_output(rows[i].argv, 0, e);
}

/* The program's arguments, in room that the caller keeps while it runs. */
struct uapi_argv {
	char user[64], value[UAPI_ARGS][UAPI_VALUE_MAX];
	const char *argv[UAPI_ARGS + 6];
};

static int fill_argv(struct uapi_argv *u, const struct uapi_call *c, struct err *e)
{
	size_t n = 0;

	u->argv[n++] = c->account ? PATH_UAPI : PATH_WHMAPI1;
	u->argv[n++] = "--output=json";
	if (c->account) {
		field_set(u, user, "--user=%s", c->account);
		u->argv[n++] = u->user;
		u->argv[n++] = c->module;
	}
	u->argv[n++] = c->function;
	for (size_t i = 0; i < UAPI_ARGS && c->key[i]; i++) {
		size_t size = sizeof(u->value[i]);
		int w = snprintf(u->value[i], size, "%s=", c->key[i]);

		if (!percent_encode(u->value[i] + w, size - (size_t)w, c->value[i]))
			return err_set(e, ERR_LIMIT, "a value for %s is too long",
				       c->function);
		u->argv[n++] = u->value[i];
	}
	u->argv[n] = NULL;
	return 0;
}

static int uapi(const struct uapi_call *c, int *status, char why[200],
		struct err *e)
{
	struct uapi_argv u;
	const struct command command = {
		.argv = u.argv,
		.deadline_ms = c->deadline_ms ? c->deadline_ms : COMMAND_READ_MS,
		.max_output = OUTPUT_MAX, .keep_fd = c->lock,
	};

	return fill_argv(&u, c, e) ? -1 : run(&command, status, why, e);
}

int command_uapi(const struct uapi_call *c, int *status, struct err *e)
{
	char why[200];

	return uapi(c, status, why, e);
}

int command_uapi_read(const struct uapi_call *c, struct err *e)
{
	char why[200];
	int status, fd = uapi(c, &status, why, e);

	if (fd >= 0 && status)
		return refuse_status(fd, c->account ? PATH_UAPI : PATH_WHMAPI1,
				     status, why, e);
	return fd;
}

int command_said(const char *const *argv, int lock, char said[200], struct err *e)
{
	const struct command c = {
		.argv = argv, .deadline_ms = COMMAND_WRITE_MS,
		.max_output = OUTPUT_MAX, .keep_fd = lock,
	};
	char why[200];
	int status, fd;
	ssize_t n;

	if (access(argv[0], X_OK))
		return err_set(e, ERR_NOT_FOUND, "%s is not installed", argv[0]);
	fd = run(&c, &status, why, e);
	if (fd < 0)
		return -1;
	n = read(fd, said, 199);
	said[n > 0 ? n : 0] = '\0';
	said[strcspn(said, "\n")] = '\0';
	if (!*said)
		snprintf(said, 200, "%s", why);
	close(fd);
	return 0;
}
