"""How a simulated source grows: a main branch with merges, releases, their branches and tags."""

SIDE_MAX = 3


class Releases:
    """Moves the refs of a history as a project does; versions are (major, minor, patch)."""

    def __init__(self, history, rng):
        self._git, self._rng = history, rng
        self.trunk = []
        """The first parents of the main branch, oldest first."""
        self.tags = {}
        """Version to commit, of the releases that stand."""
        self._minor = 0
        self.advance(rng.randint(2, 6))

    @property
    def main(self):
        return self.trunk[-1]

    def advance(self, count=1):
        """Let main grow by commits and merges; returns the new ones, oldest first."""
        for _ in range(count):
            tip = self.trunk[-1:]
            side = self._side() if tip and self._rng.random() < 0.3 else ()
            self.trunk.append(self._git.commit(*tip, *side))
        self.show_main()
        return self.trunk[-count:]

    def _side(self):
        """Choose what is merged: a side branch off one of the last commits, or the last patch."""
        if self.tags and self._rng.random() < 0.2:
            last = self.tags[self.highest]
            return () if self._git.contains(self.main, last) else (last,)
        tip = self._rng.choice(self.trunk[-4:])
        for _ in range(self._rng.randint(1, SIDE_MAX)):
            tip = self._git.commit(tip)
        return (tip,)

    def show_main(self):
        self._git.refs[f"refs/heads/{self._git.default}"] = self.main

    def force(self, trunk):
        """Push --force main."""
        self.trunk = list(trunk)
        self.show_main()

    def tag(self, version, revision):
        self.tags[version] = revision
        self._git.tag(name_of(version), revision)
        return revision

    def withdraw(self, version):
        """Delete the tag of a release, and others of the same commit."""
        revision = self.tags.pop(version)
        for name, at in list(self._git.refs.items()):
            if name.startswith("refs/tags/") and at == revision:
                del self._git.refs[name]

    @property
    def highest(self):
        return max(self.tags, default=None)

    def release(self):
        """Make the next release: mostly on main, else a patch of the newest line."""
        if self.highest and self._rng.random() < 0.35:
            return self.patch(self.highest)
        self.advance(self._rng.randint(1, 3))
        return self.tag_main()

    def tag_main(self):
        """Tag main's tip with the next minor version."""
        self._minor += 1
        if self._rng.random() < 0.2:
            self._git.tag("v1", self.main)  # the moving tag of a major version
        if self._rng.random() < 0.2:
            self._git.tag(f"v1.{self._minor}.0-rc1", self.main)
        return self.tag((1, self._minor, 0), self.main)

    def patch(self, version):
        """Release a patch of a line, on its branch."""
        line = [v for v in self.tags if v[:2] == version[:2]]
        last = max(line)
        tip = self._git.commit(self.tags[last])
        self._git.refs[f"refs/heads/release-{last[0]}.{last[1]}"] = tip
        return self.tag((last[0], last[1], last[2] + 1), tip)

    def line_of(self, revision, *, tagged):
        """List what a person calls older than a revision: releases that it contains, or trunk."""
        past = self.tags.values() if tagged else self.trunk
        return [one for one in past if one != revision and self._git.contains(revision, one)]


def name_of(version):
    return "v" + ".".join(map(str, version))
