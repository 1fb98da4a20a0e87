# SPDX-License-Identifier: BSD-2-Clause
"""What Postfix sends, and what waits, when it uses the map."""

import signal
import time

from departure import (CLEAR, ENCRYPTS, Cutter, Resolver, departure,
                       outbound)
from gateway import row, rule, wants
from postfix import VERSION, pasted
from scenario import scenario

# Postfix's reasons for mail that waits.
NO_STARTTLS = "TLS is required, but was not offered"
REFUSED = "refused to start TLS: 454"
NO_HANDSHAKE = "Cannot start TLS: handshake failure"
NOT_VERIFIED = "Server certificate not verified"
NO_POLICY = "client TLS configuration problem"

# The delay reason of each next hop without TLS.
NO_TLS = {"plain.example": NO_STARTTLS, "refuses.example": REFUSED,
          "breaks.example": NO_HANDSHAKE}
UNVERIFIED = {domain: NOT_VERIFIED for domain in (
    "expired.example", "wrong.example", "unknown.example", "self.example",
    "hosted.example")}
# Postfix still uses TLS 1.0, anonymously, if no row demands more.
OLD = {"old.example": NO_HANDSHAKE}
DOMAINS = {*NO_TLS, *UNVERIFIED, *OLD, "good.example"}

ENCRYPT_PLAIN = outbound("plain", ["plain.example", "good.example"],
                         "encrypt")


def holds(out, wait, arrive, clear=()):
    """Sends to every next hop, waits for a retry, and returns the place of
    each message."""
    sent = out.send_to(DOMAINS)
    for attempt in range(2):
        for one in sent:
            if one.domain in wait:
                one.waits(wait[one.domain])
            elif one.domain in arrive:
                one.arrived()
            elif one.domain in clear:
                one.arrived(encrypted=False)
        time.sleep(1.1)         # past minimal_backoff_time
        out.retry()
    return sent


@scenario("outbound, no rule: mail leaves as it did without us", "departs")
def no_rule(gateway):
    out = departure(gateway)
    out.policy(outbound("other", ["other.example"], "verify"))
    sent = holds(out, {}, ENCRYPTS, CLEAR)
    # Postfix falls back to plaintext once a handshake has failed.
    for one in sent:
        if one.domain == "breaks.example":
            one.arrived(encrypted=False)


@scenario("outbound, log-only mode: the same, whatever rules ask", "departs")
def log_only_mode(gateway):
    out = departure(gateway)
    out.policy(outbound("all", ["*"], "verify", "reject"), mode="log-only")
    holds(out, {}, ENCRYPTS, CLEAR)


@scenario("outbound, stage log-only: the same, whatever the rule asks",
          "departs")
def log_only_stage(gateway):
    out = departure(gateway)
    out.policy(outbound("all", DOMAINS, "verify", "log-only"))
    holds(out, {}, ENCRYPTS, CLEAR)


def at_level(stage):
    @scenario(f"outbound, encrypt at stage {stage}: nothing in the clear, "
              "over a retry", "departs")
    def encrypt(gateway):
        out = departure(gateway)
        out.policy(outbound("all", DOMAINS, "encrypt", stage))
        holds(out, NO_TLS, ENCRYPTS | set(OLD))

    @scenario(f"outbound, verify at stage {stage}: nothing to a peer that is "
              "not verified, over a retry", "departs")
    def verify(gateway):
        out = departure(gateway)
        out.policy(outbound("all", DOMAINS, "verify", stage))
        holds(out, {**NO_TLS, **UNVERIFIED, **OLD}, {"good.example"})


for each in ("defer", "reject"):
    at_level(each)


@scenario("outbound, verify with names: those names and no others",
          "departs")
def names(gateway):
    out = departure(gateway)
    out.policy(
        outbound("hosted", ["hosted.example"], "verify",
                 more='names = [ ".hoster.example" ];'),
        outbound("good", ["good.example"], "verify",
                 more='names = [ "mx.bank.example" ];'))
    out.send("hosted.example").arrived()
    out.send("good.example").waits(NOT_VERIFIED)


