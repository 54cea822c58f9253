"""One look at one tag: observe, judge, record, and put back what must be put back.

Hook, timer, retry, operator and command line all lead here. The lease on the tag is held all the
while; everything that a look decides is written in one transaction.
"""

import logging
from dataclasses import replace

from watchdog.core.inheritance import known_images
from watchdog.core.memory import TagMemory
from watchdog.core.occasion import Occasion
from watchdog.core.reference import Tag
from watchdog.core.rhythm import ABANDONED_LEASES_MAX, UNREADABLE_AFTER, next_look
from watchdog.core.silence import silencing
from watchdog.core.verdict import Code, Finding, Outcome
from watchdog.core.wording import tag_message
from watchdog.errors import (
    DeniedError,
    NotFoundError,
    RemoteError,
    StaleLeaseError,
    StoreError,
    WatchdogError,
)
from watchdog.store.answers import approvals_over_writes, used_writes
from watchdog.store.due import Claim, Write
from watchdog.store.incidents import incident_writes
from watchdog.store.outbox import Posting, post
from watchdog.store.records import (
    amended_writes,
    base_writes,
    known_image_writes,
    manifest_writes,
    memory_writes,
    moment,
    move_writes,
)
from watchdog.work.announced import announced_writes
from watchdog.work.assess import Asked, Judged, Seen, judge_seen, see
from watchdog.work.bases import look_at_base
from watchdog.work.blind import Blindness, not_there, record_blindness, unreachable
from watchdog.work.conclude import Conclusion, conclude
from watchdog.work.leaving import leave
from watchdog.work.look import Look, link_to, outage_writes
from watchdog.work.orders import take_orders
from watchdog.work.passing import judge_passing
from watchdog.work.past import Past, actor_of, read_past
from watchdog.work.sought import seeking
from watchdog.work.timer import timer
from watchdog.work.tools import Tools
from watchdog.work.write_tag import held_now

logger = logging.getLogger(__name__)


