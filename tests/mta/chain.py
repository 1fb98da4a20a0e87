# SPDX-License-Identifier: BSD-2-Clause
"""chain - three real MTAs one after the other, in a network of their own

    stranger -> edge (Postfix) -> middle (Sendmail) -> last (Postfix) -> sink
    203.0.113.5 192.0.2.10       192.0.2.20          192.0.2.30
                                                     with enforcetlsd

Hops on loopback cross no wire and prove nothing, so each MTA needs its
own address. All addresses are on the loopback interface of a network namespace
with no other interface: the runner, tests/mta/chain, starts this in one.
"""

import contextlib

from client import Session, hand_over, prepare
from daemon import Daemon
from gateway import matches
from lab import Lab, LabError, run, wait_until
from postfix import ENFORCE, Listener, Postfix
from sendmail import Sendmail
from sink import Sink

EDGE, MIDDLE, LAST = "192.0.2.10", "192.0.2.20", "192.0.2.30"
STRANGER = "203.0.113.5"
ADDRESSES = (EDGE, MIDDLE, LAST, STRANGER)
CLIENTS = "127.0.0.0/8 192.0.2.0/24 203.0.113.0/24"
OWN_RELAYS = f'own_relays = [ "{EDGE}", "{MIDDLE}" ];'
# Plaintext to the middle, for hops without encryption.
NO_STARTTLS = ", M=S"


class Broken(Exception):
    """A promise was not kept."""


def make_network():
    """Brings the namespace's loopback up, with every address."""
    run(["ip", "link", "set", "lo", "up"])
    for address in ADDRESSES:
        run(["ip", "addr", "add", f"{address}/32", "dev", "lo"])


class Chain:
    """The three, the daemon before the last, and the sink behind it."""

    def __init__(self, stack, certificates, program, keep=False):
        self.labs = [stack.enter_context(Lab(keep)) for _ in range(3)]
        edge_lab, middle_lab, last_lab = self.labs
        self.certificates = certificates
        self.lab = last_lab
        self.sink = Sink(last_lab.port())
        last_lab.at_exit(self.sink.stop)
        self.ports = {address: last_lab.port()
                      for address in (EDGE, MIDDLE, LAST)}
        self.last = self._postfix(last_lab, LAST, "last.corp.example",
                                  ENFORCE, {"mynetworks": CLIENTS})
        self.middle = Sendmail(
            middle_lab, certificates, self.sink, milter="",
            hostname="middle.corp.example", smtp_port=self.ports[LAST],
            more=self._middle_lines())
        self.edge = self._postfix(edge_lab, EDGE, "edge.corp.example", "", {
            "default_transport":
                f"smtp:[{MIDDLE}]:{self.ports[MIDDLE]}",
            "smtp_bind_address": EDGE,
            "smtp_tls_security_level": "encrypt",
            "mynetworks": CLIENTS})
        self.daemon = Daemon(last_lab, program, self.last.milter_socket,
                             self.last.milter_group)

    def _postfix(self, place, address, name, milter, settings):
        mta = Postfix(place, self.certificates, self.sink, milter=milter,
                      main={"myhostname": name, **settings})
        with open(mta.etc / "master.cf", "a") as master:
            master.write(f"{address}:{self.ports[address]} inet "
                         "n - n - - smtpd\n")
        mta.listeners[address] = Listener(address, address,
                                          self.ports[address], False)
        return mta

    def _middle_lines(self, modifier=""):
        return "\n".join((
            f"define(`SMART_HOST', `esmtp:[{LAST}]')dnl",
            f"DAEMON_OPTIONS(`Name=relay, Family=inet, Addr={MIDDLE}, "
            f"Port={self.ports[MIDDLE]}')dnl",
            f"CLIENT_OPTIONS(`Family=inet, Addr={MIDDLE}{modifier}')dnl"))

    def start(self):
        for mta in (self.last, self.middle, self.edge):
            mta.start()

    # What the hops are to be

    @contextlib.contextmanager
    def hops(self, to_middle=True, to_last=True):
        """Whether the two inner hops are encrypted, for a while."""
        with contextlib.ExitStack() as stack:
            if not to_middle:
                self._edge_level("none")
                stack.callback(self._edge_level, "encrypt")
            if not to_last:
                stack.enter_context(self.middle.configured(
                    more=self._middle_lines(NO_STARTTLS)))
            yield

    def _edge_level(self, level):
        run(["postconf", "-c", self.edge.etc, "-e",
             f"smtp_tls_security_level={level}"])
        self.edge.reload()

    def policy(self, *rows, settings=""):
        self.daemon.stop()
        self.daemon.write(rows, mta="postfix",
                          settings=OWN_RELAYS + settings)
        self.daemon.start()

    def clear(self):
        """Empties all queues for the next promise."""
        self.daemon.stop()
        for mta in (self.last, self.middle, self.edge):
            mta.empty_queue()

    # Mail

    def send(self, subject, sender="someone@stranger.example",
             to="user@bank.example", tls=False, certificate=None,
             headers=(), into=EDGE, helo=None):
        """One message from the stranger's address. helo: his name in
        a last EHLO."""
        since = len(self.daemon.decisions())
        mta = {EDGE: self.edge, LAST: self.last}[into]
        with Session(mta.listeners[into], STRANGER) as session:
            prepare(session, tls or certificate is not None, certificate)
            if helo is not None:
                session.ehlo(helo)
            said = hand_over(session, sender, [to], subject, headers)
            session.quit()
        return Passed(self, subject, since, said)


class Passed:
    """The fate of one message."""

    def __init__(self, chain, subject, since, said):
        self.chain, self.subject, self.since = chain, subject, since
        self.said = said

    def is_delivered(self):
        arrived = self.chain.sink.wait(self.subject, seconds=20)
        if not arrived:
            raise Broken("nothing arrived; " + self._why())
        self.arrival = arrived[0]
        return self

    def waits_in_the_middle(self, codes):
        """The last MTA deferred it with these codes; the middle keeps it."""
        def waiting():
            return [one for one in self.chain.middle.queue()
                    if one.subject == self.subject
                    and codes in "".join(one.reasons)]

        try:
            wait_until(waiting, 20, "the message in the middle's queue")
        except LabError:
            raise Broken(f"not deferred with {codes}; {self._why()}"
                         ) from None
        if self.chain.sink.arrivals(self.subject):
            raise Broken("it arrived all the same")
        return self

    def is_refused(self, codes):
        """The session itself was answered so."""
        last = self.said.last
        if last is None or last.codes != codes:
            raise Broken(f"wanted {codes}; came {last}")
        return self

    def is_logged(self, **wanted):
        def found():
            return [one for one in self.chain.daemon.decisions(self.since)
                    if matches(one, wanted)]

        try:
            wait_until(found, 5, "a record")
        except LabError:
            seen = [{key: one.get(key) for key in (*wanted, "proof")}
                    for one in self.chain.daemon.decisions(self.since)]
            raise Broken(f"no record with {wanted}; there are {seen}"
                         ) from None
        return self

    def _why(self):
        chain = self.chain
        waiting = [(one.subject, one.reasons) for one in chain.middle.queue()]
        return (f"records {chain.daemon.decisions(self.since)}; middle "
                f"{waiting}; edge {chain.edge.queue()}; "
                + chain.daemon.said()[-600:])
