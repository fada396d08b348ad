#!/usr/bin/env python3
"""Everything rude that a peer can do to ws-demo, one thing after the other:

    attacks.py PROGRAM [--only NAME]... [--slow-peers close|drop-oldest] [--seed N] [--no-memory-check]
    attacks.py --list

A witness, which is a well-behaved peer in a process of its own, is connected all the while. After
each attack it must have got every push in time, the server must not have grown beyond a bound, and
its descriptors must be what they were before. Exit status: 0, or 1 when something was not so.
"""

import argparse
import contextlib
import ctypes
import dataclasses
import itertools
import math
import multiprocessing
import pathlib
import random
import resource
import secrets
import selectors
import socket
import struct
import subprocess
import sys
import threading
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
import wire  # noqa: E402 (found only by the line above)
from server_process import Server  # noqa: E402

MIB = 1 << 20
INTERVAL = 0.2  # seconds between two pushes
HANDSHAKE_TIMEOUT = 2
WRITE_TIMEOUT = 2
MAX_MESSAGE_BYTES = 64 << 10
MAX_PEERS = 400
SERVER_OPTIONS = (
    f"--interval={INTERVAL * 1000:.0f}ms",
    f"--handshake-timeout={HANDSHAKE_TIMEOUT}s",
    f"--write-timeout={WRITE_TIMEOUT}s",
    f"--max-message-size={MAX_MESSAGE_BYTES}",
    f"--max-peers={MAX_PEERS}",
    "--max-topics-total=1000",
    "--history-bytes=4MiB",
)
TOKEN = "known"

LATEST = 0.25  # seconds a push may come after it is due
MOST_GROWTH = 64 * MIB  # while an attack runs
MOST_LEFT = 16 * MIB  # once it is over, more than at the start, beside the history
ATTACK_SECONDS = 1.5  # of those attacks that go on for as long as they are let
SMALL_BUFFER = 1  # a receive buffer as small as the kernel has it, which is soon full


class Failed(Exception):
    """The server did not do what it should."""


def descriptors_when_alone(server):
    """How many the server has open without a peer: what it opens at its start is all there once it
    serves one."""
    with wire.Peer(server.port) as peer:
        peer.read_frame()
        return server.descriptors() - 1


def expect_descriptors(server, count, seconds=10.0):
    """The server's open descriptors must soon be `count` (again)."""
    deadline = time.monotonic() + seconds
    while (now := server.descriptors()) != count:
        if time.monotonic() > deadline:
            raise Failed(f"{now} descriptors are open after {seconds:.0f} s, not {count}")
        time.sleep(0.01)


def expect_clean_stop(server):
    """SIGTERM must end it with status 0."""
    if server.stop() != 0:
        raise Failed(last_words(server))


def last_words(server):
    """How the server, which is dead, ended. What a sanitizer says takes some lines."""
    status = f"exit status {server.process.returncode}; the end of the log:"
    return "\n".join([status, *server.log[-60:]])


@contextlib.contextmanager
def autopsy(server):
    """Where something fails in here because the server has died, also says what of."""
    try:
        yield
    except (Failed, OSError, wire.WireError) as failure:
        try:
            server.process.wait(1)
        except subprocess.TimeoutExpired:
            raise failure from None
        raise Failed(f"{failure}; {last_words(server)}") from failure


def raise_descriptor_limit():
    """The soft limit becomes the hard one."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


# The witness


def _bear_witness(port, arrivals):
    """The witness' process: says when each push came, and at the end why there are no more."""
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


