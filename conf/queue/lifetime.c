/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include <assert.h>

#include "conf/base/textfile.h"
#include "conf/queue/lifetime.h"

enum {
	DAY = 86400,
	LONGEST = 100000,               /* of any unit */
	USUAL = 5 * DAY                 /* of both MTAs */
};

static int64_t
lifetime_unit(char c)
{
	switch (c) {
	case 's':
		return 1;
	case 'm':
		return 60;
	case 'h':
		return 3600;
	case 'd':
		return DAY;
	case 'w':
		return 7 * (int64_t)DAY;
	}
	return 0;
}

bool
lifetime_amount(struct slice text, int64_t *seconds)
{
	int64_t sum = 0;

	if (text.n == 0)
		return false;
	while (text.n > 0) {
		size_t digits = 0;
		int64_t unit = DAY;
		long number;

		while (digits < text.n && text.p[digits] >= '0' &&
		    text.p[digits] <= '9')
			digits++;
		if (!slice_int(slice_head(text, digits), 0, LONGEST * 10L,
			&number))
			return false;
		if (digits < text.n)
			unit = lifetime_unit(text.p[digits++]);
		if (unit == 0)
			return false;
		sum += number * unit;
		text = slice_from(text, digits);
	}
	*seconds = sum;
	return true;
}

struct lifetime
lifetime_of_cf(struct slice text)
{
	static const char all[] = "O Timeout.queuereturn=";
	static const char normal[] = "O Timeout.queuereturn.normal=";
	static const char dsn[] = "O Timeout.queuereturn.dsn=";
	struct lifetime out = { USUAL, USUAL };
	struct slice line;

	while (slice_next(&text, '\n', &line)) {
		line = slice_trim(line);
		if (slice_istarts(line, slice_of(all))) {
			lifetime_amount(slice_from(line, sizeof(all) - 1),
			    &out.mail);
			out.bounce = out.mail;
		} else if (slice_istarts(line, slice_of(normal)))
			lifetime_amount(slice_from(line, sizeof(normal) - 1),
			    &out.mail);
		else if (slice_istarts(line, slice_of(dsn)))
			lifetime_amount(slice_from(line, sizeof(dsn) - 1),
			    &out.bounce);
	}
	return out;
}

static int
lifetime_read_cf(const struct queue_place *place, struct lifetime *out,
    struct err *e)
{
	struct textfile file;

	if (textfile_read(place->config != NULL ? place->config
		: "/etc/mail/sendmail.cf", &file, e) < 0)
		return -1;
	*out = lifetime_of_cf((struct slice){ file.text, file.n });
	textfile_clear(&file);
	return 0;
}

/* The lines of postconf, one for each value that was asked for. */
struct postconf_answer {
	int64_t value[2];
	size_t count;
};

static int
lifetime_take_line(void *data, struct slice line, struct err *e)
{
	struct postconf_answer *answer = data;
	char shown[80];

	if (answer->count < COUNT_OF(answer->value) &&
	    lifetime_amount(line, &answer->value[answer->count++]))
		return 0;
	slice_show(line, shown, sizeof(shown));
	return err_set(e, "postconf prints %s for how long mail is tried",
	    shown);
}

int
lifetime_read(const struct queue_place *place, struct lifetime *out,
    struct err *e)
{
	struct postconf_answer answer = { .count = 0 };
	char postconf[512];
	const char *mail = "maximal_queue_lifetime";
	const char *bounce = "bounce_queue_lifetime";
	const char *argv[] = { postconf, "-xh", mail, bounce, NULL, NULL,
		NULL };
	const char *program = queue_program(place);
	size_t folder;

	assert(out != NULL);
	if (queue_mta(place) != MTA_POSTFIX)
		return lifetime_read_cf(place, out, e);
	if (program == NULL)
		return err_set(e, "Postfix is not installed");
	folder = slice_rfind(slice_of(program), '/');
	if (folder > sizeof(postconf) - sizeof("/postconf"))
		return err_set(e, "the path of postqueue is too long");
	snprintf(postconf, sizeof(postconf), "%.*s/postconf", (int)folder,
	    program);
	if (place->config != NULL) {
		argv[2] = "-c";
		argv[3] = place->config;
		argv[4] = mail;
		argv[5] = bounce;
	}
	if (mtaprogram_run(argv, lifetime_take_line, &answer, e) < 0)
		return -1;
	if (answer.count != COUNT_OF(answer.value))
		return err_set(e, "postconf does not print for how long mail "
		    "is tried");
	*out = (struct lifetime){ answer.value[0], answer.value[1] };
	return 0;
}
