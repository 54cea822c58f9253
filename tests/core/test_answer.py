"""What people answer, as they write it: one check for command line and API."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.core.examples import NOW, TAG, digest, revision
from tests.hostile.shapes import HOSTILE_TEXTS, VALUES
from watchdog.core.answer import (
    BY_MAX_CHARS,
    REASON_MAX_CHARS,
    Answerer,
    AnswerKind,
    read_answer,
    read_hush,
    read_name,
)
from watchdog.core.operator import Operator, parse_approvers, parse_operators
from watchdog.errors import MalformedError

ANN, CI = Answerer("ann"), Answerer("ci", is_person=False)
DAY = timedelta(days=1)
D, R = str(digest()), revision()
SAID = {"tag": str(TAG), "reason": "because"}
HUSH = {"pattern": "quay.io/org/*:latest", "for": "2h", "reason": "it moves"}


def read(kind, by=ANN, **fields):
    return read_answer(AnswerKind(kind), SAID | fields, by, NOW)


@pytest.mark.parametrize("kind", ["ack", "approval", "rejection", "trust"])
def test_an_answer_is_about_a_digest_of_a_tag(kind):
    answer = read(kind, digest=D)
    assert (answer.tag, answer.digest, answer.revision) == (TAG, digest(), None)
    assert (answer.by, answer.reason, answer.expires) == (ANN, "because", None)


@pytest.mark.parametrize("kind", ["approval", "rejection"])
def test_a_decision_may_be_about_a_revision(kind):
    answer = read(kind, revision=R.upper())
    assert (answer.digest, answer.revision) == (None, R)


def test_a_revert_may_name_its_build():
    assert read("revert").digest is None
    assert read("revert", to=None).digest is None
    assert read("revert", to=D).digest == digest()


# Who approves what, and until when; the end of the approval.
EXPIRES = {
    "person-digest": (ANN, {"digest": D}, None),
    "person-digest-span": (ANN, {"digest": D, "expires": "2h"}, timedelta(hours=2)),
    "person-revision": (ANN, {"revision": R}, DAY),
    "pipeline-digest": (CI, {"digest": D}, DAY),
    "pipeline-revision": (CI, {"revision": R, "expires": "30d"}, 30 * DAY),
    "moment": (CI, {"digest": D, "expires": "2026-03-03T04:30:00Z"}, DAY),
    "moment-elsewhere": (CI, {"digest": D, "expires": "2026-03-03T06:30:00+02:00"}, DAY),
}


@pytest.mark.parametrize(("by", "fields", "lasts"), EXPIRES.values(), ids=EXPIRES)
def test_only_a_person_s_approval_of_a_digest_has_no_end(by, fields, lasts):
    assert read("approval", by, **fields).expires == (lasts and NOW + lasts)


WRONG = {
    "no-build": ("approval", {}, "`digest` or `revision`"),
    "two-builds": ("approval", {"digest": D, "revision": R}, "`digest` or `revision`"),
    "no-digest": ("ack", {}, "which build"),
    "ack-of-a-revision": ("ack", {"revision": R}, "'revision' is none of"),
    "no-tag": ("ack", {"tag": None, "digest": D}, "`tag` is missing"),
    "tag-with-a-digest": ("ack", {"tag": f"{TAG}@{D}", "digest": D}, "a tag is wanted"),
    "no-reason": ("ack", {"reason": None, "digest": D}, "`reason` is missing"),
    "empty-reason": ("ack", {"reason": " \u200b", "digest": D}, "says nothing"),
    "reason-is-a-number": ("ack", {"reason": 1, "digest": D}, "reason: a text is wanted"),
    "no-such-digest": ("ack", {"digest": "sha256:00"}, "not a digest"),
    "short-revision": ("rejection", {"revision": R[:12]}, "not a full commit id"),
    "expires-of-an-ack": ("ack", {"digest": D, "expires": "2h"}, "'expires' is none of"),
    "expires-now": ("approval", {"digest": D, "expires": "2026-03-02T04:30:00Z"}, "30 d from now"),
    "expires-late": ("approval", {"digest": D, "expires": "31d"}, "30 d from now"),
    "expires-never": ("approval", {"digest": D, "expires": "never"}, "not a duration"),
    "expires-no-day": ("approval", {"digest": D, "expires": "2026-02-30T00:00:00Z"}, "RFC 3339"),
    "expires-no-zone": ("approval", {"digest": D, "expires": "2026-03-03T04:30:00"}, "time zone"),
    "unknown": ("revert", {"reasons": "x"}, "'reasons' is none of tag, reason, to"),
}


@pytest.mark.parametrize(("kind", "fields", "words"), WRONG.values(), ids=WRONG)
def test_a_wrong_answer_is_refused_in_words(kind, fields, words):
    with pytest.raises(MalformedError, match=words):
        read(kind, **fields)


def test_texts_are_cleaned_and_bounded():
    answer = read("ack", digest=D, reason="a\x1b[2J\u202eb" + "c" * 9000)
    assert len(answer.reason) == REASON_MAX_CHARS
    assert answer.reason.startswith("a [2J bc")
    assert len(read_name("n" * 999)) == BY_MAX_CHARS
    with pytest.raises(MalformedError):
        read_name("\u200b")


def test_a_silence_has_a_pattern_a_span_and_a_reason():
    hush = read_hush(HUSH, ANN)
    assert (str(hush.pattern), hush.lasts) == (HUSH["pattern"], timedelta(hours=2))
    assert (hush.by, hush.reason) == (ANN, "it moves")


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"for": "31d"}, "at most 30 d"),
        ({"for": "0s"}, "not a duration"),
        ({"for": None}, "`for` is missing"),
        ({"pattern": "app"}, "does not start with a registry"),
        ({"until": "2h"}, "'until' is none of"),
        ({"reason": ""}, "`reason` is missing"),
    ],
)
def test_a_wrong_silence_is_refused(changes, words):
    with pytest.raises(MalformedError, match=words):
        read_hush(HUSH | changes, ANN)


names = st.sampled_from(
    ["tag", "reason", "digest", "revision", "to", "expires", "pattern", "for", "x"]
)


@given(
    st.sampled_from(AnswerKind),
    st.dictionaries(names, VALUES | st.sampled_from([D, R, str(TAG), "2h", *HOSTILE_TEXTS])),
)
def test_whatever_is_written_is_an_answer_or_refused(kind, fields):
    for reading in (lambda: read_answer(kind, fields, CI, NOW), lambda: read_hush(fields, ANN)):
        try:
            said = reading()
        except MalformedError:
            continue
        assert said.reason.isprintable()


def test_operators_are_named_and_the_pipeline_need_not_be():
    both = "alice:0123456789abcdef, bob:fedcba9876543210:with-a-colon,"
    assert parse_operators(both) == (
        Operator("alice", "0123456789abcdef"),
        Operator("bob", "fedcba9876543210:with-a-colon"),
    )
    assert parse_approvers("0123456789abcdef") == (Operator("pipeline", "0123456789abcdef"),)
    assert parse_approvers("ci:0123456789abcdef") == (Operator("ci", "0123456789abcdef"),)
    assert "0123" not in repr(parse_operators(both))


@pytest.mark.parametrize(
    "text",
    [
        "",
        ",",
        "0123456789abcdef",
        "alice:",
        ":0123456789abcdef",
        "a b:0123456789abcdef",
        "alice:short-secret",
        "alice:" + "x" * 501,
        "alice:0123456789abcdef,bob:0123456789abcdef",
    ],
)
def test_tokens_that_prove_nothing_are_refused_without_repeating_them(text):
    with pytest.raises(MalformedError) as caught:
        parse_operators(text)
    assert "0123456789" not in str(caught.value)
    assert "short" not in str(caught.value)
