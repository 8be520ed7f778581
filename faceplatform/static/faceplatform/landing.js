"use strict";

// Show beside the name of the service if it can take frames now, as GET /api/core/ready/ says.
const state = document.getElementById("state");

async function readiness(address) {
  try {
    const answer = await fetch(address, { headers: { Accept: "application/json" } });
    const { title } = await answer.json();
    return answer.ok ? ["ready", "Ready for frames"] : ["down", title];
  } catch {
    return ["down", "The service does not answer"];
  }
}

readiness(state.href).then(([name, text]) => {
  state.classList.add(name);
  state.textContent = text;
});
