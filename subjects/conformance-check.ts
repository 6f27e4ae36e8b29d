/**
 * What a check of the conformance suite is, and what most of them begin and end with.
 */
import type { Fields } from "#spec/tensor";
import type { Command } from "#subjects/bridge/channel";
import { checkHello, protocolVersion } from "#subjects/bridge/description";
import { openPeer, type Peer, type Reply } from "#subjects/conformance-peer";

export interface ServerUnderTest extends Command {
  readonly name: string;
  /** Parameters of `describe`. */
  readonly describe: Readonly<Record<string, unknown>>;
}

export interface Check {
  readonly name: string;
  readonly run: (server: ServerUnderTest) => Promise<string | null>;
}

export const request = (id: number, method: string, params: unknown = {}): object => ({ jsonrpc: "2.0", id, method, params });

/** A check with a peer of its own, which is gone afterwards whatever happens. */
export function check(name: string, body: (peer: Peer, server: ServerUnderTest) => Promise<string | null>): Check {
  return {
    name,
    async run(server) {
      const peer = openPeer(server);
      try {
        return await body(peer, server);
      } catch (error) {
        return error instanceof Error ? error.message : String(error);
      } finally {
        peer.kill();
      }
    },
  };
}

/** Hello and describe, answered well. */
export async function greeted(peer: Peer, server: ServerUnderTest): Promise<Fields> {
  peer.send([request(1, "hello", { protocol: protocolVersion, client: "conformance" }), request(2, "describe", server.describe)]);
  const [hello, described] = [await peer.reply(), await peer.reply()];
  if (hello.id !== 1 || hello.result === undefined) throw new Error(`hello: expected a result, got ${shown(hello)}`);
  checkHello(hello.result as Fields);
  if (described.id !== 2 || described.result === undefined) throw new Error(`describe: expected a result, got ${shown(described)}`);
  return described.result as Fields;
}

export function shown({ payload: _, ...reply }: Reply): string {
  return JSON.stringify(reply).slice(0, 300);
}

/** An answer that is an error of this code; of this kind, where one is given. */
export function mismatch(reply: Reply, id: number | null, code: number, kind?: string): string | null {
  const right = reply.id === id && reply.error?.code === code && (kind === undefined || reply.error.data?.kind === kind);
  return right ? null : `expected error ${code}${kind === undefined ? "" : ` of kind ${kind}`} to request ${id}, got ${shown(reply)}`;
}
