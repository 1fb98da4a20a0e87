# SPDX-License-Identifier: BSD-2-Clause
"""Why a certificate was not verified, as explain tells it from the MTA's log."""

import json

from gateway import row, rule, wants
from lab import PATIENCE, LabError, wait_until
from scenario import scenario
from scenarios_exceptions import Administrator

BANK = row("bank", inbound=rule("verify",
                                more='names = [ "mx1.bank.example" ];'))
UNVERIFIED = "554 5.7.5"
# The settings of the MTA that log why.
WHY = {"smtpd_tls_loglevel": "summary, untrusted"}
CAUSES = {
    "expired": "expired",
    "not_yet_valid": "not-yet-valid",
    "self_signed": "self-signed",
    "unknown_ca": "unknown-issuer",
    "server_only": "wrong-purpose",
    None: "no-certificate",
}


def refused(gateway, certificate, codes=UNVERIFIED, **how):
    """The reference of a message from the bank that is refused."""
    sent = gateway.send(sender="clerk@bank.example", to="user@corp.example",
                        tls=True, certificate=certificate, **how)
    sent.is_refused(codes)
    gateway.wait_for_records(sent.since)
    return gateway.records(sent.since)[0]["ref"]


def explained(admin, ref, log, *words):
    """The only value that explain prints."""
    one, = json.loads(admin.types("--json", "explain", ref, "--mail-log", log,
                                  *words, expect=1))
    return one


def tells(admin, ref, log, cause):
    """Fails unless explain names this cause; the log is written late."""
    def came():
        said = explained(admin, ref, log)["decisions"][0]["cause"]
        return said if said["name"] == cause else None

    try:
        return wait_until(came, PATIENCE / 3, "the log")
    except LabError:
        wants(False, cause, explained(admin, ref, log)["decisions"][0])


def each_is_told(gateway, admin):
    """Every cause, and what their postmaster reads of it."""
    log = gateway.mta.log
    for certificate, cause in CAUSES.items():
        ref = refused(gateway, certificate)
        said = tells(admin, ref, log, cause)
        wants(said["unknown_because"] is None and said["advice"],
              "no doubt", said)
        notice = explained(admin, ref, log, "--for-partner")
        wants(notice["cause"] == cause and notice["remedy"],
              f"a notice about {cause}", notice)


@scenario("explain, Postfix: why a client certificate was not verified is "
          "told from the mail log", "postfix")
def postfix_causes(gateway):
    with Administrator(gateway.daemon) as admin, gateway.mta.changed(**WHY):
        gateway.policy(BANK, settings=admin.settings)
        each_is_told(gateway, admin)


@scenario("explain, Postfix: level 1 logs whether a certificate was shown, "
          "and level 0 nothing, which explain says", "postfix")
def postfix_levels(gateway):
    log = gateway.mta.log
    with Administrator(gateway.daemon) as admin:
        gateway.policy(BANK, settings=admin.settings)
        with gateway.mta.changed(smtpd_tls_loglevel="1"):
            said = tells(admin, refused(gateway, "expired"), log,
                         "unverified")
            wants("smtpd_tls_loglevel" in said["advice"], "a setting", said)
            tells(admin, refused(gateway, None), log, "no-certificate")
            # Postfix logs the same where it asks for none.
            said = tells(admin, refused(gateway, "partner", listener="noask"),
                         log, "no-certificate")
            wants("smtpd_tls_ask_ccert" in said["advice"], "a setting", said)
        with gateway.mta.changed(smtpd_tls_loglevel="0"):
            ref = refused(gateway, "expired")
            wait_until(lambda: f"; ref {ref})" in gateway.mta.logged(),
                       PATIENCE, "the refusal in the log")
            said = tells(admin, ref, log, "unknown")
            wants("no line about the TLS" in said["unknown_because"]
                  and "smtpd_tls_loglevel" in said["advice"],
                  "what to set", said)


@scenario("explain, Postfix: without a mail log it says which was looked for, "
          "and what to set", "postfix")
def postfix_without_log(gateway):
    missing = gateway.mta.log.with_name("no.log")
    with Administrator(gateway.daemon) as admin:
        gateway.policy(BANK, settings=admin.settings)
        ref = refused(gateway, "expired")
        said = admin.types("explain", ref, "--mail-log", missing, expect=1)
        wants(f"{missing}: No such file" in said
              and "smtpd_tls_loglevel" in said, "the file and a setting",
              said)


@scenario("explain, Postfix: two sessions of one client at a time are told "
          "apart, and what a client writes into the log is not believed",
          "postfix")
def postfix_hostile(gateway):
    log = gateway.mta.log
    forged = ("client certificate verification failed for unknown[127.0.0.1]:"
              " certificate has expired")
    with Administrator(gateway.daemon) as admin, gateway.mta.changed(**WHY):
        gateway.policy(BANK, settings=admin.settings)
        with gateway.session(tls=True) as one, \
                gateway.session(certificate="expired") as other:
            one.ehlo(forged)
            one.command(forged)
            sent = gateway.hand_over(one, sender="clerk@bank.example",
                                     to="user@corp.example")
            gateway.wait_for_records(sent.since)
            also = gateway.hand_over(other, sender="clerk@bank.example",
                                     to="user@corp.example")
            gateway.wait_for_records(also.since)
        tells(admin, gateway.records(sent.since)[0]["ref"], log,
              "no-certificate")
        tells(admin, gateway.records(also.since)[0]["ref"], log, "expired")


@scenario("explain, Postfix: a certificate without a CN is said as what it is, "
          "with a way that works", "postfix")
def postfix_without_cn(gateway):
    log = gateway.mta.log
    with Administrator(gateway.daemon) as admin:
        gateway.policy(BANK, settings=admin.settings)
        ref = refused(gateway, "san_only", "550 5.7.1")
        said = explained(admin, ref, log)["decisions"][0]
        wants(said["reason"] == "name-missing" and "cause" not in said
              and "issuers" in said["to_pass"], "name-missing", said)
        notice = explained(admin, ref, log, "--for-partner")
        wants("common name" in notice["problem"], "the CN", notice)
        # What explain says to add to the rule.
        gateway.reload(row("bank", inbound=rule("verify", more="""
            peers = ( { names = [ "mx1.bank.example" ]; },
                      { issuers = [ "Lab trusted CA" ];
                        clients = [ "127.0.0.1" ]; } );""")),
                       settings=admin.settings)
        gateway.send(sender="clerk@bank.example", to="user@corp.example",
                     tls=True, certificate="san_only").is_delivered()


@scenario("explain, Sendmail: why a client certificate was not verified is "
          "told from the mail log", "sendmail")
def sendmail_causes(gateway):
    with Administrator(gateway.daemon) as admin:
        gateway.policy(BANK, settings=admin.settings)
        each_is_told(gateway, admin)
        tells(admin, refused(gateway, "partner", listener="noask"),
              gateway.mta.log, "not-asked")


@scenario("explain, Sendmail: whether a certificate was shown is known "
          "without a log", "sendmail")
def sendmail_without_log(gateway):
    with Administrator(gateway.daemon) as admin:
        gateway.policy(BANK, settings=admin.settings)
        tells(admin, refused(gateway, "expired"), "none", "unverified")
        tells(admin, refused(gateway, None), "none", "no-certificate")
