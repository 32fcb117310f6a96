// Makes the confirmation page better than its forms: no reload, photos with progress, and calls
// that wait for a connection. A call is kept in the browser until it is answered and has a key of
// its own, so that the server does it once however often it is sent.
(() => {
  'use strict';
  const words = document.body.dataset;
  const page = location.pathname;
  const LIMIT = 10 * 1024 * 1024;
  const LONGEST_SIDE = 4096;
  const STALLED_MS = 60000;
  const FITTING = ['image/jpeg', 'image/png', 'image/webp', 'image/gif'];
  if (!words.waiting || !window.DOMParser) {
    return;
  }
  document.documentElement.classList.add('js');

  // ---- What waits to be sent ----
  const queue = [];
  let store = null;
  const opened = new Promise((done) => {
    try {
      const request = indexedDB.open('crewline-confirmation', 1);
      request.onupgradeneeded = () => request.result.createObjectStore('calls', { keyPath: 'key' });
      request.onsuccess = () => { store = request.result; done(); };
      request.onerror = () => done();
    } catch (e) {
      done(); // private windows: calls live as long as the page
    }
  });
  function keep(call) {
    queue.push(call);
    change((calls) => calls.put(call));
  }
  function forget(call) {
    queue.splice(queue.indexOf(call), 1);
    change((calls) => calls.delete(call.key));
  }
  function change(work) {
    try {
      if (store) {
        work(store.transaction('calls', 'readwrite').objectStore('calls'));
      }
    } catch (e) {
      store = null;
    }
  }
  function recall() {
    return new Promise((done) => {
      if (!store) {
        return done();
      }
      const request = store.transaction('calls').objectStore('calls').getAll();
      request.onerror = () => done();
      request.onsuccess = () => {
        request.result
          .filter((call) => call.page === page && !queue.some((other) => other.key === call.key))
          .sort((a, b) => a.at - b.at)
          .forEach((call) => queue.push(call));
        done();
      };
    });
  }

  // ---- Sending, one after another ----
  let running = false;
  let patience = 2000;
  let timer = 0;
  async function run() {
    clearTimeout(timer);
    if (running) {
      return;
    }
    running = true;
    while (queue.length) {
      const call = queue[0];
      call.state = 'sending';
      call.share = 0;
      paint();
      const answer = navigator.onLine === false ? null : await send(call);
      if (!answer || answer.status === 429 || answer.status >= 500) {
        queue.forEach((each) => { each.state = 'waiting'; });
        paint();
        timer = setTimeout(run, patience);
        patience = Math.min(patience * 2, 60000);
        break;
      }
      patience = 2000;
      forget(call);
      show(answer, call);
      paint();
    }
    running = false;
  }
  function send(call) {
    return new Promise((done) => {
      const request = new XMLHttpRequest();
      let stalled = 0;
      const alive = () => {
        clearTimeout(stalled);
        stalled = setTimeout(() => request.abort(), STALLED_MS);
      };
      request.open('POST', call.url);
      request.upload.onprogress = (event) => {
        alive();
        call.share = event.total ? event.loaded / event.total : 0;
        paint();
      };
      request.onprogress = alive;
      request.onload = () => done({ status: request.status, html: request.responseText });
      request.onerror = request.onabort = () => done(null);
      request.onloadend = () => clearTimeout(stalled);
      alive();
      if (call.photo) {
        const form = new FormData();
        form.append('file', call.photo, call.name);
        request.send(form);
      } else {
        request.send(new URLSearchParams(call.fields));
      }
    });
  }

  // ---- Showing ----
  const live = document.getElementById('live');
  function say(text) {
    live.textContent = text;
  }
  function show(answer, call) {
    const fresh = new DOMParser().parseFromString(answer.html, 'text/html');
    const main = document.querySelector('main');
    const freshMain = fresh.querySelector('main');
    if (!freshMain || !fresh.getElementById('message')) {
      if (freshMain) {
        queue.slice().forEach(forget);
        main.replaceWith(freshMain); // the link is not valid any more
      } else {
        tell(words.failed);
      }
      return;
    }
    const problem = fresh.getElementById('message').textContent;
    tell(problem);
    document.querySelectorAll('form').forEach((form) => {
      if (call.photo && action(form) === call.action) {
        form.reset();
      }
    });
    swap(document.getElementById('receipt'), fresh.getElementById('receipt'));
    const ids = new Set();
    let last = document.getElementById('receipt');
    fresh.querySelectorAll('article').forEach((article) => {
      ids.add(article.id);
      const old = document.getElementById(article.id);
      if (!old) {
        last.after(article);
        last = article;
      } else {
        const kept = swap(old, article, !problem && old.id === call.target && !call.photo);
        last = kept;
      }
    });
    document.querySelectorAll('article').forEach((article) => {
      if (!ids.has(article.id)) {
        article.remove();
      }
    });
    localise();
    if (!problem) {
      say(words.saved);
    }
  }
  // Replaces what has changed, but not what somebody is writing.
  function swap(old, fresh, sent) {
    const note = old.querySelector('textarea');
    if (old.dataset.version === fresh.dataset.version && !sent) {
      return old;
    }
    const freshNote = fresh.querySelector('textarea');
    if (note && freshNote && !sent) {
      freshNote.value = note.value;
    }
    const inside = old.contains(document.activeElement);
    const focused = inside ? document.activeElement : null;
    old.replaceWith(fresh);
    if (inside) {
      const again = (focused.id && document.getElementById(focused.id)) || fresh;
      again.tabIndex = again === fresh ? -1 : again.tabIndex;
      again.focus({ preventScroll: true });
    }
    return fresh;
  }
  function tell(text) {
    const message = document.getElementById('message');
    message.textContent = '';
    if (text) {
      const p = document.createElement('p');
      p.className = 'message bad';
      p.textContent = text;
      message.append(p);
      message.focus();
    }
  }
  // Marks the forms whose calls are on their way.
  function paint() {
    document.querySelectorAll('form').forEach((form) => {
      const call = queue.find((each) => each.action === action(form));
      let state = form.querySelector('.state');
      form.querySelectorAll('button, input, textarea').forEach((field) => {
        field.disabled = !!call;
      });
      if (!call) {
        if (state) {
          state.remove();
        }
        return;
      }
      if (!state) {
        state = document.createElement('div');
        state.className = 'state';
        state.append(document.createElement('p'));
        state.firstChild.className = 'waiting';
        form.append(state);
      }
      const waiting = call.state === 'waiting' || navigator.onLine === false;
      const percent = Math.floor((call.share || 0) * 100);
      const text = waiting ? words.waiting
        : call.photo ? words.progress.replace('{0}', percent)
          : words.sending;
      if (state.firstChild.textContent !== text) {
        state.firstChild.textContent = text;
        if (waiting) {
          say(text);
        }
      }
      let bar = state.querySelector('progress');
      if (call.photo && !waiting) {
        if (!bar) {
          bar = document.createElement('progress');
          bar.max = 100;
          bar.setAttribute('aria-label', words.sending);
          state.append(bar);
        }
        bar.value = percent;
      } else if (bar) {
        bar.remove();
      }
    });
  }
  function localise() {
    document.querySelectorAll('time[datetime]').forEach((time) => {
      const at = new Date(time.getAttribute('datetime'));
      if (!isNaN(at)) {
        time.textContent = new Intl.DateTimeFormat(document.documentElement.lang,
          { dateStyle: 'medium', timeStyle: 'short' }).format(at);
      }
    });
  }

  // ---- Forms ----
  function action(form) {
    return form.getAttribute('action').split('?')[0];
  }
  function random() {
    const bytes = crypto.getRandomValues(new Uint8Array(16));
    return Array.from(bytes, (each) => each.toString(16).padStart(2, '0')).join('');
  }
  // Photos that are too large, or of a type that only this device reads, become fitting JPEGs.
  async function fitting(file) {
    if (file.size <= LIMIT && FITTING.includes(file.type)) {
      return file;
    }
    try {
      const picture = await createImageBitmap(file);
      const scale = Math.min(1, LONGEST_SIDE / Math.max(picture.width, picture.height));
      const canvas = document.createElement('canvas');
      canvas.width = Math.round(picture.width * scale);
      canvas.height = Math.round(picture.height * scale);
      canvas.getContext('2d').drawImage(picture, 0, 0, canvas.width, canvas.height);
      return await new Promise((done) => canvas.toBlob((blob) => done(blob || file), 'image/jpeg', 0.85));
    } catch (e) {
      return file; // the server says what is wrong with it
    }
  }
  async function submit(form, button) {
    const call = {
      key: random(), page, action: action(form), target: form.dataset.target || 'receipt', at: Date.now(),
    };
    const file = form.querySelector('input[type=file]');
    if (file) {
      if (!file.files.length) {
        return file.click();
      }
      call.photo = await fitting(file.files[0]);
      call.name = 'photo';
      call.url = call.action + '?key=' + call.key;
      if (call.photo.size > LIMIT) {
        return tell(words.tooLarge);
      }
    } else {
      call.url = call.action;
      call.fields = [['key', call.key]];
      form.querySelectorAll('textarea').forEach((text) => call.fields.push([text.name, text.value]));
      if (button && button.name) {
        call.fields.push([button.name, button.value]);
      }
    }
    tell('');
    keep(call);
    paint();
    run();
  }
  document.addEventListener('submit', (event) => {
    event.preventDefault();
    submit(event.target, event.submitter);
  });
  document.addEventListener('change', (event) => {
    if (event.target.type === 'file' && event.target.files.length) {
      submit(event.target.form);
    }
  });
  addEventListener('online', () => { patience = 2000; run(); });
  addEventListener('offline', paint);
  localise();
  opened.then(recall).then(() => { paint(); run(); });
})();
