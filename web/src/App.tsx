import { Toaster } from "sonner";
import type { Connection } from "./connection/connection";
import { LatestEvent } from "./features/event/LatestEvent";
import { Log } from "./features/log/Log";
import { Plot } from "./features/plot/Plot";
import { Send } from "./features/send/Send";
import { Status } from "./features/status/Status";
import { useConnectionToasts } from "./features/status/useConnectionToasts";
import { useCostToasts } from "./features/status/useCostToasts";
import { Topics } from "./features/topics/Topics";
import type { Feed } from "./feed/feed";

interface Props {
  connection: Connection;
  feed: Feed;
}

export function App({ connection, feed }: Props) {
  useConnectionToasts(connection);
  useCostToasts(feed);
  return (
    <>
      <header className="masthead">
        <h1>ws-demo</h1>
        <Status connection={connection} feed={feed} />
      </header>
      <main>
        <LatestEvent feed={feed} />
        <Plot feed={feed} />
        <Topics connection={connection} feed={feed} />
        <Log feed={feed} />
        <Send connection={connection} feed={feed} />
      </main>
      <Toaster theme="system" position="bottom-right" />
    </>
  );
}
