/* Everything works without this file: it only spares reloads and double clicks. */
"use strict";

(function () {
	var pause = 1500;

	/* In place: what is read aloud is only what has changed. */
	function copy(fresh, now) {
		var words = now.querySelector("[role=status]");
		var said = fresh.querySelector("[role=status]").textContent;
		var bar = now.querySelector("progress");

		if (words.textContent !== said)
			words.textContent = said;
		bar.replaceWith(document.importNode(fresh.querySelector("progress"), true));
		now.querySelector(".found").replaceWith(document.importNode(fresh.querySelector(".found"), true));
	}

	function renew() {
		fetch("?page=overview", { credentials: "same-origin" }).then(function (reply) {
			return reply.text();
		}).then(function (text) {
			var fresh = new DOMParser().parseFromString(text, "text/html");
			var now = document.getElementById("progress");
			var next = fresh.getElementById("progress");

			if (!next) {
				location.replace("?page=overview");
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
