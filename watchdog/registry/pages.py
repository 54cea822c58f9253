"""Answers in pages: where the next one is (distribution-spec, "Listing Tags"; RFC 8288)."""

import re
from urllib.parse import parse_qsl, urlsplit

from watchdog.registry.exchange import Reply

HEADER_MAX_CHARS = 4096
_NEXT = re.compile(r"<([^<>]*)>\s*;[^,]*\brel\s*=\s*\"?next\b", re.IGNORECASE)


def next_page(reply: Reply) -> dict[str, str]:
    """Read the query of the next page; {} on the last one.

    Of the link only its query counts: no other host or path is asked, whatever it says.
    """
    found = _NEXT.search(reply.headers.get("Link", "")[:HEADER_MAX_CHARS])
    if found is None:
        return {}
    try:
        return dict(parse_qsl(urlsplit(found[1]).query))
    except ValueError:
        return {}
