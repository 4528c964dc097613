"""``syncproof completion``: what makes a shell complete commands, options and names."""

from __future__ import annotations

import argparse
from typing import Any

SHELLS = ("bash", "zsh", "fish")

EXAMPLES = """\
Prints a script for the shell to read. It needs the extra completion:
pip install 'syncproof[completion]'

examples:
  syncproof completion bash > ~/.local/share/bash-completion/completions/syncproof
  syncproof completion zsh > ~/.zfunc/_syncproof       (a folder that is in fpath)
  syncproof completion fish > ~/.config/fish/completions/syncproof.fish
"""

#: What is registered and available, or a file: asked of syncproof when the key is pressed.
NAMES = "syncproof list --names 2>/dev/null"
TARGETS = {
    "bash": "_syncproof_targets",
    "zsh": f"{{_alternative 'targets:target:($({NAMES}))' 'files:file:_files'}}",
    "fish": f"({NAMES}; __fish_complete_path (commandline -ct))",
    "preamble": {
        "bash": f"""
_syncproof_targets() {{
  compgen -W "$({NAMES})" -- "$1"
  compgen -f -- "$1"
}}
"""
    },
}

#: How an argument is completed whose values are no fixed choice, by the name of its value.
KINDS = {"TARGET": "targets", "FILE": "files", "DIR": "folders", "RESULTS": "files",
         "A": "files", "B": "files"}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.epilog = EXAMPLES
    parser.add_argument("shell", choices=SHELLS, metavar="SHELL", help=", ".join(SHELLS))


def run(args: argparse.Namespace) -> int:
    import shtab

    from syncproof import cli

    how: dict[str, Any] = {"targets": TARGETS, "files": shtab.FILE, "folders": shtab.DIRECTORY}
    parser, commands = cli.parsers()
    for name, command in commands.items():
        cli.load(name).add_arguments(command)
        for argument in command.arguments:
            kind = KINDS.get(str(argument.metavar))
            if kind:
                argument.complete = how[kind]  # type: ignore[attr-defined]
    print(shtab.complete(parser, args.shell))
    return 0
