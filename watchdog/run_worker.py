"""`watchdog worker`: looks, deliveries and chores until SIGTERM; SIGHUP brings another policy."""

import logging
import signal
from collections.abc import Callable

import redis

from watchdog.core.policy import Policy
from watchdog.errors import ConfigurationError, StoreError
from watchdog.settings import Settings
from watchdog.store.connection import check_configuration
from watchdog.store.wake import Waker
from watchdog.wiring import checked_policy_reader, store_client, tools_for
from watchdog.work.worker import Worker

logger = logging.getLogger(__name__)


def run_worker(settings: Settings) -> None:
    """Work until a signal asks for the end; raises ConfigurationError if it cannot start."""
    read = checked_policy_reader(settings)
    client = store_client(settings)
    _report_store(client)
    in_force: Policy | None = read()
    while in_force is not None:
        in_force = _work(settings, in_force, client, read)


def _work(
    settings: Settings, policy: Policy, client: redis.Redis, read: Callable[[], Policy]
) -> Policy | None:
    """Work under one policy; returns the next one after SIGHUP, None after a request to end."""
    following: list[Policy] = []
    with tools_for(settings, policy, client) as tools:
        running = Worker(tools, lambda: Waker(client))

        def reload(*_: object) -> None:
            try:
                following[:] = [read()]
            except ConfigurationError as error:
                logger.error("The policy stays as it was; the new file is refused:\n%s", error)  # noqa: TRY400  (its words say it all)
            else:
                running.stop()

        def end(*_: object) -> None:
            following.clear()
            signal.signal(signal.SIGHUP, signal.SIG_IGN)
            running.stop()

        for number, handler in (
            (signal.SIGTERM, end),
            (signal.SIGINT, end),
            (signal.SIGHUP, reload),
        ):
            signal.signal(number, handler)
        running.run()
    return following[0] if following else None


def _report_store(client: redis.Redis) -> None:
    """Say at start what is wrong with the store's configuration."""
    try:
        for warning in check_configuration(client):
            logger.warning("The store can lose data: %s", warning)
    except StoreError as error:
        logger.warning("%s", error)
