# SPDX-License-Identifier: BSD-2-Clause
"""What stands around a hop: postscreen, logins, several mail exchangers, a
daemon that is stopped in mid-session, a disk that is full."""

import signal
import threading
import time

from client import message
from departure import CLEAR, departure, outbound
from gateway import STRANGER, answers, row, rule, wants
from postfix import SASL_PASSWORD, SASL_USER
from scenario import scenario
from scenarios_exceptions import Administrator, PLAINTEXT

BANK = row("bank", entry=rule("encrypt"))
HELD = row("held", entry=rule("encrypt", "hold"))
PARTNER = "clerk@bank.example"
NO_STARTTLS = "TLS is required, but was not offered"
NOT_VERIFIED = "Server certificate not verified"


# postscreen

@scenario("behind postscreen: plaintext is refused, TLS and its certificate "
          "are seen, and the port tells the listener", "postfix")
def postscreen(gateway):
    port = gateway.mta.listeners["screened"].port
    named = row("named", inbound=rule(
        "verify", more='names = [ "mx1.bank.example" ];'))
    for settings, codes in (
            ("", "550 5.7.10"),
            (f'listeners = ( {{ port = {port}; as = "proxied"; }} );\n',
             "451 4.3.5")):
        gateway.policy(BANK, named, settings=settings)
        gateway.send(listener="screened").is_refused(codes)
    gateway.policy(BANK, named)
    gateway.send(listener="screened", tls=True).is_untouched().is_logged(
        verdict="pass", client_addr="127.0.0.1")
    gateway.send("user@corp.example", "a@named.example", listener="screened",
                 certificate="partner").is_untouched().is_logged(
                     proof={"verified": True})
    gateway.send("user@corp.example", "a@named.example",
                 listener="screened").is_refused("550 5.7.10")


# Logins

@scenario("a login before STARTTLS is none after it", needs="login")
def login_before_starttls(gateway):
    gateway.policy(row("bank", inbound=rule(
        "verify", more=f'logins = [ "{SASL_USER}" ];')))
    with gateway.session("submission") as session:
        answers(session.login(SASL_USER, SASL_PASSWORD),
                gateway.mta.says["logged in"], "AUTH")
        if session.starttls().code == 220:
            session.ehlo()
        sent = gateway.hand_over(session, "user@corp.example", PARTNER)
        wants(not sent.said.last.accepted, "a refusal", sent.said.last)
        gateway.mta.settle()
        wants(not gateway.sink.arrivals(sent.subject), "no arrival",
              "an arrival")


@scenario("the snippet leaves the administrator's own rules for TLS clients in "
          "use", "sendmail")
def own_rules(gateway):
    gateway.policy(BANK)
    for begun, rules in (
            ("MAIL", "LOCAL_TLS_CLIENT\nR$* $| MAIL\t$#error $@ 5.7.0 "
                     '$: "550 ours"'),
            ("STARTTLS", "LOCAL_TLS_CLIENT\nR$+ $| STARTTLS\t$#error $@ "
                         '5.7.0 $: "550 ours"')):
        with gateway.mta.configured(rulesets=rules):
            sent = gateway.send("user@plain.example", tls=True)
            wants("ours" in sent.said.last.text, f"{begun}: ours",
                  sent.said.last)
            gateway.mta.settle()
            wants(not gateway.sink.arrivals(sent.subject), "nothing",
                  "an arrival")


# Several mail exchangers

DNS = {"smtp_dns_support_level": "enabled", "smtp_host_lookup": "dns"}


@scenario("outbound, several mail exchangers: only those that satisfy the rule "
          "get mail, whatever their order", "departs")
def several(gateway):
    out = departure(gateway)
    encrypt = outbound("several", ["several.example"], "encrypt")
    verify = outbound("several", ["several.example"], "verify",
                      more='names = [ "good.example" ];')
    with out.mta.changed(**DNS):
        for hosts, rows, where in (
                (["plain.example", "wrong.example"], [encrypt], "wrong"),
                (["refuses.example", "breaks.example", "good.example"],
                 [encrypt], "good"),
                (["wrong.example", "self.example", "good.example"], [verify],
                 "good"),
                (["good.example", "plain.example"], [verify], "good"),
                (["plain.example", "refuses.example"], [encrypt], None),
                (["wrong.example", "plain.example"], [verify], None)):
            out.names.mx = {"several.example": hosts}
            out.policy(*rows)
            arrives(out, where)


