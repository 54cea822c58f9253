"""A letter's headers, its two texts, and that nothing from outside can add to them."""

import re
from email import message_from_bytes
from email.policy import default
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.notify.examples import AT, EXAMPLES, HOSTILE, message
from watchdog.core.message import Severity, Stage
from watchdog.notify.letter import first_id, write

FROM, TO = "watchdog@example.org", ("ops@example.org",)
HEADERS = {
    "From",
    "To",
    "Subject",
    "Date",
    "Message-ID",
    "Auto-Submitted",
    "X-Auto-Response-Suppress",
    "Importance",
    "X-Watchdog-Kind",
    "X-Watchdog-Severity",
    "X-Watchdog-Subject",
    "MIME-Version",
    "Content-Type",
}


def letter(told, first=None):
    """The letter as it is read at the other end."""
    return message_from_bytes(write(told, FROM, TO, first).as_bytes(), policy=default)


def bodies(read):
    plain, html = read.iter_parts()
    return plain.get_content(), html.get_content()


def test_a_second_attempt_is_the_very_same_letter():
    assert (
        write(message(), FROM, TO, None).as_bytes() == write(message(), FROM, TO, None).as_bytes()
    )


def test_the_id_is_the_message_s_own_and_tells_stores_that_count_alike_apart():
    assert letter(message(id="a-1"))["Message-ID"] == "<a-1.20260302043107@example.org>"
    later = letter(message(id="a-1", at=AT.replace(second=8)))
    assert later["Message-ID"] == "<a-1.20260302043108@example.org>"


@pytest.mark.parametrize("odd", ["a b", "a@b", "<a>", "ä", "", "a" * 200, "a\r\nBcc: x@y.z"])
def test_an_id_that_cannot_stand_in_a_header_is_hashed(odd):
    assert re.fullmatch(
        r"<[0-9a-f]{32}\.[0-9]{14}@example\.org>", letter(message(id=odd))["Message-ID"]
    )


def test_the_letters_of_an_incident_answer_its_first():
    opening = message(id="a-1", thread="t1", stage=Stage.OPEN)
    sent = letter(opening)
    first = first_id(sent, opening, None)
    assert first == sent["Message-ID"]
    assert sent["In-Reply-To"] is None
    later = message(id="a-2", thread="t1", stage=Stage.RESOLVED)
    answer = letter(later, first)
    assert answer["In-Reply-To"] == answer["References"] == first
    assert answer["Message-ID"] != first
    assert first_id(answer, later, first) == first


def test_what_belongs_to_no_incident_is_not_remembered():
    assert first_id(letter(message()), message(), None) is None


def test_the_headers_say_what_it_is_and_ask_for_no_answer():
    read = letter(message(kind="wrong", severity=Severity.CRITICAL, title="a:latest is wrong"))
    assert set(read.keys()) == HEADERS
    assert read["Subject"] == "🟥 Critical: a:latest is wrong"
    assert read["From"] == "Registry watchdog <watchdog@example.org>"
    assert read["Date"] == "Mon, 02 Mar 2026 04:31:07 +0000"
    assert read["Auto-Submitted"] == "auto-generated"
    assert read["Importance"] == "high"
    assert read["X-Watchdog-Kind"] == "wrong"
    assert read["X-Watchdog-Severity"] == "critical"
    assert read["X-Watchdog-Subject"] == "quay.io/crunchtools/acquacotta:latest"
    assert letter(message(severity=Severity.RIGHT))["Importance"] == "normal"


@given(st.text(max_size=300).map(lambda text: f"a\r\nBcc: x@y.z\r\n\r\n{text}\n.\nQUIT\n"))
def test_no_text_from_outside_adds_a_header_or_a_part(text):
    told = message(id=text, subject=text, kind=text, title=text, facts=((text, text),))
    sent = write(told, FROM, TO, None).as_bytes()
    read = message_from_bytes(sent, policy=default)
    assert set(read.keys()) == HEADERS
    assert read["Bcc"] is None
    assert [part.get_content_type() for part in read.iter_parts()] == ["text/plain", "text/html"]
    assert sent.isascii()
    assert max(map(len, sent.split(b"\r\n"))) <= 998


def test_both_texts_say_everything():
    links = (("Compare", "https://forge.example/compare/a...b"),)
    told = message(
        facts=(("Pushed", "x@0f3c"), ("Trusted", "y@1a2b")),
        advice=("Find it.", "Then `watchdog approve a@b`"),
        link="https://w.example/t",
        links=links,
    )
    plain, html = bodies(letter(told))
    for said in ("x@0f3c", "y@1a2b", "Find it.", "watchdog approve a@b", "2026-03-02T04:31:07Z"):
        assert said in plain
        assert said in html
    assert "Compare: https://forge.example/compare/a...b" in plain
    assert 'href="https://forge.example/compare/a...b"' in html
    assert "Open in the watchdog: https://w.example/t" in plain


class Tags(HTMLParser):
    """The tags and addresses of a document."""

    def __init__(self, document):
        super().__init__()
        self.tags, self.links, self.styles = set(), [], []
        self.feed(document)

    def handle_starttag(self, tag, attrs):
        self.tags.add(tag)
        self.links += [value for name, value in attrs if name in {"href", "src"}]
        assert not [name for name, _ in attrs if name.startswith("on")]


@pytest.mark.parametrize("example", EXAMPLES)
def test_the_html_holds_nothing_that_runs_or_is_fetched(example):
    html = bodies(letter(EXAMPLES[example]))[1]
    assert Tags(html).tags <= {
        *("html", "head", "meta", "title", "style", "body", "table", "tr", "td", "th"),
        *("div", "span", "h1", "ol", "li", "code", "a"),
    }
    assert "url(" not in html
    assert "@import" not in html


@given(st.text(alphabet="<>&'\"`/a=onclick script", max_size=60))
def test_text_from_outside_is_never_markup(text):
    told = message(title=text, subject=text, facts=((text, text),), advice=(text, f"`{text}`"))
    expected = Tags(bodies(letter(message(facts=(("a", "b"),), advice=("a", "`b`"))))[1])
    assert Tags(bodies(letter(told))[1]).tags <= expected.tags
    assert Tags(bodies(letter(told))[1]).links == []


def test_links_are_those_of_the_message_alone():
    links = (("Good", "https://forge.example/a?b=1&c=2"), ("Bad", "javascript:alert(1)"))
    html = bodies(letter(message(title=HOSTILE, links=links)))[1]
    assert Tags(html).links == ["https://forge.example/a?b=1&c=2"]
