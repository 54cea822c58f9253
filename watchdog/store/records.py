"""The records: memory, history, approvals and trusted manifests of each tag, images, outages.

Reading is direct. Writing is composed here and carried out in the fenced transaction of a due set
(`DueSet.complete` and `commit`), so that a verdict and all that follows from it stand together.
"""

import logging
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import redis
from pydantic import TypeAdapter, ValidationError

from watchdog.core.inheritance import (
    KnownImage,
    claims_of,
    known_images,
    layer_chains,
    named_bases,
)
from watchdog.core.memory import Move, TagMemory
from watchdog.core.observation import Observation, StoredManifest
from watchdog.core.reference import Digest, Tag
from watchdog.store import keys
from watchdog.store.connection import now_ms, store_errors
from watchdog.store.due import Write

logger = logging.getLogger(__name__)

HISTORY_MAX = 500
# How long an image may be built upon after it was last seen: longer than a yearly rebuild.
KNOWN_IMAGE_TTL_S = 400 * 86_400
KNOWN_IMAGES_READ_MAX = 200

_MEMORY = TypeAdapter(TagMemory)
_MOVE = TypeAdapter(Move)
_KNOWN = TypeAdapter(KnownImage)


@dataclass(frozen=True, slots=True)
class OutageRecord:
    """A reason that keeps tags from being looked at; `told` once people were."""

    since: datetime
    detail: str
    told: bool = False
    tags: int = 0
    """How many tags it concerned when it was told."""


_OUTAGE = TypeAdapter(OutageRecord)


class Records:
    """Reads the records; every method raises StoreError."""

    def __init__(self, client: redis.Redis) -> None:
        # Any: the library's types leave open whether replies are decoded; they are not.
        self._client: Any = client

    def now(self) -> datetime:
        """Ask the store for its own time, which all records use."""
        return moment(now_ms(self._client))

    def memory(self, tag: Tag) -> TagMemory | None:
        """Read what is known of a tag; None if it was never looked at."""
        with store_errors(f"reading the memory of {tag}"):
            packed = self._client.hget(keys.MEMORIES, str(tag))
        return _MEMORY.validate_json(packed) if packed else None

    def memories(self) -> dict[Tag, TagMemory]:
        """Read what is known of every tag, ordered by name; a damaged record is left out."""
        with store_errors("reading all memories"):
            packed = self._client.hgetall(keys.MEMORIES)
        memories: dict[Tag, TagMemory] = {}
        for name, record in packed.items():
            try:
                memories[Tag.parse(name.decode())] = _MEMORY.validate_json(record)
            except ValidationError as error:
                logger.error("The record of %r is damaged: %s", name, error.errors()[0]["msg"])  # noqa: TRY400  (its words say it all)
        return dict(sorted(memories.items()))

    def tags(self) -> tuple[Tag, ...]:
        """Name every tag that was looked at."""
        with store_errors("reading the names of all tags"):
            return tuple(Tag.parse(name.decode()) for name in self._client.hkeys(keys.MEMORIES))

    def next_looks(self, tags: Iterable[Tag]) -> dict[Tag, datetime]:
        """Read when each tag is looked at next; one that is being looked at has none."""
        return self._times(keys.due_keys(keys.LOOKS)[0], tags)

    def lease_ends(self, tags: Iterable[Tag]) -> dict[Tag, datetime]:
        """Read until when each tag that is being looked at is leased; it is renewed meanwhile."""
        return self._times(keys.due_keys(keys.LOOKS)[1], tags)

    def _times(self, key: str, tags: Iterable[Tag]) -> dict[Tag, datetime]:
        named = list(tags)
        if not named:
            return {}
        with store_errors("reading the times of looks"):
            scores = self._client.zmscore(key, [str(tag) for tag in named])
        return {tag: moment(score) for tag, score in zip(named, scores, strict=True) if score}

    def history(self, tag: Tag, limit: int = HISTORY_MAX) -> tuple[Move, ...]:
        """Read a tag's moves, newest first."""
        with store_errors(f"reading the history of {tag}"):
            rows = self._client.lrange(keys.history(str(tag)), 0, limit - 1)
        return tuple(_MOVE.validate_json(row) for row in rows)

    def histories(self, tags: Iterable[Tag], limit: int) -> dict[Tag, tuple[Move, ...]]:
        """Read the newest moves of many tags in one round trip."""
        named = list(tags)
        pipeline = self._client.pipeline(transaction=False)
        for tag in named:
            pipeline.lrange(keys.history(str(tag)), 0, limit - 1)
        with store_errors("reading histories"):
            replies = pipeline.execute()
        return {
            tag: tuple(_MOVE.validate_json(row) for row in rows)
            for tag, rows in zip(named, replies, strict=True)
        }

    def trusted_manifests(self, tag: Tag) -> tuple[StoredManifest, ...]:
        """Read the bytes that a revert puts back, children before the index that names them."""
        with store_errors(f"reading the trusted manifests of {tag}"):
            fields = self._client.hgetall(keys.manifests(str(tag)))
        ordered = sorted(fields.items())
        return tuple(_stored(name, value) for name, value in ordered)

    def relatives(self, observation: Observation) -> tuple[KnownImage, ...]:
        """Read the known images that these may have inherited from, or carry the claim of."""
        pipeline = self._client.pipeline(transaction=False)
        for image in observation.images:
            for chain in layer_chains(image.diff_ids)[:-1]:
                pipeline.hvals(keys.images_by_layers(chain))
            for repository in named_bases(image, observation):
                pipeline.hvals(keys.images_of(repository))
            for claim in claims_of(image.labels):
                pipeline.hvals(keys.images_by_claim(claim))
        with store_errors("reading the known images"):
            replies = pipeline.execute()
        packed = dict.fromkeys(value for values in replies for value in values)
        return tuple(_KNOWN.validate_json(value) for value in list(packed)[:KNOWN_IMAGES_READ_MAX])

    def bases(self) -> frozenset[Tag]:
        """Name the base images that were read at least once."""
        with store_errors("reading the names of the base images"):
            return frozenset(Tag.parse(name.decode()) for name in self._client.hkeys(keys.BASES))

    def outages(self) -> dict[str, OutageRecord]:
        """Read every outage by its subject."""
        with store_errors("reading the outages"):
            packed = self._client.hgetall(keys.OUTAGES)
        return {name.decode(): _OUTAGE.validate_json(value) for name, value in packed.items()}

    def outage_tags(self, subject: str) -> tuple[int, datetime | None]:
        """Count the tags that an outage concerns, and say since when the first of them."""
        with store_errors("reading the tags of an outage"):
            first = self._client.zrange(keys.outage_tags(subject), 0, 0, withscores=True)
            count = int(self._client.zcard(keys.outage_tags(subject)))
        return count, moment(first[0][1]) if first else None


