# SPDX-License-Identifier: BSD-2-Clause
"""sendmail - a private Sendmail, unpacked from its packages

Debian's Sendmail cannot be installed beside Postfix, so the packages are
only downloaded and unpacked. The program is copied, which drops its setgid bit,
so that the shim can be preloaded. It has its own configuration, queue and log,
and listens on loopback ports. contrib/sendmail/enforcetls.m4, the snippet for
administrators, adds the filter. Run as a program it only unpacks.
"""

import contextlib
import os
import pathlib
import re
import shutil
import subprocess
import typing

from lab import PATIENCE, LabError, can_connect, run, wait_until
from postfix import (ALIAS_DOMAIN, LIST_DOMAIN, Listener, SASL_PASSWORD,
                     SASL_USER)

PACKAGES = ("sendmail-bin", "sendmail-base", "sendmail-cf")
CACHE = pathlib.Path(os.environ.get("XDG_CACHE_HOME", "/var/cache"),
                     "enforcetls-tests")
HERE = pathlib.Path(__file__).resolve().parent
SNIPPET = HERE.parent.parent / "contrib/sendmail/enforcetls.m4"


class Queued(typing.NamedTuple):
    """A message that Sendmail still has."""
    queue_id: str
    queue: str                  # hold: in quarantine; deferred: it waits
    sender: str
    recipients: typing.Tuple[str, ...]
    reasons: typing.Tuple[str, ...]
    subject: str


def unpack(cache=CACHE):
    """Fetches and unpacks the packages once; returns their folder."""
    root = cache / "sendmail"
    if (root / "usr/libexec/sendmail/sendmail").exists():
        return root
    fetched = cache / "packages"
    fetched.mkdir(parents=True, exist_ok=True)
    done = subprocess.run(["apt-get", "-q", "download", *PACKAGES],
                          cwd=fetched, capture_output=True, text=True)
    if done.returncode:
        raise LabError(f"apt-get download: {done.stderr.strip()}")
    fresh = cache / f"sendmail.{os.getpid()}"
    for package in PACKAGES:
        newest = sorted(fetched.glob(f"{package}_*.deb"))[-1]
        run(["dpkg", "-x", newest, fresh])
    try:
        fresh.rename(root)
    except OSError:             # another run was faster
        shutil.rmtree(fresh)
    return root


# The lab's settings; the snippet adds the filter.
CONFIGURATION = """\
divert(0)dnl
include(`{cf}/m4/cf.m4')dnl
OSTYPE(`linux')dnl
define(`MAIL_SETTINGS_DIR', `{folder}/')dnl
define(`confDOMAIN_NAME', `{hostname}')dnl
define(`QUEUE_DIR', `{folder}/queue')dnl
define(`confPID_FILE', `{folder}/pid')dnl
define(`STATUS_FILE', `{folder}/statistics')dnl
define(`HELP_FILE', `{folder}/helpfile')dnl
define(`ALIAS_FILE', `{folder}/aliases')dnl
define(`confSERVICE_SWITCH_FILE', `{folder}/service.switch')dnl
define(`confCONTROL_SOCKET_NAME', `')dnl
define(`confRUN_AS_USER', `root')dnl
define(`confDONT_BLAME_SENDMAIL', `TrustStickyBit,GroupWritableDirPathSafe')dnl
define(`confDONT_PROBE_INTERFACES', `True')dnl
define(`confTO_IDENT', `0')dnl
define(`confREFUSE_LA', `9999')dnl
define(`confQUEUE_LA', `9999')dnl
define(`confDELAY_LA', `0')dnl
define(`confLOG_LEVEL', `14')dnl
define(`confDELIVERY_MODE', `interactive')dnl
define(`confPRIVACY_FLAGS', `authwarnings')dnl
define(`confBAD_RCPT_THROTTLE', `0')dnl
define(`confCONNECTION_RATE_THROTTLE', `0')dnl
define(`confMIN_QUEUE_AGE', `0')dnl
define(`confSMTP_LOGIN_MSG', `$j Sendmail; $b')dnl
define(`confCACERT', `{authority}')dnl
define(`confCACERT_PATH', `{folder}/ca')dnl
define(`confSERVER_CERT', `{chain}')dnl
define(`confSERVER_KEY', `{key}')dnl
define(`confCLIENT_CERT', `{client_chain}')dnl
define(`confCLIENT_KEY', `{client_key}')dnl
define(`confAUTH_MECHANISMS', `PLAIN LOGIN')dnl
define(`confAUTH_OPTIONS', `A')dnl
TRUST_AUTH_MECH(`PLAIN LOGIN')dnl
define(`LOCAL_MAILER_PATH', `[IPC]')dnl
define(`LOCAL_MAILER_ARGS', `TCP [127.0.0.1] {sink_port}')dnl
define(`LOCAL_MAILER_FLAGS', `lsmDFMu')dnl
define(`SMTP_MAILER_ARGS', `TCP $h {sink_port}')dnl
define(`ESMTP_MAILER_ARGS', `TCP $h {sink_port}')dnl
define(`SMTP8_MAILER_ARGS', `TCP $h {sink_port}')dnl
define(`RELAY_MAILER_ARGS', `TCP $h {sink_port}')dnl
FEATURE(`no_default_msa')dnl
FEATURE(`nocanonify')dnl
FEATURE(`promiscuous_relay')dnl
FEATURE(`accept_unresolvable_domains')dnl
FEATURE(`accept_unqualified_senders')dnl
FEATURE(`use_cw_file')dnl
define(`confCW_FILE', `{folder}/local-host-names')dnl
FEATURE(`virtusertable', `text -k0 -v1 -o {folder}/virtusertable')dnl
FEATURE(`mailertable', `text -k0 -v1 -o {folder}/mailertable')dnl
VIRTUSER_DOMAIN_FILE(`{folder}/virtual-domains')dnl
LOCAL_SRV_FEATURES
R$*			$: $&{{daemon_name}}
Rnoask			$# V
{daemons}
{filter}
{more}
MODIFY_MAILER_FLAGS(`LOCAL', `{local_flags}')dnl
MAILER(`local')dnl
MAILER(`smtp')dnl
{rules}
"""

