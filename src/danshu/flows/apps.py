import pkgutil
from importlib import import_module

from django.apps import AppConfig
from django.utils.module_loading import autodiscover_modules


class FlowsConfig(AppConfig):
    name = "danshu.flows"
    label = "flows"

    def ready(self) -> None:
        """Every process knows who answers which fact, because any process may publish one."""
        import_module(f"{self.name}.wiring")


def load_jobs() -> None:
    """Import every module that may define a job, and the schedules: a worker has to know all names that can stand in a queue."""
    autodiscover_modules("jobs")
    for module in pkgutil.iter_modules(import_module(FlowsConfig.name).__path__):
        if not module.ispkg:
            import_module(f"{FlowsConfig.name}.{module.name}")
