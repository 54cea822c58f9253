"""A registry in one process: real HTTP, real state, Quay's habits, and strings to pull.

It stands in for Quay in the demo and in tests: it answers as recorded from a real one
(quay/quay ffba0c70e), or with another registry's habits. It holds everything in memory and is not
a registry to keep images in.
"""

import json
import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus
from types import TracebackType
from typing import Self

from watchdog.core.reference import Digest, Repository, Tag
from watchdog.demo.images import BuiltImage, BuiltIndex
from watchdog.demo.quay.grants import Actor
from watchdog.demo.quay.office import PREFIX, READ_ONLY, QuayOffice
from watchdog.demo.quay.usage_log import ADDRESS, Client
from watchdog.demo.registry_api import CDN_PATH, NAME, RegistryApi
from watchdog.demo.registry_clock import Clock
from watchdog.demo.registry_content import RegistryContent
from watchdog.demo.registry_habits import QUAY, Habits
from watchdog.demo.registry_hooks import HookSender
from watchdog.demo.registry_http import Answer, Asked, Server
from watchdog.demo.registry_lists import fallback_tag, index_of, referrers_of
from watchdog.demo.registry_tokens import TokenOffice, refused

PUSHED_WITH = "skopeo/1.9.3"


@dataclass(frozen=True, slots=True)
class _Trouble:
    """What befalls one request: a wait, an error status, or both."""

    wait_s: float = 0.0
    status: int | None = None
    retry_after: str | None = None


