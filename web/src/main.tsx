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
import { takeToken } from "./connection/token";
import { Feed } from "./feed/feed";

const { token, address } = takeToken(window.location.href);
if (address !== window.location.href) window.history.replaceState(null, "", address);
// Browsers do not reload a page when only the fragment of its address changes.
window.addEventListener("hashchange", () => {
  if (takeToken(window.location.href).token !== null) window.location.reload();
});

const connection = new Connection({
  address: serverAddress({
    page: window.location,
    configured: import.meta.env.VITE_WS_URL,
    development: import.meta.env.DEV,
  }),
  getToken: token === null ? undefined : () => token,
});
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
