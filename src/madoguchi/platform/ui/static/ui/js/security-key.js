// <security-key data-kind="get|create" data-options="…"> sends its form only with the answer of an authenticator in it: it takes the
// server's question (JSON of Web Authentication) from data-options, lets the browser put it to the authenticator, and fills the form's
// hidden box. What went wrong is said in the element's own words; nothing is sent then.

const bytesOf = (text) => {
  const plain = text.replaceAll("-", "+").replaceAll("_", "/");
  return Uint8Array.from(atob(plain), (sign) => sign.charCodeAt(0));
};
const textOf = (buffer) => {
  let signs = "";
  for (const byte of new Uint8Array(buffer)) signs += String.fromCharCode(byte);
  return btoa(signs).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
};
const described = (keys) => (keys ?? []).map((key) => ({ ...key, id: bytesOf(key.id) }));

async function make(options) {
  const made = await navigator.credentials.create({
    publicKey: {
      ...options,
      challenge: bytesOf(options.challenge),
      user: { ...options.user, id: bytesOf(options.user.id) },
      excludeCredentials: described(options.excludeCredentials),
    },
  });
  return {
    attestationObject: textOf(made.response.attestationObject),
    transports: made.response.getTransports?.() ?? [],
    made,
  };
}

async function ask(options) {
  const made = await navigator.credentials.get({
    publicKey: { ...options, challenge: bytesOf(options.challenge), allowCredentials: described(options.allowCredentials) },
  });
  return {
    authenticatorData: textOf(made.response.authenticatorData),
    signature: textOf(made.response.signature),
    userHandle: made.response.userHandle ? textOf(made.response.userHandle) : null,
    made,
  };
}

class SecurityKey extends HTMLElement {
  #busy = false;

  connectedCallback() {
    this.addEventListener("submit", (event) => this.#onSubmit(event));
    if (!window.PublicKeyCredential) this.#say(this.dataset.missing);
  }

  #onSubmit(event) {
    const form = event.target;
    if (form.elements.answer.value) return;
    event.preventDefault();
    if (!this.#busy) this.#speakWithKey(form, event.submitter);
  }

  async #speakWithKey(form, button) {
    if (!window.PublicKeyCredential) return this.#say(this.dataset.missing);
    this.#busy = true;
    this.#say("");
    try {
      const options = JSON.parse(this.dataset.options);
      const { made, ...response } = await (this.dataset.kind === "create" ? make(options) : ask(options));
      form.elements.answer.value = JSON.stringify({
        id: made.id,
        rawId: textOf(made.rawId),
        type: made.type,
        response: { clientDataJSON: textOf(made.response.clientDataJSON), ...response },
      });
      form.requestSubmit(button);
    } catch (error) {
      this.#say(error.name === "NotAllowedError" || error.name === "AbortError" ? this.dataset.cancelled : this.dataset.unsuited);
    } finally {
      this.#busy = false;
    }
    return undefined;
  }

  #say(words) {
    const line = this.querySelector("[role=alert]");
    line.textContent = words;
    line.hidden = !words;
  }
}

customElements.define("security-key", SecurityKey);
