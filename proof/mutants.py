"""Breaks compliant gateways one thing at a time, and counts what the policy pack notices.

It breaks every property that the pack reads, which it finds out by recording what the pack reads. `README.md` lists the
operators. A mutant that no policy reports must be explained in `equivalent.yaml`: it weakens nothing, or something that
no policy requires. `make mutants` runs all mutants, `make test` a sample.
"""

import argparse
import random
import re
import sys
from concurrent.futures import ProcessPoolExecutor
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache, partial
from pathlib import Path
from typing import Any, Final

import gateways
import graphs
import native_graphs
import page
import reasons
from equivalent import TIGHT, Explanation, every, explanations
from operators import broken, repointed, swapped
from owners import owners
from policypack.model.findings import Finding, Status
from policypack.graph.graph import Graph, Resource, TrackedInputs
from policypack.graph.normalised import normalised
from policypack.graph.values import is_list, is_object
from policypack.evaluation.evaluate import evaluate
from policypack.sources import offline, target
from policypack.sources.project import find

ROOT: Final = Path(__file__).parents[1]
STATE: Final = ROOT / "proof" / "recommended.json"
STACKS: Final = ("minimal", "recommended", "partner", "internal", "authorizer", "openapi")
BASES: Final = (
    *STACKS,
    "recommended, deployed",
    "by hand",
    "by hand, aws-native",
    "by hand, in full",
    "an HTTP API",
    "an HTTP API with JWT",
    "a WebSocket API",
)
WAIVED: Final = {"an HTTP API with JWT": {"network-http-apis-not-public", "waf-cloudfront-not-bypassable"}}
"""By base, the policies that it violates on purpose."""
FUNCTION_RESULTS: Final = [{"token": "aws:ec2/getVpc:getVpc", "result": {"id": "vpc-0123456789abcdef0"}}]


@dataclass(frozen=True)
class Mutant:
    """A graph with one thing broken."""

    base: str
    resource: str
    """Type and name of the resource that is broken."""
    path: str
    operator: str
    type: str
    resources: tuple[Resource, ...]
    beside: bool = False
    """Whether other gateways are evaluated with it, so that a reference can lead to them."""

    @property
    def kind(self) -> str:
        """The mutant without the names of its gateway, to group by: `RestApi.body METHOD.security dropped`."""
        kind = f"{self.resource.partition(' ')[0]}.{self.path} {self.operator}"
        for pattern, short in _NAMES:
            kind = pattern.sub(short, kind)
        return kind


_NAMES: Final = tuple(
    (re.compile(pattern), short)
    for pattern, short in (
        # The document of an API is the same document, whichever resource imports it.
        (r"^RestApiPut\.body", "RestApi.body"),
        (r"body\.paths\.(/[^. ]*)\.options\b", "body PREFLIGHT"),
        (r"body\.paths\.(/[^. ]*)\.(get|head)\b", "body METHOD[read]"),
        (r"body\.paths\.(/[^. ]*)\.(put|post|delete|patch|x-amazon-apigateway-any-method)\b", "body METHOD[change]"),
        (r"body\.paths\.(/[^. ]*)", "body PATH"),
        (r"body\.components\.securitySchemes\.[^. \[]+", "body SCHEME"),
        (r"security\[([^\]]*)\]\.[^. \[]+\[\w+\]", r"security[\1].SCHEME"),
        (r"body\.components\.schemas\.[^ ]+", "body SCHEMA"),
        (r"requestBody\.content\.[^ ]+", "requestBody.CONTENT"),
        (r"body\.x-amazon-apigateway-gateway-responses\.[^. ]+", "body REFUSAL"),
        (r"body\.x-amazon-apigateway-request-validators\.[^. ]+", "body VALIDATOR"),
        (r"x-amazon-apigateway-", "x-"),
        (r"\.responses\.\d+", ".responses.CODE"),
        (r"(header|headers)\.[A-Za-z-]+", r"\1.NAME"),
        (r"(Templates|requestModels)\.application/json", r"\1.JSON"),
        (r"(rules\[own\]\.statement\.\w+)[^ ]+", r"\1.PART"),
    )
)


@cache
def base(name: str) -> tuple[Resource, ...]:
    """A compliant graph: a stack at its first preview or as deployed, or one written by hand."""
    match name:
        case "recommended, deployed":
            return tuple(_deployed())
        case "by hand":
            return tuple(graphs.sound().values())
        case "by hand, aws-native":
            return tuple(native_graphs.SOUND.values())
        case "by hand, in full":
            return tuple(gateways.rest())
        case "an HTTP API":
            return tuple(gateways.http())
        case "an HTTP API with JWT":
            return tuple(gateways.http_with_tokens())
        case "a WebSocket API":
            return tuple(gateways.socket())
        case _:
            return tuple(
                offline.run("stacks", find(ROOT / "stacks"), stack=name, function_results=FUNCTION_RESULTS).resources
            )


