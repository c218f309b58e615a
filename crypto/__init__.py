"""Wire cryptography of WeCom callbacks, pure: no clock, no randomness, no I/O.

Read in this order, it is the protocol document: `signature`, `padding`, `cipher`, `envelope`,
`credentials`. Beside it stands `vault`, for what lies in our own database.
"""

from crypto.cipher import Frame, decode_key, decrypt, encrypt
from crypto.credentials import Credentials
from crypto.envelope import Format, read_ciphertext, wrap_reply
from crypto.media import decrypt_media
from crypto.signature import sign, verify
from crypto.vault import Vault, new_key

__all__ = [
    "Credentials",
    "Format",
    "Frame",
    "Vault",
    "decode_key",
    "decrypt",
    "decrypt_media",
    "encrypt",
    "new_key",
    "read_ciphertext",
    "sign",
    "verify",
    "wrap_reply",
]
