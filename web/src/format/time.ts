// Times and durations as text.

/** `45 s`, `3 min`, `2 h 5 min`, `4 days`: the two largest units, rounded down. */
export function formatDuration(seconds: number): string {
  const whole = Math.max(0, Math.floor(seconds));
  if (whole < 60) return `${whole} s`;
  const minutes = Math.floor(whole / 60);
  if (minutes < 60) return whole % 60 && minutes < 10 ? `${minutes} min ${whole % 60} s` : `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  if (hours < 48) return minutes % 60 ? `${hours} h ${minutes % 60} min` : `${hours} h`;
  return `${Math.floor(hours / 24)} days`;
}

/** A time in the reader's zone, `24 Nov, 13:10:28`. */
export function formatTime(unixSeconds: bigint | number): string {
  return new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short', hour: '2-digit', minute: '2-digit', second: '2-digit' }).format(
    new Date(Number(unixSeconds) * 1000),
  );
}

/** How long some number of five-second ledgers takes. */
export function formatLedgers(ledgers: number): string {
  return formatDuration(ledgers * 5);
}

/** `CDJP3S...BBCUL`: enough to tell addresses apart by eye; the whole one is always beside it to copy. */
export function shortAddress(address: string): string {
  return address.length > 12 ? `${address.slice(0, 5)}\u2026${address.slice(-5)}` : address;
}
