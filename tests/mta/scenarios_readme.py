# SPDX-License-Identifier: BSD-2-Clause
"""The commands of the README, as an administrator types them."""

import pathlib
import re
import subprocess
import textwrap

from departure import departure, outbound
from gateway import row, rule, wants
from lab import run, wait_until
from scenario import scenario
from scenarios_exceptions import NO_STARTTLS, Administrator

README = pathlib.Path(__file__).resolve().parent.parent.parent / "README"


def typed(word, **places):
    """The indented block of the README that has word, with places[name] for
    what stands there."""
    for block in re.findall(r"(?:^ {7}.*\n)+", README.read_text(), re.M):
        if word in block:
            break
    else:
        raise AssertionError(f"README: no command has {word}")
    block = textwrap.dedent(block)
    for there, here in places.values():
        wants(there in block, f"{there} in the README's command", block)
        block = block.replace(there, str(here))
    return block


def in_postfix(etc):
    """Has Postfix's commands use this instance."""
    return {"MAIL_CONFIG": str(etc)}


def types(block, environment=None):
    """What the block prints."""
    env = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", **(environment or {})}
    return subprocess.run(["bash", "-c", block], env=env, check=False,
                          stdin=subprocess.DEVNULL, capture_output=True,
                          text=True, timeout=60).stdout


def starttls(gateway):
    """The codes of the answer to STARTTLS."""
    with gateway.session() as session:
        session.ehlo()
        reply = session.command("STARTTLS")
    return reply.code, reply.enhanced


@scenario("README: the line that shows that TLS is on; a CA file that is not "
          "there turns TLS off for everybody", needs="postfix")
def tls_is_still_on(gateway):
    mta = gateway.mta
    look = typed("s_client", port=("127.0.0.1:25",
                                   f"127.0.0.1:{mta.listeners['mx'].port}"))
    gateway.policy(row("bank", entry=rule("encrypt", "log-only")))
    gateway.send(tls=True).is_untouched()
    shown = types(look)
    wants("Cipher is" in shown and "(NONE)" not in shown,
          "a cipher with the CA file", shown)
    with mta.changed(smtpd_tls_CAfile="/nonexistent/authorities.pem"):
        # A process from before the reload may take one more session.
        wait_until(lambda: starttls(gateway) == (454, "4.7.0"), 10,
                   "454 4.7.0")
        shown = types(look)
        wants("Cipher is" not in shown or "(NONE)" in shown,
              "no cipher without the CA file", shown)


@scenario("README: leaving releases what we hold, and nobody else's mail",
          needs="postfix")
def leaving_releases_ours(gateway):
    mta = gateway.mta
    gateway.policy(row("bank", entry=rule("encrypt", "hold")))
    ours = gateway.send()
    ours.is_held().is_logged(applied="hold")
    with mta.changed(smtpd_recipient_restrictions="check_recipient_access "
                     "inline:{{user@other.example=HOLD}}, permit_mynetworks, "
                     "reject"):
        other = gateway.send("user@other.example")
        other.is_held()
    types(typed("postsuper -H", log=("/var/log/enforcetls/decisions.jsonl",
                                     gateway.daemon.log)),
          in_postfix(mta.etc))
    ours.is_delivered()
    other.is_held()
    run(["postsuper", "-c", mta.etc, "-d", "ALL"])


@scenario("README: leaving holds what waits for a rule, which would leave in "
          "clear once the map is gone", "departs")
def leaving_holds_what_waits(gateway):
    out = departure(gateway)
    with Administrator(out.daemon) as admin:
        out.policy(outbound("plain", ["plain.example"], "encrypt"),
                   settings=admin.settings)
        sent = out.send("plain.example").waits(NO_STARTTLS)
        types(typed("postsuper -h", tool=(
            "enforcetls --json queue", f"{admin.tool} -c {out.daemon.conf} "
            f"--json queue --mta-config {out.mta.etc}")),
            {**in_postfix(out.mta.etc), "ASAN_OPTIONS": "detect_leaks=0"})
        with out.mta.changed(smtp_tls_policy_maps=""):
            out.mta.flush()
            out.mta.settle()
            wants([one.queue for one in out.mta.queue()] == ["hold"],
                  "it to be held", out.mta.queue())
            wants(not sent.arrivals(), "nothing to arrive in clear",
                  sent.arrivals())
        out.mta.empty_queue()
