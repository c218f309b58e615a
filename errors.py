"""The exceptions of wecom-callback, all in one place.

WeComError
+- CallbackRejected            the request is not a genuine callback: answer 4xx, journal nothing
|  +- SignatureMismatch
|  +- DecryptionFailed
|  +- ReceiverMismatch
|  +- MalformedEnvelope
|  +- BodyTooLarge
+- APIError                    WeCom answered "no"
|  +- AccessTokenRejected      40014, 42001: renewed once, then this
|  +- CredentialRejected       40001, 40013, 40083 for a token: a configuration fault
|  |  +- PermanentCodeRejected 40084: the corp removed the suite, or its code was reset
|  +- SuiteTicketRejected      40085: the suite_ticket is too old, again when the next one came
|  +- AuthCodeInvalid          40078: unknown, used, or older than ten minutes
|  +- RateLimited              45009, 45033, 45035: wait, then again
|  +- SystemBusy               -1, 6000, 81026: again shortly
|  +- NotReady                 what is asked for is still under way (41063, 302008 ...): again later
|  +- WelcomeCodeInvalid       41050: unknown, used, or older than 20 seconds
|  +- ChatAlreadyStarted       41051: a chat began, or a welcome was delivered
|  +- WelcomeBeingSent         41096: another call for this customer is being delivered
|  +- MediaInvalid             40007: upload the media again
|  +- NotExternalContact       84061: member and customer have no relation
|  +- TagUnknown               40068: a tag or group that is no more
|  +- TagNameTaken             40071: there is one of that name already
|  +- GroupChatGone            49008: the customer group was dismissed
|  +- JobUnknown               40088, 40089: no such job, or its result is no longer kept
+- ArgumentRejected            not called: an argument breaks a documented limit (also a ValueError)
+- APIUnreachable              no answer, or an answer that is not the API's
|  +- AnswerTooLarge           an answer without end, a proxy's perhaps
+- SuiteTicketMissing          not called: no suite_ticket was pushed yet
+- CorpNotAuthorised           not called: the corp has not, or no longer, authorised the suite
+- SealBroken                  what is sealed in the journal opens with no encryption_key
+- FileUnavailable             the file of a robot message is gone, too large or unreadable
+- APIPaused                   not called: this endpoint rests after 45009, or has no free slot
+- DeadlinePassed              not called: the time the call was worth making in is over
+- HandlerRetry                a handler asks to be run again later
+- JournalUnavailable          the journal database cannot be reached or refuses to write
+- ConfigurationError          start-up stops; the text says what is wrong and how to mend it
|  +- AppUnknown               this process was started before the app was configured, or without it
+- CallRefused                 the simulator answers an API call with an error code
+- ActionImpossible            the simulator was asked for what cannot happen in its WeCom

The docstring of a class is its message unless another one is given; none carries a secret.
`text` is the message in both languages where it was given so; the exception itself, and so every
log, is English.
"""

from __future__ import annotations

from datetime import timedelta
from typing import ClassVar

from language import Text


class WeComError(Exception):
    """Something went wrong in wecom-callback."""

    chinese: ClassVar[str] = ""  # what goes before a message that is English alone

    def __init__(self, message: Text | str | None = None) -> None:
        self.text = message if isinstance(message, Text) else self._said(message)
        super().__init__(self.text.en)

    def _said(self, english: str | None) -> Text:
        if not english:
            summary = (type(self).__doc__ or "").partition("\n")[0]
            return Text(en=summary, zh=self.chinese or summary)
        return Text(en=english, zh=f"{self.chinese}: {english}" if self.chinese else english)


class CallbackRejected(WeComError):
    """The request is not a genuine callback."""

    status: ClassVar[int] = 403
    reason: ClassVar[str] = "rejected"  # one stable word for logs and metrics


class SignatureMismatch(CallbackRejected):
    """The signature does not match any configured Token."""

    reason = "signature_mismatch"


class DecryptionFailed(CallbackRejected):
    """The ciphertext cannot be decrypted with any configured EncodingAESKey."""

    reason = "decryption_failed"


class ReceiverMismatch(CallbackRejected):
    """The message is addressed to another receiver (receiveid)."""

    reason = "receiver_mismatch"


class MalformedEnvelope(CallbackRejected):
    """The request has not the shape of a callback."""

    reason = "malformed_envelope"


class BodyTooLarge(CallbackRejected):
    """The body is larger than any callback."""

    status = 413
    reason = "body_too_large"


class APIError(WeComError):
    """WeCom answered a call with an error code.

    errcode: the number to decide by. errmsg: free text of the platform, kept for its `hint` number.
    retryable: the same call may succeed later. meaning: what the number says. hint: what an
    operator should do, where something can be done.
    """

    retryable: ClassVar[bool] = False

    def __init__(
        self,
        errcode: int,
        errmsg: str = "",
        *,
        endpoint: str = "",
        meaning: Text | None = None,
        hint: Text | None = None,
    ) -> None:
        self.errcode = errcode
        self.errmsg = errmsg
        self.endpoint = endpoint
        self.hint = hint
        said = f"{endpoint or 'API call'}: errcode {errcode} {errmsg}".rstrip()
        chinese = "；".join(each.zh for each in (meaning, hint) if each)
        super().__init__(
            Text(
                en=said + (f" ({hint.en})" if hint else ""),
                zh=said + (f"（{chinese}）" if chinese else ""),
            )
        )


