# SPDX-License-Identifier: BSD-2-Clause
"""gateway - an MTA with enforcetlsd in front of it and a sink behind

Scenarios use it to set a policy, send mail and check its fate: by the client's
replies, the sink and the MTA's queue. The daemon's log is checked in addition,
never instead.
"""

import itertools
import typing

from client import Reply, Session, Transcript, hand_over, prepare
from daemon import Daemon
from lab import PATIENCE, LabError, wait_until
from sink import Arrival, Sink

STRANGER = "someone@stranger.example"


class Broken(Exception):
    """A promise was not kept."""


def rule(level, stage="reject", more=""):
    """A rule's text, as in the policy file."""
    return f'{{ level = "{level}"; stage = "{stage}"; {more} }}'


def row(name, domains=(), more="", **hops):
    """A partner's text: row("bank", entry=rule("encrypt"))."""
    domains = domains or [f"{name}.example"]
    quoted = ", ".join(f'"{domain}"' for domain in domains)
    rules = " ".join(f"{hop} = {text};" for hop, text in hops.items())
    return f'{{ name = "{name}"; domains = [ {quoted} ]; {rules} {more} }}'


class Sent(typing.NamedTuple):
    """The fate of one message."""
    gateway: "Gateway"
    subject: str
    said: Transcript
    since: int                  # number of earlier records

    # Promises

    def is_refused(self, codes):
        """Refused with these codes, and neither kept nor delivered."""
        answer = self.said.last
        if answer is None or answer.codes != codes:
            self._broken(f"a refusal with {codes}")
        self._is_nowhere()
        return self

    def is_delivered(self, to=None):
        """It is in the sink, for exactly these recipients."""
        self._was_taken()
        arrived = self.gateway.sink.wait(self.subject)
        if not arrived:
            self._broken("delivery")
        got = sorted(address for arrival in arrived
                     for address in arrival.recipients)
        if to is not None and got != sorted(to):
            self._broken(f"delivery to {sorted(to)}, not to {got}")
        return self

    def is_untouched(self, to=None):
        """Delivered without any change by enforcetls."""
        self.is_delivered(to)
        if self.tag is not None:
            self._broken(f"no header of ours, not {self.tag!r}")
        return self

    def is_tagged(self):
        self.is_delivered()
        if self.tag is None:
            self._broken("a header of ours")
        return self

    def is_held(self):
        """In quarantine, and not in the sink."""
        self._was_taken()
        gateway = self.gateway
        gateway.mta.settle()
        held = [one for one in gateway.mta.held()
                if gateway.mta.has_subject(one, self.subject)]
        if not held:
            self._broken("quarantine, but it holds no such message")
        if gateway.sink.arrivals(self.subject):
            self._broken("quarantine, but it arrived as well")
        return self

    def is_logged(self, **wanted):
        """One record since it was sent carries all of these values."""
        self.gateway.record(self.since, wanted)
        return self

    def is_not_logged(self, **unwanted):
        """No record since it was sent carries all of these values."""
        for record in self.gateway.records(self.since):
            if matches(record, unwanted):
                self._broken(f"no record with {unwanted}")
        return self

    @property
    def place(self):
        """Its place: nowhere, delivered, quarantine or queue."""
        gateway = self.gateway
        gateway.mta.settle()
        if gateway.sink.arrivals(self.subject):
            return "delivered" if self.tag is None else "delivered, tagged"
        for one in gateway.mta.queue():
            if gateway.mta.has_subject(one, self.subject):
                return "quarantine" if one.queue == "hold" else "queue"
        return "nowhere"

    @property
    def arrival(self) -> Arrival:
        return self.gateway.sink.wait(self.subject)[0]

    @property
    def tag(self):
        """The value of our header in what arrived."""
        return self.arrival.header("X-EnforceTLS")

    def _was_taken(self):
        if self.said.data is None or not self.said.data.accepted:
            self._broken("to be taken")

    def _is_nowhere(self):
        gateway = self.gateway
        gateway.mta.settle()
        if gateway.sink.arrivals(self.subject):
            self._broken("nothing to arrive, but it did")
        for one in gateway.mta.queue():
            if gateway.mta.has_subject(one, self.subject):
                self._broken(f"nothing to be kept, but it is in {one.queue}")

    def _broken(self, wanted):
        answers = ", ".join(str(answer) for answer in
                            (self.said.mail, *self.said.rcpt, self.said.data)
                            if answer is not None)
        raise Broken(f"wanted {wanted}; the session went: {answers}")


