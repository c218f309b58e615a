"""Everything one callback URL needs to open and to seal messages."""

from __future__ import annotations

from dataclasses import dataclass, field

from crypto.cipher import Frame, decode_key, decrypt, encrypt
from crypto.envelope import Format, wrap_reply
from crypto.signature import sign, verify
from errors import DecryptionFailed, ReceiverMismatch


@dataclass(frozen=True, kw_only=True)
class Credentials:
    """The Tokens, keys and accepted receiveids of one callback URL.

    tokens, aes_keys: newest first. The newest encrypts and signs, all verify and decrypt, so that
    keys can be rotated.
    receiveids: the accepted values; the empty one is legal (smart robot, doc 101033). None: the
    caller decides, who knows what the message says.
    """

    tokens: tuple[str, ...] = field(repr=False)
    aes_keys: tuple[bytes, ...] = field(repr=False)
    receiveids: frozenset[str] | None

    def __post_init__(self) -> None:
        """Refuse the empty Token: whoever knows the rule could sign with it."""
        if "" in self.tokens:
            raise ValueError("A Token is empty")

    @classmethod
    def from_text(
        cls,
        *,
        tokens: tuple[str, ...],
        encoding_aes_keys: tuple[str, ...],
        receiveids: frozenset[str] | None,
    ) -> Credentials:
        """Build from the texts of the admin console; ValueError if a Token or key is none."""
        return cls(
            tokens=tokens, aes_keys=tuple(map(decode_key, encoding_aes_keys)), receiveids=receiveids
        )

    def open(self, ciphertext: str, *, signature: str, timestamp: str, nonce: str) -> Frame:
        """Return what a genuine callback says; every value is used as the text received.

        Raises SignatureMismatch, DecryptionFailed or ReceiverMismatch, in this order.
        """
        verify(self.tokens, signature, timestamp, nonce, ciphertext)
        failure = DecryptionFailed()
        mismatch: ReceiverMismatch | None = None
        for aes_key in self.aes_keys:
            try:
                frame = decrypt(aes_key, ciphertext)
            except DecryptionFailed as error:
                failure = error
                continue
            if self.receiveids is None or frame.receiveid in self.receiveids:
                return frame
            mismatch = ReceiverMismatch()
        raise mismatch or failure

    def seal(
        self,
        message: bytes,
        *,
        receiveid: str,
        timestamp: str,
        nonce: str,
        random_prefix: bytes,
        form: Format = "xml",
    ) -> str:
        """Return the body of an encrypted passive reply; receiveid is the one that was received."""
        ciphertext = encrypt(self.aes_keys[0], message, receiveid, random_prefix=random_prefix)
        return wrap_reply(
            ciphertext, sign(self.tokens[0], timestamp, nonce, ciphertext), timestamp, nonce, form
        )
