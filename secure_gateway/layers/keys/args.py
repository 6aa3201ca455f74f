"""Args of the keys layer."""

from collections.abc import Mapping
from typing import Required, TypedDict

import pulumi

from ...choices import KeySource, QuotaPeriod


class ThrottleArgs(TypedDict, total=False):
    """The throttle of one route."""

    rate: Required[float]
    """Requests per second."""

    burst: Required[int]
    """Requests that may arrive at the same time."""


class QuotaArgs(TypedDict, total=False):
    """How many requests each key of a plan may send in a period."""

    limit: Required[int]
    """Requests of each key in each period; at most 864,000,000 in a `DAY`, since an account cannot send more."""

    period: Required[QuotaPeriod]
    """Length of each period."""

    offset: int
    """Requests that are subtracted from the limit in the first period, fewer than `limit`. AWS accepts none for a `DAY`
    and at most 6 for a `WEEK`."""


class UsagePlanArgs(TypedDict, total=False):
    """What each client of a plan may use: a throttle, a quota or both. AWS enforces them on a best-effort basis."""

    rate: float
    """Requests per second of each key, more than 0 and at most 10,000; requires `burst`. Defaults to the stage's
    throttling."""

    burst: int
    """Requests of each key that may arrive at the same time, from 1 to 5,000; requires `rate`. Defaults to the stage's
    throttling."""

    quota: QuotaArgs
    """How many requests each key may send in a day, week or month. Defaults to none."""

    route_throttles: Mapping[str, ThrottleArgs]
    """Lower limits of each key on single routes, by `METHOD /path`; at most 20 methods, and `ANY` counts as 7. Defaults
    to none."""

    description: str
    """What the plan is for. Defaults to none."""


class ApiKeyArgs(TypedDict, total=False):
    """An API key of one client."""

    plan: Required[str]
    """Name of the usage plan in `plans` that the key belongs to."""

    existing_key_id: pulumi.Input[str]
    """Id of an existing API key; excludes all other options except `plan`. Defaults to a key that is created."""

    value: pulumi.Input[str]
    """Value of the key that is created, stored as a secret. Defaults to a value that AWS generates."""

    enabled: bool
    """Whether requests with the key are accepted."""

    description: str
    """Who uses the key. Defaults to none."""

    exceptions: Mapping[str, str]
    """Reasons for values that the policy pack reports, by option: `enabled` false, and a `value` that is written in the
    program (take it from a secret of the stack's configuration instead). Required for such a value, and shown in the
    posture. Defaults to none."""


class KeysArgs(TypedDict, total=False):
    """How much clients may call."""

    waived: str
    """The reason why the stage is not throttled; excludes all other options. Defaults to none."""

    rate: float
    """Requests per second to the stage. The upper bound is AWS's default quota for all APIs of an account in a region.
    The default is a twentieth of it, so that one API cannot use up the capacity of the others."""

    burst: int
    """Requests to the stage that may arrive at the same time. The upper bound is AWS's default quota for all APIs of an
    account in a region."""

    route_throttles: Mapping[str, ThrottleArgs]
    """Lower limits of single routes, shared by all clients, by `METHOD /path`. Each method of an `ANY` route has the
    full limit. Defaults to none."""

    plans: Mapping[str, UsagePlanArgs]
    """Usage plans, by a name of your choice. Defaults to none."""

    keys: Mapping[str, ApiKeyArgs]
    """API keys, by a name of your choice. Defaults to none."""

    source: KeySource
    """Where API Gateway finds the API key of a request, for the whole API: in the header `x-api-key` (`HEADER`), or in
    the response of the Lambda authorizer (`AUTHORIZER`), where callers never see it."""


class KeysLayerArgs(KeysArgs, total=False):
    """The layer on its own, for a stage that was built without this component.

    It throttles the whole stage only if `rate` or `burst` is given. The API's methods must require a key, otherwise the
    plans count nothing.
    """

    api_id: Required[pulumi.Input[str]]
    """Id of the REST API."""

    stage_name: Required[pulumi.Input[str]]
    """Name of the stage. Give the stage's own output, so that the plans are created after it."""
