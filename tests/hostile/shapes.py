"""Documents that are almost right: a good one with hostile values at some of its places."""

import json

from hypothesis import strategies as st

LONG = "x" * 5000
HOSTILE_TEXTS = (
    "",
    "\x00",
    "\x1b[2J\x1b]0;owned\x07",
    "\u202e\u2066",
    "<script>alert(1)</script>",
    "<!channel> *_~`",
    "https://[::1",
    "https://a:b@c/d/e?f#g",
    "https://example.com:99999999/a/b",
    "git+ssh://git@github.com/a/b.git@ref#frag",
    "sha256:",
    "sha256:" + "a" * 64,
    "0" * 40,
    "v1.2.3-" + "1." * 60,
    "9999-12-31T23:59:59-23:59",
    "0001-01-01T00:00:00+23:59",
    "AAAA",
    "٣٣٣",
    "-" * 300,
    "a." * 300,
    LONG,
)
SCALARS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.sampled_from((0, -1, 2**63, -(10**30), 1e308, 0.5))
    | st.sampled_from(HOSTILE_TEXTS)
    | st.text(max_size=40)
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4)
    ),
    max_leaves=6,
)
TEXTS = (
    st.sampled_from(HOSTILE_TEXTS)
    | st.text(max_size=200)
    | st.binary(max_size=80).map(lambda body: body.decode("latin-1"))
)


def places(value, way=()):
    """Name every place of a document by the keys that lead to it."""
    yield way
    inner = value.items() if isinstance(value, dict) else ()
    inner = enumerate(value) if isinstance(value, list) else inner
    for key, part in inner:
        yield from places(part, (*way, key))


def changed(document, way, value):
    """A copy of a document with another value at one place."""
    if not way:
        return value
    key, *rest = way
    if isinstance(document, dict):
        return document | {key: changed(document[key], rest, value)}
    return [changed(part, rest, value) if n == key else part for n, part in enumerate(document)]


@st.composite
def almost(draw, document):
    """A document with up to three of its places changed."""
    for _ in range(draw(st.integers(0, 3))):
        way = draw(st.sampled_from(list(places(document))))
        document = changed(document, way, draw(VALUES))
    return document


@st.composite
def bodies(draw, documents):
    """Bytes: a document that is almost right, perhaps cut off or altered, or anything at all."""
    written = draw(st.sampled_from(documents).flatmap(almost).map(lambda d: json.dumps(d).encode()))
    damage = draw(st.sampled_from(("none", "none", "none", "cut", "altered", "any")))
    if damage == "any":
        return draw(st.binary(max_size=300))
    at = draw(st.integers(0, len(written)))
    if damage == "cut":
        return written[:at]
    return (
        written[:at] + draw(st.binary(max_size=6)) + written[at:] if damage != "none" else written
    )
