from __future__ import annotations

import json
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crypto import Credentials, Frame, decode_key, encrypt, read_ciphertext, sign
from errors import CallbackRejected, DecryptionFailed, ReceiverMismatch, SignatureMismatch
from wire import OFFICIAL, encrypt_blocks, pkcs7, vectors_of

NEW_KEY = "0123456789abcdefghijABCDEFGHIJ0123456789abc"
OLD_KEY = "ZYXWVUTSRQPONMLKJIHGFEDCBAzyxwvutsrqponmlkA"
PREFIX = b"0123456789abcdef"


def some_credentials(
    *,
    tokens: tuple[str, ...] = ("token",),
    keys: tuple[str, ...] = (NEW_KEY,),
    receiveids: tuple[str, ...] = ("ww1",),
) -> Credentials:
    return Credentials.from_text(
        tokens=tokens, encoding_aes_keys=keys, receiveids=frozenset(receiveids)
    )


def opened(credentials: Credentials, ciphertext: str, signer: str = "token") -> Frame:
    """Hand over a ciphertext with the signature the signer's Token makes for it."""
    signature = sign(signer, "1700000000", "n", ciphertext)
    return credentials.open(ciphertext, signature=signature, timestamp="1700000000", nonce="n")


def ciphertext_for(receiveid: str, *, key: str = NEW_KEY, message: bytes = b"hi") -> str:
    return encrypt(decode_key(key), message, receiveid, random_prefix=PREFIX)


class TestOpen:
    def test_opens_the_official_sample(self) -> None:
        frame = OFFICIAL.credentials.open(
            OFFICIAL.ciphertext,
            signature=OFFICIAL.signature,
            timestamp=OFFICIAL.timestamp,
            nonce=OFFICIAL.nonce,
        )

        assert frame == Frame(b"1616140317555161061", "wx5823bf96d3bd56c7")

    @pytest.mark.parametrize("receiveid", ["ww1", "ww2", ""])
    def test_accepts_every_configured_receiveid_the_empty_one_too(self, receiveid: str) -> None:
        credentials = some_credentials(receiveids=("ww1", "ww2", ""))

        assert opened(credentials, ciphertext_for(receiveid)) == Frame(b"hi", receiveid)

    @pytest.mark.parametrize(
        "receiveid", ["ww2", "", "ww", "ww11", "WW1", "ww1 ", " ww1", "ww1\n", "ww1\x00", "ｗｗ1"]
    )
    def test_rejects_another_tenant_sharing_token_and_key(self, receiveid: str) -> None:
        with pytest.raises(ReceiverMismatch):
            opened(some_credentials(), ciphertext_for(receiveid))

    def test_rejects_every_receiveid_when_none_is_accepted(self) -> None:
        with pytest.raises(ReceiverMismatch):
            opened(some_credentials(receiveids=()), ciphertext_for(""))

    def test_the_signature_is_refused_before_the_ciphertext_is_looked_at(self) -> None:
        with pytest.raises(SignatureMismatch):
            opened(some_credentials(), "not base64", signer="another")
        with pytest.raises(DecryptionFailed):
            opened(some_credentials(), "not base64")

    def test_an_undecodable_receiveid_is_refused(self) -> None:
        frame = PREFIX + (2).to_bytes(4, "big") + b"hi\xff\xff"

        with pytest.raises(DecryptionFailed):
            opened(some_credentials(), encrypt_blocks(decode_key(NEW_KEY), pkcs7(frame)))

    def test_without_a_key_nothing_is_opened(self) -> None:
        with pytest.raises(DecryptionFailed):
            opened(some_credentials(keys=()), ciphertext_for("ww1"))

    def test_without_a_token_nothing_is_verified(self) -> None:
        with pytest.raises(SignatureMismatch):
            opened(some_credentials(tokens=()), ciphertext_for("ww1"))

    @pytest.mark.parametrize("moved", range(1, 88))
    def test_moving_ciphertext_into_the_nonce_opens_nothing(self, moved: int) -> None:
        """The signed text is the same where the order of the values allows it; the frame is not."""
        vector = OFFICIAL

        with pytest.raises((SignatureMismatch, DecryptionFailed)):
            vector.credentials.open(
                vector.ciphertext[moved:],
                signature=vector.signature,
                timestamp=vector.timestamp,
                nonce=vector.nonce + vector.ciphertext[:moved],
            )

    def test_a_refusal_repeats_nothing_of_what_it_refused(self) -> None:
        secret = ciphertext_for("ww-other", message=b"a private word")

        with pytest.raises(ReceiverMismatch) as refused:
            opened(some_credentials(), secret)

        text = repr(refused.value) + str(refused.value.__cause__)
        assert "private" not in text
        assert "ww-other" not in text

    @given(st.text(), st.binary(max_size=64))
    def test_no_signed_text_makes_it_raise_anything_else(self, text: str, content: bytes) -> None:
        credentials = some_credentials(keys=(NEW_KEY, OLD_KEY))
        frame = encrypt_blocks(decode_key(OLD_KEY), pkcs7(content))

        for ciphertext in (text, frame):
            with pytest.raises(CallbackRejected):
                opened(credentials, ciphertext)


