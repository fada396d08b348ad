import { useMemo, useRef, useState } from "react";
import { useSnapshot } from "../../connection/useSnapshot";
import type { Feed, LogEntry } from "../../feed/feed";
import { formatNumber } from "../../format";
import { Detail } from "./Detail";
import { Rows } from "./Rows";
import { matches } from "./text";
import "./Log.css";

/**
 * The last messages in and out. The newest stay in sight, unless the reader has paused the log or
 * scrolled up: then it holds still, and says how many have come since.
 */
export function Log({ feed }: { feed: Feed }) {
  const { entries, received } = useSnapshot(feed);
  const [held, setHeld] = useState<{ entries: readonly LogEntry[]; received: number } | null>(null);
  const [filter, setFilter] = useState("");
  const [selectedId, setSelectedId] = useState<number | null>(null);
  const filterBox = useRef<HTMLInputElement>(null);

  const source = held ? held.entries : entries;
  const shown = useMemo(
    () => (filter === "" ? source : source.filter((entry) => matches(entry, filter))),
    [source, filter],
  );
  const selected = source.find((entry) => entry.id === selectedId) ?? null;
  const missed = held ? received - held.received : 0;

  const hold = () => setHeld((now) => now ?? { entries, received });
  const follow = () => setHeld(null);
  const clear = () => {
    feed.clear();
    follow();
    setSelectedId(null);
    filterBox.current?.focus();
  };

  return (
    <section className="card log" aria-label="Log">
      <div className="log-tools">
        <h2>Log</h2>
        <input
          ref={filterBox}
          type="search"
          placeholder="Filter"
          aria-label="Filter the log by text"
          value={filter}
          onChange={(event) => setFilter(event.target.value)}
        />
        <button type="button" aria-pressed={held !== null} onClick={held ? follow : hold}>
          {held ? "Resume" : "Pause"}
        </button>
        <button type="button" onClick={clear}>
          Clear
        </button>
      </div>
      <div className="log-body">
        {shown.length === 0 && (
          <p className="log-empty">
            {filter === "" ? "No messages yet" : "No message has this text"}
          </p>
        )}
        <Rows
          entries={shown}
          following={held === null}
          onHold={hold}
          onFollow={follow}
          selectedId={selectedId}
          onSelect={setSelectedId}
        />
        {held && (
          <button type="button" className="log-newer" onClick={follow}>
            {missed > 0 ? `${formatNumber(missed)} newer ↓` : "Held · newest ↓"}
          </button>
        )}
      </div>
      <Detail entry={selected} />
    </section>
  );
}
