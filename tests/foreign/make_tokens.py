"""Makes a key set and a token of each algorithm with PyJWT and cryptography, and prints each token, with
the set, on a line of its own as {"jwks": TEXT, "token": TEXT}.
"""

import base64
import json
import secrets
import time

import jwt
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, ed448, rsa
from jwt.algorithms import HMACAlgorithm, OKPAlgorithm, RSAAlgorithm


def ec_jwk(key, curve, coordinate_bytes):
    """PyJWT makes none before 2.7."""
    numbers = key.public_key().public_numbers()
    x, y = (base64.urlsafe_b64encode(number.to_bytes(coordinate_bytes, "big")).rstrip(b"=").decode()
            for number in (numbers.x, numbers.y))
    return {"kty": "EC", "crv": curve, "x": x, "y": y}


def made_by(algorithm, key):
    """PyJWT's JWK of a key, which newer versions have as an object too."""
    return json.loads(algorithm.to_jwk(key))


def main():
    secret = secrets.token_hex(32)
    rsa_key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    ec_key = ec.generate_private_key(ec.SECP256R1())
    ed_key = ed25519.Ed25519PrivateKey.generate()
    signers = {"HS256": secret, "RS256": rsa_key, "ES256": ec_key, "EdDSA": ed_key}
    jwks = json.dumps({"keys": [
        {**made_by(HMACAlgorithm, secret), "kid": "HS256", "alg": "HS256"},
        {**made_by(RSAAlgorithm, rsa_key.public_key()), "kid": "RS256", "use": "sig"},
        {**ec_jwk(ec_key, "P-256", 32), "kid": "ES256", "use": "sig", "alg": "ES256"},
        {**made_by(OKPAlgorithm, ed_key.public_key()), "kid": "EdDSA"},
        # What is of no use to ws-demo.
        {**ec_jwk(ec.generate_private_key(ec.SECP384R1()), "P-384", 48), "kid": "ES384"},
        {**made_by(OKPAlgorithm, ed448.Ed448PrivateKey.generate().public_key()), "kid": "Ed448"},
    ]}, indent=2)
    now = int(time.time())
    claims = {"iss": "maker", "aud": ["other", "push"], "sub": "J\u00fcrgen", "iat": now, "nbf": now - 10,
              "exp": now + 3600, "subscribe": ["news.*", "chat"], "publish": ["chat"]}
    for algorithm, key in signers.items():
        token = jwt.encode(claims, key, algorithm=algorithm, headers={"kid": algorithm})
        print(json.dumps({"jwks": jwks, "token": token}))


main()
