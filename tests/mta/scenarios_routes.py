# SPDX-License-Identifier: BSD-2-Clause
"""Mail whose next hop no milter sees, and a relay that carries it."""

import contextlib
import os
import pwd
import typing

from client import Session, message, prepare
from departure import departure, outbound
from gateway import STRANGER, wants
from lab import PATIENCE, wait_until
from postfix import LOCAL_DOMAIN, pasted
from scenario import scenario

NO_STARTTLS = "TLS is required, but was not offered"
NOT_VERIFIED = "Server certificate not verified"
NOT_ANSWERED = "client TLS configuration problem"
PARTNER = "good.example"
BANK = outbound("bank", [PARTNER], "verify", "reject")
MILTER = pasted("2d")["smtpd_milters"]
# A user that every Debian has, for a .forward.
ACCOUNT = "games"


def hidden(name):
    """The partner's address that only what Postfix does later leads to."""
    return f"by.{name}@{PARTNER}"


class Way(typing.NamedTuple):
    """How Postfix makes other mail of mail that the milter saw."""
    what: str
    seen: str                   # the recipient at RCPT
    sender: str = STRANGER
    subject: str = "a message"
    parameters: str = ""        # of RCPT
    diverts: bool = False       # to the relay, whatever the relayhost


def local(name):
    return f"{name}@{LOCAL_DOMAIN}"


# Each begins with a word that its addresses and subjects have, too.
WAYS = [
    Way("virtual", local("virtual")),
    Way("canonical", local("canonical")),
    Way("bcc", local("bcc")),
    Way("sender-bcc", local("gone"), sender="boss@corp.example"),
    Way("alias", local("alias")),
    Way("list", local("list")),
    Way("forward", local(ACCOUNT)),
    Way("header-redirect", local("gone"), subject="header-redirect"),
    Way("header-bcc", local("gone"), subject="header-bcc"),
    Way("access-redirect", local("access-redirect")),
    Way("access-bcc", local("access-bcc")),
    Way("bounce", local("bounce"), sender=hidden("bounce")),
    Way("moved", local("old"), sender=hidden("moved")),
    Way("success", local("gone"), sender=hidden("success"),
        parameters="NOTIFY=SUCCESS"),
    Way("header-filter", hidden("header-filter"), subject="header-filter",
        diverts=True),
    Way("access-filter", hidden("access-filter"), diverts=True),
]
# These concern all mail, so each is set alone.
ALWAYS_BCC = Way("always", local("gone"))
CONTENT_FILTER = Way("content-filter", hidden("content-filter"), diverts=True)


def pairs(entries):
    """A table inside main.cf."""
    return "inline:{ " + ", ".join(
        f"{{ {key} = {value} }}" for key, value in entries.items()) + " }"


def forward_path(out):
    """The folder of a .forward."""
    user = pwd.getpwnam(ACCOUNT)
    file = out.lab.folder("forward") / user.pw_name
    file.write_text(hidden("forward") + "\n")
    os.chown(file, user.pw_uid, user.pw_gid)
    return f"{file.parent}/$user"


def list_file(out):
    """The members of a mailing list, as aliases(5) includes them."""
    file = out.lab.folder("forward") / "members"
    file.write_text(hidden("list") + "\n")
    return file


def header_checks(relay):
    checks = {"header-redirect": f"REDIRECT {hidden('header-redirect')}",
              "header-bcc": f"BCC {hidden('header-bcc')}",
              "header-filter": f"FILTER smtp:{relay}"}
    return "regexp:{ " + " ".join(
        f"{{ /^Subject: {name}/ {action} }}"
        for name, action in checks.items()) + " }"


