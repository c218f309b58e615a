from __future__ import annotations

import json
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crypto.envelope import Format, read_ciphertext, wrap_reply
from errors import CallbackRejected, MalformedEnvelope

MEGABYTE = 1 << 20


class TestReadXML:
    @pytest.mark.parametrize(
        "body",
        [
            (
                "<xml><ToUserName><![CDATA[ww1]]></ToUserName><AgentID><![CDATA[1000002]]></AgentID>"
                "<Encrypt><![CDATA[QUJD+/==]]></Encrypt></xml>"
            ),
            "<xml><Encrypt>QUJD+/==</Encrypt></xml>",
            "<xml>\n  <Encrypt><![CDATA[QUJD+/==]]></Encrypt>\n  <AgentID/>\n</xml>\n",
            "\n<xml><Encrypt>QUJD+/==</Encrypt></xml>",
            "\ufeff<xml><Encrypt>QUJD+/==</Encrypt></xml>",
            '\ufeff<?xml version="1.0" encoding="UTF-8"?><xml><Encrypt>QUJD+/==</Encrypt></xml>',
            '<?xml version="1.0" encoding="gbk"?><xml><Encrypt>QUJD+/==</Encrypt></xml>',
            "<xml><Encrypt><![CDATA[QUJ]]><![CDATA[D+/==]]></Encrypt></xml>",
            "<xml><Encrypt>QUJ<![CDATA[D+/]]>==</Encrypt></xml>",
            "<xml><Encrypt>&#81;UJD+&#x2f;==</Encrypt></xml>",
            "<xml><Encrypt>QUJD<!-- a comment -->+/==</Encrypt></xml>",
            "<xml><!-- <Encrypt>no</Encrypt> --><Encrypt>QUJD+/==</Encrypt></xml>",
            "<xml><?php echo 1 ?><Encrypt>QUJD+/==</Encrypt></xml><?end?>",
            '<xml a="1"><Encrypt b="2" Encrypt="no">QUJD+/==</Encrypt></xml>',
            (
                "<xml><ToUserName><![CDATA[<Encrypt>no</Encrypt>]]></ToUserName>"
                "<Encrypt>QUJD+/==</Encrypt></xml>"
            ),
            "<xml>loose text<Encrypt>QUJD+/==</Encrypt>more</xml>",
            "<xml><encrypt>no</encrypt><Encrypt>QUJD+/==</Encrypt></xml>",
        ],
    )
    def test_finds_the_one_ciphertext(self, body: str) -> None:
        assert read_ciphertext(body.encode()) == ("QUJD+/==", "xml")

    def test_takes_the_ciphertext_as_it_stands_blanks_included(self) -> None:
        body = b"<xml><Encrypt> QUJD\n</Encrypt></xml>"

        assert read_ciphertext(body) == (" QUJD\n", "xml")

    def test_reads_a_ciphertext_longer_than_the_parser_buffers(self) -> None:
        ciphertext = "QUJD" * (MEGABYTE // 4)

        assert read_ciphertext(f"<xml><Encrypt>{ciphertext}</Encrypt></xml>".encode()) == (
            ciphertext,
            "xml",
        )

    def test_reads_past_a_long_text_whose_characters_straddle_the_parser_buffer(self) -> None:
        for offset in range(3):
            name = "x" * offset + "客户" * 50_000
            body = f"<xml><ToUserName>{name}</ToUserName><Encrypt>QUJD</Encrypt></xml>"

            assert read_ciphertext(body.encode()) == ("QUJD", "xml")

    @pytest.mark.parametrize(
        "body",
        [
            b"",
            b" \r\n\t",
            b"\x00",
            b"hello",
            b"<",
            b"<xml>",
            b"<xml/>",
            b"<xml></xml>",
            b"<xml><Encrypt/></xml>",
            b"<xml><Encrypt></Encrypt></xml>",
            b"<xml><Encrypt><![CDATA[]]></Encrypt></xml>",
            b"<xml><Encrypt>QUJD</xml>",
            b"<xml><Encrypt>QUJD</Encrypt>",
            b"<xml><Encrypt>QUJD</Encrypt></xml>x",
            b"<xml><Encrypt>QUJD</Encrypt></xml><xml><Encrypt>QUJD</Encrypt></xml>",
            b"<xml><Encrypt><![CDATA[QUJD</Encrypt></xml>",
            b"<xml><Encrypt>QUJD\x00</Encrypt></xml>",
            b"<xml><Encrypt>\xff\xfe</Encrypt></xml>",
            b"<xml><Encrypt>\xed\xa0\x80</Encrypt></xml>",
            b"<xml><Encrypt>&#0;</Encrypt></xml>",
            b"<xml><Encrypt>&#xD800;</Encrypt></xml>",
            b"<xml><Encrypt a='1' a='2'>QUJD</Encrypt></xml>",
            b"\n<?xml version='1.0'?><xml><Encrypt>QUJD</Encrypt></xml>",
        ],
    )
    def test_rejects_a_body_that_is_broken_or_empty(self, body: bytes) -> None:
        with pytest.raises(MalformedEnvelope):
            read_ciphertext(body)

    @pytest.mark.parametrize(
        "body",
        [
            b"<xml><Encrypt>QUJD</Encrypt><Encrypt>QUJD</Encrypt></xml>",
            b"<xml><Encrypt/><Encrypt>QUJD</Encrypt></xml>",
            b"<xml><Encrypt>QUJD</Encrypt><Encrypt/></xml>",
            b"<xml><Encrypt></Encrypt><AgentID/><Encrypt>QUJD</Encrypt></xml>",
        ],
    )
    def test_rejects_a_second_ciphertext_even_an_empty_one(self, body: bytes) -> None:
        with pytest.raises(MalformedEnvelope):
            read_ciphertext(body)

    @pytest.mark.parametrize(
        "body",
        [
            b"<root><Encrypt>QUJD</Encrypt></root>",
            b"<XML><Encrypt>QUJD</Encrypt></XML>",
            b"<Encrypt>QUJD</Encrypt>",
            b"<xml><body><Encrypt>QUJD</Encrypt></body></xml>",
            b"<xml><Encrypt><Encrypt>QUJD</Encrypt></Encrypt></xml>",
            b"<xml><Encrypt>QU<b/>JD</Encrypt></xml>",
            b"<xml><encrypt>QUJD</encrypt></xml>",
            b"<xml><ENCRYPT>QUJD</ENCRYPT></xml>",
            b"<x:xml xmlns:x='u'><x:Encrypt>QUJD</x:Encrypt></x:xml>",
            b"<xml xmlns:x='u'><x:Encrypt>QUJD</x:Encrypt></xml>",
            b"<xml Encrypt='QUJD'/>",
            b"<xml><!-- <Encrypt>QUJD</Encrypt> --></xml>",
            b"<xml><![CDATA[<Encrypt>QUJD</Encrypt>]]></xml>",
        ],
    )
    def test_rejects_a_ciphertext_in_another_place(self, body: bytes) -> None:
        with pytest.raises(MalformedEnvelope):
            read_ciphertext(body)

    @pytest.mark.parametrize(
        "body",
        [
            (
                '<!DOCTYPE xml [<!ENTITY a "lol"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">'
                '<!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;&b;&b;">]><xml><Encrypt>&c;</Encrypt></xml>'
            ),
            (
                f'<!DOCTYPE xml [<!ENTITY a "{"A" * 50_000}">]>'
                f"<xml><Encrypt>{'&a;' * 50_000}</Encrypt></xml>"
            ),
            (
                '<!DOCTYPE xml [<!ENTITY e SYSTEM "file:///etc/passwd">]>'
                "<xml><Encrypt>&e;</Encrypt></xml>"
            ),
            '<!DOCTYPE xml SYSTEM "http://127.0.0.1:9/x.dtd"><xml><Encrypt>QUJD</Encrypt></xml>',
            (
                '<!DOCTYPE xml PUBLIC "-//x//y" "http://127.0.0.1:9/x.dtd">'
                "<xml><Encrypt>QUJD</Encrypt></xml>"
            ),
            (
                '<!DOCTYPE xml [<!ENTITY % p SYSTEM "http://127.0.0.1:9/x"> %p;]>'
                "<xml><Encrypt>QUJD</Encrypt></xml>"
            ),
            '<!DOCTYPE xml [<!ATTLIST Encrypt a CDATA "x">]><xml><Encrypt>QUJD</Encrypt></xml>',
            "<!DOCTYPE xml><xml><Encrypt>QUJD</Encrypt></xml>",
            "<!DOCTYPE html><html><body>hello</body></html>",
            "<xml><Encrypt>&undeclared;</Encrypt></xml>",
            "<xml><Encrypt>&nbsp;</Encrypt></xml>",
        ],
    )
    def test_rejects_document_types_and_entities_of_every_kind(self, body: str) -> None:
        with pytest.raises(MalformedEnvelope):
            read_ciphertext(body.encode())

    @pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be"])
    def test_reads_utf_16_as_expat_recognises_it(self, encoding: str) -> None:
        body = '<?xml version="1.0"?><xml><Encrypt>QUJD</Encrypt></xml>'.encode(encoding)

        assert read_ciphertext(body) == ("QUJD", "xml")

    def test_rejects_a_document_type_hidden_in_utf_16(self) -> None:
        body = '<!DOCTYPE xml [<!ENTITY e "x">]><xml><Encrypt>&e;</Encrypt></xml>'.encode("utf-16")

        with pytest.raises(MalformedEnvelope):
            read_ciphertext(body)

    @pytest.mark.parametrize("encoding", ["utf-32", "utf-32-le", "utf-32-be", "cp037"])
    def test_rejects_a_body_in_another_encoding(self, encoding: str) -> None:
        body = "<xml><Encrypt>QUJD</Encrypt></xml>".encode(encoding)

        with pytest.raises(MalformedEnvelope):
            read_ciphertext(body)

    def test_rejects_utf_7_though_it_is_declared(self) -> None:
        body = b'<?xml version="1.0" encoding="utf-7"?>+ADw-xml/+AD4-'

        with pytest.raises(MalformedEnvelope):
            read_ciphertext(body)

    @pytest.mark.parametrize(
        "body",
        [
            b"<a>" * (MEGABYTE // 3),
            b"<xml>" * (MEGABYTE // 5),
            b"<xml>" + b"<a/>" * (MEGABYTE // 4) + b"<Encrypt>QUJD</Encrypt></xml>",
            b"<xml>" + b"<Encrypt/>" * (MEGABYTE // 10) + b"</xml>",
            b"<xml>" + b"x" * MEGABYTE,
            b"<xml " + b"".join(b"a%d='' " % n for n in range(MEGABYTE // 12)) + b"/>",
            b"<" + b"x" * MEGABYTE + b"/>",
            b"<xml>" + b"<!---->" * (MEGABYTE // 7),
            b"<xml>" + b"&amp;" * (MEGABYTE // 5),
            b"<xml>" + b"<![CDATA[]]>" * (MEGABYTE // 12),
            b"<![CDATA[" * (MEGABYTE // 9),
            b" " * MEGABYTE,
            b"\x00" * MEGABYTE,
        ],
        ids=lambda body: body[:12].decode(),
    )
    def test_rejects_a_megabyte_of_markup(self, body: bytes) -> None:
        with pytest.raises(MalformedEnvelope):
            read_ciphertext(body)

    def test_reads_32_elements_and_rejects_33(self) -> None:
        most = b"<xml>" + b"<a/>" * 30 + b"<Encrypt>QUJD</Encrypt></xml>"

        assert read_ciphertext(most) == ("QUJD", "xml")
        with pytest.raises(MalformedEnvelope):
            read_ciphertext(most.replace(b"<xml>", b"<xml><a/>"))


class TestReadJSON:
    @pytest.mark.parametrize(
        "body",
        [
            b'{"encrypt":"QUJD+/=="}',
            b'{"Encrypt":"QUJD+/=="}',
            b' \r\n\t{"encrypt": "QUJD+/=="}\n',
            b'{"tousername":"ww1","encrypt":"QUJD+/==","agentid":"1000002"}',
            b'{"encrypt":"\\u0051UJD+\\/=="}',
            b'{"encrypt":"QUJD+/==","more":{"encrypt":"no"}}',
        ],
    )
    def test_finds_the_one_ciphertext(self, body: bytes) -> None:
        assert read_ciphertext(body) == ("QUJD+/==", "json")

    @pytest.mark.parametrize(
        "body",
        [
            b"{",
            b"{}",
            b'{"encrypt"}',
            b'{"encrypt":"QUJD"',
            b'{"encrypt":"QUJD"}x',
            b'{"encrypt":"QUJD"}{"encrypt":"QUJD"}',
            b"{'encrypt':'QUJD'}",
            b'{"encrypt":"QU\nJD"}',
            b'{"encrypt":"\xff"}',
            b'{"encrypt":"QUJD",}',
            b'{"n":' + b"9" * 5000 + b',"encrypt":"QUJD"}',
        ],
        ids=lambda body: body[:20].decode("latin-1"),
    )
    def test_rejects_a_body_that_is_broken(self, body: bytes) -> None:
        with pytest.raises(MalformedEnvelope):
            read_ciphertext(body)

    @pytest.mark.parametrize(
        "body", [b"[]", b'["encrypt"]', b'"encrypt"', b"null", b"1", b"true", b'[{"encrypt":"Q"}]']
    )
    def test_rejects_what_is_no_object(self, body: bytes) -> None:
        with pytest.raises(MalformedEnvelope):
            read_ciphertext(body)

    @pytest.mark.parametrize(
        "value", ["null", "1", "1.5", "true", "NaN", '""', "[]", '["QUJD"]', '{"encrypt":"QUJD"}']
    )
    def test_rejects_a_ciphertext_that_is_no_text(self, value: str) -> None:
        with pytest.raises(MalformedEnvelope):
            read_ciphertext(f'{{"encrypt":{value}}}'.encode())

    @pytest.mark.parametrize(
        "body",
        [
            b'{"encrypt":"QUJD","encrypt":"QUJD"}',
            b'{"encrypt":"","encrypt":"QUJD"}',
            b'{"encrypt":"QUJD","encrypt":null}',
            b'{"encrypt":"QUJD","Encrypt":"QUJD"}',
            b'{"encrypt":null,"Encrypt":"QUJD"}',
            b'{"encrypt":"QUJD","\\u0065ncrypt":"QUJD"}',
            b'{"agentid":1,"agentid":2,"encrypt":"QUJD"}',
        ],
    )
    def test_rejects_a_key_named_twice(self, body: bytes) -> None:
        with pytest.raises(MalformedEnvelope):
            read_ciphertext(body)

    @pytest.mark.parametrize(
        "body",
        [
            b'{"encrypt":' + b"[" * 100_000,
            b'{"encrypt":"QUJD","a":' + b"[" * 100_000 + b"]" * 100_000 + b"}",
            b'{"a":' * 100_000 + b"1" + b"}" * 100_000,
            b"{" * MEGABYTE,
        ],
        ids=lambda body: body[:20].decode(),
    )
    def test_rejects_a_body_nested_without_end(self, body: bytes) -> None:
        with pytest.raises(MalformedEnvelope):
            read_ciphertext(body)


MARKUP = [
    b"<xml>", b"</xml>", b"<Encrypt>", b"</Encrypt>", b"<Encrypt/>", b"<a b='c'>", b"</a>",
    b"<![CDATA[", b"]]>", b"<!--", b"-->", b"<?x ", b"?>", b"<?xml version='1.0'?>", b"<!DOCTYPE x",
    b"[<!ENTITY e 'e'>]", b"&e;", b"&amp;", b"&#65;", b"QUJD", b"\xef\xbb\xbf", b"\xff", b"\x00",
    b"\n", b" ", b">", b"<", b"{", b"}", b'"encrypt"', b'"Encrypt"', b":", b",", b'"QUJD"', b"[",
    b"]", b"null", b"1e999", b"\\ud800",
]  # fmt: skip


class TestAnyBytes:
    @given(st.binary())
    def test_no_bytes_make_it_raise_anything_else(self, body: bytes) -> None:
        self.reads_or_refuses(body)

    @given(st.lists(st.sampled_from(MARKUP), max_size=30).map(b"".join))
    def test_no_markup_makes_it_raise_anything_else(self, body: bytes) -> None:
        self.reads_or_refuses(body)

    @given(st.lists(st.sampled_from(MARKUP), max_size=6).map(b"".join))
    def test_no_ciphertext_node_makes_it_raise_anything_else(self, inner: bytes) -> None:
        self.reads_or_refuses(b"<xml><Encrypt>" + inner + b"</Encrypt></xml>")
        self.reads_or_refuses(b'{"encrypt":' + inner + b"}")

    @staticmethod
    def reads_or_refuses(body: bytes) -> None:
        try:
            ciphertext, form = read_ciphertext(body)
        except CallbackRejected:
            return
        assert ciphertext
        assert form in {"xml", "json"}


class TestWrapReply:
    def test_the_xml_form_spells_its_elements_as_the_document_does(self) -> None:
        reply = wrap_reply("QUJD+/==", "5c45", "1700000000", "n-1", "xml")

        root = ET.fromstring(reply)  # noqa: S314 - we made it ourselves
        assert [(child.tag, child.text) for child in root] == [
            ("Encrypt", "QUJD+/=="),
            ("MsgSignature", "5c45"),
            ("TimeStamp", "1700000000"),
            ("Nonce", "n-1"),
        ]

    def test_the_json_form_has_lower_case_keys_and_a_number_for_the_time(self) -> None:
        reply = wrap_reply("QUJD+/==", "5c45", "1700000000", "n-1", "json")

        assert json.loads(reply) == {
            "encrypt": "QUJD+/==",
            "msgsignature": "5c45",
            "timestamp": 1700000000,
            "nonce": "n-1",
        }

    @pytest.mark.parametrize("nonce", ["]]>", "]]]]>>", "a]]><b/>", "<&>\"'", "", "你好"])
    def test_no_nonce_breaks_out_of_its_element(self, nonce: str) -> None:
        reply = wrap_reply("QUJD", "5c45", "1700000000", nonce, "xml")

        root = ET.fromstring(reply)  # noqa: S314 - we made it ourselves
        assert (root.findtext("Nonce"), len(root)) == (nonce, 4)

    @pytest.mark.parametrize("form", ["xml", "json"])
    @pytest.mark.parametrize("timestamp", ["", "1700000000a", "<a/>", "1.5", "now"])
    def test_refuses_a_timestamp_that_is_no_number(self, timestamp: str, form: Format) -> None:
        with pytest.raises(ValueError, match="invalid literal"):
            wrap_reply("QUJD", "5c45", timestamp, "n", form)

    @pytest.mark.parametrize("form", ["xml", "json"])
    def test_what_it_wraps_can_be_read_again(self, form: Format) -> None:
        reply = wrap_reply("QUJD+/==", "5c45", "1700000000", "n", form)

        assert read_ciphertext(reply.encode()) == ("QUJD+/==", form)
