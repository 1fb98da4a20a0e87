/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "conf/state/change_event.h"
#include "policy/base/jsontext.h"
#include "policy/base/text.h"

void
change_event_text(json_t *object, const char *key, struct slice text)
{
	if (text.p != NULL)
		json_object_set_new(object, key, json_stringn(text.p, text.n));
}

int
change_event_write(char *event, size_t size, json_t *object, struct err *e)
{
	char *json = jsontext_dump(object, JSONTEXT_LINE);
	size_t n = json == NULL ? 0 : strlen(json);
	struct text text;

	json_decref(object);
	if (n < 2) {
		free(json);
		return err_set(e, "the change is not UTF-8 text");
	}
	text_init(&text, event, size);
	text_slice(&text, (struct slice){ json + 1, n - 2 });
	free(json);
	if (text.cut)
		return err_set(e, "owner, ticket or approver is too long");
	return 0;
}
