"""Git histories as a generator makes them: real objects on disk, and the graph in memory.

The generator writes objects itself, a thousand commits in the time of one git process. What it
knows of the graph (`contains`) is what the oracle goes by; the product asks git.
"""

import hashlib
import zlib
from dataclasses import dataclass

from watchdog.core.commits import Revision
from watchdog.history.clone import Clone
from watchdog.history.git import Git
from watchdog.history.refs import UPSTREAM_HEAD, Refs

EPOCH = 1_767_600_000
_CONFIG = "[core]\n\trepositoryformatversion = 0\n\tbare = true\n"


class History:
    """A bare repository at `path`, with the refs that its forge shows now.

    On disk stand the refs that `write_refs` last wrote: until then a mirror of it is behind.
    """

    def __init__(self, path, rng):
        self.path, self._rng = path, rng
        self.refs: dict[str, Revision] = {}
        self.pulls: dict[str, Revision] = {}
        self.default = "main"
        self.parents: dict[Revision, tuple[Revision, ...]] = {}
        self.served = False
        """Whether a server hands it out, so that what is on disk is what the forge shows."""
        self._order: dict[Revision, int] = {}
        self._reach: dict[Revision, int] = {}
        self._annotated: dict[tuple[str, Revision], Revision] = {}
        for folder in ("objects", "refs"):
            (path / folder).mkdir(parents=True)
        (path / "config").write_text(_CONFIG)
        self._tree = self._write("tree", b"")

    def commit(self, *parents):
        """Write a commit that no ref reaches yet; now and then its clock is wrong."""
        number = len(self.parents)
        at = EPOCH + 600 * number - (86_400 if self._rng.random() < 0.02 else 0)
        lines = [f"tree {self._tree}", *(f"parent {parent}" for parent in parents)]
        lines += [f"{role} A <a@example.org> {at} +0000" for role in ("author", "committer")]
        name = self._write("commit", "\n".join([*lines, "", f"{number}\n"]).encode())
        self.parents[name], self._order[name] = parents, number
        self._reach[name] = 1 << number
        for parent in parents:
            self._reach[name] |= self._reach[parent]
        return name

    def contains(self, newer, older):
        """Tell whether `newer` is `older` or one of its descendants."""
        return bool(self._reach[newer] >> self._order[older] & 1)

    def related(self, one, other):
        """Tell whether two commits have a common ancestor."""
        return bool(self._reach[one] & self._reach[other])

    def on_a_ref(self, revision, names):
        """Tell whether any of these refs contains a commit."""
        return any(self.contains(self.refs[name], revision) for name in names if name in self.refs)

    def tag(self, name, revision):
        """Set a tag; every third one is annotated."""
        self.refs[f"refs/tags/{name}"] = revision
        if self._rng.random() < 0.3:
            text = f"object {revision}\ntype commit\ntag {name}\ntagger A <a@example.org> 1 +0000\n"
            written = self._write("tag", f"{text}\n{name}\n".encode())
            self._annotated[f"refs/tags/{name}", revision] = written

    def write_refs(self, more):
        """Write the refs to disk, and some more: as a fetch does, or as a forge serves them."""
        shown = self.refs | more
        lines = ["# pack-refs with: peeled fully-peeled sorted "]
        for name in sorted(shown):
            written = self._annotated.get((name, shown[name]))
            lines += (
                [f"{written} {name}", f"^{shown[name]}"] if written else [f"{shown[name]} {name}"]
            )
        (self.path / "packed-refs").write_text("\n".join([*lines, ""]))
        (self.path / "HEAD").write_text(f"ref: refs/heads/{self.default}\n")

    def publish(self):
        """Show the world the refs, where a server does."""
        if self.served:
            self.write_refs(self.pulls)

    def _write(self, kind, body):
        data = f"{kind} {len(body)}\0".encode() + body
        name = hashlib.sha1(data).hexdigest()
        path = self.path / "objects" / name[:2] / name[2:]
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(zlib.compress(data, 1))
        return Revision(name)


@dataclass(frozen=True, slots=True)
class NearClone(Clone):
    """The mirror's clone where the forge is a folder away: a fetch is one file written.

    Everything that is asked of history is asked of git, by the product's own `Mirror`.
    """

    history: History | None = None

    def update(self, known: Refs | None, **_how: bool) -> Refs:
        """Let the refs on disk be those that the forge shows now."""
        before = self.path.joinpath("packed-refs"), self.path.joinpath("HEAD")
        old = [path.read_bytes() if path.exists() else b"" for path in before]
        head = self.history.refs.get(f"refs/heads/{self.history.default}")
        self.history.write_refs({UPSTREAM_HEAD: head} if head else {})
        if known and old == [path.read_bytes() for path in before]:
            return known
        return self.read()

    def exists(self):
        return (self.path / "packed-refs").exists()

    def listed(self, *_arguments, **_how):
        """List what the forge shows, pull requests included."""
        shown = self.history.refs | self.history.pulls
        return tuple((revision, name) for name, revision in shown.items())


def near_clone(history):
    """Make the clone of a history that lies beside it."""
    return NearClone(history.path, str(history.path), "the source", Git(), 30.0, history)
