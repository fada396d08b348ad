"""Judges whether a well-behaved peer is still served punctually while its server is attacked."""

import contextlib
import dataclasses
import multiprocessing
import queue
import threading
import time

from checks import Failed
import wire
from server_process import Server

# The attacked server competes with the attack for the processors, so what delays the twin delays it
# more: its longest pause may be twice the twin's and this much. Its missed pushes may take this long.
TOLERANCE = 0.5  # seconds
TOLERANCE_SANITIZED = 5.0  # where a sanitizer makes its work several times longer, but not the twin's
# An echo may take this much longer than the twin's.
ECHO_TOLERANCE = 0.25  # seconds
ECHO_PAUSE = 0.02  # seconds between an echo and the next message


def _report_pushes(port, reports):
    """Reports when each push came."""
    with wire.Peer(port) as peer:
        while (frame := peer.read_frame()).opcode in (wire.TEXT, wire.PING):
            if frame.opcode == wire.PING:
                peer.send(wire.PONG, frame.payload)
            else:
                reports.send(time.monotonic())
        raise wire.WireError(f"{frame} instead of a push")


def _report_echoes(port, reports):
    """Reports when each message was sent, and when its echo came."""
    with wire.Peer(port, "/?topic=none") as peer:
        peer.read_message()  # its position
        while True:
            sent = time.monotonic()
            peer.send(wire.TEXT, b"?")
            while (frame := peer.read_frame()).opcode == wire.PING:
                peer.send(wire.PONG, frame.payload)
            if frame.opcode != wire.TEXT:
                raise wire.WireError(f"{frame} instead of an echo")
            reports.send((sent, time.monotonic()))
            time.sleep(ECHO_PAUSE)


def _run_reporter(reporter, port, reports):
    try:
        reporter(port, reports)
    except (EOFError, OSError, wire.WireError) as error:
        reports.send(repr(error))


class Reports:
    """What a well-behaved peer reports from a process of its own, so that the test's own work does
    not delay it."""

    def __init__(self, reporter, port):
        # Not "fork": the test's process has threads.
        context = multiprocessing.get_context("spawn")
        ours, theirs = context.Pipe(duplex=False)
        self._process = context.Process(target=_run_reporter, args=(reporter, port, theirs), daemon=True)
        self._process.start()
        theirs.close()
        # Taken at once: a full pipe would hold up the reporter.
        self._reports = queue.SimpleQueue()
        threading.Thread(target=self._take_all, args=(ours,), daemon=True).start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._process.kill()
        self._process.join()

    def _take_all(self, pipe):
        with contextlib.suppress(EOFError, OSError):
            while True:
                self._reports.put(pipe.recv())

    def next(self):
        try:
            report = self._reports.get(timeout=wire.PATIENCE)
        except queue.Empty:
            raise Failed("the witness gets nothing any more") from None
        if isinstance(report, str):
            raise Failed(f"the witness lost its connection: {report}")
        return report


@dataclasses.dataclass
class Reception:
    """How a server served a witness in some stretch of time."""

    longest_pause: float  # seconds by which two pushes were farther apart than the interval
    missed: int
    slowest_echo: float  # seconds

    def __str__(self):
        return f"{self.longest_pause * 1000:.0f}/{self.slowest_echo * 1000:.0f} ms"


class Witness:
    """Two well-behaved peers: one gets pushes, the other one echoes."""

    def __init__(self, port, interval):
        self._interval = interval
        with contextlib.ExitStack() as started:
            self._pushes = started.enter_context(Reports(_report_pushes, port))
            self._echoes = started.enter_context(Reports(_report_echoes, port))
            self._last_push = self._pushes.next()
            self._echoes.next()
            self._started = started.pop_all()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._started.close()

    def reception_until(self, moment):
        """From the previous call's end until the first push and echo after `moment`, which are
        waited for."""
        return Reception(*self._pushes_until(moment), self._slowest_echo_until(moment))

    def _pushes_until(self, moment):
        """Pushes have no number, so the pauses between them tell how many are missing. The rounding
        of a late push's pause up is made up for by that of the next, short pause down."""
        longest, missed = 0.0, 0
        while self._last_push <= moment:
            arrival = self._pushes.next()
            pause = arrival - self._last_push
            longest = max(longest, pause - self._interval)
            missed += round(pause / self._interval) - 1
            self._last_push = arrival
        return longest, max(missed, 0)

    def _slowest_echo_until(self, moment):
        slowest, came = 0.0, 0.0
        while came <= moment:
            sent, came = self._echoes.next()
            slowest = max(slowest, came - sent)
        return slowest


class TwinnedWitness:
    """A witness of the attacked server that is judged by comparison with a witness of a twin.

    The twin is a second server process with the same options, which nobody attacks. When the whole
    machine is slow, both witnesses get their pushes late, and that is no failure. It is a failure
    when only the attacked server's are late or missing, or its echoes are slow.
    """

    def __init__(self, attacked, program, *options, interval, tolerance=TOLERANCE, environment=None):
        with contextlib.ExitStack() as started:
            twin = started.enter_context(Server(program, *options, environment=environment))
            self._twin = started.enter_context(Witness(twin.port, interval))
            self._attacked = started.enter_context(Witness(attacked.port, interval))
            self._started = started.pop_all()
        self._interval = interval
        self._tolerance = tolerance
        self._echo_tolerance = max(ECHO_TOLERANCE, tolerance - TOLERANCE)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._started.close()

    def judge(self, allowance=0.0):
        """Judges the time since the last call; returns the receptions, the attacked server's first.

        The twin has nothing to do, so it is not delayed as much as a busy server by other programs that
        want the processors. The allowance, in seconds, is how much a busy program was.
        """
        now = time.monotonic()
        tolerance = self._tolerance + allowance
        attacked, twin = self._attacked.reception_until(now), self._twin.reception_until(now)
        if attacked.longest_pause > 2 * twin.longest_pause + tolerance:
            raise Failed(f"the witness got a push {attacked.longest_pause:.3f} s late, and the twin's"
                         f" only {twin.longest_pause:.3f} s")
        if attacked.slowest_echo > twin.slowest_echo + self._echo_tolerance + allowance:
            raise Failed(f"an echo took {attacked.slowest_echo:.3f} s, and the twin's only"
                         f" {twin.slowest_echo:.3f} s")
        if twin.missed == 0 and attacked.missed * self._interval > tolerance:
            raise Failed(f"the witness missed {attacked.missed} pushes, and the twin's none")
        return attacked, twin
