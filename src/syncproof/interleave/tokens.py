"""Tokens: a program and its schedule as one word, to be typed after ``--replay``.

    3.13:any:9f2c1ab04c11:semaphore=1/acquire+leave/try+leave:0x9-1x13-t1x1

The parts are the Python whose steps the schedule counts, the view (where a switch may be), a hash
of the implementation's own code, the program, and the schedule. Nothing in it needs quoting in a
shell.
"""

from __future__ import annotations

import re
import sys
from dataclasses import dataclass

from syncproof.history.program import Program, ProgramError, parse
from syncproof.interleave.strategies import decode, encode

FORM = re.compile(
    r"(?P<python>3\.\d+):(?P<view>[a-z]+):(?P<code>[0-9a-f]{12})"
    r":(?P<program>[a-z_0-9=/+.]+):(?P<schedule>[0-9xt-]*)"
)


class TokenError(ValueError):
    """A word that is no token, or not one for this interpreter and this code."""


def running_python() -> str:
    """The version that a schedule holds for: ``3.13``."""
    return "{}.{}".format(*sys.version_info[:2])


@dataclass(frozen=True)
class Token:
    """What is needed to run one schedule again."""

    program: Program
    view: str
    choices: tuple[int, ...]
    code_hash: str
    python: str

    def __str__(self) -> str:
        program = self.program
        made = program.variant or ("" if program.setup is None else str(program.setup))
        words = ["+".join(str(op).replace("*", ".") for op in ops) for ops in program.actors]
        head = f"{program.primitive}={made}" if made else program.primitive
        schedule = encode(self.choices).replace(",", "-").replace("~", "t").replace("*", "x")
        return ":".join(
            [self.python, self.view, self.code_hash[:12], "/".join([head, *words]), schedule]
        )

    def refusal(self, code_hash: str) -> str:
        """Why it cannot be replayed here on code with this hash; empty if it can."""
        if self.python != running_python():
            return f"it was made on Python {self.python}, and this is {running_python()}"
        if self.code_hash != code_hash[:12]:
            return "the code of the implementation has changed since it was made"
        return ""


def read(text: str) -> Token:
    """The token that a word is; TokenError with one line where it is none."""
    found = FORM.fullmatch(text.strip())
    if found is None:
        raise TokenError(f"{text!r} is no replay token: copy it whole from the failure")
    head, *actors = found["program"].split("/")
    primitive, equals, made = head.partition("=")
    words = [word.replace("+", " ").replace(".", "*") for word in actors]
    try:
        program = parse(f"{primitive}{f'({made})' if equals else ''}: {' | '.join(words)}")
        choices = decode(found["schedule"].replace("-", ",").replace("t", "~").replace("x", "*"))
    except (ProgramError, ValueError) as error:
        raise TokenError(f"{text!r} is no replay token: {error}") from None
    return Token(program, found["view"], tuple(choices), found["code"], found["python"])
