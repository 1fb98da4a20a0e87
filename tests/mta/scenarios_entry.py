# SPDX-License-Identifier: BSD-2-Clause
"""Mail for a partner whose `entry` rule asks for encryption: every stage."""

import ssl

from gateway import answers, row, rule, wants
from scenario import scenario

STAGES = ("log-only", "tag", "hold", "defer", "reject")


@scenario("plaintext to an entry=encrypt partner is refused 550 5.7.10")
def plaintext_is_refused(gateway):
    gateway.policy(row("bank", entry=rule("encrypt")))
    sent = gateway.send()
    sent.is_refused("550 5.7.10").is_logged(
        hop="entry", partner="bank", destination="bank.example",
        reason="plaintext", verdict="fail", stage="reject", planned="reject",
        applied="reject", outcome="refused", rcpt_addr="user@bank.example")
    wants("plaintext" in sent.said.last.text, "the reason in the reply",
          sent.said.last)


@scenario("plaintext at stage defer gets 451 4.7.10")
def plaintext_is_deferred(gateway):
    gateway.policy(row("bank", entry=rule("encrypt", "defer")))
    gateway.send().is_refused("451 4.7.10").is_logged(
        planned="defer", applied="defer", verdict="fail")


@scenario("plaintext at stage tag is delivered with our header")
def plaintext_is_tagged(gateway):
    gateway.policy(row("bank", entry=rule("encrypt", "tag")))
    gateway.send().is_tagged().is_logged(
        planned="tag", applied="tag", verdict="fail", outcome="accepted")


@scenario("plaintext at stage hold waits in quarantine until it is released",
          needs="hold")
def plaintext_is_held(gateway):
    gateway.policy(row("bank", entry=rule("encrypt", "hold")))
    sent = gateway.send()
    sent.is_held().is_logged(
        planned="hold", applied="hold", verdict="fail", outcome="accepted")
    gateway.mta.release(gateway.mta.held()[0].queue_id)
    sent.is_delivered()


@scenario("plaintext at stage log-only is delivered untouched, and logged")
def plaintext_is_only_logged(gateway):
    gateway.policy(row("bank", entry=rule("encrypt", "log-only")))
    gateway.send().is_untouched().is_logged(
        verdict="fail", reason="plaintext", stage="log-only", applied="pass",
        outcome="accepted")


def log_only_mode(stage):
    @scenario(f"mode log-only over stage {stage}: delivered untouched, and "
              "logged as what would have been")
    def untouched(gateway):
        gateway.policy(row("bank", entry=rule("encrypt", stage)),
                       mode="log-only")
        planned = "pass" if stage == "log-only" else stage
        gateway.send().is_untouched().is_logged(
            verdict="fail", stage=stage, planned=planned, applied="pass",
            outcome="accepted")


for each in STAGES:
    log_only_mode(each)


@scenario("encrypted mail to an entry=encrypt partner is delivered")
def encrypted_is_delivered(gateway):
    gateway.policy(row("bank", entry=rule("encrypt")))
    gateway.send(tls=True).is_untouched(["user@bank.example"]).is_logged(
        verdict="pass", applied="pass", outcome="accepted", reason="ok",
        proof={"tls": "TLSv1.3"})


def encrypted_at(stage):
    @scenario(f"encrypted mail at stage {stage} is delivered untouched")
    def untouched(gateway):
        gateway.policy(row("bank", entry=rule("encrypt", stage)))
        gateway.send(tls=True).is_untouched().is_logged(verdict="pass")


for each in ("tag", "hold", "defer"):
    encrypted_at(each)


@scenario("plaintext to a domain without a rule is delivered")
def others_are_left_alone(gateway):
    gateway.policy(row("bank", entry=rule("encrypt")))
    gateway.send(to="user@plain.example").is_untouched().is_not_logged(
        rcpt_addr="user@plain.example")


@scenario("of several recipients only the partner's is refused")
def the_others_go_on(gateway):
    gateway.policy(row("bank", entry=rule("encrypt")))
    sent = gateway.send(to=["one@plain.example", "user@bank.example",
                            "two@plain.example"])
    answers(sent.said.rcpt[1], "550 5.7.10", "the partner's RCPT")
    sent.is_untouched(["one@plain.example", "two@plain.example"])
    sent.is_logged(rcpt_addr="user@bank.example", outcome="refused")
    sent.is_not_logged(rcpt_addr="one@plain.example")


@scenario("a sub-domain is covered by .suffix, the bare name is not")
def suffix_covers_sub_domains(gateway):
    gateway.policy(row("bank", [".bank.example"], entry=rule("encrypt")))
    gateway.send(to="user@a.b.Bank.Example").is_refused("550 5.7.10")
    gateway.send(to="user@bank.example").is_untouched()


@scenario("a new row in log-only removes nothing from an enforcing *")
def a_new_row_does_not_shadow(gateway):
    gateway.policy(
        row("bank", entry=rule("encrypt", "log-only")),
        row("all", ["*"], entry=rule("encrypt")))
    gateway.send().is_refused("550 5.7.10").is_logged(
        partner="bank", verdict="fail").is_logged(
        partner="all", applied="reject")


@scenario("a row that enforces less than * applies to its own mail")
def the_most_specific_row_speaks(gateway):
    gateway.policy(
        row("bank", entry=rule("none", "defer")),
        row("all", ["*"], entry=rule("encrypt")))
    gateway.send().is_untouched()
    gateway.send(to="user@plain.example").is_refused("550 5.7.10")