def settings(out, relay):
    """Everything of WAYS at once."""
    directly = ("header-filter", "access-filter", "content-filter")
    access = {local("access-redirect"): f"REDIRECT "
                                        f"{hidden('access-redirect')}",
              local("access-bcc"): f"BCC {hidden('access-bcc')}",
              hidden("access-filter"): f"FILTER smtp:{relay}"}
    return {
        "smtpd_milters": MILTER,
        "non_smtpd_milters": MILTER,
        "local_transport": "local",
        "transport_maps": pairs({
            "fails.example": "error:5.1.1 x",
            **{local(name): "discard:" for name in (
                "gone", "bcc", "access-bcc")},
            **{hidden(name): f"smtp:{PARTNER}" for name in directly}}),
        "virtual_alias_maps": pairs({
            local("virtual"): hidden("virtual"),
            local("bounce"): "x@fails.example",
            local("old"): local("moved")}),
        "recipient_canonical_maps": pairs({
            local("canonical"): hidden("canonical")}),
        "recipient_bcc_maps": pairs({local("bcc"): hidden("bcc")}),
        "sender_bcc_maps": pairs({"boss@corp.example":
                                  hidden("sender-bcc")}),
        "alias_maps": pairs({"alias": hidden("alias"),
                             "list": f":include:{list_file(out)}"}),
        "forward_path": forward_path(out),
        "relocated_maps": pairs({local("moved"): "x@new.example"}),
        "header_checks": header_checks(relay),
        "smtpd_recipient_restrictions":
            f"check_recipient_access {pairs(access)}, permit_mynetworks, "
            "reject",
    }


class Relayed:
    """The departure with our milter and a relay without STARTTLS."""

    def __init__(self, gateway):
        self.out = departure(gateway)
        self.mta = self.out.mta
        self.hops = self.out.hops
        self.relay = f"[relay.example]:{self.out.port}"

    @contextlib.contextmanager
    def set(self, relayhost=True, **more):
        with self.mta.changed(**{
                **settings(self.out, self.relay),
                "relayhost": self.relay if relayhost else "", **more}):
            try:
                yield
            finally:
                self.mta.empty_queue()

    def send(self, way):
        """The milter accepts what it sees."""
        with Session(self.mta.listeners["mx"]) as session:
            prepare(session)
            session.mail(way.sender)
            said = session.rcpt(way.seen, way.parameters)
            if said.code == 250:
                said = session.data(message(way.subject))
            session.quit()
        wants(said.code == 250, f"{way.what}: 250", said)

    def came(self, way):
        """Where its mail to the partner arrived, and whether over TLS."""
        return [(domain, arrival.encrypted)
                for domain, hop in self.hops.items()
                for arrival in hop.arrivals()
                if hidden(way.what) in arrival.recipients]

    def reason(self, way):
        """Why its mail to the partner waits."""
        return "".join(reason for one in self.mta.queue()
                       for address, reason in zip(one.recipients, one.reasons)
                       if address == hidden(way.what))

    def begin(self):
        self.mta.empty_queue()
        for hop in self.hops.values():
            hop.forget()

    def all_wait(self, ways, words):
        """Nothing of them leaves, also when it is tried again."""
        self.begin()
        for way in ways:
            self.send(way)
        for way in ways:
            wait_until(lambda: words in self.reason(way), PATIENCE,
                       f"{way.what}: mail that waits for {words!r}")
        self.out.retry()
        for way in ways:
            wants(not self.came(way), f"{way.what}: no arrival",
                  self.came(way))

    def all_arrive(self, ways, where):
        """They arrive there and nowhere else; where: a domain of HOPS, and
        whether over TLS."""
        self.begin()
        for way in ways:
            self.send(way)
        for way in ways:
            wait_until(lambda: self.came(way), PATIENCE,
                       f"{way.what}: an arrival")
            wants(self.came(way) == [where], f"{way.what}: {where}",
                  self.came(way))


def relay_row(level, more=""):
    return outbound("relay", ["relay.example"], level, more=more)


IN_THE_CLEAR = ("relay.example", False)
UNLISTED = ('unlisted_routes = "encrypt";', 'unlisted_routes = "defer";')


