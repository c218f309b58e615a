"""A WeCom (企业微信) that runs locally: callbacks out, API in, a control door.

In a test or a demo: `with Simulator.running() as simulator: simulator.add_customer("zhangsan")`.
As a process of its own: `serve(...)`, steered through `ControlClient(url)` or POST /simulator/….
"""

from simulator.client import ControlClient
from simulator.description import (
    DEFAULT_CONTACT_SYNC_SECRET,
    DEFAULT_CORPID,
    DEFAULT_ENCODING_AES_KEY,
    DEFAULT_PROVIDER_CORPID,
    DEFAULT_PROVIDER_SECRET,
    DEFAULT_SECRET,
    DEFAULT_SUITE_ID,
    DEFAULT_SUITE_SECRET,
    DEFAULT_TEMPLATE_ID,
    DEFAULT_TOKEN,
    default_suite,
    default_template,
    default_tenant,
)
from simulator.process import serve
from simulator.simulator import Simulator

__all__ = [
    "DEFAULT_CONTACT_SYNC_SECRET",
    "DEFAULT_CORPID",
    "DEFAULT_ENCODING_AES_KEY",
    "DEFAULT_PROVIDER_CORPID",
    "DEFAULT_PROVIDER_SECRET",
    "DEFAULT_SECRET",
    "DEFAULT_SUITE_ID",
    "DEFAULT_SUITE_SECRET",
    "DEFAULT_TEMPLATE_ID",
    "DEFAULT_TOKEN",
    "ControlClient",
    "Simulator",
    "default_suite",
    "default_template",
    "default_tenant",
    "serve",
]
