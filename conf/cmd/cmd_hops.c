/* SPDX-License-Identifier: BSD-2-Clause */
/* hops - show the Received hops of a message, and which are believed */
#include "config.h"

#include <assert.h>
#include <jansson.h>

#include "conf/base/messagefile.h"
#include "conf/file/read.h"
#include "conf/tool/command.h"
#include "policy/judge/earlier.h"

enum { OPTION_CLIENT = 256, OPTION_STORED, OPTION_RELAY };
enum { SHOWN = 256 };

/* clang-format off */
static const struct command_option options[] = {
	{ "client", "ADDRESS", OPTION_CLIENT,
	    "the host that delivered the message to us" },
	{ "stored", NULL, OPTION_STORED, "our server wrote the first field" },
	{ "relay", "RANGE", OPTION_RELAY,
	    "our relays, in place of own_relays" },
	{ NULL, NULL, 0, NULL }
};
/* clang-format on */

struct hops_options {
	const char *file;
	bool stored;                    /* the top field is our own MTA's:
	                                 * --stored, or relays without a
	                                 * --client */
	struct netaddr client;          /* who sent it to us; family 0: not
	                                 * known */
	struct relay *relays;           /* those of --relay; owns */
	size_t relay_count, relay_room;
};

static const char *
hops_shown(const char *text, char out[SHOWN])
{
	slice_show(slice_of(text), out, SHOWN);
	return out;
}

static int
hops_take_option(void *data, int option, struct err *e)
{
	struct hops_options *asked = data;
	char text[SHOWN];

	switch (option) {
	case OPTION_CLIENT:
		if (netaddr_from(slice_of(optarg), &asked->client))
			return 0;
		return err_set(e, "--client %s: not an address",
		    hops_shown(optarg, text));
	case OPTION_RELAY:
		assert(asked->relay_count < asked->relay_room);
		if (netrange_from(slice_of(optarg),
			&asked->relays[asked->relay_count].range)) {
			asked->relay_count++;
			return 0;
		}
		return err_set(e, "--relay %s: not an address or a range like "
		    "192.0.2.0/24", hops_shown(optarg, text));
	case OPTION_STORED:
		asked->stored = true;
		break;
	}
	return 0;
}

/* Returns whether to go on; if not, *status is what the command ends with. */
static bool
hops_read_arguments(struct invocation *invocation, struct hops_options *asked,
    enum exit_status *status)
{
	if (!command_read(invocation, options, hops_take_option, asked,
		status))
		return false;
	if (invocation->word_count != 1) {
		*status = command_misused(invocation, "one file, or - for "
		    "standard input");
		return false;
	}
	if (asked->stored && asked->client.family != 0) {
		*status = command_misused(invocation, "--stored or --client, "
		    "not both");
		return false;
	}
	asked->file = invocation->words[0];
	if (asked->client.family == 0 &&
	    (invocation->chosen || asked->relay_count > 0))
		asked->stored = true;
	return true;
}

static json_t *
hops_proof_json(enum proof proof)
{
	switch (proof) {
	case PROOF_UNKNOWN:
		break;
	case PROOF_ABSENT:
		return json_false();
	case PROOF_PRESENT:
		return json_true();
	}
	return json_null();
}

static json_t *
hops_client_json(const struct netaddr *client)
{
	char text[64];

	if (client->family == 0)
		return json_null();
	return json_string(netaddr_show(client, text, sizeof(text)));
}

static json_t *
hops_field_json(size_t index, const struct earlier_field *field,
    struct slice body)
{
	const struct received *r = field->received;
	const struct evidence *e = &r->proof;
	bool has_version = e->tls == PROOF_PRESENT && e->version_text.n > 0;
	json_t *o = json_object();

