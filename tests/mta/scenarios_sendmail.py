# SPDX-License-Identifier: BSD-2-Clause
"""What only Sendmail does: its failure modes, its queue, its macros."""

import re

from certificates import PARTNER_CN
from client import Session, hand_over, message, prepare
from gateway import STRANGER, answers, row, rule, wants
from lab import Lab, Process, can_connect, run, wait_until
from postfix import ALIAS_DOMAIN, LIST_DOMAIN, Postfix
from scenario import scenario

BANK = row("bank", entry=rule("encrypt"))
HELD = row("held", entry=rule("encrypt", "hold"))
TAGGED = row("tagged", entry=rule("encrypt", "tag"))
NAMED = row("bank", inbound=rule("verify",
                                 more=f'names = [ "{PARTNER_CN}" ];'))
PARTNER = "clerk@bank.example"

# Shorter than an administrator would choose, to save time.
SHORT = "C:1s;S:1s;R:1s;E:2s"

# {verify} emptied by a rule set that runs before the filter sees the RCPT.
NO_VERIFY = """\
LOCAL_CONFIG
Kstorage macro
"""
CLEAR_VERIFY = """\
SLocal_check_rcpt
R$*			$: $(storage {verify} $@ $) $1
"""


@scenario("the unchanged snippet sets F=T and short timeouts",
          needs="sendmail")
def snippet_as_it_stands(gateway):
    made = gateway.mta.snippet_alone()
    for line in ("Xenforcetls, S=inet:8892@127.0.0.1, F=T, "
                 "T=C:5s;S:5s;R:10s;E:1m",
                 "O InputMailFilters=enforcetls"):
        wants(line in made.split("\n"), line,
              [one for one in made.split("\n") if "enforcetls" in one])


@scenario("over TCP on loopback, as the README has it", needs="sendmail")
def over_tcp(gateway):
    daemon, mta = gateway.daemon, gateway.mta
    port = gateway.lab.port()
    daemon.write([BANK], mta="sendmail")
    text = daemon.conf.read_text()
    daemon.conf.write_text(re.sub(
        r"milter = .*", f'milter = {{ listen = "inet:127.0.0.1:{port}"; '
        'mta = "sendmail"; };', text))
    # Of a policy that asks less than the scenario before this one did, the
    # daemon would start with that one's.
    daemon.forget()
    process = Process([daemon.program, "-f", "-c", daemon.conf],
                      daemon.folder / "tcp.out")
    before, mta.milter = mta.milter, f"inet:{port}@127.0.0.1"
    try:
        wait_until(lambda: can_connect("127.0.0.1", port), 10,
                   "enforcetlsd to listen: " + process.said())
        with mta.configured():
            gateway.send().is_refused("550 5.7.10")
            gateway.send(tls=True).is_untouched()
            process.kill()
            gateway.send().is_refused("451 4.3.2")
    finally:
        mta.milter = before
        process.kill()
        mta.stop()
        mta.configure()
        mta.start()


# The filter has ended, or does not answer

@scenario("without F= a dead daemon lets mail through: why the snippet sets "
          "F=T", needs="sendmail")
def no_flag_is_open(gateway):
    with gateway.mta.configured(failure=""):
        gateway.policy(BANK)
        gateway.send().is_refused("550 5.7.10")
        gateway.daemon.kill()
        gateway.send().is_delivered()


@scenario("log-only without F=: a dead daemon changes nothing, as the README "
          "has it", needs="sendmail")
def log_only_is_harmless(gateway):
    with gateway.mta.configured(failure=""):
        gateway.policy(BANK, mode="log-only")
        gateway.send().is_untouched().is_logged(verdict="fail",
                                                planned="reject",
                                                applied="pass")
        gateway.daemon.stop()
        gateway.send().is_untouched()


@scenario("without F=, killed in mid-session: the rest goes unseen",
          needs="sendmail")
def no_flag_mid_session(gateway):
    with gateway.mta.configured(failure=""):
        gateway.policy(BANK)
        with gateway.session() as session:
            gateway.hand_over(session).is_refused("550 5.7.10")
            gateway.daemon.kill()
            gateway.hand_over(session).is_delivered()