@scenario("outbound, a server that shows its certificate only for its name",
          "departs")
def server_name(gateway):
    out = departure(gateway)
    out.policy(outbound("sni", ["sni.example"], "verify"))
    out.send("sni.example").arrived()
    out.reload(outbound("sni", ["sni.example"], "verify",
                        more='servername = "none";'))
    out.send("sni.example").waits(NOT_VERIFIED)
    # The one that it shows by default is pinned.
    pinned = f'fingerprints = [ "{out.fingerprints["sni.example"]}" ];'
    out.reload(outbound("sni", ["sni.example"], "verify", more=pinned))
    out.send("sni.example").arrived()
    out.reload(outbound("sni", ["sni.example"], "verify",
                        more=pinned + ' servername = "hostname";'))
    out.send("sni.example").waits(NOT_VERIFIED)


@scenario("outbound, a filter on loopback gets mail under '*'", "departs")
def filter_on_loopback(gateway):
    out = departure(gateway)
    rest = outbound("all", ["*"], "encrypt")
    hop = f"[127.0.0.1]:{out.filter.port}"
    out.set(content_filter=f"smtp:{hop}")
    try:
        out.policy(rest)
        sent = out.send("plain.example")
        out.mta.settle()
        wants(out.filter.arrivals(sent.subject), "the filter to get it",
              sent.reason())
        out.reload(rest, outbound("filter", [], "encrypt",
                                  keys=f'next_hops = [ "{hop}" ];'))
        out.send("plain.example").waits(NO_STARTTLS)
    finally:
        out.set(content_filter="")


@scenario("outbound, fingerprints: this certificate and no other", "departs")
def fingerprints(gateway):
    out = departure(gateway)
    pinned = {domain: digest for domain, digest in out.fingerprints.items()
              if domain in ENCRYPTS}
    out.policy(*[outbound(f"p{number}", [domain], "verify",
                          more=f'fingerprints = [ "{digest}" ];')
                 for number, (domain, digest) in enumerate(pinned.items())])
    for one in out.send_to(pinned):
        one.arrived()
    strange = out.fingerprints["deep.part.example"]
    out.reload(*[outbound(f"p{number}", [domain], "verify",
                          more=f'fingerprints = [ "{strange}" ];')
                 for number, domain in enumerate(pinned)])
    for one in out.send_to(pinned):
        one.waits(NOT_VERIFIED)


@scenario("outbound, min_tls: mail to an older server waits", "departs")
def min_tls(gateway):
    out = departure(gateway)
    out.policy(outbound("all", ["good.example", "old.example"], "encrypt",
                        more='min_tls = "1.2"; min_grade = "high";'))
    out.send("good.example").arrived()
    out.send("old.example").waits(NO_HANDSHAKE)


@scenario("outbound, dane without DNSSEC: mail waits", "departs")
def dane(gateway):
    out = departure(gateway)
    out.policy(outbound("good", ["good.example"], "verify",
                        more="dane = true;"))
    out.send("good.example").waits(NO_POLICY)


@scenario("outbound, keys: suffix, upper case, U-labels and '*'", "departs")
def keys(gateway):
    out = departure(gateway)
    out.policy(outbound("below", [".part.example"], "verify",
                        more='names = [ "nobody.example" ];'),
               outbound("all", ["*"], "encrypt"))
    out.send("deep.part.example").waits(NOT_VERIFIED)
    out.send("PLAIN.Example").waits(NO_STARTTLS)
    out.reload(outbound("town", ["xn--mnchen-3ya.example"], "encrypt"))
    out.send("münchen.example").waits(NO_STARTTLS)
    out.send("plain.example").arrived(encrypted=False)


@scenario("outbound, a rule being rolled out does not shadow the next one",
          "departs")
def rollout(gateway):
    out = departure(gateway)
    out.policy(outbound("new", ["plain.example"], "verify", "log-only"),
               outbound("all", ["*"], "encrypt"))
    out.send("plain.example").waits(NO_STARTTLS)


