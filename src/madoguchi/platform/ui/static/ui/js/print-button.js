// <print-button hidden> shows its button where printing by script works, and prints.
class PrintButton extends HTMLElement {
  connectedCallback() {
    this.hidden = false;
    this.addEventListener("click", (event) => {
      if (event.target instanceof Element && event.target.closest("button")) print();
    });
  }
}

customElements.define("print-button", PrintButton);
