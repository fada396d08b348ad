import { type KeyboardEvent, useEffect, useId, useRef, useState } from "react";
import type { LogEntry } from "../../feed/feed";
import { formatDuration, formatSize, formatTime } from "../../format";
import { preview } from "./text";

/** The height of a row in Log.css, in CSS pixels. */
const ROW_PX = 28;
/** Rows drawn above and below those in sight. */
const SPARE_ROWS = 5;

interface Props {
  entries: readonly LogEntry[];
  /** Whether the newest is kept in sight. */
  following: boolean;
  /** The reader has scrolled up. */
  onHold: () => void;
  /** The reader has scrolled back to the newest. */
  onFollow: () => void;
  selectedId: number | null;
  onSelect: (id: number) => void;
}

/** The list itself: only the rows in sight are in the document, so a busy stream costs a few of them. */
export function Rows({ entries, following, onHold, onFollow, selectedId, onSelect }: Props) {
  const list = useRef<HTMLDivElement>(null);
  const [view, setView] = useState({ top: 0, height: 10 * ROW_PX });
  const id = useId();
  const optionId = (entry: LogEntry) => `${id}-${entry.id}`;

  useEffect(() => {
    const element = list.current;
    if (!element) return;
    const measure = () => setView({ top: element.scrollTop, height: element.clientHeight });
    measure();
    const resized = new ResizeObserver(measure);
    resized.observe(element);
    return () => resized.disconnect();
  }, []);

  // biome-ignore lint/correctness/useExhaustiveDependencies: every change of the entries scrolls
  useEffect(() => {
    const element = list.current;
    if (element && following) element.scrollTop = element.scrollHeight;
  }, [following, entries]);

  const onScroll = () => {
    const element = list.current;
    if (!element) return;
    const { scrollTop, clientHeight, scrollHeight } = element;
    setView({ top: scrollTop, height: clientHeight });
    const atEnd = scrollHeight - clientHeight - scrollTop < ROW_PX;
    if (following && !atEnd) onHold();
  };

  const onKeyDown = (event: KeyboardEvent) => {
    const step = { ArrowUp: -1, ArrowDown: 1, Home: -entries.length, End: entries.length }[
      event.key
    ];
    if (step === undefined || entries.length === 0) return;
    event.preventDefault();
    const current = entries.findIndex((entry) => entry.id === selectedId);
    const from = current === -1 ? entries.length : current;
    const index = Math.max(0, Math.min(entries.length - 1, from + step));
    const entry = entries[index];
    const element = list.current;
    if (!entry || !element) return;
    if (event.key === "End") onFollow();
    else onHold();
    onSelect(entry.id);
    const top = index * ROW_PX;
    if (top < element.scrollTop) element.scrollTop = top;
    if (top + ROW_PX > element.scrollTop + element.clientHeight)
      element.scrollTop = top + ROW_PX - element.clientHeight;
  };

  const first = Math.max(0, Math.floor(view.top / ROW_PX) - SPARE_ROWS);
  const last = Math.ceil((view.top + view.height) / ROW_PX) + SPARE_ROWS;
  const visible = entries.slice(first, last);
  const active = visible.find((entry) => entry.id === selectedId);
  return (
    <div
      ref={list}
      className="rows"
      role="listbox"
      tabIndex={0}
      aria-label="Messages"
      aria-activedescendant={active && optionId(active)}
      onScroll={onScroll}
      onKeyDown={onKeyDown}
    >
      <div style={{ height: entries.length * ROW_PX, position: "relative" }}>
        {visible.map((entry, i) => (
          <Row
            key={entry.id}
            id={optionId(entry)}
            entry={entry}
            top={(first + i) * ROW_PX}
            selected={entry.id === selectedId}
            onSelect={() => {
              onHold();
              onSelect(entry.id);
            }}
          />
        ))}
      </div>
    </div>
  );
}

interface RowProps {
  id: string;
  entry: LogEntry;
  top: number;
  selected: boolean;
  onSelect: () => void;
}

function Row({ id, entry, top, selected, onSelect }: RowProps) {
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: the list has the focus and the keys
    // biome-ignore lint/a11y/useFocusableInteractive: as above
    <div
      id={id}
      className="row"
      role="option"
      aria-selected={selected}
      data-direction={entry.direction}
      style={{ transform: `translateY(${top}px)` }}
      onClick={onSelect}
    >
      <time>{formatTime(entry.at)}</time>
      <span className="row-direction">{entry.direction === "in" ? "← in" : "→ out"}</span>
      <span className="row-topic">{entry.topic ?? entry.kind}</span>
      <span className="row-text">{preview(entry)}</span>
      <span className="row-size">
        {entry.roundTrip === null
          ? formatSize(entry.size)
          : `echo ${formatDuration(entry.roundTrip)}`}
      </span>
    </div>
  );
}
