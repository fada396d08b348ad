// Writes what `nsc` would: a configuration of nats-server with an operator and an account, and the
// credentials of a user of that account.
//   node nats_credentials.cjs FOLDER      makes FOLDER/server.conf and FOLDER/user.creds

const crypto = require("node:crypto");
const fs = require("node:fs");
const path = require("node:path");

const OPERATOR = 14 << 3;
const ACCOUNT = 0;
const USER = 20 << 3;
const SEED = 18 << 3;

function base32(bytes) {
  const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
  const bits = [...bytes].map((byte) => byte.toString(2).padStart(8, "0")).join("");
  return bits.match(/.{1,5}/g).map((five) => letters[parseInt(five.padEnd(5, "0"), 2)]).join("");
}

/** CRC-16/XMODEM, which ends each key. */
function checked(bytes) {
  let crc = 0;
  for (const byte of bytes) {
    crc ^= byte << 8;
    for (let bit = 0; bit < 8; ++bit) crc = ((crc << 1) ^ (crc & 0x8000 ? 0x1021 : 0)) & 0xffff;
  }
  return Buffer.concat([bytes, Buffer.from([crc & 0xff, crc >> 8])]);
}

function makeKey(kind) {
  const { privateKey } = crypto.generateKeyPairSync("ed25519");
  const { d, x } = privateKey.export({ format: "jwk" });
  const seedHead = Buffer.from([SEED | (kind >> 5), (kind & 31) << 3]);
  return {
    privateKey,
    name: base32(checked(Buffer.concat([Buffer.from([kind]), Buffer.from(x, "base64url")]))),
    seed: base32(checked(Buffer.concat([seedHead, Buffer.from(d, "base64url")]))),
  };
}

function sign(issuer, subject, claims) {
  const text = (value) => Buffer.from(JSON.stringify(value)).toString("base64url");
  const body = {
    jti: crypto.randomUUID(),
    iat: Math.floor(Date.now() / 1000),
    iss: issuer.name,
    sub: subject.name,
    name: "test",
    nats: { version: 2, ...claims },
  };
  const signed = `${text({ typ: "JWT", alg: "ed25519-nkey" })}.${text(body)}`;
  return `${signed}.${crypto.sign(null, Buffer.from(signed), issuer.privateKey).toString("base64url")}`;
}

const folder = process.argv[2];
const [operator, system, account, user] = [OPERATOR, ACCOUNT, ACCOUNT, USER].map(makeKey);
const unlimited = { subs: -1, data: -1, payload: -1, imports: -1, exports: -1, wildcards: true, conn: -1, leaf: -1 };
const jetstream = { mem_storage: -1, disk_storage: -1, streams: -1, consumer: -1 };
const operatorToken = sign(operator, operator, { type: "operator", system_account: system.name });
const systemToken = sign(operator, system, { type: "account", limits: unlimited });
const accountToken = sign(operator, account, { type: "account", limits: { ...unlimited, ...jetstream } });
const userToken = sign(account, user, { type: "user", subs: -1, data: -1, payload: -1 });

fs.writeFileSync(path.join(folder, "server.conf"), `
operator: ${operatorToken}
system_account: ${system.name}
resolver: MEMORY
resolver_preload: { ${system.name}: ${systemToken}, ${account.name}: ${accountToken} }
`);
fs.writeFileSync(path.join(folder, "user.creds"), `-----BEGIN NATS USER JWT-----
${userToken}
------END NATS USER JWT------

-----BEGIN USER NKEY SEED-----
${user.seed}
------END USER NKEY SEED------
`);
