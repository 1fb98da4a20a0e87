# SPDX-License-Identifier: BSD-2-Clause
"""resolver - a name server for MTAs that look up MX records

It answers MX and A from a table, and that a name is not there for all else. It
listens on port 53 of a loopback address that is free, which resolv.conf of a
private instance names.
"""

import ipaddress
import socket
import struct
import threading

from lab import LabError

MX, A = 15, 1


def _name(text):
    return b"".join(bytes([len(label)]) + label.encode()
                    for label in text.rstrip(".").split(".")) + b"\0"


def _question(packet):
    """The name and type that are asked, and where the question ends."""
    labels, at = [], 12
    while packet[at]:
        labels.append(packet[at + 1:at + 1 + packet[at]].decode())
        at += 1 + packet[at]
    return (".".join(labels).lower(),
            struct.unpack("!H", packet[at + 1:at + 3])[0], at + 5)


class NameServer:
    """mx has for each domain its hosts, the first with the lowest preference;
    a has for each host its address."""

    def __init__(self):
        self.mx, self.a = {}, {}
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.host = self._bind()
        threading.Thread(target=self._serve, daemon=True).start()

    def _bind(self):
        for number in range(1, 255):
            host = f"127.0.53.{number}"
            try:
                self._socket.bind((host, 53))
                return host
            except OSError:
                continue        # another lab's
        raise LabError("no free address for a name server")

    def _serve(self):
        while True:
            packet, client = self._socket.recvfrom(4096)
            self._socket.sendto(self._answer(packet), client)

    def _records(self, name, kind):
        if kind == MX:
            return [struct.pack("!H", 10 * (i + 1)) + _name(host)
                    for i, host in enumerate(self.mx.get(name, []))]
        if kind == A and name in self.a:
            return [ipaddress.ip_address(self.a[name]).packed]
        return []

    def _answer(self, packet):
        name, kind, end = _question(packet)
        records = self._records(name, kind)
        known = name in self.mx or name in self.a
        return (packet[:2] + struct.pack("!HHHHH", 0x8180 if known else 0x8183,
                                         1, len(records), 0, 0)
                + packet[12:end]
                + b"".join(b"\xc0\x0c" + struct.pack("!HHIH", kind, 1, 60,
                                                     len(data)) + data
                           for data in records))
