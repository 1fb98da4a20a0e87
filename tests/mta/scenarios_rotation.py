# SPDX-License-Identifier: BSD-2-Clause
"""The rotations of enforcetls(7), typed as they are printed, under load.

Several clients send meanwhile. Each message has to be accepted at the first
attempt and to arrive, and nothing may be on record as refused. At the end the
old credential is refused: otherwise nothing was rotated.
"""

import contextlib
import itertools
import pathlib
import re
import shutil
import ssl
import subprocess
import threading
import typing

import certificates
from client import Session, hand_over, prepare
from departure import departure
from gateway import answers, wants
from issuing import Issuer
from lab import PATIENCE, wait_until
from postfix import SASL_PASSWORD, SASL_USER
from scenario import scenario
from scenarios_exceptions import Administrator

PAGE = (pathlib.Path(__file__).resolve().parent.parent.parent
        / "conf" / "enforcetls.7")
CLIENT = "127.0.0.11"           # in place of the application's address
INCLUDE = 'include = "partners.d/*.conf";\n'
LAB_CA = [("O", "Lab"), ("CN", "Lab trusted CA")]
# Who sends the load, and who tries a credential apart from it.
LOADER, PROBE = "load@nobody.example", "probe@nobody.example"
# Messages that are sent between two steps, at least.
BETWEEN = 8


def displays(heading):
    """The literal displays under a heading of the page, unescaped."""
    part = re.search(rf"^\.S[sh] {re.escape(heading)}$(.*?)(?=^\.S[sh] |\Z)",
                     PAGE.read_text(), re.M | re.S).group(1)
    shown = re.findall(r"^\.Bd -literal.*?\n(.*?)^\.Ed$", part, re.M | re.S)
    return [text.replace("\\&", "").replace("\\e", "\\") for text in shown]


def policies(heading):
    """The displays that are rows."""
    return [text for text in displays(heading)
            if text.startswith(("services =", "partners ="))]


def commands(heading):
    """The displays that are typed."""
    return [text for text in displays(heading)
            if text not in policies(heading)]


TAKE_MORE, TAKE_LESS = commands("ROTATION")


class Credential(typing.NamedTuple):
    """What a client shows, and asks of the server."""
    certificate: typing.Any = None
    login: str = ""             # with SASL_PASSWORD
    tls: bool = True
    pins: tuple = ()            # certificates of the server, in DER

    def begin(self, session):
        """Makes it ready for mail. Returns the reply that refused the login.
        """
        prepare(session, self.tls, self.certificate)
        if self.pins and session.peer() not in self.pins:
            raise OSError("the server shows another certificate")
        if not self.login:
            return None
        reply = session.login(self.login, SASL_PASSWORD)
        return None if reply.accepted else reply


class Load:
    """Clients that send without a pause, by one of the credentials in turn."""
    CLIENTS = 3

    def __init__(self, listener, to, credentials, source=None):
        self.listener, self.to, self.source = listener, to, source
        self.credentials = list(credentials)
        self._numbers = itertools.count(1)
        self._stop = threading.Event()
        self._lock = threading.Lock()
        self.sent, self.wrong = [], []
        self._threads = [threading.Thread(target=self._send_on, daemon=True)
                         for _ in range(self.CLIENTS)]

    def __enter__(self):
        for thread in self._threads:
            thread.start()
        self.goes_on()
        return self

    def __exit__(self, *exception):
        self._stop.set()
        for thread in self._threads:
            thread.join(PATIENCE)

    def uses(self, *credentials):
        """Has the clients show these from now on."""
        self.credentials = list(credentials)
        self.goes_on()

    def goes_on(self):
        """Waits until each client has sent with what is in force now."""
        before = len(self.sent)
        wait_until(lambda: len(self.sent) >= before + BETWEEN or self.wrong,
                   PATIENCE, "the clients to send")
        self.went_well()

    def went_well(self):
        wants(not self.wrong, "every message to be accepted at once",
              self.wrong[:3])

    def _send_on(self):
        while not self._stop.is_set():
            subject, reply = self._send_one()
            with self._lock:
                if reply is None or not reply.accepted:
                    self.wrong.append((subject, str(reply)))
                else:
                    self.sent.append(subject)

    def _send_one(self):
        with self._lock:
            number = next(self._numbers)
        used = self.credentials[number % len(self.credentials)]
        subject = f"load {id(self)} {number}"
        try:
            return subject, send(used, self.listener, self.to, subject,
                                 self.source)
        except OSError as problem:
            return f"{subject}: {problem}", None


def send(credential, listener, to, subject, source=None, sender=LOADER):
    """Sends one message; returns the reply that decided."""
    with Session(listener, source) as session:
        reply = credential.begin(session)
        if reply is None:
            reply = hand_over(session, sender, [to], subject).last
        session.quit()
    return reply


