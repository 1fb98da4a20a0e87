/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * bare - the filter that enforcetlsd is compared with
 *
 * Negotiates the given actions, steps and symbol lists, which are those of the
 * daemon. At RCPT it reads every macro of the list, and it accepts everything:
 * the cost without any decision.
 */
#include "config.h"

#include <libmilter/mfapi.h>

#include "policy/base/slice.h"

enum { STAGES = 7, NAMES = 64 };

static unsigned long wanted_actions, wanted_steps;
static char *lists[STAGES];
static char *names[NAMES];
static size_t name_count;

static sfsistat
on_negotiate(SMFICTX *ctx, unsigned long offered_actions,
    unsigned long offered_steps, unsigned long spare1, unsigned long spare2,
    unsigned long *actions, unsigned long *steps, unsigned long *p_spare1,
    unsigned long *p_spare2)
{
	(void)spare1;
	(void)spare2;
	for (int i = 0; i < STAGES; i++)
		if (lists[i] != NULL)
			smfi_setsymlist(ctx, i, lists[i]);
	*actions = wanted_actions & offered_actions;
	*steps = wanted_steps & offered_steps;
	*p_spare1 = *p_spare2 = 0;
	return SMFIS_CONTINUE;
}

static sfsistat
on_mail(SMFICTX *ctx, char **words)
{
	(void)ctx;
	(void)words;
	/* libmilter logs every answer that is not expected. */
	return (wanted_steps & SMFIP_NR_MAIL) != 0 ? SMFIS_NOREPLY
	    : SMFIS_CONTINUE;
}

static sfsistat
on_rcpt(SMFICTX *ctx, char **words)
{
	size_t bytes = strlen(words[0]);

	for (size_t i = 0; i < name_count; i++) {
		const char *value = smfi_getsymval(ctx, names[i]);

		if (value != NULL)
			bytes += strlen(value);
	}
	return bytes > 0 ? SMFIS_CONTINUE : SMFIS_TEMPFAIL;
}

static sfsistat
on_any(SMFICTX *ctx)
{
	(void)ctx;
	return SMFIS_CONTINUE;
}

static void
cut_names(const char *list)
{
	struct slice rest = slice_of(list), word;

	while (name_count < NAMES && slice_next(&rest, ' ', &word)) {
		names[name_count] = strndup(word.p, word.n);
		if (names[name_count] != NULL)
			name_count++;
	}
}

int
main(int argc, char **argv)
{
	struct smfiDesc filter = {
		.xxfi_name = argv[0],
		.xxfi_version = SMFI_VERSION,
		.xxfi_flags = SMFIF_ADDHDRS | SMFIF_QUARANTINE,
		.xxfi_envfrom = on_mail,
		.xxfi_envrcpt = on_rcpt,
		.xxfi_eom = on_any,
		.xxfi_abort = on_any,
		.xxfi_close = on_any,
		.xxfi_negotiate = on_negotiate,
	};

	if (argc != 4 + STAGES) {
		fprintf(stderr, "usage: bare SOCKET ACTIONS STEPS LIST...\n"
		    "seven lists, \"-\" for the MTA's own\n");
		return 2;
	}
	wanted_actions = strtoul(argv[2], NULL, 16);
	wanted_steps = strtoul(argv[3], NULL, 16);
	filter.xxfi_flags = wanted_actions;
	for (int i = 0; i < STAGES; i++)
		if (strcmp(argv[4 + i], "-") != 0)
			lists[i] = argv[4 + i];
	if (lists[SMFIM_ENVRCPT] != NULL)
		cut_names(lists[SMFIM_ENVRCPT]);
	if (smfi_setconn(argv[1]) != MI_SUCCESS
	    || smfi_register(filter) != MI_SUCCESS
	    || smfi_opensocket(true) != MI_SUCCESS)
		return 1;
	return smfi_main() == MI_SUCCESS ? 0 : 1;
}
