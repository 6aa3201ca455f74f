"""Waivers: who decided to live with a violation, why, and until when."""

import re
from collections.abc import Collection, Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from fnmatch import fnmatchcase
from typing import Any, Final

from ..graph.graph import Resource
from ..graph.values import is_list, is_object, text
from ..model.fact import Fact
from ..model.stack import WaiverUse

EVERY_POLICY: Final = "*"
TAG: Final = "gateway-policy:"
"""What the key of a tag that waives starts with; the policy follows, and the value is the reason."""
_UNTIL: Final = re.compile(r"^(?P<reason>.*?)[\s,]*\buntil[ :]*(?P<day>\d{4}-\d\d-\d\d)$", re.DOTALL)


@dataclass(frozen=True, kw_only=True, slots=True)
class Waiver:
    """A decision about one policy (or `*`) and the resources whose URN matches."""

    policy: str
    urn: str
    """A glob, such as `*::aws:apigateway/stage:Stage::legacy`."""
    reason: str
    owner: str = ""
    until: date | None = None
    """The last day that it holds."""

    def covers(self, policy: str, urn: str) -> bool:
        """Whether it is about a policy on a resource."""
        return self.policy in {policy, EVERY_POLICY} and fnmatchcase(urn, self.urn)

    def expired(self, today: date) -> bool:
        """Whether it no longer holds."""
        return self.until is not None and self.until < today

    def concerns(self, stacks: Collection[str]) -> bool:
        """Whether it may be about one of the stacks (`stack::project`): a glob that names another is not."""
        stack, _, rest = self.urn.removeprefix("urn:pulumi:").partition("::")
        named = f"{stack}::{rest.partition('::')[0]}"
        return not self.urn.startswith("urn:pulumi:") or any(fnmatchcase(each, named) for each in stacks)

    def __str__(self) -> str:
        """As reports tell it."""
        details = [f"owner {self.owner}"] if self.owner else []
        details += [f"until {self.until}"] if self.until else []
        return f"{self.reason} ({', '.join(details)})" if details else self.reason


def waiver(waivers: Sequence[Waiver], policy: str, urn: str) -> Waiver | None:
    """The waiver of a policy for a resource; one without an end, or with the latest, counts."""
    found = [each for each in waivers if each.covers(policy, urn)]
    return max(found, key=lambda each: each.until or date.max, default=None)


def tagged(urn: str, inputs: Mapping[str, Any]) -> list[Waiver]:
    """The waivers that a resource's own tags are."""
    found: list[Waiver] = []
    for key, value in _tags(inputs.get("tags")):
        if key.startswith(TAG) and value:
            ends = _UNTIL.match(value)
            reason, until = (ends["reason"], _day(ends["day"])) if ends else (value, None)
            policy = key.removeprefix(TAG)
            found.append(Waiver(policy=policy, urn=_literal(urn), reason=f"its own tag says: {reason}", until=until))
    return found


def _tags(tags: Any) -> Iterable[tuple[str, str]]:
    """In both spellings: an object, and a list of keys with values."""
    if is_object(tags):
        return [(key, text(value)) for key, value in tags.items()]
    pairs = [each for each in tags if is_object(each)] if is_list(tags) else []
    return [(text(each.get("key")), text(each.get("value"))) for each in pairs]


def _day(written: str) -> date:
    """The day, or one long past where there is no such day: a slip of the pen extends nothing."""
    try:
        return date.fromisoformat(written)
    except ValueError:
        return date.min


def _literal(urn: str) -> str:
    return re.sub(r"([*?[])", r"[\1]", urn)


class WaiverLedger:
    """The waivers, and which of them waived something."""

    def __init__(self, waivers: Sequence[Waiver], tag_waivers: Container[str], today: date) -> None:
        self.today = today
        self.stacks: set[str] = set()
        """The evaluated stacks, as `stack::project`."""
        self._given = waivers
        self._tag_waivers = tag_waivers
        self._used: set[int] = set()

    def waiver(self, policy: str, resource: Resource) -> Waiver | None:
        """The waiver of a policy for a resource."""
        matching = [each for each in self._given if each.covers(policy, resource.urn)]
        self._used.update(map(id, matching))
        own = tagged(resource.urn, resource.inputs) if policy in self._tag_waivers else []
        return waiver([*matching, *own], policy, resource.urn)

    def given(self) -> Iterator[WaiverUse]:
        """The waivers of the configuration that may concern the evaluated stacks."""
        for each in self._given:
            if each.concerns(self.stacks):
                yield WaiverUse(
                    urn="",
                    label=f"the waiver of {each.policy} for {each.urn}",
                    used=Fact.YES if id(each) in self._used else Fact.NO,
                    owner=each.owner,
                    until=each.until,
                )
