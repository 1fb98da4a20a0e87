# SPDX-License-Identifier: BSD-2-Clause
"""lab - a private folder, and everything that runs in it

Nothing here affects the system's own mail. All folders are in one temporary
folder, ports are free loopback ports, and processes are stopped by the process
id that was returned at their start. Leaving the lab, also by an exception or a
signal, stops and removes everything.
"""

import contextlib
import os
import pathlib
import random
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
import time


# The longest wait, in seconds, on a machine that is busy with other tests. Only
# failures take so long.
PATIENCE = 60

# No daemon of the lab writes into the state folder of this host.
os.environ["STATE_DIRECTORY"] = "/nonexistent"


class LabError(Exception):
    """The lab could not be set up; no promise was tested."""


def folder_named(text):
    """The absolute path of the folder that an option names."""
    return pathlib.Path(text).resolve()


def wait_until(question, seconds, what):
    """Asks until the answer is true and returns it; LabError when it never is.
    """
    end = time.monotonic() + seconds
    while True:
        answer = question()
        if answer:
            return answer
        if time.monotonic() > end:
            raise LabError(f"waited {seconds} s in vain for {what}")
        time.sleep(0.02)


def leave_on_signals():
    """Turns signals into SystemExit, so that the lab is removed."""
    def leave(number, _frame):
        raise SystemExit(128 + number)

    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, leave)


class Ports:
    """Free loopback ports, below the kernel's range for clients.

    A port stays ours while nobody listens there, as between the end of a server
    and its next start: a lab beside this one would take it, and be asked in our
    server's place. So each has an abstract socket of its number.
    """
    FIRST, LAST = 20000, 32000

    def __init__(self):
        self._claims = []
        self._lock = threading.Lock()

    def take(self):
        with self._lock:
            for _ in range(1000):
                port = random.randint(self.FIRST, self.LAST)
                if self._claim(port) and self._is_free(port):
                    return port
        raise LabError("no free loopback port")

    def _claim(self, port):
        claim = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        try:
            claim.bind(f"\0enforcetls lab, port {port}")
        except OSError:
            claim.close()
            return False
        self._claims.append(claim)
        return True

    @staticmethod
    def _is_free(port):
        for family, host in ((socket.AF_INET, "127.0.0.1"),
                             (socket.AF_INET6, "::1")):
            with socket.socket(family, socket.SOCK_STREAM) as probe:
                try:
                    probe.bind((host, port))
                except OSError:
                    return False
        return True


PORTS = Ports()


def clock_back(folder, seconds):
    """An environment for a program whose clock is that many seconds behind.
    The folder gets what is preloaded."""
    shim = folder / "clock_shim.so"
    run(["gcc", "-O1", "-fPIC", "-shared", "-o", shim,
         pathlib.Path(__file__).parent / "clock_shim.c"])
    return {**os.environ, "LD_PRELOAD": str(shim), "SHIM_BACK": str(seconds),
            "ASAN_OPTIONS": "detect_leaks=0:verify_asan_link_order=0"}


class Process:
    """A program started by the lab, its output in a file."""

    def __init__(self, argv, output, env=None, cwd=None):
        self.argv = [str(word) for word in argv]
        self.output = output
        with open(output, "ab") as out:
            self._popen = subprocess.Popen(
                self.argv, stdin=subprocess.DEVNULL, stdout=out,
                stderr=subprocess.STDOUT, env=env, cwd=cwd,
                start_new_session=True)
        self.pid = self._popen.pid

    def is_alive(self):
        return self._popen.poll() is None

    def signal(self, number):
        if self.is_alive():
            os.kill(self.pid, number)

    def wait(self, seconds):
        """Returns the exit status, negative for a signal."""
        try:
            return self._popen.wait(seconds)
        except subprocess.TimeoutExpired:
            raise LabError(f"{self.argv[0]} did not end in {seconds} s")

    def stop(self, seconds=PATIENCE):
        """Sends SIGTERM, then SIGKILL; returns the exit status."""
        self.signal(signal.SIGTERM)
        try:
            return self.wait(seconds)
        except LabError:
            return self.kill()

    def kill(self):
        self.signal(signal.SIGKILL)
        return self.wait(10)

    def said(self):
        """Everything it wrote so far."""
        return pathlib.Path(self.output).read_text(errors="replace")


class Lab:
    """The folder, and the stack of what to stop and remove at the end."""

    def __init__(self, keep=False):
        self.keep = keep
        self.root = None
        self._stack = contextlib.ExitStack()

    def __enter__(self):
        # Not $TMPDIR: every user of an MTA must be able to enter it.
        self.root = pathlib.Path(
            tempfile.mkdtemp(prefix="enforcetls-", dir="/tmp"))
        self.root.chmod(0o755)
        if not self.keep:
            self._stack.callback(shutil.rmtree, self.root, ignore_errors=True)
        return self

    def __exit__(self, *exception):
        self._stack.close()

    def inner(self):
        """Another lab with its own folder, which ends with this one."""
        lab = Lab(keep=self.keep)
        lab.__enter__()
        self.at_exit(lab.__exit__, None, None, None)
        return lab

    def at_exit(self, function, *args):
        self._stack.callback(function, *args)

    def folder(self, name, owner=None, group=None, mode=0o755):
        """Makes root/name and returns its path."""
        path = self.root / name
        path.mkdir(parents=True, exist_ok=True)
        path.chmod(mode)
        if owner or group:
            shutil.chown(path, owner, group)
        return path

    def port(self):
        return PORTS.take()

    def start(self, argv, name, **options):
        """Starts a program that is stopped when the lab is left."""
        process = Process(argv, self.root / f"{name}.out", **options)
        self.at_exit(process.stop)
        return process


def run(argv, stdin=None, expect=0, env=None):
    """Runs a program to its end and returns what it printed."""
    argv = [str(word) for word in argv]
    try:
        done = subprocess.run(argv, input=stdin, capture_output=True,
                              text=True, env=env, errors="replace",
                              timeout=PATIENCE)
    except (OSError, subprocess.TimeoutExpired) as problem:
        raise LabError(str(problem)) from None
    if expect is not None and done.returncode != expect:
        raise LabError(f"{' '.join(argv)}: exit {done.returncode}: "
                       f"{(done.stderr or done.stdout).strip()}")
    return done.stdout


def can_connect(host, port):
    try:
        socket.create_connection((host, port), timeout=1).close()
    except OSError:
        return False
    return True
