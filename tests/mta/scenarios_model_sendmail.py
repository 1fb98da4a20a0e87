# SPDX-License-Identifier: BSD-2-Clause
"""What the model of the MTA says about a real Sendmail."""

import contextlib
import hashlib
import os
import time

from gateway import Broken
from lab import run
from scenario import scenario
from sendmail import LISTENERS, unpack

SMTP = "0"
OFF, OFFERED, WRAPPER = "1", "2", "4"


def same(what, wanted, came):
    if came != wanted:
        raise Broken(f"{what}: wanted {wanted!r}; came: {came!r}")


class Model:
    """The model of a Sendmail, read from its files: place -> (value, where it
    is set), and what could not be read."""

    def __init__(self, gateway, *more):
        """more: a table, whose entries are wanted instead, or a question."""
        mta = gateway.mta
        self.cf = mta.folder / "sendmail.cf"
        program = mta.program()
        makemap = program.parent / "makemap"
        if not makemap.exists():
            os.symlink(unpack() / "usr/libexec/sendmail/makemap", makemap)
        words = [gateway.daemon.program.parent / "tests/print_sendmail", program,
                 self.cf, *more]
        begun = time.monotonic()
        lines = run(words, expect=None).splitlines()
        self.seconds = time.monotonic() - begun
        self.values, self.unread = {}, []
        for line in lines:
            place, text, origin = line.split("\t")
            if place.endswith(".unread"):
                self.unread.append(f"{text}: {origin}")
            self.values[place] = (text, origin)

    def has(self, place, text, origin=None):
        """origin: the beginning of a line of the file, which the model has to
        point at."""
        came = self.values.get(place, ("(nothing)", "(nothing)"))
        same(place, text, came[0])
        if origin is None:
            return
        if not came[1].startswith("sendmail.cf line "):
            raise Broken(f"{place} is set {came[1]}, not by {origin}")
        line = self.cf.read_text().split("\n")[int(came[1].split()[-1]) - 1]
        if not line.startswith(origin):
            raise Broken(f"{place}: {came[1]} is {line!r}, not {origin}")

    def lacks(self, begin):
        found = [place for place in self.values if place.startswith(begin)]
        if found:
            raise Broken(f"the model has {found[0]}")

    def entries(self):
        return {place.removeprefix("entry."): value
                for place, (value, _) in self.values.items()}

    def fails(self, text):
        came = self.values.get("failed", ("entries",))[0]
        if text not in came:
            raise Broken(f"wanted {text!r}; came: {came}")

    def misses(self, text):
        if not any(text in one for one in self.unread):
            raise Broken(f"{text!r} is not among what it cannot read: "
                         f"{self.unread}")


@contextlib.contextmanager
def configured(gateway, **changes):
    """Another sendmail.cf for a while; the daemon goes on with what it read."""
    before = dict(gateway.mta.settings)
    gateway.mta.configure(**changes)
    try:
        yield Model(gateway)
    finally:
        gateway.mta.configure(**before)
        # It is the file that the daemon has read.
        os.utime(gateway.mta.folder / "sendmail.cf", (1, 1))


def digests(folder):
    return {path: (path.stat().st_mtime_ns,
                   hashlib.sha256(path.read_bytes()).hexdigest())
            for path in sorted(folder.rglob("*"))
            if path.is_file() and path.name != "listing"}


@scenario("model, Sendmail: a running one is read whole, and left as it is",
          needs="sendmail")
