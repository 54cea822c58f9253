"""The policy file as it is written: its sections, each key checked, nothing yet resolved."""

from datetime import time
from pathlib import Path
from typing import Annotated, Literal, TypeVar
from zoneinfo import ZoneInfo

from pydantic import BaseModel, Field, ValidationInfo, field_validator

from watchdog.core.commits import parse_ref_pattern
from watchdog.core.duration import parse_duration
from watchdog.core.globs import WILDCARD, check_tag_glob
from watchdog.core.policy_channels import Channels, ImageGlob, RouteEntries
from watchdog.core.policy_section import STRICT, checked
from watchdog.core.pulls import Pulls
from watchdog.core.reference import Repository, Tag
from watchdog.core.rule import Enforce, FlappingRule, Require
from watchdog.core.signing import GITHUB_ISSUER, SAFE_TRIGGERS, SigningRule
from watchdog.core.source import holds_credentials, parse_source
from watchdog.errors import MalformedError

RULES_MAX = 10_000
REQUESTS_PER_S_MAX = 1000
_T = TypeVar("_T")


def _check_registry(text: str) -> None:
    Repository(text, "any")


def _check_path(text: str) -> None:
    Repository("registry.example", text)


def _check_source(text: str) -> None:
    parse_source(text.replace("{name}", "name"))
    if holds_credentials(text):
        raise MalformedError(
            "holds a user or a password: they belong in the file of WATCHDOG_GIT_CREDENTIALS"
        )


def _check_time_zone(text: str) -> None:
    try:
        ZoneInfo(text)
    except (KeyError, ValueError, OSError) as error:
        raise MalformedError(f"{text[:60]!r} is no time zone, such as Europe/Berlin") from error


TimeZoneText = Annotated[str, checked(_check_time_zone)]
TagGlob = Annotated[str, checked(check_tag_glob)]
SourceUrl = Annotated[str, checked(_check_source)]
RefText = Annotated[str, checked(parse_ref_pattern)]
DurationText = Annotated[str, checked(parse_duration)]
TagText = Annotated[str, checked(Tag.parse)]
RepositoryPath = Annotated[str, checked(_check_path)]
RegistryHost = Annotated[str, checked(_check_registry)]
MOVED = "moved"
MOVED_WARNING = "`moved` takes effect with the promotion rules of a later version, not before"
RevertOn = Annotated[
    Literal["unexpected-source", "older-commit", "unsigned", "bad-signature", "moved"],
    Field(description=f"What is put back; {MOVED_WARNING}."),
]
RevertPeople = Annotated[
    bool, Field(description="Whether what a person moved is put back, too; else it is told only.")
]


class _Section(BaseModel):
    model_config = STRICT


class SigningSection(_Section):
    """What is asked of the signer, where `require: signed`; `refs` are globs over full refs."""

    issuer: Annotated[str, Field(min_length=1)] = GITHUB_ISSUER
    repository_id: Annotated[str, Field(pattern=r"^[0-9]+$")] | None = None
    refs: list[str] = []
    workflows: list[str] = []
    triggers: Annotated[list[str], Field(min_length=1)] = list(SAFE_TRIGGERS)

    def rule(self) -> SigningRule:
        """Make the rule that attestations are held against."""
        return SigningRule(
            self.issuer,
            self.repository_id,
            tuple(self.refs),
            tuple(self.workflows),
            tuple(self.triggers),
        )


class PullsSection(_Section):
    """When hosts pull the tags: once a day at `at` (HH:MM) in an IANA time zone."""

    at: Annotated[str, Field(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$")]
    timezone: TimeZoneText = "UTC"

    def pulls(self) -> Pulls:
        """Make what is asked for the next time."""
        return Pulls(time.fromisoformat(self.at), self.timezone)


class FlappingSection(_Section):
    """A tag with more than so many `changes` `within` this time is summed up, not told of."""

    changes: Annotated[int, Field(ge=1, le=1000)] = 5
    within: DurationText = "30m"

    def flapping(self) -> FlappingRule:
        """Make the rule."""
        return FlappingRule(self.changes, parse_duration(self.within))


class Defaults(_Section):
    """What holds for every rule that does not say otherwise."""

    tags: Annotated[list[TagGlob], Field(min_length=1)] = ["latest"]
    refs: Annotated[list[RefText], Field(min_length=1)] = ["HEAD", "v*"]
    enforce: Enforce = Enforce.ALERT
    revert_on: list[RevertOn] = ["unexpected-source", "older-commit"]
    revert_people: RevertPeople = False
    require: Require = Require.LABELS
    max_lag: DurationText | None = None
    signed: SigningSection = SigningSection()
    signed_within: DurationText = "10m"
    pulls: PullsSection | None = None
    flapping: FlappingSection = FlappingSection()


class WatchEntry(_Section):
    """One rule: an image (or a glob of images) and the source it must be built from."""

    image: ImageGlob
    source: SourceUrl
    aliases: list[SourceUrl] = []
    tags: Annotated[list[TagGlob], Field(min_length=1)] | None = None
    refs: Annotated[list[RefText], Field(min_length=1)] | None = None
    enforce: Enforce | None = None
    revert_on: list[RevertOn] | None = None
    revert_people: RevertPeople | None = None
    require: Require | None = None
    max_lag: DurationText | None = None
    signed: SigningSection | None = None
    signed_within: DurationText | None = None
    pulls: PullsSection | None = None
    flapping: FlappingSection | None = None

    @field_validator("source", "aliases")
    @classmethod
    def _name_has_one_glob(cls, value: str | list[str], info: ValidationInfo) -> str | list[str]:
        urls, image = [value] if isinstance(value, str) else value, info.data.get("image")
        named = any("{name}" in url for url in urls)
        if named and image is not None and len(WILDCARD.findall(image)) != 1:
            raise ValueError("{name} needs exactly one glob in `image`")
        return value


class RegistryEntry(_Section):
    """How to speak to one registry; `ca_file` is trusted instead of the system's authorities.

    `prefix` is for a Quay behind a path: `HOST/PREFIX/namespace/name`, API at `HOST/PREFIX/api`.
    `requests_per_s` is how fast a Quay's own API is asked, where its rate is limited otherwise than
    quay.io's, or not at all.
    """

    plain_http: bool = False
    kind: Literal["quay", "oci"] = "oci"
    ca_file: Path | None = None
    prefix: RepositoryPath | None = None
    requests_per_s: Annotated[float, Field(gt=0, le=REQUESTS_PER_S_MAX)] | None = None

    @field_validator("ca_file")
    @classmethod
    def _is_for_tls(cls, value: Path | None, info: ValidationInfo) -> Path | None:
        if value and info.data.get("plain_http"):
            raise ValueError("plain_http has no certificate that it could check: keep one of them")
        return value

    @field_validator("prefix", "requests_per_s")
    @classmethod
    def _is_for_quay(cls, value: _T, info: ValidationInfo) -> _T:
        if value and info.data.get("kind") != "quay":
            raise ValueError(f"{info.field_name} is for `kind: quay`")
        return value

    def over(self, known: "RegistryEntry") -> "RegistryEntry":
        """Keep what is known of a registry and is not said here."""
        said = self.model_dump(include=self.model_fields_set)
        return known.model_copy(update=said)


class PolicyDocument(_Section):
    """The policy file, as it is written."""

    defaults: Defaults = Defaults()
    bases: list[TagText] = []
    registries: dict[RegistryHost, RegistryEntry] = {}
    channels: Channels = {}
    notify: RouteEntries | None = None
    watch: Annotated[list[WatchEntry], Field(min_length=1, max_length=RULES_MAX)]
