#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "base/json.h"
#include "cli/bulk.h"
#include "cli/command.h"
#include "cli/progress.h"
#include "engine/bulk.h"
#include "render/text.h"

#define LOOK_MS 500

/* ---- one question, one conversation ------------------------------------- */

static int with_helper(int (*act)(struct priv_client *c, const char *job,
				  struct err *e), const char *job, struct err *e)
{
	struct priv_client c = PRIV_CLIENT_INIT;
	int rc = priv_open(&c, e) ? -1 : act(&c, job, e);

	priv_close(&c);
	return rc;
}

static int read_job(const char *job, json_object **out, struct err *e)
{
	struct priv_client c = PRIV_CLIENT_INIT;
	int rc = priv_open(&c, e) ? -1 : bulk_job(&c, job, out, e);

	priv_close(&c);
	return rc;
}

/* ---- following ----------------------------------------------------------- */

/* From now on an interrupt is read from here; -1: it ends this program. */
static int catch_interrupts(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	if (sigprocmask(SIG_BLOCK, &set, NULL))
		return -1;
	return signalfd(-1, &set, SFD_CLOEXEC);
}

/* The second one ends this program; the job is the helper's. */
static void release_interrupts(int fd)
{
	struct signalfd_siginfo taken;
	sigset_t set;

	if (read(fd, &taken, sizeof(taken)) != (ssize_t)sizeof(taken))
		return;
	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	sigprocmask(SIG_UNBLOCK, &set, NULL);
}

static void say_counts(json_object *job, int64_t *last)
{
	int64_t undone = json_number(job, "undone", 0);
	bool undoing = undone || json_flag(job, "undoing") == 1;
	int64_t n = undoing ? undone : json_number(job, "done", 0) +
		json_number(job, "failed", 0);

	if (n == *last)
		return;
	*last = n;
	fprintf(stderr, "%lld of %lld %s, %lld failed\n", (long long)n,
		(long long)json_number(job, "total", 0), undoing ? "undone" : "done",
		(long long)json_number(job, "failed", 0));
}

/* Waits a moment; an interrupt asks the job to stop. */
static void wait_a_moment(int signals, const char *job)
{
	struct pollfd p = { .fd = signals, .events = POLLIN };
	struct err e;

	if (poll(&p, 1, LOOK_MS) <= 0)
		return;
	release_interrupts(signals);
	fputs("stopping after the domain that is at work\n", stderr);
	if (with_helper(bulk_stop, job, &e))
		fprintf(stderr, "relaydoctor: %s\n", e.text);
}

static int wait_for_end(const char *job, json_object **out, struct err *e)
{
	int signals = catch_interrupts();
	int64_t last = -1;
	int rc;

	while (!(rc = read_job(job, out, e))) {
		say_counts(*out, &last);
		if (json_flag(*out, "running") != 1)
			break;
		json_object_put(*out);
		wait_a_moment(signals, job);
	}
	if (signals >= 0)
		close(signals);
	return rc;
}

/* Whether what was done has cured what was found. */
static void look_again(json_object *job)
{
	json_object *names = NULL, *report = NULL;
	struct err e;

	if (bulk_look(job, &names, &report, &e))
		fprintf(stderr, "relaydoctor: the domains could not be read again: %s\n", e.text);
	bulk_mark(job, json_member(report, "findings"));
	json_object_put(names);
	json_object_put(report);
}

/* Fine is what was asked for: all done and cured, or all undone. */
static int status_of(json_object *job)
{
	bool fine = json_number(job, "undone", 0) ? !json_number(job, "done", 0) :
		!json_number(job, "failed", 0) && !json_number(job, "still", 0) &&
		!json_number(job, "left", 0);

	return fine ? EXIT_FINE : EXIT_FOUND;
}

int bulk_follow(const char *id, bool json)
{
	json_object *job;
	struct err e;
	int rc;

	if (wait_for_end(id, &job, &e))
		return failed(&e);
	look_again(job);
	rc = status_of(job);
	if (json)
		print_json(json_object_get(job));
	else
		text_job(stdout, job);
	json_object_put(job);
	return rc;
}

/* ---- preview and apply --------------------------------------------------- */

/* --apply is consent to the plan as it stands now. */
static int apply(json_object *findings, const char *digest, char job[32],
		 struct err *e)
{
	struct priv_client c = PRIV_CLIENT_INIT;
	struct progress progress = progress_begin();
	json_object *plan = NULL;
	int rc = bulk_apply(&c, findings, digest, progress_say, &progress, job, &plan, e);

	progress_end(&progress);
	json_object_put(plan);
	priv_close(&c);
	return rc;
}

/* On the way to a job, what it leaves out is talk. */
static void show(json_object *plan, bool apply, bool json)
{
	if (json && !apply)
		print_json(json_object_get(plan));
	else if (!json)
		text_bulk_plan(apply ? stderr : stdout, plan);
}

int bulk_fix(json_object *findings, bool apply_it, bool json)
{
	struct progress progress = progress_begin();
	json_object *plan;
	char job[32];
	struct err e;
	int rc = bulk_preview(findings, progress_say, &progress, &plan, &e);

	progress_end(&progress);
	if (rc)
		return failed(&e);
	show(plan, apply_it, json);
	rc = apply_it && apply(findings, json_text(plan, "digest"), job, &e);
	json_object_put(plan);
	if (rc)
		return failed(&e);
	return apply_it ? bulk_follow(job, json) : EXIT_FINE;
}
