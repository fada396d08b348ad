import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import "sonner/dist/styles.css";
import "uplot/dist/uPlot.min.css";
// Before App: the sheets that the components import have to come after these.
import "./styles/theme.css";
import "./styles/base.css";
import "./styles/layout.css";
import { App } from "./App";
import { serverAddress } from "./connection/address";
import { Connection } from "./connection/connection";
import { Feed } from "./feed/feed";

const connection = new Connection(
  serverAddress({
    page: window.location,
    configured: import.meta.env.VITE_WS_URL,
    development: import.meta.env.DEV,
  }),
);
const feed = new Feed(connection);

connection.start();
// A page that is left may come back from the browser's cache: pagehide closes, pageshow opens.
window.addEventListener("pagehide", () => connection.stop());
window.addEventListener("pageshow", () => connection.start());

const root = document.getElementById("root");
if (!root) throw new Error("index.html has no #root");
createRoot(root).render(
  <StrictMode>
    <App connection={connection} feed={feed} />
  </StrictMode>,
);
