# SPDX-License-Identifier: BSD-2-Clause
"""certificates - makes a certificate for every way to be right or wrong

Uses openssl(1) in a folder of the lab. `trusted` is the only CA that the lab's
MTAs know; they know no CA above `unknown`.
"""

import pathlib
import typing

from lab import run

PARTNER_CN = "mx1.bank.example"
OTHER_CN = "mx1.other.example"
UTF8_CN = "münchen.example"
SERVER_NAME = "mx.corp.example"


class Certificate(typing.NamedTuple):
    """A certificate with its key, both PEM."""
    chain: pathlib.Path
    key: pathlib.Path


class Authority(typing.NamedTuple):
    certificate: pathlib.Path
    key: pathlib.Path


# When it is valid.
NOW = ("20200101000000Z", "20990101000000Z")
OVER = ("20200101000000Z", "20200201000000Z")
LATER = ("20980101000000Z", "20990101000000Z")

# name: subject, issuer ("self" signs itself), purpose, alternative names,
# when it is valid.
CLIENTS = {
    "partner": (f"/O=Bank/CN={PARTNER_CN}", "trusted", "clientAuth", "", NOW),
    "other": (f"/O=Other/CN={OTHER_CN}", "trusted", "clientAuth", "", NOW),
    "unknown_ca": (f"/O=Bank/CN={PARTNER_CN}", "unknown", "clientAuth", "",
                   NOW),
    "self_signed": (f"/O=Bank/CN={PARTNER_CN}", "self", "clientAuth", "",
                    NOW),
    "expired": (f"/O=Bank/CN={PARTNER_CN}", "trusted", "clientAuth", "", OVER),
    "server_only": (f"/O=Bank/CN={PARTNER_CN}", "trusted", "serverAuth", "",
                    NOW),
    "not_yet_valid": (f"/O=Bank/CN={PARTNER_CN}", "trusted", "clientAuth", "",
                      LATER),
    "san_only": ("/O=Bank", "trusted", "clientAuth", f"DNS:{PARTNER_CN}",
                 NOW),
    "no_cn": ("/O=Bank", "trusted", "clientAuth", "", NOW),
    "utf8_cn": (f"/CN={UTF8_CN}", "trusted", "clientAuth", "", NOW),
    "two_cns": (f"/CN={OTHER_CN}/CN={PARTNER_CN}", "trusted", "clientAuth",
                "", NOW),
    "wildcard_cn": ("/CN=*.bank.example", "trusted", "clientAuth", "", NOW),
}
SERVERS = {
    "server": (f"/CN={SERVER_NAME}", "trusted", "serverAuth",
               f"DNS:{SERVER_NAME}", NOW),
    "server_expired": (f"/CN={SERVER_NAME}", "trusted", "serverAuth",
                       f"DNS:{SERVER_NAME}", OVER),
    "server_wrong_name": ("/CN=wrong.example", "trusted", "serverAuth",
                          "DNS:wrong.example", NOW),
    "server_self_signed": (f"/CN={SERVER_NAME}", "self", "serverAuth",
                           f"DNS:{SERVER_NAME}", NOW),
    "server_unknown_ca": (f"/CN={SERVER_NAME}", "unknown", "serverAuth",
                          f"DNS:{SERVER_NAME}", NOW),
}

CA_CONFIG = """\
[ca]
default_ca = lab
[lab]
database = {folder}/index
serial = {folder}/serial
new_certs_dir = {folder}
default_md = sha256
policy = any
unique_subject = no
[any]
organizationName = optional
commonName = optional
[authority]
basicConstraints = critical,CA:TRUE
keyUsage = critical,keyCertSign,cRLSign
[leaf]
basicConstraints = CA:FALSE
extendedKeyUsage = {purpose}
{names}
"""


class Certificates:
    """All of them as attributes: certificates.partner, .server, .trusted."""

    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        (self.folder / "index").touch()
        (self.folder / "serial").write_text("1000\n")
        self.trusted = self._authority("trusted")
        self.unknown = self._authority("unknown")
        for name, recipe in {**CLIENTS, **SERVERS}.items():
            setattr(self, name, self.make(name, *recipe))

    def make(self, name, subject, issuer, purpose, names, valid):
        """Makes one certificate; issuer is trusted, unknown or self."""
        key, request = self._key(name), self.folder / f"{name}.csr"
        chain = self.folder / f"{name}.pem"
        self._openssl("req", "-new", "-utf8", "-key", key, "-subj", subject,
                      "-out", request)
        if issuer == "self":
            signer = ["-selfsign", "-keyfile", key]
        else:
            authority = getattr(self, issuer)
            signer = ["-cert", authority.certificate,
                      "-keyfile", authority.key]
        first, last = valid
        self._openssl("ca", "-batch", "-notext", "-utf8", "-preserveDN",
                      "-config", self._config(purpose, names),
                      "-extensions", "leaf", "-startdate", first,
                      "-enddate", last, "-in", request, "-out", chain, *signer)
        return Certificate(chain, key)

    def _authority(self, name):
        key = self._key(f"ca_{name}")
        certificate = self.folder / f"ca_{name}.pem"
        self._openssl("req", "-new", "-x509", "-days", "3650", "-key", key,
                      "-subj", f"/O=Lab/CN=Lab {name} CA",
                      "-config", self._config("clientAuth", ""),
                      "-extensions", "authority", "-out", certificate)
        return Authority(certificate, key)

    def _key(self, name):
        key = self.folder / f"{name}.key"
        self._openssl("genpkey", "-algorithm", "EC",
                      "-pkeyopt", "ec_paramgen_curve:P-256", "-out", key)
        key.chmod(0o600)
        return key

    def _config(self, purpose, names):
        config = self.folder / "openssl.cnf"
        config.write_text(CA_CONFIG.format(
            folder=self.folder, purpose=purpose,
            names=f"subjectAltName = {names}" if names else ""))
        return config

    @staticmethod
    def _openssl(*args):
        run(["openssl", *args])
