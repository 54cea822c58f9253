"""Who asks: what a credential file or a credential helper knows about one account."""

import base64
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Login:
    """A user's name and password (or a robot's token), or an identity token in their place."""

    user: str
    password: str = field(repr=False)
    identity_token: str = field(default="", repr=False)

    @property
    def basic(self) -> str:
        """The value of an Authorization header (RFC 7617)."""
        return "Basic " + base64.b64encode(f"{self.user}:{self.password}".encode()).decode()

    @property
    def as_whom(self) -> str:
        """Whom this login is, for messages."""
        return "with an identity token" if self.identity_token else f"as {self.user!r}"