@scenario("outbound, a next hop's row and its host's: the stricter wins",
          "departs")
def stricter(gateway):
    out = departure(gateway)
    hop = f"[good.example]:{out.port}"
    out.set(transport_maps=f"inline:{{ {{ x.example = smtp:{hop} }} }}")
    try:
        out.policy(outbound("hop", [], "encrypt",
                            keys=f'next_hops = [ "{hop}" ];'),
                   outbound("host", ["good.example"], "verify",
                            more='names = [ "nobody.example" ];'))
        out.send("x.example").waits(NOT_VERIFIED)
        out.reload(outbound("hop", [], "encrypt",
                            keys=f'next_hops = [ "{hop}" ];'))
        out.send("x.example").arrived()
    finally:
        out.set(transport_maps="")


@scenario("outbound, smtp in a chroot asks the same map", "departs")
def chroot(gateway):
    out = departure(gateway)
    # Names resolve outside of it only.
    hop = f"[{out.addresses['plain.example']}]"
    out.set(transport_maps=f"inline:{{ {{ x.example = smtp:{hop} }} }}")
    out.mta.set_service("smtp/unix/chroot=y")
    try:
        out.policy(outbound("plain", [hop], "encrypt"))
        sent = out.send("x.example").waits(NO_STARTTLS)
        out.reload(outbound("other", ["other.example"], "encrypt"))
        out.retry()
        sent.arrived(encrypted=False)
    finally:
        out.mta.set_service("smtp/unix/chroot=n")
        out.set(transport_maps="")


@scenario("outbound, a relay without STARTTLS: refused at RCPT, and in the "
          "queue it waits", "departs")
def relayhost(gateway):
    out = departure(gateway)
    relay = f"[relay.example]:{out.port}"
    bank = outbound("good", ["good.example"], "encrypt")
    milter = pasted("2d")["smtpd_milters"]
    out.set(relayhost=relay, smtpd_milters=milter)
    try:
        out.policy(bank)
        sent = out.send("good.example")
        wants(sent.said.last.code == 451, "451 at RCPT", sent.said.last)
        # With a row for the relay the route is covered, but proves nothing.
        out.reload(bank, outbound("relay", ["relay.example"], "encrypt"))
        out.send("good.example").waits(NO_STARTTLS)
        out.retry()
        wants(not out.hops["relay.example"].arrivals(), "no arrival",
              "one in the clear")
        out.set(smtpd_milters="")
        # Mail that no milter saw: the map alone does not judge the relay.
        out.reload(bank)
        out.send("good.example").arrived(encrypted=False)
    finally:
        out.set(relayhost="", smtpd_milters="")


# The map itself in trouble


@scenario("outbound, a fallback relay gets a partner's mail by its own row, "
          "or as an unlisted route", "departs")
def fallback_relay(gateway):
    out = departure(gateway)
    plain = outbound("plain", ["plain.example"], "encrypt")
    relay = outbound("relay", ["relay.example"], "encrypt")
    encrypt = 'unlisted_routes = "encrypt";'
    name, in_brackets = "relay.example", f"[relay.example]:{out.port}"
    try:
        for route, rows, settings, waits in (
                (name, [plain], encrypt, False),
                (name, [plain, relay], "", True),
                (in_brackets, [plain], "", False),
                (in_brackets, [plain], encrypt, True),
                (in_brackets, [plain, relay], "", True)):
            out.set(smtp_fallback_relay=route)
            out.policy(*rows, settings=settings)
            sent = out.send("plain.example")
            if waits:
                sent.waits(NO_STARTTLS)
            else:
                sent.arrived(encrypted=False)
    finally:
        out.set(smtp_fallback_relay="")


@scenario("outbound, the map is down: mail waits, and goes when it is back",
          "departs")
