"""The answer to a callback: empty, or a reply encrypted the way the callback was."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime
from itertools import product

from callback.query import SignedQuery
from crypto import Credentials, Format, Frame
from errors import CallbackRejected

_RANDOM_PREFIX_LENGTH = 16
_CONTENT_TYPES: dict[Format, str] = {"xml": "application/xml", "json": "application/json"}


@dataclass(frozen=True, kw_only=True)
class Opened:
    """A genuine callback: what it says, and all that sealing the answer to it needs."""

    frame: Frame
    form: Format
    ciphertext: str
    query: SignedQuery

    @property
    def content_type(self) -> str:
        """The content type of an encrypted answer."""
        return _CONTENT_TYPES[self.form]

    def seal(self, credentials: Credentials, plaintext: bytes, *, now: datetime) -> str:
        """Return the encrypted answer, in the format of the callback and for the same receiveid."""
        return self._used(credentials).seal(
            plaintext,
            receiveid=self.frame.receiveid,
            timestamp=str(int(now.timestamp())),
            nonce=str(secrets.randbelow(10**10)),
            random_prefix=secrets.token_bytes(_RANDOM_PREFIX_LENGTH),
            form=self.form,
        )

    def _used(self, credentials: Credentials) -> Credentials:
        """Return the Token and the key WeCom used: amid a rotation it knows one pair only."""
        for token, aes_key in product(credentials.tokens, credentials.aes_keys):
            pair = Credentials(
                tokens=(token,), aes_keys=(aes_key,), receiveids=credentials.receiveids
            )
            try:
                pair.open(
                    self.ciphertext,
                    signature=self.query.signature,
                    timestamp=self.query.timestamp,
                    nonce=self.query.nonce,
                )
            except CallbackRejected:
                continue
            return pair
        return credentials
