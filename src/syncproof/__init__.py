"""syncproof: is this Python synchronization primitive correct, and what does it cost?"""

__version__ = "0.1.0"
