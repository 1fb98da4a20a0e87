# SPDX-License-Identifier: BSD-2-Clause
"""Exceptions and stages, as they act on mail and on mail that waits."""

import os
import pathlib
import re
import time

from departure import departure, outbound
from gateway import rule, row, wants
from lab import PATIENCE, clock_back, run, wait_until
from scenario import scenario

PLAINTEXT = "exceptions = { allow_plaintext = true; };"
FOUR_EYES = "exceptions = { allow_plaintext = true; four_eyes = true; };"
NO_STARTTLS = "TLS is required, but was not offered"
VERIFY = rule("verify", "reject", "any_peer = true;")


def refused(sent):
    wants(not sent.said.rcpt[0].accepted, "a refusal", "none")


class Administrator:
    """Runs `enforcetls` with a daemon's policy file, as root. The state is
    removed at the end, with the daemon stopped."""

    def __init__(self, daemon):
        self.daemon = daemon
        self.tool = pathlib.Path(daemon.program).with_name("enforcetls")
        self.control = daemon.folder / "control.sock"

    def __enter__(self):
        return self

    def __exit__(self, *exception):
        self.daemon.stop()
        for one in (self.daemon.folder / "state").iterdir():
            one.unlink()
        # The marker that shows a lost state.
        self.daemon.log.with_name(self.daemon.log.name + ".state").unlink(
            missing_ok=True)

    @property
    def settings(self):
        return f'control = {{ listen = [ "unix:{self.control}" ]; }};\n'

    def types(self, *words, expect=0, conf=None):
        # LeakSanitizer cannot trace a process that has changed its user.
        return run([self.tool, "-c", conf or self.daemon.conf, *words],
                   expect=expect,
                   env={**os.environ, "ASAN_OPTIONS": "detect_leaks=0"})

    def grants(self, partner, hop, floor, seconds=86400):
        """Begins an exception; returns its id."""
        until = time.strftime("%Y-%m-%dT%H:%M",
                              time.localtime(time.time() + seconds))
        said = self.types("exception", "add", partner, hop, "--floor", floor,
                          "--until", until, "--owner", "lab", "--reason",
                          "to see what becomes of mail")
        return said.split()[1]

    def ends(self, which):
        self.types("exception", "end", which, "--reason", "seen")


class Person(Administrator):
    """Runs `enforcetls` as a user of the control socket's group, by a uid of
    its own."""
    ANN, BOB = 4001, 4002

    def __init__(self, admin, uid):
        super().__init__(admin.daemon)
        self.uid = uid

    @staticmethod
    def settings_of(admin):
        return (f'control = {{ listen = [ "unix:{admin.control}" ]; '
                f'group = "{admin.daemon.group}"; }};\n')

    def types(self, *words, expect=0, conf=None):
        return run(["setpriv", "--reuid", str(self.uid), "--regid", "4000",
                    "--groups", self.daemon.group, self.tool, "-c",
                    conf or self.daemon.conf, *words], expect=expect,
                   env={**os.environ, "ASAN_OPTIONS": "detect_leaks=0"})


@scenario("exception, outbound: mail that waits is delivered at the next "
          "retry, and waits again once it has ended", "departs")
def outbound_exception(gateway):
    out = departure(gateway)
    with Administrator(out.daemon) as admin:
        out.policy(outbound("plain", ["plain.example"], "encrypt"),
                   settings=PLAINTEXT + admin.settings)
        waiting = out.send("plain.example").waits(NO_STARTTLS)
        out.retry()
        waiting.waits(NO_STARTTLS)
        which = admin.grants("plain", "outbound", "none")
        time.sleep(1.1)             # past minimal_backoff_time
        out.retry()
        waiting.arrived(encrypted=False)
        out.send("plain.example").arrived(encrypted=False)
        admin.ends(which)
        out.send("plain.example").waits(NO_STARTTLS)
        said = admin.types("exception", "history")
        wants(f"grant {which} plain outbound" in said
              and f"end {which} plain outbound" in said, "both on record",
              said)


