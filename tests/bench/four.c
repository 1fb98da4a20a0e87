/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * four - the usual filter: connect, helo, mail, rcpt and end of message
 *
 * Uses the MTA's own macro lists and reads the TLS macros at MAIL, as most
 * filters do. The comparison shows what it saves to request few events.
 */
#include "config.h"

#include <libmilter/mfapi.h>

#include "policy/base/lang.h"
#include "policy/base/slice.h"

static sfsistat
on_connect(SMFICTX *ctx, char *host, _SOCK_ADDR *address)
{
	(void)ctx;
	(void)host;
	(void)address;
	return SMFIS_CONTINUE;
}

static sfsistat
on_helo(SMFICTX *ctx, char *name)
{
	(void)ctx;
	(void)name;
	return SMFIS_CONTINUE;
}

static sfsistat
on_mail(SMFICTX *ctx, char **words)
{
	static const char *const names[] = { "{tls_version}", "{cipher}",
		"{cipher_bits}", "{cert_subject}", "{cert_issuer}",
		"{verify}" };
	size_t bytes = strlen(words[0]);

	for (size_t i = 0; i < COUNT_OF(names); i++) {
		char name[32];
		const char *value;

		snprintf(name, sizeof(name), "%s", names[i]);
		value = smfi_getsymval(ctx, name);
		if (value != NULL)
			bytes += strlen(value);
	}
	return bytes > 0 ? SMFIS_CONTINUE : SMFIS_TEMPFAIL;
}

static sfsistat
on_rcpt(SMFICTX *ctx, char **words)
{
	(void)ctx;
	return *words[0] != '\0' ? SMFIS_CONTINUE : SMFIS_TEMPFAIL;
}

static sfsistat
on_any(SMFICTX *ctx)
{
	(void)ctx;
	return SMFIS_CONTINUE;
}

int
main(int argc, char **argv)
{
	struct smfiDesc filter = {
		.xxfi_name = argv[0],
		.xxfi_version = SMFI_VERSION,
		.xxfi_connect = on_connect,
		.xxfi_helo = on_helo,
		.xxfi_envfrom = on_mail,
		.xxfi_envrcpt = on_rcpt,
		.xxfi_eom = on_any,
		.xxfi_close = on_any,
	};

	if (argc != 2) {
		fprintf(stderr, "usage: four SOCKET\n");
		return 2;
	}
	if (smfi_setconn(argv[1]) != MI_SUCCESS
	    || smfi_register(filter) != MI_SUCCESS
	    || smfi_opensocket(true) != MI_SUCCESS)
		return 1;
	return smfi_main() == MI_SUCCESS ? 0 : 1;
}
