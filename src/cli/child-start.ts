/**
 * The first file of every process that app/child-process.ts starts: makes Node keep what it compiles, then becomes what its first
 * argument names.
 *
 * R1. It imports nothing of ours statically: that would be compiled before it had a word.
 */
import { enableCompileCache } from "node:module";
import type { ChildRole } from "../app/child-process.ts";

const ROLES: Readonly<Record<ChildRole, () => Promise<unknown>>> = {
  registration: () => import("../app/registration-process.ts"),
  runner: () => import("./runner-process.ts"),
  trace: () => import("./trace-process.ts"),
};

enableCompileCache();
await ROLES[process.argv[2] as ChildRole]();
