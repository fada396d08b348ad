"""What the attacks are made of: the attacked server's limits, connections to it, and expectations."""

import contextlib
import ctypes
import itertools
import selectors
import socket
import struct
import time

from checks import Failed, expect_descriptors
import wire

INTERVAL = 0.2  # seconds between two pushes
HANDSHAKE_TIMEOUT = 2
WRITE_TIMEOUT = 2
MAX_MESSAGE_BYTES = 256 << 10
MAX_CONNECTIONS = 1000
MAX_PEERS = 500
PEERS_OF_OTHERS = 20  # the witness'
HISTORY_AGE = 2
MAX_MEMORY = 96 << 20
SERVER_OPTIONS = (
    f"--interval={INTERVAL * 1000:.0f}ms",
    f"--handshake-timeout={HANDSHAKE_TIMEOUT}s",
    f"--write-timeout={WRITE_TIMEOUT}s",
    f"--max-message-size={MAX_MESSAGE_BYTES}",
    f"--max-connections={MAX_CONNECTIONS}",
    f"--max-peers={MAX_PEERS}",
    f"--max-memory={MAX_MEMORY}",
    "--max-topics-total=1000",
    "--history-bytes=4MiB",
    f"--history-age={HISTORY_AGE}s",
    "--deflate",
)
TOKEN = "known"

ATTACK_SECONDS = 1.0  # of an attack that could go on forever
LARGE_FILE = "large.bin"  # of the page that the server has
MOST_UNSENT = (128 << 10) + (128 << 10)  # options::max_unsent_bytes, and a packet or two
SMALL_BUFFER = 1  # a receive buffer of the kernel's minimum size, which is soon full


def connect(port):
    return socket.create_connection(("127.0.0.1", port), wire.PATIENCE)


def make_page(folder):
    """A page for the server, with a file that no socket's buffer takes."""
    (folder / "index.html").write_bytes(b"x" * 3000)
    (folder / "index.html.gz").write_bytes(b"x" * 1000)
    (folder / LARGE_FILE).write_bytes(bytes(4 << 20))


class Arena:
    """What an attack works with. Sockets that are made here are closed at the end of the attack."""

    def __init__(self, server, descriptors, chance, *, sanitized):
        self.port = server.port
        self.chance = chance
        self.request, _ = wire.handshake_request(f"127.0.0.1:{self.port}")
        self._server = server
        self._sanitized = sanitized
        self._descriptors = descriptors  # of the server without an attack
        self._opened = contextlib.ExitStack()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._opened.close()

    def many(self, count):
        """So many, or less of them where the server is several times slower."""
        return count // 3 if self._sanitized else count

    def peer(self, **options):
        return self._opened.enter_context(wire.Peer(self.port, **options))

    def connection(self):
        return self._opened.enter_context(connect(self.port))

    def metric(self, name):
        return self._server.metric(name)

    def expect_all_dropped(self):
        """The server must end every connection of the attack, which itself closes none.

        Attacks that run at the same time cannot be told apart: all their connections must end.
        """
        expect_descriptors(self._server, self._descriptors, seconds=120)  # others attack at the same time

    def expect_little_in_kernel(self):
        """The kernel must not hold much for any connection, whosever it is."""
        for _ in for_a_while():
            held = self._server.longest_send_queue()
            if held > MOST_UNSENT:
                raise Failed(f"the kernel holds {held >> 10} KiB for a connection")
            time.sleep(0.05)

    def expect_history_to_grow_old(self):
        """There must be events in the history, and then none. The metric follows a little later."""
        deadline = time.monotonic() + HISTORY_AGE + wire.PATIENCE
        for is_reached in (lambda events: events > 0, lambda events: events == 0):
            while not is_reached(self._server.metric("ws_demo_history_events")):
                if time.monotonic() > deadline:
                    raise Failed("events stay longer than they should")
                time.sleep(0.1)


def for_a_while():
    """Counts 1, 2, 3, … until an attack has lasted long enough."""
    end = time.monotonic() + ATTACK_SECONDS
    return itertools.takewhile(lambda _: time.monotonic() < end, itertools.count(1))


def reset(connection):
    """Ends the connection with RST."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()


def stop_answering(connection):
    """From now on the connection is dead without FIN or RST, as if its cable had been cut.

    A filter (socket(7), SO_ATTACH_FILTER) that keeps no byte of any packet makes the kernel drop
    packets for this socket before TCP sees them, so nothing is acknowledged. Newer kernels require
    CAP_NET_ADMIN for that (PermissionError).
    """
    so_attach_filter = 26  # asm-generic/socket.h; Python has no name for it
    return_nothing = struct.pack("HBBI", 0x06, 0, 0, 0)  # BPF_RET | BPF_K
    instructions = ctypes.create_string_buffer(return_nothing)
    program = struct.pack("HP", 1, ctypes.addressof(instructions))
    connection.setsockopt(socket.SOL_SOCKET, so_attach_filter, program)


def read_all(connection):
    """What comes until the connection ends, also by a reset."""
    received = bytearray()
    with contextlib.suppress(ConnectionResetError):
        while data := connection.recv(1 << 16):
            received += data
    return bytes(received)


def expect_status(received, status):
    """The first of the answers must have this status."""
    if not received.startswith(f"HTTP/1.1 {status} ".encode()):
        raise Failed(f"not answered with {status}: {received[:200]!r}")


def expect_close(peer, *codes):
    """The server must close with one of these codes; pushes, echoes and pings may come before."""
    deadline = time.monotonic() + wire.PATIENCE
    while (frame := peer.read_frame()).opcode != wire.CLOSE:
        if frame.opcode not in (wire.TEXT, wire.BINARY, wire.PING) or time.monotonic() > deadline:
            raise Failed(f"{frame} instead of a close")
    if frame.close_code not in codes:
        raise Failed(f"close {frame.close_code} instead of {codes}")


class Flooder:
    """Writes the same bytes again and again, as fast as the connection takes them."""

    def __init__(self, connection, burst):
        self.connection = connection
        self.connection.setblocking(False)
        self.bursts = 0
        self._burst = memoryview(burst)
        self._rest = self._burst

    def write(self):
        with contextlib.suppress(BlockingIOError):
            self._rest = self._rest[self.connection.send(self._rest) :]
        if not self._rest:
            self._rest = self._burst
            self.bursts += 1

    def discard_input(self):
        if not self.connection.recv(1 << 18):
            raise ConnectionAbortedError


def flood(peers, burst, *, read):
    """All of them flood for a while; how many bursts were sent. A dropped one does not come back."""
    flooders = [Flooder(peer.socket, burst) for peer in peers]
    wanted = selectors.EVENT_WRITE | (selectors.EVENT_READ if read else 0)
    end = time.monotonic() + ATTACK_SECONDS
    with selectors.DefaultSelector() as selector:
        for flooder in flooders:
            selector.register(flooder.connection, wanted, flooder)
        while (left := end - time.monotonic()) > 0:
            for key, ready in selector.select(left):
                try:
                    if ready & selectors.EVENT_READ:
                        key.data.discard_input()
                    if ready & selectors.EVENT_WRITE:
                        key.data.write()
                except ConnectionError:
                    selector.unregister(key.fileobj)
    return sum(flooder.bursts for flooder in flooders)
