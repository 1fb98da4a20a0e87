divert(-1)dnl
dnl # SPDX-License-Identifier: BSD-2-Clause
dnl #
dnl # enforcetls-map.m4 - enforces the policy on the servers Sendmail sends to
dnl #
dnl # How to use it
dnl #
dnl #   1. In the .mc file of the daemon that sends mail, *after* MAILER():
dnl #
dnl #          include(`/usr/share/doc/enforcetls/contrib/sendmail/enforcetls-map.m4')
dnl #
dnl #   2. In enforcetls.conf, set the socket that Sendmail uses below:
dnl #
dnl #          map = { listen = [ "inet:127.0.0.1:8893" ]; };
dnl #
dnl #   3. Rebuild sendmail.cf and restart Sendmail.
dnl #
dnl # What it does
dnl #
dnl #   Before Sendmail sends RCPT, it sends enforcetlsd the recipient's domain,
dnl #   the server's name and what TLS proved about the server. enforcetlsd
dnl #   answers whether the outbound rules of that domain and of that server are
dnl #   met. If not, the recipient waits in the queue with 4.7.5 and the reason.
dnl #   By then Sendmail has sent MAIL with the sender, but not the recipient or
dnl #   the message. If the daemon does not answer, mail waits too.
dnl #   Sendmail does not let it wait if another recipient of the same delivery
dnl #   has failed for good before: then it returns the mail to the sender, and
dnl #   gives a bounce up.
dnl #
dnl #   Sendmail must be compiled with SOCKETMAP and _FFR_TLS_ALTNAMES, as in
dnl #   Debian (sendmail -d0.4 shows this). A server is verified only by the
dnl #   alternative names of its certificate. Its own host name must be one of
dnl #   them, and this name is compared with the rule. confCACERT or
dnl #   confCACERT_PATH set the trusted authorities. Fingerprints need
dnl #   confCERT_FINGERPRINT_ALGORITHM `sha256'; dane needs a Sendmail that
dnl #   checks TLSA records itself.
dnl #
dnl #   Sendmail's own map for MTA-STS, if it is compiled in, may use the same
dnl #   socket to look up the policies of map.published. Put this line before
dnl #   MAILER(), in addition to this snippet:
dnl #
dnl #          FEATURE(`sts', `socket -d5 -T<TMPF> inet:8893@127.0.0.1')
dnl #
dnl #   It checks only the server's names, and its rule set (8.17) does not
dnl #   check them if the server's name has no dot.
dnl #
dnl # Settings before the include
dnl #
dnl #   confENFORCETLS_MAP      the socket of the map, in Sendmail's syntax. The
dnl #       default is inet:8893@127.0.0.1; a local socket is
dnl #       unix:/run/enforcetls/map.sock.
divert(0)dnl
VERSIONID(`enforcetls-map.m4')dnl
ifdef(`confENFORCETLS_MAP',,
`define(`confENFORCETLS_MAP', `inet:8893@127.0.0.1')')dnl
LOCAL_CONFIG
O SetCertAltnames=true
# -f: keeps the case of {verify}; -T: mail waits if the map does not answer
Ksendmail socket -f -T<TMPF> confENFORCETLS_MAP

LOCAL_TLS_RCPT
# reduce to the domain; a recipient without one crosses no SMTP hop
R$*			$: $>canonify $1
R$* < @ $+ . > $*	$: $1 < @ $2 > $3
R$* < @ $+ > $*		$: < $2 >
R< $+ >			$: < $1 > $>EnforcetlsName $&{server_name}
R< $+ > $*		$: < $(sendmail $1/$&{server_name}/$&{verify}/$&{tls_version}/$&{cipher_bits}/$&{cipher}/$2/$&{cert_fp} $: none $) >
R< none >		$@ OK
R< good >		$@ OK
R< wait $* >		$#error $@ 4.7.5 $: "454 TLS policy: "$1
R< $* >			$#error $@ 4.7.5 $: "454 TLS policy lookup failed"
R$*			$@ OK

LOCAL_RULESETS
# the server's name if its certificate contains it, else nothing
SEnforcetlsName
R$*			$: $&{server_name}
R$* .			$: $1
R$={cert_altnames}	$@ $&{server_name}
R$- . $+		$: * . $2
R$={cert_altnames}	$@ $&{server_name}
R$*			$@
