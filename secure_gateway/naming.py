"""Names of resources in the program, and the former ones under which a stack may still have them.

Pulumi identifies a resource by its name. So what AWS identifies by a name of its own (a stage, a domain, a base path)
is named by that, and never by its role ("the first domain"): roles can be exchanged between two updates, and then the
successor of one would meet the other.
"""

from collections.abc import Iterable

import pulumi


def former_name(name: str, *former: str) -> pulumi.ResourceOptions:
    """Options of a resource that had other names; its children have them in place of `name` too."""
    aliases = [pulumi.Alias(name=each) for each in dict.fromkeys(former) if each != name]
    return pulumi.ResourceOptions(aliases=aliases) if aliases else pulumi.ResourceOptions()


def former_names(name: str, opts: pulumi.ResourceOptions | None) -> tuple[str, ...]:
    """The names that a component had, according to the aliases that its user gives."""
    given: Iterable[object] = (opts.aliases if opts else None) or ()
    found = [_name(each) for each in given]
    return tuple(dict.fromkeys(each for each in found if each and each != name))


def _name(alias: object) -> str:
    if isinstance(alias, pulumi.Alias):
        return alias.name if isinstance(alias.name, str) else ""
    return alias.rpartition("::")[2] if isinstance(alias, str) else ""
