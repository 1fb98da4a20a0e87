# SPDX-License-Identifier: BSD-2-Clause
"""Names in certificates that a CA has signed, and that are not the partner's.

Every certificate here is verified. Its name is one that a stranger may have
got from the same CA: the partner's name within another name, next to another
name, cut off, or encoded differently.
"""

import typing

from certificates import PARTNER_CN
from gateway import row, rule
from issuing import BMP, PRINTABLE, TELETEX, Issuer
from scenario import scenario

PARTNER = "clerk@bank.example"
TRUSTED = [("O", "Lab"), ("CN", "Lab trusted CA")]
EVIL = "evil.example"
NAME = PARTNER_CN


class Forged(typing.NamedTuple):
    what: str
    subject: typing.List
    dns: typing.Tuple[str, ...] = ()


NEVER = (
    Forged("a CN that begins with it", [("CN", f"{NAME}.{EVIL}")]),
    Forged("a CN that ends with it", [("CN", f"x{NAME}")]),
    Forged("a CN with a slash and another CN behind it",
           [("CN", f"{NAME}/CN={EVIL}")]),
    Forged("a CN with the partner's behind a slash",
           [("CN", f"{EVIL}/CN={NAME}")]),
    Forged("an O with the partner's CN inside, and another CN",
           [("O", f"Bank/CN={NAME}"), ("CN", EVIL)]),
    Forged("an O with the partner's CN inside, and no CN",
           [("O", f"Bank/CN={NAME}")]),
    Forged("an OU that is the partner's name", [("OU", NAME), ("CN", EVIL)]),
    Forged("an e-mail address that looks like a CN",
           [("CN", EVIL), ("emailAddress", f"a@b/CN={NAME}")]),
    Forged("a CN with a NUL behind the partner's name",
           [("CN", NAME.encode() + b"\0." + EVIL.encode())]),
    Forged("a CN with a NUL before the partner's name",
           [("CN", EVIL.encode() + b"\0" + NAME.encode())]),
    Forged("a CN with a line feed behind the partner's name",
           [("CN", f"{NAME}\n{EVIL}")]),
    Forged("a CN with a carriage return and a header",
           [("CN", f"{NAME}\r\nX-EnforceTLS: pass")]),
    Forged("a CN with a blank behind it and more",
           [("CN", f"{NAME} {EVIL}")]),
    Forged("a CN longer than any MTA keeps, the partner's name first",
           [("CN", f"{NAME}." + "a" * 600)]),
    Forged("a CN longer than any MTA keeps, the partner's name last",
           [("CN", "a" * 600 + f".{NAME}")]),
    Forged("a CN as long as Sendmail keeps, cut at the partner's name",
           [("CN", "a." * 120 + NAME)]),
    Forged("two CNs, the partner's last", [("CN", EVIL), ("CN", NAME)]),
    Forged("three CNs, the partner's in the middle",
           [("CN", EVIL), ("CN", NAME), ("CN", "third.example")]),
    Forged("an empty CN", [("O", "Bank"), ("CN", "")]),
    Forged("no CN, the partner's name as alternative name",
           [("O", "Stranger"), ], (NAME,)),
    Forged("another CN, the partner's name as alternative name",
           [("CN", EVIL)], (NAME,)),
    Forged("a CN coded as xtext", [("CN", NAME.replace(".", "+2E"))]),
    Forged("a CN coded for a URL", [("CN", NAME.replace(".", "%2E"))]),
    Forged("a CN with a backslash escape", [("CN", NAME.replace(
        ".", "\\2E"))]),
    Forged("a star for the whole name", [("CN", "*")]),
    Forged("a star for its first label", [("CN", "*.bank.example")]),
    Forged("a placeholder word of Sendmail's as CN",
           [("CN", "BadCertificateUnknown")]),
    Forged("a Cyrillic letter that looks alike",
           [("CN", NAME.replace("a", "а"))]),
    Forged("the name in Latin-1 with a letter more",
           [("CN", f"{NAME}ü", TELETEX)]),
    Forged("a CN of dots", [("CN", "...")]),
    Forged("the partner's name with an empty label",
           [("CN", NAME.replace(".bank", "..bank"))]),
)

# An MTA may show only one of several CNs, the first or the last. Sendmail shows
# the whole name too, so that they can be counted.
NEVER_ON_SENDMAIL = (
    Forged("two CNs, the partner's first", [("CN", NAME), ("CN", EVIL)]),
    Forged("two CNs in one RDN", [[("CN", NAME), ("CN", EVIL)]]),
    Forged("the partner's CN twice", [("CN", NAME), ("CN", NAME)]),
)

PARTNERS_OWN = (
    Forged("the partner's name in upper case", [("CN", NAME.upper())]),
    Forged("the partner's name as a PrintableString",
           [("O", "Bank"), ("CN", NAME, PRINTABLE)]),
    Forged("the partner's name beside an O with a slash",
           [("O", "Bank / Mail"), ("CN", NAME)]),
    Forged("the partner's name beside an O in UTF-8",
           [("O", "Bänk + Söhne (\"AG\") <x>"), ("CN", NAME)]),
)

