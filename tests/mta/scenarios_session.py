# SPDX-License-Identifier: BSD-2-Clause
"""What one SMTP session can do: begin again, abandon a message, outlive us."""


from client import hand_over, message
from daemon import Daemon
from gateway import STRANGER, answers, row, rule, wants
from scenario import scenario

BANK = row("bank", entry=rule("encrypt"))
HELD = row("held", entry=rule("encrypt", "hold"))
TAGGED = row("tagged", entry=rule("encrypt", "tag"))


@scenario("STARTTLS, then MAIL without a second EHLO, counts as encrypted")
def no_second_ehlo(gateway):
    gateway.policy(BANK)
    with gateway.session() as session:
        answers(session.starttls(), "220 2.0.0", "STARTTLS")
        gateway.hand_over(session).is_untouched().is_logged(verdict="pass")


@scenario("a certificate shown without a second EHLO is judged")
def certificate_without_second_ehlo(gateway):
    gateway.policy(row("bank", inbound=rule(
        "verify", more='names = [ "mx1.bank.example" ];')))
    with gateway.session() as session:
        session.starttls(gateway.certificates.other)
        gateway.hand_over(session, "user@corp.example", "a@bank.example"
                          ).is_refused("550 5.7.1")
    with gateway.session() as session:
        session.starttls(gateway.certificates.partner)
        gateway.hand_over(session, "user@corp.example", "a@bank.example"
                          ).is_untouched()


@scenario("plaintext before STARTTLS is refused, the same session after it "
          "delivered")
def encrypted_half_way(gateway):
    gateway.policy(BANK)
    with gateway.session() as session:
        gateway.hand_over(session).is_refused("550 5.7.10")
        session.rset()
        session.starttls()
        session.ehlo()
        gateway.hand_over(session).is_untouched()


@scenario("every message of a session is judged")
def every_message_is_judged(gateway):
    gateway.policy(BANK)
    with gateway.session() as session:
        for _ in range(2):
            gateway.hand_over(session, "user@plain.example").is_untouched()
            gateway.hand_over(session).is_refused("550 5.7.10")


@scenario("a reload between two messages of one session counts for the "
          "second")
def reload_between_messages(gateway):
    gateway.policy(row("bank", entry=rule("encrypt", "log-only")))
    with gateway.session() as session:
        gateway.hand_over(session).is_untouched()
        gateway.reload(BANK)
        gateway.hand_over(session).is_refused("550 5.7.10")


@scenario("a broken file leaves the old table in force")
def broken_reload_changes_nothing(gateway):
    gateway.policy(BANK)
    gateway.reload('{ name = "bank"; domains = [ "bank.example" ]; '
                   'entry = { level = "encrpt"; stage = "reject"; }; }')
    gateway.send().is_refused("550 5.7.10")
    wants("encrypt" in gateway.daemon.said(), "a hint at the right word",
          gateway.daemon.said()[-500:])


def abandon(how, step):
    @scenario(f"nothing of a message abandoned by {how} is left in the next")
    def nothing_is_left(gateway):
        gateway.policy(HELD, TAGGED)
        since = len(gateway.records())
        with gateway.session() as session:
            session.mail(STRANGER)
            for domain in ("held", "tagged"):
                answers(session.rcpt(f"user@{domain}.example"), "250 2.1.5",
                        "RCPT")
            step(session)
            sent = gateway.hand_over(session, "user@plain.example")
        sent.is_untouched(["user@plain.example"])
        gateway.record(since, {"partner": "held", "outcome": "aborted",
                               "planned": "hold"})


abandon("RSET", lambda session: session.rset())
abandon("a second EHLO", lambda session: session.ehlo())
abandon("RSET twice", lambda session: (session.rset(), session.rset()))
abandon("STARTTLS after RSET",
        lambda session: (session.rset(), session.starttls(), session.ehlo()))


@scenario("a new MAIL after a refused recipient starts clean")
def new_mail_starts_clean(gateway):
    gateway.policy(BANK, HELD)
    with gateway.session() as session:
        session.mail(STRANGER)
        answers(session.rcpt("user@bank.example"), "550 5.7.10", "RCPT")
        answers(session.data("x"), gateway.mta.says["no recipients"],
                "DATA without recipients")
        session.rset()
        gateway.hand_over(session, "user@plain.example").is_untouched()


@scenario("a dropped connection leaves nothing behind")
def dropped_connection(gateway):
    gateway.policy(HELD)
    since = len(gateway.records())
    with gateway.session() as session:
        session.mail(STRANGER)
        session.rcpt("user@held.example")
    gateway.record(since, {"partner": "held", "outcome": "aborted"})
    gateway.send("user@plain.example").is_untouched()


@scenario("pipelined commands are answered one by one")
def pipelined(gateway):
    gateway.policy(BANK)
    with gateway.session() as session:
        replies = session.pipeline(
            f"MAIL FROM:<{STRANGER}>", "RCPT TO:<a@plain.example>",
            "RCPT TO:<user@bank.example>", "RCPT TO:<b@plain.example>")
        answers(replies[1], "250 2.1.5", "first RCPT")
        answers(replies[2], "550 5.7.10", "the partner's RCPT")
        answers(replies[3], "250 2.1.5", "last RCPT")


@scenario("hold of one recipient holds the message, other recipients too",
          needs="hold")
