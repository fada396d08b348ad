"""What every hostile test checks of a server: its descriptors, its memory, its log and its end.

Importing this also makes the modules of tests/support importable.
"""

import contextlib
import pathlib
import subprocess
import sys
import threading
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
import wire  # noqa: E402 (found only by the line above)

MIB = 1 << 20


class Failed(Exception):
    """The server did not do what it should."""


def descriptors_when_alone(server):
    """How many descriptors the server has open without a peer. Some are opened only when it serves
    its first peer, so one connects and is subtracted."""
    with wire.Peer(server.port) as peer:
        peer.read_frame()
        return server.descriptors() - 1


def expect_descriptors(server, count, seconds=wire.PATIENCE):
    """The number of the server's open descriptors must become `count`."""
    deadline = time.monotonic() + seconds
    while (now := server.descriptors()) != count:
        if time.monotonic() > deadline:
            raise Failed(f"{now} descriptors are open after {seconds:.0f} s, not {count}")
        time.sleep(0.01)


def expect_resident(server, most, seconds=10):
    """The server must give memory back until no more than `most` bytes are resident."""
    deadline = time.monotonic() + seconds
    while (now := server.resident_bytes()) > most:
        if time.monotonic() > deadline:
            counted = server.metric("ws_demo_memory_bytes")
            raise Failed(f"{now / MIB:.1f} MiB are resident after {seconds:.0f} s, not {most / MIB:.1f}; "
                         f"the server counts {counted / MIB:.1f}")
        time.sleep(0.05)


def expect_clean_stop(server):
    """SIGTERM must end the server with status 0."""
    if server.stop() != 0:
        raise Failed(describe_end(server))


def describe_end(server):
    """How the server ended. A sanitizer's report takes many lines of the log."""
    status = f"exit status {server.process.returncode}; the end of the log:"
    return "\n".join([status, *server.log[-60:]])


@contextlib.contextmanager
def explaining_a_crash(server):
    """If the block fails because the server has died, the failure also says how it died."""
    try:
        yield
    except (Failed, OSError, wire.WireError) as failure:
        try:
            server.process.wait(1)
        except subprocess.TimeoutExpired:
            raise failure from None
        raise Failed(f"{failure}; {describe_end(server)}") from failure


def check_log(server):
    """Every peer that was opened must have been closed, without an error. How many were opened."""
    errors = [line for line in server.log if " error " in line]
    if errors:
        raise Failed(f"{len(errors)} errors in the log; the first: {errors[0]}")
    opened, closed = server.logged("peer opened"), server.logged("peer closed")
    if opened != closed:
        raise Failed(f"log: of {opened} peers, {closed} were closed")
    return opened


class MemoryWatch:
    """Samples the server's memory while a `with` block runs."""

    def __init__(self, server):
        self.before = self.peak = server.resident_bytes()
        self._server = server
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._sample)

    def _sample(self):
        while not self._over.wait(0.02) and self._server.process.poll() is None:
            self.peak = max(self.peak, self._server.resident_bytes())

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._over.set()
        self._thread.join()
