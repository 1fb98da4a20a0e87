/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "conf/base/addresskey.h"
#include "conf/base/logkey.h"
#include "conf/base/readwrite.h"

const char *
addresskey_path(const struct settings *settings, char out[ADDRESSKEY_PATH])
{
	if (settings->addresses_key.p != NULL)
		snprintf(out, ADDRESSKEY_PATH, "%.*s",
		    SLICE_ARGS(settings->addresses_key));
	else
		snprintf(out, ADDRESSKEY_PATH, "%.*s/addresses.key",
		    SLICE_ARGS(settings->state));
	return out;
}

/* HMAC-SHA256, of which the first digits are used. */
static void
addresskey_code(const unsigned char key[SHORTENING_KEY], struct slice text,
    char out[SHORTENING_CODE + 1])
{
	struct logkey k = { .number = 1 };
	char mac[LOGKEY_TEXT + 1];

	memcpy(k.bytes, key, sizeof(k.bytes));
	logkey_mac(&k, text, SLICE(""), mac);
	logkey_erase(&k);
	memcpy(out, mac, SHORTENING_CODE);
	out[SHORTENING_CODE] = '\0';
}

/* Writes a new key to the file at path, which is not there. */
static int
addresskey_write(const char *path, struct err *e)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	char line[LOGKEY_TEXT + 2];
	struct logkey key;
	size_t wrote;
	int r = -1;

	if (fd < 0)
		return err_errno(e, "cannot make %s", path);
	if (logkey_make(&key, e) == 0) {
		logkey_show(&key, line);
		line[LOGKEY_TEXT] = '\n';
		r = write_all(fd, (struct slice){ line, LOGKEY_TEXT + 1 },
		    &wrote);
		if (r < 0 || fsync(fd) < 0)
			r = err_errno(e, "cannot write %s", path);
	}
	logkey_erase(&key);
	close(fd);
	return r;
}

/* Makes the file, whole or not at all. One that another process made meanwhile
 * is as good. */
static int
addresskey_make(const char *path, struct err *e)
{
	char new[ADDRESSKEY_PATH + 8];
	int r;

	snprintf(new, sizeof(new), "%s.new", path);
	unlink(new);                    /* of a start that did not end */
	r = addresskey_write(new, e);
	if (r == 0 && link(new, path) < 0 && errno != EEXIST)
		r = err_errno(e, "cannot make %s", path);
	unlink(new);
	return r;
}

static int
addresskey_take(int fd, const char *path, struct shortening *out,
    struct err *e)
{
	char line[LOGKEY_TEXT + 2];
	struct logkey key = { .number = 0 };
	struct stat st;
	ssize_t n;

	if (fstat(fd, &st) < 0)
		return err_errno(e, "cannot stat %s", path);
	if (!S_ISREG(st.st_mode) || (st.st_mode & 077) != 0)
		return err_set(e, "%s is not a regular file of mode 0600: "
		    "others could read the key of the addresses", path);
	n = read_all(fd, line, sizeof(line));
	if (n != LOGKEY_TEXT + 1 || line[LOGKEY_TEXT] != '\n' ||
	    !logkey_from((struct slice){ line, LOGKEY_TEXT }, 1, &key))
		return err_set(e, "%s has no key: 64 hexadecimal digits are "
		    "expected, in a line. Remove it to have another one made",
		    path);
	*out = (struct shortening){ .form = ADDRESSES_HASHED,
		.code = addresskey_code };
	memcpy(out->key, key.bytes, sizeof(out->key));
	logkey_erase(&key);
	return 0;
}

int
addresskey_read(const char *path, bool make, struct shortening *out,
    struct err *e)
{
	static const int flags = O_RDONLY | O_NOFOLLOW | O_NONBLOCK |
	    O_CLOEXEC | O_NOCTTY;
	int fd = open(path, flags), r;

	if (fd < 0 && errno == ENOENT && make) {
		if (addresskey_make(path, e) < 0)
			return -1;
		fd = open(path, flags);
	}
	if (fd < 0)
		return err_errno(e, "cannot open %s", path);
	r = addresskey_take(fd, path, out, e);
	close(fd);
	return r;
}

bool
addresskey_known(const struct settings *settings, struct shortening *out)
{
	char path[ADDRESSKEY_PATH];
	struct err e;

	*out = (struct shortening){ .form = ADDRESSES_FULL };
	return addresskey_read(addresskey_path(settings, path), false, out,
	    &e) == 0;
}

int
addresskey_apply(const struct settings *settings, bool make,
    struct shortening *out, struct err *e)
{
	char path[ADDRESSKEY_PATH];

	*out = (struct shortening){ .form = settings->addresses };
	if (settings->addresses != ADDRESSES_HASHED)
		return 0;
	out->form = ADDRESSES_DOMAIN;
	return addresskey_read(addresskey_path(settings, path), make, out, e);
}
