"""Being told to end."""

from __future__ import annotations

import signal
import threading

import pytest

from web.told import Told


def test_who_waits_hears_it_and_so_do_all_others():
    """It stays said."""
    told = Told()
    assert not told.is_set()
    assert told.wait(0.01) is False
    threading.Timer(0.05, told.set).start()
    assert told.wait(60)
    assert told.is_set()
    assert told.wait(0)
    assert told.wait()


@pytest.mark.skipif(not hasattr(signal, "pthread_kill"), reason="this system has no threads with signals of their own")
def test_a_signal_that_reaches_another_thread_is_heard():
    """As the system may choose; the main thread alone runs handlers, so it must look up."""
    told, ready, leaving = Told(), threading.Event(), threading.Event()
    before = signal.signal(signal.SIGUSR1, told.set)

    def other():
        ready.wait()
        signal.pthread_kill(threading.get_ident(), signal.SIGUSR1)
        leaving.wait()

    thread = threading.Thread(target=other)
    thread.start()
    try:
        ready.set()
        assert told.wait(60)
    finally:
        leaving.set()
        thread.join()
        signal.signal(signal.SIGUSR1, before)


def test_a_signal_in_the_midst_of_telling_and_waiting_blocks_nobody():
    """However often, and wherever the main thread is."""
    told = Told()
    before = signal.signal(signal.SIGALRM, told.set)
    signal.setitimer(signal.ITIMER_REAL, 0.0001, 0.0001)
    try:
        for _ in range(20_000):
            told.set()
            told.wait(0)
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
    assert told.is_set()
