"""The signed values in a callback's query, read as they were sent."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import parse_qsl

from errors import MalformedEnvelope

_MOST_PARAMETERS = 32


@dataclass(frozen=True, kw_only=True)
class SignedQuery:
    """msg_signature, timestamp, nonce and, when WeCom verifies the URL, echostr ("" otherwise)."""

    signature: str
    timestamp: str
    nonce: str
    echostr: str = ""


def read_query(query_string: bytes, *, echo: bool) -> SignedQuery:
    """Read the values, decoded once; other parameters of the configured URL are let pass.

    Raises MalformedEnvelope when one is missing, empty or there twice.
    """
    try:
        pairs = parse_qsl(
            query_string.decode("ascii"),
            keep_blank_values=True,
            errors="strict",
            max_num_fields=_MOST_PARAMETERS,
        )
    except ValueError as error:
        raise MalformedEnvelope from error
    return SignedQuery(
        signature=_only(pairs, "msg_signature"),
        timestamp=_only(pairs, "timestamp"),
        nonce=_only(pairs, "nonce"),
        # Base64 has no blanks: one here was a `+` that nobody had escaped (doc 90930).
        echostr=_only(pairs, "echostr").replace(" ", "+") if echo else "",
    )


def _only(pairs: list[tuple[str, str]], name: str) -> str:
    values = [value for key, value in pairs if key == name]
    if len(values) != 1 or not values[0]:
        raise MalformedEnvelope(f"{name} must be there exactly once.")
    return values[0]
