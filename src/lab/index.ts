export { labJsonSchema, type Lab } from "./lab-file.ts";
export { openLab, type LabAccount, type LabPorts, type OpenedLab } from "./open-lab.ts";
export { readLab } from "./read-lab.ts";
