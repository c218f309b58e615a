"""Whether the callback URL answers WeCom as it must, and a push reaches the journal."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from doctor import probe
from doctor.exchange import Exchange, Obstacle, exchange
from doctor.finding import Finding, fault, ok
from language import Text
from settings import AppSettings

GET_SECONDS = 1.0  # WeCom's patience when it verifies a URL (doc 90930)

Rejections = Callable[[], Mapping[str, float] | None]
Arrived = Callable[[str, bytes], bool]

_BY_OBSTACLE: Mapping[Obstacle, tuple[str, Text]] = {
    "dns": (
        "dns",
        Text(
            en="the name in public_url has no address: mend it, or the DNS record",
            zh="public_url 中的域名无法解析：请修正域名或 DNS 记录",
        ),
    ),
    "refused": (
        "unreachable",
        Text(
            en="nobody accepts connections there: start the server or the proxy, open the port;"
            " if the address is this network's own from outside, ask from another machine",
            zh="该地址拒绝连接：请启动服务或反向代理并开放端口；若网络不支持从内部访问公网地址，请换一台机器检查",
        ),
    ),
    "tls": (
        "tls",
        Text(
            en="the certificate or TLS set-up is wrong: renew it, with its whole chain",
            zh="证书或 TLS 配置有误：请更换证书并附上完整的证书链",
        ),
    ),
    "timeout": (
        "timeout",
        Text(
            en="no answer within 5 s: look at the proxy's upstream and at the server's load",
            zh="5 秒内没有应答：请检查反向代理的上游与服务器负载",
        ),
    ),
    "broken": (
        "broken_answer",
        Text(
            en="what answers there does not speak HTTP as it should: look at public_url and port",
            zh="对方应答不符合 HTTP：请检查 public_url 与端口",
        ),
    ),
}
_REASONS: Mapping[str, Text] = {
    "signature_mismatch": Text(
        en="the running server has another Token: restart it, or mend token in its wecom.toml",
        zh="运行中的服务使用了不同的 Token：请重启服务，或修正其 wecom.toml 中的 token",
    ),
    "decryption_failed": Text(
        en="the running server has another EncodingAESKey: restart it, or mend encoding_aes_key",
        zh="运行中的服务使用了不同的 EncodingAESKey：请重启服务，或修正 encoding_aes_key",
    ),
    "receiver_mismatch": Text(
        en="the running server accepts another receiveid: compare corpid and receiveid",
        zh="运行中的服务接受的 receiveid 不同：请核对 corpid 与 receiveid",
    ),
    "malformed_envelope": Text(
        en="something on the way changes the query: the proxy must pass it on untouched",
        zh="途中有环节改动了查询参数：反向代理必须原样转发",
    ),
}


def check_callback(
    app: AppSettings,
    others: Sequence[AppSettings],
    public_url: str,
    *,
    rejections: Rejections,
    arrived: Arrived,
) -> list[Finding]:
    """Verify the URL as WeCom does, then push an event nobody knows and look for it.

    others: the apps whose keys may have been mixed up with these. rejections: how often the running
    server refused a callback of this app, by reason; None when it cannot be asked. arrived: whether
    the journal got this plaintext from this app.
    """
    subject = f"callback {app.name}"
    if not public_url:
        return [
            fault(
                subject,
                "no_public_url",
                Text(en="public_url is not set", zh="未设置 public_url"),
                Text(
                    en="set [server] public_url to this server as WeCom sees it",
                    zh="在 [server] 中设置 public_url，即企业微信看到的地址",
                ),
                verdict="skipped",
            )
        ]
    url = f"{public_url.rstrip('/')}/callback/{app.name}"
    asked = probe.echo(app)
    before = rejections()
    answer = exchange(f"{url}?{asked.query}")
    if finding := _obstacle(subject, url, answer):
        return [finding]
    if answer.status == 403 and not answer.body.strip():  # noqa: PLR2004 - as the endpoint refuses
        return [_refused(app, others, url, before, rejections())]
    if finding := judge_echo(subject, url, answer, asked.plaintext.decode()):
        return [finding, *_look_around(subject, public_url, answer)]
    verified = ok(
        subject,
        "url_verified",
        en=f"{url}: verified in {answer.seconds * 1000:.0f} ms",
        zh=f"{url}：验证通过，用时 {answer.seconds * 1000:.0f} 毫秒",
    )
    return [verified, _push(app, subject, url, arrived)]


def judge_echo(subject: str, url: str, answer: Exchange, word: str) -> Finding | None:
    """Tell what is wrong with the answer to a verification; None when nothing is."""
    text = answer.body.decode("utf-8", errors="replace")
    status = Text(en=f"{url}: {_answered(answer)}", zh=f"{url}：{_answered(answer)}")
    if 300 <= answer.status < 400:  # noqa: PLR2004 - the redirections
        return fault(
            subject,
            "redirected",
            status,
            Text(
                en="WeCom follows no redirection: set public_url to"
                f" {answer.location or 'where it ends'}",
                zh=f"企业微信不跟随重定向：请把 public_url 改为 {answer.location or '最终地址'}",
            ),
        )
    if answer.status == 404:  # noqa: PLR2004
        return fault(
            subject,
            "wrong_path",
            status,
            Text(
                en="no such app or path there: the proxy must pass /callback/ on as it is, and the"
                " running server must have been started with this wecom.toml",
                zh="该路径不存在：反向代理须原样转发 /callback/，"
                "运行中的服务须使用此 wecom.toml 启动",
            ),
        )
    if answer.status in {502, 503, 504}:
        return fault(
            subject,
            "server_down",
            status,
            Text(
                en="a proxy answers but the server behind it does not: start it, look at the port",
                zh="反向代理可达，但其后的服务不可用：请启动服务并核对端口",
            ),
        )
    if answer.status != 200:  # noqa: PLR2004
        return fault(
            subject,
            "strange_status",
            status,
            Text(
                en="a proxy, firewall or login stands before the server: let /callback/ through",
                zh="服务前有代理、防火墙或登录页：请放行 /callback/",
            ),
        )
    if text == word:
        return _slowness(subject, url, answer)
    return _wrong_text(subject, url, text, word)


def _wrong_text(subject: str, url: str, text: str, word: str) -> Finding:
    bare = Text(
        en="the body must be the decrypted echostr and nothing else: no quotes, no newline, no BOM;"
        " stop the proxy or middleware that changes bodies",
        zh="应答体必须只有解密后的 echostr：不带引号、换行或 BOM；请停用改写应答的代理或中间件",
    )
    if text.strip("\ufeff \r\n\t") == word:
        return fault(
            subject,
            "extra_blank",
            Text(
                en=f"{url}: the right answer with blanks or a newline around it",
                zh=f"{url}：应答正确，但前后多了空白或换行",
            ),
            bare,
        )
    if "<html" in text.lower() or "<!doctype" in text.lower():
        return fault(
            subject,
            "proxy_page",
            Text(en=f"{url}: answers with a web page", zh=f"{url}：返回的是网页"),
            Text(
                en="a proxy, firewall or landing page answers instead: pass /callback/ on",
                zh="由代理、防火墙或默认首页代为应答：请将 /callback/ 转发到本服务",
            ),
        )
    if word in text:
        wrapped = "json" if _is_json(text) else "text"
        return fault(
            subject,
            f"{wrapped}_wrapped",
            Text(
                en=f"{url}: the right answer wrapped in {'JSON' if wrapped == 'json' else 'text'}",
                zh=f"{url}：应答正确，但被{' JSON' if wrapped == 'json' else '其他内容'}包裹",
            ),
            bare,
        )
    return fault(
        subject,
        "wrong_echo",
        Text(en=f"{url}: answers something else", zh=f"{url}：应答内容不对"),
        Text(
            en="another program answers there: look at where public_url leads",
            zh="该地址由其他程序应答：请检查 public_url 指向何处",
        ),
    )


def _slowness(subject: str, url: str, answer: Exchange) -> Finding | None:
    if answer.seconds <= GET_SECONDS:
        return None
    return fault(
        subject,
        "slow",
        Text(
            en=f"{url}: the right answer after {answer.seconds:.1f} s, WeCom waits 1 s",
            zh=f"{url}：应答正确但用时 {answer.seconds:.1f} 秒，企业微信只等 1 秒",
        ),
        Text(
            en="look at the way there: DNS, TLS, the proxy, the load of the machine",
            zh="请检查链路：DNS、TLS、反向代理与服务器负载",
        ),
    )


def _obstacle(subject: str, url: str, answer: Exchange) -> Finding | None:
    if answer.obstacle is None:
        return None
    code, remedy = _BY_OBSTACLE[answer.obstacle]
    return fault(
        subject,
        code,
        Text(en=f"{url}: no answer ({answer.detail})", zh=f"{url}：没有应答 ({answer.detail})"),
        remedy,
    )


def _refused(
    app: AppSettings,
    others: Sequence[AppSettings],
    url: str,
    before: Mapping[str, float] | None,
    after: Mapping[str, float] | None,
) -> Finding:
    """Say why the running server refused: it tells a stranger nothing, so ask around."""
    subject = f"callback {app.name}"
    evidence = Text(en=f"{url}: refused (403)", zh=f"{url}：被拒绝 (403)")
    for other in others:
        if _accepts(url, other):
            return fault(
                subject,
                "keys_of_another_app",
                evidence,
                Text(
                    en=f"the running server uses there the keys that wecom.toml gives to"
                    f' "{other.name}": the two apps are mixed up',
                    zh=f"运行中的服务在此使用的是 “{other.name}” 的密钥：两个应用填混了",
                ),
            )
    reason = _reason(before, after)
    if reason in _REASONS:
        return fault(subject, reason, evidence, _REASONS[reason])
    return fault(
        subject,
        "refused",
        evidence,
        Text(
            en="the running server has another Token, EncodingAESKey or receiveid than this"
            " wecom.toml: restart it; its log (callback_rejected) tells which",
            zh="运行中的服务与此 wecom.toml 的 Token、EncodingAESKey 或 receiveid 不同："
            "请重启服务；其日志 (callback_rejected) 会说明是哪一个",
        ),
    )


def _accepts(url: str, keys: AppSettings) -> bool:
    asked = probe.echo(keys)
    return exchange(f"{url}?{asked.query}").body == asked.plaintext


def _reason(before: Mapping[str, float] | None, after: Mapping[str, float] | None) -> str:
    if before is None or after is None:
        return ""
    grown = [reason for reason in after if after[reason] > before.get(reason, 0)]
    return grown[0] if len(grown) == 1 else ""


def _look_around(subject: str, public_url: str, answer: Exchange) -> list[Finding]:
    """Say whether our server is behind a path that does not answer."""
    if answer.status != 404:  # noqa: PLR2004
        return []
    health = exchange(f"{public_url.rstrip('/')}/healthz")
    if health.body.strip() != b"ok":
        return []
    finding = ok(
        subject,
        "server_is_there",
        en="this server answers under public_url, so the app is not in its settings: restart it",
        zh="public_url 下确为本服务，只是其配置中没有该应用：请重启服务",
    )
    return [replace(finding, verdict="warning")]


def _push(app: AppSettings, subject: str, url: str, arrived: Arrived) -> Finding:
    pushed = probe.unknown_event(app)
    answer = exchange(f"{url}?{pushed.query}", body=pushed.body)
    if finding := _obstacle(subject, url, answer):
        return finding
    if answer.status == 503:  # noqa: PLR2004
        return fault(
            subject,
            "not_recorded",
            Text(en="a push is answered 503", zh="推送应答 503"),
            Text(
                en="the server cannot write its journal: look at the database and its disk",
                zh="服务无法写入数据库：请检查数据库与磁盘",
            ),
        )
    if answer.status != 200:  # noqa: PLR2004
        return fault(
            subject,
            "push_refused",
            Text(en=f"a push is {_answered(answer)}", zh=f"推送：{_answered(answer)}"),
            Text(
                en="the way lets a GET through but no POST: look at the proxy and its body limit",
                zh="GET 可达而 POST 不可达：请检查反向代理与请求体大小限制",
            ),
        )
    if not arrived(app.name, pushed.plaintext):
        return fault(
            subject,
            "not_in_journal",
            Text(
                en="a push was accepted but is not in this journal",
                zh="推送已被接受，但不在此数据库中",
            ),
            Text(
                en="the server behind public_url writes to another database: compare database_url",
                zh="public_url 后的服务写入了另一个数据库：请核对 database_url",
            ),
        )
    return ok(
        subject,
        "push_recorded",
        en=f"a test event was in the journal after {answer.seconds * 1000:.0f} ms",
        zh=f"测试事件已写入数据库，用时 {answer.seconds * 1000:.0f} 毫秒",
    )


def _answered(answer: Exchange) -> str:
    by = f", {answer.server}" if answer.server else ""
    return f"HTTP {answer.status} ({answer.content_type or 'no content type'}{by})"


def _is_json(text: str) -> bool:
    try:
        json.loads(text)
    except ValueError:
        return False
    return True
