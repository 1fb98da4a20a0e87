/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include <stdio.h>

#include "policy/table/service.h"
#include "policy/base/text.h"

void
service_add(const struct service *service, struct text *out)
{
	struct peer_group find = service->find;

	/* They are demanded, and find nobody. */
	find.issuers = (struct words){ 0 };
	peer_group_add(&find, out);
	for (size_t i = 0; i < service->place_count; i++) {
		const struct service_place *place = &service->places[i];
		char shown[80];

		if (place->port != 0)
			snprintf(shown, sizeof(shown), "%d", place->port);
		else
			slice_show(place->name, shown, sizeof(shown));
		text_add(out, "%s%s", i == 0 ? " listeners=" : "|", shown);
	}
}
