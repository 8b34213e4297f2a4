import { later, type OldProgram } from "./line.ts";

const OWN_CLI = "Until then AWS's own tool does it:";
const SOFTWARE = "Headgate makes no software images yet; spack and docker do it by hand.";

/** pctl (later petal), the cluster tool: every line of its documents, with its garden names. */
export const PCTL: OldProgram = {
  globalFlags: {
    "--config": { becomes: "--config", takesValue: true },
    "-v": { becomes: "--verbose", takesValue: false },
    "--verbose": { becomes: "--verbose", takesValue: false },
  },
  lines: [
    ...later(["create", "bloom", "grow"], "cluster create", `${OWN_CLI} pcluster create-cluster -n NAME -c CONFIG`),
    ...later(["delete", "harvest", "wilt"], "cluster delete", `${OWN_CLI} pcluster delete-cluster -n NAME`),
    ...later(["list", "garden"], "cluster list", `${OWN_CLI} pcluster list-clusters`),
    ...later(["status", "inspect"], "cluster status", `${OWN_CLI} pcluster describe-cluster -n NAME`),
    ...later(["ssh", "stem", "connect"], "cluster ssh", `${OWN_CLI} pcluster ssh -n NAME`),
    ...later(["validate"], "cluster validate", `${OWN_CLI} pcluster create-cluster --dryrun true -n NAME -c CONFIG`),
    ...later(
      ["registry list", "registry search", "registry pull", "registry update", "registry install", "registry get", "registry repos add", "seeds show"],
      "cluster templates",
      "Clone the registry with git and look into its folders.",
    ),
    ...later(["ami build", "build-ami"], "software image", `${OWN_CLI} pcluster build-image -i ID -c CONFIG`),
    ...later(["ami list", "ami list-builds"], "software image", `${OWN_CLI} pcluster list-images --image-status AVAILABLE`),
    ...later(["ami status", "logs"], "software image", `${OWN_CLI} pcluster describe-image -i ID`),
    ...later(["ami delete"], "software image", `${OWN_CLI} pcluster delete-image -i ID`),
    ...later(["pcluster install", "pcluster upgrade"], null, "Install AWS's tool yourself: pipx install aws-parallelcluster"),
    ...later(["pcluster check"], null, "Type pcluster version."),
    ...later(
      ["capture ssh", "capture remote", "capture script", "capture analyze", "capture batch"],
      "cluster capture",
      "Type module list and spack find on the machine to be captured.",
    ),
    ...later(["cache init", "cache status", "cache clear", "cache build"], "software cache", SOFTWARE),
    ...later(["build-container", "push-container", "extract-software"], "software image", SOFTWARE),
    ...later(["convert"], "cluster convert", "AWS documents the keys of both: ParallelCluster's configuration file and the PCS API."),
    { line: "version", becomes: "version" },
  ],
};
