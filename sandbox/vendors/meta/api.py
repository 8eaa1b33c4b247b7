"""Answers Meta's Graph interface over HTTP: insights, ad sets and campaigns, and switching them."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

from sandbox.company.ads import AD_SETS, CAMPAIGNS, AdSet, Campaign
from sandbox.company.company import CURRENCY, NAME, Company
from sandbox.company.effects import Effect
from sandbox.company.timeline import ZONE
from sandbox.vendors.limits import Window
from sandbox.vendors.meta import insights
from sandbox.vendors.meta.insights import BadQueryError

VENDOR = "meta"
TOKEN, APP_SECRET = "sandbox-token-meta", "sandbox-secret-meta"
WRITE_TOKEN = "sandbox-token-meta-write"  # noqa: S105  the sandbox's own, no secret
ACCOUNT = "1000"
CURRENT = 26.0
_OLDEST = 25.0
USUAL, LARGEST = 25, 5000
_ACTIVE_ADS = len(AD_SETS)
_STATES = ("ACTIVE", "PAUSED", "DELETED", "ARCHIVED")


class GraphError(ValueError):
    """An error in Graph's own words: a code, perhaps a subcode, and a status."""

    def __init__(self, message: str, code: int, subcode: int | None = None, status: int = 400) -> None:
        """`code` decides what a caller should do."""
        super().__init__(message)
        self.code, self.subcode, self.status = code, subcode, status

    def body(self) -> dict[str, Any]:
        """As it is sent."""
        kind = (
            "OAuthException" if self.code in (1, 2, 4, 10, 17, 32, 100, 102, 190, 200, 613) else "FacebookApiException"
        )
        error: dict[str, Any] = {"message": str(self), "type": kind, "code": self.code}
        if self.subcode is not None:
            error["error_subcode"] = self.subcode
        if self.code in (1, 2, 4, 17, 80000, 80004):
            error["is_transient"] = True
        return {"error": {**error, "fbtrace_id": secrets.token_urlsafe(8)}}


