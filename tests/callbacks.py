"""Callbacks made by hand: genuine ones, and those that are wrong in one place."""

from __future__ import annotations

import os
import time
from dataclasses import dataclass, replace
from typing import Self
from urllib.parse import urlencode

from crypto import decode_key, encrypt, sign
from simulator import DEFAULT_CORPID, DEFAULT_ENCODING_AES_KEY, DEFAULT_TOKEN


@dataclass(frozen=True, kw_only=True)
class Callback:
    """One request as it goes over the wire: the signed query, and the body of a POST."""

    ciphertext: str
    signature: str
    timestamp: str
    nonce: str
    body: bytes

    @classmethod
    def of(
        cls,
        plaintext: bytes,
        *,
        token: str = DEFAULT_TOKEN,
        encoding_aes_key: str = DEFAULT_ENCODING_AES_KEY,
        receiveid: str = DEFAULT_CORPID,
    ) -> Self:
        """Encrypt and sign; by default as the simulated WeCom does for the app contacts."""
        ciphertext = encrypt(
            decode_key(encoding_aes_key), plaintext, receiveid, random_prefix=os.urandom(16)
        )
        return cls.around(ciphertext, token=token)

    @classmethod
    def around(cls, ciphertext: str, *, token: str = DEFAULT_TOKEN) -> Self:
        """Sign any text as if it were a ciphertext."""
        timestamp, nonce = str(int(time.time())), "1372623149"
        return cls(
            ciphertext=ciphertext,
            signature=sign(token, timestamp, nonce, ciphertext),
            timestamp=timestamp,
            nonce=nonce,
            body=f"<xml><Encrypt><![CDATA[{ciphertext}]]></Encrypt></xml>".encode(),
        )

    @property
    def query(self) -> str:
        return urlencode(
            {
                "msg_signature": self.signature,
                "timestamp": self.timestamp,
                "nonce": self.nonce,
            }
        )

    def with_body(self, body: bytes) -> Self:
        """Return the same with another body."""
        return replace(self, body=body)
