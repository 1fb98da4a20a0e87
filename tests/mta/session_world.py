# SPDX-License-Identifier: BSD-2-Clause
"""session_world - the world of session scripts, with real MTAs

mx.hop.test accepts mail for hop.test and relays all other mail, all of it to
the sink. Names, listeners, routes and certificates are those of FORMAT.
"""

import ast
import collections
import pathlib
import re

from daemon import Daemon, USER
from issuing import Issuer
from lab import run
from postfix import Postfix
from sendmail import Sendmail
from sink import Sink

TEST_NAME = re.compile(r"[a-z0-9][a-z0-9._-]*\.test")
PASSWORD = "a long lab password"

SESSIONS = pathlib.Path(__file__).resolve().parent.parent / "sessions"


def tables():
    """The tables of WORLD: a list of the entries of each macro."""
    found = collections.defaultdict(list)
    text = (SESSIONS / "WORLD").read_text()
    for macro, entry in re.findall(r"^([A-Z]+)\((.*)\)$", text, re.M):
        entry = re.sub(r"^(\w+),", r'"\1",', entry).replace("NULL", "None")
        found[macro].append(ast.literal_eval(f"({entry})"))
    return found


def parts(subject):
    """A DN in one line as the pairs it is made of."""
    return [tuple(part.split("=", 1)) for part in subject.split("/")[1:]]


WORLD = tables()
NAMES = dict(WORLD["NAME"])
HOSTNAME, DOMAIN, COMMON_NAME = (NAMES[name] for name in
                                 ("host", "domain", "client"))
LISTENERS = dict(WORLD["LISTENER"])
SINK_PORT = LISTENERS.pop("sink")
CIPHERS = {tls: cipher for tls, _, cipher in WORLD["TLS"]}
AUTHORITIES = {name: parts(subject) for name, subject, _ in
               WORLD["AUTHORITY"]}
KINDS = {kind: rest for kind, *rest in WORLD["CERTIFICATE"]}

POLICY = """\
format = 1;
user = "{user}";
state = "{folder}/state";
milter = {{ listen = "unix:{socket}"; group = "{group}"; mta = "{mta}"; }};
map = {{ postfix_version = "3.7"; }};
control = {{ listen = "unix:{control}"; }};
log = {{ decisions = "{folder}/log/decisions.jsonl"; }};
{mode}{text}"""


class Certificates:
    """The kinds of FORMAT, made at their first use."""

    def __init__(self, folder):
        self._issuer = Issuer(folder)
        root, second, _ = (
            self._issuer.authority(name, AUTHORITIES[name])
            for name in ("root", "second", "stranger"))
        both = folder / "trusted.pem"
        both.write_text(root.certificate.read_text()
                        + second.certificate.read_text())
        self.trusted = root._replace(certificate=both)
        self.server = self._issuer.issue(
            "server", [("CN", HOSTNAME)], ("root", AUTHORITIES["root"]),
            "serverAuth", dns=[HOSTNAME], kind="rsa")
        self._made = {}

    def client(self, kind, common_name=""):
        """The certificate of that kind; None for none."""
        if kind == "none":
            return None
        wanted = (kind, common_name)
        if wanted not in self._made:
            self._made[wanted] = self._issue(kind, common_name or COMMON_NAME)
        return self._made[wanted]

    def _issue(self, kind, common_name):
        file = f"{kind}-{len(self._made)}"
        # It must exist even if it is never requested.
        has_cn, subject, authority, _ = KINDS[
            "trusted" if kind == "not-requested" else kind]
        subject = parts(subject)
        if has_cn:
            subject.append(("CN", common_name))
        options = {}
        if kind == "empty":
            options = {"dns": [COMMON_NAME]}
        elif kind == "expired":
            options = {"over": True}
        elif kind == "server-only":
            options = {"purpose": "serverAuth"}
        issuer = None if authority == "itself" else (
            authority, AUTHORITIES[authority])
        return self._issuer.issue(file, subject, issuer, **options)


def logins_of(scripts):
    """Every user of a login in the sessions."""
    return sorted({session.client.login for script in scripts
                   for session in script.sessions if session.client.login
                   and "@" in session.client.login})


