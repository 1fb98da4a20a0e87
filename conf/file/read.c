/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include <malloc.h>

#include "conf/file/read.h"
#include "conf/file/lint.h"
#include "conf/file/partners.h"
#include "conf/file/tablefile.h"
#include "conf/file/toplevel.h"
#include "conf/syntax/context.h"
#include "conf/syntax/include.h"

/*
 * libconfig grows a list by sixteen places at a time. That is cheap only
 * while a long list is a mapping of its own, which the kernel moves without
 * copying; glibc stops mapping once a large block was freed, unless it is
 * told where the limit is. Measured: without this, 100,000 partners take
 * twice as long.
 */
static void
read_keep_lists_mapped(void)
{
	mallopt(M_MMAP_THRESHOLD, 128 * 1024);
}

static void
read_begin(struct read_context *r, const char *path, struct problems *problems)
{
	struct slice whole = slice_of(path);
	size_t slash = slice_rfind(whole, '/');

	read_keep_lists_mapped();
	memset(r, 0, sizeof(*r));
	r->problems = problems;
	r->policy = xcalloc(1, sizeof(*r->policy));
	r->policy->table = table_create();
	r->arena = table_arena(r->policy->table);
	r->scratch = arena_create(16384);
	r->folder = slash == whole.n ? SLICE("") :
	    arena_copy(r->scratch, slice_head(whole, slash + 1));
	r->digest = digest_begin();
	r->last = &r->trees;
}

static void
read_end(struct read_context *r)
{
	digest_end(&r->digest, r->policy->digest);
	r->policy->files = (struct words){ r->files, r->file_count };
	names_clear(&r->partners);
	names_clear(&r->profiles);
	for (struct tree *t = r->trees; t != NULL; t = t->next) {
		config_destroy(&t->config);
		textfile_clear(&t->source);
	}
	arena_destroy(&r->scratch);
}

static bool
read_open_main(struct read_context *r, const char *path)
{
	struct textfile source;
	struct err e;

	if (textfile_read(arena_string(r->arena, slice_of(path)), &source,
	    &e) == -1) {
		problems_add(r->problems, SEVERITY_ERROR, path, 0, "%s",
		    e.text);
		return false;
	}
	return context_tree(r, &source) != NULL;
}

static void
read_all(struct read_context *r)
{
	toplevel_read(r, config_root_setting(&r->trees->config));
	include_read_all(r);
	partners_read(r);
	tablefile_read_all(r);
	table_seal(r->policy->table);
	lint_policy(r);
}

static struct policy *
read_one(const char *path, struct problems *problems)
{
	size_t before = problems_errors(problems);
	struct read_context r;

	read_begin(&r, path, problems);
	if (read_open_main(&r, path))
		read_all(&r);
	read_end(&r);
	if (problems_errors(problems) != before)
		policy_destroy(&r.policy);
	return r.policy;
}

/*
 * A candidate is only watched: one that cannot be loaded is told, and the
 * policy is loaded without it.
 */
static void
read_candidate(struct policy *policy, struct problems *problems)
{
	struct problems *own = problems_create();
	const char *path = policy->settings.candidate.p;

	policy->candidate = read_one(path, own);
	for (size_t i = 0; policy->candidate == NULL &&
	     i < problems_count(own); i++) {
		const struct problem *p = problems_get(own, i);

		problems_add(problems, SEVERITY_WARNING, p->file, p->line,
		    "candidate not loaded: %s", p->text);
	}
	problems_destroy(&own);
	/* What it would do, not what its own mode would let it do. */
	if (policy->candidate != NULL)
		policy->candidate->settings.mode = MODE_ENFORCE;
}

struct policy *
policy_read(const char *path, struct problems *problems)
{
	struct policy *policy = read_one(path, problems);

	if (policy != NULL && policy->settings.candidate.p != NULL)
		read_candidate(policy, problems);
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
