"""How a database goes about what the journal asks of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import sqlalchemy as sa

from journal import Journal


def plans_of(journal: Journal, act: Callable[[], object]) -> list[str]:
    """Return how the database goes about each statement that `act` makes it execute."""
    seen: dict[str, Any] = {}

    def note(*call: Any) -> None:  # noqa: ANN401 - SQLAlchemy's signature
        statement, parameters = call[2:4]
        seen.setdefault(statement, parameters[0] if isinstance(parameters, list) else parameters)

    sa.event.listen(journal._engine, "before_cursor_execute", note)
    act()
    sa.event.remove(journal._engine, "before_cursor_execute", note)
    explain = "EXPLAIN QUERY PLAN" if journal._engine.dialect.name == "sqlite" else "EXPLAIN"
    with journal._engine.connect() as connection:
        return [
            "\n".join(
                str(row[-1])
                for row in connection.exec_driver_sql(f"{explain} {statement}", parameters)
            )
            for statement, parameters in seen.items()
            if statement.startswith(("SELECT", "INSERT", "UPDATE", "DELETE"))
        ]
