#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/io.h"
#include "base/json.h"
#include "base/text.h"
#include "cli/command.h"
#include "engine/ask.h"
#include "sources/recorder.h"

static int run(int argc, char **argv);

const struct command_word command_record = {
	.name = "record",
	.usage = "OUT [--anonymise]",
	.help = "keep what a scan sees in the new directory OUT, for relaydoctor scan --world OUT",
	.run = run,
};

/* A new file, ours alone; nothing that exists is written over. */
static int write_new(int dirfd, const char *name, const void *p, size_t n, struct err *e)
{
	int fd = openat(dirfd, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);

	if (fd < 0 || io_write_all(fd, p, n) || fsync(fd)) {
		err_set(e, ERR_UNAVAILABLE, "%s: %s", name, strerror(errno));
		if (fd >= 0)
			close(fd);
		return -1;
	}
	close(fd);
	fprintf(stderr, "  %s (%zu bytes)\n", name, n);
	return 0;
}

static int write_files(int dirfd, json_object *files, struct err *e)
{
	int sub, rc = 0;

	if (mkdirat(dirfd, "files", 0700) ||
	    (sub = openat(dirfd, "files", O_RDONLY | O_DIRECTORY | O_CLOEXEC)) < 0)
		return err_set(e, ERR_UNAVAILABLE, "files: %s", strerror(errno));
	for (int i = 0; i < NWORLD_FILES && !rc; i++) {
		const char *text = json_text(files, world_files[i].row);
		struct arena a = ARENA_INIT;
		unsigned char *p;
		size_t n;

		if (text && !recording_decode(text, &a, &p, &n))
			rc = write_new(sub, world_files[i].row, p, n, e);
		arena_clear(&a);
	}
	close(sub);
	return rc;
}

/* The one that was made, where others may write, too: nobody else can open that. */
static int open_made(const char *out, struct err *e)
{
	int fd = open(out, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	struct stat st;

	if (fd < 0 || fstat(fd, &st)) {
		err_set(e, ERR_UNAVAILABLE, "%s: %s", out, strerror(errno));
	} else if (st.st_uid != geteuid() || st.st_mode & 077) {
		err_set(e, ERR_DENIED, "%s was replaced by somebody just now; name one where nobody else may write",
			out);
	} else {
		return fd;
	}
	if (fd >= 0)
		close(fd);
	return -1;
}

static int write_recording(const char *out, json_object *recording, struct err *e)
{
	const char *text = json_object_to_json_string_ext(
		json_member(recording, "world"),
		JSON_C_TO_STRING_PRETTY | JSON_C_TO_STRING_NOSLASHESCAPE);
	int dirfd, rc;

	if (mkdir(out, 0700))
		return err_set(e, ERR_INPUT, "%s: %s; name a directory that does not exist yet",
			       out, strerror(errno));
	dirfd = open_made(out, e);
	if (dirfd < 0)
		return -1;
	fprintf(stderr, "%s holds:\n", out);
	rc = write_files(dirfd, json_member(recording, "files"), e);
	if (!rc)
		rc = write_new(dirfd, "world.json", text, strlen(text), e);
	close(dirfd);
	return rc;
}

static void list_content(json_object *recording)
{
	json_object *files = json_member(recording, "files");
	json_object *world = json_member(recording, "world");

	fputs("The recording will hold: the server's name and addresses, the DNS answers and\n"
	      "what Exim and WHM said about the domains, and these files:\n", stderr);
	for (int i = 0; i < NWORLD_FILES; i++)
		if (json_text(files, world_files[i].row))
			fprintf(stderr, "  %s\n", world_files[i].row);
	fprintf(stderr, "%d DNS answers, %d command outputs. Of the mail log only arrivals,\n"
		"deliveries and refused recipients, without subjects. No passwords, no tokens.\n",
		json_object_object_length(json_member(world, "dns")),
		json_object_object_length(json_member(world, "commands")));
}

static int run(int argc, char **argv)
{
	bool anonymise = argc == 3 && !strcmp(argv[2], "--anonymise");
	json_object *request, *recording = NULL;
	struct err e;
	int rc;

	if ((argc != 2 && !anonymise) || argv[1][0] == '-')
		return usage_error(&command_record, "name one directory that does not exist yet");
	request = json_object_new_object();
	json_put_text(request, "op", "record");
	json_put_flag(request, "anonymise", anonymise);
	rc = scan_ask(request, NULL, NULL, &recording, &e);
	json_object_put(request);
	if (!rc) {
		list_content(recording);
		rc = write_recording(argv[1], recording, &e);
	}
	json_object_put(recording);
	return rc ? failed(&e) : EXIT_FINE;
}
