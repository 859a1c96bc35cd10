// Acts of a reviewer. Nothing is overwritten: where somebody was first, both are shown and the reviewer decides again.
import { api, newAct } from "./api.js";
import { notice } from "./notices.js";
import { showConflict } from "../parts/conflict.js";

const TRIES = 3;

/** Whether this session may decide. */
export function mayDecide(desk) {
  return desk.session.role !== "reader";
}

/** Decides on one item that stands at `row.version`; gives how it stands afterwards, or null where nothing was done. */
export function decide(desk, row, decision) {
  return act(desk, row, { decision });
}

/**
 * Does one act. After a lost answer the same act is sent again, which the server does once.
 * In a conflict the reviewer sees what the other did, and chooses.
 */
export async function act(desk, row, changes) {
  if (!mayDecide(desk)) {
    notice("You come as a reader: you can look, but not decide.", "bad");
    return null;
  }
  try {
    return await send(row.item, { act: newAct(), version: row.version, ...changes });
  } catch (error) {
    if (error.code !== "conflict") {
      notice(error.message, "bad");
      return null;
    }
    const theirs = error.body.theirs;
    const again = await showConflict(theirs, changes);
    return again ? act(desk, { item: row.item, version: theirs.version }, changes) : theirs;
  }
}

async function send(item, body) {
  for (let left = TRIES; ; left -= 1) {
    try {
      return await api.review(item, body);
    } catch (error) {
      if (error.code !== "unreachable" || left <= 1) throw error;
      await new Promise((resolve) => setTimeout(resolve, 400));
    }
  }
}

/** The same for many items. */
export async function actOnMany(rows, changes) {
  try {
    return await api.reviewMany({ act: newAct(), items: rows.map((row) => ({ item: row.item, version: row.version })), ...changes });
  } catch (error) {
    notice(error.message, "bad");
    return null;
  }
}
