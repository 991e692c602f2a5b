/* Everything works without this file: it only spares reloads and double clicks. */
"use strict";

(function () {
	var pause = 1500;

	function renewed(old, come) {
		if (old && come)
			old.replaceWith(document.importNode(come, true));
	}

	/* In place: what is read aloud is only what has changed. */
	function copy(fresh, now) {
		var words = now.querySelector("[role=status]");
		var said = fresh.querySelector("[role=status]").textContent;

		if (words.textContent !== said)
			words.textContent = said;
		renewed(now.querySelector("progress"), fresh.querySelector("progress"));
		renewed(now.querySelector(".found"), fresh.querySelector(".found"));
		renewed(document.getElementById("rows"), fresh.ownerDocument.getElementById("rows"));
		clocks();
	}

	function renew() {
		var here = document.getElementById("progress").dataset.here;

		fetch(here, { credentials: "same-origin" }).then(function (reply) {
			return reply.text();
		}).then(function (text) {
			var fresh = new DOMParser().parseFromString(text, "text/html");
			var now = document.getElementById("progress");
			var next = fresh.getElementById("progress");

			if (!next || next.dataset.here !== here) {
				location.replace(next ? next.dataset.here : here);
				return;
			}
			copy(next, now);
			setTimeout(renew, pause);
		}).catch(function () {
			setTimeout(renew, 4 * pause);
		});
	}

	if (document.getElementById("progress"))
		setTimeout(renew, pause);

	/* Times are this reader's; what stood there, UTC, is shown by the pointer. */
	function local(time) {
		var at = new Date(time.dateTime);

		if (time.title || isNaN(at))
			return;
		time.title = time.textContent;
		time.textContent = at.toLocaleString(undefined, {
			year: "numeric", month: "short", day: "numeric",
			hour: "2-digit", minute: "2-digit", second: "2-digit", timeZoneName: "short"
		});
	}

	function clocks() {
		var zone = document.querySelector(".zone");

		document.querySelectorAll("time[datetime]").forEach(local);
		if (zone)
			zone.textContent = "Times are those of your clock (" +
				Intl.DateTimeFormat().resolvedOptions().timeZone +
				"); the pointer on one shows it in UTC.";
	}

	clocks();

	/* The link marks all without this file, too. */
	function mark(event) {
		var boxes = document.querySelectorAll("input[name='findings[]']");
		var all = Array.prototype.every.call(boxes, function (box) {
			return box.checked;
		});

		event.preventDefault();
		boxes.forEach(function (box) {
			box.checked = !all;
		});
	}

	document.querySelectorAll("a.mark").forEach(function (link) {
		link.addEventListener("click", mark);
	});

	/* A file is read here and sent as text, as if it had been pasted. */
	document.querySelectorAll("input[type=file][data-into]").forEach(function (input) {
		input.closest(".file").hidden = false;
		input.addEventListener("change", function () {
			if (input.files[0])
				input.files[0].text().then(function (text) {
					document.getElementById(input.dataset.into).value = text;
				});
		});
	});

	document.addEventListener("submit", function (event) {
		var button = event.target.querySelector("button:not([type=button])");

		if (event.target.method === "post" && button) {
			button.disabled = true;
			button.textContent += " …";
		}
	});
	/* A page that comes back from the browser's memory has its buttons again. */
	window.addEventListener("pageshow", function (event) {
		if (event.persisted)
			location.reload();
	});
}());
