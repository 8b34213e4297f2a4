import type { App } from "./app.ts";
import { readApp, type ReadApp } from "./read-app.ts";

/** A small good app for the tests of this room, as its author would write it. */
export const SAMPLE = `name: sample
display_name: Sample
version: 1.2.3
metadata:
  description: Adds up
  license: Apache-2.0
parameters:
  shape:
    type: choice
    description: Which one
    choices: [round, square]
    default: round
  size:
    type: number
    description: How large
    unit: m
    min: 1
    max: 100
    default: 10
  count:
    type: integer
    description: How many
    min: 1
    max: 9
    default: 3
needs:
  programs:
    - name: adder
      packages: [adder-tools]
  files:
    - path: /usr/share/adder/square.dat
      packages: [adder-data]
      when: { shape: square }
  version:
    pattern: 'adder v(?<value>[0-9.]+)'
    minimum: "1.5"
run:
  parallelism: mpi
  files:
    - path: input.txt
      template: "{{ shape }}.txt"
    - path: extra.sh
      copy: extra.sh
  command: [adder, input.txt, "--count={{ count }}"]
  environment:
    ADDER_CORES: "{{ job.cores }}"
  benign_exit_codes: [3]
  outputs: [sum.txt]
results:
  sum:
    kind: number
    pattern: '^sum = (?<value>\\S+)'
    unit: m
    tolerance: 1.0e-6
    tolerance_other_version: 1.0e-2
  finished:
    kind: contains
    text: all done
run_time:
  terms:
    - seconds: 2
    - seconds: 4
      parallel: 0.5
      scales:
        - { parameter: size, at: 10, power: 2 }
        - { parameter: shape, factors: { round: 1, square: 3 } }
  spread: 2
  measured: by hand
resources:
  cores: 2
  cores_max: 8
  memory: 1G
  time_limit: 5m
cases:
  small:
    description: A small one
    parameters: { size: 5 }
    recorded:
      - version: "2.0"
        date: 2026-01-02
        results: { sum: 15 }
      - with: { count: 4 }
        version: "2.0"
        date: 2026-01-02
        results: { sum: 20 }
`;

export const SAMPLE_FILES: Readonly<Record<string, string>> = {
  "round.txt": "round {{ size }}\n",
  "square.txt": "square {{size}} on {{ job.cores }}\n",
  "extra.sh": "echo {{ this is not a template }}\n",
};

/** Reads an app text as if its folder were called sample and held these files. */
export function readSample(text: string = SAMPLE, files: Readonly<Record<string, string>> = SAMPLE_FILES): ReadApp {
  return readApp(text, { file: "sample/app.yaml", folder: "/apps/sample", name: "sample", origin: "path" }, (name) => {
    const found = files[name];
    return found === undefined ? { kind: "missing" } : { kind: "text", text: found };
  });
}

export function sampleApp(text?: string): App {
  const { app, faults } = readSample(text);
  if (app === undefined) throw new Error(JSON.stringify(faults, null, 1));
  return app;
}
