/* A fuzz target without a fuzzer: reads each file named, or in a directory
 * named, once. What the fuzzer has ever found stays found, with any compiler. */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int run_file(const char *path)
{
	FILE *f = fopen(path, "rb");
	struct stat st;
	uint8_t *data;
	size_t n;

	if (!f || fstat(fileno(f), &st)) {
		perror(path);
		return -1;
	}
	/* Exactly as long as the input, so that a sanitizer sees one byte more. */
	data = malloc((size_t)st.st_size);
	n = data ? fread(data, 1, (size_t)st.st_size, f) : 0;
	fclose(f);
	LLVMFuzzerTestOneInput(data, n);
	free(data);
	printf("ok - %s\n", path);
	return fflush(stdout);
}

static int run_directory(const char *path)
{
	DIR *d = opendir(path);
	struct dirent *x;
	char file[4096];
	int failed = 0;

	if (!d)
		return run_file(path);
	while ((x = readdir(d))) {
		snprintf(file, sizeof(file), "%s/%s", path, x->d_name);
		if (x->d_name[0] != '.')
			failed |= run_file(file);
	}
	closedir(d);
	return failed;
}

int main(int argc, char **argv)
{
	int failed = 0;

	for (int i = 1; i < argc; i++)
		failed |= run_directory(argv[i]);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
