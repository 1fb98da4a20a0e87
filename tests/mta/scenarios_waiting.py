# SPDX-License-Identifier: BSD-2-Clause
"""Decisions that wait, and the last event that is sure to come: a before-queue
proxy (smtpd_proxy_filter), which shows a milter no end, and messages that are
held open while the policy changes."""

from client import message
from gateway import STRANGER, answers, row, rule, wants
from scenario import scenario
from scenarios_exceptions import PLAINTEXT, Administrator

BANK = row("bank", entry=rule("encrypt"))
HELD = row("held", entry=rule("encrypt", "hold"))
TAGGED = row("tagged", entry=rule("encrypt", "tag"))
OWN = 'own_relays = [ "127.0.0.1" ];\n'


def is_recorded_once(gateway, since, wanted):
    """One record with these values, and no other of that recipient."""
    record = gateway.record(since, wanted)
    same = [one for one in gateway.records(since)
            if one["ref"] == record["ref"]]
    wants(len(same) == 1, "one record", same)


@scenario("a before-queue proxy: what would be held is deferred at DATA",
          needs="before-queue proxy")
def proxy_hold(gateway):
    gateway.policy(HELD, BANK)
    gateway.send("user@held.example", listener="prequeue").is_refused(
        "451 4.7.10").is_logged(partner="held", planned="hold",
                                applied="defer", outcome="refused")
    gateway.send("user@held.example", listener="prequeue", tls=True
                 ).is_untouched().is_logged(
                     partner="held", verdict="pass", outcome="accepted")
    gateway.send("user@plain.example", listener="prequeue").is_untouched()
    gateway.send("user@bank.example", listener="prequeue").is_refused(
        "550 5.7.10")
    gateway.send("user@held.example").is_held()


@scenario("a before-queue proxy: what would be tagged is deferred at DATA",
          needs="before-queue proxy")
def proxy_tag(gateway):
    gateway.policy(TAGGED)
    gateway.send(["user@plain.example", "user@tagged.example"],
                 listener="prequeue").is_refused("451 4.7.10").is_logged(
                     partner="tagged", planned="tag", applied="defer",
                     outcome="refused")
    gateway.send("user@tagged.example").is_tagged()


@scenario("a before-queue proxy: mail from an own relay, whose header is not "
          "shown, is deferred", needs="before-queue proxy")
def proxy_own_relay(gateway):
    gateway.policy(row("bank", entry=rule("encrypt"), inbound=rule(
        "verify", more="any_peer = true;")), settings=OWN)
    gateway.send(listener="prequeue").is_refused("451 4.3.5").is_logged(
        hop="entry", verdict="undecided", outcome="refused")
    gateway.send("user@plain.example", "clerk@bank.example",
                 listener="prequeue").is_refused("451 4.3.5").is_logged(
                     hop="inbound", verdict="undecided", outcome="refused")


@scenario("a before-queue proxy: `earlier` is deferred",
          needs="before-queue proxy")
def proxy_earlier(gateway):
    gateway.policy(row("bank", earlier=rule("encrypt")), settings=OWN)
    gateway.send(tls=True, listener="prequeue").is_refused("451 4.3.5"
                                                           ).is_logged(
        hop="earlier", verdict="undecided", outcome="refused")


@scenario("a before-queue proxy in log-only mode: nothing is touched",
          needs="before-queue proxy")
def proxy_log_only(gateway):
    gateway.policy(HELD, TAGGED, BANK, mode="log-only", settings=OWN)
    for domain in ("held", "tagged", "bank", "plain"):
        gateway.send(f"user@{domain}.example", listener="prequeue"
                     ).is_untouched()


@scenario("a before-queue proxy: after a refused DATA no other DATA and no "
          "other recipient makes the message pass",
          needs="before-queue proxy")
