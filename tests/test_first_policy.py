"""A first policy as it is written: valid, and nothing from outside breaks out of it."""

import yaml
from hypothesis import example, given
from hypothesis import strategies as st

from watchdog.core.policy import parse_policy
from watchdog.core.proposal import Pattern, Proposal, undecided
from watchdog.core.reference import Repository, Tag
from watchdog.core.source import parse_source
from watchdog.first_policy import FirstPolicy

HOST = "127.0.0.1:5000"
PATTERN = Pattern(f"{HOST}/acme/*", "https://github.com/acme/{name}")
SOURCE = parse_source("https://git.example:3000/team/app")[0]


def repository(name):
    return Repository(HOST, f"acme/{name}")


def written(*proposals, pattern=PATTERN, registries=None):
    return FirstPolicy("Written by a test.", registries or {}, proposals, pattern).text()


def read(text):
    return yaml.load(text, Loader=yaml.BaseLoader)


def test_the_rules_stand_before_the_pattern_and_what_fits_has_none():
    text = written(
        Proposal(repository("fits"), SOURCE, fits=True),
        Proposal(repository("open"), note="no label: which repository builds this?"),
        Proposal(repository("app"), SOURCE, note="which one is right?"),
        registries={HOST: {"kind": "quay", "plain_http": True}},
    )
    assert read(text) == {
        "defaults": {"enforce": "alert", "tags": ["latest"]},
        "registries": {HOST: {"kind": "quay", "plain_http": "true"}},
        "watch": [
            {"image": f"{HOST}/acme/app", "source": f"https://{SOURCE}"},
            {"image": PATTERN.images, "source": PATTERN.source},
        ],
    }
    policy = parse_policy(read(text))
    assert policy.rule_for(Tag(repository("app"), "latest")).sources == (SOURCE,)
    assert "  # which one is right?\n  - image: 127.0.0.1:5000/acme/app\n" in text
    assert (
        "  # no label: which repository builds this?\n"
        "  # - image: 127.0.0.1:5000/acme/open\n"
        "  #   source: https://github.com/OWNER/REPOSITORY\n"
    ) in text
    assert "the images of 1 say so today" in text


def test_what_is_commented_is_a_rule_once_its_marks_are_taken_away():
    text = written(Proposal(repository("open"), note="why?"))
    rule = text.replace("  # - image", "  - image").replace("  #   source", "    source")
    assert read(rule)["watch"][0]["image"] == f"{HOST}/acme/open"
    assert len(parse_policy(read(rule)).images) == 2


def test_without_a_rule_there_is_no_policy():
    def made(*proposals, pattern=None):
        return FirstPolicy("", {}, proposals, pattern).has_rules

    assert not made()
    assert not made(undecided(repository("open"), "why?"))
    assert made(Proposal(repository("app"), SOURCE))
    assert made(pattern=PATTERN)


TEXT = st.text(max_size=300) | st.text("\n\r\x85\u2028\u2029 \t:#-'\"{}[]&*!|>%@`,?", max_size=60)


@given(TEXT, TEXT)
@example("\n- image: quay.io/evil/app\n  source: https://evil.example/a/b", "\u2028watch: []")
@example("#\x85- image: x", "\r\nwatch:\r\n")
def test_no_note_and_no_comment_ever_changes_what_is_read(note, by):
    proposals = (
        Proposal(repository("app"), SOURCE, note=note),
        Proposal(repository("open"), note=note),
    )
    document = read(FirstPolicy(by, {}, proposals, PATTERN).text())
    assert document == read(written(*proposals[:1]))
    assert [rule["image"] for rule in document["watch"]] == [f"{HOST}/acme/app", PATTERN.images]


@given(TEXT)
@example("https://github.com/a/{name}\n- image: quay.io/evil/*")
@example("'\"\n: {")
@example("null")
@example("2026-01-01")
def test_a_value_is_read_as_it_was_whatever_it_holds(source):
    rule = read(written(pattern=Pattern(PATTERN.images, source)))["watch"][0]
    lines = source.replace("\r\n", "\n").replace("\r", "\n")
    assert rule["image"] == PATTERN.images
    assert rule["source"] in {source, lines}