def whole(gateway):
    Model(gateway)                      # makes what it runs
    before = digests(gateway.mta.folder)
    model = Model(gateway)
    if digests(gateway.mta.folder) != before:
        raise Broken("reading changed a file of Sendmail's")
    same("what could not be read", [], model.unread)
    model.has("MTA.running", "2")
    model.has("MTA.config", str(model.cf))
    model.has("MTA.host", "mx.corp.example", "Dj")
    for key, (wrapper, family) in LISTENERS.items():
        service = f"MTA.service.{key}"
        listener = gateway.mta.listeners[key]
        model.has(f"{service}.kind", SMTP)
        model.has(f"{service}.at", key, f"O DaemonPortOptions=Name={key},")
        model.has(f"{service}.port", str(listener.port))
        model.has(f"{service}.host", listener.host)
        model.has(f"{service}.Family", family)
        model.has(f"{service}.loopback", "1")
        model.has(f"{service}.tls", WRAPPER if wrapper else OFFERED)
        model.has(f"{service}.milters", "enforcetls", "O InputMailFilters=")
        model.has(f"{service}.milter.0.endpoint",
                  f"unix:{gateway.mta.milter_socket}")
        model.has(f"{service}.milter.0.action", "T", "Xenforcetls,")
        model.has(f"{service}.asks", "yes")
    model.has("MTA.transport.esmtp.port", str(gateway.sink.port), "Mesmtp,")
    model.has("MTA.transport.local.program", "[IPC]", "Mlocal,")
    model.has("MTA.transport.local.kind", "1")
    model.has("MTA.Kmailertable", "text -k0 -v1 -o "
              f"{gateway.mta.folder}/mailertable", "Kmailertable")
    model.has("MTA.w.has.mx.corp.example", "yes")


# Settings, and what they do to the model: the place, the value, and the
# beginning of the line that sets it.
FIELDS = (
    ({"failure": "", "timeout": "C:7s;R:8s;E:2m",
      "local": ("own.example",), "virtusertable": {"a@v.example": "b"},
      "more": """\
define(`confMILTER_MACROS_HELO', `{cipher}')dnl
define(`confTLS_SRV_OPTIONS', `V')dnl
undefine(`confSERVER_CERT')dnl
define(`confCACERT', `/etc/other.pem')dnl
define(`confTLS_FALLBACK_TO_CLEAR', `true')dnl
define(`SMART_HOST', `esmtp:gw.example')dnl
define(`MAIL_HUB', `hub.example')dnl
define(`confFALLBACK_MX', `b.example')dnl
define(`confFALLBACK_SMARTHOST', `s.example')dnl
RELAY_DOMAIN(`r.example')dnl
FEATURE(`access_db', `text -o /etc/no-access')dnl
FEATURE(`genericstable', `text -o /etc/none')dnl
define(`confLOG_LEVEL', `5')dnl
define(`confCERT_FINGERPRINT_ALGORITHM', `sha256')dnl
define(`confRUN_AS_USER', `nobody')dnl
CLIENT_OPTIONS(`Family=inet, M=S')dnl"""}, (
        ("MTA.service.mx.milter.0.action", "", None),
        ("MTA.service.mx.milter.0.connect", "7s", "Xenforcetls"),
        ("MTA.service.mx.milter.0.command", "8s", "Xenforcetls"),
        ("MTA.service.mx.milter.0.content", "120s", "Xenforcetls"),
        ("MTA.Milter.macros.helo", "{cipher}", "O Milter.macros.helo"),
        ("MTA.service.mx.asks", "no", "O TLSSrvOptions"),
        ("MTA.service.mx.tls", OFF, None),
        ("MTA.service.mx.ca_file", "/etc/other.pem", "O CACertFile"),
        ("MTA.TLSFallbacktoClear", "true", "O TLSFallbacktoClear"),
        ("MTA.route.1", "esmtp:gw.example", "DS"),
        ("MTA.route.1.transport", "esmtp", None),
        ("MTA.route.1.hop", "gw.example", None),
        ("MTA.route.4", "hub.example", "DH"),
        ("MTA.transport.esmtp.fallback", "b.example", "O FallbackMXhost"),
        ("MTA.transport.esmtp.fallback.has.b.example", "yes", None),
        ("MTA.route.8", "s.example", "O FallbackSmartHost"),
        ("MTA.R.has.r.example", "yes", None),
        ("MTA.w.has.own.example", "yes", None),
        ("MTA.VirtHost.has.v.example", "yes", None),
        ("MTA.transport.esmtp.policy.table.0",
         "text -T<TMPF>  -o /etc/no-access", None),
        ("MTA.rewriting.3", "text -o /etc/none", "Kgenerics"),
        ("MTA.LogLevel", "5", "O LogLevel"),
        ("MTA.service.mx.log_level", "5", "O LogLevel"),
        ("MTA.CertFingerprintAlgorithm", "sha256", "O CertFingerprint"),
        ("MTA.owner", "nobody", "O RunAsUser"),
        ("MTA.transport.esmtp.tls", OFF, None),
        ("MTA.transport.esmtp.level", "M=S", "O ClientPortOptions"))),
    ({"failure": "F=R", "more": """\
MAIL_FILTER(`other', `S=local:/x')dnl
DAEMON_OPTIONS(`Name=bare, Port=2526, I=')dnl
DAEMON_OPTIONS(`Name=another, Port=2527, InputMailFilters=other')dnl
DAEMON_OPTIONS(`Name=msa, Port=submission, M=Ea')dnl
DAEMON_OPTIONS(`Name=nologin, Port=26, M=A')dnl
DAEMON_OPTIONS(`Name=notls, Port=smtp, M=S')dnl
LOCAL_CONFIG
Kours socket -T<TMPF> inet:8893@127.0.0.1
LOCAL_TLS_RCPT
R$*\t\t$: $(ours $1 $)"""}, (
        ("MTA.service.mx.milter.0.action", "R", "Xenforcetls"),
        ("MTA.TLSFallbacktoClear", "false", None),
        ("MTA.service.bare.milters", "", "O DaemonPortOptions=Name=bare"),
        ("MTA.service.another.milter.0.endpoint", "local:/x", None),
        ("MTA.service.another.milter.0.action", "", None),
        ("MTA.service.msa.port", "587", None),
        ("MTA.service.msa.purpose", "2", None),
        ("MTA.service.nologin.auth", "no", "O DaemonPortOptions=Name=nologin"),
        ("MTA.service.notls.tls", OFF, None),
        ("MTA.service.notls.purpose", "1", None),
        ("MTA.service.notls.loopback", "0", None),
        ("MTA.transport.esmtp.policy.table.0",
         "socket -T<TMPF> inet:8893@127.0.0.1", None),
        ("MTA.rewriting.0", "FOLDER/aliases", "O AliasFile"),
        ("MTA.rewriting.0.table.0", "implicit FOLDER/aliases", None))),
)


