"""Every fault of a policy file is named with its line, all at once."""

import pytest

from watchdog.core.policy import MOVED_WARNING
from watchdog.core.reference import Tag
from watchdog.errors import ConfigurationError
from watchdog.policy_file import FILE_MAX_BYTES, read_policy, read_with_warnings

GOOD = """\
watch:
  - image: quay.io/crunchtools/acquacotta
    source: https://github.com/crunchtools/acquacotta
"""
KEYS = (
    "aliases, enforce, flapping, image, max_lag, pulls, refs, require, revert_on, revert_people,"
    " signed, signed_within, source, tags"
)


@pytest.fixture
def faults(tmp_path):
    def read(text):
        path = tmp_path / "watchdog.yaml"
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        with pytest.raises(ConfigurationError) as caught:
            read_policy(path)
        return str(caught.value).replace(f"{path}:", "").splitlines()

    return read


def test_a_good_file_is_read(tmp_path):
    path = tmp_path / "watchdog.yaml"
    path.write_text(GOOD)
    assert read_policy(path).literal_tags == (Tag.parse("quay.io/crunchtools/acquacotta:latest"),)


def test_a_tag_that_looks_like_a_number_stays_text(tmp_path):
    path = tmp_path / "watchdog.yaml"
    path.write_text(GOOD + "    tags: [3.20, on]\n")
    assert [tag.name for tag in read_policy(path).literal_tags] == ["3.20", "on"]


def test_each_fault_is_named_with_its_line_and_key(faults):
    text = GOOD + "    max_lag: soon\n    sorce: red\n  - image: acquacotta\n"
    assert faults(text) == [
        "4: watch[0].max_lag: not a duration: 'soon'; write 90s, 5m, 2h or 1d",
        f"5: watch[0].sorce: unknown key; is `source` meant? (the keys here: {KEYS})",
        "6: watch[1].image: 'acquacotta' does not start with a registry, such as quay.io/",
        "6: watch[1].source: is missing",
    ]


def test_a_key_that_stands_twice_is_named_together_with_all_else_that_is_wrong(faults):
    assert faults(GOOD + "    source: https://github.com/a/b\n") == [
        "4: watch[0].source: stands twice"
    ]
    text = f"bases: [python]\n{GOOD}    source: https://github.com/a/b\n    max_lag: soon\n"
    assert [fault.split(": ")[:2] for fault in faults(text)] == [
        ["1", "bases[0]"],
        ["5", "watch[0].source"],
        ["6", "watch[0].max_lag"],
    ]


def test_a_certificate_authority_that_is_not_there_is_named(faults):
    text = GOOD + "registries:\n  x.org: {kind: oci,\n    ca_file: /nowhere/ca.pem}\n"
    assert faults(text) == ["6: registries.x.org.ca_file: there is no file /nowhere/ca.pem"]


def test_what_has_no_effect_is_warned_of_with_its_line(tmp_path):
    path = tmp_path / "watchdog.yaml"
    path.write_text(GOOD + "    revert_on:\n      - older-commit\n      - moved\n")
    _, (warning,) = read_with_warnings(path)
    assert warning == f"{path}:6: watch[0].revert_on[1]: {MOVED_WARNING}"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("watch: [", "not YAML"),
        ("", "is empty"),
        ("- a list", "the file"),
        ("watch: []", "watch"),
        (b"\xff\xfe\x00", "not YAML"),
        (b"#" * (FILE_MAX_BYTES + 1), "is larger than"),
        ("a: &a [*a]", ""),
        ("[" * 5000, "not YAML"),
    ],
)
def test_a_file_that_is_no_policy_is_refused_in_words(faults, text, said):
    assert said in "\n".join(faults(text))


def test_a_file_that_is_not_there_is_named(tmp_path):
    with pytest.raises(ConfigurationError, match="No such file"):
        read_policy(tmp_path / "nope.yaml")
