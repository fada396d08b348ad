// Makes a key set and a token of each algorithm with npm's `jose`, and prints each token, with the set,
// on a line of its own as {"jwks": TEXT, "token": TEXT}.

"use strict";
const jose = require("jose");

const jwkOf = async (key, kid, more) => ({ ...(await jose.exportJWK(key)), kid, ...more });

async function main() {
  const signers = { HS256: await jose.generateSecret("HS256", { extractable: true }) };
  const keys = [await jwkOf(signers.HS256, "HS256", { alg: "HS256", key_ops: ["sign", "verify"] })];
  for (const alg of ["RS256", "ES256", "EdDSA"]) {
    const { publicKey, privateKey } = await jose.generateKeyPair(alg, { extractable: true });
    signers[alg] = privateKey;
    keys.push(await jwkOf(publicKey, alg, { alg, use: "sig" }));
  }
  // What is of no use to ws-demo.
  const { publicKey } = await jose.generateKeyPair("ES384", { extractable: true });
  keys.push(await jwkOf(publicKey, "ES384", {}));
  keys.push(await jwkOf(publicKey, "encryption", { use: "enc" }));

  const jwks = JSON.stringify({ keys });
  for (const [alg, key] of Object.entries(signers)) {
    const token = await new jose.SignJWT({ subscribe: ["news.*", "chat"], publish: ["chat"] })
      .setProtectedHeader({ typ: "JWT", alg, kid: alg })
      .setIssuer("maker")
      .setAudience("push")
      .setSubject("Jürgen")
      .setIssuedAt()
      .setNotBefore(Math.floor(Date.now() / 1000) - 10)
      .setExpirationTime("1h")
      .sign(key);
    console.log(JSON.stringify({ jwks, token }));
  }
}

main().catch((error) => {
  console.error(error);
  process.exitCode = 1;
});