def arrives(out, where):
    """At that host, over TLS, or nowhere."""
    sent = out.send("several.example")
    out.mta.settle()
    out.retry()
    came = [domain for domain, hop in out.hops.items()
            if hop.arrivals(sent.subject)]
    wants(came == ([f"{where}.example"] if where else []), where, came)
    wants(all(one.encrypted for one in sent.arrivals()), "TLS", "the clear")


# A daemon that is stopped

@scenario("a daemon that is stopped after RCPT and goes on later: the message "
          "that was to be held is not taken", "postfix")
def stopped_in_session(gateway):
    gateway.policy(HELD, BANK)
    for listener in ("impatient", "hastyproxy"):
        subject = gateway.subject()
        with gateway.session(listener) as session:
            session.mail(STRANGER)
            answers(session.rcpt("user@held.example"), "250 2.1.5", "RCPT")
            with gateway.daemon.frozen():
                reply = session.data(message(subject))
            wants(reply.code == 451, "451", reply)
        gateway.mta.settle()
        wants(not gateway.sink.arrivals(subject), "nothing", "delivery")
        gateway.send("user@held.example").is_held()
        gateway.mta.empty_queue()


@scenario("a daemon that is stopped for a moment is waited for", "postfix")
def stopped_for_a_moment(gateway):
    gateway.policy(BANK)
    with gateway.session() as session:
        session.mail(STRANGER)
        gateway.daemon.freeze()
        threading.Timer(1, gateway.daemon.signal, [signal.SIGCONT]).start()
        answers(session.rcpt("user@bank.example"), "550 5.7.10", "RCPT")


# Mail from an own relay, with fields that a stranger wrote

OWN = 'own_relays = [ "127.0.0.1" ];\n'
DATE = "Thu, 26 Nov 2026 05:00:00 +0000"
PLAIN_HOP = ("Received: from stranger.example (unknown [192.0.2.77])\n"
             "\tby edge.corp.example (Postfix) with ESMTP id 4XPLAIN\n"
             f"\tfor <user@bank.example>; {DATE} (UTC)")
TLS_HOP = ("Received: from stranger.example (unknown [192.0.2.77])\n"
           "\t(using TLSv1.3 with cipher TLS_AES_256_GCM_SHA384 (256/256 "
           "bits))\n\t(No client certificate requested)\n"
           "\tby edge.corp.example (Postfix) with ESMTPS id 4XTLS\n"
           f"\tfor <user@bank.example>; {DATE} (UTC)")
# Each is what the stranger sent; the edge's own field is above.
FORGED = {
    "the same with TLS": [TLS_HOP],
    "many": [TLS_HOP] * 30,
    "lower case": [TLS_HOP.replace("Received", "received")],
    "a blank before the colon": [TLS_HOP.replace("Received:", "Received :")],
    "from the edge to itself": [TLS_HOP.replace("192.0.2.77", "127.0.0.1")],
    "a comment that is never closed": [TLS_HOP.replace("(UTC)", "(")],
    "an empty field before it": ["Received: ", TLS_HOP],
}


@scenario("mail from an own relay: fields below the relay's own prove nothing")
def forged_below(gateway):
    gateway.policy(BANK, settings=OWN)
    for what, fields in FORGED.items():
        sent = gateway.send(headers=[PLAIN_HOP, *fields], tls=True)
        wants(not sent.said.last.accepted, f"{what}: a refusal",
              sent.said.last)
        gateway.mta.settle()
        wants(not gateway.sink.arrivals(sent.subject), f"{what}: nothing",
              "an arrival")
    gateway.send(headers=[TLS_HOP, PLAIN_HOP], tls=True).is_untouched()


@scenario("mail from an own relay without a field that can be read waits")
def no_field(gateway):
    gateway.policy(BANK, settings=OWN)
    for fields in ([], ["Received: by edge.corp.example"],
                   [TLS_HOP.replace("Received:", "X-Received:")],
                   ["Received: from a (unknown [192.0.2.77]) by b with "
                    + "x" * 3000 + f" ESMTPS; {DATE}"]):
        sent = gateway.send(headers=fields, tls=True)
        wants(sent.said.last.code == 451, f"{fields[:1]}: 451",
              sent.said.last)
        gateway.mta.settle()
        wants(not gateway.sink.arrivals(sent.subject), "nothing",
              "an arrival")
