"""Whom a Quay tells of pushes: the notifications of every repository, and the hooks behind them."""

import uuid
from dataclasses import dataclass, field
from typing import Any

from watchdog.demo.quay.template import parse_template
from watchdog.demo.registry_hooks import Hook, HookSender, repo_push

PUSH = "repo_push"


@dataclass(frozen=True, slots=True)
class Notification:
    """One row: an event, and the hook that is sent then."""

    uuid: str
    title: str | None
    event: str
    method: str
    config: dict[str, Any]
    event_config: dict[str, Any]
    hook: Hook

    @property
    def described(self) -> dict[str, object]:
        """Write it as the API does, secrets in the URL included."""
        return {
            "uuid": self.uuid,
            "title": self.title,
            "event": self.event,
            "method": self.method,
            "config": self.config,
            "event_config": self.event_config,
            "number_of_failures": self.hook.failures,
        }


@dataclass
class Notifications:
    """All rows, by repository, and one hook of all repositories, which Quay does not have.

    No notification can be made for `refused_hosts`.
    """

    sender: HookSender
    everywhere: Hook = field(default_factory=lambda: Hook("", attempts_max=1))
    rows: dict[str, dict[str, Notification]] = field(default_factory=dict)
    refused_hosts: set[str] = field(default_factory=lambda: {"localhost", "127.0.0.1"})

    def pushed(self, host: str, path: str, tag: str) -> None:
        """Tell of a push of a tag."""
        hooks = [row.hook for row in self.rows.get(path, {}).values() if row.event == PUSH]
        for hook in [self.everywhere, *hooks] if self.everywhere.url else hooks:
            self.sender.send(hook, repo_push(host, path, tag))

    def add(self, path: str, body: dict[str, Any]) -> Notification:
        """Add a row; raises TemplateError."""
        config = body["config"]
        template = config.get("template")
        hook = Hook(config["url"], parse_template(template)) if template else Hook(config["url"])
        row = Notification(
            str(uuid.uuid4()),
            body.get("title"),
            body["event"],
            body["method"],
            config,
            body["eventConfig"],
            hook,
        )
        self.rows.setdefault(path, {})[row.uuid] = row
        return row
