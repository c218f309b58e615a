"""What is wrong with this installation, and how to mend it: one question a module.

Each check asks something real and returns findings: a verdict, the evidence, what to do.
"""

from doctor.authorisations import check_authorisations
from doctor.callback_url import check_callback
from doctor.finding import Finding, Verdict
from doctor.machine import check_database, check_disk, check_processes, check_redis
from doctor.platform import Platform, check_api, check_app
from doctor.settings_file import check_apps, check_code_and_rules, check_settings_file

__all__ = [
    "Finding",
    "Platform",
    "Verdict",
    "check_api",
    "check_app",
    "check_apps",
    "check_authorisations",
    "check_callback",
    "check_code_and_rules",
    "check_database",
    "check_disk",
    "check_processes",
    "check_redis",
    "check_settings_file",
]
