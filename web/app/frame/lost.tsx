import { Link } from "@tanstack/react-router";
import { Empty } from "../ui/notice.tsx";

/** An address that leads nowhere. */
export function Lost() {
  return (
    <Empty title="There is nothing at this address">
      <Link to="/work">To the jobs</Link>
    </Empty>
  );
}
