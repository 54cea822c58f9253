"""Reaching the store: how to connect, what to expect of its configuration, what its errors mean.

Every exception of the `redis` package becomes a StoreError here and nowhere else.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import redis
from redis.backoff import NoBackoff
from redis.exceptions import RedisError, ResponseError
from redis.retry import Retry

from watchdog.errors import ConfigurationError, StoreError

CONNECT_TIMEOUT_S = 0.5
SOCKET_TIMEOUT_S = 2.0
HEALTH_CHECK_INTERVAL_S = 30
REASON_MAX_CHARS = 300
SCHEMES = ("redis://", "rediss://", "unix://")
_SETTINGS = ("appendonly", "appendfsync", "save", "maxmemory", "maxmemory-policy")
_NO_FILE = (
    "the server keeps no append-only file: a crash loses what was written since the last snapshot,"
    " if it makes any; set `appendonly yes` and `appendfsync always`"
)
_WRITES = {
    "aof_last_write_status": "the last write to its append-only file failed",
    "aof_last_bgrewrite_status": "it could not rewrite its append-only file",
    "rdb_last_bgsave_status": "it could not write its last snapshot",
}
_CONFIG_FORBIDDEN = (
    "this server does not let us read its configuration (CONFIG GET): make sure of"
    " `appendonly yes`, `appendfsync always` and `maxmemory-policy noeviction`"
)


def connect(url: str) -> redis.Redis:
    """Make a client for `redis://`, `rediss://` or `unix://`; connects with the first command.

    It never repeats a command by itself: one whose answer was lost may have been carried out.
    Raises ConfigurationError for any other URL; the message does not repeat it.
    """
    if not url.startswith(SCHEMES):
        raise ConfigurationError(f"the store's URL must begin with one of {', '.join(SCHEMES)}")
    try:
        return redis.Redis.from_url(
            url,
            socket_connect_timeout=CONNECT_TIMEOUT_S,
            socket_timeout=SOCKET_TIMEOUT_S,
            health_check_interval=HEALTH_CHECK_INTERVAL_S,
            retry=Retry(NoBackoff(), 0),
            protocol=2,
            decode_responses=False,
        )
    except ValueError:
        # `from None`: the library's message may repeat parts of the URL.
        raise ConfigurationError("the store's URL has an unusable port or option") from None


@contextmanager
def store_errors(doing: str) -> Iterator[None]:
    """Turn what the `redis` package raises into a StoreError that says what was being done."""
    try:
        yield
    except RedisError as error:
        reason = str(error)[:REASON_MAX_CHARS] or type(error).__name__
        raise StoreError(f"{doing}: the store failed: {reason}") from error


def now_ms(client: redis.Redis) -> int:
    """Ask the store for its own time, in milliseconds since 1970; raises StoreError."""
    with store_errors("asking the store for the time"):
        seconds, microseconds = client.time()
    return int(seconds) * 1000 + int(microseconds) // 1000


def check_configuration(client: redis.Redis) -> tuple[str, ...]:
    """Say in words what could lose data on this server; nothing if all is well.

    Raises StoreError if the server cannot be reached.
    """
    settings = _settings(client)
    if settings is None:
        return (_CONFIG_FORBIDDEN,)
    return (*_persistence(settings), *_eviction(settings))


def unsafe_settings(client: redis.Redis) -> tuple[str, ...]:
    """Say in words what is known to be wrong, also where the configuration may not be read.

    Raises StoreError if the server cannot be reached.
    """
    settings = _settings(client)
    if settings:
        return (*_persistence(settings), *_eviction(settings))
    without_file = _info(client).get("aof_enabled") == 0
    return (_NO_FILE,) if without_file else ()


def failed_writes(client: redis.Redis) -> tuple[str, ...]:
    """Say in words which writes to its disk the server says have failed last.

    Raises StoreError if the server cannot be reached.
    """
    info = _info(client)
    return tuple(words for name, words in _WRITES.items() if info.get(name, "ok") != "ok")


def _settings(client: redis.Redis) -> dict[str, str] | None:
    """Read the settings that matter; None where the server does not let us."""
    with store_errors("reading the store's configuration"):
        try:
            return {name: str(client.config_get(name)[name]) for name in _SETTINGS}
        except ResponseError:
            return None


def _info(client: redis.Redis) -> dict[str, Any]:
    """Read what the server says of its persistence; nothing where it does not let us."""
    with store_errors("reading how the store's persistence is"):
        try:
            return dict(client.info("persistence"))
        except ResponseError:
            return {}


def _persistence(settings: dict[str, str]) -> Iterator[str]:
    if settings["appendonly"] == "yes":
        if settings["appendfsync"] != "always":
            yield (
                f"appendfsync is {settings['appendfsync']!r}: a power cut loses what was answered"
                " in the last second or more; set `appendfsync always`"
            )
    elif settings["save"]:
        yield (
            "the server keeps snapshots only: a crash loses all since the last one; set"
            " `appendonly yes` and `appendfsync always`"
        )
    else:
        yield (
            "the server keeps nothing on disk: a restart loses every trusted build; set"
            " `appendonly yes` and `appendfsync always`"
        )


def _eviction(settings: dict[str, str]) -> Iterator[str]:
    if settings["maxmemory"] != "0" and settings["maxmemory-policy"] != "noeviction":
        yield (
            f"maxmemory-policy is {settings['maxmemory-policy']!r}: a full server would throw away"
            " trusted builds; set `maxmemory-policy noeviction`"
        )
