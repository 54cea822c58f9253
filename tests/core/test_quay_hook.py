"""Quay's hook: what ours is made of, which notification is ours, how it stands."""

import json
from dataclasses import replace
from urllib.parse import unquote, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from watchdog.core.quay_hook import HookAuth, HookReceiver, HookState, Notification, hidden
from watchdog.errors import ConfigurationError

SECRET = "s3cret/with:signs@and %"
US = HookReceiver("https://watchdog.example.org/on/", (SECRET, "the-one-before"))


def sent_by(config, **more):
    """The notification that Quay would list after it was made with this."""
    notification = Notification("a-b", "watchdog", "repo_push", "webhook", 0, **config)
    return replace(notification, **more)


@pytest.mark.parametrize("auth", HookAuth)
def test_a_hook_made_for_us_is_ours_and_fine(auth):
    made = sent_by(US.config(auth))
    assert US.is_ours(made)
    assert US.state_of(made) is HookState.FINE


def test_the_secret_is_in_the_body_and_not_in_the_url():
    config = US.config(HookAuth.BODY)
    assert config["url"] == "https://watchdog.example.org/on/hooks/quay"
    assert json.loads(config["template"]) == {
        "secret": SECRET,
        "docker_url": "${docker_url}",
        "updated_tags": "${updated_tags}",
        "pruned_image_count": "${pruned_image_count}",
    }


def test_the_secret_is_the_password_of_the_url():
    config = US.config(HookAuth.BASIC)
    parts = urlsplit(config["url"])
    assert (parts.username, unquote(parts.password)) == ("watchdog", SECRET)
    assert (parts.hostname, parts.path) == ("watchdog.example.org", "/on/hooks/quay")
    assert "template" not in config


@given(secret=st.text(st.characters(codec="ascii", exclude_characters="$"), min_size=1))
def test_any_secret_that_is_put_into_a_hook_is_found_there_again(secret):
    receiver = HookReceiver("http://w.example:8080", (secret,))
    for auth in HookAuth:
        assert receiver.state_of(sent_by(receiver.config(auth))) is HookState.FINE


def test_no_repr_shows_a_secret():
    for auth in HookAuth:
        shown = f"{US!r} {sent_by(US.config(auth))!r}"
        assert "s3cret" not in shown
        assert "the-one-before" not in shown


REFUSED = {
    "no-secret": (HookReceiver("https://w.example"), HookAuth.BODY, "WATCHDOG_HOOK_SECRET"),
    "template": (HookReceiver("https://w.example", ("a${b}",)), HookAuth.BODY, "replace its"),
    "not-ascii": (HookReceiver("https://w.example", ("ü",)), HookAuth.BASIC, "ASCII"),
    "loopback": (HookReceiver("http://127.0.0.1:8080", ("s",)), HookAuth.BODY, "127.0.0.1:8080"),
    "localhost": (HookReceiver("http://LOCALHOST", ("s",)), HookAuth.BASIC, "sends no hooks"),
}


@pytest.mark.parametrize(("receiver", "auth", "words"), REFUSED.values(), ids=REFUSED)
def test_a_hook_that_would_not_work_is_not_made(receiver, auth, words):
    with pytest.raises(ConfigurationError, match=words):
        receiver.config(auth)


@pytest.mark.parametrize(
    "url",
    [
        "https://watchdog.example.org/on/hooks/quay/",
        "https://WATCHDOG.example.org:443/on/hooks/quay?token=x",
        "https://somebody:else@watchdog.example.org/on/hooks/quay",
    ],
)
def test_a_hook_is_ours_by_its_address_whatever_its_secret(url):
    assert US.is_ours(sent_by({"url": url}))


@pytest.mark.parametrize(
    ("url", "more"),
    [
        ("http://watchdog.example.org/on/hooks/quay", {}),
        ("https://watchdog.example.org/hooks/quay", {}),
        ("https://watchdog.example.org:8443/on/hooks/quay", {}),
        ("https://other.example.org/on/hooks/quay", {}),
        ("https://watchdog.example.org/on/hooks/quay", {"event": "vulnerability_found"}),
        ("https://watchdog.example.org/on/hooks/quay", {"method": "email"}),
        ("https://watchdog.example.org:none/on/hooks/quay", {}),
        ("", {}),
    ],
)
def test_every_other_notification_is_somebody_elses(url, more):
    assert not US.is_ours(sent_by({"url": url}, **more))


def test_what_has_no_address_owns_nothing():
    assert not HookReceiver("http://[").is_ours(sent_by({"url": "http://["}))


def test_failures_in_a_row_tell_how_a_hook_stands():
    made = sent_by(US.config(HookAuth.BODY))
    states = [US.state_of(replace(made, failures=n)) for n in range(5)]
    fine, failing, disabled = HookState.FINE, HookState.FAILING, HookState.DISABLED
    assert states == [fine, failing, failing, disabled, disabled]


OUTDATED = {
    "bare": {},
    "template": {"template": '{"secret": "another"}'},
    "no-template": {"template": "{"},
    "deep": {"template": "[" * 100_000},
    "no-text": {"template": '{"secret": 7}'},
    "a-list": {"template": "[]"},
    "token": {"url": f"{US.url}?token=another"},
    "password": {"url": US.url.replace("://", "://watchdog:another@")},
}


@pytest.mark.parametrize("config", OUTDATED.values(), ids=OUTDATED)
def test_a_hook_without_a_secret_that_is_accepted_is_outdated(config):
    hook = sent_by({"url": US.url, **config})
    assert US.state_of(hook) is HookState.OUTDATED
    assert HookReceiver(US.base_url).state_of(hook) is HookState.FINE


def test_the_secret_before_a_rotation_is_still_one_of_ours():
    assert US.state_of(sent_by({"url": f"{US.url}?token=the-one-before"})) is HookState.FINE


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("https://u:p@w.example/hooks/quay?token=x", "https://***@w.example/hooks/quay?***"),
        ("http://w.example:8080/hooks/quay", "http://w.example:8080/hooks/quay"),
        ("http://[::1]:8080/hooks/quay#x", "http://[::1]:8080/hooks/quay"),
        ("http://[", ""),
        ("x@example.org", ""),
    ],
)
def test_a_url_is_shown_without_what_may_be_secret(url, shown):
    assert hidden(url) == shown


def test_the_worst_of_our_hooks_is_found_among_others():
    fine = sent_by(US.config(HookAuth.BODY))
    failing, off = replace(fine, failures=1), replace(fine, failures=3)
    others = replace(off, url="https://other.example.org/hooks/quay")
    assert US.worst_of([fine, others, failing]) == (failing, HookState.FAILING)
    assert US.worst_of([failing, off, fine]) == (off, HookState.DISABLED)
    assert US.worst_of([others]) is None
