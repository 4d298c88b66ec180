// Choose, drop, paste or take a photograph; show the heat map over it.
const zone = () => element.querySelector(".zone");
const say = (sentence) => {
  const box = zone().querySelector(".problem");
  box.textContent = sentence || "";
  box.hidden = !sentence;
};
const busy = (on) => {
  zone().querySelector(".busy").hidden = !on;
};

const take = async (file) => {
  if (!file || !zone()) return;
  say("");
  const largest = Number(zone().dataset.largest);
  if (file.size > largest * 1e6) {
    say("This file has " + (file.size / 1e6).toFixed(0) + " MB; a photograph may have at most " + largest + " MB.");
    return;
  }
  busy(true);
  const address = await new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.onload = () => resolve(reader.result);
    reader.onerror = () => reject(reader.error);
    reader.readAsDataURL(file);
  });
  const data = address.slice(address.indexOf(",") + 1);
  if (!(await panel.send("picture", { name: file.name || "pasted photograph", data }))) busy(false);
};

element.addEventListener("change", (event) => {
  if (event.target.type !== "file") return;
  take(event.target.files[0]);
  event.target.value = "";
});
element.addEventListener("dragover", (event) => {
  event.preventDefault();
  zone()?.classList.add("over");
});
element.addEventListener("dragleave", () => zone()?.classList.remove("over"));
element.addEventListener("drop", (event) => {
  event.preventDefault();
  zone()?.classList.remove("over");
  take([...event.dataTransfer.files][0]);
});
document.addEventListener("paste", (event) => {
  if (!element.offsetParent || !zone()) return;
  const file = [...(event.clipboardData?.files || [])].find((f) => f.type.startsWith("image/"));
  if (file) {
    event.preventDefault();
    take(file);
  }
});

const camera = async () => {
  say("");
  let stream;
  try {
    stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment" } });
  } catch {
    say("No camera can be used from this page. Choose a photograph instead.");
    return;
  }
  const dialog = document.createElement("dialog");
  dialog.style.cssText = "margin:auto;padding:12px;border-radius:10px;border:0;max-width:min(92vw,720px)";
  const video = document.createElement("video");
  video.autoplay = video.playsInline = video.muted = true;
  video.style.cssText = "width:100%;border-radius:6px;display:block;background:#000";
  video.srcObject = stream;
  const shoot = document.createElement("button");
  shoot.textContent = "Take the photograph";
  shoot.style.cssText = "margin-top:10px;width:100%;min-height:44px;font:inherit;font-weight:600;cursor:pointer";
  shoot.addEventListener("click", () => {
    const canvas = document.createElement("canvas");
    canvas.width = video.videoWidth;
    canvas.height = video.videoHeight;
    canvas.getContext("2d").drawImage(video, 0, 0);
    canvas.toBlob((blob) => take(new File([blob], "camera.png", { type: "image/png" })), "image/png");
    dialog.close();
  });
  dialog.addEventListener("close", () => {
    stream.getTracks().forEach((track) => track.stop());
    dialog.remove();
  });
  dialog.append(video, shoot);
  document.body.append(dialog);
  dialog.showModal();
};
element.addEventListener("click", (event) => {
  if (event.target.closest("[data-camera]")) camera();
});

const opacity = () => {
  const slider = element.querySelector(".heat-control input");
  const heat = element.querySelector("img.heat");
  if (slider && heat) heat.style.opacity = Number(slider.value) / 100;
};
element.addEventListener("input", (event) => {
  if (event.target.closest(".heat-control")) opacity();
});
const drawHeat = async () => {
  if (zone()) busy(false);
  const viewer = element.querySelector(".viewer");
  panel.remember({ prediction: viewer ? viewer.dataset.prediction : "" });
  if (!viewer || !viewer.dataset.heat) return;
  const asked = viewer.dataset.prediction;
  const answer = await server.heat({ prediction: Number(asked) });
  const now = element.querySelector(".viewer");
  if (!now || now.dataset.prediction !== asked) return;
  if (answer.error) {
    now.querySelector(".heat-control").hidden = true;
    return;
  }
  const heat = now.querySelector("img.heat");
  heat.src = answer.image;
  heat.hidden = false;
  opacity();
};
watch("value", drawHeat);
