"""Whether a third-party app has the permanent code of every corp that it hears of."""

from __future__ import annotations

from collections.abc import Sequence

from doctor.finding import Finding, fault
from language import Text
from settings import AppSettings


def check_authorisations(app: AppSettings, unknown_corps: Sequence[str]) -> list[Finding]:
    """Name the corps whose events arrive and whose permanent code is not there.

    WeCom tells an auth_code without its corp, so a lost one has no name before the corp is heard.
    """
    if not unknown_corps:
        return []
    corpids = ", ".join(unknown_corps)
    return [
        fault(
            f"app {app.name}",
            "permanent_code_lost",
            Text(
                en=f"events of {corpids} arrive, and there is no permanent code to act with",
                zh=f"收到了 {corpids} 的事件，但没有其永久授权码，无法代其调用接口",
            ),
            Text(
                en="have the corp authorise the app again, or, of a provider-developed app, get its"
                " secret anew in the provider's console (重新获取secret)",
                zh="请企业重新授权；代开发应用也可在服务商后台点击“重新获取secret”",
            ),
            verdict="warning",
        )
    ]
