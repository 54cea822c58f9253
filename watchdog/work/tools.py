"""What the work is done with: made once by the command line, passed down from there."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path

from watchdog.core.observation import Signatures
from watchdog.core.policy import Policy
from watchdog.core.quay_hook import HookReceiver
from watchdog.core.reference import Digest
from watchdog.core.routing import Routes
from watchdog.core.source import Source
from watchdog.history.mirrors import Mirrors
from watchdog.notify.channels import Channel
from watchdog.provenance.sigstore import SigstoreVerifier
from watchdog.registry.client import RegistryClient
from watchdog.registry.quay.api import QuayApi
from watchdog.store.answers import Answers
from watchdog.store.channels import Channels
from watchdog.store.due import DueSet
from watchdog.store.incidents import Incidents
from watchdog.store.outbox import Outbox
from watchdog.store.quay_access import QuayAccess
from watchdog.store.quay_applications import QuayApplications
from watchdog.store.quay_hooks import QuayHooks
from watchdog.store.quay_lists import QuayLists
from watchdog.store.records import Records
from watchdog.store.self_conditions import SelfConditions
from watchdog.store.threads import Threads
from watchdog.store.undone import Undone
from watchdog.work.gates import Gates

# A tag that was read longer ago than this, in seconds, may be another by now: it is not written.
READ_MAX_AGE_S = 2.0
# What a tag held in passing is judged for this long: the verdict on what it holds now waits for it.
PASSING_MAX_S = 20.0


@dataclass(slots=True)
class Tools:
    """The adapters and settings of one worker process; `policy` is replaced on a reload."""

    policy: Policy
    registry: RegistryClient
    quay: QuayApi
    quay_access: QuayAccess
    quay_applications: QuayApplications
    quay_expiries: Mapping[str, date]
    """When the tokens of Quays end, by host, as far as somebody said."""
    quay_hooks: QuayHooks
    hook_receiver: HookReceiver | None
    """Where hooks are received; None where they are not. Its address may be unknown: ""."""
    mirrors: Mirrors
    records: Records
    answers: Answers
    incidents: Incidents
    lists: QuayLists
    looks: DueSet
    lanes: DueSet
    chores: DueSet
    outbox: Outbox
    fared: Channels
    """How the channels fared."""
    threads: Threads
    self_conditions: SelfConditions
    channels: Mapping[str, Channel]
    routes: Routes
    """Which of the channels a message goes to."""
    look_every: timedelta
    reverts: bool
    base_url: str | None
    undone: Undone
    heartbeat_url: str | None = field(repr=False)
    data: Path
    verifier: SigstoreVerifier
    attestations: Callable[[Source, Digest], Signatures]
    """Asks a source's forge which bundles about a digest it keeps; raises RemoteError."""
    gates: Gates = field(default_factory=Gates)
    read_max_age_s: float = READ_MAX_AGE_S
    passing_max_s: float = PASSING_MAX_S
