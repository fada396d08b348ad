"""Subscribers that lose their connections, come back, and note what they are sent; publishers that note
what was acknowledged; and the comparison of the two."""

import argparse
import asyncio
import base64
import contextlib
import dataclasses
import json
import os
import pathlib
import random

TOKEN = "torture"
TOPICS = ("a", "a.b", "a.c", "b", "c.d")
SUBSCRIPTIONS = (("*",), ("a",), ("a.*",), ("b", "c.*"), ("a.b", "a.c", "never"))
LOST = (OSError, EOFError, asyncio.IncompleteReadError, asyncio.LimitOverrunError)


def includes(pattern, topic):
    return pattern in ("*", topic) or (pattern.endswith(".*") and topic.startswith(pattern[:-1]))


def number_of(event_id):
    return int(event_id.partition(":")[2])


class Nodes:
    """The ports that clients may connect to. The test changes them."""

    def __init__(self, *ports):
        self.ports = list(ports)

    def any(self):
        return random.choice(self.ports)


@contextlib.asynccontextmanager
async def connection(port):
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        yield reader, writer
    finally:
        writer.transport.abort()


# Publishing


@dataclasses.dataclass
class Published:
    """What publishers know. An event whose answer was lost may have been stored or not."""
    acknowledged: dict = dataclasses.field(default_factory=dict)  # of key: topic
    unknown: dict = dataclasses.field(default_factory=dict)
    refused: dict = dataclasses.field(default_factory=dict)
    last_ids: list = dataclasses.field(default_factory=list)


async def post(port, lines, key):
    """@returns the status and the body of the answer."""
    body = "".join(json.dumps(line) + "\n" for line in lines).encode()
    field = f"Idempotency-Key: {key}\r\n" if key else ""
    async with connection(port) as (reader, writer):
        writer.write((f"POST /publish HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {TOKEN}\r\n"
                      f"Content-Type: application/x-ndjson\r\nContent-Length: {len(body)}\r\n{field}"
                      "Connection: close\r\n\r\n").encode() + body)
        answer = await reader.read()
    if not answer.startswith(b"HTTP/1.1 "):
        raise EOFError
    head, _, rest = answer.partition(b"\r\n\r\n")
    return int(head[9:12]), rest


async def publish(nodes, published, lines, key):
    """@returns acknowledged, refused, or unknown"""
    try:
        status, body = await asyncio.wait_for(post(nodes.any(), lines, key), 30)
    except ConnectionRefusedError:
        return "refused"
    except (*LOST, TimeoutError):
        return "unknown"
    if status == 200:
        published.last_ids.append(json.loads(body)["id"])
        return "acknowledged"
    if status == 503:
        return "refused"
    if status == 504:
        return "unknown"
    raise AssertionError(f"{status} {body}")


async def publish_some(nodes, published, name, chance, stop, pause, keyed=False):
    """@param keyed: what became of a publication that is unknown is found out by publishing it again"""
    count = 0
    while not stop.is_set():
        lines = []
        for _ in range(chance.choice((1, 1, 1, 5, 20))):
            count += 1
            lines.append({"topic": chance.choice(TOPICS), "payload": f"{name}-{count}"})
        keys = {line["payload"]: line["topic"] for line in lines}
        key = f"{name}-{count}" if keyed else None
        outcome = await publish(nodes, published, lines, key)
        if outcome == "unknown":
            for _ in range(100 if keyed else 0):
                await asyncio.sleep(0.2)
                if await publish(nodes, published, lines, key) == "acknowledged":
                    outcome = "acknowledged"
                    break
        getattr(published, outcome).update(keys)
        await asyncio.sleep(chance.random() * pause)


# Subscribing


