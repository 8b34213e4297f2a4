import type { Handlers } from "#kernel";
import type { alertRoutes } from "./contract.ts";
import type { AlertsService } from "./service.ts";

export function alertHandlers(alerts: AlertsService): Handlers<typeof alertRoutes> {
  return {
    listAlertRules: ({ person, query }) => alerts.listRules(person, query),
    setAlertRule: ({ person, params, body, idempotencyKey }) => alerts.setRule(person, params.name, body, idempotencyKey),
    listAlerts: ({ person, query }) => alerts.listAlerts(person, query),
    showAlert: ({ person, params }) => alerts.showAlert(person, params.number),
    liftAlert: ({ person, params, body, idempotencyKey }) => alerts.lift(person, params.number, body.reason, idempotencyKey),
    acknowledgeAlert: ({ person, params, body, idempotencyKey }) => alerts.acknowledge(person, params.number, body.notes, idempotencyKey),
    testAlert: ({ person, params, body, idempotencyKey }) => alerts.test(person, params.name, body.destinations, idempotencyKey),
    listTests: ({ person, params }) => alerts.listTests(person, params.name),
  };
}
