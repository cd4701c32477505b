/* The network, in a thread of its own. It takes pixels and gives features and the last feature maps. */
import * as ort from "./ort.wasm.bundle.min.mjs";

export const SIZE = 192;

ort.env.wasm.numThreads = 1; // more would need headers that a plain web server does not send
ort.env.logLevel = "error";

/** Load files, and tell the page how far that is: an array buffer for each. */
async function load(...names) {
  const responses = await Promise.all(names.map((name) => fetch(name)));
  const wrong = responses.find(({ ok }) => !ok);
  if (wrong) throw new Error(`${wrong.url.split("/").pop()}: ${wrong.status}`);
  const sizes = responses.map(({ headers }) => Number(headers.get("Content-Length")));
  const whole = sizes.every(Boolean) ? sizes.reduce((sum, size) => sum + size) : 0;
  let loaded = 0;
  const files = await Promise.all(responses.map(async ({ body }) => {
    const parts = [];
    const reader = body.getReader();
    for (let { done, value } = await reader.read(); !done; { done, value } = await reader.read()) {
      parts.push(value);
      postMessage({ loaded: (loaded += value.length), whole });
    }
    return new Blob(parts).arrayBuffer();
  }));
  if (location.search === "?first" && self.caches) await hand(names, files).catch(() => {}); // then it loads them anew
  return files;
}

/** Put files where the service worker, which keeps the page for later, finds them. */
async function hand(names, files) {
  const early = await caches.open(`pocket ${new URL(".", location.href).pathname} early`);
  await Promise.all(names.map((name, place) => early.put(name, new Response(files[place]))));
}

/** Unpack a file, unless the server has done so already. */
async function unpacked(packed) {
  const [first, second] = new Uint8Array(packed, 0, 2);
  if (first !== 0x1f || second !== 0x8b) return packed;
  return new Response(new Blob([packed]).stream().pipeThrough(new DecompressionStream("gzip"))).arrayBuffer();
}

async function open() {
  const [packed, network] = await load("ort.wasm.gzipped", "network.onnx");
  const program = await unpacked(packed);
  ort.env.wasm.wasmBinary = program;
  const session = await ort.InferenceSession.create(new Uint8Array(network), { executionProviders: ["wasm"] });
  await look(session, new Uint8Array(SIZE * SIZE * 3)); // the first run prepares buffers
  return session;
}

async function look(session, pixels) {
  const { features, maps } = await session.run({ pixels: new ort.Tensor("uint8", pixels, [1, SIZE, SIZE, 3]) });
  return { features: features.data, maps: maps.data };
}

const ready = open();
ready.then(() => postMessage({ ready: true }), (error) => postMessage({ failed: String(error.message ?? error) }));

let last = ready.catch(() => null);
onmessage = ({ data: { id, pixels } }) => {
  last = last.then(async (session) => {
    try {
      const { features, maps } = await look(await ready, pixels);
      postMessage({ id, features, maps }, [features.buffer, maps.buffer]);
    } catch (error) {
      postMessage({ id, failed: String(error.message ?? error) });
    }
    return session;
  });
};
