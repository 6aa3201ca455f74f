"""How many examples a property takes that builds whole gateways, which are slow."""

from hypothesis import Phase, settings

STEADY = settings.get_current_profile_name() == "steady"

_UNSHRUNK = (Phase.explicit, Phase.reuse, Phase.generate)
few = settings(max_examples=25 if STEADY else settings.default.max_examples, derandomize=STEADY, phases=_UNSHRUNK)
"""Few, and the same every time, in the ordinary run; all of the profile `deep`."""
some = settings(max_examples=40 if STEADY else settings.default.max_examples, derandomize=STEADY)
"""More, for what builds nothing."""
