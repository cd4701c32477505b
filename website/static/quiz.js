// Questions that are answered on the page, without a kernel, and reports that name the section they are about.
"use strict";

/** Judge an answer as helpers.quiz.judge does: whether it is right, and why. */
function judge(entry, answer) {
    if (entry.choices) {
        const choice = entry.choices[answer];
        return [Boolean(choice.right), choice.why];
    }
    const near = (entry.tolerance || 0) + 1e-9 * Math.abs(entry.number);
    if (Math.abs(answer - entry.number) <= near) return [true, entry.why];
    const slip = (entry.slips || []).find(([number]) => number === answer);
    return [false, slip ? slip[1] : "Work it out once more, step by step."];
}

for (const form of document.querySelectorAll("form.quiz")) {
    const entry = JSON.parse(form.dataset.entry);
    const said = form.querySelector("[role=status]");
    form.hidden = false;
    form.addEventListener("submit", event => {
        event.preventDefault();
        const text = (new FormData(form).get("answer") || "").trim().replace(/^−/, "-").replace(",", ".");
        if (text === "" || Number.isNaN(Number(text))) {
            said.textContent = entry.choices ? "Choose an answer first." : "Write a number, such as 0.5.";
            said.className = "";
            return;
        }
        const [right, why] = judge(entry, Number(text));
        said.innerHTML = `<strong>${right ? "Right." : "Not yet."}</strong> ${why}`;
        said.className = right ? "right" : "wrong";
    });
}

// A report begins with the section that is on the screen.
for (const link of document.querySelectorAll("a.report")) {
    link.addEventListener("click", () => {
        const heads = [...document.querySelectorAll("article h1, article h2, article h3")];
        const head = heads.filter(one => one.getBoundingClientRect().top < 200).pop();
        if (!head) return;
        const address = new URL(link.href);
        const title = head.textContent.replace(/[#¶]\s*$/, "").trim();
        address.searchParams.set("where", `${title} (${location.pathname.split("/").slice(-2).join("/")})`);
        link.href = address;
    });
}
