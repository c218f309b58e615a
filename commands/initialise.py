"""`init`: a first settings file and a first rules file, commented, with fresh keys."""

from __future__ import annotations

import secrets
import string
from collections.abc import Iterator
from pathlib import Path

import foreign
from errors import ConfigurationError
from language import Text
from settings import PLACEHOLDER_CORPID
from simulator import DEFAULT_CORPID, DEFAULT_ENCODING_AES_KEY, DEFAULT_SECRET, DEFAULT_TOKEN

SIMULATOR_URL = "http://127.0.0.1:8765"  # where `simulator` listens when nothing else is said

_FRESH = """\
# Freshly made. Enter both in the console: 应用 > 接收消息 > 设置API接收
# 已随机生成，请将下面两项填入管理后台。"""
_SIMULATED = "# Those of the simulator. 模拟器所用的值。"
_NEXT = Text(en="next: ", zh="下一步: ")
_TO_FILL_IN = Text(
    en="  (fill in corpid and agentid; token and key are freshly made)",
    zh="  （请填写 corpid 和 agentid；token 和 encoding_aes_key 已随机生成）",
)
_COMPLETE = Text(en="  (for the simulator, complete)", zh="  （用于模拟器，无需填写）")
_ABOUT_RULES = Text(
    en="  (what customers are greeted and tagged with)", zh="  （欢迎语和标签的规则）"
)
_ALPHABET = string.ascii_letters + string.digits

_SETTINGS = """\
# wecom-callback: settings. 设置。
# Every key of [server] can be overridden by an environment variable: WECOM_PORT=9000.
# [server] 的每一项都可用环境变量覆盖，例如 WECOM_PORT=9000。

[server]
host = "127.0.0.1"                          # 监听地址；"0.0.0.0" 对外开放
port = 8080
database_url = "sqlite:///var/journal.db"   # or postgresql+psycopg://USER:PASSWORD@HOST/NAME
redis_url = ""                              # empty: a bundled server; 留空则使用内置的 Valkey
api_base_url = "@API@"
public_url = "@PUBLIC@"                             # https://callback.example.com, as WeCom sees it
handlers = []                               # modules with handlers of your own; 自定义处理模块
rules = "rules.toml"
retention_days = 90

[[apps]]
name = "contacts"                           # the URL: /callback/contacts
corpid = "@CORPID@"               # 我的企业 > 企业信息 > 企业ID
agentid = 1000002                           # 应用管理 > 自建应用 > AgentId
secret = "@SECRET@"         # 应用管理 > 自建应用 > Secret, from the environment
@MADE@
token = "@TOKEN@"
encoding_aes_key = "@KEY@"
operators = []                              # userids told of failures; 失败时通知的成员
"""

_RULES = """\
# wecom-callback: rules. 规则。 Read again as soon as this file changes. 修改后立即生效。
# `wecom-callback rules check` lists mistakes, `rules test` shows what would be done. 检查、试用
timezone = "Asia/Shanghai"

# The first [[welcome]] that matches greets the customer; one without conditions is the default.
# 按顺序匹配第一条欢迎语；没有条件的是默认欢迎语。
# Conditions 条件: app, corpid, state (渠道活码的 state), userid, department, tags, add_way, gender,
# weekdays, hours, dates; one value or a list, * and ? are wild. 全部成立才匹配，列表表示其中之一。

# [[welcome]]
# name = "spring campaign, office hours"
# state = "spring-*"
# weekdays = "mon-fri"
# hours = "09:00-18:00"
# text = "你好{{ customer.name }}，我是{{ staff.name }}，欢迎参加春季活动！"
# attachments = [                            # paths start beside this file. 相对本文件的路径
#   { image = "media/poster.png" },
#   { file = "media/price-list.pdf" },
#   { link = { title = "活动", url = "https://example.com/spring" } },
# ]

[[welcome]]
name = "default"
text = "你好，很高兴认识你！有任何问题都可以直接问我。"

# Every [[tag]] that matches adds and removes its tags, written group/tag; created when missing.
# 所有匹配的标签规则都会生效，写作 标签组/标签，不存在则自动创建。

# [[tag]]
# name = "spring source"
# state = "spring-*"
# add = ["来源/春季活动", "入会月份/{{ now.strftime('%Y-%m') }}"]

# Every [[remark]] that matches writes what the member notes. 所有匹配的备注规则都会生效。

# [[remark]]
# state = "spring-*"
# remark = "{{ customer.name }}-春季"

# Every [[notify]] that matches sends an app message. 所有匹配的通知规则都会发送应用消息。

# [[notify]]
# name = "customer left"
# event = "del_follow_user"
# to = "{{ event.userid }}"                  # or "@operators": those of wecom.toml
# text = "客户 {{ customer.name or event.external_userid }} 删除了你。"

# [[alarm]]                                  # many customers deleted by one member. 大量删除客户
# more_than = 10
# within = "1h"
# to = "@operators"
# text = "{{ staff.name or event.userid }} 删除了 {{ count }} 个客户。"

# [[archive_consent]]                        # whoever agrees to the archive. 客户同意会话存档
# text = "感谢同意存档，有什么可以帮您？"

# [[kf_welcome]]                             # whoever opens a customer service chat. 微信客服
# text = "您好，请问有什么可以帮您？"
"""


