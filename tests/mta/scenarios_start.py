# SPDX-License-Identifier: BSD-2-Clause
"""A start after somebody's slip: the policy on disk asks less than the one that
was in force, or has errors."""

import re

from gateway import row, rule, wants
from scenario import scenario
from scenarios_exceptions import Administrator

ROWS = """\
partners = (
{row} );
"""


def status(admin, wanted):
    """Whether `enforcetls status` ends with this exit status; what it said."""
    return admin.types("status", expect=wanted)


@scenario("start: the include folder is empty, and mail is refused as before, "
          "until the loss is taken")
def emptied_folder(gateway):
    daemon = gateway.daemon
    rows = daemon.folder / "bank.d"
    rows.mkdir(mode=0o755, exist_ok=True)
    bank = rows / "bank.conf"
    text = ROWS.format(row=row("bank", entry=rule("encrypt")))
    with Administrator(daemon) as admin:
        bank.write_text(text)
        gateway.policy(settings='include = "bank.d/*.conf";\n' + admin.settings)
        gateway.send().is_refused("550 5.7.10")
        status(admin, 0)
        daemon.wait_kept()
        daemon.stop()
        bank.unlink()
        daemon.start(remembers=True)
        gateway.send().is_refused("550 5.7.10").is_logged(partner="bank")
        gateway.send(tls=True).is_delivered()
        said = status(admin, 1)
        wants("asks less" in said, "status names the loss", said)
        # A reload takes no loss either, unless somebody means it.
        said = admin.types("reload", expect=1)
        gateway.send().is_refused("550 5.7.10")
        digest = re.search("--allow-loss ([0-9a-f]+)", said).group(1)
        admin.types("reload", "--allow-loss", digest, "--reason", "meant")
        gateway.send().is_delivered()
        status(admin, 0)
        # It is kept from then on.
        daemon.stop()
        daemon.start(remembers=True)
        gateway.send().is_delivered()
        status(admin, 0)
        # The files ask as much again.
        bank.write_text(text)
        admin.types("reload")
        gateway.send().is_refused("550 5.7.10")
        status(admin, 0)


@scenario("start: the policy has errors, and mail is judged as before")
def broken_file(gateway):
    daemon = gateway.daemon
    with Administrator(daemon) as admin:
        gateway.policy(row("bank", entry=rule("encrypt")),
                       settings=admin.settings)
        gateway.send().is_refused("550 5.7.10")
        daemon.wait_kept()
        daemon.stop()
        daemon.write([row("bank", entry=rule("encrpt"))],
                     settings=admin.settings)
        daemon.start(remembers=True)
        gateway.send().is_refused("550 5.7.10").is_logged(partner="bank")
        gateway.send(tls=True).is_delivered()
        said = status(admin, 1)
        wants("did you mean" in said, "status names the error", said)
        daemon.write([row("bank", entry=rule("encrypt"))],
                     settings=admin.settings)
        admin.types("reload")
        gateway.send().is_refused("550 5.7.10")
        status(admin, 0)