class Rotation:
    """A running daemon and the administrator who types."""

    def __init__(self, daemon, mta, more=None):
        """more: what stands here for names of the page."""
        self.daemon, self.mta = daemon, mta
        self.names = {"10.1.2.7": CLIENT, **(more or {})}
        self.rows = daemon.folder / "partners.d"
        shutil.rmtree(self.rows, ignore_errors=True)
        self.rows.mkdir()
        self._bin = daemon.folder / "bin"
        self._bin.mkdir(exist_ok=True)
        tool = self._bin / "enforcetls"
        tool.write_text(f'#!/bin/sh\nexec "{Administrator(daemon).tool}" '
                        f'-c "{daemon.conf}" "$@"\n')
        tool.chmod(0o755)
        self.printed = ""

    def here(self, text):
        for there, here in self.names.items():
            text = text.replace(there, str(here))
        return text

    def write(self, text):
        (self.rows / "rotated.conf").write_text(self.here(text))

    def types(self, text, stdin=""):
        """Types a display of the page; its last status has to be 0."""
        digest = re.search(r"--allow-loss (\S+)", self.printed)
        text = self.here(text).replace("DIGEST", digest.group(1) if digest
                                       else "DIGEST")
        done = subprocess.run(
            ["bash", "-c", text], input=stdin, capture_output=True, text=True,
            timeout=PATIENCE, check=False,
            env={"PATH": f"{self._bin}:/usr/sbin:/usr/bin:/sbin:/bin",
                 "MAIL_CONFIG": str(self.mta.etc),
                 "ASAN_OPTIONS": "detect_leaks=0"})
        self.printed = done.stdout + done.stderr
        return done.returncode

    def typed(self, text, stdin=""):
        wants(self.types(text, stdin) == 0, f"{text} to work", self.printed)

    def loads_more(self, text):
        """Puts rows in place that accept another credential."""
        self.write(text)
        check, plain, allowed = TAKE_MORE.splitlines()
        self.typed(check)
        wants(self.types(plain) != 0, "a reload to be refused as a loss",
              self.printed)
        self.typed(allowed)

    def reloads_postfix(self, text):
        """Types a display that reloads Postfix, and waits until what runs was
        started since."""
        before = self.mta.servers()
        self.typed(text)
        self.mta.wait_ended(before)

    def loads_less(self, text):
        self.write(text)
        for line in TAKE_LESS.splitlines():
            self.typed(line)


@contextlib.contextmanager
def rotation(gateway, heading, **more):
    """The daemon over the first rows that a heading shows, if any."""
    gateway.daemon.stop()
    turn = Rotation(gateway.daemon, gateway.mta, more)
    with Administrator(gateway.daemon):
        for text in policies(heading)[:1]:
            turn.write(text)
        gateway.policy(settings=INCLUDE)
        yield turn


def went_well(load, sink, records):
    """All messages of the load were accepted, arrived, and are on record."""
    load.went_well()
    for subject in load.sent:
        wants(len(sink.wait(subject)) == 1, f"{subject} to arrive once",
              len(sink.arrivals(subject)))
    refused = [one for one in records if one["sender"] == LOADER
               and one["applied"] in ("defer", "reject")]
    wants(not refused, "no refusal on record", refused[:2])


def issuer_of(gateway):
    issuer = Issuer(gateway.lab.folder("rotation"))
    issuer.adopt("trusted", gateway.certificates.trusted)
    return issuer


TO = "user@plain.example"


def tries(gateway, credential, subject):
    """The reply to one message from the application's address."""
    return send(credential, gateway.mta.listeners["submission"], TO, subject,
                CLIENT, PROBE)


def loaded(gateway, credential):
    return Load(gateway.mta.listeners["submission"], TO, [credential], CLIENT)


@scenario("rotation of a client certificate, as enforcetls(7) has it: no "
          "message is refused, and then the old one is", needs="postfix")
def client_certificate(gateway):
    heading = "A client certificate"
    _, both, last = policies(heading)
    issuer = issuer_of(gateway)
    old, new = (Credential(issuer.issue(name, [("CN", name)],
                                        ("trusted", LAB_CA)))
                for name in ("billing-1.corp.example",
                             "billing-2.corp.example"))
    with rotation(gateway, heading) as turn:
        answers(tries(gateway, new, "early"), "550 5.7.1", "an unlisted name")
        with loaded(gateway, old) as load:
            turn.loads_more(both)
            load.uses(old, new)
            load.uses(new)
            turn.loads_less(last)
            load.goes_on()
        went_well(load, gateway.sink, gateway.records())
        answers(tries(gateway, old, "late"), "550 5.7.1", "the old name")


