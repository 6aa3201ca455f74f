"""How the resources of domains are named, in this version and in earlier ones."""

from dataclasses import dataclass

import pulumi

from ...naming import former_name


@dataclass(frozen=True, kw_only=True)
class DomainNames:
    """How the resources of domains are named: after the gateway and the domain, whichever stage it leads to."""

    gateway: str
    former_gateways: tuple[str, ...] = ()
    """Former names of the gateway."""
    former_prefix: str
    """What the resources of the layer's first domain were named after in earlier versions, with today's gateway."""

    def of(self, domain: str, *, first: bool) -> "Names":
        """The names of one domain's resources."""
        former = {f"{each}-{domain}" for each in self.former_gateways}
        for gateway in (self.gateway, *self.former_gateways):
            old = f"{gateway}{self.former_prefix.removeprefix(self.gateway)}"
            former.add(old if first else f"{old}-{domain}")
        return Names(name=f"{self.gateway}-{domain}", former=tuple(sorted(former)))


@dataclass(frozen=True, kw_only=True)
class Names:
    """The name of a domain's resources, and their former ones; some have a suffix."""

    name: str
    former: tuple[str, ...]

    def options(self, suffix: str = "", *former_suffixes: str) -> pulumi.ResourceOptions:
        """The options that carry a resource over from its former names, whose suffixes may have differed."""
        suffixes = (suffix, *former_suffixes)
        return former_name(self.name + suffix, *(each + old for each in self.former for old in suffixes))
