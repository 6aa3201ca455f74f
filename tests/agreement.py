"""Compares what the policies find with who gets through: what a policy rules out may reach no backend.

`make agreement` compares all generated gateways and mutants, the tests a sample.
"""

import argparse
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

import mutants

from policypack.addresses import Address, AddressGroup, Span, exceed_allow_list
from policypack.ask.api import Api
from policypack.ask.callers import Callers, callers
from policypack.ask.evaluate import walks
from policypack.ask.request import Request
from policypack.ask.walk import Passage
from policypack.evaluation.asked import of_resources
from policypack.findings import Finding
from policypack.graph.graph import Resource

BASES = [each for each in mutants.BASES if each.startswith(("by hand", "an ", "a "))] + ["recommended, deployed"]


def disagreements(resources: Sequence[Resource], found: Sequence[Finding]) -> Iterator[str]:
    """Callers that reach a backend although the policy that rules them out finds nothing."""
    reported = {each.policy for each in found}
    for api in of_resources(resources).apis:
        rows = [each for each in callers(api) if each.certain and not each.route.startswith("OPTIONS ")]
        if "auth-methods-authenticated" not in reported:
            yield from (f"auth-methods-authenticated: {each}" for each in rows if _without_credentials(each))
        restricted = {"network-callers-restricted", "network-allow-lists-enforced"}
        if api.gateway.kind == "REST" and not restricted & reported:
            yield from (f"network-callers-restricted: {each}" for each in rows if _from_anywhere(each))
        if not {"tls-endpoints-minimum-version", "tls-domains-minimum-version"} & reported:
            yield from _with_old_tls(api)


def _without_credentials(row: Callers) -> bool:
    return not any(each.startswith(("the signature", "what ")) for each in row.credentials)


def _from_anywhere(row: Callers) -> bool:
    signed = any(each.startswith("the signature") for each in row.credentials)
    return not signed and not row.via and exceed_allow_list(_groups(row.addresses))


def _groups(addresses: Mapping[int, Sequence[Span]]) -> Iterator[AddressGroup]:
    for version, spans in addresses.items():
        for first, last in spans:
            yield AddressGroup(Address(version, first), last - first + 1)


def _with_old_tls(api: Api) -> Iterator[str]:
    for label in (each.label for each in api.gateway.routes if each.label.startswith("GET ")):
        request = Request(method="GET", path=label.partition(" ")[2], tls="1.1")
        for walk in walks(api, replace(request, ordinary=True)):
            if walk.passage is Passage.PASSES:
                yield f"tls-endpoints-minimum-version: {walk.entry.label}"


def compared(base: str, sample: int | None, seed: int = 1) -> tuple[int, list[str]]:
    """How many mutants of a gateway were compared, and the disagreements."""
    count, found = 0, list[str]()
    for mutant, findings in mutants.run(base, sample, seed=seed):
        count += 1
        found += [f"{base}, {mutant.kind}: {each}" for each in disagreements(mutant.resources, findings)]
    return count, found


def main() -> int:
    """Compare all; 1 if something disagrees."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sample", type=int, help="only so many mutants of each gateway")
    sample = parser.parse_args().sample
    failed = 0
    for base in BASES:
        count, found = compared(base, sample)
        failed += len(found)
        lines = [f"{base}: {count} compared, {len(found)} disagreements", *found[:20]]
        sys.stdout.write("\n".join(lines) + "\n")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
