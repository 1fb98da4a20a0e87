# SPDX-License-Identifier: BSD-2-Clause
"""What Sendmail sends, and what waits, when it uses the map."""

import itertools
import os
import pathlib
import pwd

import certificates
from client import Session, hand_over, prepare
from daemon import Daemon
from departure import outbound
from gateway import Broken, STRANGER, wants
from lab import can_connect, wait_until
from postfix import ALIAS_DOMAIN
from scenario import scenario
from sendmail import Sendmail
from sink import Sink

SNIPPET = (pathlib.Path(__file__).resolve().parent.parent.parent
           / "contrib/sendmail/enforcetls-map.m4")

# All mail goes to this next hop, by address; the tests vary what it shows.
# Sendmail takes its name from the hosts file.
SERVER = "localhost"


class Server:
    """A next hop as Sendmail reaches it."""

    def __init__(self, lab, made, names, issuer="trusted", over=False,
                 fault=None):
        self.port = lab.port()
        certificate = None
        if names is not None:
            certificate = made.make(
                f"server_{self.port}", "/CN=server", issuer, "serverAuth",
                ",".join(f"DNS:{name}" for name in names),
                certificates.OVER if over
                else certificates.NOW)
        self.sink = Sink(self.port, certificate, fault=fault)
        lab.at_exit(self.sink.stop)


class SendmailOut:
    """A Sendmail that queries the daemon before each RCPT it sends."""

    def __init__(self, gateway):
        self.lab = gateway.lab.inner()
        self.made = certificates.Certificates(
            self.lab.folder("certificates"))
        self.port = self.lab.port()
        self.servers = {
            "good": Server(self.lab, self.made, [SERVER]),
            "plain": Server(self.lab, self.made, None),
            "refuses": Server(self.lab, self.made, None, fault="refuses"),
            "breaks": Server(self.lab, self.made, None, fault="breaks"),
            "expired": Server(self.lab, self.made, [SERVER], over=True),
            "wrong": Server(self.lab, self.made, ["wrong.example"]),
            "unknown": Server(self.lab, self.made, [SERVER], "unknown"),
            "self": Server(self.lab, self.made, [SERVER], "self"),
        }
        self.rulesets = ("define(`confENFORCETLS_MAP', "
                         f"`inet:{self.port}@127.0.0.1')dnl\n"
                         f"include(`{SNIPPET}')")
        self.mta = Sendmail(
            self.lab, self.made, self.servers["good"].sink, milter="",
            mailertable={".": f"esmtp:{SERVER}"},
            rulesets=self.rulesets)
        self.daemon = Daemon(self.lab, gateway.daemon.program,
                             self.lab.root / "unused.sock", "root", "asked")
        self._names = itertools.count(1)
        self.server = None
        self.mta.start()

    def policy(self, *rows, **options):
        self.daemon.stop()
        self.daemon.write(rows, settings='map = { listen = [ "inet:127.0.0.1:'
                          f'{self.port}" ]; }};', **options)
        self.daemon.start()
        wait_until(lambda: can_connect("127.0.0.1", self.port), 10,
                   "the map to listen")

    def towards(self, server):
        """Sends everything to this server from now on."""
        if self.server != server:
            self.mta.stop()
            self.mta.configure(smtp_port=self.servers[server].port)
            self.mta.start()
            self.server = server
        self.mta.empty_queue()

    def route(self, hop):
        """Sends everything to this host."""
        self.mta.stop()
        self.mta.configure(mailertable={".": f"esmtp:{hop}"})
        self.mta.start()

    def send(self, domain="bank.example"):
        subject = f"sendmail departure {next(self._names)}"
        with Session(self.mta.listeners["mx"]) as session:
            prepare(session)
            hand_over(session, STRANGER, [f"user@{domain}"], subject)
            session.quit()
        return subject

    def arrived(self, subject):
        return [arrival for server in self.servers.values()
                for arrival in server.sink.arrivals(subject)]

    def goes(self, encrypted):
        """Mail goes out now, over TLS or in the clear."""
        subject = self.send()
        came = self.servers[self.server].sink.wait(subject, seconds=10)
        if not came or came[0].encrypted != encrypted:
            raise Broken(f"{self.server}: wanted delivery, over TLS: "
                         f"{encrypted}; came: {came}\n"
                         + self.mta.logged()[-1500:])

    def waits(self, words, retries=1):
        """Mail stays in the queue, with this reason, also after a retry."""
        before = len(self.mta.logged())
        subject = self.send()
        for _ in range(retries + 1):
            wait_until(lambda: self.mta.queue(), 10, "mail to wait")
            wait_until(lambda: words in self.mta.logged()[before:], 10,
                       f"{words!r} in Sendmail's log:\n"
                       + self.mta.logged()[before:][-1500:])
            before = len(self.mta.logged())
            self.mta.retry()
        wants(self.mta.queue(), f"{self.server}: mail to wait", "none waits")
        wants(not self.arrived(subject), f"{self.server}: no arrival",
              "an arrival")


