import { type FormEvent, type KeyboardEvent, useEffect, useRef, useState } from "react";
import type { Connection } from "../../connection/connection";
import { useSnapshot } from "../../connection/useSnapshot";
import type { Feed } from "../../feed/feed";
import { formatDuration, formatSize } from "../../format";
import { shownStatus } from "../status/shownStatus";
import "./Send.css";

/** Sends text, or a file as binary, and shows how long its echo took. What cannot be sent is kept. */
export function Send({ connection, feed }: { connection: Connection; feed: Feed }) {
  const isLive = shownStatus(useSnapshot(connection)) === "live";
  const { lastEcho, awaited } = useSnapshot(feed);
  const [text, setText] = useState("");
  const [file, setFile] = useState<File | null>(null);
  const [problem, setProblem] = useState("");
  const fileBox = useRef<HTMLInputElement>(null);

  useEffect(() => {
    if (isLive) setProblem("");
  }, [isLive]);

  const submit = async (event?: FormEvent) => {
    event?.preventDefault();
    if (!file && text === "") return;
    let data: string | ArrayBuffer = text;
    if (file) {
      try {
        data = await file.arrayBuffer();
      } catch {
        setProblem("The file cannot be read.");
        return;
      }
    }
    if (!feed.send(data)) {
      setProblem(
        `Not connected. Your ${file ? "file" : "text"} is kept: send it when the page is live.`,
      );
      return;
    }
    setProblem("");
    if (!file) setText("");
    setFile(null);
    if (fileBox.current) fileBox.current.value = "";
  };

  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key !== "Enter" || event.shiftKey || event.nativeEvent.isComposing) return;
    event.preventDefault();
    submit();
  };

  return (
    <section className="card send" aria-label="Send">
      <h2>Send</h2>
      <form onSubmit={submit}>
        <textarea
          rows={3}
          aria-label="Text to send"
          placeholder="Enter sends, Shift+Enter breaks the line"
          value={text}
          onChange={(event) => setText(event.target.value)}
          onKeyDown={onKeyDown}
        />
        <div className="send-tools">
          <label className="send-file">
            <input
              ref={fileBox}
              type="file"
              aria-label="File to send as binary"
              onChange={(event) => setFile(event.target.files?.[0] ?? null)}
            />
            <span className="button">
              {file ? `${file.name} · ${formatSize(file.size)}` : "Choose a file"}
            </span>
          </label>
          <button type="submit" className="primary">
            {file ? "Send the file" : "Send"}
          </button>
        </div>
      </form>
      <p className="send-outcome" role="status" data-problem={problem !== ""}>
        {problem || outcome(awaited, lastEcho?.roundTrip ?? null, lastEcho?.size ?? 0)}
      </p>
    </section>
  );
}

function outcome(awaited: number, roundTrip: number | null, size: number): string {
  if (awaited > 0) return "Waiting for the echo…";
  if (roundTrip === null) return "Whatever you send comes back.";
  return `${formatSize(size)} came back after ${formatDuration(roundTrip)}.`;
}
