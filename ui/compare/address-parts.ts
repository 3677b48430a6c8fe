/** An address, RUN.CALL or RUN.CALL.ITEM, as what is chosen in the debugger. */
export function addressParts(address: string): {
  readonly runId: string;
  readonly search: { readonly call?: number; readonly item?: number };
} {
  const [runId = "", call, item] = address.split(".");
  return {
    runId,
    search: {
      ...(call === undefined ? {} : { call: Number(call) }),
      ...(item === undefined ? {} : { item: Number(item) }),
    },
  };
}
