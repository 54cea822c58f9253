import json

import pytest

from tests.notify.examples import EXAMPLES, RENDERERS, golden


@pytest.mark.parametrize("channel", RENDERERS)
@pytest.mark.parametrize("example", EXAMPLES)
def test_a_message_is_rendered_as_its_golden_shows(example, channel):
    expected = json.loads(golden(example, channel).read_text(encoding="utf-8"))
    assert RENDERERS[channel](EXAMPLES[example]) == expected


def test_every_golden_belongs_to_an_example():
    here = golden("x", "y").parent
    expected = {golden(example, channel) for example in EXAMPLES for channel in RENDERERS}
    assert set(here.glob("*.json")) == expected
