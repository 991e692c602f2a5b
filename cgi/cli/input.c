#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/input.h"

static int is_stdin(const char *file)
{
	return !file || !strcmp(file, "-");
}

const char *input_name(const char *file)
{
	return is_stdin(file) ? "standard input" : file;
}

int input_open(const char *file, struct err *e)
{
	struct stat st;
	int fd = is_stdin(file) ? dup(0) : open(file, O_RDONLY | O_CLOEXEC | O_NOCTTY);

	if (fd < 0)
		return err_set(e, errno == ENOENT ? ERR_NOT_FOUND : ERR_UNAVAILABLE,
			       "%s: %s", input_name(file), strerror(errno));
	if (!fstat(fd, &st) && !S_ISDIR(st.st_mode))
		return fd;
	close(fd);
	return err_set(e, ERR_INPUT, "%s is a directory", input_name(file));
}
