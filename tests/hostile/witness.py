"""Judges whether a well-behaved peer is still served punctually while its server is attacked."""

import contextlib
import dataclasses
import multiprocessing
import time

from checks import Failed
import wire
from server_process import Server

# The attacked server competes with the attack for the processors, so what delays the twin delays it
# more: its longest pause may be twice the twin's and this much. Its missed pushes may take this long.
TOLERANCE = 0.5  # seconds
TOLERANCE_SANITIZED = 5.0  # where a sanitizer makes its work several times longer, but not the twin's


def _report_pushes(port, arrivals):
    """The process of a witness: sends when each push came, and finally why no more will come."""
    try:
        with wire.Peer(port) as peer:
            while (frame := peer.read_frame()).opcode in (wire.TEXT, wire.PING):
                if frame.opcode == wire.PING:
                    peer.send(wire.PONG, frame.payload)
                else:
                    arrivals.send(time.monotonic())
            arrivals.send(f"got opcode {frame.opcode}, {frame.payload!r}")
    except (EOFError, OSError, wire.WireError) as error:
        arrivals.send(repr(error))


@dataclasses.dataclass
class Reception:
    """How a witness got its pushes in some stretch of time."""

    longest_pause: float  # seconds by which two pushes were farther apart than the interval
    missed: int

    def __str__(self):
        return f"{self.longest_pause * 1000:.0f} ms"


class Witness:
    """A well-behaved peer in a process of its own, so that the test's own work does not delay it."""

    def __init__(self, port, interval):
        self._interval = interval
        # Not "fork": the test's process has threads.
        context = multiprocessing.get_context("spawn")
        self._arrivals, theirs = context.Pipe(duplex=False)
        self._process = context.Process(target=_report_pushes, args=(port, theirs), daemon=True)
        self._process.start()
        theirs.close()
        self._last = self._next_arrival()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._process.kill()
        self._process.join()

    def _next_arrival(self):
        if not self._arrivals.poll(wire.PATIENCE):
            raise Failed("the witness gets no pushes any more")
        arrival = self._arrivals.recv()
        if isinstance(arrival, str):
            raise Failed(f"the witness lost its connection: {arrival}")
        return arrival

    def reception_until(self, moment):
        """From the previous call's end until the first push after `moment`, which is waited for.

        Pushes have no number, so the pauses between them tell how many are missing. The rounding of
        a late push's pause up is made up for by that of the next, short pause down.
        """
        longest, missed = 0.0, 0
        while self._last <= moment:
            arrival = self._next_arrival()
            pause = arrival - self._last
            longest = max(longest, pause - self._interval)
            missed += round(pause / self._interval) - 1
            self._last = arrival
        return Reception(longest, max(missed, 0))


class TwinnedWitness:
    """A witness of the attacked server that is judged by comparison with a witness of a twin.

    The twin is a second server process with the same options, which nobody attacks. When the whole
    machine is slow, both witnesses get their pushes late, and that is no failure. It is a failure
    when only the attacked server's are late or missing.
    """

    def __init__(self, attacked, program, *options, interval, tolerance=TOLERANCE, environment=None):
        with contextlib.ExitStack() as started:
            twin = started.enter_context(Server(program, *options, environment=environment))
            self._twin = started.enter_context(Witness(twin.port, interval))
            self._attacked = started.enter_context(Witness(attacked.port, interval))
            self._started = started.pop_all()
        self._interval = interval
        self._tolerance = tolerance

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._started.close()

    def judge(self):
        """Judges the time since the last call; returns the receptions, the attacked server's first."""
        now = time.monotonic()
        attacked, twin = self._attacked.reception_until(now), self._twin.reception_until(now)
        if attacked.longest_pause > 2 * twin.longest_pause + self._tolerance:
            raise Failed(f"the witness got a push {attacked} late, and the twin's only {twin}")
        if twin.missed == 0 and attacked.missed * self._interval > self._tolerance:
            raise Failed(f"the witness missed {attacked.missed} pushes, and the twin's none")
        return attacked, twin
