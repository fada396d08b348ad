"""Attacks with signed tokens, sent to publish: to listen, the server that is attacked asks for none."""

import base64
import hashlib
import hmac
import json
import socket
import time

from attacks.arena import connect, for_a_while, read_all
from attacks.publishers import publication
from checks import Failed

SECRET = b"of the attacked server, and known"
# RFC 7515 appendices A.3.1 and A.2.1.
EC_KEY = {"kty": "EC", "crv": "P-256", "kid": "ec",
          "x": "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",
          "y": "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"}
RSA_MODULUS = ("ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxHmfHQp-Vaw-4qPCJrcS2mJPMEzP1Pt0B"
               "m4d4QlL-yRT-SFd2lZS-pCgNMsD1W_YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb_7OMg0LOL-bSf63kpaSHSXndS5z5re"
               "xMdbBYUsLA9e-KXBdQOS-UTo7WTBEMa2R2CapHg665xsmtdVMTBQY4uDZlxvb3qCo5ZwKh9kG4LT6_I5IhlJH7aGhyxXFv"
               "UK-DWNmoudF8NAco9_h9iaGNj8q2ethFkMLs91kzk2PAcDTW9gb54h4FRWyuXpoQ")
KEYS = {"keys": [
    {"kty": "oct", "kid": "hs", "k": base64.urlsafe_b64encode(SECRET).decode().rstrip("=")},
    {"kty": "RSA", "kid": "rsa", "n": RSA_MODULUS, "e": "AQAB"},
    EC_KEY,
]}


def _coded(part):
    raw = part if isinstance(part, bytes) else json.dumps(part).encode()
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def _decoded(text):
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def _signed(header, claims, secret=SECRET):
    text = f"{_coded(header)}.{_coded(claims)}"
    return f"{text}.{_coded(hmac.digest(secret, text.encode(), hashlib.sha256))}"


def _hostile_tokens():
    """None of them may be taken."""
    header = {"alg": "HS256", "kid": "hs"}
    claims = {"exp": time.time() + 3600, "publish": ["*"]}
    good = _signed(header, claims)
    nested = b'{"exp":9000000000,"publish":["*"],"x":' + b"[" * 1000 + b"]" * 1000 + b"}"
    doubled = b'{"exp":1,"publish":["*"],"exp":9000000000}'
    yield from (good[:length] for length in range(1, len(good), 7))
    yield from (good + end for end in (".", "A", "=", ".x"))
    yield good + "A" * (4097 - len(good))
    yield _signed(header, nested)
    yield _signed(b'{"x":[' + b"{}," * 900 + b"1]}", claims)
    yield _signed(header, b'{"exp":9000000000,"publish":["*"],"x":[' + b"{}," * 900 + b"1]}")
    yield _signed(header, doubled)
    yield _signed(b'{"alg":"HS256","kid":"hs","kid":"hs"}', claims)
    yield _signed({**header, "crit": ["exp"]}, claims)
    yield _signed(header, {**claims, "exp": time.time() - 3600})
    yield _signed(header, {"publish": ["*"]})
    yield from (f"{_coded({'alg': none, 'kid': 'hs'})}.{_coded(claims)}." for none in ("none", "None", ""))
    # The public key as a secret, in each form that there is of it.
    for secret in (RSA_MODULUS.encode(), _decoded(RSA_MODULUS), json.dumps(KEYS["keys"][1]).encode()):
        yield _signed({"alg": "HS256", "kid": "rsa"}, claims, secret)
        yield _signed({"alg": "RS256", "kid": "rsa"}, claims, secret)


def _expect_401(arena, requests, count):
    with connect(arena.port) as connection:
        connection.sendall(requests)
        connection.shutdown(socket.SHUT_WR)
        answers = read_all(connection)
    if answers.count(b"HTTP/1.1 401 ") != count:
        raise Failed(f"not all are answered with 401: {answers[-300:]!r}")


def hostile_tokens(arena):
    """tokens that are cut, too long, nested, ambiguous, expired, unsigned, or of another algorithm"""
    tokens = list(_hostile_tokens())
    for i in range(0, len(tokens), 99):
        some = tokens[i:i + 99]
        _expect_401(arena, b"".join(publication(arena, "/topics/a", b"", token=t) for t in some), len(some))
    return len(tokens)


def forged_signatures(arena):
    """tokens whose signatures take long to find wrong, from many connections at once"""
    text = f"{_coded({'alg': 'ES256', 'kid': 'ec'})}.{_coded({'exp': 9000000000, 'publish': ['*']})}"
    requests = b"".join(
        publication(arena, "/topics/a", b"", token=f"{text}.{_coded(arena.chance.randbytes(64))}")
        for _ in range(99))
    total = 0
    for _ in for_a_while():
        attackers = [connect(arena.port) for _ in range(20)]
        for attacker in attackers:
            attacker.sendall(requests)
            attacker.shutdown(socket.SHUT_WR)
        for attacker in attackers:
            with attacker:
                refused = read_all(attacker).count(b"HTTP/1.1 401 ")
            if refused != 99:
                raise Failed(f"only {refused} are answered with 401")
            total += refused
    return total
