"""Workers: results in the GUI thread, one command at a time, cancel, late answers, changes."""

from __future__ import annotations

import gc
import threading
import time
from typing import Any

from PySide6.QtCore import QObject

from billing.errors import RefusedError
from billing.schemas.changes import Cancelled, Changes
from moveinsync_desktop.garbage import GarbageCollector
from moveinsync_desktop.workers import Job, Progress, Workers


def test_results_come_back_in_the_gui_thread(qtbot: Any, workers: Workers) -> None:
    seen: dict[str, Any] = {}

    def done(result: Any) -> None:
        seen.update(result=result, thread=threading.current_thread())

    workers.run_query(threading.current_thread, done)
    qtbot.waitUntil(lambda: bool(seen))
    assert seen["result"] is not threading.main_thread()
    assert seen["thread"] is threading.main_thread()


def test_errors_come_back_too(qtbot: Any, workers: Workers) -> None:
    errors: list[Exception] = []

    def fail() -> None:
        raise RefusedError("X", "no")

    workers.run_query(fail, lambda _result: None, errors.append)
    qtbot.waitUntil(lambda: bool(errors))
    assert isinstance(errors[0], RefusedError)


def test_commands_run_one_after_the_other(qtbot: Any, workers: Workers) -> None:
    running, most, done = [0], [0], list[int]()

    def work(_progress: Progress) -> None:
        running[0] += 1
        most[0] = max(most[0], running[0])
        time.sleep(0.02)
        running[0] -= 1

    for _number in range(4):
        workers.run_command(work, lambda _result: done.append(1))
    qtbot.waitUntil(lambda: len(done) == 4)
    assert most == [1]


def test_a_commands_changes_are_told(qtbot: Any, workers: Workers) -> None:
    changes = Changes(frozenset({"trips"}))
    with qtbot.waitSignal(workers.changes) as told:
        workers.run_command(lambda _progress: changes)
    assert told.args == [changes]


def test_a_newer_query_drops_the_older_answer(qtbot: Any, workers: Workers) -> None:
    owner, answers, gate = QObject(), list[str](), threading.Event()

    def slow() -> str:
        gate.wait(5)
        return "old"

    workers.run_query(slow, answers.append, owner=owner, key="rows")
    workers.run_query(lambda: "new", answers.append, owner=owner, key="rows")
    qtbot.waitUntil(lambda: answers == ["new"])
    gate.set()
    qtbot.waitUntil(lambda: not workers.running)
    assert answers == ["new"]


def test_nobody_is_told_when_the_owner_is_gone(qtbot: Any, workers: Workers) -> None:
    from shiboken6 import delete

    owner, answers, gate = QObject(), list[int](), threading.Event()
    workers.run_query(lambda: gate.wait(5), lambda _result: answers.append(1), owner=owner)
    delete(owner)
    gate.set()
    qtbot.waitUntil(lambda: not workers.running)
    assert answers == []


def test_cancel_stops_the_work_and_asks_the_server(qtbot: Any, workers: Workers) -> None:
    begun, asked, errors = threading.Event(), list[int](), list[Exception]()

    def work(progress: Progress) -> None:
        begun.set()
        while not asked:  # a statement that only the server can stop
            time.sleep(0.001)
        progress(1, 2, "trips")

    job = workers.run_command(work, None, errors.append, title="Rating", on_cancel=asked.append)
    begun.wait(5)
    job.cancel()
    qtbot.waitUntil(lambda: bool(errors))
    assert isinstance(errors[0], Cancelled)
    assert len(asked) == 1
    assert asked != [threading.get_ident()]


def test_a_waiting_command_never_starts_after_cancel(qtbot: Any, workers: Workers) -> None:
    gate, begun, errors = threading.Event(), list[int](), list[Exception]()
    workers.run_command(lambda _progress: gate.wait(5))
    waiting: Job = workers.run_command(lambda _progress: begun.append(1), None, errors.append)
    waiting.cancel()
    gate.set()
    qtbot.waitUntil(lambda: bool(errors))
    assert begun == []


def test_progress_is_thinned_but_the_last_one_comes(qtbot: Any, workers: Workers) -> None:
    seen: list[tuple[int, int, str]] = []
    gate = threading.Event()

    def work(progress: Progress) -> None:
        gate.wait(5)
        for number in range(1, 2001):
            progress(number, 2000, "rows")

    job = workers.run_command(work)
    job.progressed.connect(lambda *args: seen.append(args))
    gate.set()
    qtbot.waitUntil(lambda: bool(seen) and seen[-1][0] == 2000)
    assert len(seen) < 100


def test_a_lost_commands_failure_is_still_told(qtbot: Any, workers: Workers) -> None:
    def fail(_progress: Progress) -> None:
        raise RefusedError("X", "no")

    with qtbot.waitSignal(workers.command_lost) as told:
        workers.run_command(fail, title="Saving")
    assert told.args[0] == "Saving"


def test_garbage_is_collected_in_the_gui_thread_only(qtbot: Any) -> None:
    collector = GarbageCollector()
    threads: set[int] = set()

    def note(_phase: str, _info: dict[str, int]) -> None:
        threads.add(threading.get_ident())

    gc.callbacks.append(note)
    try:
        worker = threading.Thread(target=lambda: [[] for _ in range(100_000)])
        worker.start()
        worker.join()
        assert threads == set()
        waste = [[] for _ in range(2_000)]  # type: ignore[var-annotated]
        qtbot.waitUntil(lambda: threads == {threading.get_ident()}, timeout=5_000)
        assert waste
    finally:
        gc.callbacks.remove(note)
        collector.stop()
    assert gc.isenabled()
    gc.disable()  # as the fixture of window tests left it
