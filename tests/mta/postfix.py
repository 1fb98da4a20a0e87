# SPDX-License-Identifier: BSD-2-Clause
"""postfix - a private instance, independent of the system's

It has its own configuration, queue and data folders, loopback ports and log
file. All mail is routed to the lab's sink, except a few domains with other
kinds of routes.
"""

import contextlib
import json
import pathlib
import re
import shutil
import typing

from daemon import USER as DAEMON_USER
from lab import PATIENCE, LabError, Process, can_connect, run, wait_until

DAEMONS = "/usr/lib/postfix/sbin"
MASTER = f"{DAEMONS}/master"


def version():
    """Of the installed Postfix, (3, 10) for 3.10.13; (0, 0) without one."""
    if not shutil.which("postconf"):
        return 0, 0
    shown = run(["postconf", "-d", "-h", "mail_version"])
    return tuple(int(number) for number in shown.split(".")[:2])


VERSION = version()

# Domains that are not routed to the sink by SMTP, for the shapes that
# {rcpt_host} then takes.
LMTP_DOMAIN = "lmtp.example"
PIPE_DOMAIN = "pipe.example"
ALIAS_DOMAIN = "alias.example"
LIST_DOMAIN = "list.example"
LOCAL_DOMAIN = "local.example"
LISTED_NEXT_HOP = "[gw.bank.example]:587"
LMTP_NEXT_HOP = "unix:private/dovecot-lmtp"
PIPE_NEXT_HOP = "keep/here"

# What master logs when it has read its settings again, and for how many seconds
# a server from before may have its client.
RELOADED = ": reload -- version "
LAST_CLIENT = 3

SASL_USER, SASL_PASSWORD = "relay@corp.example", "a long lab password"

# A certificate that no client showed, for a session without TLS.
FORGED = ("milter_macro_defaults=cert_subject=mx1.bank.example,"
          "{ cert_issuer = Lab trusted CA },verify=OK,"
          "cn_subject=mx1.bank.example,cipher_bits=256")


# The sink is a before-queue proxy that delivers what it is handed.
PROXY = "smtpd_proxy_filter=127.0.0.1:{sink}"

# What the pipe runs: it hands the message to the sink.
KEEP = """\
#!/usr/bin/python3 -I
import smtplib, sys
with smtplib.LMTP(sys.argv[1]) as sink:
    sink.sendmail(sys.argv[2], sys.argv[3:], sys.stdin.buffer.read())
"""


class Listener(typing.NamedTuple):
    """A port clients connect to."""
    name: str
    host: str
    port: int
    wrapper: bool


class Queued(typing.NamedTuple):
    """A message that Postfix still has."""
    queue_id: str
    queue: str                  # active, deferred, hold, incoming, maildrop
    sender: str
    recipients: typing.Tuple[str, ...]
    reasons: typing.Tuple[str, ...]


# The lines that administrators copy are the ones tested.
PASTE = (pathlib.Path(__file__).resolve().parent.parent.parent
         / "contrib" / "postfix" / "main.cf")


def pasted(part):
    """The settings of one part of contrib/postfix/main.cf, also those in
    comments."""
    found = re.search(rf"^# {part}\. .*?(?=^# \d|\Z)", PASTE.read_text(),
                      re.M | re.S)
    return dict(re.findall(r"^#?([a-z]\w+) = (.*)$", found.group(), re.M))


LOG_ONLY = pasted("2c")["smtpd_milters"]
ENFORCE = pasted("2d")["smtpd_milters"]

# name: host, chroot, settings of master.cf that differ.
LISTENERS = {
    "mx": ("127.0.0.1", "n", []),
    "mx6": ("[::1]", "n", []),
    "wrapper": ("127.0.0.1", "n", ["smtpd_tls_wrappermode=yes"]),
    "submission": ("127.0.0.1", "n", ["smtpd_sasl_auth_enable=yes"]),
    "noask": ("127.0.0.1", "n", ["smtpd_tls_ask_ccert=no"]),
    "reinject": ("127.0.0.1", "n", ["content_filter="]),
    "filtered": ("127.0.0.1", "n",
                 ["content_filter=smtp:[127.0.0.1]:{filter}"]),
    "prequeue": ("127.0.0.1", "n", [PROXY]),
    "early": ("127.0.0.1", "n", ["smtpd_delay_open_until_valid_rcpt=no"]),
    "earlyproxy": ("127.0.0.1", "n",
                   [PROXY, "smtpd_delay_open_until_valid_rcpt=no"]),
    "hastyproxy": ("127.0.0.1", "n", [PROXY, "milter_command_timeout=2s"]),
    "softproxy": ("127.0.0.1", "n", [PROXY, "soft_bounce=yes"]),
    "oldproxy": ("127.0.0.1", "n", [PROXY, "milter_protocol=3"]),
    "proxied": ("127.0.0.1", "n",
                ["smtpd_authorized_xclient_hosts=127.0.0.0/8",
                 "milter_macro_daemon_name=proxied",
                 "mynetworks=127.0.0.0/8 192.0.2.0/24"]),
    "forged": ("127.0.0.1", "n", [FORGED]),
    "chrooted": ("127.0.0.1", "y", []),
    "impatient": ("127.0.0.1", "n", ["milter_command_timeout=2s"]),
    "careless": ("127.0.0.1", "n", ["smtpd_milters=" + LOG_ONLY]),
    # postscreen hands its clients to smtpd.
    "screened": ("127.0.0.1", "n", ["postscreen_greet_wait=1s"]),
}

