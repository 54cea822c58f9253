"""Messages that the goldens show; `python -m tests.notify.examples` writes the goldens anew."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from watchdog.core.message import Message, Severity, Stage
from watchdog.notify import alertmanager, letter, matrix_event, slack_blocks, webhook
from watchdog.notify.root import Root

GOLDENS = Path(__file__).parent.parent / "fixtures" / "notify"
TAG = "quay.io/crunchtools/acquacotta:latest"
AT = datetime(2026, 3, 2, 4, 31, 7, tzinfo=UTC)
HOSTILE = (
    "<!here> @here @channel @room *bold* _it_ ~no~ `code` ```block``` <script>alert(1)</script> "
    "&amp; [a](http://evil.example) <@U123> <http://evil.example|quay.io> \u202egpj.exe\u202c\n"
    "> quoted :tada: \ud800"
)


def message(**changes) -> Message:
    values = {
        "id": "acquacotta-latest-17",
        "subject": TAG,
        "kind": "rejected",
        "severity": Severity.CRITICAL,
        "title": "acquacotta:latest was moved to an image from another source",
        "facts": (("Found", "unexpected-source"),),
        "advice": (),
        "at": AT,
        "link": None,
    }
    return Message(**(values | changes))


OPENED = message(
    id="acquacotta-latest-17-wrong",
    kind="wrong",
    title="acquacotta:latest was overwritten by a build of crunchtools/acquacotta-old",
    facts=(
        ("Source", "crunchtools/acquacotta-old, which the policy does not allow"),
        ("Trusted", "crunchtools/acquacotta at 1a2b3c4d, built 27 Feb 14:02"),
        ("Pulled", "by hosts in 19 h 29 min"),
    ),
    advice=("If it was meant: `watchdog approve quay.io/crunchtools/acquacotta@sha256:9b45`",),
    link="https://watchdog.example/tags?tag=acquacotta",
    links=(
        ("Compare the commits", "https://github.com/crunchtools/acquacotta/compare/1a2b...9b45"),
        ("Run it?", "javascript:alert(1)"),
    ),
    thread="acquacotta-latest-17",
    since=AT,
    stage=Stage.OPEN,
)


def later(telling: str, hours: int, **changes) -> Message:
    """A further message about the same incident."""
    told = {"facts": (), "links": (), "advice": (), "at": AT + timedelta(hours=hours)}
    return message(
        **{
            **{name: getattr(OPENED, name) for name in ("link", "thread", "since", "stage")},
            **told,
            "id": f"{OPENED.thread}-{telling}",
            "kind": telling,
            **changes,
        }
    )


ACKNOWLEDGED = later(
    "acknowledged",
    2,
    severity=Severity.WARNING,
    stage=Stage.ACKNOWLEDGED,
    title="acquacotta:latest is wrong, and fatherlinux looks into it",
    facts=(("Note", "the cron is off, a build is on its way"),),
)
RESOLVED = later(
    "right",
    7,
    severity=Severity.RIGHT,
    stage=Stage.RESOLVED,
    title="acquacotta:latest is right again after 6 h 12 min",
    facts=(("By", "a push of 5e6f7081"),),
)
ROOT = Root("#alerts", "C0ALERTS", "1772425868.000001", "1772425868.000001", OPENED)

# An incident where there are threads: its messages, and what its first one says later.
THREAD = {
    "opened": OPENED,
    "acknowledged": ACKNOWLEDGED,
    "resolved": RESOLVED,
    "root-acknowledged": ROOT.now(ACKNOWLEDGED),
    "root-resolved": ROOT.now(RESOLVED),
}
EXAMPLES = {
    "unexpected-source": message(
        facts=(
            ("Tag", TAG),
            ("Found", "unexpected-source, unrelated-history"),
            ("Source", "https://github.com/crunchtools/acquacotta-old"),
            ("Revision", "0f3c1d2e4b5a69788796a5b4c3d2e1f001122334"),
            ("Digest", "sha256:9b45" + "0" * 60),
            ("Expected", "https://github.com/crunchtools/acquacotta"),
            ("Reverted to", "sha256:1a2b" + "0" * 60),
        ),
        advice=(
            "Find what still pushes there: the cron of an archived repository may run on.",
            "If it was meant: `watchdog approve quay.io/crunchtools/acquacotta:latest`",
        ),
        link="http://127.0.0.1:8080/tags?tag=a&more=b|c",
    ),
    "lagging": message(
        id="acquacotta-latest-lagging-3",
        kind="lagging",
        severity=Severity.WARNING,
        title="acquacotta:latest is 3 commits behind main for 6 h 12 min",
        facts=(("Ahead", "refs/heads/main, 3 commits"),),
        advice=("Build it, or raise `max_lag:` in the policy.",),
    ),
    "right-again": message(
        id="acquacotta-latest-18",
        kind="resolved",
        severity=Severity.RIGHT,
        title="acquacotta:latest is right again",
        facts=(("Found", "newer"),),
    ),
    "no-facts": message(
        id="reverts-off",
        subject="watchdog",
        kind="reverts-off",
        severity=Severity.INFO,
        title="Reverts are off",
        facts=(),
    ),
    "hostile": message(
        title=HOSTILE,
        facts=((HOSTILE, HOSTILE), ("Empty", ""), ("Empty", " \u200b\n")),
        advice=(HOSTILE, "Run `podman pull 'a&b<c>'` *now*", "`unpaired", "an `a_b` and a_b, _c_"),
        link="https://watchdog.example/?a=<b>&c=\"d'",
    ),
}


def alert(told: Message) -> dict[str, Any]:
    """What Alertmanager gets, where it knows of the incident's opening."""
    opened = told.thread and told is not OPENED
    known = json.dumps(alertmanager.render(OPENED, None, AT)) if opened else None
    return alertmanager.render(told, known, AT)


def mail(told: Message) -> dict[str, Any]:
    """A letter as it is read: headers, then the lines of its plain text and of its HTML."""
    sender, recipients = "watchdog@example.org", ("ops@example.org", "dev@example.net")
    opening = letter.write(OPENED, sender, recipients, None)
    first = str(opening["Message-ID"]) if told.thread and told is not OPENED else None
    written = letter.write(told, sender, recipients, first)
    plain, html = (part.get_content().splitlines() for part in written.iter_parts())
    return {"headers": {**written}, "plain": plain, "html": html}


RENDERERS = {
    "slack": slack_blocks.render,
    "matrix": matrix_event.render,
    "webhook": webhook.render,
    "alertmanager": alert,
    "email": mail,
}


def golden(example: str, channel: str) -> Path:
    return GOLDENS / f"{example}.{channel}.json"


def rendered() -> dict[Path, dict[str, Any]]:
    """What every golden holds."""
    threaded = {channel: RENDERERS[channel] for channel in ("slack", "matrix")}
    said = {name: example for name, example in THREAD.items() if not name.startswith("root")}
    plain = {name: render for name, render in RENDERERS.items() if name not in threaded}
    return {
        golden(name, channel): render(example)
        for examples, renderers in ((EXAMPLES, RENDERERS), (THREAD, threaded), (said, plain))
        for name, example in examples.items()
        for channel, render in renderers.items()
    }


def main() -> None:
    for path, document in rendered().items():
        text = json.dumps(document, indent=2, ensure_ascii=False)
        path.write_text(f"{text}\n", encoding="utf-8")


if __name__ == "__main__":
    main()
