# SPDX-License-Identifier: BSD-2-Clause
"""session_script - reads tests/sessions/*.session, as FORMAT describes them
"""

import re
import typing


class Step(typing.NamedTuple):
    """One step of the client, and its expected result."""
    line: int
    verb: str
    argument: str               # an address, a name, a line
    parameters: str
    want: typing.Tuple[str, ...]        # () if nothing is expected
    records: typing.Tuple[dict, ...]    # None: the log is not checked
    shows: typing.Optional[typing.Tuple[str, str, str]]


class Client(typing.NamedTuple):
    """The client and its connection."""
    address: str = "127.0.0.1"
    listener: str = "mx"
    tls: str = "none"
    cipher: str = ""
    certificate: str = "none"
    common_name: str = ""
    login: str = ""
    mechanism: str = "PLAIN"
    xclient: str = ""
    xclient_login: str = ""
    opening: str = "usual"
    local: bool = False


class Session(typing.NamedTuple):
    file: str
    line: int
    label: str
    client: Client
    steps: typing.Tuple[Step, ...]
    absent: str                 # why no real MTA can show it; "" if one can

    @property
    def promise(self):
        return f"{self.file}: {self.label}"


class Script(typing.NamedTuple):
    file: str
    text: str                   # the whole file
    policies: typing.Dict[str, str]
    sessions: typing.Tuple[Session, ...]


class ScriptError(Exception):
    """A line that violates FORMAT."""


STEPS = frozenset("helo ehlo starttls auth mail rcpt data header rset noop "
                  "quit unknown drop reload".split())
# Statements that need control of the MTA.
NOT_BY_AN_MTA = {
    "macro": "the MTA's macros are set by hand",
    "offer": "what the MTA offers is set by hand",
    "abort": "an abort of the MTA's own accord",
}
ADDRESS = re.compile(r"(<.*?>)(?=\s|$)\s*(.*)$")
JSON_WORDS = {"true": True, "false": False, "null": None}


class _Reader:
    """The state of reading one file for one MTA."""

    def __init__(self, path, mta, is_reachable):
        self.path, self.mta = path, mta
        self.is_reachable = is_reachable
        self.policies, self.sessions = {}, []
        self.policy = None
        self._forget()

    def _forget(self):
        self.label, self.begun = None, 0
        self.client, self.steps, self.absent = {}, [], ""
        self.shows = None

    def read(self):
        text = self.path.read_text(encoding="utf-8")
        for number, raw in enumerate(text.split("\n"), 1):
            line = raw.strip(" \t")
            other = re.match(r"(postfix|sendmail): +(.*)", line)
            if other:
                if other.group(1) != self.mta:
                    continue
                line = other.group(2)
            if not line or line.startswith("#"):
                continue
            try:
                self._statement(number, line)
            except (ValueError, KeyError, IndexError, TypeError) as problem:
                raise ScriptError(f"{self.path.name}:{number}: {line}: "
                                  f"{problem!r}") from None
        self._end()
        return Script(self.path.name, text, self.policies,
                      tuple(self.sessions))

    def _end(self):
        if self.label is not None:
            self.sessions.append(Session(
                self.path.name, self.begun, self.label,
                Client(**self.client), tuple(self.steps), self.absent))
        self._forget()

    def _statement(self, number, line):
        if line.startswith("|"):
            self.policies[self.policy] += line[1:].strip(" ") + "\n"
            return
        verb, _, rest = line.partition(" ")
        rest = rest.strip(" \t")
        if verb == "policy":
            self._end()
            self.policy = rest
            self.policies[rest] = ""
        elif verb == "session":
            self._end()
            self.label, self.begun = rest, number
        elif verb in NOT_BY_AN_MTA:
            self.absent = self.absent or NOT_BY_AN_MTA[verb]
        elif verb in STEPS:
            self._step(number, verb, rest)
        elif verb == "record":
            self._record(rest)
        elif verb == "shows":
            self.shows = tuple(part.strip() for part in rest.split("|"))
            if len(self.shows) != 3:
                raise ValueError("three parts are wanted")
        else:
            self._describe(verb, rest.split())

    def _describe(self, verb, words):
        client = self.client
        if verb == "only":
            if self.mta not in words:
                self.absent = f"only for {' '.join(words)}"
        elif verb == "not":
            if "mta" in words:
                self.absent = "said to be out of an MTA's reach"
        elif verb == "client":
            client["address"] = words[0]
            if not self.is_reachable(words[0]):
                self.absent = "the client's address is not of this host"
        elif verb == "tls":
            client["tls"] = words[0]
            client["cipher"] = words[1] if len(words) > 1 else ""
        elif verb == "certificate":
            client["certificate"] = words[0]
            client["common_name"] = " ".join(words[1:])
        elif verb == "login":
            client["login"] = words[0]
            client["mechanism"] = words[1] if len(words) > 1 else "PLAIN"
        elif verb == "xclient":
            client["xclient"] = words[0]
            self._needs_postfix("XCLIENT")
            client["xclient_login"] = words[1] if len(words) > 1 else ""
        elif verb == "local":
            client["local"] = True
            self._needs_postfix("mail of sendmail(1)")
        elif verb in ("listener", "opening"):
            client[verb] = words[0]
        else:
            raise ValueError("no such statement")

    def _needs_postfix(self, what):
        if self.mta != "postfix":
            self.absent = f"{what} is Postfix's"

    def _step(self, number, verb, rest):
        argument, parameters, want = rest, "", ()
        if verb in ("rcpt", "data"):
            rest, found, wanted = rest.rpartition("=") if verb == "data" \
                else _cut_want(rest)
            want = tuple(wanted.split()) if found else ()
            argument = rest.strip()
        if verb in ("mail", "rcpt"):
            argument, parameters = _cut_address(argument)
        shows = None
        if verb == "rcpt":
            shows, self.shows = self.shows, None
        self.steps.append(Step(number, verb, argument, parameters, want,
                               None, shows))

    def _record(self, rest):
        """Belongs to the rcpt above."""
        at = max(index for index, step in enumerate(self.steps)
                 if step.verb == "rcpt")
        step = self.steps[at]
        wanted = () if rest == "none" else (dict(
            _pair(word) for word in rest.split()),)
        self.steps[at] = step._replace(records=(step.records or ()) + wanted)


def _cut_want(rest):
    """The last " = " separates the command and the expected answer."""
    command, found, wanted = rest.rpartition(" = ")
    return (command, found, wanted) if found else (rest, "", "")


def _cut_address(text):
    found = ADDRESS.match(text)
    if found:
        return found.group(1), found.group(2)
    address, _, parameters = text.partition(" ")
    return address, parameters.strip()


def _pair(word):
    key, found, value = word.partition("=")
    if not found:
        raise ValueError(f"{word}: no value")
    value = value.replace("%20", " ")
    return key, JSON_WORDS.get(value, value)


def read(path, mta, is_reachable):
    """Reads a script as it applies to one MTA. is_reachable(address): whether
    a client can come from there."""
    return _Reader(path, mta, is_reachable).read()
