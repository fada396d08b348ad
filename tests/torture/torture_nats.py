"""Two servers with their events in NATS JetStream, on three NATS servers. Any of the five is killed, or
stopped for a while, again and again, with 200 subscribers that go from one node to the other:

    torture_nats.py WS_DEMO NATS_SERVER [--seconds N] [--seed N]

Exit status: 0 if each of them received what was acknowledged, once, in order, and heard of no gap.
"""

import asyncio
import pathlib
import random
import signal
import tempfile

import clients
import cluster

SUBSCRIBERS = 200
PUBLISHERS = 4


async def hurt(everything, chance):
    """Does something to one of the processes, and waits until it runs again."""
    victim = chance.choice(everything)
    what = chance.choice(("kill", "kill", "stop", "end"))
    seconds = chance.uniform(0.1, 4)
    if what == "stop":
        victim.signal(signal.SIGSTOP)
        await asyncio.sleep(seconds)
        victim.signal(signal.SIGCONT)
    else:
        await victim.end(signal.SIGKILL if what == "kill" else signal.SIGTERM)
        await asyncio.sleep(chance.uniform(0, 2))
        await victim.start()
    return f"{victim.name} {what}"


async def hurt_for(everything, seconds, chance):
    loop = asyncio.get_running_loop()
    give_up = loop.time() + seconds
    done = []
    while loop.time() < give_up:
        done.append(await hurt(everything, chance))
        await asyncio.sleep(chance.uniform(0, 3))
    return done


async def torture(program, nats_server, seconds, seed):
    chance = random.Random(seed)
    random.seed(seed)
    published = clients.Published()
    stop_publishing = asyncio.Event()
    stop_listening = asyncio.Event()
    with tempfile.TemporaryDirectory() as name:
        servers = cluster.nats_servers(nats_server, pathlib.Path(name))
        nodes = [cluster.ws_demo(program, f"node-{i}", servers, 3) for i in range(2)]
        ports = clients.Nodes(*(node.port for node in nodes))
        subscribers = [clients.Subscriber(ports, random.Random(chance.random())) for _ in range(SUBSCRIBERS)]
        try:
            for process in servers + nodes:
                await process.start()
            for node in nodes:
                await cluster.wait_until_ready(node)
            async with asyncio.TaskGroup() as group:
                listening = [group.create_task(s.run(stop_listening)) for s in subscribers]
                publishing = [group.create_task(clients.publish_some(
                    ports, published, f"p{i}", random.Random(seed * 10 + i), stop_publishing, 0.3, keyed=True))
                    for i in range(PUBLISHERS)]
                done = await hurt_for(servers + nodes, seconds, chance)
                stop_publishing.set()
                await asyncio.gather(*publishing)
                stop_listening.set()
                await asyncio.gather(*listening)
                for node in nodes:
                    await cluster.wait_until_ready(node)
                await clients.catch_up(subscribers, published)
            ended = [await node.end(signal.SIGTERM) for node in nodes]
        finally:
            for process in servers + nodes:
                if process.runs():
                    await process.end(signal.SIGKILL)
    passed = clients.passed(subscribers, published, f"seed={seed} hurt={len(done)}")
    assert ended == [0, 0], ended
    assert done
    return passed


def main():
    arguments = clients.parse_arguments(__doc__, "program", "nats_server")
    passed = asyncio.run(torture(arguments.program, arguments.nats_server, arguments.seconds, arguments.seed))
    return 0 if passed else 1


if __name__ == "__main__":
    raise SystemExit(main())
