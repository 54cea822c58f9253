"""GitHub's attestations over real TLS: inline, or pointed to and compressed; and hostile ones."""

import gzip
import json
import sys
from contextlib import ExitStack

import pytest
import trustme

from tests.forge import SECRET, Forge, compressed
from watchdog.core.reference import Digest
from watchdog.core.source import Source
from watchdog.demo.registry_http import Answer, Server
from watchdog.errors import DeniedError, MalformedError, RemoteError
from watchdog.forge import ask_forge
from watchdog.provenance.github import BUNDLES_MAX
from watchdog.provenance.sigstore import BUNDLE_MAX_BYTES
from watchdog.registry.exchange import HostSettings
from watchdog.registry.transport import Transport

APP = Source("github.com", "acme/app")
IMAGE = Digest.of(b"image")
BUNDLE = (
    b'{"mediaType":"application/vnd.dev.sigstore.bundle.v0.3+json","payload":"' + b"x" * 999 + b'"}'
)
BOMB = b"\xff\xff\xff\xff\x0f" + b"\x00" * 20
"""A header that says 4 GiB, the most that the format can."""


@pytest.fixture(scope="module")
def authority():
    return trustme.CA()


@pytest.fixture
def forge(authority, tmp_path):
    with ExitStack() as stack:
        yield Forge(stack, authority, tmp_path)


def left_out(forge):
    """Ask where all is left out; returns the remarks, none of which holds the secret."""
    found = forge.ask(APP, IMAGE)
    assert found.bundles == ()
    assert not any(SECRET in remark or "s3cret" in remark for remark in found.remarks)
    return found.remarks


def test_a_bundle_that_is_only_pointed_to_is_fetched_and_decompressed(forge):
    forge.keep(BUNDLE)
    found = forge.ask(APP, IMAGE)
    assert (found.bundles, found.remarks, found.legacy) == ((BUNDLE,), (), False)
    assert forge.paths == [f"/repos/acme/app/attestations/{IMAGE}", "/attestations/1.json.sn"]
    assert forge.asked[1].query == {"sig": "s3cret"}


@pytest.mark.parametrize(
    ("block", "content"),
    [(b"\x0b\x28hello world", b"hello world"), (b"\x0a\x04ab\x11\x02", b"ababababab")],
    ids=["a-literal", "a-copy"],
)
def test_blocks_written_by_hand_from_the_description_of_the_format_are_read(forge, block, content):
    forge.keep(Answer(200, {}, block))
    assert forge.ask(APP, IMAGE).bundles == (content,)


def test_the_other_host_is_told_nothing_of_us_but_the_address(forge):
    forge.keep(BUNDLE)
    forge.ask(APP, IMAGE)
    listed, fetched = (dict(request.headers.items()) for request in forge.asked)
    assert listed["X-GitHub-Api-Version"] == "2022-11-28"
    told = {"Host", "User-Agent", "Accept-Encoding", "Accept", "Connection"}
    assert set(fetched) <= told
    assert fetched.get("Accept", "*/*") == "*/*"


def test_inline_bundles_are_read_as_well_each_in_its_place(forge):
    forge.entries.append({"bundle": {"a": 1}, "bundle_url": "https://unasked.example/"})
    forge.keep(BUNDLE)
    forge.entries.append({"bundle": {"b": 2}})
    assert forge.ask(APP, IMAGE).bundles == (b'{"a": 1}', BUNDLE, b'{"b": 2}')


@pytest.mark.parametrize("inline", [None, "x", [1], 7])
def test_what_is_inline_and_no_bundle_leaves_the_address(forge, inline):
    forge.keep(BUNDLE)
    forge.entries[0]["bundle"] = inline
    assert forge.ask(APP, IMAGE).bundles == (BUNDLE,)


def test_a_source_elsewhere_is_not_asked_for(forge):
    found = ask_forge(forge.transport, Source("gitlab.com", "acme/app"), IMAGE)
    assert (found.bundles, found.remarks) == ((), ())


@pytest.mark.parametrize(
    ("status", "expected"), [(404, None), (403, DeniedError), (503, RemoteError)]
)
def test_a_list_that_is_not_there_is_empty_and_one_that_is_refused_is_an_error(
    forge, status, expected
):
    forge.status = status
    if expected:
        with pytest.raises(expected, match=f"answered {status}"):
            forge.ask(APP, IMAGE)
    else:
        assert forge.ask(APP, IMAGE).bundles == ()


def test_a_list_that_is_none_is_malformed(forge):
    forge.entries = {"bundle": {}}
    with pytest.raises(
        MalformedError, match=r"the attestations of github.com/acme/app.*: not a list"
    ):
        forge.ask(APP, IMAGE)


