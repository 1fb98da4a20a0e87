/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include <assert.h>
#include <pthread.h>
#include <stdatomic.h>

#include "milter/session/macro_check.h"
#include "milter/log/faults.h"
#include "milter/log/log.h"
#include "policy/evidence/dialect.h"

enum { SHOWN = 80 };

/* Set by any thread, so that the lock is taken once for each kind of MTA. */
static atomic_bool seen[MTA_COUNT];
/* Under lock: the kinds of MTA that are not logged yet. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct {
	bool pending;
	char version[SHOWN];
} unlogged[MTA_COUNT];

static void
macro_check_first(const struct request *request)
{
	enum mta mta = request->mta;

	assert(mta < MTA_COUNT);
	if (atomic_load_explicit(&seen[mta], memory_order_relaxed))
		return;
	pthread_mutex_lock(&lock);
	if (!atomic_exchange(&seen[mta], true)) {
		slice_show(macros_get(&request->macros, MACRO_MTA_VERSION),
		    unlogged[mta].version, SHOWN);
		unlogged[mta].pending = true;
	}
	pthread_mutex_unlock(&lock);
}

void
macro_check_note(const struct request *request)
{
	const struct macros *m = &request->macros;

	macro_check_first(request);
	if (!macros_has(m, MACRO_CLIENT_ADDR)) {
		fault_count(FAULT_NO_SYMBOLS);
		return;
	}
	if (!macros_has(m, MACRO_MAIL_ADDR))
		fault_count(FAULT_NO_SENDER);
	if (!macros_has(m, MACRO_MTA_VERSION))
		fault_count(FAULT_NO_VERSION);
	/* A rule set may leave it empty; that proves nothing either. */
	if (dialect_of(request->mta)->sends[MACRO_VERIFY] &&
	    macros_has(m, MACRO_TLS_VERSION) &&
	    macros_get(m, MACRO_VERIFY).n == 0)
		fault_count(FAULT_NO_VERIFY);
}

static void
macro_check_log(const struct dialect *dialect, const char *version)
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
		bool pending;

		pthread_mutex_lock(&lock);
		pending = unlogged[i].pending;
		unlogged[i].pending = false;
		memcpy(version, unlogged[i].version, SHOWN);
		pthread_mutex_unlock(&lock);
		if (pending)
			macro_check_log(dialect_of((enum mta)i), version);
	}
}
