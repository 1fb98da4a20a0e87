# SPDX-License-Identifier: BSD-2-Clause
"""What Postfix does otherwise from some release on, and must not undo a rule.

Each promise holds on every Postfix that has the feature it is about.
"""

from departure import Publisher, departure, outbound
from gateway import row, rule, wants
from postfix import VERSION
from scenario import scenario
from scenarios_map import (ENCRYPT_PLAIN, NOT_VERIFIED, NO_STARTTLS,
                           published)

# A server outside of the patterns of a policy is not contacted (FACTS 82).
NO_SERVER = "server unavailable" if VERSION >= (3, 10) else NOT_VERIFIED

NO_TLS = ["TLS-Required: no"]
INSTALLED = 'postfix_version = "%d.%d";' % VERSION


@scenario("outbound, the patterns of a published policy do not widen the "
          "names of a rule", "departs")
def narrowed_patterns(gateway):
    out = departure(gateway)
    server = Publisher(
        "secure match=good.example:other.good.example policy_type=sts "
        "policy_domain=good.example policy_ttl=86400 "
        "mx_host_pattern=good.example mx_host_pattern=other.good.example")
    more = published(server)
    more["more"] += INSTALLED

    def named(name):
        return outbound("good", ["good.example"], "verify",
                        more=f'names = [ "{name}" ];')
    try:
        # Postfix from 3.10 throws away match=, and would accept every server
        # that the destination itself names.
        out.policy(named("other.good.example"), **more)
        out.send("good.example").waits(NO_SERVER)
        out.reload(named("good.example"), **more)
        out.send("good.example").arrived()
    finally:
        server.stop()


@scenario("outbound, TLS-Required: no: with the setting of the sample the map "
          "is asked, and without it no map", {"departs", "postfix 3.10"})
def map_skipped(gateway):
    out = departure(gateway)
    out.policy(ENCRYPT_PLAIN)
    out.send("plain.example", headers=NO_TLS).waits(NO_STARTTLS)
    out.set(tls_required_enable="yes")
    try:
        out.send("plain.example").waits(NO_STARTTLS)
        out.send("plain.example", headers=NO_TLS).arrived(encrypted=False)
    finally:
        out.set(tls_required_enable="no")


@scenario("TLS-Required: no is refused before a partner also where "
          "postfix_version was left at 3.7", "postfix 3.10")
def older_setting(gateway):
    gateway.policy(row("bank", outbound=rule("encrypt", "reject")),
                   row("relay", ["relay.example"],
                       f'next_hops = [ "[127.0.0.1]:{gateway.sink.port}" ];',
                       outbound=rule("encrypt", "defer")))
    gateway.send(headers=NO_TLS).is_refused("550 5.7.10").is_logged(
        reason="tls-required-no", verdict="fail")
    gateway.send().is_delivered()


@scenario("REQUIRETLS overrides TLS-Required: no, and is a parameter of MAIL "
          "inside TLS only", "postfix 3.11")
def requiretls(gateway):
    gateway.policy(row("bank", outbound=rule("encrypt", "reject")),
                   row("relay", ["relay.example"],
                       f'next_hops = [ "[127.0.0.1]:{gateway.sink.port}" ];',
                       outbound=rule("encrypt", "defer")),
                   settings='map = { listen = [ ]; '
                            'postfix_version = "3.11"; };')
    gateway.send(headers=NO_TLS, tls=True).is_refused("550 5.7.10")
    gateway.send(headers=NO_TLS, tls=True,
                 parameters="REQUIRETLS").is_delivered()
    sent = gateway.send(headers=NO_TLS, parameters="REQUIRETLS")
    wants(sent.said.mail.code == 555, "555", sent.said.mail)
