import { config } from "zod";

// zod probes for eval when its first schema is made, and the content security policy would report that in the console.
// This file must be imported before any contract.
config({ jitless: true });