@scenario("rotation of a password, as enforcetls(7) has it: no message is "
          "refused, and then the old login is", needs="postfix")
def password(gateway):
    heading = "A password"
    _, both, last = policies(heading)
    add, remove = commands(heading)
    old, new = (Credential(login=f"billing-{one}@corp.example")
                for one in (1, 2))
    database = gateway.mta.etc / "sasl" / "sasldb2"
    with rotation(gateway, heading, saslpasswd2=f"saslpasswd2 -p -f {database}"
                  ) as turn:
        turn.typed(add.replace("billing-2", "billing-1"), SASL_PASSWORD)
        with loaded(gateway, old) as load:
            turn.loads_more(both)
            turn.typed(add, SASL_PASSWORD)
            load.uses(old, new)
            load.uses(new)
            turn.loads_less(last)
            load.goes_on()
            answers(tries(gateway, old, "late"), "550 5.7.1", "the old login")
            turn.typed(remove)
            load.goes_on()
        went_well(load, gateway.sink, gateway.records())
        answers(tries(gateway, old, "removed"), "535 5.7.8", "AUTH")


def begun(gateway, credential):
    """A TLS session that a client may resume."""
    with Session(gateway.mta.listeners["submission"], CLIENT) as session:
        credential.begin(session)
        return session.resumable()


def resumes(gateway, past):
    """The reply to a message in a resumed session, and whether it was."""
    with Session(gateway.mta.listeners["submission"], CLIENT) as session:
        session.ehlo()
        session.starttls(resume=past)
        session.ehlo()
        return hand_over(session, PROBE, [TO], "resumed").last, \
            session.is_resumed


@scenario("rotation of an authority, as enforcetls(7) has it: no message is "
          "refused, and then its certificates are", needs="postfix")
def authority(gateway):
    both, last = commands("An authority")
    issuer, next_ca = issuer_of(gateway), [("O", "Next"), ("CN", "Next CA")]
    authorities = (gateway.certificates.trusted,
                   issuer.authority("next", next_ca))
    name = [("CN", "billing-1.corp.example")]
    old = Credential(issuer.issue("by-old", name, ("trusted", LAB_CA)))
    new = Credential(issuer.issue("by-next", name, ("next", next_ca)))
    folder = gateway.lab.folder("rotation/ca")
    for number, one in enumerate(authorities, 1):
        shutil.copy(one.certificate, folder / f"ca-{number}.pem")
    shutil.copy(folder / "ca-1.pem", folder / "ca.pem")
    with rotation(gateway, "A client certificate",
                  **{"/etc/postfix/tls": folder}) as turn, \
            gateway.mta.changed(smtpd_tls_CAfile=folder / "ca.pem"):
        answers(tries(gateway, new, "early"), "554 5.7.5", "an unknown one")
        past = begun(gateway, old)
        answer, resumed = resumes(gateway, past)
        wants(answer.accepted and resumed, "a session to be resumed", answer)
        with loaded(gateway, old) as load:
            turn.reloads_postfix(both)
            load.uses(old, new)
            load.uses(new)
            turn.reloads_postfix(last)
            load.goes_on()
        went_well(load, gateway.sink, gateway.records())
        answers(tries(gateway, old, "late"), "554 5.7.5", "the old authority")
        answers(resumes(gateway, past)[0], "554 5.7.5",
                "a session of before that is resumed")


def octets(certificate):
    """The first certificate of a chain, as it is shown."""
    return ssl.PEM_cert_to_DER_cert(certificate.chain.read_text())


@scenario("rotation of our own certificate, as enforcetls(7) has it: no "
          "message is refused, and the old one is shown no more",
          needs="postfix")
def own_certificate(gateway):
    display, = commands("Our own server certificate")
    port = gateway.mta.listeners["submission"].port
    old, new = gateway.certificates.server, issuer_of(gateway).issue(
        "server-next", [("CN", "next.corp.example")], ("trusted", LAB_CA),
        purpose="serverAuth")
    folder = gateway.lab.folder("rotation/server")
    shutil.copy(new.key, folder / "server-2.key")
    shutil.copy(new.chain, folder / "server-2.pem")
    (folder / "server.pem").write_text(old.key.read_text()
                                       + old.chain.read_text())
    pinned = Credential(pins=(octets(old), octets(new)))
    with rotation(gateway, "Our own server certificate",
                  **{"/etc/postfix/tls": folder,
                     "127.0.0.1:25": f"127.0.0.1:{port}"}) as turn, \
            gateway.mta.changed(smtpd_tls_chain_files=folder / "server.pem"):
        turn.write('services = ( { name = "billing"; clients = [ "10.1.2.7" ];'
                   ' inbound = { level = "encrypt"; stage = "reject"; }; } );')
        turn.typed("enforcetls reload")
        with loaded(gateway, pinned) as load:
            turn.reloads_postfix(display)
            wants("next.corp.example" in turn.printed, "the next one",
                  turn.printed)
            load.uses(Credential(pins=(octets(new),)))
        went_well(load, gateway.sink, gateway.records())


