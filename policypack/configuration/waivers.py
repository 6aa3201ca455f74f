"""Waivers: who accepted a violation, why, and until when."""

import json
import re
from collections import defaultdict
from collections.abc import Collection, Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from fnmatch import fnmatchcase, translate
from typing import Final

from ..graph.graph import Resource
from ..graph.recorded import tags_of
from ..model.fact import Fact
from ..model.stack import WaiverUse
from ..model.verdict import Verdict

EVERY_POLICY: Final = "*"
_UNUSED: Final = "matches nothing that is violated or undecided"
_SHOWN: Final = 5
"""How many subjects a message suggests."""
TAG: Final = "gateway-policy:"
"""Prefix of the key of a tag that waives a policy. The policy id follows it; the value of the tag is the reason."""
NOTICE: Final = timedelta(days=30)
"""How long before its end a waiver is announced."""
_UNTIL: Final = re.compile(r"^(?P<reason>.*?)[\s,]*\buntil[ :]*(?P<day>\d{4}-\d\d-\d\d)$", re.DOTALL)


@dataclass(frozen=True, kw_only=True, slots=True)
class Waiver:
    """An exception from one policy, or from all (`*`), for subjects of the resources whose URN matches."""

    policy: str
    urn: str
    """A glob, such as `*::aws:apigateway/stage:Stage::legacy`."""
    only: tuple[str, ...] = ()
    """Globs of the subjects that it is for, such as `GET /health`. It may be empty only for resources that have one
    subject: a waiver of one route must never waive another one that is added later."""
    reason: str
    owner: str = ""
    until: date | None = None
    """The last day on which it applies; None if it has no end."""

    def covers(self, policy: str, urn: str) -> bool:
        """Whether it is an exception from a policy for a resource."""
        return self.policy in {policy, EVERY_POLICY} and fnmatchcase(urn, self.urn)

    def names(self, verdict: Verdict) -> bool:
        """Whether it says that it is for the subject of a verdict."""
        if not self.only:
            return not verdict.subject
        return any(fnmatchcase(name, each) for each in self.only for name in (verdict.subject, verdict.label) if name)

    def may_name(self, verdict: Verdict) -> bool:
        """Whether it may be for the subject of a verdict on a resource whose path, and so its name, is not known."""
        method = verdict.label.partition(" ")[0]
        return any(fnmatchcase(method, each.partition(" ")[0]) for each in self.only)

    def expired(self, today: date) -> bool:
        """Whether it no longer applies."""
        return self.until is not None and self.until < today

    @property
    def names_stack(self) -> bool:
        """Whether its URN begins with the stacks and projects that it is for."""
        return self.urn.startswith("urn:pulumi:")

    def is_of(self, stacks: Collection[str]) -> bool:
        """Whether its URN names one of the stacks, each given as `stack::project`."""
        stack, _, rest = self.urn.removeprefix("urn:pulumi:").partition("::")
        named = f"{stack}::{rest.partition('::')[0]}"
        return self.names_stack and any(fnmatchcase(each, named) for each in stacks)

    def described(self, today: date) -> str:
        """The reason, owner and end, as reports show them."""
        details = [f"owner {self.owner}"] if self.owner else []
        details += [f"until {self.until}"] if self.until else []
        if self.until and self.until - today <= NOTICE:
            days = (self.until - today).days
            details.append(f"{days} {'day' if days == 1 else 'days'} left")
        return f"{self.reason} ({', '.join(details)})" if details else self.reason


def tagged(resource: Resource) -> list[Waiver]:
    """The waivers in the tags of a resource. They are for the whole resource, since tags cannot name its routes."""
    found: list[Waiver] = []
    for key, value in tags_of(resource):
        if key.startswith(TAG) and value:
            match = _UNTIL.match(value)
            reason, until = (match["reason"], _day(match["day"])) if match else (value, None)
            policy, reason = key.removeprefix(TAG), f"its own tag says: {reason}"
            found.append(Waiver(policy=policy, urn=_literal(resource.urn), reason=reason, until=until))
    return found


def _day(given: str) -> date:
    """A date; if it does not exist, one long past, so that a typing error does not extend the waiver."""
    try:
        return date.fromisoformat(given)
    except ValueError:
        return date.min


def _only(subjects: Sequence[str]) -> str:
    """The field `only` that names subjects, as one writes it in JSON."""
    shown = [*subjects[:_SHOWN], "..."] if len(subjects) > _SHOWN else subjects
    return f'"only": {json.dumps(shown)}'


def _literal(urn: str) -> str:
    return re.sub(r"([*?[])", r"[\1]", urn)


@dataclass(frozen=True, kw_only=True, slots=True)
class WaiverUses:
    """What the evaluation of one or more stacks showed of the configured waivers, which are given by their index."""

    stacks: frozenset[str] = frozenset()
    """The evaluated stacks, each as `stack::project`."""
    matched: frozenset[int] = frozenset()
    """The waivers whose URN names no stack and matches an evaluated resource."""
    used: frozenset[int] = frozenset()
    """The waivers that waived something."""
    unnamed: Mapping[int, frozenset[str]] = field(default_factory=dict[int, frozenset[str]])
    """By waiver without `only`, the subjects that it would have to name."""


