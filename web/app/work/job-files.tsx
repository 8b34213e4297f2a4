import type { JobDetail } from "#job/contract";
import { Command } from "../ui/command.tsx";
import { Empty } from "../ui/notice.tsx";
import { showBytes } from "../ui/bytes.ts";
import styles from "./job-files.module.css";

const KINDS = [
  { kind: "output", name: "Outputs" },
  { kind: "input", name: "Inputs" },
] as const;

/** What went in and what came out, with the sums that prove it. */
export function JobFiles({ job }: { job: JobDetail }) {
  if (job.files.length === 0) {
    return (
      <Empty title="No files yet">
        {job.outcome === null ? "Inputs are listed when the job starts, outputs when it has ended." : "The job collected none."}
      </Empty>
    );
  }
  return (
    <div className={styles.files}>
      {job.folder !== null && (
        <div>
          <h3>Folder on {job.attempts[0]?.host ?? "the machine it ran on"}</h3>
          <Command line={job.folder} />
        </div>
      )}
      {KINDS.map(({ kind, name }) => {
        const files = job.files.filter((file) => file.kind === kind);
        return files.length === 0 ? null : <FileTable key={kind} name={name} files={files} />;
      })}
    </div>
  );
}

function FileTable({ name, files }: { name: string; files: JobDetail["files"] }) {
  return (
    <table className={styles.table} aria-label={name}>
      <thead>
        <tr>
          <th scope="col">{name}</th>
          <th scope="col" className="hg-number">
            Size
          </th>
          <th scope="col">SHA-256</th>
        </tr>
      </thead>
      <tbody>
        {files.map((file) => (
          <tr key={file.path}>
            <td className={styles.path}>{file.path}</td>
            <td className="hg-number">{showBytes(file.bytes)}</td>
            <td>
              <code title={file.sha256}>{file.sha256.slice(0, 12)}</code>
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
