"""What the errors of Slack's Web API mean: worth another try or not, and what a person can do.

Source: docs.slack.dev, "chat.postMessage" and "chat.update", errors. An error that is not listed
here is permanent: Slack answered, and will answer so again.
"""

from watchdog.core.message import plain
from watchdog.errors import RemoteError

CODE_MAX_CHARS = 60
_PASSING = {
    "accesslimited",
    "external_channel_migrating",
    "fatal_error",
    "internal_error",
    "message_limit_exceeded",
    "org_login_required",
    "rate_limited",
    "ratelimited",
    "request_timeout",
    "service_unavailable",
    "team_added_to_org",
}
_NEW_TOKEN = "give it a bot token that is valid (xoxb-…)"  # noqa: S105  (a hint, no token)
_INVITE = "invite the app into the channel, or give it the scope chat:write.public"
_HINTS = {
    "account_inactive": _NEW_TOKEN,
    "invalid_auth": _NEW_TOKEN,
    "not_authed": _NEW_TOKEN,
    "token_expired": _NEW_TOKEN,
    "token_revoked": _NEW_TOKEN,
    "channel_not_found": f"check its name, and {_INVITE}",
    "not_in_channel": _INVITE,
    "is_archived": "the channel is archived: name another one",
    "missing_scope": "give the app the scope chat:write, and install it anew",
}
# The first message is gone: somebody deleted it, or we now speak to another workspace.
ROOT_GONE = {"channel_not_found", "message_not_found", "thread_not_found"}
LAYOUT = {"invalid_blocks", "invalid_blocks_format", "msg_blocks_too_long", "msg_too_long"}


class SlackRefusalError(RemoteError):
    """Slack's Web API answered with an error; `code` is its name."""

    def __init__(self, where: str, code: str) -> None:
        self.code = code
        shown = plain(code, CODE_MAX_CHARS)
        hint = _HINTS.get(code)
        said = f"{where} refused the message: {shown}{f'; {hint}' if hint else ''}"
        super().__init__(said, retryable=code in _PASSING)
