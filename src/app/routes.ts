import type { Handlers } from "#kernel";
import type { appRoutes } from "./contract.ts";
import type { AppService } from "./service.ts";

export function appHandlers(service: AppService): Handlers<typeof appRoutes> {
  return {
    list: async () => ({ items: await service.list(), next: null }),
    show: ({ params }) => service.show(params.name),
  };
}