@scenario("rotation of a next hop's certificate, as enforcetls(7) has it: no "
          "message waits, and then it does for the old one", "departs")
def next_hop(gateway):
    out, heading = departure(gateway), "A server certificate of a next hop"
    first, both, last = policies(heading)
    hop, mta = out.hops["good.example"], out.mta
    before = hop.tls
    new = out.made.make("hop_next", "/CN=good.example", "self", "serverAuth",
                        "", certificates.NOW)
    turn = Rotation(out.daemon, mta, {"bank.example": "good.example"})
    for number, chain in ((1, out.made.folder / "hop_1.pem"), (2, new.chain)):
        shutil.copy(chain, out.daemon.folder / f"bank-{number}.pem")
    with Administrator(out.daemon):
        turn.write(first)
        out.policy(settings=INCLUDE)
        begun = len(mta.logged())
        with Load(mta.listeners["mx"], "user@good.example",
                  [Credential(tls=False)]) as load:
            turn.loads_more(both)
            load.goes_on()
            after = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            after.load_cert_chain(new.chain, new.key)
            hop.tls = after
            load.goes_on()
            turn.loads_less(last)
            load.goes_on()
        went_well(load, hop, out.daemon.decisions())
        wants("status=deferred" not in mta.logged()[begun:],
              "every message to leave at once", mta.logged()[-2000:])
        wants(all(one.encrypted for one in hop.arrivals()), "TLS", "none")
        hop.tls = before
        out.send("good.example").waits("Server certificate not verified")


@scenario("a service lists the files of two certificates: both are good, and "
          "no other one", needs="sendmail")
def two_files(gateway):
    made = gateway.certificates
    files = ", ".join(f'"{one.chain}"' for one in (made.partner, made.other))
    with gateway.mta.configured(
            more="define(`confCERT_FINGERPRINT_ALGORITHM', `sha256')dnl"):
        gateway.policy(settings='services = ( { name = "billing"; '
                       f'clients = [ "{CLIENT}" ]; inbound = {{ level = '
                       f'"verify"; stage = "reject"; certificates = [ {files}'
                       ' ]; }; } );', mta="sendmail")
        for name in ("partner", "other"):
            gateway.send(TO, certificate=name, source=CLIENT).is_untouched()
        gateway.send(TO, certificate="two_cns", source=CLIENT).is_refused(
            "550 5.7.1")


@scenario("a service lists two names: both are good, and no other one")
def two_names(gateway):
    gateway.policy(settings='services = ( { name = "billing"; '
                   f'clients = [ "{CLIENT}" ]; inbound = {{ level = "verify"; '
                   'stage = "reject"; names = [ '
                   f'"{certificates.PARTNER_CN}", "{certificates.OTHER_CN}" '
                   ']; }; } );')
    for name in ("partner", "other"):
        gateway.send(TO, certificate=name, source=CLIENT).is_untouched()
    gateway.send(TO, certificate="utf8_cn", source=CLIENT).is_refused(
        "550 5.7.1")


@scenario("a rotation where the stage was set with the command: it is set "
          "again after each reload", needs="login")
def staged_rule(gateway):
    def listed(*logins):
        quoted = ", ".join(f'"{one}"' for one in logins)
        return (admin.settings + 'services = ( { name = "billing"; clients = '
                '[ "127.0.0.1" ]; inbound = { level = "verify"; stage = '
                f'"log-only"; logins = [ {quoted} ]; }}; }} );\n')

    def used():
        with gateway.session("submission", tls=True) as session:
            session.login(SASL_USER, SASL_PASSWORD)
            return gateway.hand_over(session, TO, PROBE)

    def staged(*forced):
        admin.types("stage", "billing", "inbound", "reject", "--reason",
                    "the next login", *forced)

    with Administrator(gateway.daemon) as admin:
        gateway.policy(settings=listed("next@corp.example"))
        staged("--force")
        used().is_refused("550 5.7.1")
        gateway.reload(settings=listed("next@corp.example", SASL_USER))
        used().is_refused("550 5.7.1")
        staged()
        used().is_untouched()
        gateway.reload(settings=listed("next@corp.example"))
        used().is_untouched()
        staged("--force")
        used().is_refused("550 5.7.1")
