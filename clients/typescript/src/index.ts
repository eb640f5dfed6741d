export {
  Doorbuster,
  type DoorbusterOptions,
  type JournalOptions,
  type StreamedEntry,
  unwrap,
} from "./doorbuster.js";
export type { WatchOptions } from "./events.js";
export { GaveUpError, ProblemError } from "./problem.js";
export { type Answer, newIdempotencyKey, type RetryOptions } from "./retry.js";
export type * from "./schema.js";
