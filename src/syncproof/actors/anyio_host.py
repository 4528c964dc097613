"""anyio on asyncio's event loop: what is cancelled is a scope around the operation."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import anyio

from syncproof.actors.asyncio_host import AsyncioHost
from syncproof.actors.tasks import TaskHand


class AnyioHost(AsyncioHost):
    async def guarded(self, hand: TaskHand, work: Callable[[], Awaitable[Any]]) -> Any:
        with anyio.CancelScope() as hand.scope:
            try:
                return await work()
            except asyncio.CancelledError as error:
                cancelled = error
                raise
        raise cancelled  # which the scope has swallowed

    def cancel(self, hand: TaskHand, message: str) -> None:
        if hand.scope is not None:
            hand.scope.cancel()
