"""What people were told about one image, by each channel."""

import json
from html import unescape

from tests.e2e.programs import WAIT_S, eventually

CHANNELS = ("slack", "matrix", "webhook")


class Alerts:
    """The messages about one app that a receiver took."""

    def __init__(self, receiver, app):
        self._receiver = receiver
        self._tag = app.tag

    def by(self, channel):
        """The bodies that one channel took, in order."""
        return [
            taken.body
            for taken in self._receiver.received
            if taken.channel == channel and self._tag in json.dumps(taken.body)
        ]

    @property
    def kinds(self):
        """The kinds of all messages, as the JSON webhook took them."""
        return [body["kind"] for body in self.by("webhook")]

    def told(self, *kinds, within_s=WAIT_S):
        """Wait until each channel was told exactly this, each once and in this order."""

        def counts():
            return [len(self.by(channel)) for channel in CHANNELS]

        eventually(counts, lambda found: min(found) >= len(kinds), within_s=within_s)
        assert self.kinds == list(kinds)
        titles = [_plain_start(body["title"]) for body in self.by("webhook")]
        for channel, key in (("slack", "text"), ("matrix", "body")):
            texts = [unescape(body[key]) for body in self.by(channel)]
            pairs = list(zip(titles, texts, strict=True))
            assert all(title in text for title, text in pairs), (channel, pairs)


def _plain_start(title):
    """What no channel has to write in its own way."""
    return title.partition("`")[0]
