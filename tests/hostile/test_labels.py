"""Hostile labels, annotations, platforms and statements: judged, told and shown without harm."""

import io
import json

import pytest
from rich.console import Console

from tests.work.conftest import APP
from watchdog.check import look_once
from watchdog.core.verdict import Code
from watchdog.demo.images import build_index
from watchdog.report import as_json, as_nagios, as_table
from watchdog.web.app import close_app, create_app

SOURCE = "org.opencontainers.image.source"
REVISION = "org.opencontainers.image.revision"
CREATED = "org.opencontainers.image.created"
BASE = "org.opencontainers.image.base.name"
MEGABYTE_OF_X = "x" * 900_000
ESCAPES = (
    "\x1b]0;owned\x07\x1b[2J\u202e<!channel> <script>alert(1)</script>"
    " <@U1> *bold* `code` [bold red]rich[/] @room | rejected=0;;1;0\n\r\x00\x9b31m"
)
RAW = ("\x1b", "\x07", "\u202e", "\x00", "\x9b", "\r")
STORED_MAX_BYTES = 64 * 1024


def shown(house):
    """Everything that a person or a program is shown of the tag, by its kind."""
    house.told()
    app = create_app(
        look_every=house.tools.look_every,
        policy=lambda: house.tools.policy,
        client=house.client,
        hook_secrets=("correct-horse-battery",),
    )
    try:
        client = app.test_client()
        page = "".join(client.get(at).text for at in ("/", f"/tags/{house.tag}", "/incidents"))
        api = app.test_client().get("/api/v1/tags").text
    finally:
        close_app(app)
    report = look_once(house.tools, house.tag, house.tools.policy.rule_for(house.tag))
    console = Console(record=True, width=200, file=io.StringIO())
    as_table(report, console)
    return {
        "page": page,
        "api": api,
        "message": json.dumps([r.body for r in house.receiver.received], ensure_ascii=False),
        "table": console.export_text(),
        "json": as_json(report),
        "nagios": as_nagios(report),
    }


LABELS = {
    "source-with-escapes": ({SOURCE: ESCAPES}, Code.UNIDENTIFIED),
    "revision-with-escapes": ({REVISION: ESCAPES}, Code.UNIDENTIFIED),
    "dirty-revision-with-escapes": ({REVISION: f"{ESCAPES}-dirty"}, Code.UNIDENTIFIED),
    "placeholder-with-escapes": ({REVISION: f"${ESCAPES}"}, Code.UNIDENTIFIED),
    "source-of-a-megabyte": ({SOURCE: MEGABYTE_OF_X}, Code.UNIDENTIFIED),
    "url-of-a-megabyte": ({SOURCE: f"https://example.com/{MEGABYTE_OF_X}/a"}, Code.UNIDENTIFIED),
    "revision-of-a-megabyte": ({REVISION: "a" * 900_000}, Code.UNIDENTIFIED),
    "password-in-the-source": ({SOURCE: "https://u:hunter2@[bad/a/b"}, Code.UNIDENTIFIED),
    "escapes-in-another-label": ({ESCAPES: ESCAPES}, Code.REBUILD),
    "a-megabyte-in-another-label": ({"x": MEGABYTE_OF_X}, Code.REBUILD),
    "created-of-a-megabyte": ({CREATED: MEGABYTE_OF_X}, Code.REBUILD),
    "base-of-a-megabyte": ({BASE: MEGABYTE_OF_X}, Code.REBUILD),
    "base-with-escapes": ({BASE: ESCAPES}, Code.REBUILD),
    "thousands-of-labels": ({f"{n:05}": "" for n in range(50_000)}, Code.REBUILD),
}


def check_harmless(house):
    for kind, text in shown(house).items():
        raw = [sign for sign in RAW if sign in text and sign != "\r"]
        assert (kind, raw) == (kind, [])
        assert len(text) < STORED_MAX_BYTES * 4, kind
        assert "hunter2" not in text
        if kind == "page":
            assert "<script>alert" not in text
        if kind == "nagios":
            assert (text.count("|"), text.count("\n")) == (1, 0)