INTERNAL_SERVICES = """\
smtpd pass - - n - - smtpd
dnsblog unix - - n - 0 dnsblog
tlsproxy unix - - n - 0 tlsproxy
pickup unix n - n 60 1 pickup
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
tlsmgr unix - - n 1000? 1 tlsmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
verify unix - - n - 1 verify
flush unix n - n 1000? 0 flush
proxymap unix - - n - - proxymap
smtp unix - - n - - smtp
lmtp unix - - n - - lmtp
local unix - n n - - local
showq unix n - n - - showq
error unix - - n - - error
retry unix - - n - - error
discard unix - - n - - discard
anvil unix - - n - 1 anvil
scache unix - - n - 1 scache
postlog unix-dgram n - n - 1 postlogd
"""


class Postfix:
    """One instance. `milter` is its smtpd_milters, "" for none."""
    name = "postfix"
    milter_group = "postfix"
    features = frozenset(("postfix", "hold", "wrapper", "ipv6", "login",
                          "reinject", "xclient", "chroot", "forged macros",
                          "sendmail(1)", "routes", "departs",
                          "before-queue proxy"))
    if shutil.which("mta-sts-daemon"):
        features |= {"resolver"}
    features |= {f"postfix {major}.{minor}" for major, minor in (
        (3, 10), (3, 11)) if VERSION >= (major, minor)}

    says = {"no recipients": "554 5.5.1", "no filter": "451 4.7.1",
            "logged in": "235 2.7.0"}

    @staticmethod
    def is_installed():
        return (pathlib.Path(MASTER).exists()
                and shutil.which("saslpasswd2") is not None)

    def __init__(self, lab, certificates, sink, milter=ENFORCE, main=None,
                 hosts=None, name_server="127.0.0.1"):
        """main: settings of main.cf in addition to the lab's. hosts: lines of
        a hosts file of this instance only; with one it asks this name server
        alone."""
        self.lab = lab
        self.sink = sink
        self.etc = lab.folder("postfix/etc")
        self.queue_folder = lab.folder("postfix/queue")
        self.data = lab.folder("postfix/data", owner="postfix")
        self.log = lab.root / "postfix" / "mail.log"
        # Inside the queue folder, so that a chrooted smtpd reaches it too;
        # owner, group and mode as in contrib/postfix.
        lab.folder("postfix/queue/enforcetls", owner=DAEMON_USER,
                   group=self.milter_group, mode=0o750)
        self.milter_socket = self.queue_folder / "enforcetls" / "milter.sock"
        self.pipe_socket = lab.root / "postfix" / "pipe.sock"
        self._hosts = hosts
        self._name_server = name_server
        self._master = None
        self.filter_port = lab.port()
        self.listeners = {
            key: Listener(key, host.strip("[]"), lab.port(),
                          "smtpd_tls_wrappermode=yes" in settings)
            for key, (host, _, settings) in LISTENERS.items()}
        self._write_master()
        self._write_main({**self._settings(certificates, milter),
                          **(main or {})})
        self._write_sasl()

    # Configuration

    def _settings(self, certificates, milter):
        sink = f"smtp:[127.0.0.1]:{self.sink.port}"
        routes = " ".join(
            f"{{ {domain} = {route} }}" for domain, route in (
                (LMTP_DOMAIN, f"lmtp:{LMTP_NEXT_HOP}"),
                (PIPE_DOMAIN, f"keeper:{PIPE_NEXT_HOP}"),
                (LIST_DOMAIN, f"{sink}, {LISTED_NEXT_HOP}")))
        return {
            **pasted("1"),
            "compatibility_level": "3.6",
            "queue_directory": self.queue_folder,
            "data_directory": self.data,
            "daemon_directory": DAEMONS,
            "command_directory": "/usr/sbin",
            "mail_owner": "postfix",
            "setgid_group": "postdrop",
            "maillog_file": self.log,
            "maillog_file_prefixes": "/tmp",
            "myhostname": "mx.corp.example",
            "myorigin": "corp.example",
            "mydestination": LOCAL_DOMAIN,
            "inet_interfaces": "127.0.0.1, ::1",
            "inet_protocols": "all",
            "mynetworks": "127.0.0.0/8 [::1]/128",
            "alias_maps": "",
            "local_recipient_maps": "",
            "local_transport": sink,
            "virtual_alias_domains": ALIAS_DOMAIN,
            "virtual_alias_maps": "inline:{ {user@%s=user@plain.example} }"
                                  % ALIAS_DOMAIN,
            "transport_maps": f"inline:{{ {routes} }}",
            "default_transport": sink,
            "smtp_dns_support_level": "disabled",
            "smtp_host_lookup": "native",
            "smtp_tls_security_level": "may",
            "smtp_tls_loglevel": "1",
            "smtp_connect_timeout": "2s",
            "smtpd_peername_lookup": "no",
            "smtpd_client_connection_count_limit": "0",
            "smtpd_recipient_restrictions": "permit_mynetworks, reject",
            "smtpd_tls_chain_files": f"{certificates.server.key}, "
                                     f"{certificates.server.chain}",
            "smtpd_tls_CAfile": certificates.trusted.certificate,
            "smtpd_tls_received_header": "yes",
            "smtpd_tls_auth_only": "no",
            "smtpd_sasl_local_domain": "corp.example",
            # Debian 12 would find it there by itself, 13 no longer.
            "cyrus_sasl_config_path": self.etc / "sasl",
            "smtpd_milters": milter,
            "non_smtpd_milters": milter,
        }

    def _write_main(self, settings):
        (self.etc / "main.cf").write_text("".join(
            f"{key} = {value}\n" for key, value in settings.items()))

    def _write_master(self):
        lines = []
        for key, (host, chroot, settings) in LISTENERS.items():
            program = "1 postscreen" if key == "screened" else "- smtpd"
            lines.append(f"{host}:{self.listeners[key].port} inet "
                         f"n - {chroot} - {program}")
            lines += [f"    -o {{ {setting} }}".replace(
                "{filter}", str(self.filter_port)).replace(
                    "{sink}", str(self.sink.port)) for setting in settings]
        keep = self.etc / "keep"
        keep.write_text(KEEP)
        keep.chmod(0o755)
        lines += ["keeper unix - n n - - pipe",
                  f"    user=nobody argv={keep} {self.pipe_socket} "
                  "${sender} ${recipient}"]
        (self.etc / "master.cf").write_text(
            INTERNAL_SERVICES + "\n".join(lines) + "\n")

    def _write_sasl(self):
        folder = self.lab.folder("postfix/etc/sasl")
        database = folder / "sasldb2"
        (folder / "smtpd.conf").write_text(
            "pwcheck_method: auxprop\nauxprop_plugin: sasldb\n"
            f"mech_list: PLAIN\nsasldb_path: {database}\n")
        user, realm = SASL_USER.split("@")
        run(["saslpasswd2", "-p", "-c", "-f", database, "-u", realm, user],
            stdin=SASL_PASSWORD)
        database.chmod(0o644)

    # Start and end

    def start(self):
        run(["postfix", "-c", self.etc, "check"])
        argv = [MASTER, "-c", self.etc]
        if self._hosts is not None:
            hosts = self.etc / "hosts"
            hosts.write_text("127.0.0.1 localhost\n" + self._hosts)
            resolver = self.etc / "resolv.conf"
            resolver.write_text(f"nameserver {self._name_server}\n")
            argv = ["unshare", "-m", "sh", "-c",
                    'mount --bind "$0" /etc/hosts && '
                    'mount --bind "$1" /etc/resolv.conf && shift && '
                    'exec "$@"', hosts, resolver, *argv]
        self.sink.listen_lmtp(self.queue_folder / LMTP_NEXT_HOP[5:])
        self.sink.listen_lmtp(self.pipe_socket)
        self._master = Process(argv, self.lab.root / "postfix" / "master.out")
        self.lab.at_exit(self.stop)
        wait_until(self._is_up, PATIENCE, "Postfix to listen")

    def stop(self):
        """Ends master, which ends its whole process group."""
        if self._master is not None:
            self._master.stop()
            self._master = None

    def reload(self):
        """Returns when no process has the old settings any more, but for one
        that still has a client."""
        before = self.servers()
        count = self.logged().count(RELOADED)
        run(["postfix", "-c", self.etc, "reload"])
        wait_until(lambda: self.logged().count(RELOADED) > count, PATIENCE,
                   "Postfix to read its settings again")
        with contextlib.suppress(LabError):
            self.wait_ended(before, LAST_CLIENT)

    def servers(self):
        """The processes that take clients."""
        pid = self._master.pid
        children = pathlib.Path(f"/proc/{pid}/task/{pid}/children").read_text()
        return {child for child in children.split()
                if _is_called(child, "smtpd")}

    def wait_ended(self, servers, seconds=PATIENCE):
        """Waits until none of these takes clients."""
        wait_until(lambda: not servers & self.servers(), seconds,
                   "the servers from before the reload to end")

    def set(self, **settings):
        """Changes settings of main.cf and waits until they apply."""
        run(["postconf", "-c", self.etc, "-e",
             *(f"{key} = {value}" for key, value in settings.items())])
        self.reload()

    @contextlib.contextmanager
    def changed(self, **settings):
        """The running instance with other settings, for a while. An empty
        local_transport, say, is no setting, and whoever reads it ends."""
        main = self.etc / "main.cf"
        before = main.read_text()
        self.set(**settings)
        try:
            yield
        finally:
            main.write_text(before)
            self.reload()

    def set_service(self, setting):
        """Changes a field of master.cf: "smtp/unix/chroot=y"."""
        run(["postconf", "-c", self.etc, "-F", setting])
        self.reload()

    def _is_up(self):
        if not self._master.is_alive():
            raise LabError("Postfix master ended: " + self._master.said()
                           + self.logged())
        return all(can_connect(listener.host, listener.port)
                   for listener in self.listeners.values())

    # Its queues and its log

    def queue(self):
        """Every message in any queue."""
        printed = run(["postqueue", "-c", self.etc, "-j"])
        found = []
        for line in printed.splitlines():
            entry = json.loads(line)
            recipients = entry["recipients"]
            found.append(Queued(
                entry["queue_id"], entry["queue_name"], entry["sender"],
                tuple(one["address"] for one in recipients),
                tuple(one.get("delay_reason", "") for one in recipients)))
        return found

    def held(self):
        """What is in quarantine."""
        return [one for one in self.queue() if one.queue == "hold"]

    def maildrop(self):
        """Files of messages that sendmail(1) left and pickup did not take."""
        return [one for one in (self.queue_folder / "maildrop").iterdir()
                if one.is_file()]

    def keeps_local(self, subject):
        """Whether a message of sendmail(1) waits to be taken again. Its lines
        are records of postdrop(1), each with a type and a length."""
        line = re.compile(rf"Subject: {subject}(?![0-9])".encode())
        return any(line.search(one.read_bytes()) for one in self.maildrop())

    def refused_local(self, begun, digit):
        """Whether a filter refused a message of sendmail(1) with a code that
        begins with digit, in the log from offset begun."""
        return re.search(r"milter-reject: END-OF-MESSAGE from localhost"
                         rf"\S*: {digit}\.", self.logged()[begun:])

    def message(self, queue_id):
        """A queued message's headers and body."""
        return run(["postcat", "-c", self.etc, "-qhb", queue_id])

    def has_subject(self, queued, subject):
        return f"Subject: {subject}\n" in self.message(queued.queue_id)

    def release(self, queue_id):
        """Takes a message out of quarantine and sends it."""
        run(["postsuper", "-c", self.etc, "-H", queue_id])
        run(["postqueue", "-c", self.etc, "-i", queue_id])

    def empty_queue(self):
        if self.queue() or self.maildrop():
            run(["postsuper", "-c", self.etc, "-d", "ALL"])

    def flush(self):
        """Tries all deferred mail again, now."""
        run(["postqueue", "-c", self.etc, "-f"])

    def settle(self, seconds=PATIENCE):
        """Waits until no delivery is running."""
        moving = ("active", "incoming", "maildrop")

        def is_still():
            return not self.maildrop() and not any(
                one.queue in moving for one in self.queue())

        # showq reads the queues one after the other. A message that moves
        # between two of them is missed once, not twice.
        wait_until(lambda: is_still() and is_still(), seconds,
                   "the queue to settle")

    def submit(self, sender, recipients, text):
        """Hands a message to sendmail(1), as a local program does."""
        run(["/usr/sbin/sendmail", "-C", self.etc, "-i", "-f", sender,
             "--", *recipients], stdin=text)

    def logged(self):
        return (self.log.read_text(errors="replace")
                if self.log.exists() else "")


def _is_called(pid, name):
    """Whether the process runs a program of that name."""
    try:
        return pathlib.Path(f"/proc/{pid}/comm").read_text().strip() == name
    except OSError:
        return False
