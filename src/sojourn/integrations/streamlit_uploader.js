// The uploader on the page: a plain file input, a place to drop, and the files that are there.

const sizes = new Intl.NumberFormat(undefined, { maximumFractionDigits: 1 });

function size(bytes) {
  const steps = ["B", "KB", "MB", "GB"];
  let step = 0;
  for (; bytes >= 1024 && step < 3; step += 1) bytes /= 1024;
  return `${sizes.format(bytes)} ${steps[step]}`;
}

function make(tag, said = {}, ...inside) {
  const made = Object.assign(document.createElement(tag), said);
  made.append(...inside);
  return made;
}

// Where the app lives, also behind a proxy that takes a part of the path away: beside its own scripts.
function place(route) {
  const script = document.querySelector('script[type="module"][src*="/static/js/"]');
  return script ? new URL(`../../${route}`, script.src) : new URL(route, document.baseURI);
}

function cookie(name) {
  const found = document.cookie.split("; ").find((pair) => pair.startsWith(`${name}=`));
  return found ? decodeURIComponent(found.slice(name.length + 1)).replace(/^"|"$/g, "") : "";
}

function send(file, data, progress) {
  return new Promise((done, failed) => {
    const request = new XMLHttpRequest();
    request.open("PUT", place(data.route));
    request.setRequestHeader("Sojourn-Order", data.order);
    request.setRequestHeader("Sojourn-Name", encodeURIComponent(file.name));
    request.setRequestHeader("X-Xsrftoken", cookie("_streamlit_xsrf"));
    request.upload.onprogress = (event) => progress(event.loaded, event.total);
    request.onerror = () => failed(new Error("It could not be sent."));
    request.onload = () => {
      if (request.status === 204) return done();
      try {
        failed(new Error(JSON.parse(request.responseText).detail));
      } catch {
        failed(new Error(`It could not be sent (${request.status}).`));
      }
    };
    request.send(file);
  });
}

export default function (component) {
  const { data, parentElement, setTriggerValue } = component;
  const root = parentElement.querySelector(".uploader");
  const state = (root.sojourn ??= { sending: new Map(), trouble: "" });
  state.component = component;

  function draw() {
    const { data } = state.component;
    const input = make("input", {
      type: "file",
      multiple: data.multiple,
      accept: data.accept,
      disabled: data.disabled,
      ariaLabel: data.label,
    });
    input.onchange = () => take(input.files);
    const hint = make("span", {}, [data.accept.replaceAll(",", ", "), `${size(data.most)} a file`].filter(Boolean).join(" · "));
    const drop = make("div", { className: "drop" }, input, hint);
    drop.ondragover = (event) => (event.preventDefault(), drop.classList.add("over"));
    drop.ondragleave = () => drop.classList.remove("over");
    drop.ondrop = (event) => (event.preventDefault(), data.disabled || take(event.dataTransfer.files));
    const list = make("ul", { ariaLabel: `Files: ${data.label}` });
    for (const file of data.files) {
      const gone = make("button", { type: "button", ariaLabel: `Remove ${file.name}` }, "Remove");
      gone.onclick = () => state.component.setTriggerValue("removed", file.id);
      gone.disabled = data.disabled;
      list.append(make("li", {}, make("span", { className: "name" }, file.name), size(file.size), gone));
    }
    for (const [file, part] of state.sending) {
      const bar = make("progress", { max: 1, value: part, ariaLabel: `Sending ${file.name}` });
      list.append(make("li", {}, make("span", { className: "name" }, file.name), bar));
    }
    const said = state.trouble ? [make("p", { role: "alert" }, state.trouble)] : [];
    root.replaceChildren(make("div", {}, data.label), drop, list, ...said);
  }

  async function take(chosen) {
    const { data } = state.component;
    const files = data.multiple ? [...chosen] : [...chosen].slice(0, 1);
    state.trouble = "";
    let came = 0;
    for (const file of files) {
      if (file.size > data.most) {
        state.trouble = `${file.name}: a file may have ${size(data.most)}.`;
        continue;
      }
      state.sending.set(file, 0);
      draw();
      try {
        await send(file, data, (loaded, total) => {
          state.sending.set(file, loaded / total);
          const bar = root.querySelectorAll("progress")[[...state.sending.keys()].indexOf(file)];
          if (bar) bar.value = loaded / total;
        });
        came += 1;
      } catch (error) {
        state.trouble = `${file.name}: ${error.message}`;
      }
      state.sending.delete(file);
    }
    draw();
    if (came) state.component.setTriggerValue("brought", came);
  }

  draw();
}
