"""A loop and a thread over one primitive, for those that serve both.

Aiologic's are such: what waits in a task is awaited, what waits in a thread is called, and either
may wake the other. Everybody else's are not to be touched from another thread.
"""

import threading

from syncproof.bench.handoff import Turns
from syncproof.bench.task_handoff import two_gates

from syncproof.timing.scenarios import TASKS, IncorrectError, scenario

#: How long the loop waits for its thread at the end, in seconds.
PATIENCE = 5.0


@scenario(
    "task.thread_pingpong",
    primitives=("semaphore", "bounded_semaphore"),
    models=TASKS,
    kind="blocking",
    needs=("acquire", "green_acquire"),
    operation="one round trip between a task and a thread over two semaphores, each released by"
    " the other",
    reading="two hand-offs, one into the loop and one out of it; set it against task.pingpong and"
    " against threading's pingpong",
    floor=False,
)
def thread_pingpong(setting):
    async def round_trips(loops):
        gates = await two_gates(setting)
        turns, failed = Turns(), []

        def in_thread():
            try:
                for _ in range(loops):
                    gates[1].green_acquire()
                    turns.take(1)
                    gates[0].green_release()
            except BaseException as error:
                failed.append(error)
                gates[0].green_release()

        thread = threading.Thread(target=in_thread, daemon=True)

        async def in_task():
            thread.start()
            for _ in range(loops):
                await gates[0].acquire()
                if failed:
                    raise IncorrectError(f"in the thread: {failed[0]}")
                turns.take(0)
                gates[1].release()

        stamps = await setting.crew.together(in_task)
        thread.join(PATIENCE)
        return stamps.wall

    return round_trips
