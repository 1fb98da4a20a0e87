# SPDX-License-Identifier: BSD-2-Clause
"""Forged header fields of the name that a `tag` stage adds."""

from gateway import row, rule, wants
from scenario import scenario

TAGGED = row("tagged", entry=rule("encrypt", "tag"))

# The name in every case, and all white space that RFC 5322 allows before the
# colon; bodies with folding, comments, a tab, control characters or nothing.
NAMES = ("X-Enforcetls:", "x-enforcetls:", "X-ENFORCETLS:", "X-EnforceTLS :",
         "X-Enforcetls\t:", "X-Enforcetls \t :")
BODIES = (" mx.test; partner=x", "mx.test; partner=x", "\tmx.test; partner=x",
          "  \t mx.test; partner=x", " (a comment) mx.test; partner=x",
          " (a comment)\n\t(more) mx.test; partner=x", "\n mx.test; partner=x",
          "\n\tmx.test;\n partner=x", " ; partner=x", "", " ",
          ' "mx.test"; partner=x', " other.test; partner=x",
          " mx.test\x01; partner=x", " \x00mx.test; partner=x",
          " mx.test\x00; partner=x", " \x0bmx.test\x0c; partner=x",
          " \u00fc; partner=x", " " + "a" * 900)
FORMS = ([NAMES[0] + body for body in BODIES] +
         [name + BODIES[0] for name in NAMES[1:]])
# As many as the daemon removes, and short: Sendmail refuses headers of more
# than 32768 octets.
MOST = 2000
SHORT = "X-Enforcetls:"


def ours(arrival):
    """The lines of the header that begin with the name."""
    header = arrival.lines[:arrival.lines.index("")]
    return [line for line in header
            if line.lower().replace("\0", "").startswith("x-enforcetls")]


def none_stays(gateway, to, headers, tags=0):
    left = ours(gateway.send(to, headers=headers).is_delivered().arrival)
    wants(len(left) == tags, f"{tags} fields after {headers[:2]!r}", left)
    for line in left:
        wants("partner=tagged" in line, "our own tag", line)


@scenario("a forged field of our name is removed, whatever its form and body")
def every_form_is_removed(gateway):
    gateway.policy(TAGGED)
    for form in FORMS:
        none_stays(gateway, "user@plain.example", [form])


@scenario("all forged fields of our name are removed among others, and our own "
          "stays")
def all_of_many_are_removed(gateway):
    gateway.policy(TAGGED)
    mixed = [line for name in NAMES for body in BODIES
             for line in (name + body, "X-Other: kept")]
    none_stays(gateway, "user@plain.example", mixed)
    none_stays(gateway, "user@tagged.example", mixed, tags=1)
    none_stays(gateway, "user@tagged.example", [SHORT] * MOST, tags=1)


@scenario("more forged fields of our name than are removed defer the message")
def too_many_are_deferred(gateway):
    gateway.policy(TAGGED)
    sent = gateway.send("user@plain.example", headers=[SHORT] * (MOST + 1))
    sent.is_refused("451 4.3.0").is_logged(
        reason="forged-fields", outcome="refused", applied="defer",
        partner=None)
    gateway.policy(TAGGED, mode="log-only")
    gateway.send("user@plain.example", headers=[SHORT] * (MOST + 1)
                 ).is_delivered()
