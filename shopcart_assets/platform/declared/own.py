"""What a user adds to a profile: `experiments.yaml` and `policies.yaml` beside shopcart.yaml."""

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from shopcart_assets.platform.declared.experiments import read_experiments, shipped_train
from shopcart_assets.platform.declared.names import merged
from shopcart_assets.platform.declared.policies import PoliciesFile, of_experiments
from shopcart_assets.platform.declared.yaml_file import SettingsError, hint, read
from shopcart_assets.platform.experiment import ExperimentConfig
from shopcart_assets.platform.generator import HUMAN
from shopcart_assets.platform.policy import PolicyConfig
from shopcart_assets.platform.profiles import Profile

EXPERIMENTS, POLICIES = "experiments.yaml", "policies.yaml"


def with_own(profile: Profile, folder: Path) -> Profile:
    """The profile with the experiments, policies and watches of the folder's files, where there are any.

    Settings that an experiment leaves open are those of the profile's own experiments. Raises SettingsError.
    """
    return _with_policies(_with_experiments(profile, folder / EXPERIMENTS), folder / POLICIES)


def _with_experiments(profile: Profile, path: Path) -> Profile:
    own = read_experiments(path, shipped_train(profile.name))
    try:
        _check_generators("experiment", own, profile)
        return replace(
            profile,
            experiments=merged("experiment", profile.experiments, own),
            policies=merged("policy", profile.policies, of_experiments(own)),
        )
    except ValueError as error:
        raise SettingsError(f"{path}: {error}") from error


def _with_policies(profile: Profile, path: Path) -> Profile:
    file = read(PoliciesFile, path)
    by_name = {one.name: one for one in profile.experiments}
    try:
        own = [one.config(by_name) for one in file.policies]
        _check_generators("policy", own, profile)
        policies = merged("policy", profile.policies, own)
    except ValueError as error:
        raise SettingsError(f"{path}: {error}") from error
    return replace(profile, policies=policies, watches=(*profile.watches, *(one.config() for one in file.watch)))


def _check_generators(what: str, declared: Iterable[ExperimentConfig | PolicyConfig], profile: Profile) -> None:
    known = [one.name for one in (*profile.generators, HUMAN)]
    for one in declared:
        if one.generator is not None and one.generator not in known:
            raise ValueError(
                f"{what} {one.name}: profile {profile.name} has no generator {one.generator!r}"
                f"{hint(one.generator, known)} (shopcart.yaml declares others)"
            )