class AccessTokenRejected(APIError):
    """The access_token was refused, and so was a new one."""


class CredentialRejected(APIError):
    """gettoken refused corpid or secret."""


class PermanentCodeRejected(CredentialRejected):
    """The permanent code is void; by the next attempt it is known whether there is a new one."""

    retryable = True


class SuiteTicketRejected(APIError):
    """The suite_ticket is wrong or older than thirty minutes."""

    retryable = True


class AuthCodeInvalid(APIError):
    """The auth code is unknown, used, or older than ten minutes."""


class RateLimited(APIError):
    """Too many calls, or too many at once.

    after: how long the endpoint rests for this corp; None when it does not.
    """

    retryable = True
    after: timedelta | None = None


class SystemBusy(APIError):
    """WeCom is busy."""

    retryable = True


class NotReady(APIError):
    """What is asked for is still under way."""

    retryable = True


class WelcomeCodeInvalid(APIError):
    """The welcome code is unknown, used, or older than 20 seconds."""


class ChatAlreadyStarted(APIError):
    """A chat has begun, or a welcome was delivered."""


class WelcomeBeingSent(APIError):
    """Another welcome for this customer is being delivered."""

    retryable = True


class MediaInvalid(APIError):
    """The media is unknown, older than three days, or of another kind."""


class NotExternalContact(APIError):
    """The member and the customer have no relation."""


class TagUnknown(APIError):
    """The tag or tag group does not exist."""


class TagNameTaken(APIError):
    """A tag or tag group of that name exists already."""


class GroupChatGone(APIError):
    """The customer group was dismissed."""


class JobUnknown(APIError):
    """The job is unknown, or its result is no longer kept."""


class ArgumentRejected(WeComError, ValueError):
    """An argument breaks a documented limit; nothing was sent.

    argument: its name. limit: the rule it breaks. The value itself is never told.
    """

    chinese = "参数超出限制"

    def __init__(self, argument: str, limit: str) -> None:
        self.argument = argument
        self.limit = limit
        super().__init__(f"{argument}: {limit}")


class APIUnreachable(WeComError):
    """WeCom gave no usable answer; whether it acted is unknown.

    sent: the request may have been acted on. False when it certainly did not leave.
    """

    chinese = "企业微信没有可用的应答"
    retryable: ClassVar[bool] = True

    def __init__(self, message: str | None = None, *, sent: bool = True) -> None:
        super().__init__(message)
        self.sent = sent


class AnswerTooLarge(APIUnreachable):
    """The answer is larger than any of the API's."""

    chinese = "应答过大"


class SuiteTicketMissing(WeComError):
    """No suite_ticket was pushed yet; the provider's console can push one by hand."""

    chinese = "尚未收到 suite_ticket，可在服务商后台手动推送"
    retryable: ClassVar[bool] = True


class CorpNotAuthorised(WeComError):
    """The corp has not authorised the suite.

    retryable: it may be about to; False when it has withdrawn.
    """

    chinese = "该企业没有授权此第三方应用"

    def __init__(self, message: str | None = None, *, retryable: bool = False) -> None:
        super().__init__(message)
        self.retryable = retryable


class SealBroken(WeComError):
    """What is sealed cannot be opened with any encryption_key."""

    chinese = "现有的 encryption_key 都无法解密"


class FileUnavailable(WeComError):
    """The file is not to be had."""

    chinese = "无法取得文件"


class APIPaused(WeComError):
    """The endpoint is resting or has no free slot; nothing was sent."""

    chinese = "接口暂停调用"
    retryable: ClassVar[bool] = True

    def __init__(
        self, message: str | None = None, *, after: timedelta = timedelta(seconds=1)
    ) -> None:
        super().__init__(message)
        self.after = after


class DeadlinePassed(WeComError):
    """The time in which the call was worth making is over; nothing was sent."""

    chinese = "时限已过，没有发送"


class HandlerRetry(WeComError):
    """The handler asks to be run again later."""

    def __init__(self, message: str | None = None, *, after: timedelta | None = None) -> None:
        super().__init__(message)
        self.after = after


class JournalUnavailable(WeComError):
    """The journal cannot be written."""

    chinese = "日志库不可用"
    retryable: ClassVar[bool] = True


class ConfigurationError(WeComError):
    """The configuration is wrong."""

    def __init__(self, message: Text) -> None:
        super().__init__(message)


class AppUnknown(ConfigurationError):
    """The app is not known here."""

    retryable: ClassVar[bool] = True

    def __init__(self) -> None:
        super().__init__(
            Text(
                en="The app is not known here; a process that was started later may know it.",
                zh="本进程不认识这个应用，之后启动的进程可能认识。",
            )
        )


class CallRefused(WeComError):
    """The simulated WeCom refuses this call."""

    def __init__(self, errcode: int, errmsg: str = "") -> None:
        self.errcode = errcode
        self.errmsg = errmsg
        super().__init__(f"errcode {errcode}")


class ActionImpossible(WeComError):
    """The simulated WeCom does not let it happen."""