def proxy_data_again(gateway):
    gateway.policy(HELD)
    for steps in ((), ("user@plain.example",)):
        since = len(gateway.records())
        subject = gateway.subject()
        with gateway.session("hastyproxy") as session:
            session.mail(STRANGER)
            answers(session.rcpt("one@held.example"), "250 2.1.5", "RCPT")
            answers(session.data("x"), "451 4.7.10", "DATA")
            for to in steps:
                session.rcpt(to)
            reply = session.data(message(subject))
            wants(reply.code == 451, "451 again", reply)
        wants(not gateway.sink.arrivals(subject), "nothing", "delivery")
        is_recorded_once(gateway, since, {
            "rcpt_addr": "one@held.example", "outcome": "refused"})


@scenario("a before-queue proxy: nothing of a message refused at DATA is left "
          "in the next", needs="before-queue proxy")
def proxy_next_message(gateway):
    for setting in ("", "postfix"):
        gateway.policy(HELD, TAGGED, **({"mta": setting} if setting else {}))
        with gateway.session("prequeue") as session:
            gateway.hand_over(session, "user@held.example").is_refused(
                "451 4.7.10")
            session.rset()
            gateway.hand_over(session, "user@plain.example").is_untouched()


@scenario("a before-queue proxy: BDAT is DATA", needs="before-queue proxy")
def proxy_bdat(gateway):
    gateway.policy(HELD)
    text = message("x").replace("\n", "\r\n")
    for domain, codes in (("held", "451 4.7.10"), ("plain", "250 2.0.0")):
        with gateway.session("prequeue") as session:
            session.mail(STRANGER)
            session.rcpt(f"user@{domain}.example")
            session.send(f"BDAT {len(text)} LAST\r\n{text}")
            answers(session.reply(), codes, "BDAT")


@scenario("a queue id is there at DATA without a before-queue proxy: BDAT, "
          "pipelining, several recipients, an early queue file",
          needs="before-queue proxy")
def queue_id_at_data(gateway):
    gateway.policy(HELD)
    for listener in ("mx", "early"):
        gateway.send("user@held.example", listener=listener).is_held()
        gateway.send(["a@held.example", "b@held.example"],
                     listener=listener).is_held()
        subject = gateway.subject()
        text = message(subject).replace("\n", "\r\n")
        with gateway.session(listener) as session:
            session.send(f"MAIL FROM:<{STRANGER}>\r\n"
                         "RCPT TO:<user@held.example>\r\n"
                         f"BDAT {len(text)} LAST\r\n{text}")
            for codes in ("250 2.1.0", "250 2.1.5", "250 2.0.0"):
                answers(session.reply(), codes, "a step")
        wants(any(gateway.mta.has_subject(one, subject)
                  for one in gateway.mta.held()), "quarantine", "none")
    gateway.send("user@held.example", listener="earlyproxy").is_refused(
        "451 4.7.10")


@scenario("soft_bounce changes no deferral at DATA",
          needs="before-queue proxy")
def proxy_soft_bounce(gateway):
    gateway.policy(HELD)
    gateway.send("user@held.example", listener="softproxy").is_refused(
        "451 4.7.10")


@scenario("mail of sendmail(1) is held: its end is sure",
          needs="sendmail(1)")
def local_hold(gateway):
    gateway.policy(HELD, settings='local_submission = "judge";')
    since = len(gateway.records())
    subject = gateway.subject()
    gateway.mta.submit("me@corp.example", ["user@held.example"],
                       message(subject))
    gateway.record(since, {"partner": "held", "applied": "hold",
                           "outcome": "accepted"})


@scenario("a before-queue proxy: a session begun before any decision could wait",
          needs="before-queue proxy")
def proxy_session_before_hold(gateway):
    for setting in ("auto", "postfix"):
        gateway.policy(BANK, mta=setting)
        with gateway.session("prequeue") as session:
            gateway.hand_over(session, "user@plain.example").is_untouched()
            gateway.reload(BANK, HELD, mta=setting)
            gateway.hand_over(session, "user@held.example").is_refused(
                "451 4.7.10").is_logged(partner="held", planned="hold",
                                        applied="defer", outcome="refused")
            session.rset()
            gateway.hand_over(session, "user@plain.example").is_untouched()
    gateway.send("user@held.example").is_held()


@scenario("an older milter protocol has no DATA: what would be held is "
          "deferred", needs="before-queue proxy")