@scenario("TLS 1.2 where min_tls is 1.3 is refused 554 5.7.10")
def old_tls_is_refused(gateway):
    gateway.policy(row("bank", entry=rule("encrypt",
                                          more='min_tls = "1.3";')))
    gateway.send(tls=True, version=ssl.TLSVersion.TLSv1_2).is_refused(
        "554 5.7.10").is_logged(reason="version-too-low",
                                proof={"tls": "TLSv1.2"})
    gateway.send(tls=True, version=ssl.TLSVersion.TLSv1_3).is_untouched()


@scenario("a watched demand is logged and never acts")
def watch_only_logs(gateway):
    gateway.policy(row("bank", entry=rule(
        "encrypt", more='watch = { min_tls = "1.3"; };')))
    gateway.send(tls=True, version=ssl.TLSVersion.TLSv1_2).is_untouched(
        ).is_logged(verdict="pass", applied="pass")


@scenario("IPv6 clients are judged like all others", needs="ipv6")
def ipv6_is_judged(gateway):
    gateway.policy(row("bank", entry=rule("encrypt")))
    gateway.send(listener="mx6").is_refused("550 5.7.10").is_logged(
        reason="plaintext")
    gateway.send(listener="mx6", tls=True).is_untouched()


@scenario("the wrapper port counts as encrypted", needs="wrapper")
def wrapper_port_is_encrypted(gateway):
    gateway.policy(row("bank", entry=rule("encrypt")))
    gateway.send(listener="wrapper").is_untouched().is_logged(verdict="pass")


@scenario("a chrooted smtpd reaches the daemon's socket", needs="chroot")
def chrooted_is_judged(gateway):
    gateway.policy(row("bank", entry=rule("encrypt")))
    gateway.send(listener="chrooted").is_refused("550 5.7.10")
    gateway.send(listener="chrooted", tls=True).is_untouched()


@scenario("postmaster of a served domain is reached in plaintext")
def postmaster_is_reached(gateway):
    gateway.policy(
        row("own", ["corp.example"], entry=rule(
            "encrypt", more="acknowledge_rfc3207 = true;")),
        settings='served_domains = [ "corp.example" ];')
    gateway.send(to="user@corp.example").is_refused("550 5.7.10")
    gateway.send(to="PostMaster@Corp.Example").is_untouched().is_logged(
        partner="own", verdict="fail", applied="pass")


@scenario("a bare <postmaster> is reached in plaintext")
def bare_postmaster_is_reached(gateway):
    gateway.policy(
        row("own", ["corp.example"], entry=rule(
            "encrypt", more="acknowledge_rfc3207 = true;")),
        settings='served_domains = [ "corp.example" ];')
    sent = gateway.send(to="Postmaster").is_untouched()
    # Postfix adds its own domain; to Sendmail it is a local user.
    if gateway.mta.name == "postfix":
        sent.is_logged(partner="own", verdict="fail", applied="pass")


@scenario("postmaster of a partner's domain is no exemption")
def foreign_postmaster_is_judged(gateway):
    gateway.policy(row("bank", entry=rule("encrypt")),
                   settings='served_domains = [ "corp.example" ];')
    gateway.send(to="postmaster@bank.example").is_refused("550 5.7.10")


@scenario("a bounce from a stranger is deferred, never refused for good")
def null_sender_is_deferred(gateway):
    gateway.policy(row("bank", entry=rule("encrypt")))
    gateway.send(sender="").is_refused("451 4.7.10").is_logged(
        sender="", planned="reject", applied="defer")


@scenario("a bounce from the partner, with its certificate, is delivered")
def null_sender_with_tls_is_delivered(gateway):
    gateway.policy(row("bank", entry=rule(
        "verify", more='names = [ "mx1.bank.example" ];')))
    gateway.send(sender="", certificate="partner").is_untouched()
    gateway.send(sender="", certificate="other").is_refused("451 4.7.0")


@scenario("null_sender = enforce refuses a bounce, log-only delivers it")
def null_sender_is_a_setting(gateway):
    gateway.policy(row("bank", entry=rule("encrypt")),
                   settings='null_sender = "enforce";')
    gateway.send(sender="").is_refused("550 5.7.10")
    gateway.policy(row("bank", entry=rule("encrypt")),
                   settings='null_sender = "log-only";')
    gateway.send(sender="").is_untouched().is_logged(
        planned="reject", applied="pass")


@scenario("local_clients cross no wire: logged, and accepted")
def local_clients_are_exempt(gateway):
    gateway.policy(row("bank", entry=rule("encrypt")),
                   settings='local_clients = [ "127.0.0.7" ];')
    gateway.send(source="127.0.0.7").is_untouched()
    gateway.send(source="127.0.0.8").is_refused("550 5.7.10")


@scenario("the reply carries the help_url and a reference")
def the_reply_helps(gateway):
    gateway.policy(row("bank", entry=rule("encrypt")),
                   settings='help_url = "https://corp.example/100%tls";')
    sent = gateway.send()
    record = gateway.record(sent.since, {"outcome": "refused"})
    text = sent.said.last.text
    wants("https://corp.example/100%tls" in text, "the help_url whole", text)
    wants(record["ref"] in text, f"reference {record['ref']}", text)
