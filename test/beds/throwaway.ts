import { startEmbedded } from "#db";
import { makePlace } from "./embedded.ts";

export type Throwaway = { readonly url: string; readonly pid: number; remove(): Promise<void> };

/** A PostgreSQL of its own for a program that is not a test, removed with everything in it. */
export async function makeServer(): Promise<Throwaway> {
  const place = makePlace();
  const server = await startEmbedded({ stateFolder: place.stateFolder, sharedFolder: place.sharedFolder, durability: place.durability });
  return {
    url: server.url(),
    pid: server.pid(),
    remove: async () => {
      await server.release();
      await place.remove();
    },
  };
}
