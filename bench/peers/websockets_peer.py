"""What ws-demo does, with Python and websockets: two tasks a peer.

    websockets_peer.py PORT
"""

import asyncio
import json
import random
import resource
import sys

import websockets


async def push(peer):
    loop = asyncio.get_running_loop()
    due = loop.time()
    while True:
        payload = {"num": random.getrandbits(32), "message": "Hello, world!"}
        await peer.send(json.dumps({"topic": "random", "payload": payload}, separators=(",", ":")))
        due += 1
        await asyncio.sleep(due - loop.time())


async def serve(peer):
    pushes = asyncio.create_task(push(peer))
    try:
        async for message in peer:
            await peer.send(message)
    except websockets.ConnectionClosed:
        pass
    finally:
        pushes.cancel()


async def main():
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    async with websockets.serve(serve, "127.0.0.1", int(sys.argv[1]), backlog=4096, compression=None,
                                ping_interval=None):
        await asyncio.Future()


asyncio.run(main())
