# SPDX-License-Identifier: BSD-2-Clause
"""Services: who connects finds its rule, whatever the envelope says."""

import contextlib
import json

from certificates import PARTNER_CN
from client import message
from gateway import answers, row, rule, wants
from postfix import SASL_PASSWORD, SASL_USER
from scenario import scenario
from scenarios_exceptions import Administrator

APPLICATION = "noreply@nobody.example"
LISTED = rule("encrypt")


def services(*texts):
    return f'services = ( {", ".join(texts)} );\n'


def service(name, finds, inbound=LISTED):
    return f'{{ name = "{name}"; {finds} inbound = {inbound}; }}'


def listeners(gateway, name, as_="submission", more=""):
    port = gateway.mta.listeners[name].port
    return (f'listeners = ( {{ port = {port}; as = "{as_}"; {more} }} );\n')


def encrypted_only(gateway, name="submission", stage="reject"):
    return listeners(gateway, name,
                     more=f'rule = {rule("encrypt", stage)};')


def log_in(gateway, tls):
    session = gateway.session("submission", tls=tls)
    answers(session.login(SASL_USER, SASL_PASSWORD),
            gateway.mta.says["logged in"], "AUTH")
    return session


def send(gateway, **options):
    return gateway.send("user@plain.example", APPLICATION, **options)


@scenario("a listener with a rule lets nothing in that is not encrypted")
def submission_port(gateway):
    gateway.policy(settings=encrypted_only(gateway))
    name = f'port-{gateway.mta.listeners["submission"].port}'
    send(gateway, listener="submission").is_refused("550 5.7.10").is_logged(
        service=name, found_by="listener", hop="inbound", reason="plaintext")
    send(gateway, listener="submission", tls=True).is_untouched().is_logged(
        service=name, verdict="pass")
    gateway.send("postmaster@corp.example", APPLICATION,
                 listener="submission").is_refused("550 5.7.10")
    send(gateway).is_untouched()


@scenario("a listener with wrapped TLS passes its own rule", needs="wrapper")
def wrapper_port(gateway):
    gateway.policy(settings=encrypted_only(gateway, "wrapper"))
    send(gateway, listener="wrapper", tls=True).is_untouched().is_logged(
        found_by="listener", verdict="pass")


@scenario("in log-only the rule of a listener touches nothing")
def listener_only_logs(gateway):
    gateway.policy(settings=encrypted_only(gateway), mode="log-only")
    send(gateway, listener="submission").is_untouched().is_logged(
        found_by="listener", verdict="fail", applied="pass")


@scenario("a client's address finds its service, and no other address does")
def by_address(gateway):
    gateway.policy(settings=services(service(
        "billing", 'clients = [ "127.0.0.11" ];')))
    send(gateway, source="127.0.0.11").is_refused("550 5.7.10").is_logged(
        service="billing", found_by="client")
    send(gateway, source="127.0.0.11", tls=True).is_untouched()
    send(gateway, source="127.0.0.12").is_untouched()


@scenario("a login finds its service; one from elsewhere is refused",
          needs="login")
def by_login(gateway):
    def held(clients):
        gateway.policy(settings=services(service(
            "billing", f'clients = [ "{clients}" ]; '
            f'logins = [ "other@corp.example", "{SASL_USER}" ];',
            rule("verify"))))

    held("127.0.0.1")
    with log_in(gateway, tls=True) as session:
        gateway.hand_over(session, "user@plain.example", APPLICATION
                          ).is_untouched().is_logged(service="billing")
    send(gateway, listener="submission", tls=True).is_refused("530 5.7.0")
    held("127.0.0.99")
    with log_in(gateway, tls=True) as session:
        gateway.hand_over(session, "user@plain.example", APPLICATION
                          ).is_refused("550 5.7.1").is_logged(
                              service="billing", found_by="login")


@scenario("another's login is refused to a service", needs="login")
def wrong_login(gateway):
    gateway.policy(settings=services(service(
        "billing", 'clients = [ "127.0.0.1" ]; '
        'logins = [ "billing@corp.example" ];', rule("verify"))))
    with log_in(gateway, tls=True) as session:
        gateway.hand_over(session, "user@plain.example", APPLICATION
                          ).is_refused("550 5.7.1").is_logged(
                              service="billing", found_by="client")


