"""Every reason that `check --explain` gives, in the words that a person reads."""

import json
from dataclasses import replace
from datetime import timedelta

import pytest

from tests.core.examples import (
    BLIND,
    NOW,
    OURS,
    SIBLING,
    TAG,
    case,
    digest,
    image,
    memory,
    nowhere,
    observation,
    place,
    reading,
    revision,
    rule,
    unread,
)
from tests.core.labels import BASE, EARLIER, FOREIGN, MINE, REVISION, SOURCE, other, without
from watchdog.core.claims import BASE_NAME, CREATED
from watchdog.core.commits import Ancestry
from watchdog.core.evidence import Basis, Evidence, Reading
from watchdog.core.explain import explain_images, explain_order, explain_signatures
from watchdog.core.memory import Approval
from watchdog.core.observation import Attestation
from watchdog.core.rule import Require
from watchdog.core.signing import GITHUB_ISSUER, Examined, Kind, SignedClaim
from watchdog.core.verdict import Code, Finding

AT = "linux/amd64"
TRUE_TO = "its own: labelled within an hour of its build, and no known image says the same"


def of_image(labels, known=(), attestations=(), **changes):
    """The (about, text) pairs of one image's explanation."""
    seen = replace(observation(image(labels, **changes)), attestations=attestations)
    return [(r.about, r.text) for r in explain_images(seen, known, (OURS,))]


def at(pairs, about=AT):
    return [text for where, text in pairs if where == about]


def statement(body=None, url=FOREIGN, commit=None):
    one = image({})
    said = {
        "_type": "https://in-toto.io/Statement/v1",
        "subject": [{"digest": {"sha256": one.manifest.hex}}],
        "predicate": {
            "buildDefinition": {
                "externalParameters": {
                    "configSource": {"uri": url, "digest": {"sha1": commit or revision("theirs")}}
                }
            }
        },
    }
    return Attestation(one.manifest, body or json.dumps(said).encode(), "slsa")


def test_every_place_is_named_that_claims_or_claims_nothing():
    assert of_image(MINE) == [
        (f"{AT} buildkit", "the index has no provenance of this image"),
        (f"{AT} label", f"claims {OURS}@{MINE[REVISION]}"),
        (f"{AT} annotation", "claims nothing"),
        (AT, "the label decides: nothing stronger makes a usable claim"),
        (AT, TRUE_TO),
    ]


def test_it_is_told_whether_the_referrers_were_read_too():
    seen = replace(observation(image(MINE)), referrers_read=True)
    pairs = [(r.about, r.text) for r in explain_images(seen, (), (OURS,))]
    assert at(pairs, f"{AT} buildkit") == [
        "neither the index nor a referrer has provenance of this image"
    ]


def test_a_claim_that_cannot_be_used_is_told_with_its_reason():
    pairs = of_image({SOURCE: FOREIGN, REVISION: "main"})
    (said,) = at(pairs, f"{AT} label")
    assert said.startswith("cannot be used: ")
    assert "placeholder" in said
    assert at(pairs)[0].startswith("no claim counts: ")


def test_what_is_inherited_is_told_with_its_base():
    pairs = of_image(MINE, known=[other(MINE)])
    assert f"{SOURCE} is that of {BASE}, which it was built upon: dropped" in at(
        pairs, f"{AT} inherited"
    )
    assert at(pairs, f"{AT} label") == ["claims nothing"]


def test_what_is_inherited_of_the_tag_s_own_earlier_build_is_told_with_it():
    pairs = of_image(MINE, known=[other(MINE, repository=TAG.repository)])
    said = f"{SOURCE} is that of {TAG.repository}, which it was built upon: dropped"
    assert said in at(pairs, f"{AT} inherited")


def test_an_earlier_build_that_was_labelled_at_another_time_is_no_base():
    assert of_image(MINE, known=[other(EARLIER, repository=TAG.repository)]) == of_image(MINE)


def test_buildkit_decides_over_labels_and_is_the_image_s_own():
    pairs = of_image(MINE, attestations=(statement(),))
    assert at(pairs, f"{AT} buildkit") == [f"claims {SIBLING}@{revision('theirs')}"]
    assert at(pairs) == [
        "the buildkit decides: nothing stronger makes a usable claim",
        "its own: the builder names this very manifest, which no base can pass on",
    ]


def test_an_abbreviated_id_of_buildkit_is_not_shown_to_be_its_own():
    pairs = of_image({}, attestations=(statement(commit=revision("x")[:9]),))
    assert at(pairs)[1] == "not shown to be its own: the commit id is abbreviated"


def test_a_statement_that_is_no_statement_is_told_though_labels_decide():
    pairs = of_image(MINE, attestations=(statement(b"{}"),))
    assert at(pairs, f"{AT} buildkit") == [
        "cannot be used: the build's provenance is no in-toto statement"
    ]


def test_what_the_registry_left_out_is_told():
    seen = replace(observation(image(MINE)), remarks=("an attestation is too large",))
    first = explain_images(seen, (), (OURS,))[0]
    assert (first.about, first.text) == ("registry", "an attestation is too large")