def _deployed() -> Iterator[Resource]:
    """The deployed stack, and what its older state lacks: strict user pools and an alarm on blocked requests."""
    for each in target.load(str(STATE)).resources:
        strict = {"mfaConfiguration": "ON", "userPoolAddOns": {"advancedSecurityMode": "ENFORCED"}}
        pool = each.type == "aws:cognito/userPool:UserPool"
        yield replace(each, inputs={**each.inputs, **strict}) if pool else each
        if each.type == "aws:wafv2/webAcl:WebAcl":
            name = each.inputs["visibilityConfig"]["metricName"]
            dimensions = {"WebACL": name, "Rule": "ALL", "Region": str(each.outputs["arn"]).split(":")[3]}
            yield graphs.alarm("BlockedRequests", namespace="AWS/WAFV2", dimensions=dimensions)


@cache
def neighbours() -> tuple[Resource, ...]:
    """Two more gateways, to which references can lead."""
    return (*gateways.rest("other"), *gateways.http("other-http"))


Said = dict[tuple[str, str, Status], Finding]


def said(resources: Sequence[Resource]) -> Said:
    """The findings for resources, by policy, URN and status."""
    return {(each.policy, each.urn, each.status): each for each in evaluate(Graph(resources)).findings}


@cache
def before(name: str, *, beside: bool) -> Said:
    """The findings for a base before it is broken."""
    return said((*base(name), *neighbours()) if beside else base(name))


def mutants(name: str) -> Iterator[Mutant]:
    """Every mutant of a base."""
    whole = base(name)
    reads = dict(_reads(whole))
    for place, resource in enumerate(whole):
        names = reads.get(resource.urn)
        if names is None:
            continue
        label, type_ = _label(resource), resource.type

        def with_this(other: Resource, place: int = place) -> tuple[Resource, ...]:
            return (*whole[:place], other, *whole[place + 1 :])

        yield Mutant(name, label, "", "removed", type_, (*whole[:place], *whole[place + 1 :]))
        for path, operator, other in broken(resource, names):
            yield Mutant(name, label, path, operator, type_, with_this(other))
        for path, operator, other in repointed(resource, names, (*whole, *neighbours())):
            yield Mutant(name, label, path, operator, type_, (*with_this(other), *neighbours()), beside=True)
        like = [each for each in whole[place + 1 :] if each.type == resource.type and each.urn in reads]
        for second in like[:1]:
            for path, mine, theirs in swapped(resource, second, names):
                pair = tuple(theirs if each is second else each for each in with_this(mine))
                yield Mutant(name, label, path, "exchanged", type_, pair)


def _reads(whole: Sequence[Resource]) -> Iterator[tuple[str, list[str]]]:
    """Each resource's URN, with the inputs of it that the pack reads."""
    form = normalised(Graph(whole)).resources  # readers read this form
    watched = [replace(each, inputs=TrackedInputs(each.inputs, {})) for each in form]
    evaluate(Graph(watched))
    reads: dict[str, set[str]] = defaultdict(set)
    for seen in watched:
        reads[seen.urn] |= getattr(seen.inputs, "read", set())
    for resource in whole:
        read = reads[resource.urn]
        if resource.type.startswith("aws-native:"):  # it is translated first, and the translation is read
            read = set(resource.inputs)
        if resource.custom and read:
            yield resource.urn, sorted(read & resource.inputs.keys())


def _label(resource: Resource) -> str:
    _, module, type_ = resource.type.split(":")
    if type_.endswith("Alarm") and "Composite" not in type_:
        queries = resource.inputs.get("metricQueries")
        words = str(resource.inputs.get("metricName", "band" if resource.inputs.get("thresholdMetricId") else "math"))
        own = is_list(queries) and any(_own_metric(each) for each in queries)
        type_ = f"{type_}[{'own' if own else words}]"
    if type_ == "LogGroup":
        name = str(resource.inputs.get("name", ""))
        type_ = (
            f"LogGroup[{'waf' if name.startswith('aws-waf-logs') else 'access' if name[:1] == '/' else 'execution'}]"
        )
    if type_ == "Method":
        type_ = f"Method[{'read' if resource.inputs.get('httpMethod') in {'GET', 'OPTIONS'} else 'change'}]"
    if type_ == "Permission":
        type_ = f"Permission[{'authorizer' if resource.name == 'verify' else 'other'}]"
    if type_ == "MethodSettings":
        type_ = f"MethodSettings[{'all' if resource.inputs.get('methodPath') == '*/*' else 'one'}]"
    return f"{'v2.' if module.startswith('apigatewayv2') else ''}{type_} {resource.name}"


