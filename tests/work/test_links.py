"""Where a message leads."""

from watchdog.core.reference import Tag
from watchdog.work.look import link_to

TAG = Tag.parse("quay.io/crunchtools/acquacotta:latest")


def test_a_message_leads_to_the_page_of_its_tag():
    assert link_to(TAG, "https://w.example/") == f"https://w.example/tags/{TAG}"


def test_without_an_address_of_its_own_it_leads_nowhere():
    assert link_to(TAG, None) is None
