"""redis-py's Lock, between threads that share it, and the server that holds it.

The server is a real redis-server of this process's own, on loopback; it ends with the process.
"""

import functools
import itertools
import secrets
import socket
import subprocess
import tempfile
import threading
import time

from syncproof.vocabulary import Deviation, Implementation

SOURCE = "https://github.com/redis/redis-py/blob/master/redis/lock.py"
#: Seconds between two tries of one who waits; redis-py's default of 0.1 would only take longer.
SLEEP = 0.01
#: Seconds for the server to answer for the first time.
PATIENCE = 20.0
#: The shell waits until its input ends, which it does when this process is gone, however it went.
KEEPER = 'redis-server "$@" & read line; kill $!'

_numbers = itertools.count(1)
#: Threads that need the server at the same moment would start one each, and share no lock.
_starting = threading.Lock()


def new_name():
    """The name of one more lock."""
    return f"syncproof-{next(_numbers)}"


def client():
    """A client of this process's own server: one for all its threads, however they begin."""
    with _starting:
        return _with_a_server()


@functools.cache
def _with_a_server():
    import redis

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    password = secrets.token_hex()  # nobody else's server knows it, should one be quicker
    settings = {
        "bind": "127.0.0.1",
        "port": port,
        "requirepass": password,
        "save": "",
        "appendonly": "no",
        "dir": tempfile.gettempdir(),
    }
    words = [word for name, value in settings.items() for word in (f"--{name}", str(value))]
    keeper = subprocess.Popen(
        ["sh", "-c", KEEPER, "sh", *words],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    made = redis.Redis(port=port, password=password)
    made.syncproof_keeper = keeper  # its input is open as long as the client is there
    end = time.monotonic() + PATIENCE
    while True:
        try:
            made.ping()
            return made
        except redis.RedisError:
            if time.monotonic() > end:
                raise
            time.sleep(0.01)


def load():
    from redis.lock import Lock as RedisLock

    class Lock(RedisLock):
        """acquire()'s timeout is called blocking_timeout there: timeout is another thing."""

        def __init__(self):
            super().__init__(client(), new_name(), sleep=SLEEP)

        def acquire(self, blocking=True, timeout=-1):
            return super().acquire(
                blocking=blocking, blocking_timeout=None if timeout == -1 else timeout
            )

    return {"lock": Lock}


def differs(clause, does, why, by_chance=False):
    return Deviation(clause=clause, does=does, why=why, link=SOURCE, by_chance=by_chance)


OWN_TOKEN = "a thread has a token of its own and releases what it holds itself: thread_local"

implementation = Implementation(
    name="redis",
    primitives=("lock",),
    load=load,
    about="redis-py's Lock, shared by threads, on a server of its own",
    requires=("redis",),
    programs=("redis-server",),
    distribution="redis",
    extra="redis",
    deviations=(
        differs("lock.release.any-thread", "raises in a thread that does not hold it", OWN_TOKEN),
        differs("lock.acquire.same-thread-blocks", "waits, and nobody else can end it", OWN_TOKEN),
        differs(
            "lock.release.free-raises",
            "raises LockError, which is no RuntimeError",
            "that is the error of all that is done to a lock which is not held",
        ),
        differs(
            "lock.acquire.nonblocking-timeout-forbidden",
            "takes the lock, whatever the timeout",
            "without blocking the timeout is not looked at",
        ),
        differs(
            "lock.acquire.timeout-waits",
            "gives up when the next try would come after the timeout",
            "blocking_timeout is the most that it waits, and it does not sleep in vain",
            by_chance=True,  # tries that take long may end after the timeout all the same
        ),
        differs(
            "mod.timeout-max.overflow.lock",
            "a timeout above TIMEOUT_MAX is a timeout like any other",
            "it waits by sleeping between its tries",
        ),
    ),
    poll_interval=SLEEP,
)
