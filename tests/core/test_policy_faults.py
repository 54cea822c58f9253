"""Whatever is wrong with a policy is said: where, what, and what would be right."""

import pytest

from tests.core.examples import URL
from watchdog.core.policy import PolicyError, parse_policy
from watchdog.core.policy_faults import words_of
from watchdog.core.reference import Tag

IMAGE = "quay.io/crunchtools/acquacotta"
ENTRY = {"image": IMAGE, "source": URL}


def problems(document):
    with pytest.raises(PolicyError) as raised:
        parse_policy(document)
    return dict(raised.value.problems)


WRONG = {
    "no-mapping": ([], (), "valid dictionary"),
    "nothing": ({}, ("watch",), "is missing"),
    "empty": ({"watch": []}, ("watch",), "at least 1 item"),
    "unknown-section": ({"watch": [ENTRY], "wacth": 1}, ("wacth",), "unknown key"),
    "unknown-key": ({"watch": [ENTRY | {"tag": 1}]}, ("watch", 0, "tag"), "unknown key"),
    "no-source": ({"watch": [{"image": IMAGE}]}, ("watch", 0, "source"), "is missing"),
    "image-without-registry": (
        {"watch": [ENTRY | {"image": "org/app"}]},
        ("watch", 0, "image"),
        "does not start with a registry",
    ),
    "image-with-tag": (
        {"watch": [ENTRY | {"image": f"{IMAGE}:latest"}]},
        ("watch", 0, "image"),
        "not a repository path",
    ),
    "bad-source": (
        {"watch": [ENTRY | {"source": "git.example"}]},
        ("watch", 0, "source"),
        "not a repository URL",
    ),
    "bad-alias": (
        {"watch": [ENTRY | {"aliases": [URL, "x"]}]},
        ("watch", 0, "aliases", 1),
        "not a repository URL",
    ),
    "name-without-glob": (
        {"watch": [ENTRY | {"source": "https://x.org/org/{name}"}]},
        ("watch", 0, "source"),
        "{name} needs exactly one glob in `image`",
    ),
    "name-of-two-globs": (
        {"watch": [{"image": "quay.io/*/*", "source": URL, "aliases": ["https://x.org/a/{name}"]}]},
        ("watch", 0, "aliases"),
        "{name} needs exactly one glob in `image`",
    ),
    "no-tags": ({"watch": [ENTRY | {"tags": []}]}, ("watch", 0, "tags"), "at least 1 item"),
    "no-refs": ({"defaults": {"refs": []}, "watch": [ENTRY]}, ("defaults", "refs"), "at least 1"),
    "bad-tag": ({"watch": [ENTRY | {"tags": ["-x"]}]}, ("watch", 0, "tags", 0), "not a tag"),
    "bad-ref": ({"watch": [ENTRY | {"refs": ["a b"]}]}, ("watch", 0, "refs", 0), "not a ref"),
    "bad-span": ({"watch": [ENTRY | {"max_lag": "2"}]}, ("watch", 0, "max_lag"), "write 90s"),
    "bad-word": (
        {"watch": [ENTRY | {"enforce": "x"}]},
        ("watch", 0, "enforce"),
        "unknown value 'x' (the words here: alert, observe, revert)",
    ),
    "no-word": ({"watch": [ENTRY | {"enforce": []}]}, ("watch", 0, "enforce"), "'observe'"),
    "not-revertible": (
        {"watch": [ENTRY | {"revert_on": ["diverged"]}]},
        ("watch", 0, "revert_on", 0),
        "unexpected-source, unsigned)",
    ),
    "bad-base": ({"watch": [ENTRY], "bases": ["python"]}, ("bases", 0), "registry"),
    "bad-registry": (
        {"watch": [ENTRY], "registries": {"quay.io/org": {}}},
        ("registries", "quay.io/org"),
        "not a registry host",
    ),
    "bad-kind": (
        {"watch": [ENTRY], "registries": {"x.org": {"kind": "docker"}}},
        ("registries", "x.org", "kind"),
        "unknown value 'docker' (the words here: oci, quay)",
    ),
    "ca-file-without-tls": (
        {"watch": [ENTRY], "registries": {"x.org": {"plain_http": "true", "ca_file": "ca.pem"}}},
        ("registries", "x.org", "ca_file"),
        "plain_http has no certificate",
    ),
}