# What cannot be used is left out and named, and spoils no other


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (BOMB, "decompressed it has 4294967295 bytes, at most 4194304 are read"),
        (compressed(b"0" * (BUNDLE_MAX_BYTES + 1)), "decompressed it has 4194305 bytes"),
        (compressed(BUNDLE)[:-1], "cut short"),
        (compressed(BUNDLE)[:2], "cut short"),
        (compressed(BUNDLE) + b"x", "not compressed with snappy"),
        (b"", "not compressed with snappy"),
        (BUNDLE, "not compressed with snappy"),
        (gzip.compress(BUNDLE), "not compressed with snappy"),
        (b"\xff" * 100, "not compressed with snappy"),
        (b"x" * (BUNDLE_MAX_BYTES + 1), f"answered with more than {BUNDLE_MAX_BYTES} bytes"),
    ],
    ids=[
        "bomb",
        "a-byte-too-many",
        "truncated",
        "only-its-length",
        "trailing-byte",
        "empty",
        "plain",
        "gzip",
        "noise",
        "large-body",
    ],
)
def test_what_is_no_small_snappy_block_is_left_out(forge, content, words):
    forge.keep(Answer(200, {}, content))
    (remark,) = left_out(forge)
    assert words in remark
    assert "number 1 of the attestations of github.com/acme/app" in remark


def test_a_block_of_the_very_limit_is_read(forge):
    forge.keep(b"0" * BUNDLE_MAX_BYTES)
    assert len(forge.ask(APP, IMAGE).bundles[0]) == BUNDLE_MAX_BYTES


@pytest.mark.parametrize("status", [403, 404, 500, 204])
def test_a_store_that_does_not_have_it_is_named_with_its_answer(forge, status):
    forge.keep(Answer(status, {}, b"<Error>expired</Error>"))
    (remark,) = left_out(forge)
    assert f"{forge.store} answered {status}" in remark


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("http://127.0.0.1:1/x?sig=s3cret", "not one of https"),
        ("file:///etc/passwd", "not one of https"),
        ("//127.0.0.1/x", "not one of https"),
        ("https:///x?sig=s3cret", "not one of https"),
        ("https://user:s3cret@127.0.0.1:1/x", "not one of https"),
        ("https://[::1/?sig=s3cret", "the address of its bundle is none"),
        ("https://127.0.0.1:99999/?sig=s3cret", "not a URL"),
        ("https://127.0.0.1:1/?sig=s3cret", "cannot talk to 127.0.0.1:1"),
        ("", "neither a bundle nor the address of one"),
        (None, "neither a bundle nor the address of one"),
        (["https://127.0.0.1:1"], "neither a bundle nor the address of one"),
    ],
)
def test_an_address_that_is_none_of_https_is_not_asked(forge, url, words):
    forge.point_to(url)
    (remark,) = left_out(forge)
    assert words in remark
    assert len(forge.asked) == 1


@pytest.mark.parametrize("entry", [3, None, [], "x"])
def test_an_entry_that_is_no_object_is_left_out(forge, entry):
    forge.entries.append(entry)
    (remark,) = left_out(forge)
    assert "it is no object" in remark


def test_a_store_may_not_send_us_on_without_tls(forge):
    forge.keep(Answer(302, {"Location": "http://127.0.0.1:1/x?sig=s3cret"}))
    (remark,) = left_out(forge)
    assert "without TLS; not followed" in remark


@pytest.mark.parametrize("target", ["https://169.254.169.254/x", "https://localhost:{port}/x"])
def test_a_public_forge_may_not_point_to_a_private_address(forge, monkeypatch, target):
    """The forge's name is known to a proxy alone, so it counts as public."""
    url = target.format(port=forge.store.rpartition(":")[2])
    body = json.dumps({"attestations": [{"bundle_url": url}]}).encode()
    proxy = Server(("127.0.0.1", 0), lambda _: Answer(200, {}, body))
    proxy.start()
    monkeypatch.setenv("http_proxy", f"http://127.0.0.1:{proxy.server_port}")
    monkeypatch.setenv("no_proxy", "localhost,127.0.0.1")
    transport = Transport({"api.invalid": HostSettings(plain_http=True)})
    found = ask_forge(transport, APP, IMAGE, api="http://api.invalid")
    transport.close()
    proxy.stop()
    (remark,) = found.remarks
    assert "private address" in remark
    assert forge.asked == []


def test_one_that_is_left_out_spoils_no_other(forge):
    forge.keep(Answer(200, {}, BOMB))
    forge.keep(BUNDLE)
    forge.keep(Answer(404))
    found = forge.ask(APP, IMAGE)
    assert found.bundles == (BUNDLE,)
    assert [remark[:8] for remark in found.remarks] == ["number 1", "number 3"]


def test_so_many_are_read_and_the_rest_is_named(forge):
    for number in range(BUNDLES_MAX + 2):
        forge.keep(b'{"n": %d}' % number)
    found = forge.ask(APP, IMAGE)
    assert found.bundles == tuple(b'{"n": %d}' % number for number in range(BUNDLES_MAX))
    (remark,) = found.remarks
    assert remark.startswith("2 more of")


def test_all_of_them_together_have_a_limit(forge):
    for letter in b"abcde":
        forge.keep(bytes([letter]) * BUNDLE_MAX_BYTES)
    forge.entries.append({"bundle": {"a": 1}})
    found = forge.ask(APP, IMAGE)
    assert len(found.bundles) == 4
    pointed, inline = found.remarks
    assert "decompressed it has 4194304 bytes, at most 0 are read" in pointed
    assert "more than 16777216 bytes" in inline


def test_without_the_library_it_is_said_what_to_install(forge, monkeypatch):
    forge.keep(BUNDLE)
    monkeypatch.delitem(sys.modules, "watchdog.provenance.snappy", raising=False)
    monkeypatch.setitem(sys.modules, "cramjam", None)
    (remark,) = left_out(forge)
    assert "install registry-watchdog[signed]" in remark
