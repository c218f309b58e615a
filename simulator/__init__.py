"""A WeCom (企业微信) that runs locally: callbacks out, API in, a control door."""

from simulator.description import (
    DEFAULT_CORPID,
    DEFAULT_ENCODING_AES_KEY,
    DEFAULT_SECRET,
    DEFAULT_TOKEN,
    default_tenant,
)
from simulator.simulator import Simulator

__all__ = [
    "DEFAULT_CORPID",
    "DEFAULT_ENCODING_AES_KEY",
    "DEFAULT_SECRET",
    "DEFAULT_TOKEN",
    "Simulator",
    "default_tenant",
]
