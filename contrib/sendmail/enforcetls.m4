dnl # SPDX-License-Identifier: BSD-2-Clause
dnl #
dnl # enforcetls.m4 - puts enforcetlsd in front of Sendmail 8.14 or later
dnl #
dnl # What to do with it
dnl #
dnl #   1. In the .mc file of the daemon that takes mail by SMTP (not submit.mc),
dnl #      after FEATURE() and before MAILER():
dnl #
dnl #          include(`/usr/share/doc/enforcetls/contrib/sendmail/enforcetls.m4')
dnl #
dnl #      or wherever this file lies. Other filters may stand before or after it;
dnl #      one that changes recipients belongs after it.
dnl #   2. In enforcetls.conf, the socket that Sendmail is told of below:
dnl #
dnl #          milter = { listen = "inet:127.0.0.1:8892"; mta = "sendmail"; };
dnl #
dnl #   3. Start enforcetlsd, make sendmail.cf again, restart Sendmail, and look
dnl #      for "Milter (enforcetls): init success" in the mail log (LogLevel 9
dnl #      and a first session are needed for that line).
dnl #
dnl # What may be set before the include
dnl #
dnl #   confENFORCETLS_SOCKET   where the daemon listens, as Sendmail writes it.
dnl #       The default is inet:8892@127.0.0.1. A local socket is
dnl #       unix:/run/enforcetls/milter.sock; Sendmail connects to it as root, or
dnl #       as confRUN_AS_USER: that user must be in the socket's group.
dnl #   confENFORCETLS_FAILURE  what Sendmail does when the daemon does not answer.
dnl #       The default is F=T: mail is deferred with 451 4.3.2. Empty (no F=)
dnl #       lets all mail through unseen, which is right only while the daemon
dnl #       runs with mode = "log-only". F=4 closes the session with 421. F=R
dnl #       loses mail that would only have had to wait.
dnl #   confENFORCETLS_TIMEOUT  how long Sendmail waits: C to connect, S to send,
dnl #       R for an answer, E for all of the end of a message.
dnl #
dnl # What else Sendmail must be told, or no peer is ever verified
dnl #
dnl #   confSERVER_CERT, confSERVER_KEY    or STARTTLS is not offered
dnl #   confCACERT, confCACERT_PATH        the authorities whose clients count as
dnl #       verified. Every one of them counts alike, so name few, and let the
dnl #       rules say which peer is meant.
dnl #   confTLS_SRV_OPTIONS                must not contain V, and Srv_Features in
dnl #       the access map neither: clients are then not asked for a certificate.
dnl #   confCERT_FINGERPRINT_ALGORITHM     `sha256' where rules say fingerprints;
dnl #       without it Sendmail shows only MD5, which no rule may rest on.
dnl #
dnl # No confMILTER_MACROS_... is needed: enforcetlsd asks for what it reads, and
dnl # Sendmail sends that in place of its own lists. A rule set that clears
dnl # {verify}, or a program between Sendmail and the daemon that drops it, leaves
dnl # every peer unverified; the daemon then says so once a minute.
dnl #
dnl # Mail of this host
dnl #
dnl #   What programs hand to sendmail(8) goes through submit.cf to this daemon:
dnl #   plaintext SMTP from 127.0.0.1, judged like any other. To let it through,
dnl #   name 127.0.0.1 and ::1 in local_clients, if no tunnel and no proxy ends
dnl #   there. sendmail -bs on a pipe crosses no hop and is exempt, unless
dnl #   local_submission = "judge". What sendmail -bm is handed with this very
dnl #   sendmail.cf, in place of submit.cf, passes no filter at all.
dnl #
dnl # What becomes of mail at stage hold
dnl #
dnl #   It is in Sendmail's quarantine: mailq -qQ lists it with the reason,
dnl #   sendmail -Q -qQ -qIxxx takes message xxx out of it.
dnl #
dnl # To leave again, take the include out, make sendmail.cf, restart Sendmail,
dnl # then stop enforcetlsd.
VERSIONID(`enforcetls.m4')dnl
ifdef(`confENFORCETLS_SOCKET',,
`define(`confENFORCETLS_SOCKET', `inet:8892@127.0.0.1')')dnl
ifdef(`confENFORCETLS_FAILURE',,
`define(`confENFORCETLS_FAILURE', `F=T')')dnl
ifdef(`confENFORCETLS_TIMEOUT',,
`define(`confENFORCETLS_TIMEOUT', `C:5s;S:5s;R:10s;E:1m')')dnl
INPUT_MAIL_FILTER(`enforcetls', `S=confENFORCETLS_SOCKET, ifelse(defn(`confENFORCETLS_FAILURE'), `', `', `confENFORCETLS_FAILURE, ')T=confENFORCETLS_TIMEOUT')dnl
