// Times as text. All are shown as the venue writes them: the offset is the plan's, not the browser's.

export const MINUTE_MS = 60_000;

const parsed = new Map<string, number>();

export function msOf(time: string): number {
  const known = parsed.get(time);
  if (known !== undefined) return known;
  const ms = Date.parse(time);
  if (parsed.size > 5000) parsed.clear();
  parsed.set(time, ms);
  return ms;
}

export function msOrNull(time: string | null | undefined): number | null {
  if (!time) return null;
  const ms = msOf(time);
  return Number.isFinite(ms) ? ms : null;
}

// Minutes east of UTC as an RFC 3339 time writes them.
export function offsetMinutesOf(time: string): number {
  const m = /([+-])(\d\d):(\d\d)$/.exec(time);
  if (!m) return 0;
  const minutes = Number(m[2]) * 60 + Number(m[3]);
  return m[1] === '-' ? -minutes : minutes;
}

const two = (n: number): string => String(n).padStart(2, '0');
const local = (ms: number, offset_min: number): Date => new Date(ms + offset_min * MINUTE_MS);

export function hhmm(ms: number, offset_min: number): string {
  const d = local(ms, offset_min);
  return `${two(d.getUTCHours())}:${two(d.getUTCMinutes())}`;
}

export function hhmmss(ms: number, offset_min: number): string {
  return `${hhmm(ms, offset_min)}:${two(local(ms, offset_min).getUTCSeconds())}`;
}

export function day(ms: number, offset_min: number): string {
  const d = local(ms, offset_min);
  return `${d.getUTCFullYear()}-${two(d.getUTCMonth() + 1)}-${two(d.getUTCDate())}`;
}

// RFC 3339 with the plan's offset, as the server reads `?at=`.
export function rfc3339(ms: number, offset_min: number): string {
  const sign = offset_min < 0 ? '-' : '+';
  const off = Math.abs(offset_min);
  const millis = String(((ms % 1000) + 1000) % 1000).padStart(3, '0');
  return `${day(ms, offset_min)}T${hhmmss(ms, offset_min)}.${millis}${sign}${two(Math.floor(off / 60))}:${two(off % 60)}`;
}

// 560 s -> "9:20"; for waits.
export function minutesSeconds(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  return `${Math.floor(whole / 60)}:${two(whole % 60)}`;
}
