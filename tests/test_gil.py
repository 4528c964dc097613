"""The GIL is watched: what it was, what it is, and who has switched it on."""

from __future__ import annotations

import warnings

import pytest

from syncproof import gil

SAID = (
    "The global interpreter lock (GIL) has been enabled to load module 'some.extension', which has"
    " not declared that it can run safely without the GIL."
)


@pytest.fixture
def enabled(monkeypatch):
    """What this interpreter says of its GIL; a test may change it."""
    state = [False]
    monkeypatch.setattr(gil.sys, "_is_gil_enabled", lambda: state[0], raising=False)
    return state


def test_the_extension_that_switches_it_on_is_told_by_name(enabled, capsys):
    with gil.Watch() as watch:
        enabled[0] = True
        warnings.warn(SAID, RuntimeWarning, stacklevel=1)
    assert watch.record() == {
        "gil_at_start": False, "gil_enabled": True, "gil_enabled_by": ["some.extension"]
    }
    assert watch.told() == "the GIL was off, and has been switched on by some.extension"
    assert "some.extension" not in capsys.readouterr().err


def test_it_is_told_where_warnings_are_switched_off(enabled):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with gil.Watch() as watch:
            warnings.warn(SAID, RuntimeWarning, stacklevel=1)
    assert watch.by == ["some.extension"]


def test_nothing_is_told_where_nothing_has_changed(enabled):
    for state in (False, True):
        enabled[0] = state
        with gil.Watch() as watch:
            pass
        assert watch.told() == ""
        assert watch.record()["gil_enabled"] is state


def test_where_there_is_no_other_build_it_is_on(monkeypatch):
    monkeypatch.delattr(gil.sys, "_is_gil_enabled", raising=False)
    assert gil.enabled()


def test_other_warnings_are_shown_as_they_were(enabled):
    heard = []
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        warnings.showwarning = lambda message, *rest, **more: heard.append(str(message))
        with gil.Watch() as watch:
            warnings.warn("something else", UserWarning, stacklevel=1)
        warnings.warn("afterwards", UserWarning, stacklevel=1)
    assert heard == ["something else", "afterwards"]
    assert watch.by == []
