"""The policy: which image is built from which source, and what to do when it is not.

Reading the file and naming its lines is the work of `watchdog.policy_file`.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from pydantic import ValidationError

from watchdog.core.commits import parse_ref_pattern
from watchdog.core.duration import parse_duration
from watchdog.core.globs import WILDCARD, regex_of
from watchdog.core.policy_channels import ChannelSection, channel_warnings, unknown_channels
from watchdog.core.policy_document import (
    MOVED,
    MOVED_WARNING,
    Defaults,
    PolicyDocument,
    RegistryEntry,
    WatchEntry,
)
from watchdog.core.policy_faults import KeyPath, path_of, words_of
from watchdog.core.reference import Repository, Tag
from watchdog.core.rule import Enforce, Rule
from watchdog.core.source import parse_source
from watchdog.core.verdict import Code
from watchdog.errors import ConfigurationError


class PolicyError(ConfigurationError):
    """The policy cannot be used; `problems` are (path of the key, what is wrong) pairs."""

    def __init__(self, problems: Sequence[tuple[KeyPath, str]]) -> None:
        self.problems = tuple(problems)
        words = "; ".join(f"{'.'.join(map(str, path))}: {text}" for path, text in self.problems)
        super().__init__(f"the policy cannot be used: {words}")


@dataclass(frozen=True, slots=True)
class Watched:
    """What is watched of one repository: tags by their names, and perhaps those of a glob.

    `told`: some rule of it does more than observe.
    """

    tags: tuple[Tag, ...]
    by_glob: bool
    told: bool


KNOWN_REGISTRIES = {"quay.io": RegistryEntry(kind="quay")}


class Policy:
    """A policy that was checked: asks of tags, never of text."""

    def __init__(self, document: PolicyDocument) -> None:
        self._entries = tuple(_Entry(entry, document.defaults) for entry in document.watch)
        self.bases = tuple(Tag.parse(text) for text in document.bases)
        self.registries = KNOWN_REGISTRIES | {
            host: entry.over(KNOWN_REGISTRIES.get(host, RegistryEntry()))
            for host, entry in document.registries.items()
        }
        self.channels: Mapping[str, ChannelSection] = document.channels
        """How people are told, by the channel's name; the environment may add to them."""
        notify = document.notify
        self.routes = None if notify is None else tuple(entry.route() for entry in notify)
        """What goes to which channels; None: everything to each."""
        self.warnings = tuple(_warnings(document))
        """(path of the key, what to know about it) pairs: accepted, and not as it may seem."""

    def rule_for(self, tag: Tag) -> Rule | None:
        """Find the first rule that matches image and tag together; None if none does."""
        for entry in self._entries:
            name = entry.match(tag)
            if name is not None:
                return entry.rule(name)
        return None

    def watches(self, repository: Repository) -> bool:
        """Tell whether a rule watches any tag of a repository, named or matched."""
        return any(entry.match_image(repository) is not None for entry in self._entries)

    @cached_property
    def images(self) -> tuple[str, ...]:
        """Every image or glob of images that a rule is for, in lower case."""
        return tuple(dict.fromkeys(entry.image for entry in self._entries))

    def is_quay(self, repository: Repository) -> bool:
        """Tell whether a repository's registry is a Quay, with Quay's own API."""
        return repository.registry in self.quays

    @cached_property
    def quays(self) -> frozenset[str]:
        """Every registry that is a Quay, whether images of it are watched or not."""
        return frozenset(host for host, entry in self.registries.items() if entry.kind == "quay")

    @cached_property
    def quay_hosts(self) -> tuple[str, ...]:
        """Every Quay that a rule watches images of."""
        hosts = dict.fromkeys(entry.registry for entry in self._entries)
        return tuple(host for host in hosts if host in self.quays)

    @cached_property
    def quay_prefixes(self) -> dict[str, str]:
        """What stands before the namespace in the names of a Quay's images, by host."""
        return {host: entry.prefix for host, entry in self.registries.items() if entry.prefix}

    def watched(self, repository: Repository) -> Watched | None:
        """Say what is watched of a repository; None if nothing is."""
        entries = [entry for entry in self._entries if entry.match_image(repository) is not None]
        if not entries:
            return None
        names = dict.fromkeys(name for entry in entries for name in entry.tag_names)
        return Watched(
            tags=tuple(Tag(repository, name) for name in names),
            by_glob=any(entry.tag_globs for entry in entries),
            told=any(entry.enforce is not Enforce.OBSERVE for entry in entries),
        )

    @cached_property
    def literal_tags(self) -> tuple[Tag, ...]:
        """Every tag that the policy names without a glob."""
        named = (tag for entry in self._entries for tag in entry.literal_tags())
        return tuple(dict.fromkeys(named))


