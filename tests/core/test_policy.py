import json
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.core.examples import ALIAS, OURS, URL, rule
from watchdog.core.commits import parse_ref_pattern
from watchdog.core.policy import MOVED_WARNING, PolicyError, parse_policy, policy_schema
from watchdog.core.reference import Repository, Tag
from watchdog.core.rule import Enforce, Require
from watchdog.core.source import parse_source
from watchdog.core.verdict import Code

IMAGE = "quay.io/crunchtools/acquacotta"
ENTRY = {"image": IMAGE, "source": URL}


def policy(*entries, **sections):
    return parse_policy({"watch": list(entries) or [ENTRY], **sections})


def found(watched, tag):
    return watched.rule_for(Tag.parse(tag))


def test_a_rule_has_the_defaults_of_the_product():
    assert found(policy(), IMAGE) == rule(sources=(OURS,), enforce=Enforce.ALERT, max_lag=None)


def test_a_rule_takes_the_file_s_defaults_where_it_says_nothing():
    defaults = {
        "tags": ["stable"],
        "refs": ["main"],
        "enforce": "observe",
        "revert_on": [],
        "revert_people": True,
        "require": "buildkit",
        "max_lag": "1d",
    }

    read = found(policy(defaults=defaults), f"{IMAGE}:stable")

    assert read == rule(
        sources=(OURS,),
        refs=(parse_ref_pattern("main"),),
        enforce=Enforce.OBSERVE,
        revert_on=(),
        revert_people=True,
        require=Require.BUILDKIT,
        max_lag=timedelta(days=1),
    )


def test_a_rule_s_own_words_come_before_the_file_s_defaults():
    own = ENTRY | {
        "aliases": ["https://github.com/fatherlinux/Acquacotta", f"{URL}.git"],
        "tags": ["edge"],
        "refs": ["v*"],
        "enforce": "revert",
        "revert_on": ["older-commit", "moved", "unsigned"],
        "revert_people": False,
        "require": "labels",
        "max_lag": "2h",
    }
    others = {"tags": ["x"], "refs": ["x"], "revert_on": [], "require": "signed", "max_lag": "9d"}
    others |= {"revert_people": True}

    assert found(policy(own, defaults=others), f"{IMAGE}:edge") == rule(
        sources=(OURS, ALIAS),
        refs=(parse_ref_pattern("v*"),),
        revert_on=(Code.OLDER_COMMIT, Code.UNSIGNED),
    )


@pytest.mark.parametrize(
    ("url", "source", "address"),
    [
        ("http://x.org:81/a/b.git", "x.org:81/a/b", "http://x.org:81/a/b"),
        ("HTTP://x.org/a/b", "x.org/a/b-old", "http://x.org/a/b-old"),
        ("http://x.org/a/b", "y.org/a/b", "https://y.org/a/b"),
        ("git@x.org:a/b", "x.org/a/b", "https://x.org/a/b"),
        ("https://x.org/a/b", "x.org/a/b", "https://x.org/a/b"),
    ],
)
def test_a_source_has_the_address_that_the_policy_reaches_it_by(url, source, address):
    read = found(policy(ENTRY | {"source": url}), IMAGE)

    assert read.address_of(parse_source(source)[0]) == address


GLOBS = [
    ("quay.io/org/*", "quay.io/org/app", "app"),
    ("quay.io/org/*", "quay.io/org/sub/app", None),
    ("quay.io/org/*", "quay.io/other/app", None),
    ("quay.io/org/**", "quay.io/org/sub/app", "sub/app"),
    ("quay.io/**/app", "quay.io/a/b/app", "a/b"),
    ("quay.io/**/app", "quay.io/app", None),
    ("quay.io/org/mcp-*", "quay.io/org/mcp-airlock", "airlock"),
    ("quay.io/org/mcp-*", "quay.io/org/mcp", None),
    ("quay.io/org/app?", "quay.io/org/app7", "7"),
    ("quay.io/org/app?", "quay.io/org/app", None),
    ("quay.io/org/a.p-*", "quay.io/org/axp-1", None),
    ("Quay.IO/org/*", "quay.io/org/app", "app"),
]


