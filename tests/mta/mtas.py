# SPDX-License-Identifier: BSD-2-Clause
"""mtas - the mail servers that scenarios can be run against

Each is a class with `name`, `features`, `milter_group`, `is_installed()` and,
once made with (lab, certificates, sink): `listeners`, `milter_socket`,
`start stop settle queue held has_subject empty_queue release logged`.
"""

from postfix import Postfix

BY_NAME = {one.name: one for one in (Postfix,)}