@scenario("model, Sendmail: each value follows sendmail.mc, with its line",
          needs="sendmail")
def follows(gateway):
    for changes, values in FIELDS:
        with configured(gateway, **changes) as model:
            for place, text, line in values:
                model.has(place, text.replace(
                    "FOLDER", str(gateway.mta.folder)), line)


@scenario("model, Sendmail: what it cannot read it says", needs="sendmail")
def says(gateway):
    more = """\
FEATURE(`access_db')dnl
define(`confINPUT_MAIL_FILTERS', `gone')dnl
DAEMON_OPTIONS(`Name=odd, Port=nosuchport')dnl
LOCAL_CONFIG
O Nonsense=1
F{Partners}/etc/none/partners
Mbroken, P=/bin/false"""
    with configured(gateway, more=more) as model:
        for text in ("no option of Sendmail", "access.db cannot be opened",
                     "cannot open '/etc/none/partners'",
                     "no X line of sendmail.cf defines it",
                     "its port nosuchport is no number",
                     "no P= or no A="):
            model.misses(text)
    cf = gateway.mta.folder / "sendmail.cf"
    now = time.time() + 60
    os.utime(cf, (now, now))
    Model(gateway).misses("changed after the daemon was started")
    os.utime(cf, (1, 1))


@scenario("model, Sendmail: what a map returns, and where mail goes",
          needs="sendmail")