def hold_is_for_the_message(gateway):
    gateway.policy(HELD)
    gateway.send(to=["user@plain.example", "user@held.example"]).is_held()


def is_not_taken(gateway, reply, subject):
    """A deferral, and the message is neither kept nor delivered."""
    wants(400 <= reply.code < 500, "a deferral", reply)
    gateway.mta.settle()
    wants(not gateway.mta.queue(), "an empty queue", gateway.mta.queue())
    wants(not gateway.sink.arrivals(subject), "no delivery", "one")


@scenario("killed -9 before RCPT: nothing is accepted that the table would "
          "have refused")
def killed_before_rcpt(gateway):
    gateway.policy(BANK)
    with gateway.session() as session:
        gateway.hand_over(session).is_refused("550 5.7.10")
        gateway.daemon.kill()
        for to in ("user@bank.example", "user@plain.example"):
            sent = gateway.hand_over(session, to)
            is_not_taken(gateway, sent.said.last, sent.subject)


@scenario("killed -9 before DATA: a message that was to be held is not taken")
def killed_before_data(gateway):
    gateway.policy(HELD)
    with gateway.session() as session:
        subject = gateway.subject()
        session.mail(STRANGER)
        answers(session.rcpt("user@held.example"), "250 2.1.5", "RCPT")
        gateway.daemon.kill()
        is_not_taken(gateway, session.data(message(subject)), subject)


@scenario("killed -9 inside DATA: a message that was to be held is not taken")
def killed_inside_data(gateway):
    gateway.policy(HELD)
    with gateway.session() as session:
        subject = gateway.subject()
        session.mail(STRANGER)
        answers(session.rcpt("user@held.example"), "250 2.1.5", "RCPT")
        answers(session.command("DATA"), "354", "DATA")
        session.send(f"Subject: {subject}\r\n\r\nHalf of it.\r\n")
        gateway.daemon.kill()
        is_not_taken(gateway, session.command("."), subject)


@scenario("with no daemon at all mail is deferred, and taken when it is back")
def down_and_up_again(gateway):
    gateway.policy(BANK)
    gateway.daemon.stop()
    with gateway.session() as session:
        said = hand_over(session, STRANGER, ["user@bank.example"], "down")
    wants(said.last.code == 451, "451", said.last)
    gateway.policy(BANK)
    gateway.send().is_refused("550 5.7.10")
    gateway.send(tls=True).is_untouched()


@scenario("default_action=accept would have accepted it: why enforce "
          "forbids it", needs="postfix")
def careless_is_open(gateway):
    gateway.policy(BANK)
    gateway.send(listener="careless").is_refused("550 5.7.10")
    gateway.daemon.kill()
    gateway.send(listener="careless").is_delivered()


@scenario("SIGTERM ends the daemon with a session open")
def stops_with_a_session(gateway):
    gateway.policy(BANK)
    with gateway.session() as session:
        gateway.hand_over(session, "user@plain.example").is_untouched()
        status = gateway.daemon.stop()
    wants(status == 0, "exit status 0", status)


@scenario("a second daemon does not take a running one's socket")
def second_daemon_is_refused(gateway):
    gateway.policy(BANK)
    second = Daemon(gateway.lab, gateway.daemon.program,
                    gateway.daemon.socket_path, gateway.daemon.group,
                    "second")
    second.write([])
    wants(second.ends(), "an error as its exit status", second.said())
    gateway.send().is_refused("550 5.7.10")


@scenario("a broken file at the start is exit status 78, and nothing listens")
def broken_start(gateway):
    gateway.daemon.write(['{ name = "bank"; domains = "bank.example"; '
                          'entry = { level = "encrpt"; stage = "reject"; };}'])
    status = gateway.daemon.ends()
    wants(status == 78, "exit status 78", status)
    with gateway.session() as session:
        said = hand_over(session, STRANGER, ["user@bank.example"], "none")
    wants(said.last.code == 451, "451 without a daemon", said.last)


@scenario("addresses that are long or not UTF-8 are judged, and escaped in "
          "the log")
def odd_bytes(gateway):
    gateway.policy(row("bank", entry=rule("encrypt", "log-only")))
    since = len(gateway.records())
    for sender in (b"\xff\xfe'\"\\@stranger.example",
                   b"\xe2\x80\xae\x7f@stranger.example",
                   b"x" * 300 + b"@stranger.example"):
        with gateway.session() as session:
            session.send(b"MAIL FROM:<" + sender + b">\r\n")
            if session.reply().accepted:
                answers(session.rcpt("user@bank.example"), "250 2.1.5", "RCPT")
                answers(session.data(message("odd")), "250 2.0.0", "DATA")
    gateway.send().is_untouched()
    gateway.record(since, {"sender": STRANGER})
    wants(all(line.isascii() for line in
              gateway.daemon.log.read_bytes().split(b"\n")),
          "a log of plain ASCII", "other bytes")


@scenario("a full log disk: mail is judged all the same, and one warning says "
          "so")
def full_log_disk(gateway):
    gateway.policy(BANK, decisions="/dev/full")
    for _ in range(3):
        gateway.send().is_refused("550 5.7.10")
        gateway.send(tls=True).is_untouched()
    said = gateway.daemon.said()
    wants(said.count("/dev/full") == 1, "one warning that names the log",
          said[-1000:])
