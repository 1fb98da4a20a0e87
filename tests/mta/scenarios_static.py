# SPDX-License-Identifier: BSD-2-Clause
"""A Postfix that reads the map's answers from a file, while no daemon runs."""

import datetime
import grp
import os
import pwd
import time

from daemon import USER, Daemon
from departure import departure, outbound
from gateway import wants
from lab import PATIENCE, clock_back, run, wait_until
from postfix import pasted
from scenario import scenario
from scenarios_map import ENCRYPT_PLAIN, NO_STARTTLS, NOT_VERIFIED

SOCKETMAP = "smtp_tls_policy_maps"
DAY = 86400
GROUP = grp.getgrgid(pwd.getpwnam(USER).pw_gid).gr_name


class StaticMap:
    """The file of a departure, in the state folder of its daemon."""

    def __init__(self, out):
        self.out = out
        self.path = out.daemon.folder / "state" / "map" / "outbound.cdb"
        self.path.unlink(missing_ok=True)
        self.tool = out.daemon.program.parent / "enforcetls"

    def policy(self, *rows, **options):
        """Starts the daemon, and Postfix uses the file that it writes."""
        self.out.policy(*rows, more=f'static = "{self.path}";', **options)
        wait_until(self.path.exists, PATIENCE, "the file to be written")
        name = str(self.path)[:-len(".cdb")]
        self.out.set(smtp_tls_policy_maps=f"cdb:{name}")

    def command(self, *words):
        return run([self.tool, "-c", self.out.daemon.conf, *words])

    def timer(self, back=0):
        """A run of enforcetls-map.timer, its clock some seconds behind."""
        env = (clock_back(self.out.daemon.folder, back) if back else
               dict(os.environ))
        run(["setpriv", "--reuid", USER, "--clear-groups", self.tool, "-c",
             self.out.daemon.conf, "map", "--export", "--timer", self.path],
            env=env)

    def says(self, key):
        return run(["postmap", "-c", self.out.mta.etc, "-q", key,
                    f"cdb:{str(self.path)[:-4]}"], expect=None).strip()

    def close(self):
        self.out.set(smtp_tls_policy_maps=pasted("4b")[SOCKETMAP])


def holds(out):
    """Partners' mail waits, and other mail flows."""
    out.send("plain.example").waits(NO_STARTTLS)
    out.send("PLAIN.Example").waits(NO_STARTTLS)
    out.send("münchen.example").waits(NO_STARTTLS)
    out.send("deep.part.example").waits(NOT_VERIFIED)
    out.send("good.example").arrived()
    out.send("refuses.example").arrived(encrypted=False)
    out.send("self.example").arrived()


@scenario("static map, the daemon is killed: partners stay enforced, others "
          "flow", "departs")
def killed(gateway):
    out = departure(gateway)
    static = StaticMap(out)
    try:
        static.policy(
            ENCRYPT_PLAIN,
            outbound("town", ["xn--mnchen-3ya.example"], "encrypt"),
            outbound("below", [".part.example"], "verify",
                     more='names = [ "nobody.example" ];'))
        holds(out)
        out.daemon.kill()
        holds(out)
        time.sleep(1.1)
        out.retry()
        wants(not out.hops["plain.example"].arrivals(), "nothing in the clear",
              "an arrival")
    finally:
        static.close()


@scenario("static map, log-only mode: it is there, and mail leaves as before",
          "departs")
def log_only(gateway):
    out = departure(gateway)
    static = StaticMap(out)
    try:
        static.policy(ENCRYPT_PLAIN, mode="log-only")
        out.send("plain.example").arrived(encrypted=False)
        out.reload(ENCRYPT_PLAIN, more=f'static = "{static.path}";')
        out.send("plain.example").waits(NO_STARTTLS)
    finally:
        static.close()


@scenario("static map, an exception begins, and ends without the daemon, "
          "though the clock was set back",
          "departs")
def exception(gateway):
    out = departure(gateway)
    static = StaticMap(out)
    try:
        static.policy(ENCRYPT_PLAIN,
                      settings="exceptions = { allow_plaintext = true; };")
        out.send("plain.example").waits(NO_STARTTLS)
        end = (datetime.datetime.now() + datetime.timedelta(seconds=90)
               ).replace(second=0, microsecond=0)
        static.command("exception", "add", "plain", "outbound", "--floor",
                       "none", "--until", end.strftime("%Y-%m-%dT%H:%M"),
                       "--owner", "lab", "--reason", "test")
        time.sleep(2)
        # The timer does not run.
        out.send("plain.example").waits(NO_STARTTLS)
        written = time.monotonic()
        static.timer()
        wait_until(lambda: static.says("plain.example") == "may", PATIENCE,
                   "the exception to stand in the file")
        out.send("plain.example").arrived(encrypted=False)
        out.daemon.kill()
        # The clock is set back, and the exception gets no more time by that
        # than until this run, from which on it is counted.
        static.timer(back=10 * DAY)
        uncounted = time.monotonic() - written
        out.send("plain.example").arrived(encrypted=False)
        # Nobody has loaded this one, which does not even name the file.
        out.daemon.conf.write_text("format = 1;\n")
        wait_until(lambda: datetime.datetime.now() > end, 100, "its end")
        time.sleep(uncounted + 1)   # a file's time is a whole second
        static.timer(back=10 * DAY)
        out.send("plain.example").waits(NO_STARTTLS)
    finally:
        static.close()


@scenario("static map, a second daemon runs over a copy of the policy that "
          "only logs: mail still waits", "departs")
def second_daemon(gateway):
    out = departure(gateway)
    static = StaticMap(out)
    trial = Daemon(out.lab, out.daemon.program,
                   out.daemon.folder / "trial.sock", "postfix", "trial")
    try:
        static.policy(ENCRYPT_PLAIN)
        trial.write([ENCRYPT_PLAIN], mode="log-only", settings=
                    f'map = {{ static = "{static.path}"; }};')
        trial.start()
        for _ in range(8):
            out.send("plain.example").waits(NO_STARTTLS)
    finally:
        trial.stop()
        static.close()


@scenario("static map, an exception ends while the disk is full: mail waits",
          "departs")
def no_room(gateway):
    out = departure(gateway)
    static = StaticMap(out)
    try:
        static.policy(ENCRYPT_PLAIN,
                      settings="exceptions = { allow_plaintext = true; };")
        static.timer()
        until = datetime.date.today() + datetime.timedelta(days=2)
        static.command("exception", "add", "plain", "outbound", "--floor",
                       "none", "--until", until.isoformat(),
                       "--owner", "lab", "--reason", "test")
        out.send("plain.example").arrived(encrypted=False)
        # Nothing can be written: neither the file, nor that it has to end.
        run(["setpriv", "--reuid", USER, "--regid", GROUP, "--clear-groups",
             "prlimit", "--pid", str(out.daemon.pid), "--fsize=0:"])
        static.path.with_name(static.path.name + ".timer").unlink()
        wait_until(lambda: static.says("plain.example") == "encrypt",
                   PATIENCE, "the exception to end in the file")
        out.send("plain.example").waits(NO_STARTTLS)
    finally:
        static.close()
