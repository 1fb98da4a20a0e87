# SPDX-License-Identifier: BSD-2-Clause
"""scenarios - every promise that is tested on a real MTA

Importing this module registers them all.
"""

import scenarios_causes         # noqa: F401
import scenarios_entry          # noqa: F401
import scenarios_exceptions     # noqa: F401
import scenarios_forged         # noqa: F401
import scenarios_identity       # noqa: F401
import scenarios_loss           # noqa: F401
import scenarios_model_postfix  # noqa: F401
import scenarios_model_sendmail  # noqa: F401
import scenarios_ourfield       # noqa: F401
import scenarios_map            # noqa: F401
import scenarios_map_sendmail   # noqa: F401
import scenarios_postfix        # noqa: F401
import scenarios_queue          # noqa: F401
import scenarios_readme         # noqa: F401
import scenarios_replies        # noqa: F401
import scenarios_rotation       # noqa: F401
import scenarios_routes         # noqa: F401
import scenarios_sendmail       # noqa: F401
import scenarios_services       # noqa: F401
import scenarios_session        # noqa: F401
import scenarios_surroundings   # noqa: F401
import scenarios_start          # noqa: F401
import scenarios_static         # noqa: F401
import scenarios_versions       # noqa: F401
import scenarios_waiting        # noqa: F401