class _Entry:
    """A watch entry with its globs compiled and the defaults filled in."""

    def __init__(self, entry: WatchEntry, defaults: Defaults) -> None:
        self._entry = entry
        self._defaults = defaults
        self.image = entry.image.lower()
        self.registry = self.image.partition("/")[0]
        self.enforce = entry.enforce or defaults.enforce
        self._image = re.compile(regex_of(self.image))
        self._tags = tuple(entry.tags if entry.tags is not None else defaults.tags)
        self.tag_names = tuple(tag for tag in self._tags if not WILDCARD.search(tag))
        self.tag_globs = len(self.tag_names) < len(self._tags)
        self._tag = re.compile("|".join(f"(?:{regex_of(glob)})" for glob in self._tags))

    def match(self, tag: Tag) -> str | None:
        """Return what the image's glob matched ("" without a glob), None where it does not."""
        return self.match_image(tag.repository) if self._tag.fullmatch(tag.name) else None

    def match_image(self, repository: Repository) -> str | None:
        """Do the same, whatever the tag."""
        match = self._image.fullmatch(str(repository))
        if not match:
            return None
        name = match[1] if match.re.groups else ""
        return name if not name or _names_a_repository(name) else None

    def rule(self, name: str) -> Rule:
        """Make the rule for a repository whose glob matched `name`."""
        entry, defaults = self._entry, self._defaults
        url = entry.source.replace("{name}", name)
        urls = (url, *(alias.replace("{name}", name) for alias in entry.aliases))
        revert_on = entry.revert_on if entry.revert_on is not None else defaults.revert_on
        people = entry.revert_people
        max_lag = entry.max_lag or defaults.max_lag
        return Rule(
            url=url,
            sources=tuple(dict.fromkeys(parse_source(text)[0] for text in urls)),
            refs=tuple(map(parse_ref_pattern, entry.refs or defaults.refs)),
            enforce=self.enforce,
            revert_on=tuple(Code(code) for code in revert_on if code != MOVED),
            require=entry.require or defaults.require,
            max_lag=parse_duration(max_lag) if max_lag else None,
            signing=(entry.signed or defaults.signed).rule(),
            pulls=pulls.pulls() if (pulls := entry.pulls or defaults.pulls) else None,
            flapping=(entry.flapping or defaults.flapping).flapping(),
            signed_within=parse_duration(entry.signed_within or defaults.signed_within),
            revert_people=people if people is not None else defaults.revert_people,
        )

    def literal_tags(self) -> tuple[Tag, ...]:
        if WILDCARD.search(self._entry.image):
            return ()
        repository = Repository.parse(self._entry.image)
        return tuple(Tag(repository, tag) for tag in self.tag_names)


def parse_policy(document: object) -> Policy:
    """Check a decoded policy file; raises PolicyError with everything that is wrong at once."""
    try:
        checked = PolicyDocument.model_validate(document)
    except ValidationError as error:
        faults, schema = error.errors(), policy_schema()
        raise PolicyError([(path_of(f), words_of(f, schema)) for f in faults]) from error
    if unknown := tuple(unknown_channels(checked.channels, checked.notify)):
        raise PolicyError(unknown)
    return Policy(checked)


def policy_schema() -> dict[str, Any]:
    """Make the JSON Schema of the policy file, for editors."""
    return PolicyDocument.model_json_schema()


def _warnings(document: PolicyDocument) -> Iterator[tuple[KeyPath, str]]:
    sections: list[tuple[KeyPath, Defaults | WatchEntry]] = [(("defaults",), document.defaults)]
    sections += [(("watch", number), entry) for number, entry in enumerate(document.watch)]
    for path, section in sections:
        for number, code in enumerate(section.revert_on or ()):
            if code == MOVED:
                yield (*path, "revert_on", number), MOVED_WARNING
    yield from channel_warnings(document.channels, document.notify)


def _names_a_repository(name: str) -> bool:
    """Tell whether a name, put into a URL, stays whole: `app/tree/x` would be read as `app`."""
    return parse_source(f"https://host.example/owner/{name}")[0].path == f"owner/{name}"
