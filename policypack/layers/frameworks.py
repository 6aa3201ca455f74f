"""The frameworks that policies refer to, by the prefix of their references: `fsbp:APIGateway.4`."""

from collections.abc import Sequence
from typing import Final

FRAMEWORKS: Final = {
    "fsbp": ("AWS Foundational Security Best Practices", "1.0.0"),
    "nist-800-53-r5": ("NIST SP 800-53", "5"),
    "owasp-api-2023": ("OWASP API Security Top 10", "2023"),
    "pci-dss-4.0": ("PCI DSS", "4.0"),
    "cis-aws-7": ("CIS AWS Foundations Benchmark", "7.0"),
}
"""Name and version. Pulumi's policy protocol allows one framework for each policy: the first of these that it has."""

IMPLIED: Final = {
    "fsbp:APIGateway.4": ("pci-dss-4.0:6.4.2",),
    "fsbp:APIGateway.9": ("cis-aws-7:4.10",),
    "nist-800-53-r5:AC-3": ("pci-dss-4.0:7.2.1",),
    "nist-800-53-r5:AC-6": ("pci-dss-4.0:7.2.2",),
    "nist-800-53-r5:AU-2": ("pci-dss-4.0:10.2.1",),
    "nist-800-53-r5:AU-3": ("pci-dss-4.0:10.2.2",),
    "nist-800-53-r5:AU-9": ("pci-dss-4.0:10.3.2",),
    "nist-800-53-r5:AU-11": ("pci-dss-4.0:10.5.1",),
    "nist-800-53-r5:AU-12": ("pci-dss-4.0:10.2.1",),
    "nist-800-53-r5:IA-2": ("pci-dss-4.0:8.3.1",),
    "nist-800-53-r5:IA-5": ("pci-dss-4.0:8.3.2",),
    "nist-800-53-r5:SC-7": ("pci-dss-4.0:1.4.2",),
    "nist-800-53-r5:SC-8": ("pci-dss-4.0:4.2.1",),
    "nist-800-53-r5:SC-28": ("pci-dss-4.0:3.5.1",),
    "nist-800-53-r5:SI-4": ("pci-dss-4.0:10.7.2",),
}
"""Controls that a policy also meets if it meets the key. An enhancement, such as `SC-8(1)`, counts as its control."""


def completed(references: Sequence[str]) -> tuple[str, ...]:
    """References together with those that they imply; documentation addresses come last."""
    implied = [more for each in references for more in IMPLIED.get(each, IMPLIED.get(each.partition("(")[0], ()))]
    links = [each for each in references if "://" in each]
    return tuple(dict.fromkeys([*(each for each in references if each not in links), *implied, *links]))


def cited(references: Sequence[str]) -> list[tuple[str, str]]:
    """Framework and control of each reference to a framework, in the order of FRAMEWORKS."""
    pairs = [(prefix, item) for prefix, _, item in (each.partition(":") for each in references)]
    return [(prefix, item) for known in FRAMEWORKS for prefix, item in pairs if prefix == known]