class RegistrySimulator:
    """A registry on loopback, used as a context manager or with start() and stop()."""

    def __init__(self, port: int = 0, *, habits: Habits = QUAY) -> None:
        self._lock = threading.Lock()
        self._stopping = threading.Event()
        self._hooks = HookSender()
        self.clock = Clock()
        self._content = RegistryContent(self.clock, keeps_signatures=not habits.own_api)
        self.quay = QuayOffice(self._content, self._lock, self._hooks)
        self._office = TokenOffice(habits, self._content, self.quay.grants)
        self._habits = habits
        self._api = RegistryApi(self._content, self._done, habits)
        self._troubles: deque[_Trouble] = deque()
        self.requests: list[tuple[str, str]] = []
        self.asked_hosts: set[str] = set()
        self._before: dict[tuple[str, str], Callable[[], object]] = {}
        self._lost: set[tuple[str, str]] = set()
        self._server = Server(("127.0.0.1", port), self._answer)
        self.host = f"127.0.0.1:{self._server.server_port}"

    def start(self) -> Self:
        """Answer requests from now on."""
        self._hooks.start()
        self._server.start()
        return self

    def stop(self) -> None:
        """Deliver the hooks still queued and end every thread and connection."""
        self._stopping.set()
        self._server.stop()
        self._hooks.stop()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    def tag(self, path: str, name: str = "latest") -> Tag:
        """Name a tag of this registry."""
        return Tag(Repository(self.host, path), name)

    @property
    def hook_url(self) -> str | None:
        """Where pushes of all tags are announced, once each; None announces none."""
        return self.quay.notifications.everywhere.url or None

    @hook_url.setter
    def hook_url(self, url: str | None) -> None:
        self.quay.notifications.everywhere.url = url or ""

    def push(
        self,
        image: BuiltImage | BuiltIndex,
        tag: Tag,
        *,
        by: str | None = None,
        agent: str = PUSHED_WITH,
        address: str = ADDRESS,
    ) -> Digest:
        """Push an image with all its parts, as a client would: with a hook.

        `by` is a robot (`acme+ci`, the default for `acme`) or a person. Raises ImmutableTagError.
        """
        with self._lock:
            path, content = tag.repository.path, self._content.at(tag.repository.path)
            client = Client(Actor(by or _robot(path)), agent, address)
            for part in (*image.children, image):
                self._content.blobs |= {Digest.of(blob): blob for blob in part.blobs}
                self._content.store(path, str(part.digest), part.manifest)
            self._content.store(path, tag.name, image.manifest)
            # Once another build displaces it, it cannot be read any more, as in Quay.
            content.held.difference_update(part.digest for part in (*image.children, image))
            self._note("push_repo", client, path, tag.name, image.manifest.media_type)
        return image.digest

    def attach(self, artifact: BuiltImage, tag: Tag) -> Digest:
        """Attach an artifact to its subject in a tag's repository, as a client would.

        Where there is no referrers API, clients keep an index of all under the fallback tag.
        """
        with self._lock:
            content = self._content.at(tag.repository.path)
            self._content.blobs |= {Digest.of(blob): blob for blob in artifact.blobs}
            self._content.store(tag.repository.path, str(artifact.digest), artifact.manifest)
            subject = Digest.parse(json.loads(artifact.manifest.body)["subject"]["digest"])
            if self._habits.referrers != HTTPStatus.OK:
                index = index_of(referrers_of(content, subject))
                self._content.store(tag.repository.path, fallback_tag(subject), index)
        return artifact.digest

    def move(self, tag: Tag, digest: Digest) -> None:
        """Point a tag at a digest of its repository's history, silently, as Quay's API does."""
        with self._lock:
            content = self._content.at(tag.repository.path)
            if digest not in content.manifests:
                raise KeyError(str(digest))
            content.point(tag.name, digest)

    def delete_tag(self, tag: Tag) -> None:
        """Delete a tag, silently."""
        with self._lock:
            if not self._content.at(tag.repository.path).delete(tag.name):
                raise KeyError(str(tag))

    def digest(self, tag: Tag) -> Digest | None:
        """Say what a tag is, without a request."""
        with self._lock:
            return self._content.at(tag.repository.path).tags.get(tag.name)

    def collect_garbage(self) -> None:
        """Forget all manifests that no tag reaches."""
        with self._lock:
            self._content.collect_garbage()

    def forget_blob(self, digest: Digest) -> None:
        """Lose a blob, as a registry whose storage failed."""
        with self._lock:
            del self._content.blobs[digest]

    def fail_next(self, status: int, times: int = 1, retry_after: str | None = None) -> None:
        """Answer the next requests with an error, and with a Retry-After as given."""
        with self._lock:
            self._troubles.extend([_Trouble(status=status, retry_after=retry_after)] * times)

    def hang_next(self, seconds: float) -> None:
        """Let the next request wait for its answer (a stop ends the wait)."""
        with self._lock:
            self._troubles.append(_Trouble(wait_s=seconds))

    def stale_reads(self, times: int) -> None:
        """Answer the next reads of manifests by tag as a replica that lags by one move."""
        with self._lock:
            self._api.stale_reads = times

    def before_next(self, method: str, path: str, happens: Callable[[], object]) -> None:
        """Let something happen when this request has come and is not yet answered: a race."""
        with self._lock:
            self._before[method, path] = happens

    def lose_answer(self, method: str, path: str) -> None:
        """Do what the next such request asks, and let a proxy answer that nobody did in time."""
        with self._lock:
            self._lost.add((method, path))

    def require_token(
        self,
        user: str,
        password: str,
        *,
        actions: tuple[str, ...] = ("pull", "push"),
        expires_in: int | None = None,
    ) -> None:
        """Ask for tokens from now on, whatever is asked for, and let this account have some."""
        self.account(user, password, actions=actions)
        with self._lock:
            self._office.closed = True
            self._office.expires_in = expires_in

    def account(
        self, user: str, password: str, *, actions: tuple[str, ...] = ("pull", "push")
    ) -> None:
        """Let only accounts push or read what is private, this one among them."""
        with self._lock:
            self._office.accounts[user] = (password, frozenset(actions))

    def revoke_tokens(self) -> None:
        """Make every token given so far worthless."""
        with self._lock:
            self._office.tokens.clear()

    def _done(self, kind: str, asked: Asked, path: str, tag: str, media_type: str) -> None:
        actor = self._office.actor_of(asked)
        if actor is None and kind != "pull_repo":
            actor = Actor(_robot(path))  # Without accounts, everybody may do everything.
        client = Client(actor, asked.headers.get("User-Agent", ""))
        self._note(kind, client, path, tag, media_type)

    def _note(self, kind: str, client: Client, path: str, tag: str, media_type: str) -> None:
        # The digest of a deletion is the tag's name: Quay's mistake.
        details = {"digest": tag} if kind == "delete_tag" else {"mediaType": media_type}
        self.quay.log.transfer(kind, path, client, tag, dict(details))
        if kind == "push_repo":
            self.quay.notifications.pushed(self.host, path, tag)

    def _answer(self, asked: Asked) -> Answer:
        with self._lock:
            self.requests.append((asked.method, asked.path))
            self.asked_hosts.add(asked.headers.get("Host", ""))
            trouble = self._troubles.popleft() if self._troubles else _Trouble()
            happens = self._before.pop((asked.method, asked.path), None)
            lost = (asked.method, asked.path) in self._lost
            self._lost.discard((asked.method, asked.path))
        if happens is not None:
            happens()
        self._stopping.wait(trouble.wait_s)
        if trouble.status is not None:
            failed = refused("UNAVAILABLE", "the simulator was told to fail", trouble.status)
            wait = {"Retry-After": trouble.retry_after} if trouble.retry_after else {}
            return Answer(failed.status, {**failed.headers, **wait}, failed.body)
        with self._lock:
            answer = self._permitted(asked)
        return (
            refused("TIMEOUT", "no answer in time", HTTPStatus.GATEWAY_TIMEOUT) if lost else answer
        )

    def _permitted(self, asked: Asked) -> Answer:
        host = asked.headers.get("Host", self.host)
        if asked.path == self._habits.token_path:
            return self._office.hand_out(asked, host)
        if asked.path.startswith(CDN_PATH):
            return self._api.answer(asked)
        if self._habits.own_api and asked.path.startswith(PREFIX):
            return self.quay.answer(asked, host)
        if self.quay.read_only and asked.method not in {"GET", "HEAD"}:
            return refused("DENIED", READ_ONLY, HTTPStatus.METHOD_NOT_ALLOWED)
        named = NAME.match(asked.path)
        refusal = self._office.challenge(asked, host, named["path"] if named else None)
        return refusal or self._api.answer(asked)


def _robot(path: str) -> str:
    return f"{path.partition('/')[0]}+ci"
