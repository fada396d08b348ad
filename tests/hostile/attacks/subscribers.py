"""Attacks by subscribers to topics, over WebSocket and over Server-Sent Events."""

import contextlib
import socket
import time

from attacks.arena import (
    ATTACK_SECONDS, MAX_PEERS, PEERS_OF_OTHERS, SMALL_BUFFER, Flooder, connect, expect_status, flood,
    for_a_while, reset,
)
from attacks.publishers import publish
from checks import Failed
import wire


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
    arena.expect_all_dropped()
    return 100


def chatty_listeners(arena):
    """subscribers over Server-Sent Events that keep sending"""
    flooders = [Flooder(listen(arena, "/events?topic=none"), b"x" * 65536) for _ in range(20)]
    end = time.monotonic() + ATTACK_SECONDS
    while time.monotonic() < end:
        for flooder in flooders:
            flooder.write()
    return sum(flooder.bursts for flooder in flooders)


def fleeting_listeners(arena):
    """subscribers over Server-Sent Events that leave at once, half of them with a reset"""
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
    """subscribers that ask for the whole history again and again, and do not read it"""
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
    """positions in Last-Event-ID that are unknown or malformed"""
    malformed = (":", ":1", "x", "x:", "x:-1", "x:1e9", "x:18446744073709551616", "x" * 33 + ":1")
    unknown = ("x:1", "00000000:0", "x:18446744073709551615", "<script>:1", "\xff:1", "x" * 32 + ":1")
    for count in for_a_while():
        position = arena.chance.choice(malformed + unknown)
        target = arena.chance.choice(("/events?topic=a", "/events?topic=*&last=5", "/events?topic=a&since=y:7"))
        with connect(arena.port) as connection:
            connection.sendall(f"GET {target} HTTP/1.1\r\nHost: 127.0.0.1:{arena.port}\r\n"
                               f"Last-Event-ID: {position}\r\n\r\n".encode("latin-1"))
            expect_status(connection.recv(4096), 200 if position in unknown else 400)
    return count


def stalled_returners(arena):
    """replays with many patterns that nobody reads, while events grow too old"""
    lines = [b'{"topic":"past","payload":"%s"}\n' % (b"x" * 3000) for _ in range(300)]
    lines += [b'{"topic":"new.%d","payload":0}\n' % (i % 10) for i in range(9000)]
    publish(arena, "/publish", b"".join(lines))
    patterns = "&".join(f"topic=none.{i}.*" for i in range(63))
    for _ in range(400):
        listen(arena, f"/events?{patterns}&topic=past&since=0:1", receive_buffer=SMALL_BUFFER)
    arena.expect_history_to_grow_old()
    return 400


def reset_crowd(arena):
    """as many subscribers as there may be that read nothing, and all reset while their queues are full"""
    count = MAX_PEERS - PEERS_OF_OTHERS
    peers = [arena.peer(target="/?topic=flood", receive_buffer=SMALL_BUFFER) for _ in range(count)]
    publish(arena, "/publish", b'{"topic":"flood","payload":1}\n' * 2200)
    for peer in peers:
        peer.reset()
    return count


def slow_crowd(arena):
    """as many subscribers as there may be that read nothing, and one message too many for all"""
    count = MAX_PEERS - PEERS_OF_OTHERS
    for _ in range(count):
        arena.peer(target="/?topic=flood", receive_buffer=SMALL_BUFFER)
    publish(arena, "/publish", b'{"topic":"flood","payload":1}\n' * 20_000)
    arena.expect_all_dropped()
    return count