@scenario("F=T, killed between two recipients: the second is deferred and "
          "nothing is taken", needs="sendmail")
def killed_between_recipients(gateway):
    gateway.policy(BANK)
    with gateway.session() as session:
        subject = gateway.subject()
        session.mail(STRANGER)
        answers(session.rcpt("user@plain.example"), "250 2.1.5", "RCPT")
        gateway.daemon.kill()
        answers(session.rcpt("user@bank.example"), "451 4.3.2", "next RCPT")
        reply = session.data(message(subject))
    wants(400 <= reply.code < 500, "a deferral", reply)
    _is_nowhere(gateway, subject)


@scenario("F=T, the daemon hangs: deferred after the time of T=, not taken",
          needs="sendmail")
def frozen_is_deferred(gateway):
    with gateway.mta.configured(timeout=SHORT):
        gateway.policy(BANK)
        gateway.send().is_refused("550 5.7.10")
        with gateway.daemon.frozen():
            gateway.send().is_refused("451 4.3.2")
            gateway.send("user@plain.example").is_refused("451 4.3.2")
        gateway.send(tls=True).is_untouched()


@scenario("F=4: the session ends with 421 when the daemon is gone",
          needs="sendmail")
def flag_four_closes(gateway):
    with gateway.mta.configured(failure="F=4"):
        gateway.policy(BANK)
        gateway.send().is_refused("550 5.7.10")
        with gateway.session() as session:
            gateway.hand_over(session, "user@plain.example").is_delivered()
            gateway.daemon.kill()
            sent = gateway.hand_over(session)
        wants(sent.said.last.code == 421, "421", sent.said.last)
        _is_nowhere(gateway, sent.subject)


def _is_nowhere(gateway, subject):
    wants(not gateway.mta.queue(), "an empty queue", gateway.mta.queue())
    wants(not gateway.sink.arrivals(subject), "no delivery", "one")


# Which MTA it is, and its macros

@scenario("mta = postfix by mistake does not make an unverified peer verified",
          needs="sendmail")
def wrong_setting_stays_closed(gateway):
    for certificate in ("self_signed", "unknown_ca", "expired"):
        for setting in ("auto", "sendmail", "postfix"):
            gateway.policy(NAMED, mta=setting)
            sent = gateway.send("user@corp.example", PARTNER,
                                certificate=certificate)
            wants(not sent.said.last.accepted,
                  f"{certificate} refused with mta = {setting}",
                  sent.said.last)


@scenario("with mta = sendmail the verified partner is accepted",
          needs="sendmail")
def named_lets_in(gateway):
    gateway.policy(NAMED, mta="sendmail")
    gateway.send("user@corp.example", PARTNER, certificate="partner"
                 ).is_untouched().is_logged(
                     mta="sendmail", verdict="pass",
                     proof={"verified": True, "source": "sendmail"})


@scenario("one daemon behind Postfix and Sendmail at once, mta = auto: each "
          "session by its own MTA's rules", needs="sendmail")
def both_at_once(gateway):
    group, gateway.daemon.group = gateway.daemon.group, "postfix"
    try:
        with Lab() as place:
            other = Postfix(place, gateway.certificates, gateway.sink,
                            milter=f"unix:{gateway.daemon.socket_path}")
            other.start()
            gateway.policy(NAMED)
            _interleave(gateway, other.listeners["mx"])
    finally:
        gateway.daemon.group = group


def _interleave(gateway, other):
    """The same certificates through both, every pair of sessions open at the
    same time."""
    wanted = {"partner": "250", "self_signed": "554 5.7.5",
              "other": "550 5.7.1", "unknown_ca": "554 5.7.5",
              "no_cn": "550 5.7.1"}
    both = (gateway.mta.listeners["mx"], other)
    for first in wanted:
        for second in wanted:
            with Session(both[0]) as one, Session(both[1]) as two:
                names = (first, second)
                for session, name in zip((one, two), names):
                    prepare(session, True, getattr(gateway.certificates,
                                                   name))
                    session.mail(PARTNER)
                came = [session.rcpt("user@corp.example")
                        for session in (one, two)]
            for name, reply in zip(names, came):
                wants(reply.codes.startswith(wanted[name]),
                      f"{name}: {wanted[name]}", reply)


