/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include <pthread.h>
#include <stdatomic.h>

#include "milter/session/macro_check.h"
#include "milter/log/faults.h"
#include "milter/log/log.h"
#include "policy/evidence/evidence.h"

enum { DIALECTS = DIALECT_SENDMAIL + 1, SHOWN = 80 };

/* Any thread's: whether a dialect was met, so that the lock is rarely taken. */
static atomic_bool met[DIALECTS];
/* Under lock: what is not told yet. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct {
	bool untold;
	char version[SHOWN];
} news[DIALECTS];

static void
macro_meet(const struct request *request)
{
	enum dialect dialect = request->dialect;

	if (atomic_load_explicit(&met[dialect], memory_order_relaxed))
		return;
	pthread_mutex_lock(&lock);
	if (!atomic_exchange(&met[dialect], true)) {
		slice_show(macros_get(&request->macros, MACRO_MTA_VERSION),
		    news[dialect].version, SHOWN);
		news[dialect].untold = true;
	}
	pthread_mutex_unlock(&lock);
}

void
macro_check_note(const struct settings *settings, const struct request *request)
{
	const struct macros *m = &request->macros;

	macro_meet(request);
	if (!macros_has(m, MACRO_CLIENT_ADDR)) {
		fault_count(FAULT_NO_SYMBOLS);
		return;
	}
	if (!macros_has(m, MACRO_MAIL_ADDR))
		fault_count(FAULT_NO_SENDER);
	if (settings->mta == MTA_AUTO && !macros_has(m, MACRO_MTA_VERSION))
		fault_count(FAULT_NO_VERSION);
	/* A rule set may leave it empty, which says as little. */
	if (request->dialect == DIALECT_SENDMAIL &&
	    macros_has(m, MACRO_TLS_VERSION) &&
	    macros_get(m, MACRO_VERIFY).n == 0)
		fault_count(FAULT_NO_VERIFY);
}

static void
macro_tell(enum dialect dialect, const char *version)
{
	switch (dialect) {
	case DIALECT_POSTFIX:
	case DIALECT_SENDMAIL:
		log_notice("an MTA of version \"%s\" is judged by the "
		    "%s rules", version, dialect_name(dialect));
		return;
	case DIALECT_CAREFUL:
		break;
	}
	log_notice("an MTA of version \"%s\" is not known: its peers "
	    "count as verified only when {verify} is OK; set milter.mta",
	    version);
}

void
macro_check_report(void)
{
	for (unsigned i = 0; i < DIALECTS; i++) {
		char version[SHOWN];
		bool untold;

		pthread_mutex_lock(&lock);
		untold = news[i].untold;
		news[i].untold = false;
		memcpy(version, news[i].version, SHOWN);
		pthread_mutex_unlock(&lock);
		if (untold)
			macro_tell(i, version);
	}
}
