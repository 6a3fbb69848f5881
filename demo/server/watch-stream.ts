import type { ServerResponse } from 'node:http';
import type { Fault } from './faults.ts';

/** Where a reader lags behind by more than this, its watch is ended: as the watch cache does with slow readers. */
const MOST_UNREAD_BYTES = 64_000_000;
/** What is begun where a watch breaks before its first event. */
const BROKEN_EVENT = '{"type":"MODIFIED","object":{"kind":"';

/** The lines of one watch, up to where a fault breaks it off. */
export interface WatchStream {
  send(type: string, object: unknown): void;
  /** Breaks off here where the fault is due before the next event. */
  breakIfDue(): void;
  end(): void;
}

export function openWatchStream(response: ServerResponse, fault: Fault | undefined, onFault: () => void): WatchStream {
  let left = fault && 'afterEvents' in fault ? (fault.afterEvents ?? 0) : fault?.kind === 'freeze' ? 0 : Infinity;
  let broken = false;

  response.writeHead(200, { 'content-type': 'application/json', 'transfer-encoding': 'chunked' });
  response.flushHeaders();
  // A reader's connection that breaks ends that reader's watch, and nothing else.
  response.on('error', () => response.destroy());

  function write(text: string): void {
    if (!response.write(text) && response.writableLength > MOST_UNREAD_BYTES) response.destroy();
  }
  function breakOff(line: string): void {
    broken = true;
    onFault();
    const half = line.slice(0, line.length / 2);
    if (fault?.kind === 'reset') response.socket?.resetAndDestroy();
    if (fault?.kind === 'close') response.end();
    if (fault?.kind === 'truncate') response.end(half);
    if (fault?.kind === 'garble') {
      broken = false;
      left = Infinity;
      write(`${half}\n`);
    }
  }
  return {
    send(type, object) {
      if (broken) return;
      const line = JSON.stringify({ type, object });
      if (left <= 0) return breakOff(line);
      left -= 1;
      write(`${line}\n`);
    },
    breakIfDue() {
      if (!broken && left <= 0) breakOff(BROKEN_EVENT);
    },
    end() {
      if (!broken) response.end();
      broken = true;
    },
  };
}
