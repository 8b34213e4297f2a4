export { slurmBed, slurmMissing, type SlurmBed, type SlurmBedOptions } from "./bed.ts";