	json_object_set_new(o, "index", json_integer((json_int_t)index));
	json_object_set_new(o, "from", jsontext_shown(r->from));
	json_object_set_new(o, "client", hops_client_json(&e->client));
	json_object_set_new(o, "by", jsontext_shown(r->by));
	json_object_set_new(o, "with", jsontext_shown(r->with));
	/* As in "proof" of the decision log. */
	json_object_set_new(o, "tls", has_version
		? jsontext_shown(e->version_text)
		: hops_proof_json(e->tls));
	json_object_set_new(o, "cipher", jsontext_shown(e->cipher));
	json_object_set_new(o, "bits", e->bits > 0
		? json_integer(e->bits)
		: json_null());
	json_object_set_new(o, "verified", hops_proof_json(e->verified));
	json_object_set_new(o, "peer", jsontext_shown(e->peer.text));
	json_object_set_new(o, "believed",
	    json_boolean(field->trust != TRUST_NONE));
	json_object_set_new(o, "trail",
	    json_string(received_trust_name(field->trust)));
	json_object_set_new(o, "mta", r->mta == NULL || r->mta[0] == '\0'
		? json_null()
		: json_string(r->mta));
	json_object_set_new(o, "id", jsontext_shown(r->id));
	json_object_set_new(o, "date", jsontext_shown(r->date));
	/* The whole field, for people. */
	if (body.p != NULL && r->passage == PASSAGE_UNKNOWN)
		json_object_set_new(o, "unknown_form",
		    jsontext_shown(slice_trim(body)));
	return o;
}

static json_t *
hops_json(const struct hops_options *asked, const struct earlier *earlier,
    const struct messagefile *message, bool for_people)
{
	json_t *o = json_object(), *list = json_array();

	assert(earlier->field_count <= message->received_count);
	for (size_t i = 0; i < earlier->field_count; i++)
		json_array_append_new(list, hops_field_json(i + 1,
			&earlier->fields[i], for_people ? message->received[i]
			: SLICE_NONE));
	json_object_set_new(o, "file", jsontext_shown(slice_of(asked->file)));
	json_object_set_new(o, "received_count",
	    jsontext_count(message->received_count));
	json_object_set_new(o, "hops", list);
	return o;
}

/* A member of a hop, with before in front; nothing for an absent one. */
static void
hops_print_value(const json_t *hop, const char *key, const char *before,
    FILE *out)
{
	const char *text = jsontext_at(hop, key).p;

	if (text != NULL)
		fprintf(out, "%s%s", before, text);
}

/* For a value of hops_proof_json(), or the text of what was proven. */
static const char *
hops_proof_word(const json_t *proof)
{
	if (json_is_string(proof) || json_is_true(proof))
		return "yes";
	return json_is_false(proof) ? "no" : "unknown";
}

static void
hops_print_tls(const json_t *hop, FILE *out)
{
	fprintf(out, "tls %s", hops_proof_word(json_object_get(hop, "tls")));
	hops_print_value(hop, "tls", " ", out);
	hops_print_value(hop, "cipher", " ", out);
	if (jsontext_number(hop, "bits") > 0)
		fprintf(out, " %lld bits",
		    (long long)jsontext_number(hop, "bits"));
	fprintf(out, ", verified %s",
	    hops_proof_word(json_object_get(hop, "verified")));
	hops_print_value(hop, "peer", " ", out);
}

static void
hops_print_hop(const json_t *hop, FILE *out)
{
	const char *mta = jsontext_at(hop, "mta").p;
	const char *client = jsontext_at(hop, "client").p;

	fprintf(out, "%lld", (long long)jsontext_number(hop, "index"));
	hops_print_value(hop, "unknown_form", " in an unknown format: ",
	    out);
	hops_print_value(hop, "from", " from ", out);
	if (client != NULL)
		fprintf(out, " [%s]", client);
	hops_print_value(hop, "by", " by ", out);
	hops_print_value(hop, "with", " with ", out);
	if (mta != NULL)
		fprintf(out, " (%s)", mta);
	fputs("\n  ", out);
	hops_print_tls(hop, out);
	fprintf(out, "\n  %s%s\n",
	    json_is_true(json_object_get(hop, "believed")) ? "believed: " : "",
	    jsontext_at(hop, "trail").p);
}

