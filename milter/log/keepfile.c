/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "milter/log/keepfile.h"
#include "conf/base/readwrite.h"

enum { KEEPFILE_TEXT = 1024 };

static const char keepfile_form[] = "enforcetls-keep 1 keep=%" SCNd64
    " now=%" SCNd64 " waited=%" SCNd64 "\n%64s lines=%" SCNu64
    " first=%" SCNd64 " last=%" SCNd64 " before=%64s\n%255[^\n]\n%n";

static bool
keepfile_parse(const char *text, struct keepfile *out)
{
	struct removed_span *all = &out->last.all;
	int n = 0;

	if (sscanf(text, keepfile_form, &out->clock.keep, &out->clock.now,
		&out->clock.waited, out->last.end, &all->lines, &all->first,
		&all->last, all->before, out->last.name, &n) != 9 ||
	    n == 0 || text[n] != '\0')
		return false;
	if (strcmp(out->last.name, "-") == 0)
		out->last.name[0] = '\0';
	if (strcmp(all->before, "-") == 0)
		all->before[0] = '\0';
	return out->clock.keep >= 0 && out->clock.now >= 0 &&
	    out->clock.waited >= 0;
}

void
keepfile_read(const char *log, struct keepfile *out)
{
	char path[PATH_MAX], text[KEEPFILE_TEXT + 1];
	struct stat st;
	ssize_t n = -1;
	int fd;

	snprintf(path, sizeof(path), "%s.keep", log);
	fd = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	if (fd >= 0 && fstat(fd, &st) == 0 && S_ISREG(st.st_mode) &&
	    st.st_uid == geteuid() && (st.st_mode & 022) == 0)
		n = read_all(fd, text, KEEPFILE_TEXT);
	if (fd >= 0)
		close(fd);
	if (n >= 0)
		text[n] = '\0';
	if (n < 0 || !keepfile_parse(text, out))
		*out = (struct keepfile){ .clock = { .keep = 0 } };
}

int
keepfile_write(const char *log, const struct keepfile *file, struct err *e)
{
	const struct removed_span *all = &file->last.all;
	char path[PATH_MAX], new[PATH_MAX], text[KEEPFILE_TEXT];
	const char *name = file->last.name;
	size_t wrote;
	int fd, n;

	snprintf(path, sizeof(path), "%s.keep", log);
	snprintf(new, sizeof(new), "%s.keep.new", log);
	n = snprintf(text, sizeof(text), "enforcetls-keep 1 keep=%" PRId64
	    " now=%" PRId64 " waited=%" PRId64 "\n%s lines=%" PRIu64
	    " first=%" PRId64 " last=%" PRId64 " before=%s\n%s\n",
	    file->clock.keep, file->clock.now, file->clock.waited,
	    name[0] == '\0' ? "-" : file->last.end, all->lines, all->first,
	    all->last, all->before[0] == '\0' ? "-" : all->before,
	    name[0] == '\0' ? "-" : name);
	unlink(new);                    /* of a start that did not end */
	fd = open(new, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd < 0)
		return err_errno(e, "cannot make %s", new);
	if (write_all(fd, (struct slice){ text, (size_t)n }, &wrote) < 0 ||
	    fdatasync(fd) < 0) {
		err_errno(e, "cannot write %s", new);
		close(fd);
		unlink(new);
		return -1;
	}
	close(fd);
	if (rename(new, path) < 0)
		return err_errno(e, "cannot rename %s to %s", new, path);
	return 0;
}
