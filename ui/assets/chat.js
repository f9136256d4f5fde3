// Runs once per HTML component of the chat page, with `element`, `trigger` and `watch` from Gradio.
// Every button carries what it does in data attributes; the server checks each of them.
element.addEventListener('click', (event) => {
  const button = event.target.closest('button[data-act]');
  if (!button || !element.contains(button)) return;
  trigger('act', {
    act: button.dataset.act,
    key: button.dataset.key ?? '',
    reaction: button.dataset.reaction ?? '',
    text: button.dataset.text ?? '',
  });
});

// A new turn comes into view from its question on; while it grows the page stays where the reader is.
let lastTurn = '';
watch('value', () => {
  const turn = element.querySelector('.bc-turn:last-child');
  const number = turn ? turn.dataset.turn : '';
  if (number === lastTurn) return;
  lastTurn = number;
  if (!turn) return;
  const calm = window.matchMedia('(prefers-reduced-motion: reduce)').matches;
  requestAnimationFrame(() => turn.scrollIntoView({ block: 'start', behavior: calm ? 'auto' : 'smooth' }));
});
