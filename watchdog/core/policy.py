"""The policy: which image is built from which source, and what to do when it is not.

Reading the file and naming its lines is the work of `watchdog.policy_file`.
"""

import hashlib
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    ValidationError,
    ValidationInfo,
    field_validator,
)

from watchdog.core.commits import RefPattern, parse_ref_pattern
from watchdog.core.duration import parse_duration
from watchdog.core.globs import WILDCARD, check_image_glob, check_tag_glob, regex_of
from watchdog.core.policy_faults import KeyPath, path_of, words_of
from watchdog.core.reference import Repository, Tag
from watchdog.core.source import Source, holds_credentials, parse_source
from watchdog.core.verdict import Code
from watchdog.errors import ConfigurationError, MalformedError

RULES_MAX = 10_000


class Enforce(StrEnum):
    """What follows a rejected build: recorded only, told, or put back."""

    OBSERVE = "observe"
    ALERT = "alert"
    REVERT = "revert"


class Require(StrEnum):
    """The weakest evidence that is accepted."""

    LABELS = "labels"
    BUILDKIT = "buildkit"
    SIGNED = "signed"


class PolicyError(ConfigurationError):
    """The policy cannot be used; `problems` are (path of the key, what is wrong) pairs."""

    def __init__(self, problems: Sequence[tuple[KeyPath, str]]) -> None:
        self.problems = tuple(problems)
        words = "; ".join(f"{'.'.join(map(str, path))}: {text}" for path, text in self.problems)
        super().__init__(f"the policy cannot be used: {words}")


def _checked(check: Any) -> AfterValidator:
    """Make a validator of a parser: pydantic wants ValueError."""

    def validate(text: str) -> str:
        try:
            check(text)
        except MalformedError as error:
            raise ValueError(str(error)) from error
        return text

    return AfterValidator(validate)


def _check_registry(text: str) -> None:
    Repository(text, "any")


def _check_source(text: str) -> None:
    parse_source(text.replace("{name}", "name"))
    if holds_credentials(text):
        raise MalformedError(
            "holds a user or a password: they belong in the file of WATCHDOG_GIT_CREDENTIALS"
        )


ImageGlob = Annotated[str, _checked(check_image_glob)]
TagGlob = Annotated[str, _checked(check_tag_glob)]
SourceUrl = Annotated[str, _checked(_check_source)]
RefText = Annotated[str, _checked(parse_ref_pattern)]
DurationText = Annotated[str, _checked(parse_duration)]
TagText = Annotated[str, _checked(Tag.parse)]
RegistryHost = Annotated[str, _checked(_check_registry)]
MOVED = "moved"
MOVED_WARNING = "`moved` takes effect with the promotion rules of a later version, not before"
RevertOn = Annotated[
    Literal["unexpected-source", "older-commit", "unsigned", "bad-signature", "moved"],
    Field(description=f"What is put back; {MOVED_WARNING}."),
]


class _Section(BaseModel):
    # A value may hold what must not be shown: no error repeats one unless we do.
    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


class Defaults(_Section):
    """What holds for every rule that does not say otherwise."""

    tags: Annotated[list[TagGlob], Field(min_length=1)] = ["latest"]
    refs: Annotated[list[RefText], Field(min_length=1)] = ["HEAD", "v*"]
    enforce: Enforce = Enforce.ALERT
    revert_on: list[RevertOn] = ["unexpected-source", "older-commit"]
    require: Require = Require.LABELS
    max_lag: DurationText | None = None


class WatchEntry(_Section):
    """One rule: an image (or a glob of images) and the source it must be built from."""

    image: ImageGlob
    source: SourceUrl
    aliases: list[SourceUrl] = []
    tags: Annotated[list[TagGlob], Field(min_length=1)] | None = None
    refs: Annotated[list[RefText], Field(min_length=1)] | None = None
    enforce: Enforce | None = None
    revert_on: list[RevertOn] | None = None
    require: Require | None = None
    max_lag: DurationText | None = None

    @field_validator("source", "aliases")
    @classmethod
    def _name_has_one_glob(cls, value: str | list[str], info: ValidationInfo) -> str | list[str]:
        urls, image = [value] if isinstance(value, str) else value, info.data.get("image")
        named = any("{name}" in url for url in urls)
        if named and image is not None and len(WILDCARD.findall(image)) != 1:
            raise ValueError("{name} needs exactly one glob in `image`")
        return value


class RegistryEntry(_Section):
    """How to speak to one registry; `ca_file` is trusted instead of the system's authorities."""

    plain_http: bool = False
    kind: Literal["quay", "oci"] = "oci"
    ca_file: Path | None = None

    @field_validator("ca_file")
    @classmethod
    def _is_for_tls(cls, value: Path | None, info: ValidationInfo) -> Path | None:
        if value and info.data.get("plain_http"):
            raise ValueError("plain_http has no certificate that it could check: keep one of them")
        return value

    def over(self, known: "RegistryEntry") -> "RegistryEntry":
        """Keep what is known of a registry and is not said here."""
        said = self.model_dump(include=self.model_fields_set)
        return known.model_copy(update=said)


