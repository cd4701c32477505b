/* The controls of one layer, tied to its part of the state. */
"use strict";

const Controls = (() => {
  /** Build the controls of a layer. changed() is called after each change; say(sentence) shows a refusal. */
  function layer(template, number, { changed, say }) {
    const root = template.content.firstElementChild.cloneNode(true);
    const part = (selector) => root.querySelector(selector);
    const [named, alike, slider, weights] = [".named", ".alike", ".slider", ".weights"].map(part);
    const tabs = [...root.querySelectorAll(".slices button")];
    let state = null;
    let slice = 0;
    let chosen = 4;

    part("h2").textContent = `Layer ${number + 1}`;
    root.setAttribute("aria-label", `Layer ${number + 1}`);
    const own = new Option("my own numbers", "");
    own.disabled = true;
    named.append(own, ...KERNELS.map(({ name }) => new Option(name, name)));

    const inputs = Array.from({ length: 9 }, (_, place) => {
      const input = weights.appendChild(document.createElement("input"));
      input.type = "text";
      input.autocomplete = "off";
      input.spellcheck = false;
      input.setAttribute("aria-label", `row ${Math.floor(place / 3) + 1}, column ${(place % 3) + 1}`);
      input.addEventListener("focus", () => { choose(place); input.select(); });
      input.addEventListener("input", () => type(place));
      input.addEventListener("blur", () => showWeight(place));
      input.addEventListener("keydown", (event) => {
        const step = { ArrowUp: 1, ArrowDown: -1 }[event.key];
        if (!step) return;
        event.preventDefault();
        set(place, current()[place] + step * (event.shiftKey ? 0.1 : 1));
        input.select();
      });
      return input;
    });

    const current = () => state.kernels[state.alike ? 0 : slice];

    function choose(place) {
      chosen = place;
      inputs.forEach((input, k) => input.classList.toggle("chosen", k === place));
      slider.value = current()[place];
    }

    function type(place) {
      const value = State.weight(inputs[place].value);
      inputs[place].setAttribute("aria-invalid", value === null);
      if (value !== null) store(place, value);
    }

    function set(place, value) {
      const rounded = Math.round(value * 1e9) / 1e9;
      if (Math.abs(rounded) > State.LARGEST_WEIGHT) return;
      store(place, rounded);
      showWeight(place);
    }

    function store(place, value) {
      if (state.alike) state.kernels.forEach((kernel) => { kernel[place] = value; });
      else current()[place] = value;
      if (place === chosen) slider.value = value;
      describe();
      changed();
    }

    function replace(values) {
      if (state.alike) state.kernels = state.kernels.map(() => [...values]);
      else state.kernels[slice] = [...values];
      show(state);
      changed();
    }

    /** Write a stored weight into its field; what could not be read gives way to it, and a sentence says so. */
    function showWeight(place) {
      const input = inputs[place];
      if (input.getAttribute("aria-invalid") === "true") {
        const text = input.value.slice(0, 20);
        const limits = `between −${State.LARGEST_WEIGHT} and ${State.LARGEST_WEIGHT}`;
        say(`“${text}” is not a weight, so the field keeps its number. Type one ${limits}, such as -1, 0.5 or 1/9.`);
      }
      input.setAttribute("aria-invalid", false);
      const value = current()[place];
      input.value = Math.round(value * 1e4) / 1e4;
      input.style.setProperty("--length", input.value.length);
      input.title = String(value);
      input.dataset.value = value;
    }

    function describe() {
      const kernel = current();
      named.value = State.nameOf(kernel) ?? "";
      const sum = kernel.reduce((total, value) => total + value, 0);
      part(".weight-sum").textContent = `sum ${Drawing.format(sum)}`;
    }

    const SIMPLE = [
      [".stride", "stride", Number],
      [".padding", "padding", (text) => (/^\d$/.test(text) ? Number(text) : text)],
      [".pool", "pool", String],
      [".pool-stride", "poolStride", Number],
    ];
    SIMPLE.forEach(([selector, key, read]) => {
      part(selector).addEventListener("change", (event) => {
        state[key] = read(event.target.value);
        show(state);
        changed();
      });
    });
    part(".pool-size").addEventListener("change", (event) => {
      state.poolSize = state.poolStride = Number(event.target.value);
      show(state);
      changed();
    });
    part(".relu").addEventListener("change", (event) => { state.relu = event.target.checked; changed(); });
    alike.addEventListener("change", () => {
      state.alike = alike.checked;
      if (state.alike) state.kernels = state.kernels.map(() => [...state.kernels[slice]]);
      show(state);
      changed();
    });
    tabs.forEach((tab, k) => tab.addEventListener("click", () => { slice = k; show(state); }));
    named.addEventListener("change", () => replace(State.kernelNamed(named.value)));
    slider.addEventListener("input", () => set(chosen, Number(slider.value)));
    part(".turn").addEventListener("click", () => replace([6, 3, 0, 7, 4, 1, 8, 5, 2].map((from) => current()[from])));
    part(".negate").addEventListener("click", () => replace(current().map((value) => (value === 0 ? 0 : -value))));
    part(".clear").addEventListener("click", () => replace(Array(9).fill(0)));

    /** Show a layer's state; from then on the controls change that state. */
    function show(layerState) {
      state = layerState;
      if (state.alike) slice = 0;
      SIMPLE.forEach(([selector, key]) => { part(selector).value = state[key]; });
      part(".pool-size").value = state.poolSize;
      part(".relu").checked = state.relu;
      alike.checked = state.alike;
      part(".slices").hidden = state.alike;
      tabs.forEach((tab, k) => tab.setAttribute("aria-pressed", k === slice));
      root.querySelectorAll(".pooling").forEach((field) => { field.hidden = state.pool === "none"; });
      inputs.forEach((input, place) => {
        input.setAttribute("aria-invalid", false);
        showWeight(place);
      });
      describe();
      choose(chosen);
    }

    /** Whether the kernel has a slice for each colour to choose from. */
    function offerSlices(offered) {
      part(".tabs").hidden = !offered;
      if (offered || slice === 0) return;
      slice = 0;
      show(state);
    }

    return { root, show, offerSlices };
  }

  return { layer };
})();
