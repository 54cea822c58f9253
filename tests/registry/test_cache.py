from watchdog.core.reference import Digest
from watchdog.registry.cache import ContentCache, SecondLevel


def test_what_was_not_used_for_longest_makes_room():
    cache = ContentCache(max_bytes=4)
    first, second, third = (Digest.of(body) for body in (b"aa", b"bb", b"cc"))
    cache.put(first, b"aa")
    cache.put(second, b"bb")
    assert cache.get(first) == b"aa"
    cache.put(third, b"cc")
    assert [cache.get(digest) for digest in (first, second, third)] == [b"aa", None, b"cc"]


def test_content_kept_twice_counts_once():
    cache = ContentCache(max_bytes=4)
    for body in (b"aa", b"aa", b"bb"):
        cache.put(Digest.of(body), body)
    assert cache.get(Digest.of(b"aa")) == b"aa"


def test_what_is_larger_than_the_memory_displaces_nothing():
    cache = ContentCache(max_bytes=4)
    cache.put(Digest.of(b"aa"), b"aa")
    cache.put(Digest.of(b"large"), b"large")
    assert cache.get(Digest.of(b"aa")) == b"aa"
    assert cache.get(Digest.of(b"large")) is None


BODY = b"content"
DIGEST = Digest.of(BODY)


def test_what_the_second_level_has_is_kept_in_the_first():
    asked = []
    cache = ContentCache(second=SecondLevel(lambda d: asked.append(d) or BODY, lambda *_: None))
    assert [cache.get(DIGEST), cache.get(DIGEST)] == [BODY, BODY]
    assert asked == [DIGEST]


def test_what_the_second_level_has_is_verified():
    cache = ContentCache(second=SecondLevel(lambda _: b"other", lambda *_: None))
    assert cache.get(DIGEST) is None


def test_what_is_kept_is_kept_in_both_levels():
    second = {}
    cache = ContentCache(second=SecondLevel(second.get, second.__setitem__))
    cache.put(DIGEST, BODY)
    assert second == {DIGEST: BODY}
    assert cache.get(DIGEST) == BODY
