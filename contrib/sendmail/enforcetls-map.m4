divert(-1)dnl
dnl # SPDX-License-Identifier: BSD-2-Clause
dnl #
dnl # enforcetls-map.m4 - holds the servers Sendmail sends to to the policy
dnl #
dnl # What to do with it
dnl #
dnl #   1. In the .mc file of the daemon that sends mail, *after* MAILER():
dnl #
dnl #          include(`/usr/share/doc/enforcetls/contrib/sendmail/enforcetls-map.m4')
dnl #
dnl #   2. In enforcetls.conf, the socket that Sendmail is told of below:
dnl #
dnl #          map = { listen = [ "inet:127.0.0.1:8893" ]; };
dnl #
dnl #   3. Make sendmail.cf again and restart Sendmail.
dnl #
dnl # What it does
dnl #
dnl #   Before each RCPT that Sendmail sends, enforcetlsd is told the domain of
dnl #   the recipient, the server's name and what TLS proved of it, and says
dnl #   whether the outbound rules of that domain and of that server hold. Where
dnl #   they do not, the recipient waits in the queue with 4.7.5 and the reason.
dnl #   MAIL, with the sender, has been sent by then; the recipient and the
dnl #   message have not. When the daemon does not answer, mail waits too.
dnl #
dnl #   Sendmail must be compiled with SOCKETMAP and _FFR_TLS_ALTNAMES, as
dnl #   Debian's is (sendmail -d0.4 shows it). A server is verified by the
dnl #   alternative names of its certificate alone: its own host name must be
dnl #   among them, and that name is held to the rule. confCACERT or
dnl #   confCACERT_PATH say which authorities count. Fingerprints need
dnl #   confCERT_FINGERPRINT_ALGORITHM `sha256'; dane needs a Sendmail that
dnl #   checks TLSA records itself.
dnl #
dnl #   Sendmail's own map for MTA-STS, where it is compiled in, may ask the same
dnl #   socket, beside this snippet and before MAILER(), for what map.published
dnl #   has learnt:
dnl #
dnl #          FEATURE(`sts', `socket -d5 -T<TMPF> inet:8893@127.0.0.1')
dnl #
dnl #   It holds a server to names alone, and its rule set (8.17) does not look
dnl #   at them when the server's name has no dot.
dnl #
dnl # What may be set before the include
dnl #
dnl #   confENFORCETLS_MAP      where the map listens, as Sendmail writes it. The
dnl #       default is inet:8893@127.0.0.1; a local socket is
dnl #       unix:/run/enforcetls/map.sock.
divert(0)dnl
VERSIONID(`enforcetls-map.m4')dnl
ifdef(`confENFORCETLS_MAP',,
`define(`confENFORCETLS_MAP', `inet:8893@127.0.0.1')')dnl
LOCAL_CONFIG
O SetCertAltnames=true
# -f: {verify} is compared letter by letter; -T: no answer is no consent
Ksendmail socket -f -T<TMPF> confENFORCETLS_MAP

LOCAL_TLS_RCPT
# to the domain; a recipient without one crosses no hop by SMTP
R$*			$: $>canonify $1
R$* < @ $+ . > $*	$: $1 < @ $2 > $3
R$* < @ $+ > $*		$: < $2 >
R< $+ >			$: < $1 > $>EnforcetlsName $&{server_name}
R< $+ > $*		$: < $(sendmail $1/$&{server_name}/$&{verify}/$&{tls_version}/$&{cipher_bits}/$&{cipher}/$2/$&{cert_fp} $: none $) >
R< none >		$@ OK
R< good >		$@ OK
R< wait $* >		$#error $@ 4.7.5 $: "454 TLS policy: "$1
R< $* >			$#error $@ 4.7.5 $: "454 TLS policy cannot be asked"
R$*			$@ OK

LOCAL_RULESETS
# the server's name where its certificate carries it, else nothing
SEnforcetlsName
R$*			$: $&{server_name}
R$* .			$: $1
R$={cert_altnames}	$@ $&{server_name}
R$- . $+		$: * . $2
R$={cert_altnames}	$@ $&{server_name}
R$*			$@
