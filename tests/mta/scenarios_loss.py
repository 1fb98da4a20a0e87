# SPDX-License-Identifier: BSD-2-Clause
"""Slips of an administrator: a policy that loads well and asks less. Mail is
refused all the same after the reload, until exactly that loss is taken."""

import re
import shlex
import signal

from gateway import row, rule, wants
from lab import PATIENCE, wait_until
from scenario import scenario
from scenarios_exceptions import Administrator

BANK = row("bank", entry=rule("encrypt"))
HELD = row("held", entry=rule("encrypt"))
MANY = """profiles = ( { name = "many";
  entry = { level = "encrypt"; stage = "reject"; }; } );
"""


class Files:
    """Rows in an included folder, and a table, beside the policy file."""

    def __init__(self, gateway, admin):
        self.gateway, self.admin = gateway, admin
        self.folder = gateway.daemon.folder / "rows"
        self.folder.mkdir(exist_ok=True)
        self.table = gateway.daemon.folder / "table"

    def write(self, *rows, table=""):
        (self.folder / "some.conf").write_text(
            "partners = (\n" + ",\n".join(rows) + "\n);\n")
        self.table.write_text(table)

    def begin(self):
        self.gateway.policy(settings=self.admin.settings + MANY +
                            f'include = "{self.folder}/*.conf";\n'
                            f'tables = "{self.table}";\n')

    def is_refused_as_loss(self, count):
        """Reloads, which must refuse it; returns the command it prints."""
        said = self.admin.types("reload", expect=1)
        wants(f"; {count} loss{'' if count == 1 else 'es'}\n" in said
              and "LOSS" in said, "a loss", said)
        status = self.admin.types("status", expect=1)
        wants("would act on less" in status, "a warning", status)
        return shlex.split(re.search(r"^    enforcetls (.*) WHY$", said,
                                     re.MULTILINE).group(1))[2:]

    def take(self, command):
        self.admin.types(*command, "it is meant")
        self.admin.types("status")


def slip(label, count, before, change, still, after):
    """before: writes the files; change: the slip; still: what holds before it
    and until the loss is taken; after: what holds from then on."""
    @scenario(f"{label}: mail is refused as before, until the loss is taken")
    def loss(gateway):
        with Administrator(gateway.daemon) as admin:
            files = Files(gateway, admin)
            before(files)
            files.begin()
            still(gateway)
            change(files)
            command = files.is_refused_as_loss(count)
            still(gateway)
            files.take(command)
            after(gateway)


def refuses_both(gateway):
    gateway.send().is_refused("550 5.7.10")
    gateway.send("user@held.example").is_refused("550 5.7.10")


def takes_both(gateway):
    gateway.send().is_untouched()
    gateway.send("user@held.example").is_untouched()


def takes_held(gateway):
    gateway.send().is_refused("550 5.7.10")
    gateway.send("user@held.example").is_untouched()


def rename(files):
    files.folder.rename(files.folder.with_name("rows.old"))


def restore(files):
    """What an earlier scenario renamed."""
    old = files.folder.with_name("rows.old")
    if old.exists():
        for one in old.iterdir():
            one.unlink()
        old.rmdir()
    files.write(BANK, HELD)


slip("the include folder is renamed", 2, restore, rename, refuses_both,
     takes_both)

slip("a table is cut", 1,
     lambda files: files.write(
         BANK, table="held.example many\nmore.example many\n"),
     lambda files: files.write(BANK, table="more.example many\n"),
     refuses_both, takes_held)

slip("a stage is lowered", 1, lambda files: files.write(BANK, HELD),
     lambda files: files.write(
         BANK, row("held", entry=rule("encrypt", "log-only"))),
     refuses_both, takes_held)

slip("a new row asks less than the row above it", 1,
     lambda files: files.write(BANK, row(
         "all", domains=[".example"], entry=rule("encrypt"))),
     lambda files: files.write(BANK, row(
         "all", domains=[".example"], entry=rule("encrypt")),
         row("held", entry=rule("none"))),
     refuses_both, takes_held)


def refuses_strangers(gateway):
    gateway.send(tls=True).is_refused("554 5.7.5")
    gateway.send().is_refused("550 5.7.10")


def takes_encrypted(gateway):
    gateway.send(tls=True).is_untouched()
    gateway.send().is_refused("550 5.7.10")


slip("a level is lowered", 1,
     lambda files: files.write(row("bank", entry=rule(
         "verify", more="any_peer = true;"))),
     lambda files: files.write(BANK), refuses_strangers, takes_encrypted)


@scenario("SIGUSR1 takes no loss: mail is refused as before")
def signal_takes_no_loss(gateway):
    with Administrator(gateway.daemon) as admin:
        gateway.policy(BANK, settings=admin.settings)
        gateway.daemon.write([], settings=admin.settings)
        gateway.daemon.signal(signal.SIGUSR1)
        wait_until(lambda: "would act on less" in gateway.daemon.said(),
                   PATIENCE, "the refusal in the journal")
        gateway.send().is_refused("550 5.7.10")
        status = admin.types("status", expect=1)
        wants("would act on less" in status, "a warning", status)
