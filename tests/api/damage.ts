// What tests do to a data folder that no server uses: bytes turned, files cut, snapshots that lie.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';

function crc32c(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let i = 0; i < 8; i++) crc = crc & 1 ? (crc >>> 1) ^ 0x82f63b78 : crc >>> 1;
  }
  return (crc ^ 0xffffffff) >>> 0;
}

export const sessionFile = (data: string, session: string, name: string): string => path.join(data, 'sessions', session, name);

export function snapshotsOf(data: string, session: string): string[] {
  return readdirSync(path.join(data, 'sessions', session)).filter((name) => /^\d{20}\.snapshot$/.test(name)).sort();
}

export function turnByte(file: string, at: number): void {
  const bytes = readFileSync(file);
  bytes[at] = (bytes[at] ?? 0) ^ 0x20;
  writeFileSync(file, bytes);
}

// Turns one byte wherever the text stands first; says whether it did.
export function turnByteAfter(file: string, text: string): boolean {
  const at = readFileSync(file).indexOf(text);
  if (at >= 0) turnByte(file, at + text.length + 1);
  return at >= 0;
}

// Refused lines that there never were, under a checksum that fits: a head of 32 bytes (crc at 12), then a fold whose `rejected`
// stands at 40 (src/store/snapshot.c, src/live/save.c).
export function makeSnapshotLie(file: string, rejected_more = 7): void {
  const bytes = readFileSync(file);
  const at = 32 + 40;
  bytes.writeBigUInt64LE(bytes.readBigUInt64LE(at) + BigInt(rejected_more), at);
  bytes.writeUInt32LE(0, 12);
  bytes.writeUInt32LE(crc32c(bytes), 12);
  writeFileSync(file, bytes);
}