def make_postfix(lab, certificates, sink, scripts):
    """Postfix as mx.hop.test. Its own hosts file maps every name of a script to
    the sink; other names go to the sink too."""
    target = f"smtp:[127.0.0.1]:{sink.port}"
    names = sorted({name for script in scripts
                    for name in TEST_NAME.findall(script.text.lower())})
    mta = Postfix(lab, certificates, sink, main={
        "myhostname": HOSTNAME,
        "mynetworks": "0.0.0.0/0 [::]/0",
        "myorigin": DOMAIN,
        "mydestination": DOMAIN,
        "local_transport": "local:$myhostname",
        "mailbox_transport": target,
        "default_transport": "smtp",
        "smtp_tcp_port": sink.port,
        "smtp_fallback_relay": f"[127.0.0.1]:{sink.port}",
        "virtual_alias_domains": "valias.test",
        "virtual_alias_maps":
            "inline:{ {alias@valias.test=user@final.test} }",
        "transport_maps":
            f"inline:{{ {{ routed.test = smtp:[127.0.0.1]:{sink.port} }} }}",
        "smtpd_sasl_local_domain": DOMAIN,
    }, hosts="".join(f"127.0.0.1 {name}\n" for name in names))
    with open(mta.etc / "master.cf", "a") as master:
        master.write("local unix - n n - - local\n")
    for login in logins_of(scripts):
        user, realm = login.split("@")
        run(["saslpasswd2", "-p", "-c", "-f", mta.etc / "sasl/sasldb2",
             "-u", realm, user], stdin=PASSWORD)
    return mta


def make_sendmail(lab, certificates, sink, scripts):
    """Sendmail as mx.hop.test."""
    return Sendmail(
        lab, certificates, sink, hostname=HOSTNAME, local=[DOMAIN],
        virtusertable={"alias@valias.test": "user@final.test"},
        mailertable={"routed.test": "esmtp:[127.0.0.1]"},
        logins={login: PASSWORD for login in logins_of(scripts)})


MAKERS = {"postfix": make_postfix, "sendmail": make_sendmail}


class World:
    """One MTA, the daemon before it and the sink behind."""

    def __init__(self, lab, mta_name, program, scripts):
        self.lab = lab
        self.certificates = Certificates(lab.folder("certificates"))
        self.sink = Sink(lab.port())
        lab.at_exit(self.sink.stop)
        self.mta = MAKERS[mta_name](lab, self.certificates, self.sink,
                                     scripts)
        self.daemon = Daemon(lab, program, self.mta.milter_socket,
                             self.mta.milter_group)
        self.mta.start()

    def listener(self, name, address):
        """Where a client of that address calls. Sendmail cannot set
        macros by configuration: `forged` is `mx` there."""
        listeners = self.mta.listeners
        if ":" in address and f"{name}6" in listeners:
            return listeners[f"{name}6"]
        return listeners.get(name) or listeners["mx"]

    def fill_in(self, text):
        """Puts the ports of this world into a script's text."""
        for name in sorted(LISTENERS, key=len, reverse=True):
            text = text.replace(f"$PORT_{name}",
                                str(self.listener(name, "127.0.0.1").port))
        return text.replace("$PORT_sink", str(self.sink.port))

    def with_ports(self, text):
        """Puts this world's ports in place of those that the driver shows."""
        if text is None:
            return None
        ports = {f":{number}": name for name, number in
                 (*LISTENERS.items(), ("sink", SINK_PORT))}
        return re.sub(r":\d+$", lambda found: ":" + self.fill_in(
            f"$PORT_{ports[found[0]]}") if found[0] in ports else found[0],
            text)

    def write_policy(self, text, setting):
        """setting: milter.mta."""
        mode = "" if "mode" in text.split("partners")[0].split() \
            else 'mode = "enforce";\n'
        self.daemon.conf.write_text(POLICY.format(
            user=USER, folder=self.daemon.folder, mta=setting, mode=mode,
            control=self.daemon.control,
            socket=self.daemon.socket_path, group=self.daemon.group,
            text=self.fill_in(text)))
