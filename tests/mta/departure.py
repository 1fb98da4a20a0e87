# SPDX-License-Identifier: BSD-2-Clause
"""departure - a Postfix that sends, and the next hops it sends to

Its TLS client asks the daemon's map about every next hop. The next hops are
SMTP servers, one for each way in which TLS fails, each on its own loopback
address, whose name only this Postfix knows. Every scenario uses the same ones.
"""

import contextlib
import hashlib
import itertools
import json
import socket
import sqlite3
import ssl
import threading
import time
import typing

import certificates
from client import Session, hand_over, prepare
from daemon import Daemon
from gateway import Broken, STRANGER, rule
from lab import PATIENCE, can_connect, wait_until
from postfix import Postfix, pasted
from resolver import NameServer
from sink import Sink


class Hop(typing.NamedTuple):
    """A next hop. certificate: issuer and name it carries; None: no TLS.
    by_name: a client that sends the domain (SNI) is shown one for it."""
    certificate: typing.Optional[typing.Tuple[str, str, bool]]
    fault: typing.Optional[str] = None
    by_name: bool = False


# domain: what its server shows. None as a name means the domain.
HOPS = {
    "good.example": Hop(("trusted", None, False)),
    "plain.example": Hop(None),
    "refuses.example": Hop(None, "refuses"),
    "breaks.example": Hop(None, "breaks"),
    "expired.example": Hop(("trusted", None, True)),
    "wrong.example": Hop(("trusted", "somebody.else.example", False)),
    "unknown.example": Hop(("unknown", None, False)),
    "self.example": Hop(("self", None, False)),
    "old.example": Hop(("trusted", None, False), "is old"),
    "hosted.example": Hop(("trusted", "mx.hoster.example", False)),
    "sni.example": Hop(("trusted", "mx.hoster.example", False),
                       by_name=True),
    "deep.part.example": Hop(("trusted", None, False)),
    "relay.example": Hop(None),
    # In Postfix's log and in DNS: A-labels.
    "xn--mnchen-3ya.example": Hop(None),
}
CLEAR = {"plain.example", "refuses.example"}
ENCRYPTS = {"good.example", "expired.example", "wrong.example",
            "unknown.example", "self.example", "hosted.example"}

SETTINGS = {
    # The next hop is the recipient's domain, as it is on most servers.
    "default_transport": "smtp",
    # As administrators copy it.
    **pasted("4c"),
    **pasted("4b"),
    "smtp_tls_CAfile": "{ca}",
    "smtp_tcp_port": "{port}",
    "smtp_connection_cache_on_demand": "no",
    "smtp_helo_timeout": "5s",
    "minimal_backoff_time": "1s",
    "maximal_backoff_time": "1s",
    "queue_run_delay": "1000s",
    "smtputf8_enable": "yes",
    "transport_maps": "",
    "default_destination_concurrency_failed_cohort_limit": "0",
}


