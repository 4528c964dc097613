"""What several test files share: a wheel of the project, and an environment with it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, settings

if TYPE_CHECKING:
    from installing import Environment

# That examples come slowly says that the machine is busy.
settings.register_profile("busy", suppress_health_check=[HealthCheck.too_slow], deadline=None)
settings.load_profile("busy")


@pytest.fixture(scope="session")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the project."""
    from installing import copy_of_project

    return copy_of_project(tmp_path_factory.mktemp("project"))


@pytest.fixture(scope="session")
def wheel(source: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    from installing import build

    return build(source, tmp_path_factory.mktemp("wheel"))


@pytest.fixture(scope="session")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Environment:
    """An environment with the wheel."""
    from installing import Environment, needed_by_syncproof

    environment = Environment(tmp_path_factory.mktemp("environment") / "wheel")
    environment.copy(needed_by_syncproof())
    environment.install(str(wheel))
    return environment
