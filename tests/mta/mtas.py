# SPDX-License-Identifier: BSD-2-Clause
"""mtas - the mail servers that scenarios can use

Each is a class with `name`, `features`, `milter_group`, `is_installed()` and,
once made with (lab, certificates, sink): `listeners`, `milter_socket`,
`start stop settle queue held has_subject empty_queue release logged`.
`says` has the codes of the MTA's own replies.
"""

from postfix import Postfix
from sendmail import Sendmail

BY_NAME = {one.name: one for one in (Postfix, Sendmail)}