def _own_metric(query: Any) -> bool:
    metric = query.get("metric") if is_object(query) else None
    return is_object(metric) and not str(metric.get("namespace")).startswith("AWS/")


def run(name: str, sample: int | None, seed: int = 1) -> Iterator[tuple[Mutant, list[Finding]]]:
    """Each mutant of a base, or of a sample of them, with its new findings."""
    chosen = list(mutants(name))
    if sample is not None and sample < len(chosen):
        chosen = random.Random(seed).sample(chosen, sample)  # noqa: S311 - a choice, not a secret
    for mutant in chosen:
        known = before(name, beside=mutant.beside)
        yield mutant, [each for key, each in said(mutant.resources).items() if key not in known]


def outcome(mutant: Mutant, found: Sequence[Finding]) -> str:
    """Whether a mutant is caught, caught by another layer, undecided or unnoticed."""
    caught = [each for each in found if each.status is Status.VIOLATION]
    if caught:
        return "caught" if {each.layer for each in caught} & owners(mutant.kind) else "by another"
    return "undecided" if found else "unnoticed"


def founded(mutant: Mutant, why: Explanation) -> str:
    """Why a reason does not hold for a mutant; empty if it holds or no machine can tell."""
    whole = (*base(mutant.base), *(neighbours() if mutant.beside else ()))
    if why.why in reasons.DEFAULTS and reasons.changes_the_model(mutant.resources, whole):
        return "policies read other facts"
    return reasons.unfounded(why, mutant.type, mutant.path, mutant.operator)


def faults(mutant: Mutant, found: Sequence[Finding], end: str, why: Sequence[Explanation]) -> Iterator[str]:
    """What is wrong with the outcome of a mutant, and with its explanations."""
    caught = sorted({each.policy for each in found if each.status is Status.VIOLATION})
    where = f"{mutant.base}: {mutant.kind}"
    if end in {"missed", "by another"}:
        yield f"{end:12} {where} {', '.join(caught)}".rstrip()
    if caught and mutant.operator == "unknown":
        yield f"false alarm  {where} {', '.join(caught)}"
    if len({each.kind for each in why}) > 1:
        yield f"two reasons  {where}"
    if caught and mutant.operator != "exchanged" and why and why[0].kind in TIGHT:
        yield f"too wide     {where} ({why[0].pattern})"
    if not found and why and (wrong := founded(mutant, why[0])):
        yield f"unfounded    {where}: {wrong}"


def _of_base(
    sample: int | None, seed: int, name: str
) -> tuple[Counter[str], dict[Explanation, Counter[str]], Counter[str]]:
    """Of the mutants of one base: how they end, the explanations that were used for which kinds, and the faults."""
    tally: Counter[str] = Counter()
    used: dict[Explanation, Counter[str]] = defaultdict(Counter)
    wrong: Counter[str] = Counter()
    for mutant, found in run(name, sample, seed):
        end, why = outcome(mutant, found), explanations(name, mutant.kind)
        if end == "unnoticed":
            end = why[0].kind if why else "missed"
            if why:
                used[why[0]][mutant.kind] += 1
        wrong.update(faults(mutant, found, end, why))
        tally[end] += 1
    return tally, used, wrong


def main() -> int:
    """Print the tally and the mutants that are missed; write the page if a path is given."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--sample", type=int, help="of each base, this many mutants")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--base", choices=BASES, action="append", help="this base alone")
    parser.add_argument("--page", type=Path, help="where to write what was found")
    chosen = parser.parse_args()
    tally: dict[str, Counter[str]] = {}
    used: dict[Explanation, Counter[str]] = defaultdict(Counter)
    wrong: Counter[str] = Counter()
    bases = chosen.base or BASES
    with ProcessPoolExecutor() as pool:
        for name, found in zip(bases, pool.map(partial(_of_base, chosen.sample, chosen.seed), bases), strict=True):
            tally[name], explained, faulty = found
            wrong.update(faulty)
            for explanation, kinds in explained.items():
                used[explanation].update(kinds)
    if chosen.sample is None and chosen.base is None:
        wrong.update(f"stale        {each.pattern}" for each in every() if not used[each])
    print(page.table(tally))
    for fault, count in sorted(wrong.items()):
        print(f"{count:4}  {fault}")
    if not reasons.MODELS:
        print("not checked, since botocore is not installed: whether AWS rejects the words and numbers of the table")
    if chosen.page:
        chosen.page.write_text(page.whole(tally, used), encoding="utf-8")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