@pytest.mark.parametrize(("glob", "repository", "name"), GLOBS)
def test_a_glob_matches_and_names_the_source(glob, repository, name):
    watched = policy({"image": glob, "source": "https://github.com/org/{name}"})

    read = found(watched, repository)

    expected = name and parse_source(f"https://github.com/org/{name}")[0]
    assert (read and read.sources[0]) == expected


def test_the_name_stands_in_aliases_too():
    read = found(
        policy({"image": "quay.io/org/*", "source": URL, "aliases": ["https://x.org/old/{name}"]}),
        "quay.io/org/app",
    )

    assert [str(source) for source in read.sources] == [str(OURS), "x.org/old/app"]


@pytest.mark.parametrize(
    ("glob", "tag", "expected"),
    [
        ("v*", "v1", True),
        ("v*", "latest", False),
        ("1.?", "1.2", True),
        ("1.?", "1.23", False),
        ("1.?", "1x2", False),
        ("latest", "latest-dev", False),
    ],
)
def test_a_glob_of_tags_matches_whole_tags(glob, tag, expected):
    watched = policy(ENTRY | {"tags": ["none", glob]})

    assert bool(found(watched, f"{IMAGE}:{tag}")) is expected


def test_the_first_rule_that_matches_image_and_tag_together_wins():
    watched = policy(
        ENTRY | {"tags": ["latest"], "enforce": "revert"},
        ENTRY | {"tags": ["*"], "enforce": "observe"},
        {"image": "quay.io/crunchtools/*", "source": URL, "tags": ["latest", "v?"]},
    )

    assert found(watched, f"{IMAGE}:latest").enforce is Enforce.REVERT
    assert found(watched, f"{IMAGE}:v1").enforce is Enforce.OBSERVE
    assert found(watched, "quay.io/crunchtools/other:v1").enforce is Enforce.ALERT
    assert found(watched, "quay.io/crunchtools/other:v10") is None


def test_tags_that_are_named_without_a_glob_are_known_beforehand():
    watched = policy(
        ENTRY | {"tags": ["latest", "v*", "edge"]},
        {"image": "quay.io/org/*", "source": URL},
        {"image": "Quay.IO/crunchtools/acquacotta", "source": URL},
    )

    assert list(map(str, watched.literal_tags)) == [f"{IMAGE}:latest", f"{IMAGE}:edge"]
    assert all(watched.rule_for(tag) for tag in watched.literal_tags)


def test_bases_and_registries_are_read_and_quay_is_known():
    watched = policy(
        bases=["quay.io/hummingbird/python"],
        registries={"127.0.0.1:5000": {"plain_http": True}},
    )

    assert list(map(str, watched.bases)) == ["quay.io/hummingbird/python:latest"]
    assert watched.registries["quay.io"].kind == "quay"
    assert watched.registries["127.0.0.1:5000"].plain_http
    assert watched.registries["127.0.0.1:5000"].kind == "oci"


@pytest.mark.parametrize("said", [{}, {"plain_http": True}])
def test_what_is_known_of_quay_holds_unless_the_policy_says_otherwise(said):
    entry = policy(registries={"quay.io": said}).registries["quay.io"]
    other = policy(registries={"quay.io": said | {"kind": "oci"}}).registries["quay.io"]

    assert (entry.kind, entry.plain_http) == ("quay", bool(said))
    assert (other.kind, other.plain_http) == ("oci", bool(said))


