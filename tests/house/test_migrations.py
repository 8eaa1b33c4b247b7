"""The migrations build exactly the tables the models declare, and the library is not shadowed."""

from __future__ import annotations

import importlib
import pkgutil
from pathlib import Path

import alembic
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import create_engine

import models
from models.base import Base

ROOT = Path(__file__).resolve().parents[2]


def _differences(url: str) -> list[object]:
    for found in pkgutil.iter_modules(models.__path__):
        importlib.import_module(f"models.{found.name}")
    engine = create_engine(url)
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        differences = compare_metadata(context, Base.metadata)
    engine.dispose()
    return list(differences)


def test_the_library_is_the_library() -> None:
    assert "site-packages" in str(alembic.__file__)


def test_head_equals_the_models(database_url: str) -> None:
    assert _differences(database_url) == []