@scenario("exception, outbound: it ends by itself, and mail waits again",
          "departs")
def outbound_end(gateway):
    out = departure(gateway)
    with Administrator(out.daemon) as admin:
        out.policy(outbound("plain", ["plain.example"], "encrypt"),
                   settings=PLAINTEXT + admin.settings)
        # An end is a whole minute.
        left = 60 - time.time() % 60
        if left < 8:
            time.sleep(left + 0.1)
        end = time.time() + 60 - time.time() % 60
        admin.grants("plain", "outbound", "none", 60)
        out.send("plain.example").arrived(encrypted=False)
        time.sleep(max(0, end - time.time()) + 0.2)
        out.send("plain.example").waits(NO_STARTTLS)
        wait_until(lambda: "has ended: the rule applies again"
                   in out.daemon.said(), PATIENCE, "the daemon to say so")


@scenario("stage, outbound: set with the tool it applies to the next query",
          "departs")
def outbound_stage(gateway):
    out = departure(gateway)
    with Administrator(out.daemon) as admin:
        out.policy(outbound("plain", ["plain.example"], "encrypt", "log-only"),
                   settings=admin.settings)
        out.send("plain.example").arrived(encrypted=False)
        admin.types("stage", "plain", "outbound", "defer", "--reason",
                    "agreed", expect=1)
        out.send("plain.example").arrived(encrypted=False)
        admin.types("stage", "plain", "outbound", "defer", "--reason",
                    "agreed", "--force")
        out.send("plain.example").waits(NO_STARTTLS)
        admin.types("stage", "plain", "outbound", "log-only", "--reason",
                    "too early")
        out.retry()
        out.send("plain.example").arrived(encrypted=False)


def in_the_milter(hop, **mail):
    @scenario(f"exception, {hop}: mail passes from the next recipient on, in "
              "an open session too, and is refused again once it has ended")
    def milter_exception(gateway):
        with Administrator(gateway.daemon) as admin:
            gateway.policy(row("bank", **{hop: VERIFY}),
                           settings=PLAINTEXT + admin.settings)
            with gateway.session() as session:
                refused(gateway.hand_over(session, **mail))
                session.rset()
                which = admin.grants("bank", hop, "none")
                sent = gateway.hand_over(session, **mail)
                sent.is_delivered().is_logged(hop=hop, exception=which,
                                              verdict="fail", applied="pass")
                admin.ends(which)
                refused(gateway.hand_over(session, **mail))
                session.quit()


in_the_milter("entry")
in_the_milter("inbound", sender="someone@bank.example",
              to="user@corp.example")


@scenario("state: what another process writes acts within a second, and no "
          "session is lost")
def written_beside(gateway):
    with Administrator(gateway.daemon) as admin:
        gateway.policy(row("bank", entry=VERIFY),
                       settings=PLAINTEXT + admin.settings)
        # Written by another process, not through the daemon.
        alone = gateway.daemon.folder / "alone.conf"
        alone.write_text(gateway.daemon.conf.read_text().replace(
            str(admin.control), str(admin.control) + ".nobody"))
        with gateway.session() as session:
            refused(gateway.hand_over(session))
            session.rset()
            admin.types("exception", "add", "bank", "entry", "--floor",
                        "none", "--until", time.strftime("%Y-%m-%d"),
                        "--owner", "lab", "--reason", "x", conf=alone)
            time.sleep(1)
            gateway.hand_over(session).is_delivered()
            session.quit()


@scenario("state: damaged, every exception is void and the daemon logs it "
          "loudly")
