# SPDX-License-Identifier: BSD-2-Clause
"""Mail from a partner whose `inbound` rule demands an identity."""

from certificates import OTHER_CN, PARTNER_CN
from gateway import STRANGER, answers, row, rule
from postfix import SASL_PASSWORD, SASL_USER
from scenario import scenario

PARTNER = "clerk@bank.example"
NAMED = f'names = [ "{PARTNER_CN}" ];'


def bank(more=NAMED, stage="reject"):
    return row("bank", inbound=rule("verify", stage, more))


def send(gateway, **options):
    """One message from the partner to one of ours."""
    return gateway.send(to="user@corp.example", sender=PARTNER, **options)


@scenario("inbound=verify refuses plaintext 550 5.7.10")
def plaintext_is_refused(gateway):
    gateway.policy(bank())
    send(gateway).is_refused("550 5.7.10").is_logged(
        hop="inbound", partner="bank", reason="plaintext", sender=PARTNER)


UNVERIFIED = {
    "no client certificate": None,
    "a certificate of an unknown CA": "unknown_ca",
    "a self-signed certificate": "self_signed",
    "an expired certificate": "expired",
    "a certificate for servers only": "server_only",
}


def unverified(what, certificate):
    @scenario(f"inbound=verify refuses {what} 554 5.7.5")
    def refused(gateway):
        gateway.policy(bank())
        send(gateway, tls=True, certificate=certificate).is_refused(
            "554 5.7.5").is_logged(
            hop="inbound", reason="peer-not-verified", verdict="fail",
            proof={"verified": False})

    @scenario(f"any_peer does not accept {what}")
    def refused_for_any_peer(gateway):
        gateway.policy(bank("any_peer = true;"))
        send(gateway, tls=True, certificate=certificate).is_refused(
            "554 5.7.5")


for each, name in UNVERIFIED.items():
    unverified(each, name)


@scenario("an unverified peer at stage defer gets 451 4.7.5")
def unverified_is_deferred(gateway):
    gateway.policy(bank(stage="defer"))
    send(gateway, certificate="unknown_ca").is_refused("451 4.7.5")


@scenario("verified under the wrong name is refused 550 5.7.1")
def wrong_name_is_refused(gateway):
    gateway.policy(bank())
    send(gateway, certificate="other").is_refused("550 5.7.1").is_logged(
        reason="identity-mismatch", verdict="fail", proof={"verified": True})


@scenario("verified under the wrong name at stage defer gets 451 4.7.0")
def wrong_name_is_deferred(gateway):
    gateway.policy(bank(stage="defer"))
    send(gateway, certificate="other").is_refused("451 4.7.0")


@scenario("verified under the right name is delivered")
def right_name_is_delivered(gateway):
    gateway.policy(bank())
    send(gateway, certificate="partner").is_untouched().is_logged(
        hop="inbound", verdict="pass", reason="ok", proof={"verified": True})


@scenario("somebody else's mail needs no certificate")
def strangers_are_not_asked(gateway):
    gateway.policy(bank())
    gateway.send(to="user@corp.example", sender=STRANGER).is_untouched()


@scenario("a verified certificate without a CN is any peer, but nobody named")
def no_cn_has_no_name(gateway):
    gateway.policy(bank("any_peer = true;"))
    send(gateway, certificate="no_cn").is_untouched().is_logged(
        verdict="pass", proof={"verified": True})
    gateway.policy(bank())
    send(gateway, certificate="no_cn").is_refused("550 5.7.1").is_logged(
        reason="name-missing")


@scenario("a * in a client's certificate never matches")
def wildcard_certificate_is_refused(gateway):
    gateway.policy(bank('names = [ ".bank.example" ];'))
    send(gateway, certificate="wildcard_cn").is_refused("550 5.7.1")


@scenario("a wildcard certificate is let in by its subject, as explain says")
def wildcard_subject_is_let_in(gateway):
    gateway.policy(bank(
        'peers = ( { names = [ ".bank.example" ]; }, { subjects = '
        '[ "*.bank.example", "/CN=*.bank.example" ]; } );'))
    send(gateway, certificate="wildcard_cn").is_untouched().is_logged(
        verdict="pass", proof={"verified": True})


