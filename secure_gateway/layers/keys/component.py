"""The component: usage plans of a stage, and API keys that belong to them."""

from collections.abc import Mapping
from typing import Any

import pulumi
from pulumi_aws import apigateway

from ...naming import former_name
from ...validation.claims import claim
from ...validation.problems import Problems
from ...validation.reader import Reader
from .args import KeysLayerArgs
from .spec import KeySpec, KeysSpec, PlanSpec, method_paths, methods


class Keys(pulumi.ComponentResource):
    """Usage plans of a stage, and the API keys that belong to them."""

    api_key_values: pulumi.Output[dict[str, str]]
    """Values of the keys that are created, by name; secret."""

    api_key_ids: pulumi.Output[dict[str, str]]
    """Ids of all keys, by name."""

    usage_plan_ids: pulumi.Output[dict[str, str]]
    """Ids of the usage plans, by name."""

    def __init__(self, name: str, args: KeysLayerArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        """Create the layer, or raise `ArgsError` with every mistake before anything is registered."""
        problems = Problems()
        reader = Reader(args, KeysLayerArgs, "", problems)
        spec = KeysSpec.parse(reader)
        for each in ("api_id", "stage_name"):
            reader.leaf(each)
        claim(f"Keys {name!r}", spec.claims(), opts, problems)
        problems.raise_any(f"Keys {name!r}")
        throttles = {"*/*": spec.method_settings()} if reader.given("rate", "burst") else {}
        throttles |= {path: each for key, each in spec.route_throttles.items() for path in method_paths(key)}
        self._create(name, spec, args["api_id"], args["stage_name"], throttles, opts)

    @classmethod
    def from_spec(
        cls,
        name: str,
        spec: KeysSpec,
        api_id: pulumi.Input[str],
        stage_name: pulumi.Input[str],
        opts: pulumi.ResourceOptions,
    ) -> "Keys":
        """Create plans and keys from a spec; the method settings of the stage contain its throttling already."""
        self = cls.__new__(cls)
        self._create(name, spec, api_id, stage_name, {}, opts)
        return self

    def _create(
        self,
        name: str,
        spec: KeysSpec,
        api_id: pulumi.Input[str],
        stage_name: pulumi.Input[str],
        throttles: Mapping[str, dict[str, Any]],
        opts: pulumi.ResourceOptions | None,
    ) -> None:
        """Create the resources; `throttles` are method settings by method path."""
        super().__init__("secure-gateway:index:Keys", name, {}, opts)
        child = pulumi.ResourceOptions(parent=self)
        for path, throttle in throttles.items():
            apigateway.MethodSettings(
                name if path == "*/*" else f"{name}-{path}",
                rest_api=api_id,
                stage_name=stage_name,
                method_path=path,
                settings=throttle,  # pyright: ignore[reportArgumentType] - two of the settings
                opts=child,
            )
        plans = {key: _plan(f"{name}-{key}", plan, api_id, stage_name, child) for key, plan in spec.plans.items()}
        made = {
            key: _key(f"{name}-{key}", each, child) for key, each in spec.keys.items() if each.existing_key_id is None
        }
        ids = {key: made[key].id if key in made else each.existing_key_id or "" for key, each in spec.keys.items()}
        # The provider returns the key's value here too, without marking it as a secret.
        hidden = pulumi.ResourceOptions(
            parent=self,
            additional_secret_outputs=["value"],
            # A key is in one plan of a stage, and AWS refuses the second one.
            delete_before_replace=True,
        )
        for key, each in spec.keys.items():
            # A key that exists already is known by its id, whatever it is called here.
            given = each.existing_key_id
            member = f"{name}={given}" if isinstance(given, str) else f"{name}-{key}"
            apigateway.UsagePlanKey(
                member,
                key_id=ids[key],
                key_type="API_KEY",
                usage_plan_id=plans[each.plan].id,
                opts=pulumi.ResourceOptions.merge(hidden, former_name(member, f"{name}-{key}")),
            )

        values = {key: each.value for key, each in made.items()}
        self.api_key_values = pulumi.Output.secret(pulumi.Output.all(**values) if values else {})
        self.api_key_ids = pulumi.Output.all(**ids) if ids else pulumi.Output.from_input({})
        plan_ids = {key: each.id for key, each in plans.items()}
        self.usage_plan_ids = pulumi.Output.all(**plan_ids) if plan_ids else pulumi.Output.from_input({})
        self.register_outputs({each: getattr(self, each) for each in Keys.__annotations__})


def _plan(
    name: str,
    spec: PlanSpec,
    api_id: pulumi.Input[str],
    stage_name: pulumi.Input[str],
    opts: pulumi.ResourceOptions,
) -> apigateway.UsagePlan:
    stage: apigateway.UsagePlanApiStageArgsDict = {"api_id": api_id, "stage": stage_name}
    if spec.route_throttles:
        stage["throttles"] = [
            {"path": f"{path}/{method}", "rate_limit": each.rate, "burst_limit": each.burst}
            for key, each in sorted(spec.route_throttles.items())
            for method, path in methods(key)
        ]
    return apigateway.UsagePlan(
        name,
        description=spec.description or None,
        api_stages=[stage],
        throttle_settings=(
            {"rate_limit": spec.throttle.rate, "burst_limit": spec.throttle.burst} if spec.throttle else None
        ),
        quota_settings=(
            {"limit": spec.quota.limit, "period": spec.quota.period, "offset": spec.quota.offset}
            if spec.quota
            else None
        ),
        opts=opts,
    )


def _key(name: str, spec: KeySpec, opts: pulumi.ResourceOptions) -> apigateway.ApiKey:
    return apigateway.ApiKey(
        name,
        description=spec.description or None,
        enabled=spec.enabled,
        value=None if spec.value is None else pulumi.Output.secret(spec.value),
        opts=opts,
    )
