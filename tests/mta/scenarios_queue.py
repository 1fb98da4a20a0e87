# SPDX-License-Identifier: BSD-2-Clause
"""Mail that waits for a rule, as the command lists it."""

import json
import os
import time

from departure import departure, outbound
from gateway import wants
from lab import PATIENCE, run, wait_until
from scenario import scenario
from scenarios_exceptions import (NO_STARTTLS, PLAINTEXT, Administrator)
from scenarios_map_sendmail import BANK, NAMED, sendmail_out


def groups_of(admin, *words, expect=0):
    """What waits, by partner and what it waits for."""
    listed = json.loads(admin.types("--json", "queue", *words, expect=expect))
    return {(each["partner"], each["waits_for"]): each
            for each in listed["waiting"]}


def lacked(group):
    return [each["what"] for each in group["lacked"]]


def copy_and_run(admin, group):
    """Runs the command that the answer offers, as an administrator does."""
    path = f"{admin.tool.parent}:{os.environ['PATH']}"
    run(["bash", "-c", group["exception_command"]],
        env={**os.environ, "PATH": path, "ASAN_OPTIONS": "detect_leaks=0"})


@scenario("queue, Postfix: what waits for a rule is listed with what the next "
          "hop lacked, and the exception that is offered delivers it",
          "departs")
def postfix_waits(gateway):
    out = departure(gateway)
    where = ("--mta-config", str(out.mta.etc))
    with Administrator(out.daemon) as admin:
        out.policy(
            outbound("plain", ["plain.example"], "encrypt"),
            outbound("wrong", ["wrong.example"], "verify"),
            outbound("breaks", ["breaks.example"], "verify"),
            outbound("refuses", ["refuses.example"], "encrypt"),
            outbound("old", ["old.example"], "encrypt",
                     more='min_tls = "1.2";'),
            settings=PLAINTEXT + admin.settings)
        out.mta.set(smtp_tls_loglevel="0")
        wants(groups_of(admin, *where) == {}, "nothing to wait",
              "something waits")
        sent = {
            "plain": (out.send("plain.example").waits(NO_STARTTLS),
                      "starttls-not-offered", False),
            "wrong": (out.send("wrong.example").waits(
                "Server certificate not verified"),
                "certificate-not-verified", True),
            "breaks": (out.send("breaks.example").waits(
                "Cannot start TLS"), "handshake-failed", None),
            "refuses": (out.send("refuses.example").waits(
                "refused to start TLS"), "starttls-refused", False),
            "old": (out.send("old.example").waits("Cannot start TLS"),
                    "handshake-failed", True)}
        groups = groups_of(admin, *where)
        for partner, (_, what, _) in sent.items():
            group = groups[partner, "rule"]
            wants(lacked(group) == [what] and group["messages"] == 1
                  and group["tried_until"], f"{partner} to lack {what}", group)
        # Which the log says at any level.
        wants("server certificate verification failed for wrong.example["
              in out.mta.logged(), "why in the log", out.mta.logged()[-2000:])
        time.sleep(2.1)             # older than 1s, in whole seconds
        groups_of(admin, *where, "--older", "1s", expect=1)
        groups_of(admin, *where, "--older", "1h")
        for partner in sent:
            copy_and_run(admin, groups[partner, "rule"])
        out.retry()                 # past minimal_backoff_time by now
        for message, _, encrypted in sent.values():
            if encrypted is not None:
                message.arrived(encrypted=encrypted)


@scenario("queue, Postfix: mail that is routed waits for the rule of its next "
          "hop, not for that of its domain", "departs")
def postfix_routed(gateway):
    out = departure(gateway)
    where = ("--mta-config", str(out.mta.etc))
    relay = f"[wrong.example]:{out.port}"
    table = out.lab.root / "routes"
    table.write_text(f"bank.example smtp:{relay}\n")
    with Administrator(out.daemon) as admin:
        out.policy(
            outbound("bank", ["bank.example"], "encrypt"),
            outbound("shop", ["shop.example"], "encrypt"),
            outbound("relay", [], "verify",
                     keys=f'next_hops = [ "{relay}" ];'),
            settings=PLAINTEXT + admin.settings)
        with out.mta.changed(transport_maps=f"texthash:{table}",
                             relayhost=relay, relay_domains=""):
            sent = [out.send(domain).waits("Server certificate not verified")
                    for domain in ("bank.example", "shop.example")]
            groups = groups_of(admin, *where)
            wants(list(groups) == [("relay", "rule")] and
                  groups["relay", "rule"]["messages"] == 2,
                  "both to wait for the relay's rule", groups)
            out.set(transport_maps=f"pipemap:{{texthash:{table}}}")
            out.mta.settle()        # a reload tries all mail again
            wants(list(groups_of(admin, *where)) == [(None, "unsure")],
                  "no partner to be named", groups_of(admin, *where))
            out.set(transport_maps=f"texthash:{table}")
            out.mta.settle()
            said = admin.types("pause", "outbound", "--for", "1h", "--reason",
                               "x", "--yes", *where)
            admin.types("pause", "--end")
            wants(said.startswith("2 messages"), "the pause to count both",
                  said)
            copy_and_run(admin, groups["relay", "rule"])
            time.sleep(1.5)         # the daemon looks once a second
            out.retry()
            for message in sent:
                message.arrived()


@scenario("queue, Postfix: mail that waits because the map is down is listed",
          "departs")
def postfix_map_down(gateway):
    out = departure(gateway)
    with Administrator(out.daemon) as admin:
        out.policy(outbound("good", ["good.example"], "verify"),
                   settings=admin.settings)
        out.stop_daemon()
        out.send("good.example").waits("TLS configuration problem")
        out.send("plain.example").waits("TLS configuration problem")
        groups = groups_of(admin, "--mta-config", str(out.mta.etc))
        for partner in ("good", None):
            wants(lacked(groups[partner, "map"]) == ["map-failed"],
                  "the map to be named", groups)


@scenario("queue, Sendmail: what waits for a rule is listed, and the exception "
          "that is offered delivers it", "sendmail")
def sendmail_waits(gateway):
    out = sendmail_out(gateway)
    where = ("--mta-program", str(out.mta.program()),
             "--mta-config", str(out.mta.folder / "sendmail.cf"))
    with Administrator(out.daemon) as admin:
        out.policy(outbound("bank", BANK, "verify", more=NAMED))
        out.towards("wrong")
        wants(groups_of(admin, *where) == {}, "nothing to wait",
              "something waits")
        subject = out.send()
        group = groups_of(admin, *where)["bank", "rule"]
        wants(lacked(group) == ["certificate-not-verified"]
              and group["tried_until"], "the certificate to be lacking", group)
        wants(abs(time.time() - time.mktime(time.strptime(
            group["since"], "%Y-%m-%dT%H:%M:%SZ")) + time.timezone) < 600,
            "the time of its arrival", group["since"])
        copy_and_run(admin, group)
        time.sleep(1.5)             # the daemon looks once a second
        out.mta.retry()
        wait_until(lambda: out.arrived(subject), PATIENCE, "delivery")
        out.daemon.stop()
        out.send()
        groups = groups_of(admin, *where)
        # By a mailertable, so that it may be any row's.
        wants(lacked(groups[None, "map"]) == ["map-failed"],
              "the map to be named", groups)
