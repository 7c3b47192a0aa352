"""For all tests: hypothesis does not look at the clock, as no test of ours does."""

from hypothesis import HealthCheck, settings

# A busy machine is no fault of the code. What else is the default (CI has its own) stays.
settings.register_profile(
    "untimed", settings(), deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("untimed")
