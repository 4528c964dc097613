"""The queue by which those who watch over others hear of them: its get() ends when it says."""

from __future__ import annotations

import threading

import pytest

from syncproof.news import Empty, News

#: Seconds for what takes none.
PATIENCE = 60.0


def in_time(work):
    """Do it in a thread; whether that has ended."""
    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    thread.join(PATIENCE)
    return not thread.is_alive()


def test_items_come_in_their_order():
    news: News[int] = News()
    for number in range(3):
        news.put(number)
    assert [news.get(timeout=0.01) for _ in range(3)] == [0, 1, 2]


def test_no_item_is_empty():
    with pytest.raises(Empty):
        News().get(timeout=0.01)


def test_who_waits_is_woken_by_an_item():
    news: News[str] = News()
    got = []
    thread = threading.Thread(target=lambda: got.append(news.get(timeout=PATIENCE)), daemon=True)
    thread.start()
    news.put("it")
    thread.join(PATIENCE)
    assert got == ["it"]


def test_a_timeout_passes_after_an_item_that_was_there_at_once():
    news: News[int] = News()

    def take_and_wait():
        for timeout in (1e-9, 1e-7, 1e-6, 5e-6) * 4000:
            news.put(1)
            news.get(timeout=1)
            with pytest.raises(Empty):
                news.get(timeout=timeout)

    assert in_time(take_and_wait), "get() with a timeout waited for ever"


def test_nothing_is_lost_between_several_who_put():
    news: News[int] = News()
    threads = [
        threading.Thread(target=lambda: [news.put(n) for n in range(500)], daemon=True)
        for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    assert sorted(news.get(timeout=PATIENCE) for _ in range(2000)) == sorted([*range(500)] * 4)
