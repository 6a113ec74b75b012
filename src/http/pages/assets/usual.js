// What looks unusual about a figure is told at its cell as soon as it is saved: in the words of the page as the server gives
// it now, which knows what is usual.
'use strict';
document.addEventListener('qianglian:saved', async ({ target }) => {
  const answer = await fetch(location.href, { credentials: 'same-origin', cache: 'no-store' }).catch(() => null);
  if (!answer || !answer.ok || answer.redirected) return;
  const page = new DOMParser().parseFromString(await answer.text(), 'text/html');
  for (const cell of target.querySelectorAll('.strange')) {
    const now = page.getElementById(cell.id);
    if (!now) continue;
    const told = (one) => [...one.querySelectorAll('.notice')];
    const words = (one) => told(one).map(({ textContent }) => textContent).join('\n');
    if (words(now) !== words(cell)) {
      for (const notice of told(cell)) notice.remove();
      cell.prepend(...told(now));
    }
    const [field, asked] = [cell.querySelector('.field'), now.querySelector('.field')];
    if (!field && asked) cell.append(asked);
    // Nothing is taken away from under somebody who explains, or has.
    if (field && !asked && !field.contains(document.activeElement) && !field.querySelector('textarea').value) field.remove();
  }
});
