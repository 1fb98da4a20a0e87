# SPDX-License-Identifier: BSD-2-Clause
"""What only Postfix does: routes, entry points, configured macros."""

from client import hand_over, message
from gateway import STRANGER, answers, row, rule, wants
from lab import PATIENCE, wait_until
from postfix import (ALIAS_DOMAIN, LIST_DOMAIN, LISTED_NEXT_HOP, LMTP_DOMAIN,
                     LMTP_NEXT_HOP, LOCAL_DOMAIN, PIPE_DOMAIN, PIPE_NEXT_HOP)
from scenario import scenario
from sink import Sink

BANK = row("bank", entry=rule("encrypt"))
ROUTED = {
    "an LMTP socket": (LMTP_DOMAIN, LMTP_NEXT_HOP),
    "a pipe": (PIPE_DOMAIN, PIPE_NEXT_HOP),
    "a list of next hops": (LIST_DOMAIN, LISTED_NEXT_HOP),
}


def routed(what, domain, next_hop):
    """A {rcpt_host} that is no domain: never 553, never missed."""
    recipient = f"user@{domain}"

    @scenario(f"{{rcpt_host}} is {what}: the domain's row is found",
              needs="routes")
    def domain_is_found(gateway):
        gateway.policy(row("routed", [domain], entry=rule("encrypt")))
        gateway.send(recipient).is_refused("550 5.7.10")
        gateway.send(recipient, tls=True).is_untouched([recipient])

    @scenario(f"{{rcpt_host}} is {what}: the next hop's row is found",
              needs="routes")
    def next_hop_is_found(gateway):
        gateway.policy(row("routed", ["unrelated.example"],
                           f'next_hops = [ "{next_hop}" ];',
                           entry=rule("encrypt")))
        gateway.send(recipient).is_refused("550 5.7.10").is_logged(
            partner="routed")
        gateway.send(recipient, tls=True).is_untouched()

    @scenario(f"{{rcpt_host}} is {what}: never 553 where no row matches",
              needs="routes")
    def never_553(gateway):
        gateway.policy(BANK)
        gateway.send(recipient).is_untouched([recipient])


for each, (domain_name, hop) in ROUTED.items():
    routed(each, domain_name, hop)


@scenario("{rcpt_host} lists a host: its row in domains is found",
          needs="routes")
def listed_host_is_found(gateway):
    gateway.policy(row("gw", ["gw.bank.example"], entry=rule("encrypt")))
    gateway.send(f"user@{LIST_DOMAIN}").is_refused("550 5.7.10")


@scenario("{rcpt_host} is an alias's error text: judged by its own domain",
          needs="routes")
def alias_is_judged(gateway):
    gateway.policy(BANK)
    gateway.send(f"user@{ALIAS_DOMAIN}").is_untouched(["user@plain.example"])
    gateway.policy(row("alias", [ALIAS_DOMAIN], entry=rule("encrypt")))
    gateway.send(f"user@{ALIAS_DOMAIN}").is_refused("550 5.7.10")


@scenario("the percent hack does not walk around a row", needs="routes")
def percent_hack(gateway):
    gateway.policy(BANK)
    gateway.send(f"user%bank.example@{LOCAL_DOMAIN}").is_refused("550 5.7.10")
    gateway.send(f"bank.example!user@{LOCAL_DOMAIN}").is_refused("550 5.7.10")
    gateway.send(f'"user@bank.example"@{LOCAL_DOMAIN}').is_refused(
        "550 5.7.10")
    gateway.send("@relay.example:user@bank.example").is_refused("550 5.7.10")


@scenario("an unreadable destination is refused 553 5.1.3")
def unknown_destination(gateway):
    gateway.policy(BANK)
    gateway.send("user@xn--a.example").is_refused("553 5.1.3")


@scenario("a certificate forged by milter_macro_defaults on plaintext is "
          "refused", needs="forged macros")
def forged_certificate(gateway):
    gateway.policy(row("bank", inbound=rule(
        "verify", more='names = [ "mx1.bank.example" ];')))

    def send(**options):
        return gateway.send("user@corp.example", "clerk@bank.example",
                            listener="forged", **options)

    send().is_refused("550 5.7.10").is_logged(reason="plaintext")
    # Shows that the forgery arrives: over TLS nothing distinguishes a macro
    # that the administrator configured from a real one.
    send(tls=True).is_delivered()


@scenario("the daemon hangs: mail waits until it runs again",
          needs="postfix")
def hanging(gateway):
    gateway.policy(BANK)
    with gateway.session("impatient") as session:
        gateway.hand_over(session).is_refused("550 5.7.10")
        with gateway.daemon.frozen():
            gateway.hand_over(session).is_refused("451 4.7.1")
            gateway.hand_over(session, "user@plain.example").is_refused(
                "451 4.7.1")
    gateway.send(listener="impatient").is_refused("550 5.7.10")
    gateway.send(listener="impatient", tls=True).is_untouched()


@scenario("XCLIENT inside TLS: a proxied listener proves nothing",
          needs="xclient")
def proxied_is_unknown(gateway):
    gateway.policy(BANK, settings='listeners = ( { daemon_name = "proxied"; '
                   'as = "proxied"; } );')
    # The proxy replaces the listener's port and address.
    for more in {}, {"destaddr": "192.0.2.1", "destport": "25"}:
        with gateway.session("proxied", certificate="partner") as session:
            answers(session.xclient(addr="192.0.2.66", name="[UNAVAILABLE]",
                                    **more), "220", "XCLIENT")
            session.ehlo()
            sent = gateway.hand_over(session)
        wants(sent.said.last.code == 451, "a deferral", sent.said.last)
        sent.is_refused(sent.said.last.codes)
        sent.is_logged(verdict="undecided", client_addr="192.0.2.66")


