/* The wizard's first screen: who signs, how they are reached, in which order; and the way back to it. */

const { control, words, fill, json } = globalThis.paraph;

/* The first screen as it was left, for "Back": the sender's choices are never typed twice. */
const left = { screen: null };

control("wizard", (root) => {
  const form = root.querySelector(".choose");
  const people = new Map((json(root.querySelector("script[data-people]")) || []).map((one) => [one.id, one]));
  const said = words(root);
  const input = (name) => form.elements[name];
  const typed = { email: null, phone: null };

  const contact = () => {
    const field = input("contact");
    return field ? people.get(field.value) : { id: "", name: input("name").value.trim(), email: "", phone: "", initials: "" };
  };

  function showAddresses() {
    const person = contact() || { email: "", phone: "" };
    for (const name of ["email", "phone"]) input(name).value = typed[name] ?? person[name];
  }

  function showChannel() {
    const channel = input("channel").value;
    root.querySelectorAll("[data-address]").forEach((box) => { box.hidden = box.dataset.address !== channel; });
    const hasAddress = Boolean(input("email").value.trim() || input("phone").value.trim());
    root.querySelector("[data-code]").classList.toggle("is-off", !hasAddress);
    showKeeping(channel);
  }

  /* What was typed because the card lacked it may go back to the contact; an address of two people is pointed out. */
  function showKeeping(channel) {
    const person = contact() || {};
    const name = { email: "email", sms: "phone" }[channel];
    const text = name ? input(name).value.trim() : "";
    const isNew = Boolean(person.id && text && text !== person[name]);
    root.querySelector("[data-keep-box]").hidden = !isNew;
    if (!isNew) input("keep_contact").checked = false;
    const isShared = channel === "email" && person.shared_with && text === person.email;
    const line = root.querySelector("[data-shared]");
    line.hidden = !isShared;
    line.textContent = isShared ? fill(said.shared, { name: person.shared_with }) : "";
  }

  function story() {
    const person = contact() || {};
    const ours = input("our_user").selectedOptions[0];
    const channel = input("channel").value;
    const address = { email: input("email").value.trim(), sms: input("phone").value.trim(), link: "-" }[channel];
    const how = channel === "link" ? said.link_how : address ? fill(said[`${channel}_how`], { address }) : said.missing;
    const code = input("needs_code").checked && address && channel !== "link" ? said.with_code : "";
    const lines = {
      us: [fill(said.signs, { name: ours ? ours.text.split(",")[0] : "…" }), said.ours_how],
      client: [person.name ? fill(said.signs, { name: person.name }) : said.nobody, how + code],
    };
    const order = input("first").value === "us" ? ["us", "client"] : ["client", "us"];
    ["first", "second"].forEach((place, index) => {
      const role = order[index];
      const line = root.querySelector(`.story-${place}`);
      line.classList.toggle("is-ours", role === "us");
      line.classList.toggle("is-theirs", role === "client");
      root.querySelector(`[data-story="${place}"]`).textContent = lines[role][0];
      root.querySelector(`[data-story="${place}-how"]`).textContent = lines[role][1];
    });
  }

  function faces() {
    const ours = input("our_user").selectedOptions[0];
    root.querySelector('[data-initials-for="our_user"]').textContent = ours?.dataset.initials || "?";
    if (ours?.dataset.email) root.querySelector('[data-email-for="our_user"]').textContent = ours.dataset.email;
    const person = contact();
    root.querySelector('[data-initials-for="contact"]').textContent = initials(person) || "?";
  }

  const initials = (person) => person?.initials || (person?.name || "").split(/\s+/).filter(Boolean).map((word) => word[0].toUpperCase()).slice(0, 2).join("");

  function refresh() {
    showChannel();
    faces();
    story();
    globalThis.paraph.scheduleFit();
  }

  form.addEventListener("change", (event) => {
    if (event.target.name === "contact") {
      typed.email = typed.phone = null;
      showAddresses();
    }
    refresh();
  });
  form.addEventListener("input", (event) => {
    if (event.target.name in typed) typed[event.target.name] = event.target.value;
    refresh();
  });
  root.querySelector("[data-swap]").addEventListener("click", () => {
    const first = input("first").value === "us" ? "client" : "us";
    input("first").value = first;
    root.querySelector("[data-order]").dataset.first = first;
    refresh();
  });
  root.addEventListener("paraph:posted", () => { left.screen = root; }, { capture: true });

  showAddresses();
  const known = contact();
  if (known?.id && !known.email && known.phone) pick("sms");
  refresh();

  function pick(channel) {
    const radio = root.querySelector(`input[name="channel"][value="${channel}"]`);
    if (radio) radio.checked = true;
  }
});

/* "Back": the very same screen, with everything typed still in it. A new draft replaces the one left behind. */
document.addEventListener("click", (event) => {
  const back = event.target.closest("[data-back]");
  if (!back) return;
  const view = document.getElementById("view");
  const draft = view.querySelector("[data-envelope]")?.dataset.envelope || "";
  if (!left.screen) {
    globalThis.paraph.load(view, view.dataset.load);
    return;
  }
  const screen = left.screen;
  screen.querySelectorAll("[data-fresh-key]").forEach((key) => { key.value = crypto.randomUUID(); });
  screen.querySelectorAll("[aria-busy]").forEach((button) => button.removeAttribute("aria-busy"));
  const replaces = screen.querySelector('[name="replaces"]');
  if (replaces) replaces.value = draft;
  view.replaceChildren(screen);
  globalThis.paraph.scheduleFit();
});

/* Printing takes seconds; after many of them a sentence says what to expect. */
control("progress", (root) => {
  const slow = root.querySelector("[data-slow]");
  if (slow) setTimeout(() => { slow.hidden = false; globalThis.paraph.scheduleFit(); }, 12000);
});
