"""Provenance statements as they are collected: so many, so large, and what was left out."""

from collections.abc import Callable

from watchdog.core.message import plain
from watchdog.core.observation import Attestation
from watchdog.core.oci import Descriptor
from watchdog.core.reference import Tag
from watchdog.errors import DigestMismatchError, MalformedError
from watchdog.registry.content import ContentClient
from watchdog.registry.failures import MissingPartError, check_time

ATTESTATION_MAX_BYTES = 4 * 1024 * 1024
ATTESTATIONS_MAX_BYTES = 16 * 1024 * 1024
ATTESTATIONS_MAX = 16
REMARKS_MAX = 16


class Statements:
    """The statements of one tag, those `held` already included, until a monotonic moment."""

    def __init__(
        self,
        content: ContentClient,
        tag: Tag,
        until: float,
        held: tuple[Attestation, ...] = (),
        remarks: tuple[str, ...] = (),
    ) -> None:
        self._content, self._tag, self._until = content, tag, until
        self.attestations = list(held)
        self.remarks = list(remarks)
        self._count = len(held)
        self._bytes = sum(len(attestation.statement) for attestation in held)

    def read(self, layer: Descriptor) -> bytes:
        """Read one statement, while there is room for it; raises MalformedError where not."""
        if self._count >= ATTESTATIONS_MAX:
            raise MalformedError(f"more than {ATTESTATIONS_MAX} statements are not read")
        if self._bytes + layer.size > ATTESTATIONS_MAX_BYTES:
            raise MalformedError(f"more than {ATTESTATIONS_MAX_BYTES} bytes are not read")
        self.check_time()
        statement = self._content.get_blob(self._tag, layer, ATTESTATION_MAX_BYTES)
        self._count += 1
        self._bytes += len(statement)
        return statement

    def attempt(self, what: str, read: Callable[..., None], *arguments: object) -> None:
        """Leave out, and name, what is malformed or is not there; other troubles end the look."""
        try:
            read(*arguments)
        except (MalformedError, DigestMismatchError, MissingPartError) as error:
            self.remark(f"the {what} was left out: {error}")

    def remark(self, text: str) -> None:
        """Say what was left out, as long as there is room for it."""
        if len(self.remarks) < REMARKS_MAX:
            self.remarks.append(plain(text))

    def check_time(self) -> None:
        """Raise a retryable RemoteError once the time is over."""
        check_time(self._tag, self._until, "its provenance")
