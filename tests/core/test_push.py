import pytest

from watchdog.core.push import Push
from watchdog.core.reference import Repository, Tag
from watchdog.errors import MalformedError

REPOSITORY = Repository.parse("quay.io/crunchtools/acquacotta")


def test_a_push_names_each_of_its_tags_in_full():
    assert Push(REPOSITORY, ("latest", "v1")).references() == (
        Tag.parse("quay.io/crunchtools/acquacotta:latest"),
        Tag.parse("quay.io/crunchtools/acquacotta:v1"),
    )


def test_a_push_of_what_is_no_tag_is_malformed():
    with pytest.raises(MalformedError, match="not a tag"):
        Push(REPOSITORY, ("latest", "-x")).references()
