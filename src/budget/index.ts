export type { FigureQuality, HoldAnswer, HoldAsk, HoldRefusal, Ledger, ReleaseAnswer, ReleaseAsk, SettleAnswer, SettleAsk } from "./ledger-types.ts";
