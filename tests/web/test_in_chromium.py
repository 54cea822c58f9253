"""The status page in a real browser: narrow, dark, by keyboard, without a script."""

import os
import threading
from pathlib import Path
from wsgiref.simple_server import WSGIRequestHandler, make_server

import pytest
from playwright.sync_api import sync_playwright

from tests.web import seed

CHROMIUM = Path("/usr/bin/chromium")


class Quiet(WSGIRequestHandler):
    def log_message(self, *_arguments):
        """Say nothing."""


@pytest.fixture
def address(app, redis_client):
    seed.fill(redis_client)
    with make_server("127.0.0.1", 0, app, handler_class=Quiet) as server:
        serving = threading.Thread(target=server.serve_forever, daemon=True)
        serving.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        serving.join()


@pytest.fixture
def chromium():
    if not CHROMIUM.exists():
        missing = "chromium is not installed (Debian: chromium)"
        pytest.fail(missing) if os.environ.get("CI") == "true" else pytest.skip(missing)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=str(CHROMIUM), args=["--no-sandbox", "--disable-dev-shm-usage"]
        )
        yield browser
        browser.close()


@pytest.mark.e2e
def test_the_page_is_readable_when_narrow_and_dark_and_breaks_no_rule_of_its_own(chromium, address):
    page = chromium.new_page(viewport={"width": 320, "height": 640}, color_scheme="dark")
    complaints = []
    page.on("console", lambda message: complaints.append(message.text))
    page.goto(f"{address}/?paused#{seed.GATEHOUSE}")
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(17, 21, 27)"
    assert page.locator(f'[id="{seed.GATEHOUSE}"]').bounding_box()["y"] < 640
    assert page.locator("h1").bounding_box() is not None
    first = page.locator("main > section").first
    assert "unexpected-source" in first.inner_text()
    page.locator("summary").last.focus()
    page.keyboard.press("Enter")
    assert page.locator("details").last.get_attribute("open") is not None
    assert complaints == []
