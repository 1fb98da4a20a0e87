/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include <stdio.h>

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

/* Whether the file has that text, or none if text is absent. */
static bool
salvage_has_text(const char *path, const char *name, struct slice text,
    struct arena *a)
{
	struct words found = configfile_salvage(path, name, a);

	return text.p == NULL ? found.count == 0
	    : found.count == 1 && slice_eq(found.list[0], text);
}

static bool
salvage_has_mode(const char *path, const char *name, unsigned mode,
    struct arena *a)
{
	struct words found = configfile_salvage(path, name, a);
	char octal[2][8];

	snprintf(octal[0], sizeof(octal[0]), "%03o", mode);
	snprintf(octal[1], sizeof(octal[1]), "%04o", mode);
	if (found.count == 0)
		return mode == 0660;
	return found.count == 1 &&
	    (slice_eq(found.list[0], slice_of(octal[0])) ||
		slice_eq(found.list[0], slice_of(octal[1])));
}

/* Sockets of one section, which share a group and a mode. */
static bool
salvage_has_section(const char *path, const char *section,
    const struct listen *list, size_t count, struct arena *a)
{
	char listen[32], group[32], mode[32];
	struct words found;

	snprintf(listen, sizeof(listen), "%s.listen", section);
	snprintf(group, sizeof(group), "%s.group", section);
	snprintf(mode, sizeof(mode), "%s.socket_mode", section);
	found = configfile_salvage(path, listen, a);
	if (found.count != count)
		return false;
	for (size_t i = 0; i < count; i++)
		if (!slice_eq(found.list[i], list[i].spec) ||
		    !salvage_has_text(path, group, list[i].group, a) ||
		    !salvage_has_mode(path, mode, list[i].socket_mode, a))
			return false;
	return true;
}

bool
salvage_confirms_sockets(const char *path, const struct settings *settings)
{
	struct arena *a = arena_create(4096);
	bool is = salvage_has_section(path, "milter", &settings->milter,
	    settings->milter.spec.p != NULL, a) &&
	    salvage_has_section(path, "map", settings->maps,
		settings->map_count, a) &&
	    salvage_has_section(path, "control", settings->controls,
		settings->control_count, a);

	arena_destroy(&a);
	return is;
}
