import json
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from watchdog.core.source import URL_MAX_CHARS, Source, parse_source, without_secrets
from watchdog.errors import MalformedError

VECTORS = json.loads(
    (Path(__file__).parents[1] / "fixtures" / "source-urls.json").read_text(encoding="utf-8")
)
TAKEN = [vector for vector in VECTORS if not vector.get("refused")]
REFUSED = [vector["url"] for vector in VECTORS if vector.get("refused")]
REPO = Source("github.com", "org/repo")


@pytest.mark.parametrize("vector", TAKEN, ids=lambda vector: vector["url"])
def test_a_repository_url_has_one_normal_form(vector):
    assert parse_source(vector["url"]) == (
        Source(vector["host"], vector["path"]),
        vector.get("ref", ""),
    )


@pytest.mark.parametrize("url", REFUSED)
def test_what_does_not_plainly_name_a_repository_is_refused(url):
    with pytest.raises(MalformedError, match="not a repository URL"):
        parse_source(url)


def test_every_vector_is_used():
    assert len(TAKEN) + len(REFUSED) == 30


@pytest.mark.parametrize(
    "url",
    [
        "https://github.com/org/repo.GIT",
        "https://github.com/org/repo.git.git",
        "https://www.www.github.com/org/repo",
        "https://github.com/org/repo.git/tree/main",
        "https://github.com/org/repo/-/tree/main",
        "https://github.com/Org/Repo/Releases",
        "https://github.com:443/org/repo",
        "git+ssh://git@github.com/org/repo.git",
    ],
)
def test_further_ways_to_write_one_repository(url):
    assert parse_source(url)[0] == REPO


@pytest.mark.parametrize(
    ("url", "path"),
    [
        ("https://github.com/org/releases", "org/releases"),
        ("https://github.com/org/tree.git", "org/tree"),
        ("https://github.com/org/treehouse/x", "org/treehouse/x"),
        ("https://git.example/repo.git", "repo"),
    ],
)
def test_a_repository_s_own_name_is_no_page_of_it(url, path):
    assert parse_source(url)[0].path == path


@pytest.mark.parametrize(
    "url",
    [
        "github.com@evil.example:org/repo",
        "https://github.com/org/repo@main",
        "https://github.com/org/repo/tree/../../x",
        "https://github.com/org//repo",
        "https://github.com/org/.git",
        "https://github.com:99999/org/repo",
        "https://[::1/org/repo",
        "https://[::1]/org/repo",
        "https:///org/repo",
        "localhost/org/repo",
        "ftp://github.com/org/repo",
        "https://git\thub.com/org/repo",
        " https://github.com/org/repo",
        "https://github.com/org/repo#\u202emain",
        "https://github.com/" + "x/" * URL_MAX_CHARS,
    ],
)
def test_further_urls_that_are_refused(url):
    with pytest.raises(MalformedError):
        parse_source(url)


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("https://github.com/org/repo", "https://github.com/org/repo"),
        ("https://robot:hunter2@github.com/org", "…@github.com/org"),
        ("https://github.com/org/repo?token=hunter2", "https://github.com/org/repo"),
        ("robot:hun@ter2@github.com/org?x@y", "…@github.com/org"),
        ("https://robot:hun?ter2@github.com/org", "…"),
    ],
)
def test_a_url_is_shown_without_its_secrets(url, shown):
    assert without_secrets(url) == shown


@pytest.mark.parametrize(
    "url", ["https://robot:hunter2@[::1/org/repo", "https://robot:hunter2@host:x/org/repo"]
)
def test_an_error_repeats_no_secret_nor_does_what_caused_it(url):
    with pytest.raises(MalformedError) as raised:
        parse_source(url)

    assert "hunter2" not in str(raised.value)
    assert raised.value.__cause__ is None
    assert raised.value.__suppress_context__


PIECES = (
    "https http ssh git git+ :// / : @ # ? .. .git www. github.com org Repo 443 8443 tree - blob "
    "[ ] \\ %2f \u00e9"
)
pieces = st.sampled_from(PIECES.split())
urls = st.one_of(st.text(), st.lists(pieces).map("".join))


@given(urls)
def test_any_text_is_a_source_or_malformed(url):
    with suppress(MalformedError):
        source, _ = parse_source(url)
        assert source.path == source.path.strip("/").lower()


segments = st.from_regex(r"[A-Za-z0-9_~+-][A-Za-z0-9._~+-]{0,9}", fullmatch=True)
hosts = st.from_regex(r"(www\.){0,2}[a-z0-9]([a-z0-9-]{0,5}[a-z0-9])?(\.[a-z]{2,4}){1,2}(:8443)?")


@given(
    st.sampled_from(["https://", "git+https://", "ssh://git@", ""]),
    hosts,
    st.lists(segments, min_size=1, max_size=4),
    st.sampled_from(["", "/", ".git", ".GIT", "/tree/main"]),
)
def test_a_normal_form_is_its_own_normal_form(scheme, host, path, end):
    with suppress(MalformedError):
        source, _ = parse_source(f"{scheme}{host.strip()}/{'/'.join(path)}{end}")
        assert parse_source(f"https://{source}.git") == (source, "")
