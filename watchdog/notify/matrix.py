"""Matrix, by the client-server API (spec.matrix.org, v1.7 and later).

A message of an incident is first written into the one that stands for it, then put beneath it. The
transaction ids are made of the message's id, so a second attempt makes no second event: `ID` for a
message that stands alone or begins a thread, `ID.edit` and `ID.reply` for the others.
"""

from dataclasses import dataclass, field, replace
from http import HTTPStatus
from typing import Any
from urllib.parse import quote

from watchdog.core.message import Message
from watchdog.errors import ConfigurationError, RemoteError
from watchdog.notify.matrix_event import edit, in_thread, render
from watchdog.notify.post import RETRY_AFTER_MAX_S, Answer, Call, bounded, demand, exchange
from watchdog.notify.root import Root, remembered_root
from watchdog.notify.settings import Read, web_address

VARIABLES = ("WATCHDOG_MATRIX_HOMESERVER", "WATCHDOG_MATRIX_ACCESS_TOKEN", "WATCHDOG_MATRIX_ROOM")
_ROOM_GONE = {HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND}


class MatrixRefusalError(RemoteError):
    """The homeserver answered with an error of this HTTP status."""

    def __init__(self, error: RemoteError, status: int) -> None:
        super().__init__(str(error), retryable=error.retryable, retry_after=error.retry_after)
        self.status = status


@dataclass(frozen=True, slots=True)
class MatrixChannel:
    """One Matrix room, given by its id (`!…`) or by an alias (`#…`), which is resolved once."""

    homeserver: str
    token: str = field(repr=False)
    room: str
    name: str = "matrix"
    _resolved: dict[str, str] = field(default_factory=dict, init=False, repr=False, compare=False)

    def send(self, message: Message, remembered: str | None = None) -> str | None:
        """Tell it in its incident's thread, or alone; raises RemoteError unless the server took it.

        Where the first message was removed or is in another room, this one takes its place.
        """
        known = self._resolved.get(self.room)
        try:
            return self._tell(known or self._room_id(), message, remembered)
        except MatrixRefusalError as refusal:
            if not known or refusal.status not in _ROOM_GONE:
                raise
        # The alias may have moved on to an upgraded room.
        self._resolved.clear()
        return self._tell(self._room_id(), message, remembered)

    def _tell(self, room: str, message: Message, remembered: str | None) -> str | None:
        if message.thread is None:
            self._put(room, message.id, render(message))
            return None
        root = remembered_root(remembered, self._asked)
        if root and root.place == room and self._stands(root):
            self._edit(root, message)
            event = self._reply(root, message)
            if event:
                return replace(root, last=event).text()
        event = self._put(room, message.id, render(message))
        return Root(self._asked, room, event, event, message).text()

    def _edit(self, root: Root, message: Message) -> None:
        """Let the root say how things stand; where the server will not, it stays as it is."""
        try:
            self._put(root.place, f"{message.id}.edit", edit(root, message))
        except MatrixRefusalError as refusal:
            if refusal.status != HTTPStatus.BAD_REQUEST:
                raise

    def _reply(self, root: Root, message: Message) -> str | None:
        """Put it into the root's thread; None where the server sees nothing to put it beneath."""
        try:
            return self._put(root.place, f"{message.id}.reply", in_thread(root, message))
        except MatrixRefusalError as refusal:
            if refusal.status != HTTPStatus.BAD_REQUEST:
                raise
        return None

    def _stands(self, root: Root) -> bool:
        """Ask whether the root is there with its content: servers take answers to what is not."""
        path = f"rooms/{quote(root.place, safe='')}/event/{quote(root.event, safe='')}"
        call = self._call("GET", path)
        answer = exchange(call)
        if answer.status in {HTTPStatus.BAD_REQUEST, HTTPStatus.NOT_FOUND}:
            return False
        _demand(call, answer)
        # Removed ("redacted") events keep their place and lose their content. What was too long to
        # be read whole has some.
        return answer.document().get("content") != {}

    def _put(self, room: str, transaction: str, content: dict[str, Any]) -> str:
        """Send an event and return its id."""
        path = f"rooms/{quote(room, safe='')}/send/m.room.message/{quote(transaction, safe='')}"
        call = self._call("PUT", path, content)
        answer = exchange(call)
        _demand(call, answer)
        return str(answer.document().get("event_id"))

    def _room_id(self) -> str:
        """Resolve an alias (client-server API, "Room aliases"); an id is itself."""
        if self.room.startswith("!"):
            return self.room
        call = self._call("GET", f"directory/room/{quote(self.room, safe='')}")
        answer = exchange(call)
        _demand(call, answer)
        room = answer.document().get("room_id")
        if not isinstance(room, str) or not room.startswith("!"):
            raise RemoteError(f"{call.where} named no room for {self.room}", retryable=False)
        self._resolved[self.room] = room
        return room

    @property
    def _asked(self) -> str:
        return f"{self.homeserver} {self.room}"

    def _call(self, method: str, path: str, body: dict[str, Any] | None = None) -> Call:
        return Call(
            "Matrix", method, f"{self.homeserver}/_matrix/client/v3/{path}", body, self.token
        )


def from_environment(read: Read) -> MatrixChannel | None:
    """Return the channel, or None where none of it is set; raises ConfigurationError for half."""
    parts = {variable: read(variable) for variable in VARIABLES}
    missing = [variable for variable, value in parts.items() if not value]
    if len(missing) == len(parts):
        return None
    if missing:
        raise ConfigurationError(f"alerts to Matrix also need {' and '.join(missing)}")
    homeserver, token, room = (value or "" for value in parts.values())
    if room[0] not in "!#":
        raise ConfigurationError(
            "WATCHDOG_MATRIX_ROOM is neither a room's id (!abc:example.org) nor its alias (#ops:…)"
        )
    if not token.isascii() or not token.isprintable():
        raise ConfigurationError("WATCHDOG_MATRIX_ACCESS_TOKEN holds what no token can")
    address = web_address("WATCHDOG_MATRIX_HOMESERVER", homeserver)
    return MatrixChannel(address.rstrip("/"), token, room)


def _demand(call: Call, answer: Answer) -> None:
    """As `post.demand`, with the wait that a homeserver puts into the body of a 429."""
    wait = answer.document().get("retry_after_ms")
    if answer.retry_after is None and isinstance(wait, int):
        answer = Answer(
            answer.status, answer.body, bounded(min(wait, RETRY_AFTER_MAX_S * 1000) / 1000)
        )
    try:
        demand(call, answer)
    except RemoteError as error:
        raise MatrixRefusalError(error, answer.status) from None
