"""Making the parts once, from settings and policy, and handing them to each other."""

import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import date
from functools import partial
from pathlib import Path
from typing import TypeVar

import redis

from watchdog.channel_setup import channels_for
from watchdog.core.policy import Policy
from watchdog.core.quay_hook import HookReceiver
from watchdog.core.routing import Routes
from watchdog.core.step import Observer
from watchdog.errors import ConfigurationError
from watchdog.forge import ask_forge
from watchdog.history.git import check_git
from watchdog.history.mirrors import Mirrors
from watchdog.policy_file import read_policy
from watchdog.provenance.sigstore import SigstoreVerifier
from watchdog.registry.cache import ContentCache, SecondLevel
from watchdog.registry.client import RegistryClient
from watchdog.registry.credentials import Credentials
from watchdog.registry.exchange import HostSettings
from watchdog.registry.quay.api import QuayApi
from watchdog.registry.quay.manifests import uncounted_on
from watchdog.registry.quay.pace import Pace
from watchdog.registry.transport import Transport
from watchdog.settings import Settings
from watchdog.store import keys
from watchdog.store.answers import Answers
from watchdog.store.channels import Channels
from watchdog.store.connection import connect
from watchdog.store.content import ContentStore
from watchdog.store.due import DueSet
from watchdog.store.embedded import url_of
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
from watchdog.work.tools import Tools

T = TypeVar("T")


def store_folder(settings: Settings) -> Path:
    """Name the folder of the private store."""
    return settings.data / "store"


def store_url(settings: Settings) -> str:
    """Name the store: the shared one of REDIS_URL, or the private one of the data folder."""
    return settings.redis_url or url_of(store_folder(settings))


def store_client(settings: Settings) -> redis.Redis:
    """Make a client of the store; it connects with its first command."""
    return connect(store_url(settings))


def due_sets(client: redis.Redis) -> tuple[DueSet, DueSet, DueSet]:
    """Make the three due sets: looks, lanes, chores."""
    return DueSet(client, keys.LOOKS), DueSet(client, keys.LANES), DueSet(client, keys.CHORES)


def policy_reader(settings: Settings) -> Callable[[], Policy]:
    """Make what reads the policy file anew; it raises ConfigurationError."""
    return lambda: read_policy(settings.policy)


def checked_policy_reader(settings: Settings) -> Callable[[], Policy]:
    """Make the same for a worker: a policy whose channels cannot be made is refused, too."""

    def read() -> Policy:
        policy = read_policy(settings.policy)
        channels_for(settings, policy, os.environ)
        return policy

    return read


def quay_tokens(settings: Settings, policy: Policy) -> dict[str, str]:
    """Say which Quay gets which token; raises ConfigurationError where that is not plain.

    A token that names no host is for the policy's one Quay: no other host ever sees it.
    """
    return _by_quay(settings.quay_tokens, policy, "WATCHDOG_QUAY_TOKEN", "TOKEN")


def quay_expiries(settings: Settings, policy: Policy) -> dict[str, date]:
    """Say when which Quay's token ends; raises ConfigurationError where that is not plain."""
    said = settings.quay_token_expires
    return _by_quay(said, policy, "WATCHDOG_QUAY_TOKEN_EXPIRES", "DATE")


def _by_quay(said: Mapping[str, T], policy: Policy, name: str, what: str) -> dict[str, T]:
    """Give what names no host to the policy's one Quay."""
    named = dict(said)
    if "" not in named:
        return named
    unnamed, hosts = named.pop(""), policy.quay_hosts
    if len(hosts) == 1:
        return {hosts[0]: unnamed, **named}
    watched = ", ".join(hosts) or "none"
    raise ConfigurationError(
        f"{name}: the policy watches {len(hosts)} Quays ({watched}); say which one "
        f"a {what.lower()} is for: HOST={what}, several with commas"
    )


def host_settings(policy: Policy) -> dict[str, HostSettings]:
    """Say how the registries that the policy names are reached."""
    return {
        host: HostSettings(plain_http=entry.plain_http, ca_file=entry.ca_file)
        for host, entry in policy.registries.items()
    }


def hook_receiver(settings: Settings) -> HookReceiver | None:
    """Say where hooks are received; without a secret, nowhere."""
    secrets = settings.hook_secrets
    return HookReceiver(settings.base_url or "", secrets) if secrets else None


@contextmanager
def quay_api(settings: Settings, policy: Policy) -> Iterator[QuayApi]:
    """Make what asks Quay's own API, and close it afterwards; raises ConfigurationError."""
    api = _quay_api(Transport(host_settings(policy)), settings, policy)
    try:
        yield api
    finally:
        api.close()


def _quay_api(transport: Transport, settings: Settings, policy: Policy) -> QuayApi:
    entries = policy.registries.items()
    rates = {host: entry.requests_per_s for host, entry in entries if entry.requests_per_s}
    tokens = quay_tokens(settings, policy)
    return QuayApi(transport, tokens, policy.quay_prefixes, pace=Pace(rates))


@contextmanager
def tools_for(
    settings: Settings, policy: Policy, client: redis.Redis, observer: Observer | None = None
) -> Iterator[Tools]:
    """Make everything that a look needs, and close it afterwards; raises ConfigurationError.

    An observer is told all that is read from registries, forges and git.
    """
    check_git()
    channels = channels_for(settings, policy, os.environ)
    looks, lanes, chores = due_sets(client)
    # The settings know the file that NAME_FILE names, too; the environment has the usual places.
    named = settings.registry_auth_file
    environ = {**os.environ, "REGISTRY_AUTH_FILE": str(named) if named else ""}
    # One transport: a host that asks for patience asks it for all of its APIs.
    transport = Transport(host_settings(policy), observer=observer)
    content = ContentStore(client)
    cache = ContentCache(second=SecondLevel(content.get, content.put))
    quay = _quay_api(transport, settings, policy)
    uncounted = uncounted_on(quay, policy.quays)
    registry = RegistryClient(
        transport, Credentials.load(environ), cache=cache, uncounted=uncounted
    )
    mirrors = Mirrors(
        settings.data / "git", credentials=settings.git_credentials, observer=observer
    )
    try:
        yield Tools(
            policy=policy,
            registry=registry,
            quay=quay,
            quay_access=QuayAccess(client),
            quay_applications=QuayApplications(client),
            quay_expiries=quay_expiries(settings, policy),
            quay_hooks=QuayHooks(client),
            hook_receiver=hook_receiver(settings),
            mirrors=mirrors,
            records=Records(client),
            answers=Answers(client),
            incidents=Incidents(client),
            lists=QuayLists(client),
            looks=looks,
            lanes=lanes,
            chores=chores,
            outbox=Outbox(client, lanes),
            fared=Channels(client),
            threads=Threads(client),
            self_conditions=SelfConditions(client),
            channels=channels,
            routes=Routes(tuple(channels), policy.routes),
            look_every=settings.look_every,
            reverts=settings.reverts,
            base_url=settings.base_url,
            undone=Undone(client),
            heartbeat_url=settings.heartbeat_url,
            data=settings.data,
            verifier=SigstoreVerifier(settings.trusted_root),
            attestations=partial(ask_forge, transport),
        )
    finally:
        mirrors.close()
        registry.close()
        quay.close()