@scenario("a login without TLS is recorded, and refused where TLS is asked",
          needs="login")
def login_in_clear(gateway):
    gateway.policy()
    with log_in(gateway, tls=False) as session:
        gateway.hand_over(session, "user@plain.example", APPLICATION
                          ).is_untouched().is_logged(
                              reason="login-in-clear", login=False,
                              claimed_login=SASL_USER, applied="pass")
    gateway.policy(settings=encrypted_only(gateway))
    with log_in(gateway, tls=False) as session:
        gateway.hand_over(session, "user@plain.example", APPLICATION
                          ).is_refused("550 5.7.11")


@scenario("a certificate finds its service, and proves no other one")
def by_certificate(gateway):
    one = service("alerts", f'names = [ "{PARTNER_CN}" ];', rule("verify"))
    two = service("billing", 'names = [ "billing.corp.example" ]; '
                  'clients = [ "127.0.0.1" ];', rule("verify"))
    gateway.policy(settings=services(one))
    send(gateway, certificate="partner").is_untouched().is_logged(
        service="alerts", found_by="certificate")
    gateway.policy(settings=services(one, two))
    send(gateway, certificate="partner").is_refused("550 5.7.1").is_logged(
        service="billing", reason="identity-mismatch").is_logged(
        service="alerts", verdict="pass")


@scenario("a service within a partner's domain: the stricter one acts")
def with_a_partner(gateway):
    gateway.policy(row("bank", inbound=rule("verify", "reject",
                                            "any_peer = true;")),
                   settings=services(service(
                       "billing", 'clients = [ "127.0.0.1" ];')))
    gateway.send("user@plain.example", "clerk@bank.example", tls=True
                 ).is_refused("554 5.7.5").is_logged(
                     service="billing", verdict="pass")
    gateway.send("user@plain.example", "clerk@bank.example"
                 ).is_refused("550 5.7.10")


@scenario("behind a proxy a service is not known to be encrypted",
          needs="xclient")
def proxied(gateway):
    gateway.policy(settings='listeners = ( { daemon_name = "proxied"; '
                   'as = "proxied"; } );\n' + services(service(
                       "billing", 'clients = [ "192.0.2.66" ];')))
    with gateway.session("proxied", tls=True) as session:
        session.xclient(addr="192.0.2.66")
        session.ehlo()
        sent = gateway.hand_over(session, "user@plain.example", APPLICATION)
        sent.is_refused(sent.said.last.codes).is_logged(
            service="billing", verdict="undecided", applied="defer")


@scenario("sendmail(1) is of no listener and no service",
          needs="sendmail(1)")
def submitted(gateway):
    gateway.policy(settings=encrypted_only(gateway) + services(service(
        "billing", 'clients = [ "127.0.0.1" ];')))
    subject = gateway.subject()
    gateway.mta.submit("me@corp.example", ["user@plain.example"],
                       message(subject))
    wants(gateway.sink.wait(subject), "delivery", "nothing")


@scenario("a port that the proxy leaves out may be any", needs="xclient")
def left_out(gateway):
    gateway.policy(settings=encrypted_only(gateway, "proxied"))
    for port in "[UNAVAILABLE]", "0":
        with gateway.session("proxied") as session:
            answers(session.xclient(addr="192.0.2.66", destport=port), "220",
                    "XCLIENT")
            session.ehlo()
            sent = gateway.hand_over(session, "user@plain.example",
                                     APPLICATION)
        wants(sent.said.last.code == 451, "a deferral", sent.said.last)
        sent.is_refused(sent.said.last.codes).is_logged(
            found_by="listener", verdict="undecided")


@scenario("an empty sender is no way past the rule of a listener")
def empty_sender(gateway):
    gateway.policy(settings='null_sender = "log-only";\n'
                   + encrypted_only(gateway))
    with gateway.session("submission") as session:
        gateway.hand_over(session, "user@plain.example", "").is_refused(
            "451 4.7.10").is_logged(found_by="listener", reason="plaintext")
    with gateway.session("submission", tls=True) as session:
        gateway.hand_over(session, "user@plain.example", "").is_untouched()


