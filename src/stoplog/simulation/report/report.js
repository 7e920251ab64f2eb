"use strict";
(() => {
  const data = JSON.parse(document.getElementById("data").textContent);
  const tip = document.getElementById("tip");
  const charts = [...document.querySelectorAll("svg[data-left]")];
  const start = data.time[0];
  const end = data.time[data.time.length - 1] + data.width;
  const number = (value, digits = 0) =>
    value.toLocaleString("en-US", { minimumFractionDigits: digits, maximumFractionDigits: digits });

  const nearest = (time) => {
    let low = 0;
    let high = data.time.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (data.time[middle] <= time) low = middle;
      else high = middle - 1;
    }
    return low;
  };

  const words = (i) => {
    const when = new Date(data.time[i]).toISOString();
    const lines = [
      `${when.slice(0, 10)} ${when.slice(11, 16)} UTC, ${data.width / 60000} min`,
      `low ${number(data.low[i], data.decimals)}  high ${number(data.high[i], data.decimals)}`,
      `longs liquidated ${number(data.count_long[i])} (${number(data.liquidated_long[i])} ${data.asset})`,
      `shorts liquidated ${number(data.count_short[i])} (${number(data.liquidated_short[i])} ${data.asset})`,
      `open ${number(data.longs[i])} long, ${number(data.shorts[i])} short`,
      `insurance fund ${number(data.fund[i])} ${data.asset}`,
    ];
    if (data.socialised[i] > 0) lines.push(`socialised ${number(data.socialised[i])} ${data.asset}`);
    return lines.join("\n");
  };

  const hide = () => {
    tip.style.visibility = "hidden";
    for (const line of document.querySelectorAll(".cursor")) line.style.visibility = "hidden";
  };

  const show = (event) => {
    const chart = event.currentTarget;
    const box = chart.getBoundingClientRect();
    const scale = chart.viewBox.baseVal.width / box.width;
    const left = Number(chart.dataset.left);
    const right = Number(chart.dataset.right);
    const share = Math.min(1, Math.max(0, ((event.clientX - box.left) * scale - left) / (right - left)));
    const i = nearest(start + share * (end - start));
    tip.textContent = words(i);
    tip.style.visibility = "visible";
    const room = tip.getBoundingClientRect();
    const beside = event.clientX + 18 + room.width < innerWidth ? event.clientX + 18 : event.clientX - room.width - 18;
    tip.style.left = `${Math.max(6, beside)}px`;
    tip.style.top = `${Math.min(innerHeight - room.height - 6, Math.max(6, event.clientY - room.height / 2))}px`;
    for (const other of charts) {
      const line = other.querySelector(".cursor");
      const from = Number(other.dataset.left);
      const at = from + ((data.time[i] + data.width / 2 - start) / (end - start)) * (Number(other.dataset.right) - from);
      line.setAttribute("x1", at);
      line.setAttribute("x2", at);
      line.style.visibility = "visible";
    }
  };

  for (const chart of charts) {
    chart.addEventListener("pointermove", show);
    chart.addEventListener("pointerdown", show);
    chart.addEventListener("pointerleave", hide);
  }
})();
