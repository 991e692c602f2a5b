"""Writes what each server answered to each task to the file RD_RESULTS, a JSON list a line:
batch, task, server, ok | failed | skipped | unreachable, result."""

import json
import os

from ansible.plugins.callback import CallbackBase

DOCUMENTATION = """
    name: results
    type: aggregate
    short_description: results as JSON
    description: [Results as JSON.]
"""


class CallbackModule(CallbackBase):
    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "aggregate"
    CALLBACK_NAME = "results"
    CALLBACK_NEEDS_ENABLED = True

    def __init__(self):
        super().__init__()
        self.batch = 0

    def v2_playbook_on_play_start(self, play):
        self.batch += 1

    def _write(self, how, result):
        task = result.task_name.split(" : ")[-1]
        with open(os.environ["RD_RESULTS"], "a", encoding="utf-8") as f:
            f.write(json.dumps([self.batch, task, result._host.get_name(), how,
                                json.loads(self._dump_results(result._result))]) + "\n")

    def v2_runner_on_ok(self, result):
        self._write("ok", result)

    def v2_runner_on_failed(self, result, ignore_errors=False):
        self._write("failed", result)

    def v2_runner_on_skipped(self, result):
        self._write("skipped", result)

    def v2_runner_on_unreachable(self, result):
        self._write("unreachable", result)