@contextlib.contextmanager
def recorded(gateway):
    """A policy without services, and `enforcetls services` over what is sent
    from here on."""
    settings = ('served_domains = [ "corp.example" ];\n' +
                listeners(gateway, "submission"))
    gateway.policy(settings=settings, log='scope = "all";')
    since = len(gateway.records())
    log = gateway.daemon.folder / "services.log"

    def services_of(*words, expect=0):
        lines = gateway.daemon.log.read_text().split("\n")[since:]
        log.write_text("\n".join(lines))
        return admin.types("services", *words, log, expect=expect)

    def puts_in_force():
        text = services_of("--unlisted", expect=1)
        text = text[text.index("services = ("):]
        gateway.policy(settings=settings + text.replace("log-only", "reject"),
                       log='scope = "all";')
        return text

    services_of.puts_in_force = puts_in_force
    with Administrator(gateway.daemon) as admin:
        yield services_of


def applications(services_of):
    """Each application of the answer, by what it is known by."""
    answer = json.loads(services_of("--json"))
    return {(one["by"], one["name"]): one for one in answer["applications"]}


@scenario("who sends is listed truthfully, and a proposed row acts")
def listed(gateway):
    port = gateway.mta.listeners["submission"].port
    with recorded(gateway) as services_of:
        send(gateway, source="127.0.0.21").is_untouched()
        send(gateway, source="127.0.0.22", tls=True, listener="submission"
             ).is_untouched()
        send(gateway, source="127.0.0.23", certificate="partner"
             ).is_untouched()
        gateway.send("user@corp.example", APPLICATION, source="127.0.0.24")
        came = applications(services_of)
        wants(len(came) == 3, "three applications", sorted(came))
        one = came["client", "127.0.0.21"]
        wants(one["clear"] == 1 and one["tls"] == {} and
              one["messages"] == 1 and one["rows"] == [] and
              one["without_row"] == 1, "one in clear, without a row", one)
        one = came["client", "127.0.0.22"]
        wants(one["port"] == port and one["tls"] == {"1.3": 1} and
              one["clear"] == 0, "one over TLS by the submission port", one)
        one = came["certificate", PARTNER_CN]
        shown = one["certificates"][0]
        wants(one["clients"] == ["127.0.0.23"] and shown["verified"] and
              PARTNER_CN in shown["subject"], "a verified certificate", one)
        services_of.puts_in_force()
        send(gateway, source="127.0.0.21").is_untouched()
        send(gateway, source="127.0.0.22", listener="submission"
             ).is_refused("550 5.7.10").is_logged(found_by="client")
        send(gateway, source="127.0.0.22", tls=True, listener="submission"
             ).is_untouched()
        send(gateway, source="127.0.0.23", certificate="partner"
             ).is_untouched().is_logged(service=PARTNER_CN)
        send(gateway, source="127.0.0.99", certificate="unknown_ca"
             ).is_not_logged(service=PARTNER_CN, verdict="pass")
        wants(all(one["rows"] for one in applications(services_of).values()
                  if one["clients"] != ["127.0.0.99"]),
              "a row for each", services_of())


@scenario("a login is listed, and the row that is proposed for it acts",
          needs="login")
def listed_login(gateway):
    with recorded(gateway) as services_of:
        with log_in(gateway, tls=True) as session:
            gateway.hand_over(session, "user@plain.example", APPLICATION
                              ).is_untouched()
        one = applications(services_of)["login", SASL_USER]
        wants(one["messages"] == 1 and one["tls"] == {"1.3": 1} and
              one["rows"] == [], "one login over TLS, without a row", one)
        text = services_of.puts_in_force()
        wants(f'logins = [ "{SASL_USER}" ]' in text and
              'level = "verify"' in text, "a row by login", text)
        with log_in(gateway, tls=True) as session:
            gateway.hand_over(session, "user@plain.example", APPLICATION
                              ).is_untouched().is_logged(found_by="login")
        with log_in(gateway, tls=False) as session:
            gateway.hand_over(session, "user@plain.example", APPLICATION
                              ).is_refused("550 5.7.11")
        name = SASL_USER.partition("@")[0]
        used = services_of("--json", name)
        used = json.loads(used)["services"][0]["credentials"]
        wants([(one["kind"], one["state"]) for one in used] ==
              [("login", "used")], "the login in use", used)