def test_the_quays_of_a_policy_are_those_that_a_rule_watches():
    own = {"kind": "quay", "prefix": "registry"}
    watched = policy(
        {"image": "q.corp:8443/registry/acme/*", "source": "https://x.org/a/b"},
        {"image": "ghcr.io/acme/app", "source": "https://x.org/a/b"},
        registries={"q.corp:8443": own, "other.corp": {"kind": "quay"}},
    )

    assert watched.quay_hosts == ("q.corp:8443",)
    assert watched.quay_prefixes == {"q.corp:8443": "registry"}
    assert watched.is_quay(Repository("other.corp", "acme/app"))
    assert not watched.is_quay(Repository("ghcr.io", "acme/app"))


@pytest.mark.parametrize("entry", [{"kind": "quay", "prefix": "/x"}, {"prefix": "x"}])
def test_a_prefix_is_a_path_in_front_of_a_quay(entry):
    with pytest.raises(PolicyError):
        policy(registries={"q.corp": entry})


@pytest.mark.parametrize(
    ("entry", "taken"),
    [
        ({"kind": "quay", "requests_per_s": 40}, True),
        ({"kind": "quay", "requests_per_s": 0.5}, True),
        ({"kind": "quay", "requests_per_s": 0}, False),
        ({"kind": "quay", "requests_per_s": 1001}, False),
        ({"requests_per_s": 40}, False),
    ],
)
def test_how_fast_a_quay_is_asked_is_a_number_of_a_quay(entry, taken):
    try:
        watched = policy(registries={"q.corp": entry})
    except PolicyError:
        assert not taken
    else:
        assert watched.registries["q.corp"].requests_per_s == entry["requests_per_s"]
        assert taken


def test_a_registry_may_have_its_own_certificate_authority():
    watched = policy(registries={"x.org": {"ca_file": "/etc/ca.pem"}})

    assert watched.registries["x.org"].ca_file == Path("/etc/ca.pem")


def test_moved_may_be_said_and_is_known_to_have_no_effect_yet():
    watched = policy(
        ENTRY, ENTRY | {"revert_on": ["unsigned", "moved"]}, defaults={"revert_on": ["moved"]}
    )

    assert [path for path, _ in watched.warnings] == [
        ("defaults", "revert_on", 0),
        ("watch", 1, "revert_on", 1),
    ]
    assert {text for _, text in watched.warnings} == {MOVED_WARNING}
    assert MOVED_WARNING in json.dumps(policy_schema())
    assert policy().warnings == ()


DECIDES = {
    "url": {"url": f"{URL}2"},
    "sources": {"sources": (OURS,)},
    "refs": {"refs": (parse_ref_pattern("HEAD"),)},
    "require": {"require": Require.SIGNED},
}


@pytest.mark.parametrize("changes", DECIDES.values(), ids=DECIDES)
def test_the_fingerprint_changes_with_what_decides_acceptance(changes):
    assert replace(rule(), **changes).fingerprint != rule().fingerprint


@given(
    st.sampled_from(Enforce),
    st.lists(st.sampled_from([Code.OLDER_COMMIT, Code.UNEXPECTED_SOURCE])),
    st.none() | st.timedeltas(),
    st.booleans(),
)
def test_the_fingerprint_does_not_change_with_what_follows_a_verdict(
    enforce, codes, max_lag, people
):
    changed = rule(enforce=enforce, revert_on=tuple(codes), max_lag=max_lag, revert_people=people)

    assert changed.fingerprint == rule().fingerprint


def test_an_editor_gets_a_schema():
    schema = policy_schema()

    assert schema["required"] == ["watch"]
    assert schema["additionalProperties"] is False


def test_a_repository_whose_name_would_read_as_a_page_of_another_is_not_watched():
    policy = parse_policy(
        {"watch": [{"image": "quay.io/org/**", "source": "https://github.com/org/{name}"}]}
    )
    assert policy.rule_for(Tag.parse("quay.io/org/app:latest"))
    assert policy.rule_for(Tag.parse("quay.io/org/app/worker:latest"))
    assert policy.rule_for(Tag.parse("quay.io/org/app/tree/x:latest")) is None
    assert policy.rule_for(Tag.parse("quay.io/org/app.git:latest")) is None
