"""Whether two texts say the same, when digests, ids and addresses need only correspond."""

import re

_FREE = re.compile(
    r"[0-9a-f]{64}"  # digests, and marks of avatars
    r"|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
    r"|#[0-9a-f]{6}(?=\")"
    r"|python-requests/[\d.]+"
    r'|(?<="next_page": ")[^"]+'
)


class Likeness:
    """Pairs of what was recorded and what stands for it here, found in the order they appear."""

    def __init__(self, addresses):
        self.addresses = addresses
        self.here = {}

    def bind(self, recorded, here):
        """Let one stand for the other; neither may stand for anything else."""
        known = self.here.setdefault(recorded, here)
        others = [key for key, value in self.here.items() if value == here and key != recorded]
        # A page's name says only where it begins, so that it is the same in several lists.
        free = recorded.startswith(("gAAAA", "python-requests"))
        assert free or (known == here and not others), (recorded, here, known, others)

    def translate(self, text):
        """Say it as it is said here; what has not been met stands for itself."""
        for recorded, here in self.addresses.items():
            text = text.replace(recorded, here)
        return _FREE.sub(lambda found: self.here.get(found[0], found[0]), text)

    def check(self, recorded, here, *, cut=False):
        """Compare, and learn; `cut`: of the recorded text the end is missing."""
        for address, local in self.addresses.items():
            recorded = recorded.replace(address, local)
        frame, wanted = _FREE.split(recorded), _FREE.findall(recorded)
        found_frame, found = _FREE.split(here), _FREE.findall(here)
        if cut:
            found_frame, found = found_frame[: len(frame)], found[: len(wanted)]
            found_frame[-1] = found_frame[-1][: len(frame[-1])]
        assert found_frame == frame, f"recorded:\n{recorded}\nhere:\n{here}"
        for was, is_now in zip(wanted, found, strict=True):
            self.bind(was, is_now)
