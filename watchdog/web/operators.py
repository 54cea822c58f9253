"""Who calls: an operator, or the pipeline, by a bearer token that is compared in constant time."""

import hmac
import logging
from collections.abc import Iterable
from dataclasses import dataclass

from flask import Request
from werkzeug.datastructures import WWWAuthenticate
from werkzeug.exceptions import Forbidden, Unauthorized

from watchdog.core.answer import Answerer
from watchdog.core.operator import Operator
from watchdog.web.auth import hashed

_REALM = "operators"

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Doors:
    """Whom the service lets answer: operators everything, approvers approve beforehand."""

    operators: tuple[Operator, ...] = ()
    approvers: tuple[Operator, ...] = ()

    def operator(self, request: Request) -> Answerer:
        """Say which operator calls; raises Forbidden where there are none, else Unauthorized."""
        return self._who(request, approvers=False)

    def approver(self, request: Request) -> Answerer:
        """Say which operator or pipeline calls; raises as `operator` does."""
        return self._who(request, approvers=True)

    def knows(self, request: Request) -> bool:
        """Tell whether an operator asks; anybody else is answered, too, with less."""
        given = request.authorization
        token = given.token if given is not None and given.type == "bearer" else None
        return _match(token or "", self.operators) is not None

    def _who(self, request: Request, *, approvers: bool) -> Answerer:
        wanted = "WATCHDOG_OPERATOR_TOKEN" + (" or WATCHDOG_APPROVAL_TOKEN" if approvers else "")
        if not self.operators and not (approvers and self.approvers):
            raise Forbidden(f"nobody may do this: no {wanted} is set")
        given = request.authorization
        token = given.token if given is not None and given.type == "bearer" else None
        operator = _match(token or "", self.operators)
        approver = _match(token or "", self.approvers)
        if operator:
            return Answerer(operator.name)
        if approver and approvers:
            return Answerer(approver.name, is_person=False)
        if approver:
            raise Forbidden("this token may only approve beforehand; an operator's is wanted")
        logger.warning("Refused an answer from %r: no valid token", request.remote_addr or "")
        raise Unauthorized(
            f"send a token of {wanted} as `Authorization: Bearer …`",
            www_authenticate=WWWAuthenticate("bearer", {"realm": _REALM}),
        )


def _match(token: str, known: Iterable[Operator]) -> Operator | None:
    """Find whose token it is; every one is compared, whichever matches."""
    presented = hashed(token)
    found = [one for one in known if hmac.compare_digest(presented, hashed(one.secret))]
    return found[0] if found else None