def initialise(folder: Path, *, simulated: bool = False) -> tuple[Path, Path]:
    """Write both files. Raises ConfigurationError rather than overwrite one.

    simulated: for the corp that `simulator` imitates, with nothing left to fill in.
    """
    settings, rules = folder / "wecom.toml", folder / "rules.toml"
    for path in (settings, rules):
        if path.exists():
            raise ConfigurationError(
                Text(
                    en=f"{path} exists; move it away, or edit it instead",
                    zh=f"{path} 已存在，请移走，或直接修改",
                )
            )
    try:
        folder.mkdir(parents=True, exist_ok=True)
        settings.touch(mode=0o600)  # before the secrets are in it
        settings.write_text(_filled(simulated=simulated), encoding="utf-8")
        rules.write_text(_RULES, encoding="utf-8")
    except OSError as error:
        told = Text(en=f"{folder}: cannot be written: ", zh=f"{folder}: 无法写入: ")
        raise ConfigurationError(told + foreign.fault(error)) from error
    return settings, rules


def told_of(settings: Path, rules: Path, *, simulated: bool) -> Iterator[Text]:
    """Yield what was written, and what to do next."""
    wrote = Text(en="wrote ", zh="已写入 ")
    yield wrote + str(settings) + (_COMPLETE if simulated else _TO_FILL_IN)
    yield wrote + str(rules) + _ABOUT_RULES
    if settings.parent != Path():
        yield _NEXT + f"cd {settings.parent}"
    if simulated:
        yield _NEXT + Text(
            en="wecom-callback simulator, in a terminal of its own",
            zh="wecom-callback simulator，在另一个终端中运行",
        )
    else:
        yield (
            _NEXT
            + "export WECOM_CONTACTS_SECRET="
            + Text(en="the Secret of your app", zh="应用的Secret")
        )
    yield _NEXT + "wecom-callback migrate && wecom-callback serve"


def _filled(*, simulated: bool) -> str:
    values = {
        "@MADE@": _SIMULATED if simulated else _FRESH,
        "@API@": SIMULATOR_URL if simulated else "https://qyapi.weixin.qq.com",
        "@PUBLIC@": "http://127.0.0.1:8080" if simulated else "",
        "@CORPID@": DEFAULT_CORPID if simulated else PLACEHOLDER_CORPID,
        "@SECRET@": DEFAULT_SECRET if simulated else "${WECOM_CONTACTS_SECRET}",
        "@TOKEN@": DEFAULT_TOKEN if simulated else random_text(32),
        "@KEY@": DEFAULT_ENCODING_AES_KEY if simulated else random_text(43),
    }
    text = _SETTINGS
    for place, value in values.items():
        text = text.replace(place, value)
    return text


def random_text(length: int) -> str:
    """Return unpredictable letters and digits, as Token and EncodingAESKey want them."""
    return "".join(secrets.choice(_ALPHABET) for _ in range(length))