@scenario("{verify} is empty: undecided, deferred, and logged",
          needs="sendmail")
def verify_is_missing(gateway):
    with gateway.mta.configured(more=NO_VERIFY, rulesets=CLEAR_VERIFY):
        for setting in ("auto", "sendmail"):
            gateway.policy(NAMED, mta=setting)
            gateway.send("user@corp.example", PARTNER, certificate="partner"
                         ).is_refused("451 4.3.5").is_logged(
                             verdict="undecided", reason="evidence-missing",
                             proof={"verified": None})
            # Other macros prove encryption.
            gateway.policy(NAMED, BANK.replace('"bank"', '"other"').replace(
                "bank.example", "other.example"), mta=setting)
            gateway.send("user@other.example", certificate="partner"
                         ).is_untouched()
    wait_until(lambda: "{verify}" in gateway.daemon.said(), 5,
               "a warning that names {verify}")


@scenario("a client that is not asked for a certificate is not verified",
          needs="sendmail")
def not_asked(gateway):
    gateway.policy(NAMED)
    gateway.send("user@corp.example", PARTNER, listener="noask",
                 certificate="partner").is_refused("554 5.7.5").is_logged(
                     reason="peer-not-verified", proof={"verified": False})


@scenario("behind a TLS proxy nothing is proven", needs="sendmail")
def proxied_is_unknown(gateway):
    port = gateway.mta.listeners["proxied"].port
    settings = f'listeners = ( {{ port = {port}; as = "proxied"; }} );'
    gateway.policy(BANK, settings=settings)
    sent = gateway.send(listener="proxied", certificate="partner")
    wants(sent.said.last.code == 451, "a deferral", sent.said.last)
    sent.is_logged(verdict="undecided")
    gateway.send(certificate="partner").is_untouched()


@scenario("an after-queue filter may hand mail back on a reinject listener",
          needs="sendmail")
def reinjected(gateway):
    port = gateway.mta.listeners["reinject"].port
    gateway.policy(BANK, settings='listeners = ( '
                   f'{{ port = {port}; as = "reinject"; }} );')
    gateway.send(listener="reinject").is_untouched()
    gateway.send().is_refused("550 5.7.10")


@scenario("the sha256 fingerprint that Sendmail sends is compared "
          "against the rule", needs="sendmail")
def fingerprints(gateway):
    algorithm = "define(`confCERT_FINGERPRINT_ALGORITHM', `sha256')dnl"
    pin = run(["openssl", "x509", "-in", gateway.certificates.partner.chain,
               "-noout", "-fingerprint", "-sha256"])
    pin = pin.strip().partition("=")[2].replace(":", "").lower()
    with gateway.mta.configured(more=algorithm):
        for name, expected in (("partner", None), ("other", "550 5.7.1")):
            gateway.policy(row("bank", inbound=rule(
                "verify",
                more=f'fingerprints = [ "sha256:{pin}" ];')),
                mta="sendmail")
            sent = gateway.send("user@corp.example", PARTNER,
                                certificate=name)
            if expected:
                sent.is_refused(expected)
            else:
                sent.is_untouched()


# Routes of the mailertable

LISTED = f"user@{LIST_DOMAIN}"


@scenario("{rcpt_host} is Sendmail's list of hosts: each one's row is found",
          needs="sendmail")
def listed_hosts(gateway):
    for key in ('next_hops = [ "[gw.bank.example]" ];',
                'next_hops = [ "[127.0.0.1]" ];'):
        gateway.policy(row("routed", ["unrelated.example"], key,
                           entry=rule("encrypt")))
        gateway.send(LISTED).is_refused("550 5.7.10").is_logged(
            partner="routed", rcpt_host="[127.0.0.1]:[gw.bank.example]")
        gateway.send(LISTED, tls=True).is_untouched()
    gateway.policy(row("gw", ["gw.bank.example"], entry=rule("encrypt")))
    gateway.send(LISTED).is_refused("550 5.7.10")


@scenario("{rcpt_host} is Sendmail's list of hosts: the domain's row is "
          "found, and never 553", needs="sendmail")
