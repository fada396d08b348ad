"""What a proxy in front of ws-demo must do: each function tries one thing on a Stage."""

import http.client
import os
import re
import signal
import time
import zlib

from proxies import HOST, OWN, Caddy, Nginx, expect, get, wait_until
import wire

MANY = 1000


def is_ready(server):
    return get(server.connect(), "/readyz", "localhost") == 200


def count_opened(server):
    return server.logged("peer opened")


def try_events_and_echoes(stage):
    proxy = stage.up("--interval", "100ms")
    with proxy.peer() as peer:
        start = time.monotonic()
        for _ in range(6):
            expect(peer.read_message().payload.startswith(b'{"topic":"random"'), "no event")
        lasted = time.monotonic() - start
        expect(0.2 < lasted < 10, f"six events, 100 ms apart, took {lasted:.2f} s")
        for opcode, payload in ((wire.TEXT, b"hello"), (wire.BINARY, os.urandom(300_000))):
            peer.send(opcode, payload)
            while (frame := peer.read_message()).payload.startswith(b'{"topic"'):
                pass
            expect((frame.opcode, frame.payload) == (opcode, payload), "not the echo")


def try_an_event_stream(stage):
    proxy = stage.up("--interval", "200ms")
    with proxy.connect() as connection:
        start = time.monotonic()
        connection.sendall(f"GET /events HTTP/1.1\r\nHost: {HOST}\r\n\r\n".encode())
        received = b""
        while received.count(b'data: {"topic":"random"') < 4:
            received += connection.recv(65536)
        lasted = time.monotonic() - start
        expect(received.startswith(b"HTTP/1.1 200 "), f"{received[:100]}")
        # A proxy that buffers would hold the events back until some KiB of them have come.
        expect(0.2 < lasted < 10, f"four events, 200 ms apart, took {lasted:.2f} s: held back?")


def try_a_compressed_event_stream(stage):
    proxy = stage.up("--interval", "200ms", changes={
        Nginx: {" send_timeout 10s;": " send_timeout 10s; gzip on; gzip_min_length 0;"
                                      " gzip_types text/event-stream;"},
        Caddy: {"\treverse_proxy ": "\tencode gzip\n\treverse_proxy "}})
    with proxy.connect() as connection:
        start = time.monotonic()
        connection.sendall(f"GET /events HTTP/1.1\r\nHost: {HOST}\r\nAccept-Encoding: gzip\r\n\r\n"
                           .encode())
        answer = http.client.HTTPResponse(connection)
        answer.begin()
        is_compressed = answer.getheader("Content-Encoding") == "gzip"
        decoder = zlib.decompressobj(zlib.MAX_WBITS | 16)
        received = b""
        while received.count(b'data: {"topic":"random"') < 5:
            data = answer.read1(65536)
            expect(data, "the stream ended")
            received += decoder.decompress(data) if is_compressed else data
        lasted = time.monotonic() - start
        expect(0.4 < lasted < 10, f"five events, 200 ms apart, took {lasted:.2f} s: held back?")


def retry_of_event_source(proxy):
    """When an EventSource is told to come back, in milliseconds."""
    with proxy.connect() as connection:
        connection.sendall(f"GET /events HTTP/1.1\r\nHost: {HOST}\r\nAccept: text/event-stream\r\n\r\n"
                           .encode())
        answer = http.client.HTTPResponse(connection)
        answer.begin()
        expect(answer.status == 200, f"{answer.status} ends an EventSource for good")
        expect(answer.getheader("Content-Type") == "text/event-stream", f"{answer.headers}")
        first = answer.readline().decode()
        expect(first.startswith("retry: "), f"begins with {first!r}")
        return int(first.removeprefix("retry: "))