def damaged(gateway):
    with Administrator(gateway.daemon) as admin:
        gateway.policy(row("bank", entry=VERIFY),
                       settings=PLAINTEXT + admin.settings)
        admin.grants("bank", "entry", "none")
        gateway.send().is_delivered()
        state = gateway.daemon.folder / "state" / "state.conf"
        state.write_text(state.read_text() + "# by hand\n")
        wait_until(lambda: "is damaged" in gateway.daemon.said(), PATIENCE,
                   "the daemon to say so")
        refused(gateway.send())
        admin.types("state", "repair", "--reason", "edited by hand")
        admin.grants("bank", "entry", "none")
        gateway.send().is_delivered()


@scenario("stage: the old demand goes on acting when the file asks more, until "
          "the new one is staged")
def raised_demand(gateway):
    file_says = rule("encrypt", "log-only")
    now_says = rule("verify", "log-only", "any_peer = true;")
    with Administrator(gateway.daemon) as admin:
        gateway.policy(row("bank", entry=file_says), settings=admin.settings)
        admin.types("stage", "bank", "entry", "reject", "--reason", "agreed",
                    "--force")
        gateway.send().is_refused("550 5.7.10")
        gateway.reload(row("bank", entry=now_says), settings=admin.settings)
        sent = gateway.send()
        sent.is_refused("550 5.7.10").is_logged(
            need="encrypt", stage="reject", applied="reject")
        sent.is_logged(need="verify any_peer", stage="log-only",
                       planned="pass", verdict="fail")
        gateway.send(tls=True).is_delivered().is_logged(
            need="verify any_peer", stage="log-only", verdict="fail",
            applied="pass")
        said = admin.types("check")
        wants('was set for "encrypt", which goes on acting' in said,
              "check to say what differs", said)
        admin.types("stage", "bank", "entry", "reject", "--reason", "agreed",
                    "--force")
        sent = gateway.send(tls=True)
        wants(not sent.said.rcpt[0].accepted, "a refusal", "none")


@scenario("stage, outbound: the old demand goes on acting when the file asks "
          "more, until the new one is staged", "departs")
def raised_outbound(gateway):
    out = departure(gateway)
    more = '[ "nobody.example" ]'
    with Administrator(out.daemon) as admin:
        out.policy(outbound("plain", ["plain.example"], "encrypt", "log-only"),
                   outbound("good", ["good.example"], "encrypt", "log-only"),
                   settings=admin.settings)
        for partner in ("plain", "good"):
            admin.types("stage", partner, "outbound", "defer", "--reason",
                        "agreed", "--force")
        out.send("plain.example").waits(NO_STARTTLS)
        out.send("good.example").arrived(encrypted=True)
        out.reload(*(outbound(name, [f"{name}.example"], "verify", "log-only",
                              f"names = {more};")
                     for name in ("plain", "good")), settings=admin.settings)
        out.send("plain.example").waits(NO_STARTTLS)
        out.send("good.example").arrived(encrypted=True)
        admin.types("stage", "good", "outbound", "defer", "--reason",
                    "agreed", "--force")
        out.send("good.example").waits("not verified")


@scenario("pause: the rules of a hop only log until it ends, and each record "
          "says so")
def paused_hop(gateway):
    with Administrator(gateway.daemon) as admin:
        gateway.policy(row("bank", entry=VERIFY), settings=admin.settings)
        gateway.send().is_refused("550 5.7.10")
        which = admin.types("pause", "entry", "--for", "1h", "--reason",
                            "the night").split()[1]
        gateway.send().is_delivered().is_logged(
            pause=which, mode="log-only", stage="reject", planned="reject",
            applied="pass", verdict="fail")
        said = admin.types("status", expect=1)
        wants("entry is paused until" in said, "status to warn", said)
        admin.types("pause", "--end", "entry")
        gateway.send().is_refused("550 5.7.10").is_logged(pause=None)


@scenario("pause: while the clock is set back, status warns, and what has "
          "passed is known to the next start")
