"""Publishes many events with curl, subscribes with Python's `websockets`, disconnects, and recovers the
events that it missed:

    recover.py PORT TOKEN

Exit status: 0 if every event came as expected.
"""

import asyncio
import json
import subprocess
import sys

import websockets

PORT, TOKEN = sys.argv[1:]


def publish(lines):
    """Returns the id of the last event."""
    done = subprocess.run(
        ["curl", "-sS", "--fail-with-body", f"http://127.0.0.1:{PORT}/publish",
         "-H", f"Authorization: Bearer {TOKEN}", "-H", "Content-Type: application/x-ndjson",
         "--data-binary", "@-"],
        input=lines, stdout=subprocess.PIPE, text=True, check=True)
    return json.loads(done.stdout)["id"]


def lines(topic, numbers):
    return "".join(json.dumps({"topic": topic, "payload": number}) + "\n" for number in numbers)


async def expect_own(socket, topic, payload):
    """The next event is the server's own. Returns the position that it tells."""
    event = json.loads(await socket.recv())
    assert event["topic"] == topic and event["payload"] == payload, event
    return event["id"]


async def main():
    address = f"ws://127.0.0.1:{PORT}/ws?topic=count"
    async with websockets.connect(address) as socket:
        before = await expect_own(socket, "$position", {})
        id_of_last = publish(lines("count", range(100)))
        events = [json.loads(await socket.recv()) for _ in range(100)]
        assert [event["payload"] for event in events] == list(range(100)), events
        assert events[-1]["id"] == id_of_last, events[-1]

    publish(lines("count", range(100, 300)))
    async with websockets.connect(f"{address}&since={before}") as socket:
        assert await expect_own(socket, "$position", {}) == before
        for expected in range(100):
            event = json.loads(await socket.recv())
            assert event["payload"] == expected, event

    async with websockets.connect(f"{address}&since={id_of_last}") as socket:
        assert await expect_own(socket, "$position", {}) == id_of_last
        for expected in range(100, 300):
            event = json.loads(await socket.recv())
            assert event["payload"] == expected, event
        assert await expect_own(socket, "$recovered", {"count": 200}) == event["id"]

    async with websockets.connect(f"{address}&last=2") as socket:
        await expect_own(socket, "$position", {})
        newest = [json.loads(await socket.recv())["payload"] for _ in range(2)]
        assert newest == [298, 299], newest


asyncio.run(asyncio.wait_for(main(), 30))
