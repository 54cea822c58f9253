import json

import pytest

from tests.notify.examples import GOLDENS, rendered

RENDERED = rendered()


@pytest.mark.parametrize("path", RENDERED, ids=lambda path: path.stem)
def test_a_message_is_rendered_as_its_golden_shows(path):
    assert RENDERED[path] == json.loads(path.read_text(encoding="utf-8"))


def test_every_golden_belongs_to_an_example():
    assert set(GOLDENS.glob("*.json")) == set(RENDERED)
