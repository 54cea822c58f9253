"""Messages that the goldens show; `python -m tests.notify.examples` writes the goldens anew."""

import json
from datetime import UTC, datetime
from pathlib import Path

from watchdog.core.message import Message, Severity
from watchdog.notify import matrix, slack, webhook

GOLDENS = Path(__file__).parent.parent / "fixtures" / "notify"
RENDERERS = {"slack": slack.render, "matrix": matrix.render, "webhook": webhook.render}
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


def golden(example: str, channel: str) -> Path:
    return GOLDENS / f"{example}.{channel}.json"


def main() -> None:
    for name, example in EXAMPLES.items():
        for channel, render in RENDERERS.items():
            text = json.dumps(render(example), indent=2, ensure_ascii=False)
            golden(name, channel).write_text(f"{text}\n", encoding="utf-8")


if __name__ == "__main__":
    main()
