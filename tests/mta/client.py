# SPDX-License-Identifier: BSD-2-Clause
"""client - one SMTP session, a step at a time

smtplib hides what these tests need: whether a second EHLO was sent, which
certificate was shown, and the reply to each step. Here every step is a call
that returns the reply.
"""

import base64
import re
import socket
import ssl
import typing

from lab import PATIENCE


class Reply(typing.NamedTuple):
    """The server's reply to one command."""
    code: int                   # 0: the session was closed instead
    enhanced: str               # "5.7.10"; "" when there was none
    text: str                   # without codes, lines joined by a newline

    def __str__(self):
        if not self.code:
            return "session closed"
        return " ".join(word for word in (str(self.code), self.enhanced,
                                          self.text) if word)

    @property
    def codes(self):
        """Both codes as one word to compare: "550 5.7.10"."""
        return f"{self.code} {self.enhanced}".strip()

    @property
    def accepted(self):
        return 200 <= self.code < 400


CLOSED = Reply(0, "", "")
ENHANCED = re.compile(r"([245]\.\d{1,3}\.\d{1,3})(?: |$)")


class Session:
    """A connection to a listener; leaving it closes the socket without QUIT."""

    def __init__(self, listener, source=None, timeout=PATIENCE):
        """source: the loopback address of the client."""
        self.listener = listener
        self.is_encrypted = False
        self._tls = None
        source = (source, 0) if source else None
        self._socket = socket.create_connection(
            (listener.host, listener.port), timeout, source)
        self._buffer = b""
        self.greeting = None
        if not listener.wrapper:
            self.greeting = self.reply()

    def __enter__(self):
        return self

    def __exit__(self, *exception):
        self.close()

    def close(self):
        self._socket.close()

    # Lines

    def send(self, data):
        if isinstance(data, str):
            data = data.encode()
        try:
            self._socket.sendall(data)
        except OSError:
            pass                # the next reply shows that it is closed

    def reply(self):
        """Reads one reply, of any number of lines."""
        lines = []
        while True:
            line = self._line()
            if line is None:
                return CLOSED
            lines.append(line[4:])
            if line[3:4] != "-":
                break
        found = ENHANCED.match(lines[0])
        enhanced = found.group(1) if found else ""
        if enhanced:
            lines = [text[len(enhanced):].lstrip()
                     if text.startswith(enhanced) else text for text in lines]
        return Reply(int(line[:3]), enhanced, "\n".join(lines))

    def octets(self):
        """One reply as it came, without its last CR and LF."""
        raw = b""
        while True:
            line = self._raw_line()
            if line is None:
                return raw
            raw += line
            if line[3:4] != b"-":
                return raw
            raw += b"\r\n"

    def _line(self):
        line = self._raw_line()
        return None if line is None else line.decode(errors="replace")

    def _raw_line(self):
        while b"\r\n" not in self._buffer:
            try:
                data = self._socket.recv(65536)
            except OSError:
                return None
            if not data:
                return None
            self._buffer += data
        line, self._buffer = self._buffer.split(b"\r\n", 1)
        return line

    def command(self, line):
        self.send(line + "\r\n")
        return self.reply()

    # Steps

    def ehlo(self, name="client.example"):
        return self.command(f"EHLO {name}")

    def helo(self, name="client.example"):
        return self.command(f"HELO {name}")

    def starttls(self, certificate=None, version=None, resume=None):
        """STARTTLS and the handshake, without an EHLO after it. resume: what
        resumable() returned in an earlier session."""
        answer = self.command("STARTTLS")
        if answer.code == 220 and resume is None:
            self.handshake(certificate, version)
        elif answer.code == 220:
            context, past = resume
            self._socket = context.wrap_socket(self._socket, session=past)
            self.is_encrypted = True
        return answer

    def resumable(self):
        """The TLS session, to be offered again in another one."""
        return self._socket.context, self._socket.session

    @property
    def is_resumed(self):
        return self._socket.session_reused

    def handshake(self, certificate=None, version=None, ciphers=None):
        """The TLS handshake alone; version: the only ssl.TLSVersion to offer;
        ciphers: those to offer for TLS 1.2, as OpenSSL names them."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        if version is not None:
            context.minimum_version = context.maximum_version = version
        if ciphers:
            context.set_ciphers(ciphers)
        if certificate is not None:
            context.load_cert_chain(certificate.chain, certificate.key)
        self._socket = context.wrap_socket(self._socket)
        self.is_encrypted = True
        if self.listener.wrapper:
            self.greeting = self.reply()

    def peer(self):
        """The server's certificate, in DER."""
        return self._socket.getpeercert(binary_form=True)

    def login(self, user, password):
        """AUTH PLAIN with an initial response."""
        words = f"\0{user}\0{password}".encode()
        return self.command("AUTH PLAIN " + base64.b64encode(words).decode())

    def xclient(self, **attributes):
        words = " ".join(f"{key.upper()}={value}"
                         for key, value in attributes.items())
        return self.command(f"XCLIENT {words}")

    def mail(self, sender, parameters=""):
        return self.command(f"MAIL FROM:<{sender}> {parameters}".rstrip())

    def rcpt(self, recipient, parameters=""):
        return self.command(f"RCPT TO:<{recipient}> {parameters}".rstrip())

    def rset(self):
        return self.command("RSET")

    def data(self, message):
        """DATA and, if accepted, the message; returns the last reply."""
        answer = self.command("DATA")
        return self.content(message) if answer.code == 354 else answer

    def content(self, message):
        """The message and the dot, after a DATA that was accepted."""
        lines = message.replace("\r\n", "\n").rstrip("\n").split("\n")
        stuffed = ["." + line if line.startswith(".") else line
                   for line in lines]
        return self.command("\r\n".join(stuffed) + "\r\n.")

    def pipeline(self, *commands):
        """Sends all at once; returns the replies in order."""
        self.send("".join(line + "\r\n" for line in commands))
        return [self.reply() for _ in commands]

    def quit(self):
        return self.command("QUIT")


class Transcript(typing.NamedTuple):
    """The replies to a whole message."""
    mail: Reply
    rcpt: typing.List[Reply]
    data: typing.Optional[Reply]        # None: no recipient was left

    @property
    def last(self):
        """The reply that decided: to the data, or the first refusal."""
        for answer in (self.mail, *self.rcpt, self.data):
            if answer is not None and not answer.accepted:
                return answer
        return self.data


def message(subject, headers=()):
    """A small message; tests recognise it by its subject."""
    return "\n".join([f"Subject: {subject}", "From: <a@sender.example>",
                      "To: <b@receiver.example>", *headers, "",
                      "Nothing to read here.", ""])


def hand_over(session, sender, recipients, subject, headers=(),
              parameters=""):
    """MAIL, every RCPT and the data, in a session that is ready for them. A
    message without a recipient is abandoned."""
    answers = []
    mail = session.mail(sender, parameters)
    if mail.accepted:
        answers = [session.rcpt(recipient) for recipient in recipients]
    data = None
    if any(answer.accepted for answer in answers):
        data = session.data(message(subject, headers))
    elif mail.accepted:
        session.rset()
    return Transcript(mail, answers, data)


def prepare(session, tls=False, certificate=None, version=None):
    """Greets, and where asked starts TLS and greets again."""
    if session.listener.wrapper:
        session.handshake(certificate, version)
    session.ehlo()
    if tls and not session.is_encrypted:
        session.starttls(certificate, version)
        session.ehlo()
