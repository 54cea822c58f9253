"""`watchdog demo`: the incident replayed with the product's own processes, and each step checked.

Whatever ends it (the story, Ctrl-C, SIGTERM, a fault), no process and no folder stays behind.
"""

import io
import logging
import os
import signal
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from rich.console import Console

from watchdog.demo.narration import Narrator
from watchdog.demo.outcome import faults, observe
from watchdog.demo.product import Product, check_free, running_product
from watchdog.demo.scenes import SCENES, Scene
from watchdog.demo.world import World, loopback_world
from watchdog.errors import ConfigurationError, MalformedError
from watchdog.settings import Listen, parse_listen

POLL_S = 0.5
_OK, _FAILED, _INTERRUPTED = 0, 1, 130
_ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def replay(*, listen: str, ends: bool, scenes: tuple[Scene, ...] = SCENES) -> int:
    """Replay the incident; returns 0 only if every step had the outcome that it must have.

    With `ends` it ends by itself, else the status page stays up until Ctrl-C. Raises
    ConfigurationError if the address cannot be listened on, ProductError if nothing starts.
    """
    address = _address(listen)
    check_free(address)
    _keep_quiet()
    narrator = Narrator(Console(highlight=False))
    narrator.title()
    try:
        with _signals_interrupt(), _stage(address) as (world, product):
            status = _tell(narrator, world, product, scenes)
            if not ends:
                _stay(narrator, product)
    except KeyboardInterrupt:
        narrator.farewell("\nInterrupted; everything is put away.")
        return _INTERRUPTED
    return status


@contextmanager
def _stage(address: Listen) -> Iterator[tuple[World, Product]]:
    """Set up the world and the watchdog; once the end has begun, nothing interrupts it."""
    with tempfile.TemporaryDirectory(prefix="watchdog-") as name:
        folder = Path(name)
        with (
            loopback_world(folder / "git") as world,
            running_product(folder, world, address) as product,
        ):
            try:
                yield world, product
            finally:
                _ignore_signals()


def _tell(narrator: Narrator, world: World, product: Product, scenes: tuple[Scene, ...]) -> int:
    """Tell the story up to its end, or to the first step that comes out wrong."""
    began = time.monotonic()
    narrator.stage(world, product)
    for number, scene in enumerate(scenes, 1):
        narrator.scene(number, scene)
        for beat in scene.beats:
            narrator.beat(beat)
            observed = observe(world, product, beat)
            narrator.outcome(observed)
            if wrong := faults(beat.expected, observed):
                narrator.wrong(number, scene, wrong, product.log_tail())
                return _FAILED
    narrator.epilogue(len(scenes), time.monotonic() - began)
    return _OK


def _stay(narrator: Narrator, product: Product) -> None:
    """Keep the status page up until a signal, or until the watchdog ends by itself."""
    narrator.stay(product.url)
    try:
        while product.alive():
            time.sleep(POLL_S)
    except KeyboardInterrupt:
        narrator.farewell("\nPutting everything away.")
        return
    narrator.farewell("The watchdog has ended by itself.")


@contextmanager
def _signals_interrupt() -> Iterator[None]:
    """Let every signal that asks for the end raise KeyboardInterrupt, once."""

    def interrupt(*_: object) -> None:
        _ignore_signals()
        raise KeyboardInterrupt

    before = {number: signal.signal(number, interrupt) for number in _ENDING}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _ignore_signals() -> None:
    """Let further signals do nothing (of SIG_IGN Python complains while a signal is under way)."""
    for number in _ENDING:
        signal.signal(number, lambda *_: None)


def _address(listen: str) -> Listen:
    try:
        return parse_listen(listen)
    except MalformedError as error:
        raise ConfigurationError(f"--listen {listen}: {error}") from error


def _keep_quiet() -> None:
    """Leave the terminal to the story, and loopback to itself."""
    logging.getLogger().setLevel(logging.WARNING)
    # The registry's hooks go through the standard client, which would ask a proxy.
    os.environ["no_proxy"] = os.environ["NO_PROXY"] = "127.0.0.1,localhost,::1"
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")
