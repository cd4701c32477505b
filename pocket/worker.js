/* The network, in a thread of its own. It takes pixels and gives features and the last feature maps. */
import * as ort from "./ort.wasm.bundle.min.mjs";

export const SIZE = 192;

ort.env.wasm.numThreads = 1; // more would need headers that a plain web server does not send
ort.env.logLevel = "error";

async function bytes(name) {
  const response = await fetch(name);
  if (!response.ok) throw new Error(`${name}: ${response.status}`);
  return response;
}

/** Unpack a file, unless the server has done so already. */
async function unpacked(name) {
  const packed = await (await bytes(name)).arrayBuffer();
  const [first, second] = new Uint8Array(packed, 0, 2);
  if (first !== 0x1f || second !== 0x8b) return packed;
  return new Response(new Blob([packed]).stream().pipeThrough(new DecompressionStream("gzip"))).arrayBuffer();
}

async function open() {
  const [program, network] = await Promise.all([unpacked("ort.wasm.gzipped"), bytes("network.onnx").then((file) => file.arrayBuffer())]);
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
