export { durationField, instantField, memoryField, moneyField, nameField, rateField } from "./fields.ts";
export { byPlace, documentOrProblem, readDocument, valueFaults, type DocumentPath, type ReadDocument } from "./read.ts";
