"""Which launcher the configuration names. What each does is in its own module."""

from shopcart_assets.platform.launchers import KubernetesConfig, SlurmConfig
from shopcart_assets.platform.settings import Settings
from shopcart_assets.training.kubernetes import KubernetesLauncher
from shopcart_assets.training.launch import Launcher, LocalLauncher
from shopcart_assets.training.slurm import SlurmLauncher


def configured(settings: Settings) -> Launcher:
    """The launcher of `launcher:` in shopcart.yaml; this machine where nothing is said."""
    config = settings.launcher
    if isinstance(config, SlurmConfig):
        return SlurmLauncher(config, str(config.python or settings.python))
    if isinstance(config, KubernetesConfig):
        return KubernetesLauncher(config, settings.state)
    return LocalLauncher(settings.python)
