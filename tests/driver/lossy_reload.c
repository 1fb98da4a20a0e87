/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include <time.h>

#include "conf/base/control.h"
#include "policy/base/jsontext.h"
#include "tests/driver/lossy_reload.h"

enum { TRIES = 250 };

/* Returns the answer, new; NULL with e filled. Takes request. */
static json_t *
ask(const char *socket, json_t *request, struct err *e)
{
	char where[512];
	struct listen control;
	struct settings settings = { .controls = &control,
		.control_count = 1 };
	struct timespec pause = { 0, 20 * 1000000L };
	enum control_reach reach = CONTROL_NO_DAEMON;
	json_t *answer = NULL;

	snprintf(where, sizeof(where), "unix:%s", socket);
	control = (struct listen){ .spec = slice_of(where) };
	/* A daemon that has just started opens it last. */
	for (int i = 0; i < TRIES && reach == CONTROL_NO_DAEMON; i++) {
		reach = control_ask(&settings, -1, request, &answer, e);
		if (reach == CONTROL_NO_DAEMON)
			nanosleep(&pause, NULL);
	}
	json_decref(request);
	return reach == CONTROL_ANSWERED ? answer : NULL;
}

int
lossy_reload(const char *socket, struct err *e)
{
	json_t *answer = ask(socket, json_pack("{s:s}", "do", "reload"), e);
	const char *digest = jsontext_at(json_object_get(answer, "difference"),
	    "digest").p;
	bool loaded;

	if (answer == NULL)
		return -1;
	if (json_is_false(json_object_get(answer, "ok")) && digest != NULL) {
		json_t *again = ask(socket, json_pack("{s:s,s:s,s:s}", "do",
		    "reload", "allow_loss", digest, "reason", "a test"), e);

		json_decref(answer);
		answer = again;
	}
	if (answer == NULL)
		return -1;
	loaded = json_is_true(json_object_get(answer, "ok"));
	if (!loaded)
		err_set(e, "%s", jsontext_at(answer, "error").p);
	json_decref(answer);
	return loaded ? 0 : -1;
}