static void
hops_print(json_t *o, FILE *out)
{
	const json_t *list = json_object_get(o, "hops"), *hop;
	size_t i, count = (size_t)jsontext_number(o, "received_count");

	json_array_foreach(list, i, hop)
		hops_print_hop(hop, out);
	if (count == 0)
		fputs("no Received field\n", out);
	else if (count > json_array_size(list))
		fprintf(out, "%zu more were not read\n",
		    count - json_array_size(list));
}

/* Why the fields are believed, or are not. */
static void
hops_print_trust(const struct hops_options *asked, bool believed, FILE *out)
{
	if (asked->stored)
		fputs("hop 1 is assumed to end at our own server; if it does "
		    "not, use --client\n", out);
	else if (asked->client.family == 0)
		fputs("nothing is believed: no relay was named by -c or "
		    "--relay\n", out);
	else if (!believed)
		fputs("nothing is believed: the client is not one of our "
		    "relays\n", out);
}

/* Whether a believed field records a transfer without proven TLS. */
static bool
hops_has_findings(const struct earlier *earlier)
{
	for (size_t i = 0; i < earlier->field_count; i++) {
		const struct earlier_field *field = &earlier->fields[i];

		switch (field->trust) {
		case TRUST_RELAYED:
		case TRUST_EDGE:
		case TRUST_UNREADABLE:
			if (field->received->proof.tls != PROOF_PRESENT)
				return true;
			break;
		case TRUST_NONE:
		case TRUST_INSIDE:
		case TRUST_ORIGIN:
			break;
		}
	}
	return false;
}

static enum exit_status
hops_answer(struct invocation *invocation, const struct hops_options *asked,
    const struct settings *settings)
{
	struct arena *a = arena_create(65536);
	bool believed = asked->stored ||
	    settings_relay(settings, &asked->client) != NULL;
	enum exit_status status = STATUS_FAILED;
	struct received_fields fields = { 0 };
	struct messagefile message;
	struct earlier earlier;
	struct err e;

	if (messagefile_read(asked->file, a, &message, &e) < 0) {
		char file[SHOWN];

		fprintf(invocation->err, "enforcetls hops: %s: %s\n",
		    hops_shown(e.file, file), e.text);
		goto out;
	}
	fields.bodies = message.received;
	fields.count = message.received_count;
	earlier_fields(settings, believed, &fields, a, &earlier);
	command_answer(invocation, hops_json(asked, &earlier, &message,
	    !invocation->json), JSONTEXT_PAGE, hops_print);
	if (!invocation->json && message.received_count > 0)
		hops_print_trust(asked, earlier.relayed == PROOF_PRESENT,
		    invocation->out);
	status = hops_has_findings(&earlier) ? STATUS_FINDINGS : STATUS_GOOD;
out:
	arena_destroy(&a);
	return status;
}

/* The policy is read only for its own_relays: not when --relay names them, and
 * not when nothing can be believed. */
static enum exit_status
hops_answer_by_policy(struct invocation *invocation,
    const struct hops_options *asked)
{
	struct settings settings = { .own_relays = asked->relays,
		.own_relay_count = asked->relay_count };
	struct policy *policy;
	enum exit_status status;

	if (asked->relay_count > 0 ||
	    (!asked->stored && asked->client.family == 0))
		return hops_answer(invocation, asked, &settings);
	policy = command_policy_in_force(invocation);
	if (policy == NULL)
		return STATUS_FAILED;
	status = hops_answer(invocation, asked, &policy->settings);
	policy_destroy(&policy);
	return status;
}

enum exit_status
cmd_hops(struct invocation *invocation)
{
	struct hops_options asked = { .file = NULL };
	enum exit_status status;

	/* Each --relay is an argument. */
	asked.relay_room = (size_t)invocation->argc;
	asked.relays = xcalloc(asked.relay_room, sizeof(*asked.relays));
	if (hops_read_arguments(invocation, &asked, &status))
		status = hops_answer_by_policy(invocation, &asked);
	free(asked.relays);
	return status;
}