class Witness:
    """A well-behaved peer. It has a process of its own, so that only the server can delay it."""

    def __init__(self, port, interval):
        self._interval = interval
        # Not "fork": this process has threads by now.
        context = multiprocessing.get_context("spawn")
        self._arrivals, theirs = context.Pipe(duplex=False)
        self._process = context.Process(target=_bear_witness, args=(port, theirs), daemon=True)
        self._process.start()
        theirs.close()
        self._first = self._next_arrival()
        self._count = 0  # of the pushes after the first

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._process.kill()
        self._process.join()

    def _next_arrival(self):
        if not self._arrivals.poll(wire.PATIENCE):
            raise Failed("the witness gets nothing any more")
        arrival = self._arrivals.recv()
        if isinstance(arrival, str):
            raise Failed(f"the witness lost its connection: {arrival}")
        return arrival

    def testify(self):
        """Judges the pushes since the last time; by how many seconds the latest of them was late.

        Events have no number, so they are counted, and a missing one makes all that follow late by
        an interval. To tell that from a delay, a push is waited for that comes after this call and
        is as good as on time, whichever it is.
        """
        asked_at = time.monotonic()
        worst = -math.inf
        settled = False
        while not settled:
            self._count += 1
            arrival = self._next_arrival()
            intervals_passed = (arrival - self._first) / self._interval
            worst = max(worst, (intervals_passed - self._count) * self._interval)
            on_time = abs(intervals_passed - round(intervals_passed)) < 0.25
            settled = arrival > asked_at and on_time
        missing = round(intervals_passed) - self._count
        self._count += missing  # what comes next is not late because of these
        if missing:
            raise Failed(f"the witness missed {missing} of its pushes")
        if worst > LATEST:
            raise Failed(f"the witness got a push {worst * 1000:.0f} ms late")
        return worst


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


# What attacks are made of


def connect(port):
    return socket.create_connection(("127.0.0.1", port), wire.PATIENCE)


class Arena:
    """What an attack works with. The sockets it makes here are closed when the attack is over."""

    def __init__(self, server, descriptors, chance):
        self.port = server.port
        self.chance = chance
        self.request, _ = wire.handshake_request(f"127.0.0.1:{self.port}")
        self._server = server
        self._descriptors = descriptors  # of the server, while nobody attacks it
        self._opened = contextlib.ExitStack()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._opened.close()

    def peer(self, **options):
        return self._opened.enter_context(wire.Peer(self.port, **options))

    def connection(self):
        return self._opened.enter_context(connect(self.port))

    def expect_all_dropped(self, seconds):
        """The server must give up every connection of this attack, which closes none itself."""
        expect_descriptors(self._server, self._descriptors, seconds)


def for_a_while():
    """Counts 1, 2, 3, … until an attack has lasted long enough."""
    end = time.monotonic() + ATTACK_SECONDS
    return itertools.takewhile(lambda _: time.monotonic() < end, itertools.count(1))