def try_an_event_source_that_must_wait(stage):
    def expect_wait():
        waits = {retry_of_event_source(proxy) for _ in range(20)}
        expect(all(3000 <= wait <= 9000 for wait in waits) and len(waits) > 10, f"{waits}")

    proxy = stage.up("--max-peers", "1", count=2,
                     changes={Caddy: {"health_interval 1s": "health_interval 100ms"}})
    with proxy.peer(), proxy.peer():
        expect_wait()  # both are full
    wait_until(lambda: all(is_ready(server) for server in stage.servers), "they take peers again")
    wait_until(lambda: get(proxy.connect(), "/healthz", HOST) == 200, "the proxy sees that")
    with proxy.peer():  # one is full: where the proxy can see that, the other one takes the client
        if issubclass(stage.proxy, Caddy):
            proxy.wait_until_seen_unready(next(s for s in stage.servers if not is_ready(s)))
        wait = retry_of_event_source(proxy)
        expect(wait <= 3000, f"refused, with a retry of {wait} ms, by the one that is full")
    for server in stage.servers:
        server.process.kill()
        server.process.wait()
    expect_wait()  # none runs


def try_who_may_connect(stage):
    proxy = stage.up()
    expect(proxy.refusal(fields=[OWN]) is None, "the page itself may not connect")
    expect(proxy.refusal(fields=[]) is None, "a program may not connect")
    expect(proxy.refusal(fields=[("Origin", "https://evil.example")]) == 403, "a foreign page may")
    expect(proxy.refusal(fields=[("Origin", f"https://{HOST}:8443")]) == 403,
           "a page of another port may")
    expect(proxy.refusal(host=f"{HOST}:8443", fields=[("Origin", f"https://{HOST}:8443")]) is None,
           "the page itself, on another port, may not connect")


def try_who_the_client_is(stage):
    # The proxy is at 127.0.0.1, or has no address; other addresses of loopback are clients'.
    seen_as = stage.proxy.seen_as
    proxy = stage.up("--trusted-proxy", seen_as, "--max-peers-per-address", "1")
    server = stage.servers[0]
    via = re.escape(seen_as.removesuffix(":")) + r":\d+"
    forged = [("X-Forwarded-For", "127.0.0.9"), ("Forwarded", "for=127.0.0.9")]

    def expect_opened(client, path):
        line = rf"peer opened peer={client} via={via} path={path}$"
        wait_until(lambda: any(re.search(line, entry) for entry in server.log), f"{line}: {server.log}")

    with proxy.peer(source="127.0.0.2"), proxy.peer(source="127.0.0.3", fields=[OWN, *forged]):
        expect_opened("127.0.0.2", "/ws")
        expect_opened("127.0.0.3", "/ws")
        for fields in ([], forged[:1], forged[1:], forged):
            status = proxy.refusal(source="127.0.0.2", fields=[OWN, *fields])
            expect(status == 429, f"a second peer with {fields}: {status}")
        with proxy.connect(source="127.0.0.4") as connection:
            fields = "".join(f"{name}: {value}\r\n" for name, value in forged)
            connection.sendall(f"GET /events HTTP/1.1\r\nHost: {HOST}\r\n{fields}\r\n".encode())
            expect_opened("127.0.0.4", "/events")


def try_what_is_public(stage):
    proxy = stage.up()
    for target in ("/", "/healthz"):
        expect(get(proxy.connect(), target, HOST) == 200, target)
    for target in ("/metrics", "/metrics?x", "/metrics#x", "/metrics/", "/METRICS", "//metrics",
                   "/%6detrics", "/./metrics", "/x/../metrics", f"http://{HOST}/metrics",
                   "/publish", "/publish?x", "//publish", "/topics/prices", "/topics%2fprices"):
        status = get(proxy.connect(), target, HOST)
        expect(status in (400, 404), f"{target}: {status}")


def try_silence(stage):
    # Only pings are sent, one each second. The proxy's time-out is shorter than two of them.
    proxy = stage.up("--interval", "0", "--idle-timeout", "2s",
                     changes={Nginx: {"proxy_read_timeout 60s;": "proxy_read_timeout 1800ms;"}})
    with proxy.peer() as alive, proxy.peer() as dead:
        end = time.monotonic() + 3.5
        pings = 0
        while time.monotonic() < end:
            frame = alive.read_frame()
            expect(frame.opcode == wire.PING, f"opcode {frame.opcode}")
            alive.send(wire.PONG, frame.payload)
            pings += 1
        expect(2 <= pings <= 5, f"{pings} pings")
        wait_until(lambda: any("nothing came back" in line for line in stage.servers[0].log),
                   "the client that answers no ping is dropped")
        dead.read_frame()
        expect(dead.at_end(), "the proxy keeps the client that was dropped")


