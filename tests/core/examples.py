"""Builders of the values that the core's tests judge: each takes only what a test varies."""

from datetime import UTC, datetime, timedelta

from watchdog.core.case import Baseline, Case
from watchdog.core.commits import TAGS_LINE, Ancestry, Place, Revision, parse_ref_pattern
from watchdog.core.decisions import Decisions
from watchdog.core.evidence import Basis, Evidence, Reading
from watchdog.core.incident_record import BadBuild, Incident
from watchdog.core.memory import Accepted, TagMemory, TrustedBuild
from watchdog.core.observation import Image, Observation
from watchdog.core.oci import Platform
from watchdog.core.reference import Digest, Tag
from watchdog.core.rule import Enforce, Require, Rule
from watchdog.core.source import parse_source
from watchdog.core.verdict import Code, Finding

NOW = datetime(2026, 3, 2, 4, 30, tzinfo=UTC)
TAG = Tag.parse("quay.io/crunchtools/acquacotta:latest")
URL = "https://github.com/crunchtools/acquacotta"
OURS = parse_source(URL)[0]
ALIAS = parse_source("https://github.com/fatherlinux/Acquacotta")[0]
SIBLING = parse_source("https://github.com/crunchtools/acquacotta-old")[0]
MAIN = "refs/heads/main"
RELEASES = "refs/heads/release-1.9"
BLIND = Finding(Code.SOURCE_UNREACHABLE, "github.com does not answer")


def digest(name="build") -> Digest:
    return Digest.of(name.encode())


def revision(name="commit") -> Revision:
    return Revision(digest(name).hex[:40])


def rule(**changes) -> Rule:
    values = {
        "url": URL,
        "sources": (OURS, ALIAS),
        "refs": (parse_ref_pattern("HEAD"), parse_ref_pattern("v*")),
        "enforce": Enforce.REVERT,
        "revert_on": (Code.UNEXPECTED_SOURCE, Code.OLDER_COMMIT),
        "require": Require.LABELS,
        "max_lag": timedelta(hours=2),
    }
    return Rule(**(values | changes))


def trusted(name="good", **changes) -> TrustedBuild:
    values = {
        "digest": digest(name),
        "source": OURS,
        "revision": revision(name),
        "basis": Basis.LABEL,
        "accepted_at": NOW - timedelta(days=1),
        "code": Code.NEWER,
        "policy": rule().fingerprint,
    }
    return TrustedBuild(**(values | changes))


def accepted(name="good") -> Accepted:
    return Accepted(revision(name), digest(name), NOW - timedelta(days=1))


def memory(**changes) -> TagMemory:
    """A tag that was accepted yesterday."""
    values = {
        "number": 7,
        "digest": digest("good"),
        "since": NOW - timedelta(days=1),
        "findings": (Finding(Code.NEWER, "ahead"),),
        "source": OURS,
        "revision": revision("good"),
        "basis": Basis.LABEL,
        "baseline": revision("good"),
        "trusted": trusted(),
        "accepted": (accepted(),),
    }
    return TagMemory(**(values | changes))


def incident(*builds, number="6", since=timedelta(minutes=30), **changes) -> Incident:
    """An open incident of which people were told when it began."""
    began = NOW - since
    held = tuple(BadBuild(digest(name), began) for name in builds or ("bad",))
    values = {"number": number, "opened_at": began, "wrong_since": began, "told_at": began}
    return Incident(**(values | {"builds": held} | changes))


def place(name="commit", *lines, **changes) -> Place:
    return Place(revision(name), lines or (MAIN,), **changes)


def nowhere(name="commit", *elsewhere) -> Place:
    return Place(revision(name), (), elsewhere=elsewhere)


def baseline(ancestry, name="good", *lines, versions=()) -> Baseline:
    return Baseline(revision(name), Ancestry(ancestry), place(name, *lines, versions=versions))


def reading(source=OURS, name="commit", *, own=True, inherited_by=None) -> Reading:
    return Reading(Evidence(Basis.LABEL, source, revision(name), own, inherited_by))


def unread(code=Code.UNIDENTIFIED) -> Reading:
    return Reading(None, (Finding(code, "no usable claim"),))


def case(ancestry=None, *, approval=None, **changes) -> Case:
    """A build of our source on main; against the baseline it is `ancestry`."""
    if approval:
        changes["decisions"] = Decisions((approval,))
    values = {
        "rule": rule(),
        "memory": memory(),
        "digest": digest(),
        "reading": reading(),
        "place": place(),
        "baseline": baseline(ancestry) if ancestry else None,
    }
    return Case(**(values | changes))


def release(ancestry, ours=(), theirs=(), **changes) -> Case:
    """A build at a tag of a release branch, after one that was built at another tag."""
    return case(
        place=place("commit", TAGS_LINE, versions=ours),
        baseline=baseline(ancestry, "good", MAIN, TAGS_LINE, versions=theirs),
        **changes,
    )


def image(labels=None, platform="amd64", **changes) -> Image:
    values = {
        "platform": Platform("linux", platform),
        "manifest": digest(f"manifest {platform}"),
        "created": NOW,
        "labels": tuple(sorted((labels or {}).items())),
        "annotations": (),
        "diff_ids": (digest("base layer"), digest("own layer")),
    }
    return Image(**(values | changes))


def observation(*images, tag=TAG, annotations=()) -> Observation:
    return Observation(tag, digest(), tuple(annotations), images, ())