# Whole names, as Sendmail shows them: compared octet for octet.
SUBJECT = f"/C=DE/O=Bank/CN={NAME}"
OWN_SUBJECT = [("C", "DE"), ("O", "Bank"), ("CN", NAME)]
OTHER_SUBJECTS = (
    Forged("a prefix of it", [("C", "DE"), ("O", "Bank")]),
    Forged("the same and more behind it",
           [("C", "DE"), ("O", "Bank"), ("CN", NAME), ("OU", "x")]),
    Forged("other letter case", [("C", "DE"), ("O", "bank"), ("CN", NAME)]),
    Forged("another order", [("O", "Bank"), ("C", "DE"), ("CN", NAME)]),
    Forged("an O that holds the whole rest",
           [("C", "DE"), ("O", f"Bank/CN={NAME}")]),
    Forged("an O that holds the rest, and another CN",
           [("C", "DE"), ("O", f"Bank/CN={NAME}"), ("CN", EVIL)]),
    Forged("a CN that holds more", [("C", "DE"), ("O", "Bank"),
                                    ("CN", f"{NAME}/CN={EVIL}")]),
    Forged("an O that leaves no room for the CN",
           [("C", "DE"), ("O", "Bank" + "k" * 240), ("CN", NAME)]),
)


def certificate_of(gateway, one):
    """Makes the certificate, signed by the lab's trusted CA."""
    issuer = Issuer(gateway.lab.folder("forged"))
    issuer.adopt("trusted", gateway.certificates.trusted)
    return issuer.issue("forged", one.subject, ("trusted", TRUSTED),
                        dns=one.dns)


def send_with(gateway, one):
    with gateway.session() as session:
        session.starttls(certificate_of(gateway, one))
        session.ehlo()
        return gateway.hand_over(session, "user@corp.example", PARTNER)


def named(more):
    return row("bank", inbound=rule("verify", more=more))


def forged(one, needs=()):
    @scenario(f"verified, and not the partner: {one.what}", needs=needs)
    def is_refused(gateway):
        gateway.policy(named(f'names = [ "{NAME}" ];'))
        send_with(gateway, one).is_refused("550 5.7.1").is_logged(
            verdict="fail", proof={"verified": True})

    @scenario(f"verified, and not a sub-domain: {one.what}", needs=needs)
    def is_no_sub_domain(gateway):
        gateway.policy(named('names = [ ".mx1.bank.example" ];'))
        send_with(gateway, one).is_refused("550 5.7.1")


def own(one):
    @scenario(f"verified, and the partner: {one.what}")
    def is_delivered(gateway):
        gateway.policy(named(f'names = [ "{NAME}" ];'))
        send_with(gateway, one).is_untouched()


def another_subject(one):
    @scenario(f"a whole name is compared whole: {one.what} is refused",
              needs="sendmail")
    def is_refused(gateway):
        gateway.policy(named(f'subjects = [ "{SUBJECT}" ];'), mta="sendmail")
        send_with(gateway, one).is_refused("550 5.7.1")


@scenario("a whole name is compared whole: the same is accepted",
          needs="sendmail")
def same_subject(gateway):
    gateway.policy(named(f'subjects = [ "{SUBJECT}" ];'), mta="sendmail")
    send_with(gateway, Forged("", OWN_SUBJECT)).is_untouched().is_logged(
        proof={"subject": SUBJECT})


@scenario("a whole name in UTF-8 is compared as OpenSSL writes it",
          needs="sendmail")
def utf8_subject(gateway):
    # OpenSSL escapes a plus sign and what is not ASCII, Sendmail the rest.
    written = r"/O=B\\xC3\\xA4nk (AG) \\+ \"x\"/CN=" + NAME
    gateway.policy(named(f'subjects = [ "{written}" ];'), mta="sendmail")
    send_with(gateway, Forged("", [("O", 'Bänk (AG) + "x"'), ("CN", NAME)])
              ).is_untouched()


@scenario("a whole name is no longer than 255 octets to Sendmail: what does "
          "not fit is left out", needs="sendmail")
def cut_subject(gateway):
    # A limit of Sendmail's that the manual tells; a CN behind it counts for
    # nothing, so the name is never less than what its shown part says.
    gateway.policy(named(f'subjects = [ "{SUBJECT}" ];'), mta="sendmail")
    send_with(gateway, Forged("", [*OWN_SUBJECT, ("OU", "a" * 300)])
              ).is_untouched().is_logged(proof={"subject": SUBJECT})


@scenario("an issuer pinned: another trusted CA's certificate is refused",
          needs="sendmail")
def issuer_is_pinned(gateway):
    issuer = Issuer(gateway.lab.folder("second"))
    second = [("O", "Second"), ("CN", "Second CA")]
    authority = issuer.authority("second", second)
    trusted = gateway.certificates.trusted.certificate
    own_issuer = "/O=Lab/CN=Lab trusted CA"
    with gateway.mta.configured(
            authorities=[trusted, authority.certificate]):
        gateway.policy(named(f'names = [ "{NAME}" ]; '
                             f'issuers = [ "{own_issuer}" ];'),
                       mta="sendmail")
        with gateway.session() as session:
            session.starttls(issuer.issue("same", [("O", "Bank"),
                                                   ("CN", NAME)],
                                          ("second", second)))
            session.ehlo()
            gateway.hand_over(session, "user@corp.example", PARTNER
                              ).is_refused("550 5.7.1").is_logged(
                                  proof={"verified": True})
        gateway.send("user@corp.example", PARTNER, certificate="partner"
                     ).is_untouched()


for each in NEVER:
    forged(each)
for each in NEVER_ON_SENDMAIL:
    forged(each, needs="sendmail")
for each in PARTNERS_OWN:
    own(each)
for each in OTHER_SUBJECTS:
    another_subject(each)


@scenario("a CN as a BMPString proves its name where the MTA reads it, and "
          "nothing where it does not")
def bmp_string(gateway):
    one = Forged("", [("CN", NAME, BMP)])
    gateway.policy(named(f'names = [ "{NAME}" ];'))
    sent = send_with(gateway, one)
    if gateway.mta.name == "postfix":
        sent.is_untouched()
    else:
        sent.is_refused("550 5.7.1")
