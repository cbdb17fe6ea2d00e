// Numbers as text: thin spaces in thousands, a real minus, tabular by CSS. Never 万 on a gauge.

const THIN = '\u2009';

export function people(n: number): string {
  const digits = String(Math.abs(Math.round(n))).replace(/\B(?=(\d{3})+$)/g, THIN);
  return n < 0 && Math.round(n) !== 0 ? `\u2212${digits}` : digits;
}

export function oneDecimal(n: number): string {
  const text = Math.abs(n).toFixed(1);
  return n < 0 && text !== '0.0' ? `\u2212${text}` : text;
}

// Half the width of the 95 % band, rounded up so that it never promises too much.
export function halfBand(low: number | null, high: number | null): number | null {
  if (low === null || high === null || high < low) return null;
  return Math.ceil((high - low) / 2);
}