def listed_domain(gateway):
    gateway.policy(row("routed", [LIST_DOMAIN], entry=rule("encrypt")))
    gateway.send(LISTED).is_refused("550 5.7.10")
    gateway.policy(BANK)
    gateway.send(LISTED).is_untouched([LISTED])


@scenario("a virtusertable entry is judged by both domains",
          needs="sendmail")
def virtual_user(gateway):
    typed = f"user@{ALIAS_DOMAIN}"
    for domain in (ALIAS_DOMAIN, "plain.example"):
        gateway.policy(row("one", [domain], entry=rule("encrypt")))
        gateway.send(typed).is_refused("550 5.7.10").is_logged(
            destination=domain)
        gateway.send(typed, tls=True).is_untouched(["user@plain.example"])


# Mail of this host

@scenario("sendmail -bs on a pipe crossed no hop: exempt", needs="sendmail")
def pipe_is_exempt(gateway):
    gateway.policy(BANK)
    subject = gateway.subject()
    said = gateway.mta.submit("me@corp.example", ["user@bank.example"],
                              message(subject))
    wants(gateway.sink.wait(subject), "delivery", said)


@scenario("sendmail -bs judged is refused at RCPT, others go on",
          needs="sendmail")
def pipe_is_judged(gateway):
    gateway.policy(BANK, settings='local_submission = "judge";')
    subject = gateway.subject()
    said = gateway.mta.submit("me@corp.example",
                              ["user@plain.example", "user@bank.example"],
                              message(subject))
    wants(said[2].startswith("250"), "the first recipient taken", said)
    wants(said[3][:1] in "45", "the partner's refused", said)
    arrived = gateway.sink.wait(subject)
    wants([one.recipients for one in arrived] == [("user@plain.example",)],
          "delivery to the first alone", arrived)


@scenario("an MSP's plaintext from 127.0.0.1 is judged, in local_clients let "
          "through", needs="sendmail")
def msp(gateway):
    gateway.policy(BANK)
    gateway.send().is_refused("550 5.7.10")
    gateway.policy(BANK, settings='local_clients = [ "127.0.0.0/8" ];')
    gateway.send().is_untouched()


# Quarantine

@scenario("hold is Sendmail's quarantine: an hf file with the reason, and "
          "sendmail -Q lets it go", needs="sendmail")
def quarantine(gateway):
    gateway.policy(HELD)
    sent = gateway.send("user@held.example").is_held()
    held = gateway.mta.held()
    wants(len(held) == 1, "one message in quarantine", held)
    wants(held[0].reasons and "held" in held[0].reasons[0],
          "the partner's name in the reason", held[0].reasons)
    sent.is_logged(applied="hold", queue_id=held[0].queue_id)
    listed = gateway.mta.listed_as_held()
    wants(held[0].queue_id in listed and "QUARANTINE" in listed,
          "mailq -qQ to list it", listed)
    gateway.mta.release(held[0].queue_id)
    wants(gateway.sink.wait(sent.subject), "delivery after the release",
          gateway.mta.queue())


# One message, one state

def abandoned(how, setting, step):
    @scenario(f"mta = {setting}: nothing of a message abandoned by {how} is "
              "left in the next", needs="sendmail")
    def nothing_is_left(gateway):
        gateway.policy(HELD, TAGGED, BANK, mta=setting)
        since = len(gateway.records())
        with gateway.session() as session:
            for _ in range(2):
                session.mail(STRANGER)
                for domain in ("held", "tagged"):
                    answers(session.rcpt(f"user@{domain}.example"),
                            "250 2.1.5", "RCPT")
                answers(session.rcpt("user@bank.example"), "550 5.7.10",
                        "the partner's RCPT")
                step(session)
            sent = gateway.hand_over(session, "user@plain.example")
        sent.is_untouched(["user@plain.example"])
        wants(not gateway.mta.queue(), "an empty queue", gateway.mta.queue())
        gateway.record(since, {"partner": "held", "outcome": "aborted"})
        gateway.record(since, {"partner": "tagged", "outcome": "aborted"})


