/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "conf/syntax/nearest.h"
#include "conf/help/commands.h"
#include "policy/base/slice.h"

/* A new word for a value, such as HOP, needs its row in
 * conf/help/completion.c, and one in tests/test_commands.c. */
static const struct command commands[] = {
	{ "check", "check the policy file; print its mistakes, or the table as "
	    "understood", cmd_check, {
	    { "", "[--strict] [--against-running] [--basedir DIR] [FILE]",
		"check the policy file; print its mistakes, or the table as "
		"understood",
		"enforcetls check /etc/enforcetls/enforcetls.conf" },
	} },
	{ "map", "print the answer that Postfix would get for a next hop, and "
	    "why", cmd_map, {
	    { "", "KEY [--postfix-version VERSION] [--published TEXT]",
		"print the answer that Postfix would get for this next hop, "
		"and why",
		"enforcetls map bank.example" },
	    { "--export", "--export [FILE]",
		"write the answers for all next hops to a file that Postfix "
		"reads by itself",
		"enforcetls map --export "
		"/var/lib/enforcetls/map/outbound.cdb" },
	    { "--timer", "--export --timer FILE",
		"write it again when an exception has begun or ended",
		"runuser -u enforcetls -- enforcetls map --export --timer \\\n"
		"    /var/lib/enforcetls/map/outbound.cdb" },
	} },
	{ "explain", "show why a recipient was treated as it was, or would be",
	    cmd_explain, {
	    { "", "REF [--for-partner] [--mail-log FILE|journal|none]",
		"show why a recorded recipient was treated as it was",
		"enforcetls explain 4XJ2k" },
	    { "--sender", "--sender ADDRESS --rcpt ADDRESS [--mta MTA] "
		"[--rcpt-host ROUTE] [--macro NAME=VALUE]... [--at DATE]",
		"judge an invented session; without macros it is plaintext",
		"enforcetls explain --sender a@corp.example "
		"--rcpt u@bank.example" },
	} },
	{ "hops", "show the Received hops of a message, and which are believed",
	    cmd_hops, {
	    { "", "[--client ADDRESS | --stored] [--relay RANGE]... FILE",
		"show the Received hops of a message, and which are believed",
		"enforcetls hops --relay 192.0.2.0/24 message.eml" },
	} },
	{ "status", "print the state of the running daemon", cmd_status, {
	    { "", "", "print the state of the running daemon, with each "
		"warning", "enforcetls status" },
	} },
	{ "reload", "make the daemon read the policy file again", cmd_reload, {
	    { "", "[--allow-loss DIGEST --reason WHY]",
		"make the daemon read the policy file again, and print what "
		"changes", "enforcetls reload" },
	} },
	{ "stats", "print the daemon's counters", cmd_stats, {
	    { "", "", "print the daemon's counters, since its start",
		"enforcetls stats" },
	} },
	{ "exception", "allow a partner to prove less until a date",
	    cmd_exception, {
	    { "add", "add PARTNER HOP --floor LEVEL --until DATE --owner WHO "
		"--reason WHY [--from DATE --ticket TICKET --approver WHO "
		"--key DOMAIN --id NAME --override-published --mta MTA "
		"--mta-config PATH --mta-program PATH]",
		"allow a partner to prove less until a date",
		"enforcetls exception add bank outbound --floor encrypt \\\n"
		"    --until 3d --owner ann --reason \"certificate ran out\""
	    },
	    { "list", "list [--due 14d] [--ended]",
		"list the exceptions, and what waits for an approval",
		"enforcetls exception list --due 14d" },
	    { "renew", "renew ID --until DATE --reason WHY",
		"let an exception end at another time",
		"enforcetls exception renew E6 --until 5d --reason late" },
	    { "approve", "approve ID [--reason WHY]",
		"approve what another person has asked for",
		"enforcetls exception approve E6" },
	    { "end", "end ID [--reason WHY]", "end an exception now",
		"enforcetls exception end E6 --reason \"mended\"" },
	    { "history", "history",
		"print who granted and changed what, when and why",
		"enforcetls exception history" },
	} },
	{ "stage", "print how far rules are rolled out, or roll one out",
	    cmd_stage, {
	    { "", "[PARTNER [HOP]]",
		"print the stages, those of a partner with their evidence",
		"enforcetls stage bank" },
	    { "--reason", "PARTNER HOP STAGE --reason WHY "
		"[--require-clean 14d] [--min-messages 100] "
		"[--ignore-client ADDRESS]... [--ignore-unverified] [--force]",
		"set the stage of a rule; a stricter one needs a clean log",
		"enforcetls stage bank inbound defer "
		"--reason \"two clean weeks\"" },
	    { "--end", "PARTNER HOP --end --reason WHY",
		"forget the stage that was set for a rule that is gone",
		"enforcetls stage oldbank entry --end --reason \"it left\"" },
	} },
	{ "pause", "let the rules of a hop only log for a while", cmd_pause, {
	    { "", "[(HOP | --all) --for 4h --reason WHY [--yes] [--mta MTA] "
		"[--mta-config PATH] [--mta-program PATH]]",
		"let the rules of a hop only log for a while, or list the "
		"pauses",
		"enforcetls pause entry --for 4h --reason \"new relay\"" },
	    { "--end", "--end [HOP]", "end the pauses, or that of a hop",
		"enforcetls pause --end entry" },
	} },
	{ "state", "check the exceptions and stages on disk, or repair them",
	    cmd_state, {
	    { "", "", "check the exceptions and stages on disk",
		"enforcetls state" },
	    { "repair", "repair --reason WHY [--clock]",
		"repair them, after a look at the history",
		"enforcetls state repair --reason \"disk was full\"" },
	} },
	{ "whatif", "judge the recorded mail again under another policy",
	    cmd_whatif, {
	    { "", "--policy FILE [--basedir FOLDER] [--since 30d] [--enforce | "
		"--stage STAGE] [LOG...]",
		"judge the recorded mail again under another policy",
		"enforcetls whatif --policy next.conf --since 30d" },
	} },
	{ "log", "print the decisions; check the chain of the log, or make its "
	    "first key", cmd_log, {
	    { "", "[-f] [--since 1h] [--until DATE] [--partner PARTNER] "
		"[--hop HOP] [--address ADDRESS] [--client ADDRESS] [--failed "
		"| --refused | --would-refuse]",
		"print the decisions, those of the last day if no time is "
		"given", "enforcetls log --since 1h --refused" },
	    { "verify", "verify [--key KEYFILE] [FILE]",
		"check that no line of the log was changed or removed",
		"enforcetls log verify" },
	    { "new-key", "new-key", "make the first key of a keyed log",
		"enforcetls log new-key" },
	} },
	{ "partners", "print how far each partner's rules are rolled out, and "
	    "what they judged", cmd_partners, {
	    { "", "[PARTNER | --all]",
		"print how far each partner's rules are rolled out, and what "
		"they judged", "enforcetls partners bank" },
	} },
	{ "services", "print who sends through this server, and which row "
	    "covers it", cmd_services, {
	    { "", "[NAME] [--since 30d] [--all] [LOG...]",
		"print who sends through this server, which row covers it, "
		"and which credentials are not in use",
		"enforcetls services billing" },
	    { "--unlisted", "--unlisted [--since 30d] [LOG...]",
		"propose rows for those that no row covers",
		"enforcetls services --unlisted" },
	} },
	{ "queue", "list the mail that waits for a rule, and what lets it pass",
	    cmd_queue, {
	    { "", "[--partner PARTNER] [--older 1h] [--mta MTA] [--mta-config "
		"PATH] [--mta-program PATH]",
		"list the mail that waits for a rule, and what lets it pass",
		"enforcetls queue --older 1h" },
	} },
	{ "help", "print how the commands, or one of them, are used", cmd_help,
	    {
	    { "", "[COMMAND [WORD]]",
		"print how the commands, one of them, or one word of it, are "
		"used", "enforcetls help exception add" },
	    { "--completion", "--completion SHELL",
		"print what a shell can complete, for the build",
		"enforcetls help --completion bash" },
	    { "--names", "--names KIND",
		"print the names of that kind, for the completion",
		"enforcetls help --names partners" },
	} },
};

const struct command *
commands_at(size_t i)
{
	return i < COUNT_OF(commands) ? &commands[i] : NULL;
}

const struct command *
commands_find(const char *name)
{
	for (size_t i = 0; i < COUNT_OF(commands); i++)
		if (strcmp(commands[i].name, name) == 0)
			return &commands[i];
	return NULL;
}

enum exit_status
commands_unknown(const char *name, FILE *err)
{
	struct nearest nearest;
	char shown[64];

	nearest_init(&nearest, slice_of(name));
	for (size_t i = 0; i < COUNT_OF(commands); i++)
		nearest_offer(&nearest, commands[i].name);
	slice_show(slice_of(name), shown, sizeof(shown));
	fprintf(err, "enforcetls: there is no command \"%s\"%s%s%s\n", shown,
	    nearest.best == NULL ? "; see enforcetls help" : ": did you mean ",
	    nearest.best == NULL ? "" : nearest.best,
	    nearest.best == NULL ? "" : "?");
	return STATUS_FAILED;
}
