"use strict";
(() => {
  const form = document.forms.passkey;
  const read = (text) => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (c) => c.charCodeAt(0));
  const write = (bytes) => btoa(String.fromCharCode(...new Uint8Array(bytes))).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
  const readKeys = (keys) => keys.map((key) => ({ ...key, id: read(key.id) }));

  const make = (options) => {
    options.user.id = read(options.user.id);
    options.excludeCredentials = readKeys(options.excludeCredentials);
    return navigator.credentials.create({ publicKey: options });
  };
  const use = (options) => {
    options.allowCredentials = readKeys(options.allowCredentials);
    return navigator.credentials.get({ publicKey: options });
  };
  const ask = async () => {
    if (!window.PublicKeyCredential) {
      throw new DOMException("", "NotSupportedError");
    }
    const options = JSON.parse(form.elements.options.value);
    options.challenge = read(options.challenge);
    const key = await (options.user ? make(options) : use(options));
    const response = {};
    for (const name of ["clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle"]) {
      if (key.response[name]) {
        response[name] = write(key.response[name]);
      }
    }
    if (key.response.getTransports) {
      response.transports = key.response.getTransports();
    }
    return JSON.stringify({
      id: key.id, rawId: write(key.rawId), type: key.type, authenticatorAttachment: key.authenticatorAttachment ?? undefined,
      clientExtensionResults: key.getClientExtensionResults(), response,
    });
  };

  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    form.querySelector("button").disabled = true;
    try {
      form.elements.credential.value = await ask();
    } catch (error) {
      form.elements.failure.value = error.name || "Error";
    }
    form.submit();
  });
})();
