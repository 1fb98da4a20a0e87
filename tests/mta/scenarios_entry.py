# SPDX-License-Identifier: BSD-2-Clause
"""Mail for a partner whose `entry` rule asks for encryption."""

from gateway import row, rule
from scenario import scenario


@scenario("plaintext to an entry=encrypt partner is refused 550 5.7.10")
def plaintext_is_refused(gateway):
    gateway.policy(row("bank", entry=rule("encrypt")))
    gateway.send().is_refused("550 5.7.10").is_logged(
        hop="entry", partner="bank", destination="bank.example",
        reason="plaintext", verdict="fail", planned="reject",
        applied="reject", outcome="refused")


@scenario("plaintext to an entry=encrypt partner at stage defer gets "
          "451 4.7.10")
def plaintext_is_deferred(gateway):
    gateway.policy(row("bank", entry=rule("encrypt", "defer")))
    gateway.send().is_refused("451 4.7.10").is_logged(
        planned="defer", applied="defer", verdict="fail")


@scenario("encrypted mail to an entry=encrypt partner is delivered")
def encrypted_is_delivered(gateway):
    gateway.policy(row("bank", entry=rule("encrypt")))
    gateway.send(tls=True).is_untouched(["user@bank.example"]).is_logged(
        verdict="pass", applied="pass", outcome="accepted", reason="ok")


@scenario("plaintext to somebody no rule speaks of is delivered")
def others_are_left_alone(gateway):
    gateway.policy(row("bank", entry=rule("encrypt")))
    gateway.send(to="user@plain.example").is_untouched().is_not_logged(
        recipient="user@plain.example")
