"""What the service itself refuses, before any rule of the district is asked.

The first line of a docstring is the sentence that a caller may read, `zh` the same in Chinese;
`errors.py` alone gives each its status.
"""

from collections.abc import Sequence
from typing import ClassVar

import msgspec


class Fault(msgspec.Struct, frozen=True):
    """One thing that is wrong with a request: where it stands (a JSON pointer) and its name."""

    pointer: str
    code: str


class ServiceRefusal(Exception):
    """The service cannot take this request."""

    zh: ClassVar[str] = "服务无法受理此请求。"


class SignInNeeded(ServiceRefusal):
    """Sign in first: this address needs an access token."""

    zh = "请先登录:此地址需要访问令牌。"


class TokenNotValid(ServiceRefusal):
    """This token has expired or was ended; sign in again or refresh it."""

    zh = "令牌已过期或已被终止,请刷新令牌或重新登录。"


class WrongNameOrPassword(ServiceRefusal):
    """The name or the password is wrong."""

    zh = "登录名或密码不正确。"


class WrongPassword(ServiceRefusal):
    """The old password is wrong."""

    zh = "原密码不正确。"


class PasswordTooWeak(ServiceRefusal):
    """A password has at least 10 characters, differs from the old one and is not the name."""

    zh = "密码至少10个字符,须与原密码不同,且不得与登录名相同。"


class PasswordChangeRequired(ServiceRefusal):
    """You signed in with a one-time password; set a password of your own first."""

    zh = "您使用一次性密码登录,请先设置自己的密码。"


class InvalidRequest(ServiceRefusal):
    """The request does not have the form that this address takes."""

    zh = "请求不符合此地址要求的格式。"

    def __init__(self, faults: Sequence[Fault] = ()) -> None:
        super().__init__()
        self.faults = tuple(faults)


class MalformedJson(ServiceRefusal):
    """The body is not JSON."""

    zh = "请求正文不是有效的JSON。"


class IdempotencyKeyRequired(ServiceRefusal):
    """A write needs the header Idempotency-Key with a UUID of your making."""

    zh = "写入请求须带Idempotency-Key头,其值为客户端生成的UUID。"


class UnsupportedMediaType(ServiceRefusal):
    """The body must be sent as application/json."""

    zh = "请求正文须以application/json发送。"


class BodyTooLarge(ServiceRefusal):
    """The body is larger than this address takes."""

    zh = "请求正文过大。"


class BodyCutShort(ServiceRefusal):
    """The connection ended before the body did; send the same request again."""

    zh = "连接在请求正文结束前中断,请用同一请求重试。"


class NotFound(ServiceRefusal):
    """There is nothing here."""

    zh = "此处没有内容。"


class MethodNotAllowed(ServiceRefusal):
    """This address does not take this method."""

    zh = "此地址不支持该方法。"


class TooManyRequests(ServiceRefusal):
    """Too many attempts; wait a while and try again."""

    zh = "尝试次数过多,请稍后再试。"

    def __init__(self, retry_seconds: int) -> None:
        super().__init__()
        self.retry_seconds = retry_seconds


class TooBusy(ServiceRefusal):
    """Too many requests are waiting; send the same request again shortly."""

    zh = "等待处理的请求过多,请稍后用同一请求重试。"


class ViewBehind(ServiceRefusal):
    """What you asked to see is not ready yet; ask again in a moment."""

    zh = "所查内容尚未就绪,请稍后再查。"


class StoreAway(ServiceRefusal):
    """The store cannot be asked at the moment; try again shortly."""

    zh = "存储暂时无法访问,请稍后重试。"


class InternalError(ServiceRefusal):
    """Something went wrong on our side; it has been noted under the request's id."""

    zh = "服务内部出错,已按请求编号记录。"
