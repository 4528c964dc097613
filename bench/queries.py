"""Threads that only look: what they share is read by all and changed by nobody."""

from syncproof.timing.scenarios import batches, scenario

INNER = 100


@scenario(
    "look",
    primitives=("lock", "event"),
    kind="window",
    needs=("locked", "is_set"),
    operation="locked() or is_set(), by any thread: of one object for all, or of its own for each",
    reading="window length over looks of all threads; without a GIL, of=one against of=own is what"
    " it costs that all count references to one object, though nobody changes it",
    inner=INNER,
    floor=False,
    threads=(2, 4),
    of=("one", "own"),
)
def look(setting):
    name = {"lock": "locked", "event": "is_set"}[setting.primitive]

    def window(seconds):
        count = setting["threads"]
        things = [setting.make()] * count if setting["of"] == "one" else [
            setting.make() for _ in range(count)
        ]
        # By the object's name, as programs look: a method fetched before the loop is an object of
        # each thread's own, and of the lock below it nobody counts a reference.
        bodies = [batches(f"thing.{name}()", INNER, thing=thing) for thing in things]
        return setting.crew.contend(bodies, INNER, seconds)[0]

    return window
