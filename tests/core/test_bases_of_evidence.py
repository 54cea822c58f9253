"""Which basis counts: the strongest that claims anything, and two of one strength must agree."""

import json

import pytest

from tests.core.examples import digest, image, observation, revision
from tests.core.labels import FOREIGN, MINE, OURS, REVISION, SOURCE, URL, read
from watchdog.core.claims import CREATED, Claim
from watchdog.core.evidence import Basis, named_by_tag, read_evidence
from watchdog.core.inheritance import KnownImage
from watchdog.core.observation import Attestation
from watchdog.core.reference import Repository
from watchdog.core.verdict import Code

THEIRS = {SOURCE: FOREIGN, REVISION: revision("theirs")}
OPENSHIFT = {
    "io.openshift.build.source-location": URL,
    "io.openshift.build.commit.id": revision("mine"),
}


def annotated(labels, annotations):
    return read(image(labels, annotations=tuple(annotations.items())))


def attested(labels, url, commit):
    one = image(labels)
    said = {
        "_type": "https://in-toto.io/Statement/v1",
        "subject": [{"digest": {"sha256": one.manifest.hex}}],
        "predicate": {
            "buildDefinition": {
                "externalParameters": {"configSource": {"uri": url, "digest": {"sha1": commit}}}
            }
        },
    }
    attestation = Attestation(one.manifest, json.dumps(said).encode(), "slsa")
    seen = observation(one)
    return read_evidence(
        type(seen)(seen.tag, seen.digest, (), (one,), (), (attestation,)), (), (OURS,)
    )


def test_an_annotation_is_evidence_where_there_is_no_label():
    evidence = annotated({}, {SOURCE: URL, REVISION: revision("mine")}).evidence
    assert (evidence.basis, evidence.source, evidence.own) == (Basis.ANNOTATION, OURS, False)


def test_an_annotation_of_the_index_counts_for_its_images():
    reading = read(image({}), annotations=((SOURCE, URL), (REVISION, revision("mine"))))
    assert reading.evidence.basis is Basis.ANNOTATION


def test_a_label_and_an_annotation_that_disagree_are_conflicting_claims():
    (finding,) = annotated(MINE, THEIRS).findings
    assert finding.code is Code.CONFLICTING_CLAIMS


def test_an_alias_and_the_current_name_do_not_disagree():
    renamed = {SOURCE: "https://github.com/fatherlinux/Acquacotta", REVISION: MINE[REVISION]}
    assert annotated(MINE, renamed).evidence.source == OURS


def test_what_buildkit_says_goes_before_labels_that_disagree():
    evidence = attested(MINE, FOREIGN, revision("theirs")).evidence
    assert evidence.basis is Basis.BUILDKIT
    assert evidence.own
    assert str(evidence.source) == FOREIGN.removeprefix("https://")


def test_a_build_that_buildkit_calls_dirty_is_not_saved_by_its_labels():
    reading = attested(MINE, FOREIGN, f"{revision('theirs')}-dirty")
    assert reading.findings[0].code is Code.UNIDENTIFIED


def test_openshift_says_its_source_and_commit_in_its_own_labels():
    assert read(image(OPENSHIFT)).evidence.source == OURS


@pytest.mark.parametrize(("kind", "known"), [("git", True), (None, True), ("svn", False)])
def test_red_hat_labels_count_for_git_alone(kind, known):
    labels = {"vcs-url": URL, "vcs-ref": revision("mine")}
    reading = read(image(labels if kind is None else {**labels, "vcs-type": kind}))
    assert (reading.evidence is not None) is known


def test_a_commit_label_without_a_source_is_no_claim():
    (finding,) = read(image({"vcs-ref": revision("mine"), "vcs-type": "git"})).findings
    assert "vcs-url is missing" in finding.detail


def test_a_short_id_that_a_whole_one_begins_with_agrees_with_it():
    whole, short = MINE[REVISION], MINE[REVISION][:9]
    evidence = annotated(MINE, {SOURCE: URL, REVISION: short}).evidence
    assert evidence.revision == whole
    evidence = annotated({SOURCE: URL, REVISION: short}, {}).evidence
    assert not evidence.is_full
    assert not evidence.own


def test_no_label_at_all_leaves_it_to_the_names_of_tags():
    assert read(image({})).unlabelled
    assert not read(image({REVISION: "unknown"})).unlabelled


@pytest.mark.parametrize(
    ("name", "commit"),
    [
        ("sha-3f2a91c", "3f2a91c"),
        ("3f2a91c", "3f2a91c"),
        ("main-3f2a91c0d", "3f2a91c0d"),
        ("1" * 40, "1" * 40),
        ("1" * 64, "1" * 64),
        ("latest", None),
        ("v1.2.3", None),
        ("3f2a91", None),
        ("sha256-" + "1" * 64 + ".sig", None),
    ],
)
def test_a_tag_names_a_commit_by_its_form(name, commit):
    evidence = named_by_tag(name, OURS)
    assert (evidence and evidence.revision) == commit
    if evidence:
        assert (evidence.basis, evidence.written, evidence.own) == (Basis.TAG, name, False)


def test_two_ids_agree_as_far_as_they_go():
    whole = Claim(OURS, "1" * 40)
    assert whole.agrees(Claim(OURS, "1" * 7))
    assert not whole.agrees(Claim(OURS, "2" * 7))


def test_a_statement_counts_for_its_own_image_alone():
    body = json.dumps({"_type": "x"}).encode()
    seen = observation(image(MINE))
    other = Attestation(digest("another image"), body, "slsa")
    whole = type(seen)(seen.tag, seen.digest, (), seen.images, (), (other,))
    assert read_evidence(whole, (), (OURS,)).evidence.basis is Basis.LABEL


def test_one_platform_that_is_known_by_less_decides_for_the_whole_index():
    one, other = image(MINE), image(MINE, platform="arm64")
    said = {
        "_type": "https://in-toto.io/Statement/v1",
        "subject": [{"digest": {"sha256": one.manifest.hex}}],
        "predicate": {
            "buildDefinition": {
                "externalParameters": {
                    "configSource": {"uri": f"{URL}.git", "digest": {"sha1": MINE[REVISION]}}
                }
            }
        },
    }
    attestation = Attestation(one.manifest, json.dumps(said).encode(), "slsa")
    for images in ((one, other), (other, one)):
        seen = observation(*images)
        whole = type(seen)(seen.tag, seen.digest, (), images, (), (attestation,))
        assert read_evidence(whole, (), (OURS,)).evidence.basis is Basis.LABEL


def test_an_annotation_is_its_own_only_if_the_annotations_say_when_they_were_written():
    inherited = {**THEIRS, CREATED: "2020-01-01T00:00:00Z"}
    evidence = annotated({CREATED: MINE[CREATED]}, inherited).evidence
    assert evidence.basis is Basis.ANNOTATION
    assert not evidence.own
    assert evidence.stale
    evidence = annotated({}, {**THEIRS, CREATED: MINE[CREATED]}).evidence
    assert evidence.own
    assert not evidence.stale


def test_a_claim_that_another_image_s_annotations_make_is_not_its_own():
    theirs = tuple(MINE.items())
    other = KnownImage(Repository.parse("quay.io/a/b"), digest("other"), (), (), theirs)
    evidence = read(image(MINE), known=[other]).evidence
    assert evidence.inherited_by == other.repository
    assert not evidence.own
