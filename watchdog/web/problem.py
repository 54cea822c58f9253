"""Errors as a program reads them: RFC 9457, `application/problem+json`."""

import json
from http import HTTPStatus

from flask import Response

PREFIXES = ("/api/", "/hooks/", "/metrics", "/feed.atom", "/badge/", "/readyz")
"""Where programs call; people get pages."""


def problem(status: int, detail: str) -> Response:
    """Make the answer that says what is wrong."""
    document = {
        "type": "about:blank",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": detail,
    }
    return Response(json.dumps(document), status, content_type="application/problem+json")
