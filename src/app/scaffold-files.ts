/** The files of a new app. @NAME@ stands for its name. */

export const APP_YAML = `# An app: what can be asked, how it is run, and how to tell that it worked.
#   headgate app validate .         every fault, with line and column
#   headgate schema app             what an editor needs to help with this file
name: @NAME@
display_name: @NAME@
version: 0.1.0
metadata:
  description: Radioactive decay, step by step; replace it with what your code does
  license: Apache-2.0

# What a user may choose. Types: integer, number, text, choice, boolean, duration, file.
parameters:
  half_life:
    type: number
    description: Time in which half of the nuclei decay.
    unit: s
    min: 0.001
    max: 1000000
    default: 10
  steps:
    type: integer
    description: Steps of the integration; more are more exact and slower.
    min: 10
    max: 100000000
    default: 1000

# What the machine must have, and the Debian packages that bring it.
needs:
  programs:
    - name: awk
      packages: [mawk]
  version:
    pattern: '^model (?<value>\\d[\\d.]*)'

# Files laid into the job's folder, then one command. {{ name }} stands for a parameter; {{ job.cores }} for what the job got.
run:
  parallelism: serial
  files:
    - path: model.awk
      copy: model.awk
    - path: settings.txt
      template: settings.txt
  command: [awk, -f, model.awk, settings.txt]
  outputs: [curve.txt]

# How to tell that it worked: an exit code of 0 proves nothing.
results:
  remaining:
    kind: number
    description: Part of the nuclei left after one half-life; one half, but for the error of the steps.
    pattern: '^remaining (?<value>\\S+)'
    min: 0.4
    max: 0.5
    tolerance: 1.0e-10
  curve:
    kind: file
    path: curve.txt

# How long it takes, so that a cost can be told beforehand.
run_time:
  terms:
    - seconds: 0.02
    - seconds: 0.001
      scales:
        - { parameter: steps, at: 1000, power: 1 }
  spread: 5
  measured: by headgate app new; replace it with a measurement of your own

resources:
  cores: 1
  memory: 64M
  time_limit: 2m

# Ready runs with what they must give. Run one, then record its value here.
cases:
  example:
    description: One half-life in 1,000 steps
    recorded:
      - version: "1.0"
        date: 2026-11-21
        results: { remaining: 0.499879845653 }
`;

export const SETTINGS = `half_life {{ half_life }}
steps {{ steps }}
`;

export const MODEL = `# Integrates dN/dt = -N ln 2 / half_life over one half-life, in equal steps. Reads "name value" lines.
{ setting[$1] = $2 }
END {
  print "model 1.0"
  half_life = setting["half_life"]
  steps = setting["steps"]
  dt = half_life / steps
  rate = log(2) / half_life
  remaining = 1
  every = int(steps / 10)
  for (k = 1; k <= steps; k++) {
    remaining -= remaining * rate * dt
    if (k % every == 0) printf "%.6f %.12f\\n", k * dt, remaining > "curve.txt"
  }
  printf "remaining %.12f\\n", remaining
}
`;

export const README = `# @NAME@

An app for Headgate.

    headgate app validate .                        every fault in app.yaml and the templates
    headgate job run @NAME@/example               run the example
    headgate job run @NAME@ -p steps=100000       with another value

app.yaml says what can be asked, how it is run and how to tell that it worked. The other files are laid into the job's folder.
`;