def memory_writes(tag: Tag, memory: TagMemory) -> list[Write]:
    """Write what is known of a tag."""
    return [("HSET", keys.MEMORIES, str(tag), _MEMORY.dump_json(memory))]


def forget_writes(tag: Tag) -> list[Write]:
    """Forget all that is known of a tag."""
    name = str(tag)
    return [
        ("HDEL", keys.MEMORIES, name),
        ("DEL", keys.history(name), keys.manifests(name)),
        ("DEL", keys.approvals(name), keys.rejections(name), keys.orders(name)),
    ]


def move_writes(tag: Tag, move: Move) -> list[Write]:
    """Append to a tag's history, which keeps its newest HISTORY_MAX rows."""
    key = keys.history(str(tag))
    return [("LPUSH", key, _MOVE.dump_json(move)), ("LTRIM", key, 0, HISTORY_MAX - 1)]


def amended_writes(tag: Tag, row: Move, amended: Move) -> list[Write]:
    """Write a row of a tag's history anew, in its place; nothing where it is there no more."""
    key, was = keys.history(str(tag)), _MOVE.dump_json(row)
    return [("LINSERT", key, "BEFORE", was, _MOVE.dump_json(amended)), ("LREM", key, 1, was)]


def manifest_writes(tag: Tag, manifests: tuple[StoredManifest, ...]) -> list[Write]:
    """Keep the bytes of a trusted build in place of the one before."""
    key = keys.manifests(str(tag))
    fields: list[str | bytes | int] = []
    for number, manifest in enumerate(manifests):
        fields += [
            f"{number:03} {manifest.digest}",
            f"{manifest.media_type}\n".encode() + manifest.body,
        ]
    return [("DEL", key), ("HSET", key, *fields)] if fields else [("DEL", key)]


def base_writes(observation: Observation) -> list[Write]:
    """Keep what images that are built upon this one inherit, and that it was read."""
    read = ("HSET", keys.BASES, str(observation.tag), str(observation.digest))
    return [read, *known_image_writes(known_images(observation))]


def known_image_writes(known: Iterable[KnownImage]) -> list[Write]:
    """Keep what later images may inherit, for KNOWN_IMAGE_TTL_S from now."""
    writes: list[Write] = []
    for image in known:
        packed = _KNOWN.dump_json(image)
        if image.diff_ids:
            key = keys.images_by_layers(layer_chains(image.diff_ids)[-1])
            writes.append(("HSET", key, f"{image.repository}@{image.digest}", packed))
            writes.append(("EXPIRE", key, KNOWN_IMAGE_TTL_S))
        for claim in claims_of(image.labels):
            key = keys.images_by_claim(claim)
            writes.append(("HSET", key, str(image.repository), packed))
            writes.append(("EXPIRE", key, KNOWN_IMAGE_TTL_S))
        key = keys.images_of(str(image.repository))
        writes.append(("HSET", key, str(image.digest), packed))
        writes.append(("EXPIRE", key, KNOWN_IMAGE_TTL_S))
    return writes


def outage_entered_writes(tag: Tag, subject: str, detail: str, now: datetime) -> list[Write]:
    """Note that a tag could not be looked at because of `subject`."""
    record = _OUTAGE.dump_json(OutageRecord(now, detail))
    return [
        ("HSETNX", keys.OUTAGES, subject, record),
        ("ZADD", keys.outage_tags(subject), "NX", milliseconds(now), str(tag)),
    ]


def outage_left_writes(tag: Tag, subject: str) -> list[Write]:
    """Note that a tag can be looked at again."""
    return [("ZREM", keys.outage_tags(subject), str(tag))]


def outage_told_writes(subject: str, record: OutageRecord) -> list[Write]:
    """Note that people were told of an outage."""
    return [("HSET", keys.OUTAGES, subject, _OUTAGE.dump_json(record))]


def outage_forgotten_writes(subject: str) -> list[Write]:
    """Forget an outage."""
    return [("HDEL", keys.OUTAGES, subject)]


def moment(ms: float) -> datetime:
    """Turn the store's milliseconds into a time."""
    return datetime.fromtimestamp(ms / 1000, UTC)


def milliseconds(at: datetime) -> int:
    """Turn a time into the store's milliseconds."""
    return round(at.timestamp() * 1000)


def _stored(name: bytes, value: bytes) -> StoredManifest:
    media_type, _, body = value.partition(b"\n")
    return StoredManifest(Digest.parse(name.decode().split()[1]), media_type.decode(), body)