class Examiner:
    """Looks at claimed tags."""

    def __init__(self, tools: Tools) -> None:
        self._tools = tools

    def examine(self, claim: Claim) -> TagMemory | None:
        """Look at the claimed tag once and record what was found.

        Returns the memory if it holds a revert to carry out (the lease is kept for that), else
        None. Raises StaleLeaseError and StoreError; nothing of the look is recorded then.
        """
        tools, tag = self._tools, Tag.parse(claim.member)
        rule = tools.policy.rule_for(tag)
        if rule is None:
            self._unwatched(claim, tag)
            return None
        before = tools.records.memory(tag) or TagMemory()
        now, answered = moment(claim.now_ms), tools.answers.read(tag)
        silence = silencing(answered.silences, tag, now)
        look = Look(claim, tag, rule, before, now, answered, silence)
        if claim.expired_leases >= ABANDONED_LEASES_MAX:
            words = f"{claim.expired_leases} looks in a row did not end; looking hourly"
            finding = Finding(Code.UNREADABLE, words)
            record_blindness(tools, look, Blindness(finding, str(tag), UNREADABLE_AFTER))
            return None
        look = take_orders(tools, look)
        if look.before.revert and look.before.revert.by:
            # What a person ordered needs no verdict; what the tag holds is read before the write.
            return look.before
        return self._look(look)

    def _look(self, look: Look) -> TagMemory | None:
        tools, tag = self._tools, look.tag
        try:
            if self._was_put_back(look):
                return look.before
            past, seen = self._see(look)
            # What was there before is judged first: it may be newer than what is there now.
            passing, sought = None, seeking(tools, look, past)
            memory = replace(look.before, revert=None)
            if past.certain:
                passing = judge_passing(tools, look, sought, seen.digest, memory)
                memory = passing.memory
                look = replace(look, answered=replace(look.answered, decisions=passing.decisions))
            decisions = look.answered.decisions
            asked = Asked(tag, look.rule, memory, look.now, past.now, decisions)
            judged = judge_seen(tools, asked, seen)
        except (StoreError, StaleLeaseError):
            raise
        except (NotFoundError, DeniedError) as error:
            not_there(tools, look, error)
        except RemoteError as error:
            record_blindness(tools, look, unreachable(tag, error))
        except WatchdogError as error:
            record_blindness(tools, look, Blindness(Finding(Code.UNREADABLE, str(error)), str(tag)))
        else:
            return self._record(look, past, conclude(tools, look, judged, sought, passing))
        return None

    def _was_put_back(self, look: Look) -> bool:
        """Tell whether a revert that was left behind was written; if not, all is judged anew."""
        pending = look.before.revert
        if pending is None:
            return False
        return held_now(self._tools, look.tag, look.before.mark).digest == pending.target

    def _see(self, look: Look) -> tuple[Past, Seen]:
        """Read what the tag held and what it holds; once more if it moved in between."""
        tools, tag = self._tools, look.tag
        memory = replace(look.before, revert=None)
        for _ in range(2):
            past = read_past(tools, look)
            whole = tag in tools.policy.bases or (look.claim.announced and not past.now)
            seen = see(tools, Asked(tag, look.rule, memory, look.now, past.now), whole=whole)
            if not past.now or seen.digest == past.now.digest:
                return past, seen
        raise RemoteError(f"{tag} moves while it is read", retryable=True)

    def _record(self, look: Look, past: Past, found: Conclusion) -> TagMemory | None:
        """Write verdict, trust, incident, messages and the revert to do, in one transaction."""
        tools, after = self._tools, found.after
        occasion = Occasion(
            tag=look.tag,
            before=look.before,
            after=after,
            now=look.now,
            action=found.action,
            link=link_to(look.tag, tools.base_url),
            passed=found.passing.wrong,
            actor=actor_of(look.claim.hints, after.digest) or "",
            rule=look.rule,
            closed=found.followed.closed,
        )
        messages = [tag_message(telling, occasion) for telling in found.followed.tellings]
        posting = post(messages, tools.routes)
        writes = [write for row in found.rows for write in move_writes(look.tag, row)]
        for row, amended in found.amended:
            writes += amended_writes(look.tag, row, amended)
        writes += incident_writes(look.tag, look.before.incident, found.followed)
        writes += self._writes(look, found.judged, after)
        writes += announced_writes(tools, look, past, after)
        for approval, digest in found.used:
            writes += used_writes(look.tag, approval, digest)
        logger.log(
            logging.INFO if len(found.rows) > len(found.passing.rows) else logging.DEBUG,
            "Verdict on %s: %s (%s) %s",
            look.tag,
            after.verdict.outcome,
            ", ".join(after.verdict.codes),
            after.digest,
        )
        return self._close(look, after, writes, posting, more=found.passing.more)

    def _close(
        self, look: Look, after: TagMemory, writes: list[Write], posting: Posting, *, more: bool
    ) -> TagMemory | None:
        """Write it all; with a revert to do the lease is kept, else the look is over.

        With `more` of the tag's past to judge the next look follows at once.
        """
        tools = self._tools
        everything = [*memory_writes(look.tag, after), *writes, *posting.writes]
        if after.revert:
            tools.looks.commit(look.claim, everything, posting.announce)
            return after
        every = timer(tools, look.tag, look.rule, after, look.now)
        wait = next_look(after, look.rule, every, look.now)
        tools.looks.complete(
            look.claim,
            next_in_ms=0 if more else round(wait.total_seconds() * 1000),
            writes=everything,
            announce=posting.announce,
        )
        return None

    def _writes(self, look: Look, judged: Judged, after: TagMemory) -> list[Write]:
        """Compose what is kept of the build: its bytes if it is trusted, what others inherit."""
        decisions = look.answered.decisions
        detail = next((f.detail for f in after.findings if f.outcome is Outcome.INCONCLUSIVE), "")
        writes = outage_writes(look, after, detail)
        if judged.observation and after.trusted != look.before.trusted:
            writes += manifest_writes(look.tag, judged.observation.manifests)
            writes += known_image_writes(known_images(judged.observation))
        if judged.observation and look.tag in self._tools.policy.bases:
            writes += base_writes(judged.observation)
        if Code.NEWER in after.verdict.codes:
            # An approval is for its time: what is older now is asked of a person again.
            writes += approvals_over_writes(look.tag, decisions.superseded())
        return [*writes, *approvals_over_writes(look.tag, decisions.ended(look.now))]

    def _unwatched(self, claim: Claim, tag: Tag) -> None:
        """Read a base image for its labels; do not look again at what no rule watches."""
        tools = self._tools
        if tag not in tools.policy.bases:
            leave(tools, claim, tag)
            return
        look_at_base(tools, claim, tag)