class TestRotation:
    both = some_credentials(tokens=("new", "old"), keys=(NEW_KEY, OLD_KEY))

    @pytest.mark.parametrize("token", ["new", "old"])
    @pytest.mark.parametrize("key", [NEW_KEY, OLD_KEY])
    def test_old_and_new_open_in_any_pairing(self, token: str, key: str) -> None:
        assert opened(self.both, ciphertext_for("ww1", key=key), token) == Frame(b"hi", "ww1")

    def test_a_key_that_was_taken_out_opens_nothing(self) -> None:
        with pytest.raises(DecryptionFailed):
            opened(some_credentials(), ciphertext_for("ww1", key=OLD_KEY))

    def test_the_newest_token_and_key_seal(self) -> None:
        body = self.both.seal(
            b"hi", receiveid="ww1", timestamp="1700000000", nonce="n", random_prefix=PREFIX
        )

        ciphertext, _ = read_ciphertext(body.encode())
        assert ciphertext == ciphertext_for("ww1", key=NEW_KEY)
        assert sign("new", "1700000000", "n", ciphertext) in body

    @pytest.mark.parametrize("key", [NEW_KEY, OLD_KEY])
    def test_another_tenant_is_named_as_such_whichever_key_opened_it(self, key: str) -> None:
        with pytest.raises(ReceiverMismatch):
            opened(self.both, ciphertext_for("ww2", key=key), "old")


class TestSeal:
    def test_the_xml_reply_opens_again_with_the_values_it_carries(self) -> None:
        credentials = some_credentials()

        body = credentials.seal(
            "<xml>你好]]></xml>".encode(),
            receiveid="ww1",
            timestamp="1700000000",
            nonce="n]]>",
            random_prefix=PREFIX,
        )

        reply = {child.tag: child.text or "" for child in ET.fromstring(body)}  # noqa: S314 - we made it ourselves
        frame = credentials.open(
            reply["Encrypt"],
            signature=reply["MsgSignature"],
            timestamp=reply["TimeStamp"],
            nonce=reply["Nonce"],
        )
        assert frame == Frame("<xml>你好]]></xml>".encode(), "ww1")

    def test_the_json_reply_opens_again_with_the_values_it_carries(self) -> None:
        credentials = some_credentials(receiveids=("",))

        body = credentials.seal(
            b'{"msgtype":"stream"}',
            receiveid="",
            timestamp="1700000000",
            nonce="n",
            random_prefix=PREFIX,
            form="json",
        )

        reply = json.loads(body)
        frame = credentials.open(
            reply["encrypt"],
            signature=reply["msgsignature"],
            timestamp=str(reply["timestamp"]),
            nonce=reply["nonce"],
        )
        assert frame == Frame(b'{"msgtype":"stream"}', "")

    def test_gives_the_ciphertext_and_signature_of_the_recorded_vectors(self) -> None:
        for vector in vectors_of("official.json")[1:]:
            body = vector.credentials.seal(
                vector.plaintext.encode(),
                receiveid=vector.receiveid,
                timestamp=vector.timestamp,
                nonce=vector.nonce,
                random_prefix=PREFIX,
            )

            assert vector.ciphertext in body
            assert vector.signature in body


class TestFromText:
    def test_four_spellings_of_a_key_make_equal_credentials(self) -> None:
        made = {some_credentials(keys=(NEW_KEY[:-1] + last,)) for last in "cdef"}

        assert len(made) == 1

    @pytest.mark.parametrize("key", ["", "a" * 42, "a" * 44, "a" * 42 + "!", NEW_KEY + "="])
    def test_refuses_a_text_that_is_no_key(self, key: str) -> None:
        with pytest.raises(ValueError, match="EncodingAESKey"):
            some_credentials(keys=(NEW_KEY, key))

    @pytest.mark.parametrize("tokens", [("",), ("token", "")])
    def test_refuses_an_empty_token_with_which_anybody_could_sign(
        self, tokens: tuple[str, ...]
    ) -> None:
        with pytest.raises(ValueError, match="Token"):
            some_credentials(tokens=tokens)

    def test_shows_neither_token_nor_key(self) -> None:
        credentials = some_credentials(tokens=("VerySecret",))

        assert repr(credentials) == "Credentials(receiveids=frozenset({'ww1'}))"
