# SPDX-License-Identifier: BSD-2-Clause
"""The configuration of a real Postfix, as enforcetls reads it. The oracles are
postconf(1) and what the lab itself has configured."""

import contextlib
import hashlib
import re

from gateway import wants
from lab import run
from postfix import LISTENERS, Postfix
from scenario import scenario


def digest(folder):
    """Of every file, its mode and its time."""
    total = hashlib.sha256()
    for one in sorted(folder.rglob("*")):
        about = one.lstat()
        total.update(f"{one} {about.st_mode:o} {about.st_uid} "
                     f"{about.st_mtime_ns}\n".encode())
        if one.is_file() and not one.is_symlink():
            total.update(one.read_bytes())
    return total.hexdigest()


class Model:
    """What tests/show_mta prints of an instance."""

    def __init__(self, gateway, folder):
        build = gateway.daemon.program.parent
        self.text = run([build / "tests" / "show_mta", folder])
        self.unread = re.findall(r"^unread (.*)$", self.text, re.M)

    def of(self, service):
        """The lines of one service or transport, its first included."""
        found = re.search(rf"^(?:service|transport) {re.escape(service)}: "
                          r".*\n(?:  .*\n)*", self.text, re.M)
        wants(found is not None, f"the service {service}", self.text)
        return found.group()

    def has(self, service, *lines):
        for line in lines:
            wants(line in self.of(service), line, self.of(service))


@contextlib.contextmanager
def with_services(mta, text):
    """More lines in master.cf, for a while. Nothing is reloaded."""
    master = mta.etc / "master.cf"
    before = master.read_text()
    master.write_text(before + text)
    try:
        yield
    finally:
        master.write_text(before)


@scenario("a real Postfix is read as it runs, and reading changes nothing",
          needs="postfix")
def model_is_read(gateway):
    mta: Postfix = gateway.mta
    before = digest(mta.etc)
    model = Model(gateway, mta.etc)
    wants(digest(mta.etc) == before, "the same folder", "another one")
    wants(not model.unread, "all to be read", model.unread)
    wants("running 2" in model.text, "a master that runs", model.text[:200])
    for key, (host, chroot, _) in LISTENERS.items():
        port = mta.listeners[key].port
        chrooted = " chrooted" if chroot == "y" else ""
        kind = "screen" if key == "screened" else "smtp"
        line = model.of(f"{host}:{port}/inet").split("\n")[0]
        wants(f": {kind} for " in line and f" port {port} loopback" in line
              and (chrooted in line), f"{kind}{chrooted}", line)

    def listener(key):
        one = mta.listeners[key]
        return f"{LISTENERS[key][0]}:{one.port}/inet"

    model.has(listener("mx"), "    milter ")
    model.has(listener("wrapper"), "tls use: 4")
    model.has(listener("noask"), "smtpd_tls_ask_ccert = no (master.cf ")
    model.has(listener("prequeue"), "smtpd_proxy_filter = 127.0.0.1:"
              f"{gateway.sink.port} (master.cf ")
    model.has(listener("oldproxy"), "protocol 3")
    model.has(listener("impatient"), "command 2s")
    model.has(listener("proxied"),
              "smtpd_authorized_xclient_hosts = 127.0.0.0/8")
    model.has(listener("screened"), " to smtpd/pass")
    model.has("pickup/unix", "milters: non_smtpd_milters = ")
    model.has("keeper", "transport keeper: program")


@scenario("what follows from -o of a service is what postconf makes of it",
          needs="postfix")
def model_follows(gateway):
    mta: Postfix = gateway.mta
    own = ["myhostname=out.corp.example", "smtp_tls_security_level=dane",
           "smtp_tls_policy_maps=static:none", "compatibility_level=2",
           "smtpd_milters=inet:localhost:1", "recipient_delimiter=+"]
    with with_services(mta, "many unix - - n - - smtp\n" + "".join(
            f"  -o {{ {each.replace('=', ' = ')} }}\n" for each in own)):
        model = Model(gateway, mta.etc)
        wants(not model.unread, "all to be read", model.unread)
        lines = re.findall(r"^  own: (\S+) = (.*) \(.*, with what master.cf "
                           r"many/unix sets\)$", model.of("many"), re.M)
        wants(len(lines) > 10, "many that follow", lines)
        options = [word for each in own for word in ("-o", each)]
        names = [name for name, _ in lines]
        printed = run(["postconf", "-c", mta.etc, "-x", "-h", *options,
                       *names]).splitlines()
        wants([value.strip() for _, value in lines]
              == [value.strip() for value in printed], printed, lines)
