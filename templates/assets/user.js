/* Everything works without this file: it only copies, and tells times by the reader's clock. */
"use strict";

(function () {
	document.querySelectorAll(".rd-do-copy").forEach(function (button) {
		var field = button.parentNode.querySelector("input, textarea");
		var words = button.textContent;

		button.hidden = false;
		button.addEventListener("click", function () {
			field.select();
			navigator.clipboard.writeText(field.value).catch(function () {
				document.execCommand("copy");
			}).then(function () {
				button.textContent = button.dataset.done;
				setTimeout(function () {
					button.textContent = words;
				}, 2000);
			});
		});
	});
	/* Times are this reader's; what stood there, UTC, is shown by the pointer. */
	document.querySelectorAll(".rd time[datetime]").forEach(function (time) {
		var at = new Date(time.dateTime);

		if (isNaN(at))
			return;
		time.title = time.textContent;
		time.textContent = at.toLocaleString(time.closest("[lang]").lang, {
			dateStyle: "medium", timeStyle: "long"
		});
	});
	document.querySelectorAll(".rd-zone").forEach(function (zone) {
		zone.hidden = !document.querySelector(".rd time");
		zone.textContent = zone.dataset.local.replace("{zone}",
			Intl.DateTimeFormat().resolvedOptions().timeZone);
	});
	document.addEventListener("submit", function (event) {
		var button = event.target.querySelector("button:not([type=button])");

		if (event.target.method === "post" && event.target.closest(".rd") && button)
			button.disabled = true;
	});
	window.addEventListener("pageshow", function (event) {
		if (event.persisted)
			location.reload();
	});
}());
