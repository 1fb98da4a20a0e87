# SPDX-License-Identifier: BSD-2-Clause
"""The client gets the daemon's reply octet for octet.

Each MTA passes a filter's text on in its own way: a single % is dropped or
replaces the whole reply, 8-bit text and control characters are kept, and a code
of another class than the verdict's turns a deferral into a refusal.
"""

from gateway import Broken, answers, row, rule, wants
from scenario import scenario

LIMIT = 512                     # RFC 5321 section 4.5.3.1.5, with CR and LF
RECIPIENT = "user@bank.example"


def raw_replies(gateway, recipients):
    """The octets that answered each RCPT, without the last CR and LF."""
    found = []
    with gateway.session() as session:
        session.mail("someone@stranger.example")
        for recipient in recipients:
            session.send(f"RCPT TO:<{recipient}>\r\n")
            found.append(session.octets())
    return found


def own_words(gateway, codes, recipient, text):
    """Sendmail puts the recipient before the text of a 550, of no other."""
    return f"<{recipient}>... {text}" if (
        gateway.mta.name == "sendmail" and codes.startswith("550")) \
        else text


def is_reply(gateway, codes, sentence, partner=None, url="",
             recipient=RECIPIENT, reason="plaintext"):
    """One RCPT is answered with exactly this, and the record agrees."""
    since = len(gateway.records())
    came, = raw_replies(gateway, [recipient])
    record = gateway.record(since, {"outcome": "refused"})
    named = f"{partner}: " if partner else ""
    text = f"{sentence} ({named}{reason}; ref {record['ref']})" + (
        f" {url}" if url else "")
    wanted = f"{codes} {own_words(gateway, codes, recipient, text)}".encode()
    if came != wanted:
        raise Broken(f"wanted {wanted!r}; came {came!r}")
    wants(record["reply"] == f"{codes} {text}", "the same in the record",
          record["reply"])
    wants(len(came) + 2 <= LIMIT, f"at most {LIMIT} octets", len(came) + 2)


NAMES_PARTNER = "reply_names_partner = true;\n"


def bank(more="", stage="reject", name="bank"):
    return row(name, ["bank.example"], entry=rule("encrypt", stage, more))


@scenario("a reply is passed on octet for octet")
def plain(gateway):
    for settings, partner in (("", None), (NAMES_PARTNER, "bank")):
        for stage, codes in (("reject", "550 5.7.10"),
                             ("defer", "451 4.7.10")):
            gateway.policy(bank(stage=stage), settings=settings)
            is_reply(gateway, codes, "Encryption (TLS) is required", partner)


SENTENCES = {
    "a percent sign": "100% of mail needs TLS",
    "percent signs in a row": "50%% %s %n %",
    "what m4 and C would take for theirs": "`a' %d \\\\n ${x} $1 #c",
    "angle brackets and an address": "ask <postmaster@corp.example>",
    "what looks like another code": "250 2.0.0 taken",
    "a leading dot": ".",
    "a hyphen that looks like a reply of two lines": "-550-5.7.1 more",
}


def sentence_of(what, sentence, stage, codes):
    @scenario(f"own sentence with {what}, stage {stage}: passed on as it is")
    def is_passed_on(gateway):
        gateway.policy(bank(f'reply = "{sentence}";', stage))
        is_reply(gateway, codes, sentence.replace("\\\\", "\\"))


for each, words in SENTENCES.items():
    sentence_of(each, words, "reject", "550 5.7.10")
    sentence_of(each, words, "defer", "451 4.7.10")


@scenario("a % in the help_url reaches the client once")
def percent_in_url(gateway):
    url = "https://corp.example/a%20b%25?x=%41"
    for stage, codes in (("reject", "550 5.7.10"), ("defer", "451 4.7.10")):
        gateway.policy(bank(stage=stage), settings=f'help_url = "{url}";')
        is_reply(gateway, codes, "Encryption (TLS) is required", url=url)


@scenario("octets beyond ASCII in a recipient do not reach our text")
def non_ascii(gateway):
    gateway.policy(bank())
    for recipient in ("üser@bank.example", "user@BÄNK.bank.example",
                      "\x7fuser@bank.example"):
        came, = raw_replies(gateway, [recipient])
        wants(came[:1] in (b"4", b"5"), "a refusal", came)
        wants(all(0x20 <= octet <= 0x7E for octet in came), "printable ASCII",
              came)


@scenario("the longest sentence, name, URL and recipient: one line in bounds, "
          "with codes, reason and reference")
def long_text(gateway):
    url = "https://corp.example/" + "x" * 70
    recipient = "u" * 64 + "@" + "s" * 60 + "." + "t" * 60 + ".bank.example"
    for stage, codes in (("reject", b"550 5.7.10 "),
                         ("defer", b"451 4.7.10 ")):
        gateway.policy(row("b" * 60, [".bank.example"], entry=rule(
            "encrypt", stage, f'reply = "{"words " * 20}";')),
            settings=NAMES_PARTNER + f'help_url = "{url}";')
        since = len(gateway.records())
        came, = raw_replies(gateway, [recipient])
        record = gateway.record(since, {"outcome": "refused"})
        wants(came.startswith(codes), "the codes", came)
        wants(len(came) + 2 <= LIMIT and b"\n" not in came,
              f"one line of at most {LIMIT} octets", came)
        for word in ("plaintext", record["ref"]):
            wants(word.encode() in came, word, came)


@scenario("every reply of a session is the recipient's own")
def each_its_own(gateway):
    gateway.policy(bank('reply = "first";'),
                   row("other", entry=rule("encrypt", "defer",
                                           'reply = "second";')))
    for _ in range(2):
        came = raw_replies(gateway, [RECIPIENT, "user@other.example",
                                     "user@plain.example", RECIPIENT])
        wants([line[:4] for line in came] == [b"550 ", b"451 ", b"250 ",
                                              b"550 "], "their codes", came)
        for line, word in zip(came, (b"first (", b"second (", b"", b"first (")):
            wants(word in line, word, line)
        wants(b"first" not in came[1] + came[2] and b"second" not in came[0]
              + came[2] + came[3], "no text of another's", came)


@scenario("a deferral stays a deferral whatever the text")
def class_of_code(gateway):
    gateway.policy(bank('reply = "550 5.7.1 never";', "defer"))
    with gateway.session() as session:
        session.mail("someone@stranger.example")
        answers(session.rcpt(RECIPIENT), "451 4.7.10", "RCPT")
