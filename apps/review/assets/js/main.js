// Starts the page: who is there, which view the address names, and what every view shares.
import { api, useSession } from "./api.js";
import { replace } from "./dom.js";
import { Keys } from "./keys.js";
import { Live } from "./live.js";
import { notice, noticeBoard } from "./notices.js";
import { follow, parse } from "./router.js";
import { createShell } from "./shell.js";
import { followTheme } from "./theme.js";
import * as activity from "../views/activity.js";
import * as compare from "../views/compare.js";
import * as item from "../views/item.js";
import * as items from "../views/items.js";
import * as login from "../views/login.js";
import * as overview from "../views/overview.js";

const VIEWS = { overview, items, item, compare, activity };

const desk = { session: null, keys: new Keys(), live: new Live(), tests: new Map() };
let shell = null;
let shown = null;

followTheme();
document.body.append(noticeBoard);
start();

async function start() {
  const token = takeToken();
  try {
    begin(token ? await api.logIn({ token }) : await api.session());
  } catch (error) {
    askToLogIn(error, token ? error.message : "");
  }
}

// The part after `#` never travels; it is used once and removed from the address.
function takeToken() {
  const token = new URLSearchParams(location.hash.slice(1)).get("token");
  if (location.hash) history.replaceState({}, "", location.pathname + location.search);
  return token;
}

function askToLogIn(error, says) {
  shown?.end?.();
  shown = null;
  desk.live.close();
  const ways = error?.body?.error?.login ?? ["token", "password"];
  document.title = "Mabillon";
  replace(root(), login.create({ ways, says, oncome: begin }));
}

function begin(session) {
  desk.session = session;
  useSession(session, () => askToLogIn(null, "Your session has ended."));
  shell?.end();
  shell = createShell(desk, { onsession: begin });
  replace(root(), shell.element);
  desk.live.open();
  desk.live.on("lost", () => notice("Too much happened at once; the view was loaded anew.") || show(parse(location.href), true));
  shown?.end?.();
  shown = null;
  if (!isFollowing) follow(show);
  else show(parse(location.href), true);
  isFollowing = true;
}

let isFollowing = false;

function show(route, isAnew = false) {
  if (!desk.session) return;
  const view = VIEWS[route.view] ?? VIEWS.overview;
  // A view may take a new address without being built anew: a filter in the list, the next item.
  if (!isAnew && shown?.view === view && shown.update?.(route)) {
    shell.mark(route);
    return;
  }
  shown?.end?.();
  const made = view.create(desk, route);
  shown = { ...made, view };
  replace(shell.main, made.element);
  shell.mark(route);
  shell.main.scrollTop = 0;
  made.onshown?.();
}

function root() {
  return document.getElementById("desk");
}

