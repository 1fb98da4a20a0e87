# SPDX-License-Identifier: BSD-2-Clause
"""sink - the SMTP server behind the MTA, where mail arrives

It accepts and stores everything: envelope, lines, and whether TLS was used. A
test calls a message delivered if it is here.
"""

import socketserver
import ssl
import threading
import time
import typing

from lab import PATIENCE


class Arrival(typing.NamedTuple):
    sender: str
    recipients: typing.Tuple[str, ...]
    lines: typing.List[str]
    encrypted: bool

    def header(self, name):
        """The first header of that name, unfolded; None if there is none."""
        found = self.headers(name)
        return found[0] if found else None

    def headers(self, name):
        """Every header of that name, unfolded, top first."""
        fields = []
        for line in self.lines:
            if not line:
                break
            if line[0] in " \t" and fields:
                fields[-1] += " " + line.strip()
            else:
                fields.append(line)
        wanted = name.lower() + ":"
        return [field[len(wanted):].strip() for field in fields
                if field.lower().startswith(wanted)]

    @property
    def subject(self):
        return self.header("Subject")


class _Conversation(socketserver.StreamRequestHandler):
    """One client's session."""

    def handle(self):
        self.encrypted = False
        self._forget()
        self._say("220 sink.example ESMTP")
        while True:
            line = self._line()
            if line is None:
                return
            verb = line.split(" ", 1)[0].upper()
            if verb == "QUIT":
                self._say("221 2.0.0 Bye")
                return
            self._obey(verb, line)

    def _line(self):
        """The next line, None at the end of the session."""
        raw = self.rfile.readline()
        if not raw.endswith(b"\n"):
            return None
        return raw.decode(errors="replace").rstrip("\r\n")

    def _obey(self, verb, line):
        if verb in ("EHLO", "LHLO"):
            self._say("250-sink.example")
            if self._offers_tls():
                self._say("250-STARTTLS")
            self._say("250-8BITMIME")
            self._say("250 SMTPUTF8")
        elif verb == "STARTTLS" and self._offers_tls():
            self._start_tls()
        elif verb == "MAIL":
            self._forget()
            self.sender = _path(line)
            self._say("250 2.1.0 Ok")
        elif verb == "RCPT":
            self.recipients.append(_path(line))
            self._say("250 2.1.5 Ok")
        elif verb == "DATA":
            self._take_message()
        elif verb in ("RSET", "NOOP", "HELO"):
            self._say("250 2.0.0 Ok")
        else:
            self._say("500 5.5.2 Not understood")

    def _take_message(self):
        self._say("354 Go ahead")
        lines = []
        line = self._line()
        while line != ".":
            if line is None:
                return          # cut off: nothing arrived
            lines.append(line[1:] if line.startswith(".") else line)
            line = self._line()
        arrival = Arrival(self.sender, tuple(self.recipients), lines,
                          self.encrypted)
        answer = self.server.sink.take(arrival)
        # LMTP answers once a recipient (RFC 2033 section 4.2).
        for _ in self.recipients if self.server.lmtp else [None]:
            self._say(answer)
        self._forget()

    def _offers_tls(self):
        sink = self.server.sink
        return bool(sink.tls or sink.fault) and not self.encrypted

    def _start_tls(self):
        if self.server.sink.fault == "refuses":
            self._say("454 4.7.0 TLS not available due to local problem")
            return
        self._say("220 2.0.0 Ready")
        if self.server.sink.fault == "breaks":
            self._say("this is no TLS record")
            raise ConnectionError("as a broken server does")
        try:
            self.request = self.server.sink.tls.wrap_socket(
                self.request, server_side=True)
        except (OSError, ssl.SSLError):
            self.rfile.close()
            raise ConnectionError("handshake failed") from None
        self.encrypted = True
        self.setup()

    def _forget(self):
        self.sender, self.recipients = None, []

    def _say(self, line):
        self.wfile.write((line + "\r\n").encode())


def _path(line):
    """The address between the angle brackets of MAIL or RCPT."""
    return line[line.find("<") + 1:line.find(">")]


def _chooser(by_name):
    """Shows the certificate of the name that the client sends."""
    contexts = {}
    for name, certificate in by_name.items():
        contexts[name] = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        contexts[name].load_cert_chain(certificate.chain, certificate.key)

    def choose(connection, name, _):
        if name in contexts:
            connection.context = contexts[name]

    return choose


class _Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True
    lmtp = False

    def handle_error(self, request, client_address):
        pass                    # the client disconnected


class _LmtpServer(socketserver.ThreadingUnixStreamServer):
    daemon_threads = True
    lmtp = True

    def handle_error(self, request, client_address):
        pass


class Sink:
    """The servers, and the mail that arrived at any of them."""

    def __init__(self, port, certificate=None, on_arrival=None,
                 host="127.0.0.1", fault=None, by_name=None):
        """Listens on host:port. on_arrival is called with each arrival, and
        what it returns is answered to the client. fault: "refuses" answers
        STARTTLS with 454, "breaks" ends the handshake, "is old" knows only
        TLS 1.0 and 1.1. by_name: certificates for clients that send the
        name (SNI)."""
        self.port = port
        self.tls = None
        self.fault = fault
        if certificate is not None:
            self.tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            self.tls.load_cert_chain(certificate.chain, certificate.key)
        if by_name:
            self.tls.sni_callback = _chooser(by_name)
        if fault == "is old":
            self.tls.set_ciphers("ALL@SECLEVEL=0")
            self.tls.minimum_version = ssl.TLSVersion.TLSv1
            self.tls.maximum_version = ssl.TLSVersion.TLSv1_1
        self._on_arrival = on_arrival
        self._arrivals = []
        self._changed = threading.Condition()
        self._servers = []
        self._file = None
        self._serve(_Server((host, port), _Conversation))

    def listen_lmtp(self, path):
        """Takes mail by LMTP at a socket that everyone may use, too."""
        self._serve(_LmtpServer(str(path), _Conversation))
        path.chmod(0o777)

    def write_to(self, path):
        """Appends all arriving mail to a file, for a person to read."""
        self._file = path

    def _serve(self, server):
        server.sink = self
        self._servers.append(server)
        threading.Thread(target=server.serve_forever,
                         kwargs={"poll_interval": 0.05}, daemon=True).start()

    def stop(self):
        for server in self._servers:
            server.shutdown()
            server.server_close()

    def take(self, arrival):
        """Keeps an arrival; returns the reply for the client."""
        with self._changed:
            self._arrivals.append(arrival)
            if self._file is not None:
                with open(self._file, "a") as out:
                    out.write("\n".join([
                        f"--- from <{arrival.sender}> to "
                        f"{', '.join(arrival.recipients)}",
                        *arrival.lines, ""]))
            self._changed.notify_all()
        if self._on_arrival is not None:
            return self._on_arrival(arrival)
        return "250 2.0.0 Ok: kept"

    def arrivals(self, subject=None):
        """Everything that arrived, or what arrived with that subject."""
        with self._changed:
            return [arrival for arrival in self._arrivals
                    if subject is None or arrival.subject == subject]

    def forget(self):
        """Forgets what arrived until now."""
        with self._changed:
            self._arrivals.clear()

    def wait(self, subject, count=1, seconds=PATIENCE):
        """Waits for count arrivals with that subject; returns what came."""
        end = time.monotonic() + seconds
        with self._changed:
            while True:
                found = [arrival for arrival in self._arrivals
                         if arrival.subject == subject]
                left = end - time.monotonic()
                if len(found) >= count or left <= 0:
                    return found
                self._changed.wait(left)
