import { httpAddress } from "../../connection/address";

/** A topic as a server takes it; none of its characters means anything to a shell or in an address. */
const TOPIC = /^[\w./-]{1,128}$/;

/** What to type into a shell to publish an event that a page which is connected to `address` will see. */
export function publishCommand(address: string): string {
  const url = httpAddress(address, `/topics/${topicWithin(address)}`);
  return [
    `curl -X POST ${quoted(url)}`,
    `-H 'Authorization: Bearer TOKEN'`,
    `-H 'Content-Type: application/json'`,
    `-d '{"eur": 1.10}'`,
  ].join(" ");
}

/** A topic that the address subscribes to. */
function topicWithin(address: string): string {
  const patterns = new URL(address).searchParams.getAll("topic");
  if (patterns.includes("*")) return "prices";
  const [first = ""] = patterns.filter((pattern) => pattern !== "random");
  const topic = first.replace(/\.\*$/, ".prices");
  return TOPIC.test(topic) ? topic : "prices";
}

/** The address may come from a link (`?server=`): a shell must not find a command in it. */
const quoted = (text: string): string =>
  /^[\w:/.-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