def map_down(gateway):
    out = departure(gateway)
    out.policy(ENCRYPT_PLAIN)
    out.stop_daemon()
    good, plain, other = (out.send("good.example"), out.send("plain.example"),
                          out.send("deep.part.example"))
    for one in (good, plain, other):
        one.waits(NO_POLICY)
    out.retry()
    plain.waits(NO_POLICY)
    out.policy(ENCRYPT_PLAIN)
    out.retry()
    good.arrived()
    other.arrived()
    plain.waits(NO_STARTTLS)


@scenario("outbound, the map hangs: nothing leaves until it answers",
          "departs")
def map_hangs(gateway):
    out = departure(gateway)
    out.policy(ENCRYPT_PLAIN)
    out.daemon.freeze()
    try:
        sent = [out.send("plain.example"), out.send("good.example")]
        time.sleep(4)
        wants(not any(one.arrivals() for one in sent), "nothing to leave",
              "an arrival")
    finally:
        out.daemon.signal(signal.SIGCONT)
    sent[0].waits(NO_STARTTLS)
    sent[1].arrived()


@scenario("outbound, the map is killed during a query: mail waits",
          "departs")
def map_killed(gateway):
    out = departure(gateway)
    out.policy(ENCRYPT_PLAIN)
    out.daemon.freeze()
    sent = [out.send("plain.example"), out.send("good.example")]
    time.sleep(1)
    out.daemon.kill()
    for one in sent:
        one.waits(NO_POLICY)
    out.policy(ENCRYPT_PLAIN)
    out.retry()
    sent[0].waits(NO_STARTTLS)
    sent[1].arrived()


def cut_short(octets):
    @scenario(f"outbound, an answer cut after {octets} octets: mail waits",
              "departs")
    def cut(gateway):
        out = departure(gateway)
        behind = out.folder / "behind.sock"
        out.policy(ENCRYPT_PLAIN, listen=behind)
        cutter = Cutter(out.socket, behind, octets)
        try:
            sent = out.send("plain.example").waits(NO_POLICY)
            wants(cutter.answers, "an answer to be cut", "none")
            out.retry()
            sent.waits(NO_POLICY)
        finally:
            cutter.stop()


for number_of_octets in (0, 2, 5, 12):
    cut_short(number_of_octets)


@scenario("outbound, a table loaded while mail waits applies to that mail",
          "departs")
def reloaded(gateway):
    out = departure(gateway)
    out.policy(ENCRYPT_PLAIN)
    first = out.send("plain.example").waits(NO_STARTTLS)
    out.stop_daemon()
    second = out.send("self.example").waits(NO_POLICY)
    out.policy(outbound("self", ["self.example"], "verify"))
    out.retry()
    first.arrived(encrypted=False)
    second.waits(NOT_VERIFIED)
    out.reload(outbound("self", ["self.example"], "encrypt"))
    out.retry()
    second.arrived()


@scenario("outbound, a broken policy file changes nothing", "departs")
def broken_file(gateway):
    out = departure(gateway)
    out.policy(ENCRYPT_PLAIN)
    sent = out.send("plain.example").waits(NO_STARTTLS)
    out.reload(outbound("plain", ["plain.example"], "nonsense"))
    out.retry()
    sent.waits(NO_STARTTLS)


# Routes

@scenario("a route whose next hop no row covers is refused at RCPT",
          "postfix")
def route_uncovered(gateway):
    hop = f"[127.0.0.1]:{gateway.sink.port}"
    bank = row("bank", outbound=rule("encrypt", "defer"))
    gateway.policy(bank)
    sent = gateway.send()
    wants(sent.said.last.code == 451, "451", sent.said.last)
    sent.is_logged(reason="route-uncovered", verdict="fail",
                   applied="defer")
    gateway.policy(row("bank", outbound=rule("encrypt", "log-only")))
    gateway.send().is_delivered().is_logged(
        reason="route-uncovered", verdict="fail", applied="pass")
    gateway.policy(bank, row("relay", ["relay.example"],
                             f'next_hops = [ "{hop}" ];',
                             outbound=rule("encrypt", "defer")))
    gateway.send().is_delivered()


# TLS-Required: no

@scenario("a message with TLS-Required: no is refused before a partner with "
          "an outbound rule", "postfix")
