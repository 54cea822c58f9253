"""What the overview says in one sentence, and in numbers."""

from watchdog.web.watched import Board, Standing


def headline(board: Board) -> str:
    """Say in one sentence whether all is well."""
    if board.tone is not board.worst:
        return "All was right when it was last looked at"
    count = board.counts[board.worst]
    plural = "s" if count > 1 else ""
    verb = {
        Standing.WRONG: "are wrong" if plural else "is wrong",
        Standing.GONE: "are gone" if plural else "is gone",
        Standing.LAGGING: "lag behind" if plural else "lags behind",
        Standing.UNKNOWN: "cannot be judged",
        Standing.UNSEEN: "not looked at yet",
        Standing.RIGHT: "watched, and all are right" if plural else "watched, and it is right",
    }
    return f"{count} tag{plural} {verb[board.worst]}" if board.tags else "No tag is watched yet"


def summary(board: Board) -> str:
    """Count the tags by how they stand."""
    counts = board.counts
    right = counts[Standing.RIGHT]
    said = [f"{right} tag{'' if right == 1 else 's'} right"]
    said += [
        f"{counts[standing]} {standing}"
        for standing in (Standing.WRONG, Standing.LAGGING, Standing.UNKNOWN)
    ]
    said += [
        f"{counts[standing]} {standing}"
        for standing in (Standing.GONE, Standing.UNSEEN)
        if counts[standing]
    ]
    return ", ".join(said)
