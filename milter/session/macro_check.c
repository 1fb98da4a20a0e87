/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include <pthread.h>
#include <stdatomic.h>

#include "milter/session/macro_check.h"
#include "milter/log/faults.h"
#include "milter/log/log.h"
#include "policy/evidence/dialect.h"

enum { SHOWN = 80 };

/* Any thread's: whether an MTA was met, so that the lock is rarely taken. */
static atomic_bool met[MTA_COUNT];
/* Under lock: what is not told yet. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct {
	bool untold;
	char version[SHOWN];
} news[MTA_COUNT];

static void
macro_meet(const struct request *request)
{
	enum mta mta = request->mta;

	if (atomic_load_explicit(&met[mta], memory_order_relaxed))
		return;
	pthread_mutex_lock(&lock);
	if (!atomic_exchange(&met[mta], true)) {
		slice_show(macros_get(&request->macros, MACRO_MTA_VERSION),
		    news[mta].version, SHOWN);
		news[mta].untold = true;
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
	if (settings_recognise_mta(settings) &&
	    !macros_has(m, MACRO_MTA_VERSION))
		fault_count(FAULT_NO_VERSION);
	/* A rule set may leave it empty, which says as little. */
	if (dialect_of(request->mta)->sends[MACRO_VERIFY] &&
	    macros_has(m, MACRO_TLS_VERSION) &&
	    macros_get(m, MACRO_VERIFY).n == 0)
		fault_count(FAULT_NO_VERIFY);
}

static void
macro_tell(const struct dialect *dialect, const char *version)
{
	if (dialect_is_known(dialect))
		log_notice("an MTA of version \"%s\" is judged by the "
		    "%s rules", version, dialect->name);
	else
		log_notice("an MTA of version \"%s\" is not known: its peers "
		    "count as verified only when {verify} is OK; set "
		    "milter.mta", version);
}

void
macro_check_report(void)
{
	for (unsigned i = 0; i < MTA_COUNT; i++) {
		char version[SHOWN];
		bool untold;

		pthread_mutex_lock(&lock);
		untold = news[i].untold;
		news[i].untold = false;
		memcpy(version, news[i].version, SHOWN);
		pthread_mutex_unlock(&lock);
		if (untold)
			macro_tell(dialect_of((enum mta)i), version);
	}
}
