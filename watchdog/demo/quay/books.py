"""What one Quay knows beside its images: tokens, the usage log, labels, notifications."""

from dataclasses import dataclass, field

from watchdog.core.reference import Digest
from watchdog.demo.quay.grants import Grants
from watchdog.demo.quay.hooks import Notifications
from watchdog.demo.quay.usage_log import UsageLog
from watchdog.demo.registry_clock import Clock
from watchdog.demo.registry_content import RegistryContent


@dataclass(frozen=True, slots=True)
class Label:
    """One label of one manifest; `source` is `manifest` or `api`."""

    id: str
    key: str
    value: str
    source: str
    media_type: str = "text/plain"

    @property
    def described(self) -> dict[str, object]:
        """Write it as the API does."""
        said = {"id": self.id, "key": self.key, "value": self.value}
        return {**said, "source_type": self.source, "media_type": self.media_type}


@dataclass
class Books:
    """All of it. Not thread safe: the simulator holds one lock around it."""

    clock: Clock
    content: RegistryContent
    grants: Grants
    log: UsageLog
    notifications: Notifications
    labels: dict[tuple[str, Digest], list[Label]] = field(default_factory=dict)
    stale_histories: int = 0
