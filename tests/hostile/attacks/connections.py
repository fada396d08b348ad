"""Attacks by peers that connect, end or stay silent in unusual ways."""

import contextlib
import socket
import time

from attacks.arena import (
    HANDSHAKE_TIMEOUT, MAX_CONNECTIONS, MAX_PEERS, SMALL_BUFFER, connect, expect_status, for_a_while,
    read_all, reset, stop_answering,
)
from checks import Failed
import wire

MOST_WAIT = 2  # seconds that a handshake may take; an idle connection is kept for 15


def vanish(arena):
    """peers that stop answering without FIN or RST, half of them before they send a request"""
    peers = [arena.peer(receive_buffer=SMALL_BUFFER) for _ in range(50)]
    connections = [peer.socket for peer in peers] + [arena.connection() for _ in range(50)]
    try:
        for connection in connections:
            stop_answering(connection)
    except PermissionError:
        print("vanish: without CAP_NET_ADMIN these peers only stop reading", flush=True)
    arena.expect_all_dropped()
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
    """requests that come a byte at a time and never end"""
    connections = [arena.connection() for _ in range(200)]
    deadline = time.monotonic() + HANDSHAKE_TIMEOUT + 5
    with contextlib.suppress(ConnectionError):
        for byte in arena.request[:-1]:
            for connection in connections:
                connection.sendall(bytes([byte]))
            time.sleep(0.1)
            if time.monotonic() > deadline:
                raise Failed("the server still reads after the handshake's deadline")
    arena.expect_all_dropped()
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


def silent_unread(arena):
    """peers that send nothing and never read a push"""
    peers = [arena.peer(receive_buffer=SMALL_BUFFER) for _ in range(200)]
    arena.expect_all_dropped()
    return len(peers)


def idle(arena):
    """connections beyond --max-connections, half of which ask once, and then say nothing"""
    request = f"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1:{arena.port}\r\n\r\n".encode()
    count = 3 * MAX_CONNECTIONS
    slowest = 0.0
    for number in range(count):
        connection = arena.connection()
        if number % 2:
            connection.sendall(request)
            expect_status(connection.recv(4096), 200)
        if number % 100 == 0:
            began = time.monotonic()
            wire.Peer(arena.port).reset()
            slowest = max(slowest, time.monotonic() - began)
    if slowest > MOST_WAIT:
        raise Failed(f"a peer waited {slowest:.1f} s for its handshake")
    closed = arena.metric("ws_demo_idle_closed_total")
    if closed < count - MAX_CONNECTIONS:
        raise Failed(f"only {closed:.0f} were closed to make room")
    return count


def too_many(arena):
    """peers beyond --max-peers"""
    for _ in range(MAX_PEERS - 2):  # the witness is two of them
        arena.peer()
    for count in for_a_while():
        with connect(arena.port) as connection:
            connection.sendall(arena.request)
            connection.shutdown(socket.SHUT_WR)
            answer = read_all(connection)
        expect_status(answer, 503)
        if b"\r\nRetry-After: " not in answer:
            raise Failed(f"no Retry-After: {answer!r}")
    return count
