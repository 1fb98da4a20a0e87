dnl # SPDX-License-Identifier: BSD-2-Clause
dnl #
dnl # enforcetls.m4 - makes enforcetlsd a milter of Sendmail 8.14 or later
dnl #
dnl # How to use it
dnl #
dnl #   1. In the .mc file of the daemon that accepts mail by SMTP (not
dnl #      submit.mc), after FEATURE() and before MAILER():
dnl #
dnl #          include(`/usr/share/doc/enforcetls/contrib/sendmail/enforcetls.m4')
dnl #
dnl #      or wherever this file is. Other milters may come before or after it;
dnl #      put one that changes recipients after it.
dnl #   2. In enforcetls.conf, set the socket that Sendmail uses below:
dnl #
dnl #          milter = { listen = "inet:127.0.0.1:8892"; mta = "sendmail"; };
dnl #
dnl #   3. Start enforcetlsd, rebuild sendmail.cf and restart Sendmail. Look for
dnl #      "Milter (enforcetls): init success" in the mail log. This line needs
dnl #      LogLevel 9 and a first session.
dnl #
dnl # Settings before the include
dnl #
dnl #   confENFORCETLS_SOCKET   the socket of the daemon, in Sendmail's syntax.
dnl #       The default is inet:8892@127.0.0.1. A local socket is
dnl #       unix:/run/enforcetls/milter.sock. Sendmail connects to it as root,
dnl #       or as confRUN_AS_USER, which must then be in the socket's group.
dnl #   confENFORCETLS_FAILURE  Sendmail's action if the daemon does not answer.
dnl #       The default is F=T: mail is deferred with 451 4.3.2. If it is empty
dnl #       (no F=), Sendmail accepts all mail without a check, which is right
dnl #       only while the daemon runs with mode = "log-only". F=4 closes the
dnl #       session with 421. F=R rejects mail that only needed to wait.
dnl #   confENFORCETLS_TIMEOUT  how long Sendmail waits: C to connect, S to
dnl #       send, R for an answer, E for the whole end of a message.
dnl #
dnl # Settings that Sendmail needs to verify any peer
dnl #
dnl #   confSERVER_CERT, confSERVER_KEY    to offer STARTTLS.
dnl #   confCACERT, confCACERT_PATH        the authorities whose clients are
dnl #       verified. Sendmail trusts all of them equally, so list few, and name
dnl #       the peers in the rules.
dnl #   confTLS_SRV_OPTIONS                must not contain V, nor may
dnl #       Srv_Features in the access map: with V, Sendmail requests no client
dnl #       certificate.
dnl #   confCERT_FINGERPRINT_ALGORITHM     `sha256' if rules have fingerprints.
dnl #       Without it Sendmail reports only MD5, which no rule accepts.
dnl #
dnl # confMILTER_MACROS_... is not needed: enforcetlsd requests the macros that
dnl # it reads, and Sendmail sends these instead of its own lists. If a rule set
dnl # clears {verify}, or a program between Sendmail and the daemon removes it,
dnl # no peer is verified, and the daemon logs a warning once a minute.
dnl #
dnl # Logins
dnl #
dnl #   Sendmail keeps a login over STARTTLS, so one that crossed plaintext
dnl #   would count for a rule with logins. The rule set below ends such a
dnl #   session: the client has to log in after STARTTLS. Rules of your own
dnl #   in LOCAL_TLS_CLIENT go on to be used.
dnl #
dnl # Mail from this host
dnl #
dnl #   Mail that programs submit with sendmail(8) goes through submit.cf to
dnl #   this daemon: plaintext SMTP from 127.0.0.1, judged like any other mail.
dnl #   To exempt it, list 127.0.0.1 and ::1 in local_clients, if no tunnel and
dnl #   no proxy ends there. sendmail -bs on a pipe crosses no hop and is exempt,
dnl #   unless local_submission = "judge". sendmail -bm with this sendmail.cf
dnl #   instead of submit.cf uses no milter at all.
dnl #
dnl # Mail at stage hold
dnl #
dnl #   It is in Sendmail's quarantine. mailq -qQ lists it with the reason;
dnl #   sendmail -Q -qQ -qIxxx releases message xxx.
dnl #
dnl # To remove enforcetls again, remove the include, rebuild sendmail.cf,
dnl # restart Sendmail, then stop enforcetlsd.
VERSIONID(`enforcetls.m4')dnl
ifdef(`confENFORCETLS_SOCKET',,
`define(`confENFORCETLS_SOCKET', `inet:8892@127.0.0.1')')dnl
ifdef(`confENFORCETLS_FAILURE',,
`define(`confENFORCETLS_FAILURE', `F=T')')dnl
ifdef(`confENFORCETLS_TIMEOUT',,
`define(`confENFORCETLS_TIMEOUT', `C:5s;S:5s;R:10s;E:1m')')dnl
INPUT_MAIL_FILTER(`enforcetls', `S=confENFORCETLS_SOCKET, ifelse(defn(`confENFORCETLS_FAILURE'), `', `', `confENFORCETLS_FAILURE, ')T=confENFORCETLS_TIMEOUT')dnl
define(`_LOCAL_TLS_CLIENT_')dnl
divert(9)
SLocal_tls_client
R$*			$: $1 <@> $>EnforcetlsLogin $1
R$* <@> $#$*		$#$2
R$* <@> $*		$: $1
SEnforcetlsLogin
# a login before STARTTLS
R$* $| STARTTLS		$: $&{auth_authen}
R$* $| $*		$@ OK
R$+			$#error $@ 4.7.0 $: "454 Log in after STARTTLS, not before it"
R$*			$@ OK
divert(0)dnl