def sendmail_out(gateway):
    """The worker's; made for the first scenario that needs it."""
    if not hasattr(gateway, "sendmail_out"):
        gateway.sendmail_out = SendmailOut(gateway)
    return gateway.sendmail_out


BANK = ["bank.example"]
NAMED = f'names = [ "{SERVER}" ];'


@scenario("outbound, Sendmail, no rule and log-only: mail leaves as before",
          "sendmail")
def untouched(gateway):
    out = sendmail_out(gateway)
    out.policy(outbound("other", ["other.example"], "verify"))
    for server, encrypted in (("plain", False), ("good", True),
                              ("self", True)):
        out.towards(server)
        out.goes(encrypted)
    out.policy(outbound("bank", BANK, "verify"), mode="log-only")
    out.goes(True)
    out.towards("plain")
    out.goes(False)


@scenario("outbound, Sendmail, encrypt: nothing in the clear, over a retry",
          "sendmail")
def encrypt(gateway):
    out = sendmail_out(gateway)
    out.policy(outbound("bank", BANK, "encrypt"))
    for server in ("plain", "refuses"):
        out.towards(server)
        out.waits("plaintext by rule of bank")
    out.towards("breaks")
    out.waits("stat=Deferred")
    for server in ("good", "expired", "wrong", "unknown", "self"):
        out.towards(server)
        out.goes(True)


@scenario("outbound, Sendmail, verify: nothing to a peer not verified, over "
          "a retry", "sendmail")
def verify(gateway):
    out = sendmail_out(gateway)
    out.policy(outbound("bank", BANK, "verify", more=NAMED))
    for server, words in (("plain", "plaintext"),
                          ("expired", "peer-not-verified"),
                          ("unknown", "peer-not-verified"),
                          ("self", "peer-not-verified"),
                          ("wrong", "identity-mismatch")):
        out.towards(server)
        out.waits(f"{words} by rule of bank")
    out.towards("good")
    out.goes(True)
    out.policy(outbound("bank", BANK, "verify",
                        more='names = [ "mx.bank.example" ];'))
    out.waits("identity-mismatch by rule of bank")


@scenario("outbound, Sendmail, '*' does not cover a server on loopback",
          "sendmail")
def loopback(gateway):
    out = sendmail_out(gateway)
    rest = outbound("all", ["*"], "encrypt")
    out.policy(rest)
    out.towards("plain")
    for hop in (SERVER, "[127.0.0.1]"):
        out.route(hop)
        try:
            out.policy(rest)
            out.goes(False)
            # A partner's row holds its mail there, until a row names it.
            out.policy(rest, outbound("bank", BANK, "encrypt"))
            out.waits("plaintext by rule of bank")
            out.policy(rest, outbound("bank", BANK, "encrypt"),
                       outbound("filter", [], "none",
                                keys=f'next_hops = [ "{hop}" ];'))
            out.mta.empty_queue()
            out.goes(False)
        finally:
            out.route(SERVER)


@scenario("outbound, Sendmail, '*' covers a server with a name below "
          "localhost, which an MX record can have", "sendmail")
def below_localhost(gateway):
    out = sendmail_out(gateway)
    out.towards("plain")
    out.route("mx.localhost")
    try:
        out.policy(outbound("all", ["*"], "encrypt"))
        out.waits("plaintext by rule of all")
    finally:
        out.route(SERVER)


# Mail that no milter sees

ACCOUNT = "games"           # a user that every Debian has


def hidden(name):
    """The partner's address that what Sendmail does later leads to."""
    return f"by.{name}@bank.example"


def later(out):
    """Settings of Sendmail that make other mail of mail that a milter saw."""
    folder = out.lab.folder("forward")
    forward, members = folder / ACCOUNT, folder / "members"
    forward.write_text(hidden("forward") + "\n")
    members.write_text(hidden("list") + "\n")
    user = pwd.getpwnam(ACCOUNT)
    os.chown(forward, user.pw_uid, user.pw_gid)
    return {
        "more": f"define(`confFORWARD_PATH', `{folder}/$u')dnl",
        "local_flags": "+w",
        "local": [ALIAS_DOMAIN, "here.example"],
        "aliases": {"root": "postmaster", "alias": hidden("alias"),
                    "list": f":include:{members}",
                    "bounce": "/no/such/folder/file"},
        "virtusertable": {f"user@{ALIAS_DOMAIN}": hidden("virtual")},
    }


# What each makes of mail: the recipient that a milter saw, and the sender.
LATER = {
    "alias": ("alias@here.example", STRANGER),
    "list": ("list@here.example", STRANGER),
    "forward": (f"{ACCOUNT}@here.example", STRANGER),
    "virtual": (f"user@{ALIAS_DOMAIN}", STRANGER),
}
BOUNCE = {"bounce": ("bounce@here.example", hidden("bounce"))}

# Mail of an earlier round may still be on its way.
ROUNDS = itertools.count(1000)


def arrivals(out, name):
    return [arrival for server in out.servers.values()
            for arrival in server.sink.arrivals()
            if hidden(name) in arrival.recipients]