for each in ("auto", "sendmail"):
    abandoned("RSET", each, lambda session: session.rset())
    abandoned("EHLO", each, lambda session: session.ehlo())
    abandoned("HELO", each, lambda session: session.helo())
    abandoned("unknown commands and RSET", each, lambda session: (
        session.command("FROB nicate"), session.rset(), session.rset()))


def reset_again(setting):
    @scenario(f"mta = {setting}: a session that only starts messages, then "
              "drops", needs="sendmail")
    def dropped(gateway):
        gateway.policy(HELD, mta=setting)
        since = len(gateway.records())
        with gateway.session() as session:
            for _ in range(3):
                session.mail(STRANGER)
                session.rcpt("user@held.example")
                session.rset()
            session.mail(STRANGER)
            session.rcpt("user@held.example")
        wait_until(lambda: len([
            one for one in gateway.records(since)
            if one["outcome"] == "aborted"]) == 4, 5, "four aborted records")
        gateway.send("user@plain.example").is_untouched()


for each in ("auto", "sendmail"):
    reset_again(each)


@scenario("a second MAIL inside a message is Sendmail's 503 and changes "
          "nothing", needs="sendmail")
def nested_mail(gateway):
    for setting in ("auto", "sendmail"):
        gateway.policy(HELD, BANK, mta=setting)
        with gateway.session() as session:
            subject = gateway.subject()
            session.mail(STRANGER)
            answers(session.rcpt("user@held.example"), "250 2.1.5", "RCPT")
            reply = session.mail("other@stranger.example")
            wants(reply.code == 503, "503", reply)
            answers(session.rcpt("user@bank.example"), "550 5.7.10", "RCPT")
            answers(session.data(message(subject)), "250 2.0.0", "DATA")
        held = gateway.mta.held()
        wants([one.subject for one in held] == [subject],
              "the message in quarantine", held)
        gateway.mta.empty_queue()


@scenario("two messages of one session, refused and taken in turn, keep "
          "their own queue ids", needs="sendmail")
def queue_ids(gateway):
    for setting in ("auto", "sendmail"):
        gateway.policy(BANK, TAGGED, mta=setting)
        since = len(gateway.records())
        with gateway.session() as session:
            for _ in range(3):
                said = hand_over(session, STRANGER, [
                    "user@tagged.example", "user@bank.example"],
                    gateway.subject())
                answers(said.rcpt[1], "550 5.7.10", "the partner's RCPT")
                answers(said.data, "250 2.0.0", "DATA")
        wait_until(lambda: len(gateway.records(since)) == 6, 5, "six records")
        ids = {}
        for one in gateway.records(since):
            ids.setdefault(one["queue_id"], set()).add(one["partner"])
        wants(len(ids) == 3 and all(
            partners == {"bank", "tagged"} for partners in ids.values()),
            "three queue ids, each with both partners", ids)


@scenario("a quoted domain behind the percent hack finds its row",
          needs="sendmail")
def quoted_domain(gateway):
    gateway.policy(row("bank", entry=rule("encrypt")))
    for recipient in ('u%"bank.example"@[127.0.0.1]',
                      'u%b\\ank.example@[127.0.0.1]'):
        gateway.send(recipient).is_refused("550 5.7.10")
        gateway.send(recipient, tls=True).is_delivered()


@scenario("a sender without a readable domain is everything else",
          needs="sendmail")
def sender_without_domain(gateway):
    gateway.policy(row("all", ["*"], inbound=rule(
        "encrypt", more="acknowledge_rfc3207 = true;")))
    for sender in ("a@192.0.2.1", "a@#x", "a", 'a@"x y".example'):
        gateway.send("u@plain.example", sender=sender).is_refused(
            "550 5.7.10")
        gateway.send("u@plain.example", sender=sender,
                     tls=True).is_delivered()


@scenario("a recipient without a domain is one of a served domain",
          needs="sendmail")
def bare_recipient(gateway):
    gateway.policy(row("own", ["corp.example"], entry=rule(
        "encrypt", more="acknowledge_rfc3207 = true;")),
        settings='served_domains = [ "corp.example" ];')
    for recipient in "root", '"root"':
        gateway.send(recipient).is_refused("550 5.7.10")
    gateway.send("root", tls=True).is_delivered()
    gateway.send("postmaster").is_delivered()