def tls_required_no(gateway):
    hop = f"[127.0.0.1]:{gateway.sink.port}"
    rows = (row("bank", outbound=rule("encrypt", "reject")),
            row("relay", ["relay.example"], f'next_hops = [ "{hop}" ];',
                outbound=rule("encrypt", "defer")))
    asks = 'map = { listen = [ ]; postfix_version = "3.10"; };'
    header = ["TLS-Required: no"]
    gateway.policy(*rows, settings=asks)
    sent = gateway.send(headers=header)
    wants(sent.said.data is not None and not sent.said.data.accepted,
          "a refusal at the end of the message", sent.said.last)
    sent.is_logged(reason="tls-required-no", verdict="fail")
    # Postfix skips any white space.
    for odd in ("TLS-Required:\fno", "TLS-Required:\n\t\v No",
                "tls-required :nO"):
        gateway.send(headers=[odd]).is_refused("550 5.7.10")
    gateway.send(headers=["TLS-Required: yes"]).is_delivered()
    gateway.send().is_delivered()
    # Mail through the relay must meet the relay's row.
    gateway.send("user@plain.example", headers=header).is_refused(
        "451 4.7.10").is_logged(partner="relay", reason="tls-required-no")
    # The header is delivered: it is too late to remove it.
    gateway.policy(*rows, settings=asks + ' tls_required_no = "ignore";')
    arrival = gateway.send(headers=header).is_delivered().arrival
    wants(arrival.header("TLS-Required") == "no", "the header", "none")
    # An older Postfix does not know the header, and uses the map.
    if VERSION < (3, 10):
        gateway.policy(*rows)
        gateway.send(headers=header).is_delivered()


# Published policies

def published(resolver, failure="defer"):
    return {"more": f'published = "inet:127.0.0.1:{resolver.port}:postfix"; '
                    f'published_failure = "{failure}"; deadline = "8s";'}


@scenario("outbound, what a domain publishes is a floor for our rules",
          {"departs", "resolver"})
def published_floor(gateway):
    out = departure(gateway)
    resolver = Resolver(out.lab, {"hosted.example": ["mx.hoster.example"],
                                  "self.example": ["self.example"],
                                  "good.example": ["good.example"]})
    try:
        more = published(resolver)
        out.policy(outbound("x", ["x.example"], "encrypt"), **more)
        # No row: the published policy applies.
        out.send("hosted.example").arrived()
        out.send("self.example").waits(NOT_VERIFIED)
        # A row that demands less does not lower it.
        out.reload(outbound("self", ["self.example"], "encrypt"), **more)
        out.send("self.example").waits(NOT_VERIFIED)
        # A row without names takes the published ones, one with others
        # has none in common with them.
        out.reload(outbound("hosted", ["hosted.example"], "verify"), **more)
        out.send("hosted.example").arrived()
        out.reload(outbound("hosted", ["hosted.example"], "verify",
                            more='names = [ "hosted.example" ];'), **more)
        out.send("hosted.example").waits(NO_POLICY)
        # In log-only mode it is passed on unchanged.
        out.policy(outbound("hosted", ["hosted.example"], "verify",
                            more='names = [ "hosted.example" ];'),
                   mode="log-only", **more)
        out.send("hosted.example").arrived()
        out.send("self.example").waits(NOT_VERIFIED)
    finally:
        resolver.stop()


@scenario("outbound, the server of published policies is gone: no row is "
          "weakened", {"departs", "resolver"})
def published_gone(gateway):
    out = departure(gateway)
    resolver = Resolver(out.lab, {"good.example": ["good.example"]})
    resolver.stop()
    out.policy(ENCRYPT_PLAIN, **published(resolver))
    out.send("plain.example").waits(NO_STARTTLS)
    out.send("good.example").arrived()
    out.send("refuses.example").waits(NO_POLICY)
    out.reload(ENCRYPT_PLAIN, **published(resolver, "ignore"))
    out.send("refuses.example").arrived(encrypted=False)
    out.send("plain.example").waits(NO_STARTTLS)