HOURS = (NOW - timedelta(hours=2)).isoformat()
DOUBTS = [
    (without(MINE, CREATED), {}, (), f"no {CREATED} label of its own says when it was labelled"),
    (MINE, {"created": None}, (), "its config does not say when it was built"),
    ({**MINE, BASE_NAME: "quay.io/a/b:1"}, {}, (), "its base quay.io/a/b is not known"),
    ({**MINE, CREATED: HOURS}, {}, (), "it was labelled 2:00:00 before or after it was built"),
    ({**MINE, "vcs-url": FOREIGN}, {}, (), "another claim beside it cannot be used"),
    ({**MINE, REVISION: MINE[REVISION][:9]}, {}, (), "the commit id is abbreviated"),
    (MINE, {}, [other(MINE, diff_ids=(digest("elsewhere"),))], f"{BASE} makes the very same claim"),
]


@pytest.mark.parametrize(("labels", "changes", "known", "words"), DOUBTS)
def test_why_a_claim_is_not_shown_to_be_its_own(labels, changes, known, words):
    said = at(of_image(labels, known, **changes))[1]
    assert said.startswith("not shown to be its own: ")
    assert words in said


SIGNED = SignedClaim(
    GITHUB_ISSUER,
    OURS,
    revision("signed"),
    "refs/heads/main",
    f"https://{OURS}/.github/workflows/b.yml@refs/heads/main",
    "push",
    "1",
    "run",
    digest(),
)
WANTED = rule(require=Require.SIGNED)


@pytest.mark.parametrize(
    ("asked", "examined", "words"),
    [
        (rule(), (), "not looked for: the rule has `require: labels`"),
        (WANTED, None, "could not be read again"),
        (WANTED, (), "no attestation was found"),
        (WANTED, (Examined(Kind.BAD, "altered"),), "bad: altered"),
        (
            WANTED,
            (Examined(Kind.VERIFIED, "fine", SIGNED),),
            f"verified: {OURS}@{revision('signed')}, as the policy asks",
        ),
        (
            WANTED,
            (Examined(Kind.VERIFIED, "fine", replace(SIGNED, trigger="workflow_run")),),
            "not as the policy asks: the build was started by workflow_run",
        ),
    ],
)
def test_what_became_of_each_attestation(asked, examined, words):
    (reason,) = explain_signatures(asked, examined)
    assert reason.about == "signed"
    assert words in reason.text


def guess(basis, written):
    return Reading(Evidence(basis, OURS, revision(), own=False, written=written))


UNREAD_BASE = Reading(
    Evidence(Basis.LABEL, SIBLING, revision(), own=False, unread_bases=("quay.io/a/b:1",))
)
COUNTED = [
    (case(), "claim", f"{OURS}@{revision()}, by its label"),
    (case(reading=None), "claim", "the digest is that of the trusted build (newer)"),
    (case(approval=Approval(digest(), "me", "ok", NOW)), "claim", "approved by me"),
    (case(reading=unread()), "claim", "none: no usable claim"),
    (
        case(reading=replace(unread(), unlabelled=True)),
        "claim",
        "nor does another tag that names a commit hold this digest",
    ),
    (
        case(reading=guess(Basis.TAG, "sha-1234567")),
        "claim",
        "known by the tag sha-1234567, which holds this digest: told, never reverted",
    ),
    (
        case(reading=guess(Basis.LABEL, "1234567")),
        "claim",
        "git completed the short id 1234567: told, never reverted",
    ),
    (case(reading=UNREAD_BASE), "claim", "yet not shown to be its own: the base quay.io/a/b:1"),
    (case(), "ref", f"{OURS} has it on refs/heads/main; 0 commits behind"),
    (
        case(place=place(versions=("v1",), behind=3)),
        "ref",
        "on refs/heads/main, exactly at v1; 3 commits behind",
    ),
    (case(place=nowhere("commit", "refs/heads/x")), "ref", "on none of HEAD, refs/tags/v*; on "),
    (case(place=nowhere("commit", "refs/heads/x")), "ref", "; on refs/heads/x"),
    (case(place=nowhere()), "ref", "; on no ref at all"),
    (case(place=None), "ref", f"{OURS} has no such commit on any ref"),
    (case(place=None, failures=(BLIND,)), "ref", f"{OURS} could not be asked"),
    (case(place=None, failures=(BLIND,)), "source-unreachable", "does not answer"),
    (case(reading=reading(SIBLING)), "ref", f"{SIBLING} is not asked: only {OURS} is"),
    (case("behind"), "order", f"behind, held against {revision('good')}"),
    (case(), "order", "nothing to hold it against"),
    (case(forsaken=Ancestry.DIVERGED), "order", "on no allowed ref any more: diverged to it"),
    (case(signatures=(Finding(Code.UNSIGNED, "no provenance"),)), "unsigned", "no provenance"),
]


@pytest.mark.parametrize(("judged", "about", "words"), COUNTED)
def test_what_the_verdict_rests_upon(judged, about, words):
    said = [reason.text for reason in explain_order(judged) if reason.about == about]
    assert any(words in text for text in said), said


def test_nothing_is_said_of_order_where_no_ref_holds_the_commit():
    about = {reason.about for reason in explain_order(case(place=nowhere()))}
    assert about == {"claim", "ref"}


def test_a_first_build_without_a_reading_has_nothing_to_tell():
    assert explain_order(case(reading=None, memory=replace(memory(), trusted=None))) == ()
