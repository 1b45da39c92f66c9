// Web Authentication between the server's JSON and the browser's binary values: what a page asks an authenticator, and what it answers.

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

const answerOf = (made, response) =>
  JSON.stringify({
    id: made.id,
    rawId: textOf(made.rawId),
    type: made.type,
    response: { clientDataJSON: textOf(made.response.clientDataJSON), ...response },
  });

export const worksHere = () => Boolean(window.PublicKeyCredential);
export const wasCancelled = (error) => error.name === "NotAllowedError" || error.name === "AbortError";

export async function makeKey(options) {
  const made = await navigator.credentials.create({
    publicKey: {
      ...options,
      challenge: bytesOf(options.challenge),
      user: { ...options.user, id: bytesOf(options.user.id) },
      excludeCredentials: described(options.excludeCredentials),
    },
  });
  const attestationObject = textOf(made.response.attestationObject);
  return answerOf(made, { attestationObject, transports: made.response.getTransports?.() ?? [] });
}

export async function askKey(options) {
  const made = await navigator.credentials.get({
    publicKey: { ...options, challenge: bytesOf(options.challenge), allowCredentials: described(options.allowCredentials) },
  });
  const { authenticatorData, signature, userHandle } = made.response;
  return answerOf(made, {
    authenticatorData: textOf(authenticatorData),
    signature: textOf(signature),
    userHandle: userHandle ? textOf(userHandle) : null,
  });
}