KNOWN_REGISTRIES = {"quay.io": RegistryEntry(kind="quay")}


class PolicyDocument(_Section):
    """The policy file, as it is written."""

    defaults: Defaults = Defaults()
    bases: list[TagText] = []
    registries: dict[RegistryHost, RegistryEntry] = {}
    watch: Annotated[list[WatchEntry], Field(min_length=1, max_length=RULES_MAX)]


@dataclass(frozen=True, slots=True)
class Rule:
    """What holds for one tag. `sources` are the source and its aliases; `url` is git's address."""

    url: str
    sources: tuple[Source, ...]
    refs: tuple[RefPattern, ...]
    enforce: Enforce
    revert_on: tuple[Code, ...]
    require: Require
    max_lag: timedelta | None

    @property
    def fingerprint(self) -> str:
        """A short hash of all that decides acceptance: it changes when verdicts may change."""
        said = (self.url, *map(str, self.sources), *map(str, self.refs), self.require.value)
        return hashlib.sha256("\n".join(said).encode()).hexdigest()[:16]

    def address_of(self, source: Source) -> str:
        """Write a source as a URL: with TLS, unless the policy reaches that host without."""
        plain = self.url.lower().startswith("http://") and source.host == self.sources[0].host
        return f"{'http' if plain else 'https'}://{source}"


class Policy:
    """A policy that was checked: asks of tags, never of text."""

    def __init__(self, document: PolicyDocument) -> None:
        self._entries = tuple(_Entry(entry, document.defaults) for entry in document.watch)
        self.bases = tuple(Tag.parse(text) for text in document.bases)
        self.registries = KNOWN_REGISTRIES | {
            host: entry.over(KNOWN_REGISTRIES.get(host, RegistryEntry()))
            for host, entry in document.registries.items()
        }
        self.warnings = tuple(_warnings(document))
        """(path of the key, what to know about it) pairs: accepted, and not as it may seem."""

    def rule_for(self, tag: Tag) -> Rule | None:
        """Find the first rule that matches image and tag together; None if none does."""
        for entry in self._entries:
            name = entry.match(tag)
            if name is not None:
                return entry.rule(name)
        return None

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
        self._image = re.compile(regex_of(entry.image.lower()))
        self._tags = tuple(entry.tags if entry.tags is not None else defaults.tags)
        self._tag = re.compile("|".join(f"(?:{regex_of(glob)})" for glob in self._tags))

    def match(self, tag: Tag) -> str | None:
        """Return what the image's glob matched ("" without a glob), None where it does not."""
        match = self._image.fullmatch(str(tag.repository))
        if not match or not self._tag.fullmatch(tag.name):
            return None
        name = match[1] if match.re.groups else ""
        return name if not name or _names_a_repository(name) else None

    def rule(self, name: str) -> Rule:
        """Make the rule for a repository whose glob matched `name`."""
        entry, defaults = self._entry, self._defaults
        url = entry.source.replace("{name}", name)
        urls = (url, *(alias.replace("{name}", name) for alias in entry.aliases))
        revert_on = entry.revert_on if entry.revert_on is not None else defaults.revert_on
        max_lag = entry.max_lag or defaults.max_lag
        return Rule(
            url=url,
            sources=tuple(dict.fromkeys(parse_source(text)[0] for text in urls)),
            refs=tuple(map(parse_ref_pattern, entry.refs or defaults.refs)),
            enforce=entry.enforce or defaults.enforce,
            revert_on=tuple(Code(code) for code in revert_on if code != MOVED),
            require=entry.require or defaults.require,
            max_lag=parse_duration(max_lag) if max_lag else None,
        )

    def literal_tags(self) -> tuple[Tag, ...]:
        if WILDCARD.search(self._entry.image):
            return ()
        repository = Repository.parse(self._entry.image)
        return tuple(Tag(repository, tag) for tag in self._tags if not WILDCARD.search(tag))


def parse_policy(document: object) -> Policy:
    """Check a decoded policy file; raises PolicyError with everything that is wrong at once."""
    try:
        checked = PolicyDocument.model_validate(document)
    except ValidationError as error:
        faults, schema = error.errors(), policy_schema()
        raise PolicyError([(path_of(f), words_of(f, schema)) for f in faults]) from error
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


def _names_a_repository(name: str) -> bool:
    """Tell whether a name, put into a URL, stays whole: `app/tree/x` would be read as `app`."""
    return parse_source(f"https://host.example/owner/{name}")[0].path == f"owner/{name}"
