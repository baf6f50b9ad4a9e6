// Albedo, and xBull where its extension is absent, work in a window of their own, and their libraries wait for ever when
// that window is blocked or closed. So the window is watched.
import { popupBlocked, rejected, type Doing } from './errors';

const LOOK_EVERY_MS = 300;
/** An answer may come in as the window closes. */
const GRACE_MS = 1500;

/** Runs `request`, which opens its window before it returns, if it opens one. */
export async function withWindow<T>(name: string, doing: Doing, request: () => Promise<T>): Promise<T> {
  const open = window.open;
  let opened: Window | null | undefined;
  window.open = (...options) => (opened = open.apply(window, options));
  let pending: Promise<T>;
  try {
    pending = request();
  } finally {
    window.open = open;
  }
  if (opened === undefined) return pending;
  if (opened === null) {
    pending.catch(() => undefined);
    throw popupBlocked(name);
  }
  const popup = opened;
  let timer: ReturnType<typeof setInterval> | undefined;
  const closed = new Promise<never>((_, reject) => {
    let closedSince: number | null = null;
    timer = setInterval(() => {
      if (!popup.closed) closedSince = null;
      else if (closedSince === null) closedSince = Date.now();
      else if (Date.now() - closedSince >= GRACE_MS) reject(rejected(name, doing));
    }, LOOK_EVERY_MS);
  });
  try {
    return await Promise.race([pending, closed]);
  } finally {
    clearInterval(timer);
  }
}
