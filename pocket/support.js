/* Says in one sentence what this browser lacks. Old browsers read this too, so it is written in old JavaScript. */
"use strict";

(function () {
  // A module with one function that splats a byte over 16 lanes: valid only where WebAssembly has SIMD.
  var SIMD = [0, 97, 115, 109, 1, 0, 0, 0, 1, 5, 1, 96, 0, 1, 123, 3, 2, 1, 0, 10, 10, 1, 8, 0, 65, 0, 253, 15, 253, 98, 11];

  function lacking() {
    if (!("noModule" in document.createElement("script"))) return "JavaScript modules";
    if (!window.WebAssembly || !window.WebAssembly.validate(new Uint8Array(SIMD))) return "WebAssembly with SIMD";
    if (!window.DecompressionStream) return "DecompressionStream";
    if (!window.Worker || !window.indexedDB) return "workers or IndexedDB";
    return "";
  }

  var sentence = "";
  var lacks = lacking();
  if (location.protocol === "file:") {
    sentence = "This page was opened as a file, and browsers load a network only from a server. Run `course demo`, and open the address that it prints.";
  } else if (lacks) {
    sentence = "This browser is too old for the page: it has no " + lacks + ". Update it, or use Chrome or Edge 91, Firefox 114, Safari 16.4 or newer.";
  }
  if (sentence) {
    document.getElementById("unsupported").textContent = sentence;
    document.getElementById("unsupported").hidden = false;
  } else {
    document.getElementById("page").hidden = false;
  }
})();
