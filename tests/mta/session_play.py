# SPDX-License-Identifier: BSD-2-Clause
"""session_play - plays one session of a script against a real MTA

Compares the answers with the script's, mail with the sink and the quarantine,
records with the decision log, and the macros that the script gives with those
of the log.
"""

import itertools
import re
import ssl
import time

from client import Session as Connection, message
from lab import PATIENCE, wait_until
from session_world import CIPHERS as DEFAULT_CIPHERS, PASSWORD

VERSIONS = {"1.2": ssl.TLSVersion.TLSv1_2, "1.3": ssl.TLSVersion.TLSv1_3}
# With TLS 1.3 a client cannot choose.
CIPHERS = {"1.2": DEFAULT_CIPHERS["1.2"], "1.3": ""}
TAG = "X-EnforceTLS"
SUBJECTS = itertools.count(1)


class Disagreement(Exception):
    """The MTA did not answer, deliver or log as in the script."""


class Played:
    """One session being played."""

    def __init__(self, world, script, session, setting):
        self.world, self.script, self.session = world, script, session
        self.setting = setting
        self.client = session.client
        self.connection = None
        self.headers = []
        self.accepted = 0       # recipients of the message
        self.rcpts = []         # (step, reply) of the session
        self.ended = False
        self.since = len(world.daemon.decisions())

    def play(self):
        if self.client.local:
            self._submit()
        else:
            self._connect()
            try:
                self._open()
                for step in self.session.steps:
                    getattr(self, f"_do_{step.verb}")(step)
                if not self.ended:
                    self.connection.quit()
            finally:
                self.connection.close()
        self._check_records()
        if self.world.daemon.has_crashed():
            raise Disagreement("enforcetlsd ended: "
                               + self.world.daemon.said()[-2000:])

    # The client

    def _connect(self):
        client = self.client
        name = client.listener
        if client.certificate == "not-requested":
            name = "noask"
        source = client.address if client.address != "127.0.0.1" else None
        self.connection = Connection(
            self.world.listener(name, client.address), source)
        if self.connection.listener.wrapper:
            self._handshake()

    def _handshake(self):
        """With the version, cipher and certificate of the script."""
        client = self.client
        version = client.tls if client.tls in VERSIONS else "1.3"
        self.connection.handshake(
            self.world.certificates.client(client.certificate,
                                           client.common_name),
            VERSIONS[version], client.cipher or CIPHERS[version])

    def _open(self):
        if self.client.opening != "usual":
            return
        connection, client = self.connection, self.client
        connection.ehlo()
        if client.tls != "none" and not connection.is_encrypted:
            self._do_starttls(None)
            connection.ehlo()
        if client.login:
            self._do_auth(None)
        if client.xclient:
            words = {"addr": _xclient_address(client.xclient),
                     "name": "[UNAVAILABLE]"}
            if client.xclient_login:
                words["login"] = client.xclient_login
            self._must(connection.xclient(**words), "XCLIENT")
            connection.ehlo()

    def _must(self, reply, what):
        if not reply.accepted:
            raise Disagreement(f"{what} answered {reply}")

    # Steps

    def _do_helo(self, step):
        self._forget()
        self.connection.helo(step.argument or "client.example")

    def _do_ehlo(self, step):
        self._forget()
        self.connection.ehlo(step.argument or "client.example")

    def _do_starttls(self, _step):
        self._must(self.connection.command("STARTTLS"), "STARTTLS")
        self._handshake()

    def _do_auth(self, _step):
        client = self.client
        user = client.login
        self._must(self.connection.login(user, PASSWORD), f"AUTH as {user}")

    def _do_mail(self, step):
        self._forget()
        self._must(self.connection.command(_words("MAIL FROM:", step)),
                   f"line {step.line}: MAIL")

    def _do_rcpt(self, step):
        reply = self.connection.command(
            self.world.fill_in(_words("RCPT TO:", step)))
        self.rcpts.append((step, reply))
        self.accepted += reply.accepted
        self._compare(step, reply)

    def _do_header(self, step):
        self.headers.append(self.world.fill_in(step.argument))

    def _do_data(self, step):
        subject = f"session message {next(SUBJECTS)}"
        reply = self.connection.command("DATA")
        if step.want == ("none",):
            if 400 <= reply.code < 600:
                return
            raise Disagreement(f"line {step.line}: DATA without recipients "
                               f"answered {reply}")
        if reply.code == 354:
            reply = self.connection.content(message(subject, self.headers))
        self._compare(step, reply)
        self._check_mail(step, subject, reply)
        self._forget()

    def _do_rset(self, _step):
        self._forget()
        self.connection.rset()

    def _do_noop(self, _step):
        self.connection.command("NOOP")

    def _do_quit(self, _step):
        self.connection.quit()
        self.ended = True

    def _do_drop(self, _step):
        self.connection.close()
        self.ended = True

    def _do_unknown(self, step):
        self.connection.command(step.argument)

    def _do_reload(self, step):
        self.world.write_policy(self.script.policies[step.argument],
                                self.setting)
        self.world.daemon.reload()

    def _forget(self):
        self.accepted, self.headers = 0, []

    # Comparisons

    def _compare(self, step, reply):
        kind, *rest = step.want or ("",)
        if kind == "accept":
            good = reply.code == 250
        elif kind in ("reject", "defer"):
            code, enhanced, reason = rest
            good = (reply.codes == f"{code} {enhanced}"
                    and reason in _text_words(reply.text))
        else:
            good = True
        if not good:
            raise Disagreement(
                f"line {step.line}: {step.verb} {step.argument}: wanted "
                f"{' '.join(step.want)}; was answered {reply}")

    def _check_mail(self, step, subject, reply):
        """Where the message is now."""
        world = self.world
        world.mta.settle()
        held = [one for one in world.mta.held()
                if world.mta.has_subject(one, subject)]
        arrived = world.sink.arrivals(subject)
        said = f"line {step.line}: data = {' '.join(step.want)}"
        if not reply.accepted:
            if held or arrived:
                raise Disagreement(f"{said}: refused, and kept all the same")
        elif step.want == ("accept", "hold"):
            if not held or arrived:
                raise Disagreement(f"{said}: {len(held)} in quarantine, "
                                   f"{len(arrived)} arrived")
        elif not arrived or held:
            raise Disagreement(f"{said}: {len(arrived)} arrived, "
                               f"{len(held)} in quarantine")
        else:
            self._check_arrival(said, step, arrived)

    def _check_arrival(self, said, step, arrived):
        recipients = sum(len(one.recipients) for one in arrived)
        if recipients > self.accepted:
            raise Disagreement(f"{said}: {self.accepted} recipients were "
                               f"accepted, {recipients} delivered to")
        tagged = all(one.header(TAG) for one in arrived)
        untouched = not any(one.header(TAG) for one in arrived)
        if not (tagged if "tag" in step.want else untouched):
            raise Disagreement(f"{said}: {TAG} is "
                               f"{arrived[0].header(TAG)!r}")

    # sendmail(1)

    def _submit(self):
        """One message, as a local program hands it over."""
        sender, recipients, headers = "", [], []
        data = None
        for step in self.session.steps:
            if step.verb == "mail":
                sender = step.argument.strip("<>")
            elif step.verb == "rcpt":
                recipients.append(step.argument.strip("<>"))
                self.rcpts.append((step, None))
            elif step.verb == "header":
                headers.append(step.argument)
            elif step.verb == "reload":
                self._do_reload(step)
            elif step.verb == "data":
                data = step
        subject = f"session message {next(SUBJECTS)}"
        world = self.world
        begun = len(world.mta.logged())
        world.mta.submit(sender, recipients, message(subject, headers))
        self._check_submission(data, subject, begun)

    def _check_submission(self, data, subject, begun):
        """What became of a local message; begun: where the MTA's log was.
        Nothing counts that may only be late: an arrival, the message in a
        queue, or the filter's refusal in the log is waited for."""
        world = self.world
        kind = data.want[0] if data.want else ""

        def held():
            return any(world.mta.has_subject(one, subject)
                       for one in world.mta.held())

        outcomes = {
            "accept": lambda: bool(world.sink.arrivals(subject)),
            "accept hold": held,
            "reject": lambda: world.mta.refused_local(begun, "5"),
            "defer": lambda: world.mta.refused_local(begun, "4")
            and world.mta.keeps_local(subject),
        }
        name = " ".join(data.want) if data.want == ("accept", "hold") else kind
        if name not in outcomes:
            raise Disagreement(f"line {data.line}: what is "
                               f"{' '.join(data.want)} of a local message?")
        wait_until(outcomes[name], PATIENCE,
                   f"line {data.line}: a local message's {name}")
        if kind != "defer":
            world.mta.settle()
        arrived = world.sink.arrivals(subject)
        if bool(arrived) != (name == "accept") or \
                held() != (name == "accept hold"):
            raise Disagreement(f"line {data.line}: data = {name}: "
                               f"{len(arrived)} arrived, held: {held()}")

    # The decision log

    def _check_records(self):
        expected = sum(len(step.records) for step, _ in self.rcpts
                       if step.records)
        wanted = any(step.records is not None for step, _ in self.rcpts)
        if wanted:
            self._wait_for_records(expected)
        groups = self._grouped()
        for step, reply in self.rcpts:
            group = _take(groups, step, reply)
            if step.records is not None:
                _hold_against(step, group)
            if step.shows is not None and group:
                self._check_shown(step, group[0])

    def _wait_for_records(self, expected):
        """The log is written asynchronously."""
        def enough():
            return len(self.world.daemon.decisions(self.since)) >= expected

        if expected:
            try:
                wait_until(enough, 3, "records")
            except Exception:
                pass            # reported below
        else:
            time.sleep(0.15)

    def _grouped(self):
        """Lists of the records of one RCPT each, oldest first."""
        groups = {}
        for record in self.world.daemon.decisions(self.since):
            groups.setdefault(record["ref"], []).append(record)
        return list(groups.values())

    def _check_shown(self, step, record):
        address, host, mailer = (None if part == "-" else part
                                 for part in step.shows)
        wanted = (address, _without_dot(self.world.with_ports(host)), mailer)
        came = (record["rcpt_addr"], _without_dot(record["rcpt_host"]),
                record["mailer"])
        if wanted != came:
            raise Disagreement(
                f"line {step.line}: the script says that the MTA shows "
                f"{wanted}; it showed {came}")


