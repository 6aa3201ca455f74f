"""The file of a shard: what was found in its stacks. `gateway-policy join` makes one report of all shards."""

import dataclasses
import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Final

from ..configuration.config import Configuration
from ..configuration.manifest import version
from ..configuration.waivers import WaiverUses
from ..graph.graph import Resource
from ..model.findings import Check, Checks, Coverage, Finding, GatewaySummary, Report, Status
from ..model.verdict import Severity
from ..sources.source import Engine, Source, SourceError
from .outcome import Evaluated, Failed, Order
from .whole_file import whole_file

VERSION: Final = 1
_PLAIN: Final = ("target", "project", "stack", "root", "dropped")
"""The fields of a source that are written as they are."""


@dataclass(frozen=True, slots=True)
class Shard:
    """One of the parts into which the stacks of a run are divided."""

    number: int
    """From 1."""
    of: int


def shard(given: str) -> Shard:
    """The shard that `2/8` names. Raises SourceError if it names none."""
    number, _, of = given.partition("/")
    if not (number.isdecimal() and of.isdecimal() and 1 <= int(number) <= int(of)):
        raise SourceError(f"--shard: expected a number and how many shards there are, such as 2/8, got {given!r}")
    return Shard(int(number), int(of))


def write(
    file: Path, part: Shard, found: Iterable[Evaluated | Failed], configuration: Configuration, today: date
) -> tuple[int, int]:
    """Write the file of a shard, one line for each stack. Returns how many stacks could be read, and how many not.

    Raises OSError.
    """
    head = {
        "version": VERSION,
        "pack_version": version(),
        "shard": [part.number, part.of],
        "day": today.isoformat(),
        "configuration": digest(configuration),
    }
    counts = {Evaluated: 0, Failed: 0}
    file.parent.mkdir(parents=True, exist_ok=True)
    with whole_file(file) as out:
        out.write(f'{json.dumps(head)[:-1]}, "stacks": [')
        for each in found:
            out.write(f"{',' if any(counts.values()) else ''}\n{json.dumps(_written(each), separators=(',', ':'))}")
            counts[type(each)] += 1
        out.write("\n]}\n")
    return counts[Evaluated], counts[Failed]


def read(files: Sequence[Path], configuration: Configuration) -> tuple[list[Evaluated | Failed], date]:
    """The stacks in the files of all shards, and the day of the run.

    Raises SourceError if a shard is missing, is there twice, or was evaluated with another configuration.
    """
    found: list[Evaluated | Failed] = []
    days: list[date] = []
    shards: dict[Shard, Path] = {}
    for file in files:
        try:
            document: Any = json.loads(file.read_text(encoding="utf-8"))
            if document["version"] != VERSION or document["pack_version"] != version():
                raise SourceError(f"{file} is from version {document['pack_version']} of the pack; this is {version()}")
            part = Shard(*document["shard"])
            days.append(date.fromisoformat(document["day"]))
            found += map(_read, document["stacks"])
        except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
            raise SourceError(f"{file} is not the complete file of a shard: {_reason(error)}") from error
        if document["configuration"] != digest(configuration):
            raise SourceError(f"{file} was made with other settings or waivers; give join the same configuration")
        if part in shards:
            raise SourceError(f"{shards[part]} and {file} are both shard {part.number} of {part.of}")
        shards[part] = file
    _reject_incomplete(shards)
    return found, max(days)


def _reject_incomplete(shards: Mapping[Shard, Path]) -> None:
    counts = {part.of for part in shards}
    if len(counts) > 1:
        raise SourceError(f"these are shards of several runs, with {' and '.join(map(str, sorted(counts)))} shards")
    missing = set(range(1, max(counts) + 1)) - {part.number for part in shards}
    if missing:
        raise SourceError(f"of {max(counts)} shards, these are missing: {', '.join(map(str, sorted(missing)))}")


def digest(configuration: Configuration) -> str:
    """What the evaluation of a stack depends on: settings and waivers, but not levels, in a few characters."""
    waivers = [dataclasses.asdict(each) for each in configuration.waivers]
    written = json.dumps(
        [configuration.settings, waivers, sorted(configuration.tag_waivers)], default=str, sort_keys=True
    )
    return hashlib.sha256(written.encode()).hexdigest()[:16]


def _reason(error: Exception) -> str:
    return error.strerror or "it cannot be read" if isinstance(error, OSError) else type(error).__name__


def _written(each: Evaluated | Failed) -> dict[str, Any]:
    if isinstance(each, Failed):
        return dataclasses.asdict(each)
    source, report = each.source, each.report
    return {
        "order": each.order,
        "source": {
            **{name: getattr(source, name) for name in _PLAIN},
            "engine": source.engine.value,
            "notes": source.notes,
            "tags": dict(source.tags),
            "components": [[resource.urn, resource.type, resource.name] for resource in source.resources],
        },
        "gateways": list(map(dataclasses.asdict, report.gateways)),
        "checks": [[c.policy, c.layer, c.gateway, c.status.value, c.read] for c in report.checks],
        "findings": list(map(dataclasses.asdict, report.findings)),
        "coverage": dataclasses.asdict(report.coverage),
        "uses": {
            "stacks": sorted(each.uses.stacks),
            "matched": sorted(each.uses.matched),
            "used": sorted(each.uses.used),
            "unnamed": [[index, sorted(subjects)] for index, subjects in sorted(each.uses.unnamed.items())],
        },
    }


def _read(written: Mapping[str, Any]) -> Evaluated | Failed:
    position, address, stack = written["order"]
    order: Order = (int(position), str(address), int(stack))
    if "reason" in written:
        return Failed(order=order, name=str(written["name"]), reason=str(written["reason"]))
    source, uses = written["source"], written["uses"]
    return Evaluated(
        order=order,
        source=Source(
            **{name: source[name] for name in _PLAIN},
            engine=Engine(source["engine"]),
            notes=tuple(source["notes"]),
            tags=source["tags"],
            resources=tuple(Resource(urn=u, type=t, name=n, remote=True) for u, t, n in source["components"]),
        ),
        report=Report(
            gateways=tuple(map(_gateway, written["gateways"])),
            checks=Checks(_checks(written["checks"])),
            findings=tuple(map(_finding, written["findings"])),
            coverage=Coverage(**written["coverage"]),
        ),
        uses=WaiverUses(
            stacks=frozenset(uses["stacks"]),
            matched=frozenset(uses["matched"]),
            used=frozenset(uses["used"]),
            unnamed={index: frozenset(subjects) for index, subjects in uses["unnamed"]},
        ),
    )


def _gateway(written: Mapping[str, Any]) -> GatewaySummary:
    given: dict[str, Any] = {
        **written,
        **{name: tuple(written[name]) for name in ("stages", "domains")},
        "layers": {layer: tuple(lines) for layer, lines in written["layers"].items()},
    }
    return GatewaySummary(**given)


def _checks(written: Iterable[Sequence[Any]]) -> Iterator[Check]:
    for policy, layer, gateway, status, count in written:
        yield Check(policy=policy, layer=layer, gateway=gateway, status=Status(status), read=count)


def _finding(written: Mapping[str, Any]) -> Finding:
    given: dict[str, Any] = {
        **written,
        "severity": Severity(written["severity"]),
        "status": Status(written["status"]),
    }
    return Finding(**given)
