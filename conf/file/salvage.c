/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "conf/file/salvage.h"
#include "conf/file/toplevel.h"
#include "conf/syntax/configfile.h"

#define DEFAULT_SOCKET "unix:" RUNSTATEDIR "/enforcetls/control.sock"

void
salvage_controls(const char *path, struct arena *a, struct settings *out)
{
	struct words found = configfile_salvage(path, "control.listen", a);
	size_t count = found.count == 0 ? 1 : found.count;
	struct listen *list = arena_array(a, count, sizeof(*list));

	list[0].spec = SLICE(DEFAULT_SOCKET);
	for (size_t i = 0; i < found.count; i++)
		list[i].spec = found.list[i];
	*out = (struct settings){ .controls = list, .control_count = count };
}

const char *
salvage_state(const char *path, struct arena *a)
{
	struct words found = configfile_salvage(path, "state", a);
	struct settings defaults;

	if (found.count == 1 && slice_starts(found.list[0], SLICE("/")))
		return arena_string(a, found.list[0]);
	toplevel_defaults(a, &defaults);
	return defaults.state.p;
}
