import time

import pytest

from watchdog.demo.git import GitRepository, GitServer
from watchdog.errors import ConfigurationError, DeniedError, MalformedError, NotFoundError
from watchdog.history.mirrors import Mirrors


@pytest.fixture
def guarded(tmp_path):
    server = GitServer(tmp_path / "guarded", user="bot", password="pa:ss word").start()
    GitRepository(server.folder / "org" / "app.git").commit("1")
    yield server
    server.stop()


@pytest.fixture
def fetch(tmp_path):
    """Fetch a URL into a new mirror, with the lines given as the credentials file."""

    def fetch(url, *lines):
        file = tmp_path / "git credentials"
        file.write_text("".join(f"{line}\n" for line in lines))
        mirrors = Mirrors(tmp_path / "mirrors", credentials=file)
        try:
            mirrors.mirror(url).refresh(after=time.monotonic())
        finally:
            assert file.read_text().splitlines() == list(lines)

    return fetch


def test_a_private_source_is_fetched_with_the_credentials_of_its_host(guarded, fetch):
    elsewhere = "https://x:y@elsewhere.example"
    fetch(guarded.url("org/app"), elsewhere, f"http://bot:pa%3Ass%20word@{guarded.address}")


def test_refused_credentials_are_denied_and_stay_in_their_file_and_out_of_the_message(
    guarded, fetch
):
    with pytest.raises(DeniedError, match=guarded.address) as caught:
        fetch(guarded.url("org/app"), f"http://bot:hunter2@{guarded.address}")
    assert not caught.value.retryable
    assert "hunter2" not in str(caught.value)


def test_missing_credentials_are_denied_without_a_question(guarded, tmp_path):
    mirror = Mirrors(tmp_path / "mirrors").mirror(guarded.url("org/app"))
    with pytest.raises(DeniedError, match="git credentials file"):
        mirror.refresh(after=time.monotonic())


def test_credentials_of_one_host_are_not_shown_to_another(source, guarded, fetch):
    source.repository.commit("1")
    source.server.expected = guarded.expected
    with pytest.raises(DeniedError):
        fetch(source.url, f"http://bot:pa%3Ass%20word@{guarded.address}")
    assert set(source.server.authorizations) == {""}


def test_a_source_that_is_not_there_is_not_found(source, fetch):
    with pytest.raises(NotFoundError, match="no such repository"):
        fetch(source.server.url("org/gone"))


@pytest.mark.parametrize("user", ["user:secret", "ghp_secret"])
def test_credentials_in_a_url_are_refused_without_being_repeated(tmp_path, user):
    with pytest.raises(ConfigurationError, match=r"github\.com/org/app") as caught:
        Mirrors(tmp_path).mirror(f"https://{user}@github.com/org/app")
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize("url", ["/srv/git/app.git", "--upload-pack=x", "ext::sh -c x", ""])
def test_what_is_no_url_of_a_repository_is_refused(tmp_path, url):
    with pytest.raises(MalformedError):
        Mirrors(tmp_path).mirror(url)


def test_all_forms_of_one_source_share_a_mirror_and_no_two_sources_do(tmp_path):
    mirrors = Mirrors(tmp_path)
    forms = (
        "https://github.com/Org/App",
        "https://github.com/org/app.git",
        "git@github.com:org/app.git",
        "git+https://github.com/org/app@refs/heads/main",
        "github.com/org/app",
        "https://github.com/org/app#main",
    )
    assert len({id(mirrors.mirror(form)) for form in forms}) == 1
    assert mirrors.mirror("https://github.com/org/app2") is not mirrors.mirror(forms[0])


@pytest.mark.parametrize("form", ["git+{}", "{}#main", "git+{}@refs/heads/main"])
def test_a_source_is_fetched_whatever_form_its_url_has(source, fetch, form):
    source.repository.commit("1")
    fetch(form.format(source.url))