def kept_bytes(house):
    """What is remembered of the tag, without the manifests and the cache of content."""
    keys = [
        key
        for key in house.client.scan_iter()
        if not any(word in key for word in (b"content", b"manif"))
    ]
    return sum(house.client.memory_usage(key, samples=0) for key in keys)


def test_hostile_labels_are_judged_told_shortly_and_shown_without_harm(house, first, attacker):
    for name, (labels, code) in LABELS.items():
        attacker.labels(first, **labels)
        house.look()
        assert (name, house.memory.verdict.codes) == (name, (code,))
        assert kept_bytes(house) < STORED_MAX_BYTES * 4, name
        for finding in house.memory.findings:
            assert len(finding.detail) < 1000, name
            assert finding.detail.isprintable(), name
    check_harmless(house)
    assert house.pushed(house.repository.commit("fix")) == (Code.NEWER,)


def test_a_base_with_hostile_labels_fills_no_store(house, first, attacker):
    base = house.registry.tag("crunchtools/base")
    house.policy({"enforce": "revert"}, bases=[str(base)])
    labels = dict.fromkeys((SOURCE, REVISION, CREATED, BASE), "y" * 200_000)
    house.registry.push(house.build("", labels=labels), base)
    house.look(base)
    assert str(base) in {str(read) for read in house.tools.records.bases()}
    assert 0 < kept_bytes(house) < STORED_MAX_BYTES
    assert house.pushed(first) == (Code.REBUILD,)


HOSTILE_STATEMENTS = {
    "no-object": b"[]",
    "types-of-other-kinds": {"_type": [{}], "subject": {"a": 1}, "predicate": [[]]},
    "deep": b'{"a":' * 50_000,
    "escapes": {"uri": ESCAPES, "digest": {"sha1": ESCAPES}},
    "a-megabyte": {"uri": f"https://example.com/{MEGABYTE_OF_X}", "digest": {"sha1": "a" * 40}},
}


def statement(hostile, image):
    """Put a hostile context into a statement about the image, or let it be the statement."""
    if isinstance(hostile, bytes) or "uri" not in hostile:
        return hostile
    return {
        "_type": "https://in-toto.io/Statement/v0.1",
        "subject": [{"digest": {"sha256": image.digest.hex}}],
        "predicateType": "https://slsa.dev/provenance/v0.2",
        "predicate": {"invocation": {"configSource": hostile}},
    }


@pytest.mark.parametrize("name", HOSTILE_STATEMENTS)
def test_a_hostile_statement_of_the_builder_leaves_what_the_labels_say(
    house, first, attacker, name
):
    image = house.build(first)
    hostile = statement(HOSTILE_STATEMENTS[name], image)
    fair = json.dumps({"predicateType": "https://slsa.dev/provenance/v0.2"}).encode()
    body = hostile if isinstance(hostile, bytes) else json.dumps(hostile).encode()
    index = attacker.with_statement(build_index([image], attestation=fair), body)
    house.registry.push(index, house.tag)
    house.look()
    assert house.memory.verdict.codes == (Code.REBUILD,)
    check_harmless(house)


def test_a_hostile_platform_is_shown_without_harm(house, first, attacker):
    image = house.build("", labels={})
    attacker.child(image)
    document = json.loads(build_index([image]).manifest.body)
    document["manifests"][0]["platform"] = {"os": ESCAPES, "architecture": MEGABYTE_OF_X}
    document["annotations"] = {ESCAPES: ESCAPES, SOURCE: ESCAPES}
    attacker.manifest(json.dumps(document).encode(), document["mediaType"])
    house.look()
    assert house.memory.verdict.codes == (Code.UNIDENTIFIED,)
    assert all(len(finding.detail) < 1000 for finding in house.memory.findings)
    check_harmless(house)


def test_hostile_names_of_tags_say_nothing_of_an_unlabelled_build(house, first, attacker):
    names = (ESCAPES, MEGABYTE_OF_X, "", ".." * 70, "sha-" * 40)
    for name in names:
        attacker.content.at(APP).point(name, house.held)
    digest = house.registry.push(house.build("", labels={}), house.tag)
    house.look()
    assert (house.memory.verdict.codes, house.held) == ((Code.UNIDENTIFIED,), digest)
