"""What is kept of the watchdog itself."""

from datetime import UTC, datetime, timedelta

import pytest

from watchdog.core.self_condition import SelfCode, SelfCondition, Trouble
from watchdog.core.self_trouble import FailingMirror, NodeReport
from watchdog.store import keys
from watchdog.store.self_conditions import (
    SelfConditions,
    checked_writes,
    reports_forgotten_writes,
)

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
CONDITION = SelfCondition(
    Trouble(SelfCode.DISK_LOW, "node-a", "low", "well", (("Free", "1 %"),), ("Make room",)),
    NOW - timedelta(hours=1),
    told=True,
    told_at=NOW,
    reminders=2,
)
MIRROR = FailingMirror("github.com/a/b", "github.com", 2, NOW, NOW, "refused")
REPORT = NodeReport("node-a", NOW, timedelta(seconds=-31.5), 10, None, (MIRROR,))


@pytest.fixture
def kept(client):
    return SelfConditions(client)


def carry_out(client, writes):
    for write in writes:
        client.execute_command(*write)


def test_what_a_check_found_is_kept_whole_and_nothing_else(client, kept):
    assert (kept.conditions(), kept.checked_at()) == ({}, None)
    carry_out(client, checked_writes({"a": CONDITION, "b": CONDITION}, NOW))
    assert kept.conditions() == {"a": CONDITION, "b": CONDITION}
    assert kept.checked_at() == NOW
    carry_out(client, checked_writes({"b": CONDITION}, NOW))
    assert kept.conditions() == {"b": CONDITION}


def test_what_workers_report_is_kept_until_it_is_forgotten(client, kept):
    kept.report("node-a:1", REPORT)
    kept.report("node-a:2", REPORT)
    assert kept.reports() == {"node-a:1": REPORT, "node-a:2": REPORT}
    carry_out(client, reports_forgotten_writes(["node-a:1"]))
    assert kept.reports() == {"node-a:2": REPORT}


def test_what_is_damaged_is_left_out_and_said(client, kept, caplog):
    client.hset(keys.SELF_CONDITIONS, "a", b"what a later version wrote")
    client.hset(keys.NODES, "node-b:1", b"{}")
    kept.report("node-a:1", REPORT)
    assert kept.conditions() == {}
    assert kept.reports() == {"node-a:1": REPORT}
    assert "is damaged" in caplog.text
