"""Attacks with HTTP requests and handshakes, and with bytes that are neither."""

import contextlib
import socket
import time

from attacks.arena import (
    ATTACK_SECONDS, LARGE_FILE, connect, expect_status, for_a_while, read_all,
)
import wire


def pipelined_handshakes(arena):
    """fifty handshakes in one write"""
    for count in for_a_while():
        with connect(arena.port) as connection:
            connection.sendall(arena.request * 50)
            connection.shutdown(socket.SHUT_WR)
            expect_status(read_all(connection), 400)
    return count * 50


def pipelined_requests(arena):
    """a thousand requests in one write, whose answers are not read"""
    requests = f"GET / HTTP/1.1\r\nHost: 127.0.0.1:{arena.port}\r\n\r\n".encode() * 1000
    connections = [arena.connection() for _ in range(100)]
    for connection in connections:
        connection.setblocking(False)
        with contextlib.suppress(BlockingIOError):
            connection.send(requests)
    time.sleep(ATTACK_SECONDS)
    return len(connections)


def unread_answers(arena):
    """a hundred and fifty requests for a large file in one write, whose answers are not read"""
    requests = f"GET /{LARGE_FILE} HTTP/1.1\r\nHost: 127.0.0.1:{arena.port}\r\n\r\n".encode() * 150
    connections = [arena.connection() for _ in range(50)]
    for connection in connections:
        connection.sendall(requests)
    arena.expect_little_in_kernel()
    arena.expect_all_dropped()
    return len(connections)


def costly_heads(arena):
    """heads that take long to read: thousands of fields, and thousands of encodings"""
    head = f"GET / HTTP/1.1\r\nHost: 127.0.0.1:{arena.port}\r\n"
    kinds = ((head + "a:\r\n" * 7000 + "\r\n", 431),
             (head + "Accept-Encoding: " + "*," * 15_000 + "br\r\n\r\n", 200))
    asked = [(arena.connection(), *kinds[number % 2]) for number in range(arena.many(900))]
    for connection, request, _ in asked:
        connection.sendall(request.encode())
    for connection, _, status in asked:
        connection.shutdown(socket.SHUT_WR)
        expect_status(read_all(connection), status)
    return len(asked)


def oversized_heads(arena):
    """request heads of over 32 KiB"""
    for count in for_a_while():
        filler = b"x" * arena.chance.randrange(33 << 10, 256 << 10)
        with connect(arena.port) as connection:
            with contextlib.suppress(ConnectionError):  # the server need not read all of that
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


def scrapes(arena):
    """metrics, twenty requests in one write, by as many as there may be"""
    request = f"GET /metrics HTTP/1.1\r\nHost: 127.0.0.1:{arena.port}\r\n\r\n".encode()
    for _ in range(200):
        arena.peer()
    connections = [arena.connection() for _ in range(arena.many(750))]
    for connection in connections:
        connection.sendall(request * 20)
    for connection in connections:
        connection.shutdown(socket.SHUT_WR)
        expect_status(read_all(connection), 200)
    return len(connections) * 20
