# SPDX-License-Identifier: BSD-2-Clause
"""issuing - certificates whose every octet is chosen by the test

openssl(1) takes names as text and corrects them. Here a name is a list of
attributes with the octets and the string type that the test wants: a CN with
a NUL, a slash or another CN inside, none, several. The certificate is put
together in DER and signed by openssl.
"""

import base64
import pathlib
import shutil

from certificates import Authority, Certificate
from lab import run

UTF8, PRINTABLE, IA5, BMP, TELETEX = 0x0C, 0x13, 0x16, 0x1E, 0x14

ATTRIBUTES = {"C": "2.5.4.6", "O": "2.5.4.10", "OU": "2.5.4.11",
              "CN": "2.5.4.3", "L": "2.5.4.7", "ST": "2.5.4.8",
              "DC": "0.9.2342.19200300.100.1.25",
              "emailAddress": "1.2.840.113549.1.9.1"}
PURPOSES = {"clientAuth": "1.3.6.1.5.5.7.3.2",
            "serverAuth": "1.3.6.1.5.5.7.3.1"}
ECDSA_WITH_SHA256 = "1.2.840.10045.4.3.2"
SHA256_WITH_RSA = "1.2.840.113549.1.1.11"


# DER

def tlv(tag, *contents):
    content = b"".join(contents)
    size = len(content)
    if size < 0x80:
        head = bytes([size])
    else:
        octets = size.to_bytes((size.bit_length() + 7) // 8, "big")
        head = bytes([0x80 | len(octets)]) + octets
    return bytes([tag]) + head + content


def sequence(*contents):
    return tlv(0x30, *contents)


def integer(value):
    return tlv(0x02, value.to_bytes(value.bit_length() // 8 + 1, "big"))


def oid(text):
    first, second, *rest = (int(word) for word in text.split("."))
    octets = bytearray()
    for value in [first * 40 + second, *rest]:
        group = [value & 0x7F]
        while value := value >> 7:
            group.append(value & 0x7F | 0x80)
        octets += bytes(reversed(group))
    return tlv(0x06, bytes(octets))


def name(attributes):
    """A DN. attributes: pairs of word and value, or triples with the string
    type; a value is text or raw octets. A list in place of a pair is
    one RDN of several attributes."""
    return sequence(*(
        tlv(0x31, *sorted(_attribute(*one) for one in
                          (rdn if isinstance(rdn, list) else [rdn])))
        for rdn in attributes))


def _attribute(word, value, kind=None):
    if kind is None:
        kind = PRINTABLE if word == "C" else UTF8
    if isinstance(value, str):
        value = value.encode("utf-16-be" if kind == BMP else
                             "latin-1" if kind == TELETEX else "utf-8")
    return sequence(oid(ATTRIBUTES[word]), tlv(kind, value))


def _extension(number, value, critical=False):
    return sequence(oid(number), tlv(0x01, b"\xff") if critical else b"",
                    tlv(0x04, value))


class Issuer:
    """CAs and their certificates, in one folder."""

    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        self._serial = 0
        self._keys = {}

    def authority(self, file, subject):
        """A CA with its own key; subject as for name()."""
        certificate = self._make(file, subject, subject, file, "ec",
                                 _extension("2.5.29.19", sequence(
                                     tlv(0x01, b"\xff")), critical=True))
        return Authority(certificate.chain, certificate.key)

    def adopt(self, file, authority):
        """Makes another CA available here under that file name."""
        shutil.copy(authority.key, self.folder / f"{file}.key")

    def issue(self, file, subject, authority=None, purpose="clientAuth",
              over=False, dns=(), kind="ec"):
        """A certificate, self-signed without authority. authority: the file
        name given to authority() or adopt(), and its subject."""
        extensions = _extension("2.5.29.37",
                                sequence(oid(PURPOSES[purpose])))
        if dns:
            extensions += _extension("2.5.29.17", sequence(
                *(tlv(0x82, one.encode()) for one in dns)), not subject)
        signer, signer_name = authority or (file, subject)
        return self._make(file, subject, signer_name, signer, kind,
                          extensions, over)

    def _make(self, file, subject, issuer, signer, kind, extensions,
              over=False):
        key = self._key(file, kind)
        signer_key = self._key(signer, kind)
        algorithm = sequence(oid(SHA256_WITH_RSA), tlv(0x05)) \
            if _is_rsa(signer_key) else sequence(oid(ECDSA_WITH_SHA256))
        first, last = (("200101000000Z", "200201000000Z") if over
                       else ("200101000000Z", "490101000000Z"))
        self._serial += 1
        body = sequence(
            tlv(0xA0, integer(2)), integer(self._serial + 0x1000), algorithm,
            name(issuer),
            sequence(tlv(0x17, first.encode()), tlv(0x17, last.encode())),
            name(subject), self._public(key),
            tlv(0xA3, sequence(extensions)))
        whole = sequence(body, algorithm,
                         tlv(0x03, b"\0", self._signature(body, signer_key)))
        chain = self.folder / f"{file}.pem"
        text = base64.encodebytes(whole).decode()
        chain.write_text("-----BEGIN CERTIFICATE-----\n" + text
                         + "-----END CERTIFICATE-----\n")
        return Certificate(chain, key)

    def _key(self, file, kind):
        """The key of a file name, made once."""
        path = self.folder / f"{file}.key"
        if not path.exists():
            options = (["RSA", "-pkeyopt", "rsa_keygen_bits:2048"]
                       if kind == "rsa" else
                       ["EC", "-pkeyopt", "ec_paramgen_curve:P-256"])
            run(["openssl", "genpkey", "-algorithm", *options, "-out", path])
            path.chmod(0o600)
        return path

    def _public(self, key):
        text = run(["openssl", "pkey", "-in", key, "-pubout"])
        return base64.b64decode("".join(text.split("\n")[1:-2]))

    def _signature(self, body, key):
        unsigned = self.folder / "unsigned"
        signed = self.folder / "signature"
        unsigned.write_bytes(body)
        run(["openssl", "dgst", "-sha256", "-sign", key, "-out", signed,
             unsigned])
        return signed.read_bytes()


def _is_rsa(key):
    return "modulus" in run(["openssl", "pkey", "-in", key, "-noout",
                             "-text"])