@scenario("XCLIENT LOGIN is no login", needs="xclient")
def xclient_login(gateway):
    gateway.policy(row("bank", inbound=rule(
        "verify", more='logins = [ "relay@corp.example" ];')))
    with gateway.session("proxied", tls=True) as session:
        session.xclient(addr="192.0.2.66", login="relay@corp.example")
        session.ehlo()
        gateway.hand_over(session, "user@corp.example", "clerk@bank.example"
                          ).is_refused("530 5.7.0")


@scenario("sendmail(1) is exempt: it crossed no hop", needs="sendmail(1)")
def sendmail_is_exempt(gateway):
    gateway.policy(BANK)
    since = len(gateway.records())
    subject = gateway.subject()
    gateway.mta.submit("me@corp.example", ["user@bank.example"],
                       message(subject))
    wants(gateway.sink.wait(subject), "delivery", "nothing")
    gateway.record(since, {"partner": "bank", "verdict": "fail",
                           "applied": "pass", "outcome": "accepted"})


@scenario("sendmail(1) judged is refused as a whole, never wedged",
          needs="sendmail(1)")
def sendmail_is_judged(gateway):
    gateway.policy(BANK, settings='local_submission = "judge";')
    since = len(gateway.records())
    subject = gateway.subject()
    gateway.mta.submit("me@corp.example",
                       ["user@plain.example", "user@bank.example"],
                       message(subject))
    gateway.record(since, {"partner": "bank", "outcome": "refused",
                           "verdict": "fail", "reason": "plaintext"})
    bounced = "Undelivered Mail Returned to Sender"
    wait_until(lambda: any("me@corp.example" in one.recipients
                           and f"Subject: {subject}" in one.lines
                           for one in gateway.sink.arrivals(bounced)),
               PATIENCE, "the bounce to the sender")
    gateway.mta.settle()
    wants(not gateway.sink.arrivals(subject), "no delivery at all", "one")
    wants(not gateway.mta.maildrop(), "an empty maildrop", "a file")
    wants(not gateway.mta.queue(), "an empty queue", gateway.mta.queue())


@scenario("sendmail(1) judged, to a domain without a rule, is delivered",
          needs="sendmail(1)")
def sendmail_to_others(gateway):
    gateway.policy(BANK, settings='local_submission = "judge";')
    subject = gateway.subject()
    gateway.mta.submit("me@corp.example", ["user@plain.example"],
                       message(subject))
    wants(gateway.sink.wait(subject), "delivery", "nothing")


def with_filter(gateway, back):
    """An after-queue filter that hands everything back to a listener."""
    said = []

    def hand_back(arrival):
        with gateway.session(back) as session:
            said.append(hand_over(session, arrival.sender,
                                  arrival.recipients, arrival.subject))
        return str(said[-1].last)

    return Sink(gateway.mta.filter_port, on_arrival=hand_back), said


@scenario("an after-queue filter may hand mail back on loopback",
          needs="reinject")
def reinjected(gateway):
    port = gateway.mta.listeners["reinject"].port
    gateway.policy(BANK, settings='listeners = ( '
                   f'{{ port = {port}; as = "reinject"; }} );')
    filtering, said = with_filter(gateway, "reinject")
    try:
        gateway.send(listener="filtered").is_refused("550 5.7.10")
        wants(not said, "nothing to reach the filter", said)
        gateway.send(listener="filtered", tls=True).is_delivered(
            ["user@bank.example"])
    finally:
        filtering.stop()


@scenario("without the listener declared the filter's plaintext is refused",
          needs="reinject")
def undeclared_reinjection(gateway):
    gateway.policy(BANK)
    filtering, said = with_filter(gateway, "reinject")
    try:
        sent = gateway.send(listener="filtered", tls=True)
        wait_until(lambda: said, PATIENCE, "the filter to hand it back")
        answers(said[0].rcpt[0], "550 5.7.10", "the filter's RCPT")
        gateway.mta.settle()
        wants(not gateway.sink.arrivals(sent.subject), "no delivery", "one")
    finally:
        filtering.stop()


@scenario("a reinject listener is no open door for other addresses",
          needs="reinject")
def reinject_only_from_loopback(gateway):
    port = gateway.mta.listeners["proxied"].port
    gateway.policy(BANK, settings='listeners = ( '
                   f'{{ port = {port}; as = "reinject"; }} );')
    with gateway.session("proxied") as session:
        session.xclient(addr="192.0.2.66", name="[UNAVAILABLE]")
        session.ehlo()
        said = hand_over(session, STRANGER, ["user@bank.example"], "door")
    answers(said.rcpt[0], "550 5.7.10", "RCPT of a stranger")


@scenario("under another mail_name Postfix is read by its shape",
          needs="forged macros")
def another_mail_name(gateway):
    gateway.mta.set(mail_name="Postcow")
    try:
        gateway.policy(row("bank", inbound=rule(
            "verify", more='names = [ "mx1.bank.example" ];')))

        def send(**options):
            return gateway.send("user@corp.example", "clerk@bank.example",
                                **options)

        send(certificate="partner").is_untouched(
            ).is_logged(mta="postfix", verdict="pass")
        send(certificate="other").is_refused("550 5.7.1")
        send(tls=True).is_refused("554 5.7.5")
        send().is_refused("550 5.7.10").is_logged(mta="postfix")
    finally:
        gateway.mta.set(mail_name="Postfix")
