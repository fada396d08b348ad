"""One server with its events in a file, which is killed again and again, with 200 subscribers that come
back:

    torture_file.py WS_DEMO [--seconds N] [--seed N]

Exit status: 0 if each of them received what was acknowledged, once, in order, and heard of no gap.
"""

import asyncio
import pathlib
import random
import signal
import socket
import tempfile

import clients

SUBSCRIBERS = 200
PUBLISHERS = 4


async def start(program, port, folder):
    """A server that is ready."""
    process = await asyncio.create_subprocess_exec(
        program, "--port", str(port), "--interval", "0", "--event-log", folder / "events.db",
        "--history", "1000000", "--log-level", "warn", env={"WS_DEMO_PUBLISH_TOKEN": clients.TOKEN})
    for _ in range(600):
        try:
            async with clients.connection(port):
                return process
        except OSError:
            if process.returncode is not None:
                raise AssertionError(f"it ended with {process.returncode}") from None
            await asyncio.sleep(0.05)
    raise AssertionError("it does not start")


def free_port():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return taken.getsockname()[1]


async def kill_and_restart(program, port, folder, seconds, chance):
    """@returns the server that runs at the end, and how many were killed"""
    loop = asyncio.get_running_loop()
    give_up = loop.time() + seconds
    kills = 0
    process = await start(program, port, folder)
    while loop.time() < give_up:
        await asyncio.sleep(chance.uniform(0.1, 2.5))
        process.send_signal(signal.SIGKILL)
        await process.wait()
        kills += 1
        process = await start(program, port, folder)
    return process, kills


async def torture(program, seconds, seed):
    chance = random.Random(seed)
    random.seed(seed)
    port = free_port()
    nodes = clients.Nodes(port)
    published = clients.Published()
    subscribers = [clients.Subscriber(nodes, random.Random(chance.random())) for _ in range(SUBSCRIBERS)]
    stop_publishing = asyncio.Event()
    stop_listening = asyncio.Event()
    with tempfile.TemporaryDirectory() as name:
        async with asyncio.TaskGroup() as group:
            listening = [group.create_task(s.run(stop_listening)) for s in subscribers]
            publishing = [
                group.create_task(clients.publish_some(nodes, published, f"p{i}", random.Random(seed * 10 + i),
                                                       stop_publishing, 0.3))
                for i in range(PUBLISHERS)]
            process, kills = await kill_and_restart(program, port, pathlib.Path(name), seconds, chance)
            try:
                stop_publishing.set()
                await asyncio.gather(*publishing)
                stop_listening.set()
                await asyncio.gather(*listening)
                await clients.catch_up(subscribers, published)
            finally:
                process.send_signal(signal.SIGTERM)
                ended = await process.wait()
    passed = clients.passed(subscribers, published, f"seed={seed} kills={kills}")
    assert ended == 0, ended
    assert kills > 0
    return passed


def main():
    arguments = clients.parse_arguments(__doc__, "program")
    return 0 if asyncio.run(torture(arguments.program, arguments.seconds, arguments.seed)) else 1


if __name__ == "__main__":
    raise SystemExit(main())
