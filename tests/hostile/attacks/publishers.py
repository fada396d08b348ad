"""Attacks with requests to publish. They know the token: without it, nothing of the body is read."""

import contextlib
import itertools
import socket
import time

from attacks.arena import (
    ATTACK_SECONDS, HANDSHAKE_TIMEOUT, TOKEN, Flooder, connect, expect_status, for_a_while,
    read_all,
)
from checks import Failed


def publication(arena, path, body, *, token=TOKEN):
    """A complete request to publish."""
    kind = "x-ndjson" if path == "/publish" else "json"
    return (f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1:{arena.port}\r\nAuthorization: Bearer {token}\r\n"
            f"Content-Type: application/{kind}\r\nContent-Length: {len(body)}\r\n\r\n").encode() + body


def publish(arena, path, body, status=200):
    with connect(arena.port) as connection:
        connection.sendall(publication(arena, path, body))
        connection.shutdown(socket.SHUT_WR)
        expect_status(read_all(connection), status)


def endless_publications(arena):
    """bodies that come slowly, bodies that never come, and chunks without an end"""
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
    arena.expect_all_dropped()
    return len(connections)


def too_many_topics(arena):
    """bulk requests with new topics only"""
    for count in for_a_while():
        name = arena.chance.randrange(1 << 60)
        lines = b"".join(b'{"topic":"%x.%d","payload":0}\n' % (name, i) for i in range(50_000))
        publish(arena, "/publish", lines, 507)
    return count * 50_000


def many_lines(arena):
    """requests with as many lines, or empty lines, as they may have"""
    for count in for_a_while():
        publish(arena, "/publish", b"\n" * ((4 << 20) - 40) + b'{"topic":"a","payload":0}')
        publish(arena, "/publish", b'{"topic":"a","payload":0}\n' * 150_000 + b"nonsense", 400)
    return count * 4_000_000


def many_bulks(arena):
    """bulk requests by many, all complete at the same time"""
    whole = publication(arena, "/publish", b'{"topic":"bulk","payload":1}\n' * 1200)
    connections = [arena.connection() for _ in range(arena.many(300))]
    for connection in connections:
        connection.sendall(whole[:-1])
    for connection in connections:
        connection.sendall(whole[-1:])
    for connection in connections:
        expect_status(connection.recv(4096), 200)
    return len(connections)


def deep_json(arena):
    """payloads of deeply nested brackets"""
    for count in for_a_while():
        publish(arena, "/topics/deep", b"[" * 30_000 + b"]" * 30_000)
        publish(arena, "/topics/deep", b'{"a":' * 10_000, 400)
        publish(arena, "/publish", b'{"topic":"a","payload":' + b"[" * (2 << 20), 400)
    return count


def long_numbers(arena):
    """numbers of 64 KiB that are invalid at their last character"""
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


def not_quite_json(arena):
    """payloads and lines that are nearly JSON"""
    payloads = (b"[1.-2]", b"1e+-5", b"1e--5", b"\xef\xbb\xbf{}", b"1\0", b"{}\0\"x", b"[1,2]\0garbage")
    for count in for_a_while():
        publish(arena, "/topics/a", arena.chance.choice(payloads), 400)
        tail = arena.chance.choice((b'"', b"[[[[[", b"x")) + b"y" * arena.chance.randrange(4000)
        publish(arena, "/publish", b'{"topic":"a","payload":1}\0' + tail, 400)
    return count


def wrong_tokens(arena):
    """guesses of the token, as many as one connection accepts"""
    guesses = b"".join(publication(arena, "/topics/a", b"", token=f"{i:032x}") for i in range(99))
    for count in for_a_while():
        with connect(arena.port) as connection:
            connection.sendall(guesses)
            connection.shutdown(socket.SHUT_WR)
            answers = read_all(connection)
        if answers.count(b"HTTP/1.1 401 ") != 99:
            raise Failed(f"not all are answered with 401: {answers[-300:]!r}")
    return count * 99
