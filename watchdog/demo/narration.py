"""The story on the terminal: readable without colour, at 80 columns and wider.

Text that came from outside is put into `Text`, never into markup.
"""

from collections.abc import Iterable, Iterator

from rich.console import Console, RenderableType
from rich.padding import Padding
from rich.rule import Rule
from rich.table import Table
from rich.text import Text

from watchdog.core.reference import Digest
from watchdog.demo.alerts import matrix_panel, slack_panel
from watchdog.demo.outcome import Observed, kind_of
from watchdog.demo.product import Product
from watchdog.demo.receiver import Received
from watchdog.demo.scenes import Beat, Scene
from watchdog.demo.world import IMAGE, SIBLING, World

WIDTH_MAX = 120
SIDE_BY_SIDE_FROM = 110
_ABOUT = (
    "A container tag is moved to the wrong image, twice. All of it happens now, on this machine: "
    "the watchdog's own web, worker and store meet a registry, git and chat over HTTP."
)
# The signs tell the outcomes apart without their colours.
_MARKS = {
    "accepted": ("✓", "green"),
    "warning": ("!", "yellow"),
    "rejected": ("✗", "red"),
    "inconclusive": ("?", "magenta"),
}
_LEFT = (0, 0, 0, 3)
_LEFT_AND_ABOVE = (1, 0, 0, 3)


class Narrator:
    """Tells the story, step by step."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._console.width = min(console.width, WIDTH_MAX)
        self._shown_kinds: set[str] = set()

    def title(self) -> None:
        """Say what this is."""
        self._console.print()
        self._console.print(Text("The incident in a box", style="bold"))
        self._console.print(Text(_ABOUT))
        self._console.print()

    def stage(self, world: World, product: Product) -> None:
        """Say what runs where."""
        rows = (
            ("tag", str(world.tag)),
            ("source", world.git.url(IMAGE)),
            ("sibling", world.git.url(SIBLING)),
            ("watchdog", product.url),
        )
        self._console.print(_facts((name, Text(text)) for name, text in rows))

    def scene(self, number: int, scene: Scene) -> None:
        """Open a step."""
        self._console.print()
        title = Text.assemble((f"{number}  ", "dim"), (scene.title, "bold"))
        self._console.print(Rule(title, align="left", style="dim"))

    def beat(self, beat: Beat) -> None:
        """Say what happens in the world, before it does."""
        self._console.print()
        self._console.print(Padding(Text(beat.story), _LEFT, expand=False))

    def outcome(self, observed: Observed) -> None:
        """Say what the watchdog saw, did and told."""
        self._console.print()
        self._console.print(_facts(_outcome(observed)))
        for alert in self._alerts(observed):
            self._console.print(Padding(alert, _LEFT_AND_ABOVE))

    def wrong(self, number: int, scene: Scene, faults: tuple[str, ...], log_tail: str) -> None:
        """Say which step had what, and what the watchdog logged last."""
        out = self._console
        out.print()
        out.print(Text(f"Step {number}, {scene.title}, did not come out as it must:", style="bold"))
        for fault in faults:
            out.print(Padding(Text(f"- {fault}"), _LEFT))
        out.print(Text("\nThe watchdog's log ends:", style="bold"))
        out.print(Text(log_tail, style="dim"), soft_wrap=True)

    def epilogue(self, steps: int, took_s: float) -> None:
        """Say that all went well."""
        self._console.print()
        self._console.print(Rule(style="dim"))
        words = f"All {steps} steps came out as they must, in {took_s:.1f} s."
        self._console.print(Text.assemble(("✓ ", "green"), (words, "bold")))

    def stay(self, url: str) -> None:
        """Say where the status page is, and how to end."""
        self._console.print(Text(f"The status page stays up on {url} until Ctrl-C."))

    def farewell(self, words: str) -> None:
        """Say a last sentence."""
        self._console.print(Text(words))

    def _alerts(self, observed: Observed) -> Iterator[RenderableType]:
        """Draw each message as Slack and Matrix got it; side by side where there is room."""
        slack, matrix = (
            [taken for taken in observed.messages if taken.channel == channel]
            for channel in ("slack", "matrix")
        )
        wide = self._console.width >= SIDE_BY_SIDE_FROM
        for number, taken in enumerate(slack):
            twin = matrix[number] if number < len(matrix) else None
            yield from self._alert(taken, twin, wide=wide)

    def _alert(
        self, slack: Received, matrix: Received | None, *, wide: bool
    ) -> Iterator[RenderableType]:
        kind = kind_of(slack)
        if matrix and wide:
            pair = Table.grid(expand=True, padding=(0, 1, 0, 0))
            pair.add_column(ratio=1)
            pair.add_column(ratio=1)
            pair.add_row(slack_panel(slack), matrix_panel(matrix))
            yield pair
            return
        yield slack_panel(slack)
        # On a narrow terminal the second channel is shown once for each kind of message.
        if matrix and kind not in self._shown_kinds:
            yield matrix_panel(matrix)
        self._shown_kinds.add(kind)


def _outcome(observed: Observed) -> Iterator[tuple[str, RenderableType]]:
    if observed.pushed:
        origin = f"   {observed.origin}" if observed.origin else ""
        yield "pushed", Text.assemble((_short(observed.pushed), "cyan"), (origin, "dim"))
    for finding in observed.conditions or observed.findings:
        mark, style = _MARKS[finding.outcome]
        seen = (f"{mark} {finding.code}", f"bold {style}")
        yield "seen", Text.assemble(seen, _after(observed.judged_after_s))
        yield "", Text(finding.detail)
    if observed.said_reverted and observed.pushed and observed.held:
        done = ("put the trusted build back", "bold")
        yield "done", Text.assemble(done, _after(observed.restored_after_s))
        yield "", Text(f"{_short(observed.pushed)} → {_short(observed.held)}", style="cyan")
    told = observed.kinds("slack")
    yield "told", Text(f"{' and '.join(told)}, on every channel" if told else "nobody")


def _facts(rows: Iterable[tuple[str, RenderableType]]) -> Padding:
    grid = Table.grid(padding=(0, 2))
    grid.add_column(style="dim", min_width=8)
    grid.add_column(overflow="fold")
    for name, text in rows:
        grid.add_row(name, text)
    return Padding(grid, _LEFT, expand=False)


def _after(seconds: float | None) -> tuple[str, str]:
    """Say how long it took, from the push (or the commit) to when it could be seen."""
    if seconds is None:
        return "", ""
    took = f"{seconds:.1f} s" if seconds >= 1 else f"{seconds * 1000:.0f} ms"
    return f"   after {took}", "dim"


def _short(digest: Digest) -> str:
    return f"{digest.algorithm}:{digest.short}"
