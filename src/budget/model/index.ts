export { awardIsDue, releaseAward, releasedBy, scheduleReleases, setAward, turnAward } from "./award.ts";
export type { AwardRules } from "./award-rules.ts";
export { emptyBooks, type Books, type Entry, type Hold, type Leased, type Node, type Transaction } from "./books.ts";
export { absorb, allocate, changeAccount, openAccount, setLimit, transfer, type ChangeAnswer } from "./change.ts";
export { adjust, charge } from "./charge.ts";
export { expire } from "./end.ts";
export { holdFunded, releaseFunded, renewFunded, setFundPlan, settleFunded } from "./fund.ts";
export { grantExemption, withdrawExemption } from "./exempt.ts";
export { expireLeases, openLease, renewLease, returnLease, settleLease } from "./lease.ts";