def try_a_client_that_does_not_read(stage):
    # nginx has a time-out for this, and Caddy has none, so behind Caddy it is ws-demo's. Over a Unix-domain
    # socket that is 12 s more.
    proxy = stage.up("--interval", "0", "--write-timeout", "60s" if issubclass(stage.proxy, Nginx) else "1s",
                     changes={Nginx: {" send_timeout 10s;": " send_timeout 1s;"}})
    with proxy.peer(receive_buffer=4096) as peer:
        peer.socket.settimeout(1)
        sent = 0
        try:
            while True:
                peer.send(wire.BINARY, bytes(1 << 16))
                sent += 1
                expect(sent < 2000, "nothing holds up a client that does not read")
        except OSError:  # the buffers on the way are full
            pass
        wait_until(lambda: any(" peer closed " in line for line in stage.servers[0].log),
                   "it is dropped")


def try_two_and_stop_one(stage):
    proxy = stage.up("--interval", "0", "--drain-spread", "1s", "--shutdown-timeout", "3s", count=2,
                     changes={Caddy: {"health_interval 1s": "health_interval 100ms"}})
    first, second = stage.servers
    peers = [proxy.peer() for _ in range(6)]
    wait_until(lambda: count_opened(first) + count_opened(second) == 6, "all are there")
    expect(count_opened(first) == 3, f"{count_opened(first)} of 6 went to the first")
    first.process.send_signal(signal.SIGTERM)
    wait_until(lambda: not is_ready(first), "the first drains")
    if issubclass(stage.proxy, Caddy):
        proxy.wait_until_seen_unready(first)
    peers += [proxy.peer() for _ in range(10)]
    expect(first.process.poll() is None, "the first has gone too early for this trial")
    wait_until(lambda: first.process.poll() is not None, "the first has drained")
    expect(first.process.returncode == 0, f"exit status {first.process.returncode}")
    peers += [proxy.peer() for _ in range(4)]
    wait_until(lambda: count_opened(second) == 17, f"of 17 there are {count_opened(second)}")
    second.process.send_signal(signal.SIGTERM)
    codes = [peer.read_close_code() for peer in peers]
    expect(codes == [1001] * 20, f"close codes {codes}")
    for peer in peers:
        peer.socket.close()


def try_both_are_full(stage):
    proxy = stage.up("--max-peers", "1", count=2,
                     changes={Caddy: {"health_interval 1s": "health_interval 100ms"}})
    with proxy.peer(), proxy.peer():
        statuses = [proxy.refusal() for _ in range(4)]
        expect(statuses == [503] * 4, f"not always 503: {statuses}")
    wait_until(lambda: proxy.refusal() is None, "they take peers again")


def try_many(stage):
    proxy = stage.up("--interval", "10s", "--drain-spread", "1s",
                     changes={Nginx: {"ws_demo_address 100;": f"ws_demo_address {MANY};"}})
    peers = [proxy.peer() for _ in range(MANY)]
    for peer in peers:
        expect(peer.read_message().opcode == wire.TEXT, "no event")
    if issubclass(stage.proxy, Nginx):
        expect(proxy.refusal() == 429, "one over limit_conn")
    start = time.monotonic()
    stage.servers[0].process.send_signal(signal.SIGTERM)
    times = []
    for peer in peers:
        expect(peer.read_close_code() == 1001, "not 1001")
        times.append(time.monotonic() - start)
        peer.send(wire.CLOSE, wire.close_payload(1001))
        peer.socket.close()
    expect(stage.servers[0].process.wait(wire.PATIENCE) == 0, "exit status")
    expect(times[-1] - times[0] > 0.5, f"closes from {times[0]:.2f} to {times[-1]:.2f}, not spread")