@dataclass
class Meta:
    """The ad account's interface on one company."""

    company: Company
    insights_window: Window = field(default_factory=lambda: Window(600 + 400 * _ACTIVE_ADS, 3600.0))
    changes_window: Window = field(default_factory=lambda: Window(300 + 40 * _ACTIVE_ADS, 3600.0))
    states: dict[int, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Put back what earlier runs switched."""
        for effect in self.company.effects.of(VENDOR):
            self._apply(effect)

    def routes(self) -> list[web.RouteDef]:
        """Where the interface answers, below `/meta`."""
        return [web.route(method, "/meta/{rest:.*}", self.answer) for method in ("GET", "POST")]

    async def answer(self, request: web.Request) -> web.Response:
        """Find the version, check the token, and answer the node or edge."""
        values = {**request.query, **(await _form(request))}
        window = self.insights_window if "insights" in request.path else self.changes_window
        try:
            version, node, edge = _place(request.match_info["rest"])
            _check_token(request, values)
            if not window.take():
                raise GraphError(
                    "There have been too many calls from this ad-account. Wait a bit and try again.", 80000, 2446079
                )
            body = self._route(request.method, node, edge, values, str(request.url))
        except GraphError as error:
            return web.json_response(error.body(), status=error.status, headers=self._usage(window))
        return web.json_response(body, headers={**self._usage(window), "facebook-api-version": f"v{version:.1f}"})

    def _usage(self, window: Window) -> dict[str, str]:
        used = 100 - int(100 * window.left() / window.most)
        kind = "ads_insights" if window is self.insights_window else "ads_management"
        counts = {"call_count": used, "total_cputime": used // 3, "total_time": used // 3}
        wait = -(-int(window.wait()) // 60)
        entry = {
            "type": kind,
            **counts,
            "estimated_time_to_regain_access": wait,
            "ads_api_access_tier": "standard_access",
        }
        return {
            "x-business-use-case-usage": json.dumps({ACCOUNT: [entry]}),
            "x-ad-account-usage": json.dumps({"acc_id_util_pct": float(used), "reset_time_duration": 0}),
            "x-app-usage": json.dumps(counts),
        }

    def _route(self, method: str, node: str, edge: str, values: Mapping[str, str], url: str) -> Any:
        if node == "debug_token":
            return self._debug_token()
        if node == "me":
            return {"id": "1001", "name": "System user"}
        if node == f"act_{ACCOUNT}":
            return self._account(edge, values, url)
        one = self._find(node)
        if method == "POST" and not edge:
            return self._switch(one, values)
        if edge == "insights":
            return self._insights(values, url, (one.number,))
        return self._pick(self._describe(one), values.get("fields", "id"))

    def _account(self, edge: str, values: Mapping[str, str], url: str) -> Any:
        if edge == "insights":
            return self._insights(values, url, ())
        chosen: tuple[Any, ...] = {"campaigns": CAMPAIGNS, "adsets": AD_SETS}.get(edge, ())
        if edge and not chosen:
            raise GraphError(f"(#100) Tried accessing nonexisting field ({edge}) on node type (AdAccount)", 100)
        if not edge:
            facts: dict[str, Any] = {"id": f"act_{ACCOUNT}", "account_id": ACCOUNT, "name": NAME, "currency": CURRENCY}
            facts |= {"timezone_name": str(ZONE), "account_status": 1}
            return self._pick(facts, values.get("fields", "id,account_id"))
        rows = [self._pick(self._describe(one), values.get("fields", "id")) for one in chosen]
        return _page(rows, values, url)

    def _insights(self, values: Mapping[str, str], url: str, chosen: tuple[int, ...]) -> dict[str, Any]:
        today = self.company.time.day(self.company.now)
        query: dict[str, Any] = dict(values)
        if "time_range" in query:
            query["time_range"] = _time_range(values["time_range"])
        try:
            question = insights.read(query, today)
        except BadQueryError as error:
            code = re.match(r"\(#(\d+)\)", str(error))
            raise GraphError(str(error), int(code[1]) if code else 100) from error
        asked = insights.Question(
            question.level, question.since, question.until, question.step, question.fields, chosen
        )
        return _page(insights.rows(self.company, asked), values, url)

    def _find(self, node: str) -> AdSet | Campaign:
        for one in (*AD_SETS, *CAMPAIGNS):
            if str(one.number) == node:
                return one
        reason = "does not exist, cannot be loaded due to missing permissions, or does not support this operation."
        message = f"Unsupported get request. Object with ID '{node}' {reason}"
        raise GraphError(message, 100, 33)

    def _describe(self, one: AdSet | Campaign) -> dict[str, Any]:
        state = self.states.get(one.number, "ACTIVE")
        facts = {"id": str(one.number), "name": one.name, "status": state, "configured_status": state}
        facts |= {"account_id": ACCOUNT, "effective_status": state}
        facts["updated_time"] = self._changed(one.number)
        if isinstance(one, AdSet):
            above = self.states.get(one.campaign, "ACTIVE")
            effective = "CAMPAIGN_PAUSED" if state == "ACTIVE" and above == "PAUSED" else state
            budget = str(int(one.share * 30000))
            return {**facts, "campaign_id": str(one.campaign), "effective_status": effective, "daily_budget": budget}
        return {**facts, "objective": one.objective}

    def _changed(self, number: int) -> str:
        minutes = [since for since, _ in self.company.ads.paused.get(number, [])]
        minute = max(minutes, default=self.company.book.ledger.minute[0])
        return self.company.time.instant(minute).astimezone(ZONE).strftime("%Y-%m-%dT%H:%M:%S%z")

    def _pick(self, facts: dict[str, Any], wanted: str) -> dict[str, Any]:
        names = [name.strip() for name in wanted.split(",") if name.strip()]
        unknown = [name for name in names if name not in facts]
        if unknown:
            raise GraphError(f"(#100) Tried accessing nonexisting field ({unknown[0]}) on node type (AdObject)", 100)
        return {name: facts[name] for name in dict.fromkeys((*names, "id"))}

    def _switch(self, one: AdSet | Campaign, values: Mapping[str, str]) -> dict[str, Any]:
        """Set the status; asking for the status it has already changes nothing."""
        state = values.get("status", "")
        if state not in _STATES:
            raise GraphError(f"(#100) status must be one of the following values: {', '.join(_STATES)}", 100)
        options = values.get("execution_options", "")
        if "validate_only" in options or self.states.get(one.number, "ACTIVE") == state:
            return {"success": True}
        effect = Effect(
            VENDOR, "status", f"{one.number}:{state}", self.company.now, {"id": one.number, "status": state}
        )
        self._apply(self.company.effects.add(effect))
        return {"success": True}

    def _apply(self, effect: Effect) -> None:
        number, state = effect.data["id"], effect.data["status"]
        self.states[number] = state
        spans = self.company.ads.paused.setdefault(number, [])
        if state == "ACTIVE" and spans and spans[-1][1] is None:
            spans[-1] = (spans[-1][0], effect.minute)
        elif state != "ACTIVE" and not (spans and spans[-1][1] is None):
            spans.append((effect.minute, None))

    def _debug_token(self) -> dict[str, Any]:
        scopes = ["ads_read", "ads_management", "business_management"]
        facts = {"app_id": "1002", "type": "SYSTEM_USER", "application": "Sandbox", "is_valid": True}
        return {"data": {**facts, "expires_at": 0, "data_access_expires_at": 0, "scopes": scopes, "user_id": "1001"}}


async def _form(request: web.Request) -> dict[str, str]:
    if request.method != "POST":
        return {}
    if request.content_type == "application/json":
        body = json.loads(await request.read() or b"{}")
        return {name: value if isinstance(value, str) else json.dumps(value) for name, value in body.items()}
    return {name: str(value) for name, value in (await request.post()).items()}


def _place(rest: str) -> tuple[float, str, str]:
    """Version, node and edge of a path; an expired version is silently served by the oldest that lives."""
    found = re.fullmatch(r"v(\d+\.\d)/([^/]+)(?:/([^/]+))?/?", rest)
    if not found:
        raise GraphError("Unknown path components: /" + rest, 2500)
    version = float(found[1])
    if version > CURRENT:
        raise GraphError(f"Unknown API version: v{version:.1f}", 2635)
    return max(version, _OLDEST), found[2], found[3] or ""


def _check_token(request: web.Request, values: Mapping[str, str]) -> None:
    token = values.get("access_token") or request.headers.get("Authorization", "").removeprefix("Bearer ")
    if not token:
        message = "An active access token must be used to query information about the current user."
        raise GraphError(message, 2500, status=400)
    if token not in (TOKEN, WRITE_TOKEN):
        raise GraphError("Invalid OAuth access token - Cannot parse access token", 190, status=401)
    if request.method == "POST" and token != WRITE_TOKEN:
        raise GraphError("(#200) Requires ads_management permission to manage the object", 200, status=403)
    proof = values.get("appsecret_proof")
    right = hmac.new(APP_SECRET.encode(), token.encode(), hashlib.sha256).hexdigest()
    if proof is not None and not hmac.compare_digest(proof, right):
        raise GraphError("Invalid appsecret_proof provided in the API argument", 100)


def _time_range(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return None


def _page(rows: list[dict[str, Any]], values: Mapping[str, str], url: str) -> dict[str, Any]:
    limit = _limit(values.get("limit"))
    start = _after(values.get("after"))
    chosen = rows[start : start + limit]
    if not chosen:
        return {"data": []}
    cursors = {"before": _cursor(start), "after": _cursor(start + len(chosen))}
    paging: dict[str, Any] = {"cursors": cursors}
    if start + limit < len(rows):
        bare = re.sub(r"([?&])after=[^&]*&?", r"\1", url)
        paging["next"] = f"{bare}{'&' if '?' in bare else '?'}after={cursors['after']}"
    return {"data": chosen, "paging": paging}


def _limit(text: str | None) -> int:
    if text is None:
        return USUAL
    if not text.isdigit() or not 1 <= int(text) <= LARGEST:
        raise GraphError(f"(#100) Param limit must be an integer from 1 to {LARGEST}", 100)
    return int(text)


def _cursor(place: int) -> str:
    return base64.urlsafe_b64encode(str(place).encode()).decode().rstrip("=")


def _after(text: str | None) -> int:
    if not text:
        return 0
    try:
        return int(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
    except ValueError as error:
        raise GraphError("(#100) Invalid parameter: after", 100) from error