def older_protocol(gateway):
    gateway.policy(HELD)
    gateway.send("user@held.example", listener="oldproxy").is_refused(
        "451 4.7.10")
    gateway.send("user@plain.example", listener="oldproxy").is_untouched()


def held_open(gateway, change, listener="mx", to="bank"):
    """A message whose policy changes between two recipients."""
    since = len(gateway.records())
    with gateway.session(listener) as session:
        subject = gateway.subject()
        session.mail(STRANGER)
        answers(session.rcpt(f"one@{to}.example"), "250 2.1.5", "RCPT")
        change()
        answers(session.rcpt(f"two@{to}.example"), "550 5.7.10",
                "RCPT after the change")
        answers(session.rcpt("three@plain.example"), "250 2.1.5",
                "RCPT of another")
        answers(session.data(message(subject)), "451 4.7.10", "DATA")
        gateway.mta.settle()
        wants(not gateway.sink.arrivals(subject), "nothing", "delivery")
        session.rset()
        gateway.hand_over(session, "user@plain.example").is_untouched()
    is_recorded_once(gateway, since, {
        "rcpt_addr": f"one@{to}.example", "planned": "reject",
        "applied": "defer", "outcome": "refused"})
    return since


@scenario("a message held open over a reload to enforce is deferred")
def held_open_over_reload(gateway):
    gateway.policy(BANK, mode="log-only")
    since = held_open(gateway, lambda: gateway.reload(BANK))
    digests = {one["policy"] for one in gateway.records(since)}
    wants(len(digests) == 1, "the digest of the policy in force", digests)


@scenario("a message held open over a reload that adds its partner is "
          "deferred")
def held_open_over_new_row(gateway):
    gateway.policy(HELD)
    held_open(gateway, lambda: gateway.reload(HELD, BANK))


@scenario("a message held open over `exception end` is deferred")
def held_open_over_exception_end(gateway):
    with Administrator(gateway.daemon) as admin:
        gateway.policy(BANK, settings=PLAINTEXT + admin.settings)
        which = admin.grants("bank", "entry", "none")
        since = len(gateway.records())
        gateway.send().is_untouched().is_logged(exception=which)
        before = gateway.record(since, {"exception": which})["generation"]
        since = held_open(gateway, lambda: admin.ends(which))
        after = gateway.record(since, {"rcpt_addr": "one@bank.example"})
        wants(after["generation"] > before, "a later generation", after)


@scenario("a before-queue proxy: a message held open over `exception end` is "
          "deferred at DATA", needs="before-queue proxy")
def proxy_over_exception_end(gateway):
    with Administrator(gateway.daemon) as admin:
        gateway.policy(BANK, settings=PLAINTEXT + admin.settings)
        which = admin.grants("bank", "entry", "none")
        held_open(gateway, lambda: admin.ends(which), "prequeue")
        gateway.send(listener="prequeue").is_refused("550 5.7.10")


@scenario("a before-queue proxy: a message held open over a reload to enforce "
          "is deferred at DATA", needs="before-queue proxy")
def proxy_over_reload(gateway):
    gateway.policy(BANK, mode="log-only")
    held_open(gateway, lambda: gateway.reload(BANK), "prequeue")


@scenario("a message that both policies accept is delivered over a reload")
def accepted_by_both(gateway):
    gateway.policy(BANK)
    with gateway.session(tls=True) as session:
        subject = gateway.subject()
        session.mail(STRANGER)
        session.rcpt("one@bank.example")
        gateway.reload(BANK, HELD)
        session.rcpt("two@bank.example")
        answers(session.data(message(subject)), "250 2.0.0", "DATA")
        wants(gateway.sink.wait(subject), "delivery", "nothing")


@scenario("a before-queue proxy: a message held open over a reload is deferred "
          "at DATA, though nothing could wait under the policy before",
          needs="before-queue proxy")
def proxy_over_new_row(gateway):
    other = row("other", entry=rule("encrypt"))
    for setting in ("auto", "postfix"):
        gateway.policy(other, mta=setting)
        held_open(gateway, lambda: gateway.reload(other, BANK, mta=setting),
                  "prequeue")