def came(out, name):
    """Whether the hidden mail of this round arrived over TLS, for each
    arrival."""
    return [arrival.encrypted for arrival in arrivals(out, name)
            if f"Subject: {out.round}" in arrival.lines]


def send_all(out, ways):
    out.round = f"round {next(ROUNDS)}"
    out.mta.empty_queue()
    for server in out.servers.values():
        server.sink.forget()
    for seen, sender in ways.values():
        with Session(out.mta.listeners["mx"]) as session:
            prepare(session)
            said = hand_over(session, sender, [seen], out.round)
            session.quit()
        wants(said.data is not None and said.data.accepted, f"{seen}: 250",
              said)


def all_wait(out, ways):
    send_all(out, ways)
    out.mta.retry()
    waiting = [one for entry in out.mta.queue() for one in entry.recipients]
    for name, (seen, _) in ways.items():
        # A queue file keeps the address that virtusertable rewrites.
        wants(hidden(name) in waiting or seen in waiting,
              f"{name}: mail to wait", waiting)
        wants(not arrivals(out, name), f"{name}: no arrival",
              arrivals(out, name))


def all_arrive(out, ways, encrypted):
    send_all(out, ways)
    for name in ways:
        wait_until(lambda: came(out, name), 10, f"{name}: an arrival")
        wants(came(out, name) == [encrypted],
              f"{name}: one over TLS: {encrypted}", came(out, name))


@scenario("outbound, Sendmail, what no milter sees is held to the partner's "
          "row on every route", "sendmail")
def unseen(gateway):
    out = sendmail_out(gateway)
    out.towards("plain")
    with out.mta.configured(**later(out)):
        out.policy(outbound("bank", BANK, "encrypt"))
        all_wait(out, LATER)
        # Without it the server's own row decides, and without that nothing.
        out.policy(outbound("relay", [], "encrypt",
                            keys=f'next_hops = [ "{SERVER}" ];'))
        all_wait(out, LATER)
        out.policy(outbound("other", ["other.example"], "encrypt"))
        all_arrive(out, {**LATER, **BOUNCE}, False)
    out.towards("good")
    with out.mta.configured(**later(out)):
        out.policy(outbound("bank", BANK, "verify", more=NAMED))
        all_arrive(out, {**LATER, **BOUNCE}, True)


@scenario("outbound, Sendmail, a bounce to a partner whose row refuses it "
          "does not leave, and Sendmail gives it up", "sendmail")
def bounce(gateway):
    out = sendmail_out(gateway)
    out.towards("plain")
    before = len(out.mta.logged())
    with out.mta.configured(**later(out)):
        out.policy(outbound("bank", BANK, "encrypt"))
        send_all(out, BOUNCE)
        wait_until(lambda: f"ruleset=tls_rcpt, arg1={hidden('bounce')}"
                   in out.mta.logged()[before:], 10, "the map's refusal")
        out.mta.retry()
        wants(not arrivals(out, "bounce"), "no arrival",
              arrivals(out, "bounce"))
        wants(not any(hidden("bounce") in one.recipients
                      for one in out.mta.queue()),
              "nothing to wait (FACTS 113)", "it waits")


@scenario("outbound, Sendmail, a fallback host gets no mail that the "
          "partner's row refuses", "sendmail")
def fallback_relay(gateway):
    out = sendmail_out(gateway)
    out.towards("plain")
    with out.mta.configured(
            mailertable={".": "esmtp:gone.example"},
            more=f"define(`confFALLBACK_SMARTHOST', `{SERVER}')dnl"):
        out.policy(outbound("other", ["other.example"], "encrypt"))
        out.goes(False)
        out.policy(outbound("bank", BANK, "encrypt"))
        out.waits("plaintext by rule of bank")


@scenario("outbound, Sendmail, the map is down: mail waits", "sendmail")
def down(gateway):
    out = sendmail_out(gateway)
    out.policy(outbound("bank", BANK, "encrypt"))
    out.towards("plain")
    out.daemon.stop()
    out.waits("TLS policy lookup failed")


@scenario("outbound, Sendmail, its own sts map asks ours for names",
          "sendmail")
def sts(gateway):
    out = sendmail_out(gateway)
    bank = outbound("bank", BANK, "verify", more=NAMED)
    before = out.mta.settings["more"]
    out.mta.stop()
    out.mta.configure(more="FEATURE(`sts', `socket -d5 -T<TMPF> "
                           f"inet:{out.port}@127.0.0.1')dnl", rulesets="")
    out.server = None
    try:
        out.policy(bank)
        for server, words in (("wrong", "not listed in SANs"),
                              ("self", "authentication"),
                              ("plain", "does not support STARTTLS")):
            out.towards(server)
            out.waits(words)
        out.towards("good")
        out.goes(True)
        out.daemon.stop()
        out.waits("STS lookup temp fail")
    finally:
        out.mta.stop()
        out.mta.configure(more=before, rulesets=out.rulesets)
        out.server = None
