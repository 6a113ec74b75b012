// What looks unusual about a figure is told at its cell as soon as it is saved: in the words of the page as the server gives
// it now, which knows what is usual.
'use strict';
document.addEventListener('qianglian:saved', async ({ target }) => {
  const answer = await fetch(location.href, { credentials: 'same-origin', cache: 'no-store' }).catch(() => null);
  if (!answer || !answer.ok || answer.redirected) return;
  const page = new DOMParser().parseFromString(await answer.text(), 'text/html');
  const words = (cell) => [...cell.querySelectorAll('.notice')].map(({ textContent }) => textContent).join('\n');
  for (const cell of target.querySelectorAll('.strange')) {
    const now = page.getElementById(cell.id);
    // Nothing is taken away from under somebody who is explaining.
    if (!now || words(now) === words(cell) || cell.contains(document.activeElement)) continue;
    const typed = cell.querySelector('textarea');
    cell.replaceChildren(...now.childNodes);
    const field = cell.querySelector('textarea');
    if (typed && field) field.value = typed.value;
  }
});