def _words(command, step):
    return f"{command}{step.argument} {step.parameters}".rstrip()


def _without_dot(host):
    """Sendmail ends a name that it has looked up with a dot."""
    return host.removesuffix(".") if host else host


def _text_words(text):
    return re.split(r"[\s(),:;]+", text)


def _xclient_address(address):
    return f"IPV6:{address}" if ":" in address else address


def _take(groups, step, reply):
    """Removes and returns the records of this RCPT: those whose reference
    its answer carries, else the oldest of its recipient."""
    typed = step.argument.strip("<>")
    at = None
    for index, group in enumerate(groups):
        if reply is not None and not reply.accepted \
                and group[0]["ref"] in reply.text:
            at = index
            break
        if at is None and group[0]["recipient"].strip("<>") == typed:
            at = index
    return groups.pop(at) if at is not None else []


def _value(record, key):
    """A key of the record, or of its proof by its own name."""
    if key in record:
        return record[key]
    proof = record.get("proof")
    return proof.get(key) if isinstance(proof, dict) else None


def _carries(record, wanted):
    return all(_is(_value(record, key), value)
               for key, value in wanted.items())


def _is(came, wanted):
    """Whether a value of the log is the script's: true also means any text,
    and null an absent value."""
    if wanted is True and isinstance(came, str):
        return came != ""
    if wanted is None:
        return came is None or came is False
    if isinstance(came, (int, float)) and not isinstance(came, bool):
        came = str(came)
    return came == wanted


def _hold_against(step, group):
    """Each expected record is a different one of the group; none is left."""
    left = list(group)
    for wanted in step.records:
        found = next((one for one in left if _carries(one, wanted)), None)
        if found is None:
            keys = list(wanted)
            raise Disagreement(
                f"line {step.line}: no record with {wanted}; there are "
                f"{[{key: _value(one, key) for key in keys} for one in left]}")
        left.remove(found)
    if left:
        raise Disagreement(
            f"line {step.line}: {len(left)} records more than the script "
            f"has: {[(one['hop'], one['partner']) for one in left]}")
