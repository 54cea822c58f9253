"""The pages in a real browser: narrow, dark, by keyboard, without a script."""

import os
import threading
from pathlib import Path
from wsgiref.simple_server import WSGIRequestHandler, make_server

import pytest
from axe_playwright_python.sync_playwright import Axe
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


PAGES = ("/", f"/tags/{seed.ACQUACOTTA}", "/incidents", f"/incidents/{seed.INCIDENT}", "/health")


@pytest.mark.e2e
def test_every_page_is_readable_when_narrow_and_dark_and_breaks_no_rule_of_its_own(
    chromium, address
):
    page = chromium.new_page(viewport={"width": 320, "height": 640}, color_scheme="dark")
    complaints = []
    page.on("console", lambda message: complaints.append(message.text))
    for path in PAGES:
        assert page.goto(address + path).status == 200
        assert (path, page.evaluate("document.documentElement.scrollWidth")) == (path, 320)
        ground = page.evaluate("getComputedStyle(document.body).backgroundColor")
        assert ground == "rgb(17, 21, 27)"
        assert page.locator("h1").bounding_box() is not None
    assert complaints == []


@pytest.mark.e2e
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_on_any_page(chromium, address, scheme):
    axe = Axe()
    page = chromium.new_page(viewport={"width": 1100, "height": 800}, color_scheme=scheme)
    for path in PAGES:
        page.goto(address + path)
        found = axe.run(page).response["violations"]
        said = [(one["id"], [node["html"] for node in one["nodes"]]) for one in found]
        assert (path, said) == (path, [])


@pytest.mark.e2e
def test_without_a_script_tags_are_searched_by_the_keyboard_and_opened(chromium, address):
    page = chromium.new_context(java_script_enabled=False).new_page()
    page.goto(f"{address}/?paused")
    page.locator("#q").focus()
    page.keyboard.type("rotv")
    page.keyboard.press("Enter")
    page.wait_for_url("**/?q=rotv*")
    assert page.locator(".rows li").count() == 1
    page.locator(".rows a").first.focus()
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/tags/{seed.ROTV}")
    assert "It lags behind." in page.locator("header").inner_text()


@pytest.mark.e2e
def test_the_place_that_former_messages_link_to_is_still_there(chromium, address):
    page = chromium.new_page(viewport={"width": 320, "height": 640})
    page.goto(f"{address}/?paused#{seed.GATEHOUSE}")
    assert 0 <= page.locator(f'[id="{seed.GATEHOUSE}"]').bounding_box()["y"] < 640


@pytest.mark.e2e
def test_the_page_renews_itself_and_leaves_what_is_typed(chromium, address, redis_client):
    page = chromium.new_page()
    page.clock.install()
    page.goto(address)
    page.locator("#q").fill("ro")
    seed.write(redis_client, seed.ACQUACOTTA, seed.accepted(seed.ACQUACOTTA, now=seed.NOW))
    with page.expect_response(lambda answer: answer.url == f"{address}/"):
        page.clock.fast_forward(11_000)
    page.get_by_role("heading", name="lags behind").wait_for()
    assert page.locator("section.tag.wrong").count() == 0
    assert page.locator("#q").input_value() == "ro"
    assert page.evaluate("document.activeElement.id") == "q"
