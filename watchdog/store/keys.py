"""Every key name of the product, in one place.

All begin with `wd:`, so that a shared server can hold other things beside them.
"""

PREFIX = "wd:"

# The channel on which idle workers are woken; a message's body is the key of the due set.
WAKE_CHANNEL = f"{PREFIX}wake"

# The due sets.
LOOKS = "looks"  # member: a tag; due: when to look at it next
LANES = "lanes"  # member: channel|subject; its messages are delivered in order
CHORES = "chores"  # member: a chore's name; one worker does it at a time


def due_keys(name: str) -> tuple[str, str, str, str, str, str]:
    """Name the six keys of one due set, in the order in which `lua/due.lua` reads them.

    Only `due` has an entry for a member at rest; the others hold what is under way.
    """
    base = f"{PREFIX}due:{name}"
    return (
        base,  # sorted set: member → when it is due, ms
        f"{base}:leased",  # sorted set: member → when its lease runs out, ms
        f"{base}:tokens",  # hash: leased member → token of the lease
        f"{base}:generations",  # hash: member → announcements since its last completed claim
        f"{base}:hints",  # hash: member → MessagePack [[generation, text], …]
        f"{base}:expired",  # hash: member → consecutive leases that ran out
    )


# The records.
MEMORIES = f"{PREFIX}memories"  # hash: tag → TagMemory
INCIDENTS = f"{PREFIX}incidents"  # hash: id → KeptIncident
INCIDENTS_BY_TIME = f"{PREFIX}incidents:by-time"  # sorted set: id → when it was opened, ms
INCIDENTS_OPEN = f"{PREFIX}incidents:open"  # the same, of those that are not over
SILENCES = f"{PREFIX}silences"  # hash: id → Silence, of those that are not over
SILENCES_ENDED = f"{PREFIX}silences:ended"  # list: Silence, the newest end first
BASES = f"{PREFIX}bases"  # hash: base of the policy → digest that was read last
OUTAGES = f"{PREFIX}outages"  # hash: subject → Outage
QUAY_ACCESS = f"{PREFIX}quay-access"  # hash: repository, or host of a token → Standing
QUAY_APPLICATIONS = f"{PREFIX}quay-applications"  # hash: host, token's mark → id of its application
QUAY_ACCESS_ANEW = f"{PREFIX}quay-access:anew"  # since when all of that is to be asked again

CHORES_UNDONE = f"{PREFIX}chores-undone"  # hash: chore → since when it did not end, ms
# The watchdog about itself.
SELF_CONDITIONS = f"{PREFIX}self:conditions"  # hash: code|about → SelfCondition
SELF_CHECKED = f"{PREFIX}self:checked"  # when they were checked last, ms
NODES = f"{PREFIX}self:nodes"  # hash: worker (host:process) → NodeReport

# What Quay's lists of repositories said last.
QUAY_LISTS = f"{PREFIX}quay:lists"  # hash: HOST/NAMESPACE → QuayList

# How Quay's hooks fare.
HOOKS = f"{PREFIX}quay-hooks"  # hash: repository → HookHealth
HOOKS_HEARD = f"{PREFIX}quay-hooks:heard"  # hash: repository → when a hook came last, ms
HOOKS_MISSED = f"{PREFIX}quay-hooks:missed"  # hash: repository → moves that no hook announced
HOOKS_MISSED_AT = f"{PREFIX}quay-hooks:missed-at"  # hash: repository → the last of them, ms
HOOKS_DOUBTED = f"{PREFIX}quay-hooks:doubted"  # hash: repository → the last, perhaps no push, ms
UNANNOUNCED = f"{PREFIX}quay-hooks:unannounced"  # sorted set: tag → when a timed look found it

# The cache of what registries keep by digest; the server may lose it at any time.
CONTENT = f"{PREFIX}content"  # hash: digest → body
CONTENT_AGES = f"{PREFIX}content:ages"  # sorted set: digest → when it was put, µs
CONTENT_SIZE = f"{PREFIX}content:size"  # the bytes of all bodies


def history(tag: str) -> str:
    """List: a tag's moves, newest first."""
    return f"{PREFIX}history:{tag}"


def manifests(tag: str) -> str:
    """Hash: digest → media type and bytes of the trusted build's manifests."""
    return f"{PREFIX}manifests:{tag}"


def approvals(tag: str) -> str:
    """Hash: digest or revision → Approval."""
    return f"{PREFIX}approvals:{tag}"


def rejections(tag: str) -> str:
    """Hash: digest or revision → Rejection."""
    return f"{PREFIX}rejections:{tag}"


def orders(tag: str) -> str:
    """Hash: id → Order, of those that wait for a look."""
    return f"{PREFIX}orders:{tag}"


def images_by_layers(chain: str) -> str:
    """Hash: repository@digest → KnownImage, of the images whose layers have this chain."""
    return f"{PREFIX}layers:{chain}"


def images_of(repository: str) -> str:
    """Hash: digest → KnownImage, of all known images of one repository."""
    return f"{PREFIX}images:{repository}"


def images_by_claim(claim: str) -> str:
    """Hash: repository → KnownImage, of the images that carry this claim."""
    return f"{PREFIX}claim:{claim}"


def outage_tags(subject: str) -> str:
    """Sorted set: tag → since when the outage keeps it from being looked at, ms."""
    return f"{PREFIX}outage:{subject}"


def quay_repositories(namespace: str) -> str:
    """Hash: repository → Known, as the namespace's list had it last."""
    return f"{PREFIX}quay:repositories:{namespace}"


# The outbox.
LANE_FAILURES = f"{PREFIX}lane-failures"  # hash: lane → Failure
CHANNELS = f"{PREFIX}channels"  # hash: channel → its kind, as far as a worker has it
CHANNELS_DELIVERED = f"{PREFIX}channels:delivered"  # hash: channel → when it last took one, ms
CHANNELS_GIVEN_UP = f"{PREFIX}channels:given-up"  # hash: channel → messages that were given up
CHANNELS_TOLD = f"{PREFIX}channels:told"  # hash: channel → ChannelTold


def lane(member: str) -> str:
    """List: the messages of one lane (channel|subject), the oldest first."""
    return f"{PREFIX}lane:{member}"


def thread(channel: str, thread: str) -> str:
    """Text: what a channel remembers of a thread of messages; it expires."""
    return f"{PREFIX}thread:{channel}|{thread}"