SETTINGS = {
    "folder": "sendmail",
    "hostname": "mx.corp.example",
    "local": (),                # domains in addition to the host's name
    "virtusertable": {f"user@{ALIAS_DOMAIN}": "user@plain.example"},
    # A list of hosts; Sendmail tries one after the other.
    "mailertable": {LIST_DOMAIN: "esmtp:[127.0.0.1]:[gw.bank.example]"},
    "aliases": {"root": "postmaster"},
    # Local recipients need no account of this system, and have no .forward.
    "local_flags": "-w",
    "smtp_port": None,          # the next hop; None: the sink
    "logins": {SASL_USER: SASL_PASSWORD},
    "failure": None,            # F= of the filter; None: the snippet's own
    "timeout": None,            # T= of the filter
    "certificate": None,        # of the server; and as a client of next hops
    "client_certificate": None,
    "authorities": None,        # files of CAs whose clients are verified
    "more": "dnl",              # lines of sendmail.mc
    "rulesets": "",             # of LOCAL_RULESETS
}

# name: wrapper, address family
LISTENERS = {
    "mx": (False, "inet"),
    "mx6": (False, "inet6"),
    "wrapper": (True, "inet"),
    "wrapper6": (True, "inet6"),
    "submission": (False, "inet"),
    "reinject": (False, "inet"),
    "proxied": (False, "inet"),
    "noask": (False, "inet"),
}


