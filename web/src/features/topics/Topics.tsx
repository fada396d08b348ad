import type { Connection } from "../../connection/connection";
import { useSnapshot } from "../../connection/useSnapshot";
import { copyText } from "../../copyText";
import type { Feed } from "../../feed/feed";
import { formatNumber } from "../../format";
import { publishCommand } from "./command";
import { TopicList } from "./TopicList";
import "./Topics.css";

interface Props {
  connection: Connection;
  feed: Feed;
}

/** What is published, topic by topic; how to publish, where nothing has been. */
export function Topics({ connection, feed }: Props) {
  const { topics } = useSnapshot(feed);
  return (
    <section className="card topics" aria-label="Topics">
      <h2>
        Topics
        {topics.length > 0 && <span className="topics-count">{formatNumber(topics.length)}</span>}
      </h2>
      <div className="topics-body">
        {topics.length > 0 ? (
          <TopicList topics={topics} />
        ) : (
          <HowToPublish command={publishCommand(connection.address)} />
        )}
      </div>
    </section>
  );
}

function HowToPublish({ command }: { command: string }) {
  return (
    <div className="topics-empty">
      <p>
        <span>Nothing has been published yet. From a shell:</span>
        <button type="button" aria-label="Copy the command" onClick={() => copyText(command)}>
          Copy
        </button>
      </p>
      <pre>{command}</pre>
      <p>
        <span>
          The server needs <code>--publish-token-file</code>, which holds TOKEN, or{" "}
          <code>--token-keys</code>.
        </span>
      </p>
    </div>
  );
}