class Subscriber:
    def __init__(self, nodes, chance):
        self._nodes = nodes
        self._chance = chance
        self.patterns = chance.choice(SUBSCRIPTIONS)
        self._stream = chance.random() < 0.5
        self.started_at = None  # number of its first position
        self.position = None
        self.received = []  # number and key of each event
        self.gaps = []
        self.connections = 0

    async def run(self, stop):
        while not stop.is_set():
            try:
                await self._connect(self._chance.expovariate(1 / 3))
            except (*LOST, TimeoutError):
                await asyncio.sleep(self._chance.random() * 0.2)

    async def catch_up(self, numbers):
        """Stays until all of these have come, or the position is behind them."""
        while self.position is None or number_of(self.position) < max(numbers):
            with contextlib.suppress(*LOST, TimeoutError):
                await self._connect(2)

    async def _connect(self, seconds):
        query = "?" + "&".join(f"topic={pattern}" for pattern in self.patterns)
        fields = ""
        if self._stream:
            if self.position:
                fields = f"Last-Event-ID: {self.position}\r\n"
            path = "/events" + query
        else:
            if self.position:
                query += f"&since={self.position}"
            path = "/ws" + query
            key = base64.b64encode(os.urandom(16)).decode()
            fields = ("Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
                      f"Sec-WebSocket-Key: {key}\r\n")
        async with connection(self._nodes.any()) as (reader, writer):
            writer.write(f"GET {path} HTTP/1.1\r\nHost: localhost\r\n{fields}\r\n".encode())
            async with asyncio.timeout(20):
                head = await reader.readuntil(b"\r\n\r\n")
            if not head.startswith((b"HTTP/1.1 101 ", b"HTTP/1.1 200 ")):
                raise EOFError
            self.connections += 1
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(seconds):
                    while True:
                        self._take(await (self._read_block(reader) if self._stream
                                          else self._read_frame(reader)))

    async def _read_block(self, reader):
        size = int(await reader.readuntil(b"\r\n"), 16)
        block = (await reader.readexactly(size + 2))[:size]
        if size == 0:
            raise EOFError
        data = [line[6:] for line in block.split(b"\n") if line.startswith(b"data: ")]
        return b"\n".join(data)

    async def _read_frame(self, reader):
        head = await reader.readexactly(2)
        size = head[1]
        if size == 126:
            size = int.from_bytes(await reader.readexactly(2))
        elif size == 127:
            size = int.from_bytes(await reader.readexactly(8))
        payload = await reader.readexactly(size)
        if head[0] & 0xf == 8:
            raise EOFError
        return payload if head[0] & 0xf == 1 else b""

    def _take(self, text):
        if not text:
            return
        event = json.loads(text)
        topic = event["topic"]
        if topic == "$gap":
            self.gaps.append(event)
        elif topic == "$closed":
            return
        elif not topic.startswith("$"):
            self.received.append((number_of(event["id"]), event["payload"]))
        self.position = event["id"]
        if self.started_at is None:
            self.started_at = number_of(self.position)

    def faults(self, published, numbers):
        """What is wrong with what it has received.

        @param numbers of each key that any subscriber has received
        """
        found = [f"gap {gap}" for gap in self.gaps]
        order = [number for number, _ in self.received]
        found += [f"{after} after {before}" for before, after in zip(order, order[1:]) if after <= before]
        keys = {key for _, key in self.received}
        for key, topic in published.acknowledged.items():
            if not any(includes(pattern, topic) for pattern in self.patterns) or key in keys:
                continue
            if key not in numbers:
                found.append(f"{key} was acknowledged, and nobody got it")
            elif numbers[key] > self.started_at:
                found.append(f"{key} was not received")
        found += [f"{key} was refused" for key in keys if key in published.refused]
        return found


def compare(subscribers, published):
    """@returns all that is wrong"""
    numbers = {}
    faults = []
    for subscriber in subscribers:
        for number, key in subscriber.received:
            if numbers.setdefault(key, number) != number:
                faults.append(f"{key} has the numbers {number} and {numbers[key]}")
    for subscriber in subscribers:
        faults += subscriber.faults(published, numbers)
    return faults


# What the tests share


def parse_arguments(description, *programs):
    parser = argparse.ArgumentParser(description=description)
    for program in programs:
        parser.add_argument(program, type=pathlib.Path)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(10**6))
    return parser.parse_args()


async def catch_up(subscribers, published):
    """Waits until all have what was published last."""
    newest = [number_of(event_id) for event_id in published.last_ids]
    await asyncio.wait_for(asyncio.gather(*(s.catch_up(newest) for s in subscribers)), 120)


def passed(subscribers, published, what):
    """Prints what came of it, and whether that is as it should be."""
    faults = compare(subscribers, published)
    print(f"{what} acknowledged={len(published.acknowledged)} "
          f"unknown={len(published.unknown)} refused={len(published.refused)} "
          f"received={sum(len(s.received) for s in subscribers)} "
          f"connections={sum(s.connections for s in subscribers)} faults={len(faults)}")
    for fault in faults[:20]:
        print(fault)
    assert len(published.acknowledged) > 0
    return not faults