def paused_clock(gateway):
    daemon = gateway.daemon
    state = daemon.folder / "state" / "state.conf"
    with Administrator(daemon) as admin:
        gateway.policy(row("bank", entry=VERIFY), settings=admin.settings)
        daemon.wait_kept()
        admin.types("pause", "entry", "--for", "1h", "--reason", "the night")
        gateway.send().is_delivered()
        daemon.stop()
        before = state.read_text()
        daemon.start(remembers=True, env=clock_back(daemon.folder, 864000))
        gateway.send().is_delivered()
        wait_until(lambda: "exceptions and pauses end by that time"
                   in daemon.said(), PATIENCE, "the daemon to warn")
        said = admin.types("status", expect=1)
        wants("the clock is behind" in said, "status to warn", said)
        # It is an hour until it is saved where the clock is right. Here it is
        # the check at which a whole minute has passed: the second or third.
        wait_until(lambda: state.read_text() != before, 170,
                   "the time to be saved")


@scenario("four_eyes: mail passes only after the second person, and not by "
          "root, for a pause too")
def four_eyes(gateway):
    with Administrator(gateway.daemon) as root:
        ann, bob = (Person(root, uid) for uid in (Person.ANN, Person.BOB))
        gateway.policy(row("bank", entry=VERIFY),
                       settings=FOUR_EYES + Person.settings_of(root))
        root.types("exception", "add", "bank", "entry", "--floor", "none",
                   "--until", "3h", "--owner", "lab", "--reason", "x",
                   expect=1)
        gateway.send().is_refused("550 5.7.10")
        which = ann.grants("bank", "entry", "none")
        gateway.send().is_refused("550 5.7.10")
        for one in (ann, root):
            one.types("exception", "approve", which, expect=1)
            gateway.send().is_refused("550 5.7.10")
        bob.types("exception", "approve", which)
        gateway.send().is_delivered().is_logged(exception=which,
                                                verdict="fail")
        # Ending needs nobody.
        root.ends(which)
        gateway.send().is_refused("550 5.7.10")
        bob.types("exception", "approve", which)
        gateway.send().is_refused("550 5.7.10")

        said = ann.types("pause", "entry", "--for", "1h", "--reason", "x")
        pause = re.search(r"P[0-9]+", said).group()
        gateway.send().is_refused("550 5.7.10")
        ann.types("exception", "approve", pause, expect=1)
        gateway.send().is_refused("550 5.7.10")
        bob.types("exception", "approve", pause)
        gateway.send().is_delivered().is_logged(pause=pause)
        root.types("pause", "--end", "entry")
        gateway.send().is_refused("550 5.7.10")


@scenario("four_eyes, outbound: one person lets it leave encrypted for a few "
          "hours, and in the clear only two", "departs")
def four_eyes_outbound(gateway):
    out = departure(gateway)
    verify = 'names = [ "nobody.example" ];'
    with Administrator(out.daemon) as root:
        ann, bob = (Person(root, uid) for uid in (Person.ANN, Person.BOB))
        out.policy(outbound("plain", ["plain.example"], "encrypt"),
                   outbound("good", ["good.example"], "verify", more=verify),
                   settings=FOUR_EYES + Person.settings_of(root))
        alone = ann.grants("good", "outbound", "encrypt")
        out.send("good.example").arrived(encrypted=True)
        said = root.types("exception", "list")
        wants(alone in said and "waits" in said, "the rest to wait", said)
        waiting = out.send("plain.example").waits(NO_STARTTLS)
        which = ann.grants("plain", "outbound", "none")
        out.retry()
        waiting.waits(NO_STARTTLS)
        bob.types("exception", "approve", which)
        time.sleep(1.1)             # past minimal_backoff_time
        out.retry()
        waiting.arrived(encrypted=False)
        root.ends(which)
        out.send("plain.example").waits(NO_STARTTLS)
        root.ends(alone)
        out.send("good.example").waits("not verified")
        # Only the second person gives it again within a day.
        ann.grants("good", "outbound", "encrypt")
        out.send("good.example").waits("not verified")