class Departure:
    """The Postfix, its next hops and the daemon it asks."""

    def __init__(self, gateway):
        self.lab = gateway.lab.inner()
        self.made = certificates.Certificates(
            self.lab.folder("certificates"))
        self.port = self.lab.port()
        self.hops, self.addresses, self.fingerprints = {}, {}, {}
        hosts = "".join(self._serve(number, domain, hop) for number,
                        (domain, hop) in enumerate(HOPS.items(), 1))
        words = {"port": self.port, "ca": self.made.trusted.certificate}
        self.names = NameServer()
        self.names.a = self.addresses
        self.mta = Postfix(
            self.lab, self.made, Sink(self.lab.port()), milter="",
            main={key: value.format(**words)
                  for key, value in SETTINGS.items()}, hosts=hosts,
            name_server=self.names.host)
        self.folder = self.mta.queue_folder / "enforcetls"
        self.socket = self.folder / "map.sock"
        self.daemon = Daemon(self.lab, gateway.daemon.program,
                             self.mta.milter_socket, "postfix", "asked")
        self._names = itertools.count(1)
        # An after-queue filter, which keeps what it gets.
        self.filter = Sink(self.lab.port())
        self.lab.at_exit(self.filter.stop)
        self.mta.start()

    def _serve(self, number, domain, hop):
        """Starts a server; returns its line of the hosts file."""
        host, certificate = f"127.0.1.{number}", None
        if hop.certificate is not None:
            issuer, name, over = hop.certificate
            name = name or domain
            certificate = self.made.make(
                f"hop_{number}", f"/CN={name}", issuer, "serverAuth",
                f"DNS:{name}", certificates.OVER if over
                else certificates.NOW)
            self.fingerprints[domain] = "sha256:" + hashlib.sha256(
                ssl.PEM_cert_to_DER_cert(certificate.chain.read_text())
            ).hexdigest()
        by_name = hop.by_name and {domain: self.made.make(
            f"name_{number}", f"/CN={domain}", "trusted", "serverAuth",
            f"DNS:{domain}", certificates.NOW)}
        self.addresses[domain] = host
        self.hops[domain] = Sink(self.port, certificate, host=host,
                                 fault=hop.fault, by_name=by_name)
        self.lab.at_exit(self.hops[domain].stop)
        return f"{host} {domain}\n"

    # Policy

    def policy(self, *rows, **options):
        """Starts the daemon over these rows."""
        self.stop_daemon()
        self._write(rows, **options)
        self.daemon.start()
        wait_until(self._is_asked, PATIENCE, "the map to listen")

    def _is_asked(self):
        """Whether the map, or the program before it, takes connections."""
        with socket.socket(socket.AF_UNIX) as probe:
            return probe.connect_ex(str(self.listen)) == 0

    def reload(self, *rows, **options):
        self._write(rows, **options)
        self.daemon.reload()

    def _write(self, rows, more="", listen=None, settings="", **options):
        self.listen = listen = listen or self.socket
        settings += (f'\nmap = {{ listen = [ "unix:{listen}" ]; '
                     f'group = "postfix"; {more} }};')
        self.daemon.write(rows, settings=settings, **options)

    def stop_daemon(self):
        status = self.daemon.stop()
        if status:
            raise Broken(f"enforcetlsd ended with {status}:\n"
                         + self.daemon.said()[-2000:])

    def clear(self):
        """Makes it ready for the next scenario."""
        self.stop_daemon()
        self.mta.empty_queue()
        self.socket.unlink(missing_ok=True)

    def set(self, **settings):
        """Changes settings of main.cf under the running Postfix."""
        self.mta.set(**settings)

    # Mail

    def send(self, domain, local="user", headers=()):
        """Hands Postfix a message for a domain; it must take it."""
        subject = f"departure {next(self._names)}"
        with Session(self.mta.listeners["mx"]) as session:
            prepare(session)
            said = hand_over(session, STRANGER, [f"{local}@{domain}"],
                             subject, headers, parameters="SMTPUTF8"
                             if not domain.isascii() else "")
            session.quit()
        return Leaving(self, domain.lower(), subject, said)

    def send_to(self, domains):
        return [self.send(domain) for domain in sorted(domains)]

    def retry(self):
        """Tries all deferred mail once more."""
        self.mta.flush()
        self.mta.settle()


class Leaving(typing.NamedTuple):
    """A message on its way to a next hop."""
    departure: Departure
    domain: str
    subject: str
    said: typing.Any

    def arrivals(self):
        return [arrival for sink in self.departure.hops.values()
                for arrival in sink.arrivals(self.subject)]

    def reason(self):
        """Why it waits; None when it does not."""
        mta = self.departure.mta
        for one in mta.queue():
            if mta.has_subject(one, self.subject):
                return one.reasons[0]
        return None

    def arrived(self, encrypted=True):
        """It reached the next hop, over TLS or in the clear."""
        self.departure.mta.settle()
        came = self.arrivals()
        if not came:
            raise Broken(f"{self.domain}: wanted delivery, but it waits: "
                         f"{self.reason()}")
        if came[0].encrypted != encrypted:
            raise Broken(f"{self.domain}: wanted delivery "
                         f"{'over TLS' if encrypted else 'in the clear'}, "
                         "and it came the other way")
        return self

    def waits(self, words):
        """It is in the queue, for a reason with these words, and has not
        arrived anywhere."""
        self.departure.mta.settle()
        came, reason = self.arrivals(), self.reason()
        if came:
            raise Broken(f"{self.domain}: wanted it to wait, and it arrived "
                         f"{'over TLS' if came[0].encrypted else 'in the '}"
                         f"{'' if came[0].encrypted else 'clear'}")
        if reason is None or words not in reason:
            raise Broken(f"{self.domain}: wanted it to wait for {words!r}, "
                         f"the reason is {reason!r}")
        return self


