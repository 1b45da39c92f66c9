// <mask-marker> lets the pointer draw rectangles on its picture into the number boxes of the rows behind it, and shows what the boxes say.
// Without this script, and for the keyboard, the boxes are the way: percent of the picture from its left upper corner.
const SIDES = ["left", "top", "width", "height"];

class MaskMarker extends HTMLElement {
  connectedCallback() {
    this.picture = this.querySelector("img");
    this.rows = [...document.querySelectorAll("[data-mask-row]")].map((row) =>
      SIDES.map((side) => row.querySelector(`input[name^="${side}_"]`)),
    );
    this.boxes = this.rows.map(() => this.appendChild(Object.assign(document.createElement("span"), { className: "mask-box" })));
    this.picture.draggable = false;
    this.picture.addEventListener("pointerdown", (event) => this.begin(event));
    this.picture.addEventListener("pointermove", (event) => this.follow(event));
    this.picture.addEventListener("pointerup", () => (this.from = null));
    for (const row of this.rows) for (const input of row) input.addEventListener("input", () => this.draw());
    this.draw();
  }

  place(event) {
    const frame = this.picture.getBoundingClientRect();
    const share = (at, start, size) => Math.min(100, Math.max(0, ((at - start) / size) * 100));
    return [share(event.clientX, frame.left, frame.width), share(event.clientY, frame.top, frame.height)];
  }

  begin(event) {
    const free = this.rows.findIndex((row) => row.every((input) => !input.value));
    this.row = this.rows[free < 0 ? this.rows.length - 1 : free];
    this.from = this.place(event);
    this.picture.setPointerCapture(event.pointerId);
    event.preventDefault();
  }

  follow(event) {
    if (!this.from) return;
    const [x, y] = this.place(event);
    const values = [Math.min(x, this.from[0]), Math.min(y, this.from[1]), Math.abs(x - this.from[0]), Math.abs(y - this.from[1])];
    // Rounded so that the two numbers of a side never run over the edge.
    values.forEach((value, index) => (this.row[index].value = (Math.floor(value * 10) / 10).toFixed(1)));
    this.draw();
  }

  draw() {
    this.rows.forEach((row, index) => {
      const values = row.map((input) => Number.parseFloat(input.value));
      const box = this.boxes[index];
      box.hidden = values.some((value) => !Number.isFinite(value));
      SIDES.forEach((side, number) => (box.style[side] = `${values[number] || 0}%`));
    });
  }
}

customElements.define("mask-marker", MaskMarker);