@scenario("a certificate where a login is asked: the reply asks for the login",
          needs="login")
def certificate_is_no_login(gateway):
    gateway.policy(bank(f'logins = [ "{SASL_USER}" ];'))
    send(gateway, certificate="partner").is_refused("530 5.7.0").is_logged(
        reason="login-missing", proof={"verified": True})


@scenario("a leading dot in names covers the sub-domain")
def dotted_name_matches(gateway):
    gateway.policy(bank('names = [ ".bank.example" ];'))
    send(gateway, certificate="partner").is_untouched().is_logged(
        partner="bank", verdict="pass", proof={"verified": True})


@scenario("of two CNs the one that the MTA does not show proves nothing")
def second_cn_is_nobody(gateway):
    gateway.policy(bank())
    send(gateway, certificate="two_cns").is_refused("550 5.7.1")


@scenario("a CN in UTF-8 is no host name, whatever it looks like")
def utf8_cn_is_no_name(gateway):
    gateway.policy(bank('names = [ "xn--mnchen-3ya.example" ];'))
    send(gateway, certificate="utf8_cn").is_refused("550 5.7.1").is_logged(
        reason="identity-mismatch")


@scenario("one whole peers group must hold, not a mixture of two")
def groups_do_not_mix(gateway):
    gateway.policy(bank(
        'peers = ( '
        f'{{ names = [ "{PARTNER_CN}" ]; clients = [ "127.0.0.11" ]; }}, '
        f'{{ names = [ "{OTHER_CN}" ]; clients = [ "127.0.0.12" ]; }} );'))
    send(gateway, certificate="partner", source="127.0.0.11").is_untouched()
    send(gateway, certificate="other", source="127.0.0.12").is_untouched()
    send(gateway, certificate="partner", source="127.0.0.12").is_refused(
        "550 5.7.1")
    send(gateway, certificate="other", source="127.0.0.11").is_refused(
        "550 5.7.1")


@scenario("the right certificate from the wrong address is refused")
def clients_are_held_too(gateway):
    gateway.policy(bank(NAMED + ' clients = [ "127.0.0.11" ];'))
    send(gateway, certificate="partner", source="127.0.0.12").is_refused(
        "550 5.7.1")


def log_in(gateway, tls):
    session = gateway.session("submission", tls=tls)
    answers(session.login(SASL_USER, SASL_PASSWORD),
            gateway.mta.says["logged in"], "AUTH")
    return session


@scenario("a login over TLS stands in for a certificate", needs="login")
def login_is_identity(gateway):
    gateway.policy(bank(f'logins = [ "{SASL_USER}" ];'))
    with log_in(gateway, tls=True) as session:
        gateway.hand_over(session, "user@corp.example", PARTNER
                          ).is_untouched().is_logged(login=SASL_USER,
                                                     verdict="pass")


@scenario("a login without TLS proves nothing", needs="login")
def login_needs_tls(gateway):
    gateway.policy(bank(f'logins = [ "{SASL_USER}" ];'))
    with log_in(gateway, tls=False) as session:
        gateway.hand_over(session, "user@corp.example", PARTNER
                          ).is_refused("550 5.7.10")


@scenario("another's login is refused", needs="login")
def another_login_is_refused(gateway):
    gateway.policy(bank('logins = [ "other@corp.example" ];'))
    with log_in(gateway, tls=True) as session:
        gateway.hand_over(session, "user@corp.example", PARTNER
                          ).is_refused("550 5.7.1")


@scenario("MAIL AUTH= without a login is no login", needs="login")
def auth_parameter_is_no_login(gateway):
    gateway.policy(bank(f'logins = [ "{SASL_USER}" ];'))
    send(gateway, listener="submission", tls=True,
         parameters=f"AUTH={SASL_USER}").is_refused("530 5.7.0")
