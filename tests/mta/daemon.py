# SPDX-License-Identifier: BSD-2-Clause
"""daemon - the built enforcetlsd, run in the foreground over a policy file

Started as root it binds its socket and becomes an unprivileged user, as in
production.
"""

import contextlib
import json
import pathlib
import signal
import socket

from lab import PATIENCE, LabError, Process, wait_until

# In place of the `enforcetls` user that a package creates.
USER = "nobody"

POLICY = """\
format = 1;
mode = "{mode}";
user = "{user}";
state = "{folder}/state";
milter = {{ listen = "unix:{socket}"; group = "{group}"; mta = "{mta}"; }};
{control}log = {{ decisions = "{decisions}"; {log}}};
{settings}
partners = (
{partners}
);
"""


class Daemon:
    """One daemon at a time on one socket; policies and logs in one folder."""

    def __init__(self, lab, program, socket_path, group, name="daemon"):
        self.lab = lab
        self.program = pathlib.Path(program)
        self.socket_path = pathlib.Path(socket_path)
        self.group = group
        self.folder = lab.folder(name, mode=0o755)
        lab.folder(f"{name}/log", owner=USER)
        lab.folder(f"{name}/state", owner=USER)
        self.conf = self.folder / "enforcetls.conf"
        self.log = self.folder / "log" / "decisions.jsonl"
        self.control = self.folder / "control.sock"
        self._process = None
        lab.at_exit(self.stop)

    def write(self, partners, mode="enforce", mta="auto", settings="",
              log="", decisions=None):
        """Writes the policy file. partners: texts of rows; decisions: the
        path of the log, if not that of decisions()."""
        control = ("" if "control =" in settings else
                   f'control = {{ listen = "unix:{self.control}"; }};\n')
        self.conf.write_text(POLICY.format(
            mode=mode, control=control, user=USER, folder=self.folder, mta=mta,
            socket=self.socket_path, group=self.group, settings=settings,
            log=log, decisions=decisions or self.log,
            partners=",\n".join(partners)))

    def start(self, remembers=False, env=None):
        """Starts it and waits until it takes connections. Unless it remembers
        the policy that was in force last, it runs the one on disk, even where
        that asks less."""
        if not remembers:
            self.forget()
        self._process = Process(
            [self.program, "-f", "-c", self.conf], self.folder / "daemon.out",
            env=env)
        wait_until(self._is_up, PATIENCE, "enforcetlsd to listen")

    @property
    def kept(self):
        """The policy in force, as it is kept for the next start."""
        return self.folder / "state" / "policy.kept"

    def forget(self):
        """Removes the kept policy, and the marker that has its digest."""
        self.kept.unlink(missing_ok=True)
        self.log.with_name(self.log.name + ".state").unlink(missing_ok=True)

    def wait_kept(self):
        """Waits until the policy of a first start is kept."""
        wait_until(self.kept.exists, PATIENCE, "the policy to be kept")

    def ends(self):
        """Starts it for the first time, expecting it to exit; returns the exit
        status."""
        self.forget()
        process = Process([self.program, "-f", "-c", self.conf],
                          self.folder / "daemon.out")
        try:
            return process.wait(PATIENCE)
        finally:
            process.kill()

    def _is_up(self):
        if not self._process.is_alive():
            raise LabError("enforcetlsd ended: " + self.said()[-2000:])
        with contextlib.closing(socket.socket(socket.AF_UNIX)) as probe:
            try:
                probe.connect(str(self.socket_path))
            except OSError:
                return False
        return True

    def signal(self, number):
        self._process.signal(number)

    def freeze(self):
        """Suspends every thread; SIGCONT resumes them."""
        self.signal(signal.SIGSTOP)
        tasks = pathlib.Path(f"/proc/{self.pid}/task")
        wait_until(lambda: all(
            (task / "stat").read_text().rsplit(") ", 1)[1][0] == "T"
            for task in tasks.iterdir()), 20, "every thread to stop")

    @property
    def pid(self):
        return self._process.pid

    def has_crashed(self):
        """Whether it ended without being stopped or killed by us."""
        return self._process is not None and not self._process.is_alive()

    def stop(self):
        """Returns the exit status; None when it was not running."""
        if self._process is None:
            return None
        status = self._process.stop()
        self._process = None
        return status

    def kill(self):
        """kill -9, as the out-of-memory killer does it."""
        self._process.kill()
        self._process = None

    @contextlib.contextmanager
    def frozen(self):
        """Suspends it for a while; the kernel accepts connections."""
        self.freeze()
        try:
            yield
        finally:
            self.signal(signal.SIGCONT)

    def ask(self, **request):
        """What the daemon answers on its control socket."""
        with contextlib.closing(socket.socket(socket.AF_UNIX)) as control:
            control.settimeout(PATIENCE)
            control.connect(str(self.control))
            control.sendall(json.dumps(request).encode() + b"\n")
            with control.makefile() as answer:
                return json.loads(answer.readline())

    def reload(self):
        """Reloads the policy file, and takes what it loses, as somebody who
        means it. Returns the last answer."""
        answer = self.ask(do="reload")
        digest = (answer.get("difference") or {}).get("digest")
        if answer["ok"] or not digest:
            return answer
        return self.ask(do="reload", allow_loss=digest, reason="a test")

    def said(self):
        """What it wrote to its standard error, over all starts."""
        output = self.folder / "daemon.out"
        return (output.read_text(errors="replace") if output.exists() else "")

    def decisions(self, since=0):
        """The records of the decision log, from the since-th on."""
        if not self.log.exists():
            return []
        lines = self.log.read_text().split("\n")[:-1]
        return [json.loads(line) for line in lines[since:]]