def reset(connection):
    """Ends it with RST."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()


def fall_silent(connection):
    """From now on the connection is dead, without a word: no cable could be cut more cleanly.

    A filter (socket(7), SO_ATTACH_FILTER) that keeps no byte of any packet has the kernel drop what
    comes for this socket before TCP sees it, so nothing is ever acknowledged. Newer kernels want
    CAP_NET_ADMIN for that (PermissionError).
    """
    so_attach_filter = 26  # asm-generic/socket.h; Python has no name for it
    return_nothing = struct.pack("HBBI", 0x06, 0, 0, 0)  # BPF_RET | BPF_K
    instructions = ctypes.create_string_buffer(return_nothing)
    program = struct.pack("HP", 1, ctypes.addressof(instructions))
    connection.setsockopt(socket.SOL_SOCKET, so_attach_filter, program)


def read_all(connection):
    """What comes until the connection ends, be it by a reset."""
    received = bytearray()
    with contextlib.suppress(ConnectionResetError):
        while data := connection.recv(1 << 16):
            received += data
    return bytes(received)


def expect_status(received, status):
    """The first of the answers must be this one."""
    if not received.startswith(f"HTTP/1.1 {status} ".encode()):
        raise Failed(f"not answered with {status}: {received[:200]!r}")


def expect_close(peer, code):
    """What ends it must be a close with this code; a few pushes and pings may come before."""
    deadline = time.monotonic() + 5
    while (frame := peer.read_frame()).opcode != wire.CLOSE:
        if frame.opcode not in (wire.TEXT, wire.PING) or time.monotonic() > deadline:
            raise Failed(f"a close was due, not {frame}")
    if frame.close_code != code:
        raise Failed(f"close {frame.close_code} where {code} was due")


class Flooder:
    """Writes the same bytes again and again, as fast as they are taken."""

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

    def read_and_forget(self):
        if not self.connection.recv(1 << 18):
            raise ConnectionAbortedError


def flood(peers, burst, *, read):
    """All of them flood for a while; how many bursts were taken. One that is dropped stays away."""
    flooders = [Flooder(peer.socket, burst) for peer in peers]
    wanted = selectors.EVENT_WRITE | (selectors.EVENT_READ if read else 0)
    end = time.monotonic() + ATTACK_SECONDS
    with selectors.DefaultSelector() as selector:
        for flooder in flooders:
            selector.register(flooder.connection, wanted, flooder)
        while time.monotonic() < end:
            for key, ready in selector.select(end - time.monotonic()):
                try:
                    if ready & selectors.EVENT_READ:
                        key.data.read_and_forget()
                    if ready & selectors.EVENT_WRITE:
                        key.data.write()
                except ConnectionError:
                    selector.unregister(key.fileobj)
    return sum(flooder.bursts for flooder in flooders)


# The attacks. Each returns how often it did what its docstring says.


def vanish(arena):
    """peers that vanish without a word, half of them before they have asked for anything"""
    peers = [arena.peer(receive_buffer=SMALL_BUFFER) for _ in range(50)]
    connections = [peer.socket for peer in peers] + [arena.connection() for _ in range(50)]
    try:
        for connection in connections:
            fall_silent(connection)
    except PermissionError:
        print("vanish: without CAP_NET_ADMIN they only cease to read", flush=True)
    arena.expect_all_dropped(max(WRITE_TIMEOUT, HANDSHAKE_TIMEOUT) + 8)
    return len(connections)


def reset_in_frame(arena):
    """a reset in the middle of a frame"""
    frame = wire.encode(wire.BINARY, bytes(1000))
    for count in for_a_while():
        peer = wire.Peer(arena.port)
        peer.socket.sendall(frame[: arena.chance.randrange(1, len(frame))])
        peer.reset()
    return count


def reset_in_handshake(arena):
    """a reset in the middle of the handshake"""
    for count in for_a_while():
        connection = connect(arena.port)
        connection.sendall(arena.request[: arena.chance.randrange(len(arena.request))])
        reset(connection)
    return count


def byte_by_byte(arena):
    """requests that never get done, a byte now and then"""
    connections = [arena.connection() for _ in range(200)]
    deadline = time.monotonic() + HANDSHAKE_TIMEOUT + 1
    with contextlib.suppress(ConnectionError):
        for byte in arena.request[:-1]:
            for connection in connections:
                connection.sendall(bytes([byte]))
            time.sleep(0.1)
            if time.monotonic() > deadline:
                raise Failed("the handshake's deadline has passed, and it still listens")
    arena.expect_all_dropped(2)
    return len(connections)


def open_and_close(arena):
    """connections that are closed as soon as they are open"""
    for count in for_a_while():
        connection = connect(arena.port)
        if count % 2:
            reset(connection)
        else:
            connection.close()
    return count


def flood_unread(arena):
    """floods of messages whose echoes are never read"""
    peers = [arena.peer(receive_buffer=SMALL_BUFFER) for _ in range(20)]
    burst = wire.encode(wire.BINARY, bytes(MAX_MESSAGE_BYTES))
    bursts = flood(peers, burst, read=False)
    arena.expect_all_dropped(WRITE_TIMEOUT + 4)
    return bursts


def silent_unread(arena):
    """peers that say nothing and never read a push"""
    peers = [arena.peer(receive_buffer=SMALL_BUFFER) for _ in range(200)]
    arena.expect_all_dropped(WRITE_TIMEOUT + 8)
    return len(peers)


def sip(arena):
    """floods whose echoes are read at a byte a second"""
    peers = [arena.peer(receive_buffer=SMALL_BUFFER) for _ in range(20)]
    burst = wire.encode(wire.TEXT, b"x" * MAX_MESSAGE_BYTES)
    bursts = flood(peers, burst, read=False)
    for _ in range(2):
        for peer in peers:
            with contextlib.suppress(BlockingIOError, ConnectionError):
                peer.socket.recv(1)
        time.sleep(1)
    return bursts


def flood_of_pings(arena):
    """pings, whose pongs every other peer reads"""
    burst = b"".join(wire.encode(wire.PING, b"p" * 125) for _ in range(100))
    readers = [arena.peer() for _ in range(10)]
    others = [arena.peer(receive_buffer=SMALL_BUFFER) for _ in range(10)]
    return 100 * (flood(readers, burst, read=True) + flood(others, burst, read=False))


def empty_fragments(arena):
    """empty fragments of messages that never end"""
    peers = [arena.peer() for _ in range(20)]
    for peer in peers:
        peer.send(wire.TEXT, fin=False)
    burst = b"".join(wire.encode(wire.CONTINUATION, fin=False) for _ in range(1000))
    return 1000 * flood(peers, burst, read=True)


def tiny_fragments(arena):
    """messages in fragments of a byte, until they are too big"""
    fragment = wire.encode(wire.CONTINUATION, b"x", fin=False)
    message = wire.encode(wire.TEXT, b"x", fin=False) + fragment * MAX_MESSAGE_BYTES
    for count in for_a_while():
        with wire.Peer(arena.port) as peer:
            peer.socket.sendall(message)
            expect_close(peer, 1009)
    return count * (MAX_MESSAGE_BYTES + 1)


def pipelined_handshakes(arena):
    """fifty handshakes in one write"""
    for count in for_a_while():
        with connect(arena.port) as connection:
            connection.sendall(arena.request * 50)
            connection.shutdown(socket.SHUT_WR)
            expect_status(read_all(connection), 400)
    return count * 50


def pipelined_requests(arena):
    """a thousand requests in one write, of which no answer is read"""
    requests = f"GET / HTTP/1.1\r\nHost: 127.0.0.1:{arena.port}\r\n\r\n".encode() * 1000
    connections = [arena.connection() for _ in range(100)]
    for connection in connections:
        connection.setblocking(False)
        with contextlib.suppress(BlockingIOError):
            connection.send(requests)
    time.sleep(ATTACK_SECONDS)
    return len(connections)


def huge_lengths(arena):
    """frames that claim to be of up to 2^63 bytes, and then nothing"""
    for count in for_a_while():
        claimed = arena.chance.randrange(MAX_MESSAGE_BYTES + 1, 1 << arena.chance.randrange(20, 64))
        with wire.Peer(arena.port) as peer:
            peer.send(wire.BINARY, length=claimed)
            expect_close(peer, 1009)
    return count


def oversized_heads(arena):
    """request heads of 8 KiB and more"""
    for count in for_a_while():
        filler = b"x" * arena.chance.randrange(9 << 10, 256 << 10)
        with connect(arena.port) as connection:
            with contextlib.suppress(ConnectionError):  # it need not read all of that
                connection.sendall(b"GET /ws HTTP/1.1\r\nHost: localhost\r\nX: " + filler)
                connection.shutdown(socket.SHUT_WR)
            expect_status(read_all(connection), 431)
    return count


def garbage(arena):
    """random bytes, before and after the handshake"""
    for count in for_a_while():
        with wire.Peer(arena.port).socket if count % 2 else connect(arena.port) as connection:
            with contextlib.suppress(ConnectionError):
                connection.sendall(arena.chance.randbytes(arena.chance.randrange(1, 4096)))
                connection.shutdown(socket.SHUT_WR)
            read_all(connection)
    return count


def invalid_text(arena):
    """text that is not UTF-8"""
    wrong = (
        b"\xff",
        b"\xc3",  # a character's first half
        b"\xc0\xaf",  # not the shortest form
        b"\xed\xa0\x80",  # a surrogate
        b"\xf4\x90\x80\x80",  # beyond U+10FFFF
    )
    for count in for_a_while():
        text = b"x" * arena.chance.randrange(1000) + arena.chance.choice(wrong)
        with wire.Peer(arena.port) as peer:
            peer.send(wire.TEXT, text)
            expect_close(peer, 1007)
    return count


def unmasked_frames(arena):
    """frames that are not masked"""
    opcodes = (wire.TEXT, wire.BINARY, wire.PING, wire.PONG, wire.CLOSE)
    for count in for_a_while():
        with wire.Peer(arena.port) as peer:
            peer.send(arena.chance.choice(opcodes), b"\x03\xe8", masked=False)
            expect_close(peer, 1002)
    return count


def bad_closes(arena):
    """closes that RFC 6455 forbids"""
    # Of 5000 and more it does not say what they are, and Beast lets them pass.
    codes = (0, 999, 1004, 1005, 1006, 1015, 1016, 2999)
    payloads = [b"\x03", *map(wire.close_payload, codes)]
    for count in for_a_while():
        with wire.Peer(arena.port) as peer:
            peer.send(wire.CLOSE, arena.chance.choice(payloads))
            expect_close(peer, 1002)
    return count


def too_many(arena):
    """peers beyond --max-peers"""
    for _ in range(MAX_PEERS - 1):  # the witness is one, too
        arena.peer()
    for count in for_a_while():
        with connect(arena.port) as connection:
            connection.sendall(arena.request)
            connection.shutdown(socket.SHUT_WR)
            answer = read_all(connection)
        expect_status(answer, 503)
        if b"\r\nRetry-After: " not in answer:
            raise Failed(f"it does not say when to come again: {answer!r}")
    return count

# Attacks on what is published, and on those who subscribe to it. They know the token: whoever does
# not is told so before anything is read.


def publication(arena, path, body, *, token=TOKEN):
    """A request to publish, whole."""
    kind = "x-ndjson" if path == "/publish" else "json"
    return (f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1:{arena.port}\r\nAuthorization: Bearer {token}\r\n"
            f"Content-Type: application/{kind}\r\nContent-Length: {len(body)}\r\n\r\n").encode() + body


def publish(arena, path, body, status=200):
    with connect(arena.port) as connection:
        connection.sendall(publication(arena, path, body))
        connection.shutdown(socket.SHUT_WR)
        expect_status(read_all(connection), status)


def listen(arena, target, *, receive_buffer=None):
    """A subscriber over Server-Sent Events."""
    connection = arena.connection()
    if receive_buffer:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
    connection.sendall(f"GET {target} HTTP/1.1\r\nHost: 127.0.0.1:{arena.port}\r\n\r\n".encode())
    return connection


def unread_events(arena):
    """subscribers of both kinds that read nothing, while megabytes are published"""
    for _ in range(50):
        arena.peer(target="/?topic=flood", receive_buffer=SMALL_BUFFER)
        listen(arena, "/events?topic=flood", receive_buffer=SMALL_BUFFER)
    lines = b"".join(b'{"topic":"flood","payload":"%s"}\n' % (b"x" * 8000) for _ in range(500))
    publish(arena, "/publish", lines)
    publish(arena, "/publish", lines)
    arena.expect_all_dropped(WRITE_TIMEOUT + 12)
    return 100


def chatty_listeners(arena):
    """subscribers over Server-Sent Events that talk on and on"""
    flooders = [Flooder(listen(arena, "/events?topic=none"), b"x" * 65536) for _ in range(20)]
    end = time.monotonic() + ATTACK_SECONDS
    while time.monotonic() < end:
        for flooder in flooders:
            flooder.write()
    return sum(flooder.bursts for flooder in flooders)


def fleeting_listeners(arena):
    """subscribers over Server-Sent Events that come and are gone, half of them with a reset"""
    for count in for_a_while():
        connection = listen(arena, "/events?topic=random")
        if count % 2:
            reset(connection)
        else:
            connection.close()
    return count


def absurd_subscriptions(arena):
    """hundreds of topics, broken escapes, impossible positions"""
    pieces = ["topic=a", "topic=*", "topic=%", "topic=$a", "topic=" + "x" * 129, "since=", "last=1",
              "since=x:18446744073709551616", "last=18446744073709551615", "since=a:1", "last=-1",
              "&&&", "==", "topic", "%00=%ff", "topic=%2a", "topic=" + "a.*"]
    for count in for_a_while():
        query = "&".join(arena.chance.choices(pieces, k=arena.chance.randrange(1, 200)))
        with connect(arena.port) as connection:
            target = arena.chance.choice(("/", "/ws", "/events"))
            connection.sendall(arena.request.replace(b"GET / ", f"GET {target}?{query} ".encode()))
            if not connection.recv(4096).startswith(b"HTTP/1.1 "):
                raise Failed(f"no answer to {query}")
    return count


def greedy_returners(arena):
    """subscribers that ask for the whole history again and again, and read none of it"""
    lines = b"".join(b'{"topic":"past","payload":"%s"}\n' % (b"x" * 4000) for _ in range(200))
    publish(arena, "/publish", lines)
    for count in for_a_while():
        target = "/?topic=past&since=0:1" if count % 2 else "/?topic=*&last=1000"
        wire.Peer(arena.port, target, receive_buffer=SMALL_BUFFER).socket.close()
    return count


def sipping_listeners(arena):
    """subscribers over Server-Sent Events that read a byte at a time, while megabytes are published"""
    listeners = [listen(arena, "/events?topic=sip", receive_buffer=SMALL_BUFFER) for _ in range(50)]
    lines = b"".join(b'{"topic":"sip","payload":"%s"}\n' % (b"x" * 8000) for _ in range(300))
    for count in for_a_while():
        if count % 20 == 1:
            publish(arena, "/publish", lines)
        for connection in listeners:
            with contextlib.suppress(ConnectionError):
                connection.recv(1)
    return count * len(listeners)


def impossible_returns(arena):
    """positions in Last-Event-ID that never were, and those that are none"""
    nowhere = (":", ":1", "x", "x:", "x:-1", "x:1e9", "x:18446744073709551616", "x" * 33 + ":1")
    unheard_of = ("x:1", "00000000:0", "x:18446744073709551615", "<script>:1", "\xff:1", "x" * 32 + ":1")
    for count in for_a_while():
        position = arena.chance.choice(nowhere + unheard_of)
        target = arena.chance.choice(("/events?topic=a", "/events?topic=*&last=5", "/events?topic=a&since=y:7"))
        with connect(arena.port) as connection:
            connection.sendall(f"GET {target} HTTP/1.1\r\nHost: 127.0.0.1:{arena.port}\r\n"
                               f"Last-Event-ID: {position}\r\n\r\n".encode("latin-1"))
            expect_status(connection.recv(4096), 200 if position in unheard_of else 400)
    return count


def not_quite_json(arena):
    """payloads and lines that are nearly JSON, and reach no subscriber"""
    payloads = (b"[1.-2]", b"1e+-5", b"1e--5", b"\xef\xbb\xbf{}", b"1\0", b"{}\0\"x", b"[1,2]\0garbage")
    for count in for_a_while():
        publish(arena, "/topics/a", arena.chance.choice(payloads), 400)
        tail = arena.chance.choice((b'"', b"[[[[[", b"x")) + b"y" * arena.chance.randrange(4000)
        publish(arena, "/publish", b'{"topic":"a","payload":1}\0' + tail, 400)
    return count


def long_numbers(arena):
    """numbers of 64 KiB that are none at their last character"""
    for count in for_a_while():
        publish(arena, "/topics/a", b"1" * 65535 + arena.chance.choice((b".", b"e")), 400)
    return count


def endless_chunk_heads(arena):
    """chunks whose size, extension or trailer never ends"""
    head = publication(arena, "/topics/a", b"").partition(b"Content-Length")[0] + b"Transfer-Encoding: chunked\r\n\r\n"
    trailer = b"0\r\n" + b"x: y\r\n" * 10_000
    connections = [arena.connection() for _ in range(3)]
    flooders = []
    for connection, (begin, burst) in zip(connections, ((b"", b"0"), (b"1;", b"x"), (trailer, b"x: y\r\n"))):
        connection.sendall(head + begin[:6])
        flooders.append(Flooder(connection, burst * 10_000))
    end = time.monotonic() + ATTACK_SECONDS
    while time.monotonic() < end:
        for flooder in flooders:
            with contextlib.suppress(ConnectionError):
                flooder.write()
    return sum(flooder.bursts for flooder in flooders)


def endless_publications(arena):
    """bodies that drip, bodies that are announced and never come, chunks without an end"""
    whole = publication(arena, "/topics/a", b'"' + b"x" * 1000 + b'"')
    connections = [arena.connection() for _ in range(60)]
    chunked = whole.partition(b"Content-Length")[0] + b"Transfer-Encoding: chunked\r\n\r\n"
    for connection, head in zip(connections, itertools.cycle((whole[:-900], whole[:-1002], chunked))):
        connection.sendall(head)
    end = time.monotonic() + HANDSHAKE_TIMEOUT + 8
    with contextlib.suppress(ConnectionError):
        while time.monotonic() < end:
            for connection in connections[::3]:
                connection.sendall(b" ")
            for connection in connections[2::3]:
                connection.sendall(b"1\r\n \r\n")
            time.sleep(0.1)
    arena.expect_all_dropped(8)
    return len(connections)


def too_many_topics(arena):
    """bulk after bulk on topics that are all new"""
    for count in for_a_while():
        name = arena.chance.randrange(1 << 60)
        lines = b"".join(b'{"topic":"%x.%d","payload":0}\n' % (name, i) for i in range(50_000))
        publish(arena, "/publish", lines, 507)
    return count * 50_000


def many_lines(arena):
    """as many lines as a request may hold, and as many empty ones"""
    for count in for_a_while():
        publish(arena, "/publish", b"\n" * ((4 << 20) - 40) + b'{"topic":"a","payload":0}')
        publish(arena, "/publish", b'{"topic":"a","payload":0}\n' * 150_000 + b"nonsense", 400)
    return count * 4_000_000


def deep_json(arena):
    """payloads of brackets within brackets"""
    for count in for_a_while():
        publish(arena, "/topics/deep", b"[" * 30_000 + b"]" * 30_000)
        publish(arena, "/topics/deep", b'{"a":' * 10_000, 400)
        publish(arena, "/publish", b'{"topic":"a","payload":' + b"[" * (2 << 20), 400)
    return count


def wrong_tokens(arena):
    """guesses of the token, as many at a time as a connection takes"""
    guesses = b"".join(publication(arena, "/topics/a", b"", token=f"{i:032x}") for i in range(99))
    for count in for_a_while():
        with connect(arena.port) as connection:
            connection.sendall(guesses)
            connection.shutdown(socket.SHUT_WR)
            answers = read_all(connection)
        if answers.count(b"HTTP/1.1 401 ") != 99:
            raise Failed(f"not all are answered with 401: {answers[-300:]!r}")
    return count * 99


ATTACKS = {
    attack.__name__.replace("_", "-"): attack
    for attack in (
        vanish,
        reset_in_frame,
        reset_in_handshake,
        byte_by_byte,
        open_and_close,
        flood_unread,
        silent_unread,
        sip,
        flood_of_pings,
        empty_fragments,
        tiny_fragments,
        pipelined_handshakes,
        pipelined_requests,
        huge_lengths,
        oversized_heads,
        garbage,
        invalid_text,
        unmasked_frames,
        bad_closes,
        too_many,
        unread_events,
        chatty_listeners,
        fleeting_listeners,
        absurd_subscriptions,
        greedy_returners,
        sipping_listeners,
        impossible_returns,
        endless_publications,
        too_many_topics,
        many_lines,
        deep_json,
        long_numbers,
        endless_chunk_heads,
        not_quite_json,
        wrong_tokens,
    )
}


# The driver


@dataclasses.dataclass
class Outcome:
    count: int
    latest: float  # seconds, of the witness' pushes
    peak: int  # bytes


class Ordeal:
    """A server, its witness, and the attacks they go through."""

    def __init__(self, server, witness, seed, *, memory_matters):
        self._server = server
        self._witness = witness
        self._seed = seed
        self._memory_matters = memory_matters
        self._descriptors = server.descriptors()
        self._memory = server.resident_bytes()

    def undergo(self, name):
        """One attack, and all that must be true after it."""
        chance = random.Random(f"{self._seed} {name}")  # the same with --only and without
        with MemoryWatch(self._server) as watch:
            with Arena(self._server, self._descriptors, chance) as arena:
                count = ATTACKS[name](arena)
            latest = self._witness.testify()
            expect_descriptors(self._server, self._descriptors)
        if self._memory_matters:
            self._check_memory(watch)
        return Outcome(count, latest, watch.peak)

    def _check_memory(self, watch):
        grown = watch.peak - watch.before
        if grown > MOST_GROWTH:
            raise Failed(f"grew by {grown / MIB:.1f} MiB")
        history = self._server.metric("ws_demo_history_bytes")
        left = self._server.resident_bytes() - self._memory - history
        if left > MOST_LEFT:
            raise Failed(f"{left / MIB:.1f} MiB more are in use than at the start")


def run(program, options, names, seed, *, memory_matters):
    """What the server did not withstand."""
    failures = []
    environment = {"WS_DEMO_PUBLISH_TOKEN": TOKEN}
    with Server(program, *SERVER_OPTIONS, *options, environment=environment) as server, Witness(server.port, INTERVAL) as witness:
        ordeal = Ordeal(server, witness, seed, memory_matters=memory_matters)
        print(f"{'attack':22}{'count':>10}{'latest push':>14}{'peak memory':>14}")
        for name in names:
            try:
                outcome = ordeal.undergo(name)
            except (Failed, wire.WireError, EOFError, OSError) as error:
                failures.append(name)
                print(f"{name:22}{type(error).__name__}: {error}", flush=True)
                if server.process.poll() is not None:
                    break
            else:
                print(f"{name:22}{outcome.count:10}{outcome.latest * 1000:11.0f} ms"
                      f"{outcome.peak / MIB:10.1f} MiB", flush=True)
        try:
            expect_clean_stop(server)
        except Failed as error:
            failures.append("the stop")
            print(error)
    return failures


def parse_arguments():
    parser = argparse.ArgumentParser(description="Attacks a ws-demo in every way there is.")
    parser.add_argument("program", nargs="?", help="the path of ws-demo")
    parser.add_argument("--list", action="store_true", help="say what the attacks are, and exit")
    parser.add_argument("--only", action="append", choices=ATTACKS, metavar="NAME")
    parser.add_argument("--seed", type=int, default=secrets.randbits(32))
    parser.add_argument("--slow-peers", choices=("close", "drop-oldest"), default="close",
                        help="what the server does with them")
    parser.add_argument("--no-memory-check", action="store_true", help="for AddressSanitizer")
    arguments = parser.parse_args()
    if not arguments.program and not arguments.list:
        parser.error("which program?")
    return arguments


def main():
    arguments = parse_arguments()
    if arguments.list:
        for name, attack in ATTACKS.items():
            print(f"{name:22}{attack.__doc__}")
        return 0
    print(f"seed {arguments.seed}", flush=True)
    raise_descriptor_limit()
    try:
        failures = run(arguments.program, [f"--slow-peers={arguments.slow_peers}"],
                       arguments.only or ATTACKS, arguments.seed,
                       memory_matters=not arguments.no_memory_check)
    except (Failed, wire.WireError) as error:  # not even a witness can talk to it
        failures = [str(error)]
    if failures:
        print(f"FAILED: {', '.join(failures)}")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
