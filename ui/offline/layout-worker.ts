/** The layout worker as an address of this page: a file has no second one beside it, and as data it is longer than an address may be. */
import program from "elkjs/lib/elk-worker.min.js?raw";

const address: string = URL.createObjectURL(new Blob([program], { type: "text/javascript" }));
// It stands in for a module whose address is its default export.
// oxlint-disable-next-line import/no-default-export
export default address;
