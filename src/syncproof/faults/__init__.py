"""Ordeals: interrupts, forks, handlers and endings that a primitive meets in real programs.

Each is undergone in a process of its own (`apart`): one that hangs or dies harms nobody.
"""