def asked(gateway):
    folder = gateway.mta.folder
    access = folder / "access.txt"
    access.write_text("Try_TLS:bank.example\tNO\nspaced\ta (b) c\n")
    gone = folder / "gone.txt"
    gone.unlink(missing_ok=True)
    more = (f"FEATURE(`access_db', `text -k0 -v1 -z\\t {access}')dnl\n"
            f"LOCAL_CONFIG\nKgone text {gone}\n")
    with configured(gateway, more=more, mailertable={
            "routed.example": "esmtp:[gw.example]",
            "refused.example": "error:5.7.1:550 no"}):
        for words, wanted in (
                (("key", "access", "Try_TLS:bank.example"), "found NO"),
                (("key", "access", "spaced"), "found a (b) c"),
                (("key", "access", "Try_TLS:other.example"), "absent"),
                (("key", "gone", "x"), "unknown"),
                (("key", "nosuchmap", "x"), "unknown"),
                (("key", "access", "two\nlines"), "cannot be asked"),
                (("route", "u@routed.example"), "found esmtp [gw.example]"),
                (("route", "u@other.example"), "found esmtp other.example."),
                (("route", "u@refused.example"), "absent"),
                (("route", "u@mx.corp.example"), "found local "),
                (("route", "two words@a.example"), "cannot be asked")):
            same(" ".join(words), wanted,
                 Model(gateway, *words).values["answer"][0])


@scenario("model, Sendmail: settings of the command line beat the file, and "
          "a daemon that ended does not run", needs="sendmail")
def command_line(gateway):
    pid = gateway.mta.folder / "pid"
    text = pid.read_text()
    number, line = text.splitlines()[:2]
    try:
        pid.write_text(f"{number}\n{line} -O LogLevel=3 -L sm-other "
                       "-ODaemonPortOptions=Name=only,Port=2527\n")
        model = Model(gateway)
        model.has("MTA.LogLevel", "3")
        same("where", "command line", model.values["MTA.LogLevel"][1])
        model.has("MTA.tag", "sm-other")
        model.has("MTA.service.only.port", "2527")
        model.lacks("MTA.service.mx.")
        pid.write_text(f"{number}\nsendmail -C /etc/other.cf -bd\n")
        Model(gateway).misses("was started with /etc/other.cf")
        pid.write_text(f"4194304\n{line}\n")
        Model(gateway).has("MTA.running", "1")
        pid.unlink()
        Model(gateway).has("MTA.running", "1")
    finally:
        pid.write_text(text)


@scenario("model, Sendmail: a thousand entries of a map, of each kind",
          needs="sendmail")
def thousand(gateway):
    folder = gateway.mta.folder
    rows = {f"d{n}.example": f"esmtp:[gw{n}.example]" for n in range(1000)}
    text = "".join(f"{key}\t{value}\n" for key, value in rows.items())
    source = folder / "thousand"
    source.write_text("# comment\n" + text)
    Model(gateway)
    for kind in ("hash", "btree"):
        run([folder / "bin/makemap", "-C", folder / "sendmail.cf", kind,
             folder / f"thousand_{kind}"], stdin=text)
    for table in (f"hash {folder}/thousand_hash",
                  f"btree -T<TMPF> {folder}/thousand_btree",
                  f"text -k0 -v1 {source}"):
        model = Model(gateway, table)
        same(table, rows, model.entries())
        print(f"# {table.split()[0]}: 1000 entries in "
              f"{model.seconds:.2f} s", flush=True)
    same("text without -k and -v: the first column, twice",
         {key: key for key in rows}, Model(gateway, f"text {source}").entries())
    same("a map that may be absent", {},
         Model(gateway, f"hash -o {folder}/none").values)
    Model(gateway, f"hash {folder}/none").fails("none.db is not there")
    for table in ("ldap -k (uid=%0) -v mail", "nonsense", ""):
        Model(gateway, table or "hash").fails("cannot be listed")
    same("aliases", {"root": "postmaster"},
         Model(gateway, f"implicit {folder}/aliases").entries())
    text = folder / "others"
    text.write_text("# none: x\na: b,\n\tc\nd:e\n")
    same("aliases without a database", {"a": "b,  c", "d": "e"},
         Model(gateway, f"implicit {text}").entries())
    Model(gateway, f"implicit {folder}/none").fails("is not there")
    database = folder / "thousand_hash.db"
    database.write_bytes(b"no database" * 1000)
    Model(gateway, f"hash {folder}/thousand_hash").fails("makemap")
    with configured(gateway, mailertable=rows) as model:
        print(f"# a mailertable of 1000 entries: read in "
              f"{model.seconds:.2f} s", flush=True)