class Sendmail:
    """One instance. `milter` is the socket of its filter as Sendmail writes
    it, "" for none."""
    name = "sendmail"
    features = frozenset(("sendmail", "hold", "wrapper", "ipv6", "login"))
    says = {"no recipients": "503 5.0.0", "no filter": "451 4.3.2",
            "logged in": "235 2.0.0"}
    milter_group = "root"

    @staticmethod
    def is_installed():
        return shutil.which("apt-get") and shutil.which("m4")

    def __init__(self, lab, certificates, sink, milter=None, **options):
        """options: see SETTINGS."""
        self.lab = lab
        self.settings = {**SETTINGS, **options}
        self.folder = lab.folder(self.settings["folder"])
        self.certificates = certificates
        self.sink = sink
        self.milter_socket = lab.folder(
            self.settings["folder"] + "/run") / "milter.sock"
        self.milter = (f"unix:{self.milter_socket}" if milter is None
                       else milter)
        self.listeners = {
            key: Listener(key, "::1" if family == "inet6" else "127.0.0.1",
                          lab.port(), wrapper)
            for key, (wrapper, family) in LISTENERS.items()}
        self._pid = None
        self._root = unpack()
        self._lay_out()
        lab.at_exit(self.stop)

    # Configuration

    def _write(self, name, text, mode=0o644):
        path = self.folder / name
        path.write_text(text)
        path.chmod(mode)
        return path

    def _lay_out(self):
        for name in ("bin", "ca", "sasl"):
            (self.folder / name).mkdir(exist_ok=True)
        (self.folder / "queue").mkdir(mode=0o700, exist_ok=True)
        self._program = self.folder / "bin/sendmail"
        shutil.copyfile(self._root / "usr/libexec/sendmail/sendmail",
                        self._program)
        self._program.chmod(0o755)
        self._shim = self.folder / "shim.so"
        run(["gcc", "-O1", "-fPIC", "-shared", "-o", self._shim,
             HERE / "sendmail_shim.c"])
        self._write("service.switch", "hosts\tfiles\naliases\tfiles\n")
        self._write("helpfile", "")
        self._write("statistics", "")
        self._write_sasl()

    def _write_sasl(self):
        database = self.folder / "sasl/sasldb2"
        self._write("sasl/Sendmail.conf",
                    "pwcheck_method: auxprop\nauxprop_plugin: sasldb\n"
                    f"mech_list: PLAIN LOGIN\nsasldb_path: {database}\n",
                    0o600)
        for address, password in self.settings["logins"].items():
            user, realm = address.split("@")
            run(["saslpasswd2", "-p", "-c", "-f", database, "-u", realm,
                 user], stdin=password)
        if database.exists():
            database.chmod(0o600)

    def _table(self, name):
        self._write(name, "".join(f"{key}\t{value}\n" for key, value in
                                  self.settings[name].items()))

    def _daemons(self):
        lines = []
        for key, (wrapper, family) in LISTENERS.items():
            listener = self.listeners[key]
            modifier = ", M=s" if wrapper else ""
            lines.append(f"DAEMON_OPTIONS(`Name={key}, Family={family}, "
                         f"Addr={listener.host}, Port={listener.port}"
                         f"{modifier}')dnl")
        return "\n".join(lines)

    def _filter(self):
        """The administrator's lines of sendmail.mc."""
        if not self.milter:
            return "dnl no filter"
        failure = self.settings["failure"]
        timeout = self.settings["timeout"]
        return "\n".join(
            [f"define(`confENFORCETLS_SOCKET', `{self.milter}')dnl"]
            + [f"define(`confENFORCETLS_FAILURE', `{failure}')dnl"
               for _ in [0] if failure is not None]
            + [f"define(`confENFORCETLS_TIMEOUT', `{timeout}')dnl"
               for _ in [0] if timeout is not None]
            + [f"include(`{SNIPPET}')dnl"])

    def configure(self, **changes):
        """Writes sendmail.mc and makes sendmail.cf of it."""
        self.settings.update(changes)
        settings = self.settings
        for name in ("virtusertable", "mailertable"):
            self._table(name)
        self._write("aliases", "".join(
            f"{key}: {value}\n" for key, value in settings["aliases"].items()))
        self._write("local-host-names", "".join(
            f"{domain}\n" for domain in settings["local"]))
        self._write("virtual-domains", "".join(sorted(
            {key.split("@")[1] + "\n" for key in settings["virtusertable"]})))
        server = settings["certificate"] or self.certificates.server
        client = settings["client_certificate"] or server
        authorities = (settings["authorities"]
                       or [self.certificates.trusted.certificate])
        authority = self._write("authorities.pem", "".join(
            each.read_text() for each in authorities))
        rules = "LOCAL_RULESETS\n" + settings["rulesets"]
        self._write("sendmail.mc", CONFIGURATION.format(
            cf=self._root / "usr/share/sendmail/cf", folder=self.folder,
            hostname=settings["hostname"], authority=authority,
            chain=server.chain, key=server.key, client_chain=client.chain,
            client_key=client.key,
            sink_port=settings["smtp_port"] or self.sink.port,
            daemons=self._daemons(), filter=self._filter(),
            more=settings["more"], local_flags=settings["local_flags"],
            rules=rules))
        macros = self._root / "usr/share/sendmail/cf"
        self._cf = self._write("sendmail.cf", run(
            ["m4", f"-D_CF_DIR_={macros}/", self.folder / "sendmail.mc"]))

    @contextlib.contextmanager
    def configured(self, **changes):
        """The running instance with other settings, for a while."""
        before = dict(self.settings)
        self.stop()
        self.configure(**changes)
        self.start()
        try:
            yield self
        finally:
            self.stop()
            self.configure(**before)
            self.start()

    # Start and end

    def snippet_alone(self):
        """The sendmail.cf of a file that only includes the snippet."""
        macros = self._root / "usr/share/sendmail/cf"
        source = self._write("snippet.mc", "\n".join((
            f"include(`{macros}/m4/cf.m4')dnl", "OSTYPE(`linux')dnl",
            f"include(`{SNIPPET}')dnl", "MAILER(`local')dnl", "")))
        return run(["m4", f"-D_CF_DIR_={macros}/", source])

    def _environment(self):
        return {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin",
                "LD_PRELOAD": str(self._shim),
                "SHIM_LOG": str(self.folder / "log"),
                "SHIM_SASL": str(self.folder / "sasl"),
                "SHIM_NAME": self.settings["hostname"]}

    def program(self):
        """A program that lists the queue in any environment. Without the shim
        Sendmail waits a minute for the name of a host that has none."""
        settings = "".join(f'export {key}="{value}"\n' for key, value
                           in self._environment().items())
        return self._write("bin/listing", "#!/bin/sh\n" + settings
                           + f'exec {self._program} "$@"\n', 0o755)

    def _argv(self, *words):
        return [str(self._program), "-C", str(self._cf), *words]

    def _command(self, *words):
        """Runs sendmail once with this configuration."""
        return run(self._argv(*words), env=self._environment())

    def start(self):
        if not (self.folder / "sendmail.cf").exists():
            self.configure()
        pid = self.folder / "pid"
        pid.unlink(missing_ok=True)
        self._command("-bi")
        self._command("-bd")
        wait_until(lambda: pid.exists() and pid.read_text().strip(), PATIENCE,
                   "Sendmail's pid file")
        self._pid = int(pid.read_text().split()[0])
        for listener in self.listeners.values():
            wait_until(lambda: can_connect(listener.host, listener.port),
                       PATIENCE, f"Sendmail to listen on port {listener.port}")

    def stop(self):
        """Ends the daemon; open sessions end with their clients."""
        if self._pid is None:
            return
        pid, self._pid = self._pid, None
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, 15)
        wait_until(lambda: not _is_running(pid), PATIENCE, "Sendmail to end")

    # Its queues and its log

    def queue(self):
        """Every message in the queue."""
        found = []
        for path in sorted((self.folder / "queue").glob("[qh]f*")):
            with contextlib.suppress(FileNotFoundError):
                found.append(_queued(path))     # or it is delivered by now
        return found

    def held(self):
        """What is in quarantine."""
        return [one for one in self.queue() if one.queue == "hold"]

    def has_subject(self, queued, subject):
        return queued.subject == subject

    def listed_as_held(self):
        """The quarantine as an administrator sees it."""
        return self._command("-bp", "-qQ")

    def release(self, queue_id):
        """Takes a message out of quarantine and sends it."""
        self._command("-Q", "-qQ", f"-qI{queue_id}")
        self._command("-qf", f"-qI{queue_id}")

    def empty_queue(self):
        for path in (self.folder / "queue").iterdir():
            path.unlink(missing_ok=True)

    def retry(self):
        """Tries all deferred mail again, and waits for the end."""
        self._command("-q")

    def settle(self, seconds=15):
        """Mail is sent on before its data is answered: nothing moves."""

    def submit(self, sender, recipients, text):
        """Hands a message to `sendmail -bs` on a pipe, as some programs do;
        returns what each command was answered. It waits for each answer:
        Sendmail treats a command before its turn as an attack."""
        steps = ["EHLO localhost", f"MAIL FROM:<{sender}>",
                 *(f"RCPT TO:<{one}>" for one in recipients), "DATA",
                 text.rstrip("\n") + "\n.", "QUIT"]
        answers = []
        with subprocess.Popen(
                self._argv("-bs"), stdin=subprocess.PIPE,
                stdout=subprocess.PIPE, text=True,
                env=self._environment()) as process:
            _answer(process.stdout)             # the greeting
            for step in steps:
                if step.endswith("\n.") and not answers[-1].startswith("354"):
                    continue
                process.stdin.write(step.replace("\n", "\r\n") + "\r\n")
                process.stdin.flush()
                answers.append(_answer(process.stdout))
        return answers

    @property
    def log(self):
        return self.folder / "log"

    def logged(self):
        return (self.log.read_text(errors="replace") if self.log.exists()
                else "")


def _answer(stream):
    """The last line of one reply, without its newline."""
    for line in stream:
        if line[3:4] != "-":
            return line.rstrip("\r\n")
    return ""


def _is_running(pid):
    """Whether the process runs; a zombie does not."""
    try:
        stat = pathlib.Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return False
    return stat.rsplit(")", 1)[1].split()[0] != "Z"


def _queued(path):
    """Reads a control file: qf for deferred mail, hf for quarantined mail."""
    text = path.read_text(errors="replace")

    def values(letter):
        return tuple(re.findall(rf"^{letter}(.*)$", text, re.MULTILINE))

    subject = re.search(r"^H\?\?Subject: (.*)$", text, re.MULTILINE)
    return Queued(path.name[2:],
                  "hold" if path.name.startswith("hf") else "deferred",
                  "".join(values("S")).strip("<>"),
                  tuple(one.split(":", 1)[-1].strip("<>")
                        for one in values("R")),
                  values("q") + values("M"),
                  subject.group(1) if subject else None)


if __name__ == "__main__":
    unpack()