@pytest.mark.parametrize(("document", "path", "words"), WRONG.values(), ids=WRONG)
def test_what_is_wrong_is_said_with_its_path(document, path, words):
    found = problems(document)

    assert list(found) == [path]
    assert words in found[path]


NEAR = {
    "section": ({"watches": []}, ("watches",), "; is `watch` meant?"),
    "default": ({"defaults": {"enforced": 1}}, ("defaults", "enforced"), "; is `enforce` meant?"),
    "rule": ({"watch": [{"sorce": URL}]}, ("watch", 0, "sorce"), "; is `source` meant?"),
    "registry": (
        {"registries": {"x.org": {"plain-http": 1}}},
        ("registries", "x.org", "plain-http"),
        "; is `plain_http` meant?",
    ),
    "word": ({"defaults": {"enforce": "alerts"}}, ("defaults", "enforce"), "; is `alert` meant?"),
    "far": ({"colour": 1}, ("colour",), "unknown key (the keys here: bases, channels, defaults,"),
}


@pytest.mark.parametrize(("document", "path", "words"), NEAR.values(), ids=NEAR)
def test_what_would_be_right_is_said(document, path, words):
    assert words in problems(document)[path]


def test_the_keys_of_a_section_that_may_be_absent_are_known():
    section = {"anyOf": [{"type": "null"}, {"$ref": "#/$defs/Signed"}]}
    schema = {
        "properties": {"signed": section},
        "$defs": {"Signed": {"properties": {"issuer": {}}}},
    }
    fault = {"type": "extra_forbidden", "loc": ("signed", "isuer")}

    assert "; is `issuer` meant?" in words_of(fault, schema)


def test_an_unknown_key_where_the_schema_knows_nothing_is_said_alone():
    assert words_of({"type": "extra_forbidden", "loc": ("x", "y")}, {}) == "unknown key"


@pytest.mark.parametrize("key", ["source", "aliases"])
@pytest.mark.parametrize(
    "url",
    [
        "https://robot:hunter2@x.org/a/b",
        "https://hunter2@x.org/a/b",
        "git+HTTPS://hunter2@x.org/a/{name}",
        "ssh://git:hunter2@x.org/a/b",
        "https://robot:hunt?er2@x.org/a/b",
    ],
)
def test_credentials_in_a_source_s_url_are_refused_and_not_repeated(key, url):
    entry = {"image": "quay.io/org/*", "source": URL}
    with pytest.raises(PolicyError) as raised:
        parse_policy({"watch": [entry | {key: url if key == "source" else [url]}]})

    (problem,) = raised.value.problems
    assert problem[0][:3] == ("watch", 0, key)
    assert "hunt" not in f"{problem} {raised.value} {raised.value.__cause__}"


@pytest.mark.parametrize(
    "url", ["git@x.org:a/b", "ssh://git@x.org/a/b", "git+https://x.org/a/b@v1"]
)
def test_a_user_that_is_no_secret_may_stand_in_a_url(url):
    watched = parse_policy({"watch": [ENTRY | {"source": url}]})

    assert watched.rule_for(Tag.parse(IMAGE)).url == url


def test_credentials_are_sent_to_where_they_belong():
    found = problems({"watch": [ENTRY | {"source": "https://me:pw@x.org/a/b"}]})

    assert "WATCHDOG_GIT_CREDENTIALS" in found["watch", 0, "source"]


def test_everything_that_is_wrong_is_said_at_once():
    found = problems(
        {
            "defaults": {"enforce": "x"},
            "registries": {"a/b": {"x": 1}},
            "watch": [
                {"image": "x", "source": "https://x.org/{name}/y", "tags": [1]},
                ENTRY | {"source": "https://x.org/org/{name}", "max_lag": "x", "unknown": 1},
            ],
        }
    )

    assert set(found) == {
        ("defaults", "enforce"),
        ("registries", "a/b"),
        ("registries", "a/b", "x"),
        ("watch", 0, "image"),
        ("watch", 0, "tags", 0),
        ("watch", 1, "source"),
        ("watch", 1, "max_lag"),
        ("watch", 1, "unknown"),
    }


def test_the_error_names_every_path_in_words():
    with pytest.raises(PolicyError, match=r"watch\.0\.source: is missing; x: unknown key"):
        parse_policy({"x": 1, "watch": [{"image": IMAGE}]})
