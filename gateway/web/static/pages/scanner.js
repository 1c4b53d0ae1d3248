// A scanner types like a keyboard, as fast as nobody does, and ends with Enter. Where no field waits for a pass, what it
// types must press nothing: not the button that has the focus, and no digit of a PIN.

const PAUSE_MS = 400; // between two keys; a person who presses Enter within it after a letter presses it again

const WRITABLE = "input:not([type=radio]):not([type=checkbox]), textarea, select";

/** Have an element ignore the Enter that ends a scan. @param {HTMLElement} element */
export function deafToScanners(element) {
  let typed = -Infinity;
  element.addEventListener("keydown", (event) => {
    if (event.target.closest?.(WRITABLE) || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "Shift") return; // scanners press it for capitals
    if (event.key === "Enter" && event.timeStamp - typed < PAUSE_MS) event.preventDefault();
    typed = event.key.length === 1 && event.key !== " " ? event.timeStamp : -Infinity;
  }, { capture: true });
}

/**
 * Tell what one person types from what a scanner does, where only digits are wanted: a letter gives it away.
 * @returns {(event: KeyboardEvent) => boolean} whether a key is part of a scan, from its first letter to its Enter
 */
export function scanSpotter() {
  let last = -Infinity;
  let scanning = false;
  return (event) => {
    if (event.timeStamp - last > PAUSE_MS) scanning = false;
    if (event.key.length === 1 || event.key === "Enter") last = event.timeStamp;
    if (event.key.length === 1 && !/^[0-9 ]$/.test(event.key)) scanning = true;
    const part = scanning && (event.key.length === 1 || event.key === "Enter");
    if (event.key === "Enter") scanning = false;
    return part;
  };
}
