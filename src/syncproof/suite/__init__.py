"""What the conformance tests import: the marks that tie a test to the spec."""

from __future__ import annotations

import pytest

from syncproof.vocabulary import MODELS


def clause(*ids: str) -> pytest.MarkDecorator:
    """This test checks these clauses of the spec: the observation decides all of them."""
    return pytest.mark.clause(*ids)


def primitives(*names: str) -> pytest.MarkDecorator:
    """The tests of this module are about these primitives; each runs on every one of them."""
    return pytest.mark.primitives(*names)


def over(*kinds: str) -> pytest.MarkDecorator:
    """This test is only about conditions over these locks: default, lock, rlock."""
    return pytest.mark.over(*kinds)


def models(*names: str) -> pytest.MarkDecorator:
    """This test is only about these execution models: its actors must be threads, say."""
    return pytest.mark.models(*names)


def models_but(*names: str) -> pytest.MarkDecorator:
    """This test is about every execution model but these."""
    return models(*(model for model in MODELS if model not in names))


def needs(*capabilities: str) -> pytest.MarkDecorator:
    """This test uses these capabilities besides those that its clauses need."""
    return pytest.mark.needs(*capabilities)


#: This test searches, which takes longer: from ``--depth default`` on.
deep = pytest.mark.deep

#: This test searches for whatever the models of the primitives can blame; the clause that is found
#: broken is the one that fails. It needs no more than the core of a primitive.
searches = pytest.mark.searches

__all__ = ["clause", "deep", "models", "models_but", "needs", "over", "primitives", "searches"]
