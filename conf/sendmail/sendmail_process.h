/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * sendmail_process - the Sendmail that runs, as its pid file has it
 *
 * Its first line is the process, its second the command line.
 */
#ifndef CONF_SENDMAIL_SENDMAIL_PROCESS_H
#define CONF_SENDMAIL_SENDMAIL_PROCESS_H

#include <time.h>

#include "conf/mta/mta_config.h"

struct sendmail_process {
	struct mta_process process;
	time_t since;                   /* the pid file was written: it read its
	                                 * configuration then; 0: not known */
	struct slice config;            /* of -C; absent: the usual file */
	struct slice tag;               /* of -L; absent: "sendmail" */
	struct slice *settings;         /* of -O and -o, as "Name=value" */
	size_t setting_count;
};

/* Reads a command line, into the arena. */
void sendmail_process_read_line(struct slice line, struct arena *a,
    struct sendmail_process *out);

/* Reads the pid file at path, into the arena. Without one nothing runs. -1 with
 * e filled when it is there and cannot be read. */
int sendmail_process_read(const char *path, struct arena *a,
    struct sendmail_process *out, struct err *e);
#endif
