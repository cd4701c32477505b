/* Picture files from outside, for this page and for the one in pocket/. Nothing leaves this computer.

   What is no picture is refused with one sentence: what was given, what is wrong, what to do. */
"use strict";

const Reading = (() => {
  const LARGEST_FILE = 40e6;
  const MOST_PIXELS = 60e6;
  const NARROWEST = 8;
  const CHOOSE = "Choose a PNG, JPEG, WebP, GIF or BMP picture.";

  class Refused extends Error {}

  /** Which picture format the first bytes tell, whatever the file is called. */
  function kindOf(bytes) {
    const starts = (...wanted) => wanted.every((value, place) => bytes[place] === value);
    const text = (from, to) => String.fromCharCode(...bytes.subarray(from, to));
    if (starts(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a)) return "PNG";
    if (starts(0xff, 0xd8, 0xff)) return "JPEG";
    if (text(0, 4) === "GIF8") return "GIF";
    if (text(0, 4) === "RIFF" && text(8, 12) === "WEBP") return "WebP";
    if (starts(0x42, 0x4d) && bytes.length > 26) return "BMP";
    return null;
  }

  /** What else the bytes are, in words, for the sentence that refuses them. */
  function otherKind(bytes) {
    const head = new TextDecoder("latin1").decode(bytes.subarray(0, 1000));
    if (/<svg[\s>]/i.test(head)) return "an SVG drawing, which is text and has no pixels";
    if (head.startsWith("%PDF")) return "a PDF document";
    if (/^....ftyp(hei|hev|mif|msf)/s.test(head)) return "a HEIC photo, which browsers cannot read. On an iPhone, choose Settings, Camera, Formats, Most Compatible";
    if (/^....ftypavi/s.test(head)) return "an AVIF picture";
    if (/^....ftyp/s.test(head)) return "a video";
    if (/^(II\*\0|MM\0\*)/.test(head)) return "a TIFF picture";
    if (head.startsWith("PK")) return "a zip archive or an office document";
    const odd = [...bytes.subarray(0, 1000)].filter((byte) => byte < 9 || (byte > 13 && byte < 32)).length;
    return odd === 0 ? "text" : "in no picture format";
  }

  /** Width and height as the head of a file states them, read before anything is decoded. */
  function statedSize(kind, bytes) {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    try {
      if (kind === "PNG") return [view.getUint32(16), view.getUint32(20)];
      if (kind === "GIF") return [view.getUint16(6, true), view.getUint16(8, true)];
      if (kind === "BMP") return [Math.abs(view.getInt32(18, true)), Math.abs(view.getInt32(22, true))];
      if (kind === "JPEG") return jpegSize(view);
      return webpSize(view);
    } catch (error) {
      if (error instanceof RangeError) return null;
      throw error;
    }
  }

  function jpegSize(view) {
    for (let at = 2; ; ) {
      const marker = view.getUint16(at);
      const isFrame = marker >= 0xffc0 && marker <= 0xffcf && ![0xffc4, 0xffc8, 0xffcc].includes(marker);
      if (isFrame) return [view.getUint16(at + 7), view.getUint16(at + 5)];
      if (marker < 0xff00) return null;
      at += marker === 0xffff ? 1 : 2 + view.getUint16(at + 2);
    }
  }

  function webpSize(view) {
    const small = (at) => view.getUint16(at, true) + (view.getUint8(at + 2) << 16) + 1;
    const form = String.fromCharCode(view.getUint8(12), view.getUint8(13), view.getUint8(14), view.getUint8(15));
    if (form === "VP8X") return [small(24), small(27)];
    if (form === "VP8 ") return [view.getUint16(26, true) & 0x3fff, view.getUint16(28, true) & 0x3fff];
    const bits = view.getUint32(21, true);
    return [(bits & 0x3fff) + 1, ((bits >> 14) & 0x3fff) + 1];
  }

  function checkSize(name, width, height, side) {
    const said = `“${name}” has ${count(width)} × ${count(height)} pixels`;
    if (width * height > MOST_PIXELS) {
      throw new Refused(`${said}, and at most ${MOST_PIXELS / 1e6} million fit in here. Make it smaller and try again.`);
    }
    if (Math.min(width, height) < side) {
      throw new Refused(`${said}, and at least ${side} × ${side} are needed. Choose a larger picture.`);
    }
    if (Math.max(width, height) > NARROWEST * Math.min(width, height)) {
      throw new Refused(`${said}, a strip too narrow to look at. Crop it to at most ${NARROWEST} times as long as wide.`);
    }
  }

  /** Decode a file into a bitmap of at least `side` pixels a side; the caller closes it. Throws Refused. */
  async function open(file, side) {
    const name = file.name ? shorten(file.name) : "The picture";
    if (file.size === 0) throw new Refused(`“${name}” is empty: it has 0 bytes. ${CHOOSE}`);
    if (file.size > LARGEST_FILE) {
      const said = `“${name}” has ${Math.round(file.size / 1e6)} MB`;
      throw new Refused(`${said}, and at most ${LARGEST_FILE / 1e6} MB fit in here. Save it smaller and try again.`);
    }
    const bytes = await file.arrayBuffer().then((buffer) => new Uint8Array(buffer), () => null);
    if (!bytes) throw new Refused(`“${name}” cannot be read; it may be a folder. ${CHOOSE}`);
    const kind = kindOf(bytes);
    if (!kind) throw new Refused(`“${name}” is not a picture that can be opened here: it is ${otherKind(bytes)}. ${CHOOSE}`);
    const damaged = `“${name}” is damaged: it begins like a ${kind} picture, but cannot be decoded. Choose another file.`;
    const size = statedSize(kind, bytes);
    if (!size) throw new Refused(damaged);
    checkSize(name, ...size, side);
    const bitmap = await createImageBitmap(new Blob([bytes])).catch(() => null);
    if (!bitmap) throw new Refused(damaged);
    try {
      checkSize(name, bitmap.width, bitmap.height, side); // the head may have stated another size
    } catch (error) {
      bitmap.close();
      throw error;
    }
    return bitmap;
  }

  function shorten(name) {
    return name.length > 40 ? `${name.slice(0, 30)}…${name.slice(-8)}` : name;
  }

  function count(number) {
    return number.toLocaleString("en");
  }

  return { Refused, open };
})();