class WaiverLedger:
    """The configured waivers, and which of them waived something."""

    def __init__(self, waivers: Sequence[Waiver], tag_waivers: Container[str], today: date) -> None:
        self.today = today
        self.stacks: set[str] = set()
        """The evaluated stacks, each as `stack::project`."""
        self._given = list(waivers)
        self._tag_waivers = [tag_waivers]
        self._urns: list[str] = []
        self._matched: set[int] = set()
        self._used: set[int] = set()
        self._unnamed: dict[int, set[str]] = defaultdict(set)
        """By waiver without `only`, the subjects that it would have to name."""

    def uses(self) -> WaiverUses:
        """What was found so far."""
        return WaiverUses(
            stacks=frozenset(self.stacks),
            matched=frozenset(self._matched),
            used=frozenset(self._used),
            unnamed={index: frozenset(subjects) for index, subjects in self._unnamed.items()},
        )

    def count(self, uses: WaiverUses) -> None:
        """Add what another ledger of the same waivers found."""
        self.stacks |= uses.stacks
        self._matched |= uses.matched
        self._used |= uses.used
        for index, subjects in uses.unnamed.items():
            self._unnamed[index] |= subjects

    def add(self, waivers: Sequence[Waiver], tag_waivers: Container[str]) -> None:
        """Add what further configuration sets."""
        known = len(self._given)
        self._given += [each for each in waivers if each not in self._given]
        self._match(self._urns, known)
        self._tag_waivers.append(tag_waivers)

    def note(self, urns: Iterable[str]) -> None:
        """Note the resources that are evaluated."""
        listed = list(urns)
        self.stacks.update("::".join(urn.removeprefix("urn:pulumi:").split("::", 2)[:2]) for urn in listed)
        self._urns += listed
        self._match(listed)

    def _match(self, urns: Iterable[str], first: int = 0) -> None:
        """Note which of the waivers that name no stack match a resource."""
        left = [index for index in range(first, len(self._given)) if index not in self._matched]
        left = [index for index in left if not self._given[index].names_stack and self._given[index].urn != "*"]
        if not left:
            return
        any_of_them = re.compile("|".join(translate(self._given[index].urn) for index in left))
        for urn in filter(any_of_them.match, urns):
            self._matched.update(index for index in left if fnmatchcase(urn, self._given[index].urn))

    def waiver(self, policy: str, resource: Resource, verdict: Verdict) -> Waiver | None:
        """The waiver of a policy for a verdict on a resource, from the configuration or from the resource's tags.

        Of several, one without an end, else the one that ends last.
        """
        matching = [(index, each) for index, each in enumerate(self._given) if each.covers(policy, resource.urn)]
        for index, each in matching:
            if not each.only and verdict.subject:
                self._unnamed[index].add(verdict.subject)
        self._used.update(index for index, each in matching if each.names(verdict))
        named = [each for _, each in matching if each.names(verdict)]
        own = tagged(resource) if any(policy in each for each in self._tag_waivers) else []
        named += [each for each in own if each.covers(policy, resource.urn) and each.names(verdict)]
        return max(named, key=lambda each: each.until or date.max, default=None)

    def may_be_waived(self, policy: str, resource: Resource, verdict: Verdict) -> bool:
        """Whether the whole graph may show that a waiver is for a verdict on a single resource."""
        return not verdict.subject and any(
            each.covers(policy, resource.urn) and not each.expired(self.today) and each.may_name(verdict)
            for each in self._given
        )

    def advice(self, policy: str, resource: Resource, verdict: Verdict) -> str:
        """How to make a waiver of the resource cover a verdict; empty if there is no such waiver."""
        matching = [each for each in self._given if each.covers(policy, resource.urn) and not each.only]
        return f"its waiver must name it: {_only([verdict.subject])}" if matching and verdict.subject else ""

    def mistakes(self) -> Iterator[str]:
        """The waivers that must name their subjects, since their resource has or can have several."""
        for index, each in enumerate(self._given):
            if subjects := sorted(self._unnamed.get(index, ())):
                yield (
                    f"the waiver of {each.policy} for {each.urn} must say which subjects it is for, since the resource "
                    f"can have several: {_only(subjects)}"
                )

    def given(self) -> Iterator[WaiverUse]:
        """The configured waivers that are for resources of the evaluated stacks.

        A configuration of many stacks also has waivers for others. So a waiver whose URN names no stack counts only if
        it matches a resource.
        """
        for index, each in enumerate(self._given):
            if index in self._used | self._matched or index in self._unnamed or each.is_of(self.stacks):
                names = ", ".join(each.only)
                unnamed = self._unnamed.get(index, ())
                why = f"must say which subjects it is for: {_only(sorted(unnamed))}" if unnamed else _UNUSED
                yield WaiverUse(
                    urn="",
                    label=f"the waiver of {each.policy} for {names and f'{names} of '}{each.urn}",
                    subject=f"{each.policy} {each.urn} {names}".rstrip(),
                    used=Fact.of(index in self._used and not unnamed, no=why),
                    owner=each.owner,
                    until=each.until,
                )
