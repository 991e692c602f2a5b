/* Everything works without this file: it only copies. */
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