def departure(gateway):
    """The worker's departure; made for the first scenario that needs it."""
    if not hasattr(gateway, "departure"):
        gateway.departure = Departure(gateway)
    gateway.departure.clear()
    return gateway.departure


def outbound(name, domains, level, stage="defer", more="", keys=""):
    """A row with an outbound rule."""
    quoted = ", ".join(f'"{domain}"' for domain in domains)
    return (f'{{ name = "{name}"; domains = [ {quoted} ]; {keys} '
            f'outbound = {rule(level, stage, more)}; }}')


class Cutter:
    """A proxy between Postfix and the map that sends only the first octets of
    every answer and disconnects."""

    def __init__(self, path, behind, octets):
        self._server = socket.socket(socket.AF_UNIX)
        self._server.bind(str(path))
        path.chmod(0o777)
        self._server.listen()
        self._behind, self._octets = str(behind), octets
        self.answers = 0
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self):
        while True:
            try:
                client, _ = self._server.accept()
            except OSError:
                return
            with client, socket.socket(socket.AF_UNIX) as behind:
                behind.connect(self._behind)
                behind.sendall(client.recv(4096))
                client.sendall(behind.recv(4096)[:self._octets])
                self.answers += 1

    def stop(self):
        self._server.shutdown(socket.SHUT_RDWR)
        self._server.close()


class Publisher:
    """A server of published policies, with the same answer for every
    question."""

    def __init__(self, row):
        answer = f"OK {row}".encode()
        self._answer = b"%d:%s," % (len(answer), answer)
        self._server = socket.create_server(("127.0.0.1", 0))
        self.port = self._server.getsockname()[1]
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self):
        while True:
            try:
                client, _ = self._server.accept()
            except OSError:
                return
            threading.Thread(target=self._talk, args=(client,),
                             daemon=True).start()

    def _talk(self, client):
        # A question is short, and comes in one piece.
        with client:
            while client.recv(4096):
                client.sendall(self._answer)

    def stop(self):
        self._server.shutdown(socket.SHUT_RDWR)
        self._server.close()


class Resolver:
    """postfix-mta-sts-resolver with cached policies: the lab has neither DNS
    nor HTTPS."""

    def __init__(self, lab, policies):
        self.port = lab.port()
        cache = lab.root / f"sts-{self.port}.db"
        with contextlib.closing(sqlite3.connect(cache)) as filled:
            filled.execute("create table sts_policy_cache (domain text, "
                           "ts integer, pol_id text, pol_body text)")
            filled.execute("create unique index sts_policy_domain on "
                           "sts_policy_cache (domain)")
            filled.executemany(
                "insert into sts_policy_cache values (?, ?, 'a', ?)",
                [(domain, int(time.time()), json.dumps(
                    {"mode": "enforce", "mx": names, "max_age": 31557600}))
                 for domain, names in policies.items()])
            filled.commit()
        config = lab.root / f"sts-{self.port}.yml"
        config.write_text(
            f"host: 127.0.0.1\nport: {self.port}\ncache_grace: 31557600\n"
            f"cache:\n  type: sqlite\n  options:\n    filename: {cache}\n"
            "default_zone:\n  strict_testing: false\n  timeout: 1\n")
        self._process = lab.start(["mta-sts-daemon", "-c", config],
                                  f"sts-{self.port}")
        wait_until(lambda: can_connect("127.0.0.1", self.port), PATIENCE,
                   "the resolver to listen")

    def stop(self):
        self._process.stop()
