/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include <assert.h>
#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "conf/file/read.h"
#include "conf/file/lint.h"
#include "conf/file/partners.h"
#include "conf/file/services.h"
#include "conf/file/tablefile.h"
#include "conf/file/toplevel.h"
#include "conf/syntax/configfile.h"
#include "conf/syntax/include.h"

/* Reads the main file, which becomes the first origin; false when it has syntax
 * errors, which are reported. */
static bool
read_open_main(struct read_context *r, const char *path)
{
	struct textfile file;
	struct err e;

	if (r->source->read(r->source, arena_string(r->arena, slice_of(path)),
		&file, &e) < 0) {
		problems_add(r->problems, SEVERITY_ERROR, path, 0, "%s",
		    e.text);
		return false;
	}
	return configfile_read(r, &file) != NULL;
}

static void
read_all(struct read_context *r)
{
	assert(r->origins != NULL);
	toplevel_read(r, node_root(r->origins));
	include_read_all(r);
	partners_read(r);
	services_read(r);
	tablefile_read_all(r);
	table_seal(r->policy->table);
	policy_find_below_served(r->policy);
	lint_policy(r);
}

/* A policy file that is not in its place. */
struct read_copy {
	const char *basedir;            /* where its place is; NULL: not said */
};

/* copy NULL: it is in its place. */
static struct policy *
read_one(struct filesource *source, const char *path,
    const struct read_copy *copy, struct problems *problems)
{
	size_t before = problems_errors(problems);
	struct read_context r;
	struct policy *policy;

	context_begin(&r, source, path, problems);
	r.strays = copy != NULL && copy->basedir == NULL;
	if (copy != NULL && copy->basedir != NULL)
		context_set_folder(&r, copy->basedir);
	if (read_open_main(&r, path))
		read_all(&r);
	policy = context_end(&r);
	if (problems_errors(problems) != before)
		policy_destroy(&policy);
	return policy;
}

/*
 * A candidate is only for comparison: when it cannot be loaded, that is
 * reported as warnings and the policy is loaded without it.
 */
static void
read_candidate(struct filesource *source, struct policy *policy,
    struct problems *problems)
{
	struct problems *own = problems_create();
	const char *path = policy->settings.candidate.p;

	policy->candidate = read_one(source, path, NULL, own);
	for (size_t i = 0; policy->candidate == NULL &&
	     i < problems_count(own); i++) {
		const struct problem *p = problems_get(own, i);

		problems_add(problems, SEVERITY_WARNING, p->file, p->line,
		    "candidate not loaded: %s", p->text);
	}
	problems_destroy(&own);
	/* It shows what it would enforce, whatever its own mode is. */
	if (policy->candidate != NULL)
		policy->candidate->settings.mode = MODE_ENFORCE;
}

struct policy *
policy_read_from(struct filesource *source, const char *path,
    struct problems *problems)
{
	struct policy *policy = read_one(source, path, NULL, problems);

	if (policy != NULL && policy->settings.candidate.p != NULL)
		read_candidate(source, policy, problems);
	return policy;
}

struct policy *
policy_read(const char *path, struct problems *problems)
{
	return policy_read_from(filesource_disk(), path, problems);
}

/* A pattern finds nothing in a folder that is not there, and every row would be
 * missing without an error. */
static bool
read_is_folder(const char *basedir, struct problems *problems)
{
	struct stat st;

	if (stat(basedir, &st) < 0)
		problems_add(problems, SEVERITY_ERROR, basedir, 0,
		    "--basedir: %s", strerror(errno));
	else if (!S_ISDIR(st.st_mode))
		problems_add(problems, SEVERITY_ERROR, basedir, 0,
		    "--basedir: not a folder");
	else
		return true;
	return false;
}

struct policy *
policy_read_copy(const char *path, const char *basedir,
    struct problems *problems)
{
	struct read_copy copy = { basedir };

	if (basedir != NULL && !read_is_folder(basedir, problems))
		return NULL;
	return read_one(filesource_disk(), path, &copy, problems);
}

/* The first error. */
static void
read_why_not(const struct problems *problems, struct err *e)
{
	for (size_t i = 0; i < problems_count(problems); i++) {
		const struct problem *p = problems_get(problems, i);

		if (p->severity != SEVERITY_ERROR)
			continue;
		err_set(e, "this version does not load it: %s:%u: %s",
		    p->file, p->line, p->text);
		return;
	}
}

struct policy *
policy_restore(struct archive *archive, struct err *e)
{
	struct problems *problems = problems_create();
	struct policy *policy = policy_read_from(archive_source(archive),
	    archive_main(archive), problems);

	if (policy == NULL)
		read_why_not(problems, e);
	else if (strcmp(policy->digest, archive_digest(archive)) != 0) {
		err_set(e, "this version reads another policy from it");
		policy_destroy(&policy);
	}
	problems_destroy(&problems);
	return policy;
}

void
policy_destroy(struct policy **policy)
{
	if (*policy == NULL)
		return;
	policy_destroy(&(*policy)->candidate);
	table_destroy(&(*policy)->table);
	free(*policy);
	*policy = NULL;
}