def matches(record, wanted):
    """Whether the record carries every wanted value; a wanted dict is
    looked for inside the record's."""
    for key, value in wanted.items():
        if key not in record:
            return False
        if isinstance(value, dict):
            if not isinstance(record[key], dict):
                return False
            if not matches(record[key], value):
                return False
        elif record[key] != value:
            return False
    return True


class Gateway:
    """One MTA for many scenarios, one daemon for each."""

    def __init__(self, lab, certificates, make_mta, program):
        """make_mta(lab, certificates, sink) makes the MTA."""
        self.lab = lab
        self.certificates = certificates
        self.sink = Sink(lab.port())
        lab.at_exit(self.sink.stop)
        self.mta = make_mta(lab, certificates, self.sink)
        self.daemon = Daemon(lab, program, self.mta.milter_socket,
                             self.mta.milter_group)
        self._names = itertools.count(1)

    def start(self):
        self.mta.start()

    def clear(self):
        """Makes it ready for the next scenario."""
        self.daemon.stop()
        self.mta.empty_queue()

    # Policy

    def policy(self, *rows, **options):
        """Starts the daemon over these rows; options as Daemon.write()."""
        self.daemon.stop()
        self.daemon.write(rows, **options)
        self.daemon.start()

    def reload(self, *rows, **options):
        """Changes the rows under the running daemon."""
        self.daemon.write(rows, **options)
        self.daemon.reload()

    # Mail

    def session(self, listener="mx", tls=False, certificate=None,
                version=None, source=None):
        """A session after EHLO, and TLS if requested. certificate: a name of
        module certificates."""
        session = Session(self.mta.listeners[listener], source)
        if certificate is not None:
            certificate = getattr(self.certificates, certificate)
        prepare(session, tls or certificate is not None, certificate, version)
        return session

    def subject(self):
        """A subject that no other message has."""
        return f"lab message {next(self._names)}"

    def hand_over(self, session, to="user@bank.example", sender=STRANGER,
                  headers=(), parameters=""):
        """Sends one message in an open session. to: one address or more."""
        recipients = [to] if isinstance(to, str) else list(to)
        since = len(self.daemon.decisions())
        subject = self.subject()
        said = hand_over(session, sender, recipients, subject, headers,
                         parameters)
        return Sent(self, subject, said, since)

    def send(self, to="user@bank.example", sender=STRANGER, headers=(),
             parameters="", **session):
        """Sends one message in a session of its own."""
        with self.session(**session) as opened:
            sent = self.hand_over(opened, to, sender, headers, parameters)
            opened.quit()
        return sent

    # The decision log

    def records(self, since=0):
        return self.daemon.decisions(since)

    def wait_for_records(self, since):
        """Waits until something was recorded since then."""
        wait_until(lambda: self.records(since), PATIENCE, "a record")

    def record(self, since, wanted):
        """Waits for a record that carries the wanted values."""
        def found():
            for record in self.records(since):
                if matches(record, wanted):
                    return record
            return None

        try:
            return wait_until(found, PATIENCE, "a record")
        except LabError:
            seen = [{key: record.get(key) for key in wanted}
                    for record in self.records(since)]
            raise Broken(f"no record with {wanted}; there are: {seen}"
                         ) from None


def wants(question, wanted, came):
    """Fails the scenario unless the question is true."""
    if not question:
        raise Broken(f"wanted {wanted}; came: {came}")


def answers(reply: Reply, codes, step):
    """Fails the scenario unless a step was answered with these codes."""
    wants(reply.codes == codes, f"{step} answered {codes}", reply)