@scenario("outbound, what no milter sees waits at a relay with a row, and "
          "leaves in the clear without", "departs")
def unseen(gateway):
    relayed = Relayed(gateway)
    out = relayed.out
    with relayed.set():
        out.policy(BANK, relay_row("encrypt"))
        relayed.all_wait(WAYS, NO_STARTTLS)
        out.policy(BANK)
        relayed.all_arrive(WAYS, IN_THE_CLEAR)
        wants(relayed.relay in out.daemon.said(), "the unlisted route by name",
              out.daemon.said()[-500:])
        for setting, words in zip(UNLISTED, (NO_STARTTLS, NOT_ANSWERED)):
            out.policy(BANK, settings=setting)
            relayed.all_wait(WAYS, words)
    for setting, way in (
            ({"always_bcc": hidden("always")}, ALWAYS_BCC),
            ({"content_filter": f"smtp:{relayed.relay}"}, CONTENT_FILTER)):
        with relayed.set(**setting):
            out.policy(BANK, relay_row("encrypt"))
            relayed.all_wait([way], NO_STARTTLS)
            out.policy(BANK)
            relayed.all_arrive([way], IN_THE_CLEAR)


@scenario("outbound, what no milter sees is held to the partner's own row "
          "where no relay is between", "departs")
def unseen_directly(gateway):
    relayed = Relayed(gateway)
    out = relayed.out
    ways = [way for way in WAYS if not way.diverts]
    with relayed.set(relayhost=False):
        out.policy(BANK)
        relayed.all_arrive(ways, (PARTNER, True))
        out.policy(outbound("bank", [PARTNER], "verify", "reject",
                            'names = [ "mx.somebody.example" ];'))
        relayed.all_wait(ways, NOT_VERIFIED)


@scenario("outbound, a recipient that has moved is refused at RCPT, with a "
          "relay's row or without", "departs")
def relocated(gateway):
    relayed = Relayed(gateway)
    relayed.out.policy(BANK)
    with relayed.set(), Session(relayed.mta.listeners["mx"]) as session:
        prepare(session)
        session.mail(STRANGER)
        said = session.rcpt(local("moved"))
        wants(said.codes == "550 5.1.6", "550 5.1.6", said)


@scenario("outbound, sendmail(1) shows no route: the message waits as a whole",
          "departs")
def submitted(gateway):
    relayed = Relayed(gateway)
    out, mta = relayed.out, relayed.mta
    to_both = [hidden("submit"), "user@plain.example"]
    way = Way("submit", hidden("submit"))
    relayed.begin()
    out.policy(BANK)
    with relayed.set():
        mta.submit("me@corp.example", to_both, message("to a partner, too"))
        # A pickup(8) that has just been reloaded may look a minute later.
        wait_until(lambda: "(route-unknown; " in mta.logged(),
                   2 * PATIENCE, "a deferral")
        # Other mail passes it.
        mta.submit("me@corp.example", ["user@plain.example"],
                   message("to others"))
        wants(relayed.hops["relay.example"].wait("to others"), "delivery",
              "nothing")
        wants(len(mta.maildrop()) == 1, "one file in maildrop",
              mta.maildrop())
        # The relay's row decides, once the settings name the relay.
        smarthosts = f'smarthosts = [ "{relayed.relay}" ];'
        out.policy(BANK, relay_row("encrypt"), settings=smarthosts)
        mta.reload()
        wants(not relayed.reason(way), "no mail at the relay", "some")
        out.policy(BANK, relay_row("verify"), settings=smarthosts)
        mta.reload()
        wait_until(lambda: NO_STARTTLS in relayed.reason(way), PATIENCE,
                   "mail to wait at the relay")
        wants(not mta.maildrop(), "an empty maildrop", mta.maildrop())
        wants(not relayed.came(way), "nothing in the clear",
              relayed.came(way))
