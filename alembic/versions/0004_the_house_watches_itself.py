"""The house watches itself."""

from collections.abc import Sequence

revision: str = '0004'
down_revision: str | Sequence[str] | None = '0003'
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """Bring the tables to this shape."""


def downgrade() -> None:
    """Bring the tables back."""
