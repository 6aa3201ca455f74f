"""Values that are known only during deployment, and that a test's mocks may leave out.

AWS always returns them. Pulumi's own examples of mocks return nothing but the inputs.
"""

from typing import TypeVar

import pulumi

_T = TypeVar("_T")


def returned(resource: pulumi.Resource, name: str, output: pulumi.Output[_T], example: object) -> pulumi.Output[_T]:
    """An output of a resource.

    If it has no value, `LookupError` names the resource and what the mock of its type must return.
    """
    what = f"{resource.pulumi_resource_type} {resource.pulumi_resource_name!r} has no output `{name}`"
    return _present(output, what, name, example)


def given(output: pulumi.Output[_T], path: str, name: str, example: object) -> pulumi.Output[_T]:
    """An Output from the args, usually the output `name` of another resource.

    If it has no value, `LookupError` names the option and what a mock must return.
    """
    return _present(output, f"{path}: the Output has no value", name, example)


def _present(output: pulumi.Output[_T], what: str, name: str, example: object) -> pulumi.Output[_T]:
    message = f"{what}: AWS always returns it, and so must the mocks of a test, for example {{{name!r}: {example!r}}}"

    def check(value: _T) -> _T:
        if not value:
            raise LookupError(message)
        return value

    return output.apply(check)
