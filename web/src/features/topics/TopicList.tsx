import { memo } from "react";
import type { Topic } from "../../feed/topics";
import { formatNumber, formatTime } from "../../format";

/** Drawn again only when something was published, however busy the built-in stream is. */
export const TopicList = memo(function TopicList({ topics }: { topics: readonly Topic[] }) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be within reach of the keyboard
    <ul className="topic-list" tabIndex={0} aria-label="Published topics, newest first">
      {topics.map((topic) => (
        <TopicRow key={topic.name} topic={topic} />
      ))}
    </ul>
  );
});

/** A topic does not change: only the rows that have news are drawn. */
const TopicRow = memo(function TopicRow({ topic }: { topic: Topic }) {
  const { name, payload, isWhole, count, at } = topic;
  return (
    <li className="topic">
      <strong className="topic-name">{name || "(no name)"}</strong>
      <code className="topic-payload">
        {payload}
        {!isWhole && "…"}
      </code>
      <span className="topic-count">
        {formatNumber(count)} event{count === 1 ? "" : "s"}
      </span>
      <time className="topic-time">{formatTime(at)}</time>
    </li>
  );
});
