"""anyio on asyncio's event loop: what is cancelled is a scope around the operation."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import anyio

from syncproof.actors.asyncio_host import AsyncioHost
from syncproof.actors.tasks import TaskHand, cancel_scope, in_scope


class AnyioHost(AsyncioHost):
    async def guarded(self, hand: TaskHand, work: Callable[[], Awaitable[Any]]) -> Any:
        return await in_scope(hand, anyio.CancelScope(), self.cancelled, work)

    def cancel(self, hand: TaskHand, message: str) -> None:
        cancel_scope(hand)
