"""What a fleet of 1,000 servers costs: our endpoint per scrape, in a box, and a real
Prometheus that asks 1,000 targets. One in a hundred says what that box says, which has an
example of every finding; the others have the same series, and no finding. SERVERS=N, SECONDS=N."""

import contextlib
import http.server
import json
import os
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import urllib.parse
import urllib.request

from lab import seed
from lab.box import Box, wait_for

SERVERS = int(os.environ.get("SERVERS", "1000"))
SECONDS = int(os.environ.get("SECONDS", "60"))
INTERVAL = 15           # seconds between two scrapes of a target: eight times what we advise
URL = "https://127.0.0.1:2087/cgi/relaydoctor/admin.cgi?api=v1/{}"


def curl(box, token, name, *words):
    done = box.run(["curl", "-skf", "-H", f"Authorization: whm root:{token}", *words, URL.format(name)])
    return done.stdout


def endpoint():
    """The metrics of a server with an example of every finding; prints what they cost."""
    with Box(build=os.environ["RD_BUILD"], world=seed.demo()) as box:
        token = box.token()
        curl(box, token, "scan", "-H", "Content-Type: application/json", "-d", "{}")
        text = wait_for(lambda: box.run(["relaydoctor", "metrics"], check=False).stdout, 60, "a scan")
        times = [float(curl(box, token, "metrics&format=text", "-o", "/dev/null", "-w", "%{time_total}"))
                 for _ in range(50)]
    series = len(re.findall(r"^relaydoctor_", text, re.M))
    print(f"a scrape: {statistics.median(times) * 1000:.1f} ms (median of {len(times)}, "
          f"slowest {max(times) * 1000:.1f} ms), {len(text)} bytes, {series} series")
    return text.encode(), series


class Target(http.server.BaseHTTPRequestHandler):
    text = healthy = b""
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        text = self.text if int(self.path[1:]) % 100 == 0 else self.healthy
        self.send_response(200)
        self.send_header("Content-Type", "application/openmetrics-text; version=1.0.0; charset=utf-8")
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def log_message(self, *_):
        pass

    def handle(self):
        with contextlib.suppress(ConnectionResetError):     # Prometheus has ended
            super().handle()


@contextlib.contextmanager
def targets(text):
    Target.text = text
    Target.healthy = re.sub(rb"^(relaydoctor_\w*findings\{.*\}) \d+", rb"\1 0", text, flags=re.M)
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Target)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server.server_address[1]
    server.shutdown()


@contextlib.contextmanager
def prometheus(port, directory):
    rules = os.path.join(os.path.dirname(__file__), "../../../whm-plugin/monitoring/relaydoctor.rules.yml")
    with open(f"{directory}/prometheus.yml", "w", encoding="utf-8") as f:
        json.dump({"global": {"scrape_interval": f"{INTERVAL}s", "evaluation_interval": "30s"},
                   "rule_files": [os.path.abspath(rules)],
                   "scrape_configs": [{"job_name": "relaydoctor", "static_configs": [
                       {"targets": [f"127.0.0.1:{port}"], "labels": {"instance": f"s{n:04}", "__metrics_path__": f"/{n}"}}
                       for n in range(SERVERS)]}]}, f)
    process = subprocess.Popen(
        ["prometheus", f"--config.file={directory}/prometheus.yml", f"--storage.tsdb.path={directory}/data",
         "--web.listen-address=127.0.0.1:19090"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        yield process.pid
    finally:
        process.terminate()
        process.wait()


def ask(query):
    words = urllib.parse.urlencode({"query": query})
    with urllib.request.urlopen(f"http://127.0.0.1:19090/api/v1/query?{words}", timeout=30) as reply:
        result = json.load(reply)["data"]["result"]
    return float(result[0]["value"][1]) if result else 0


def carried(text, per_server):
    with tempfile.TemporaryDirectory() as directory, targets(text) as port, prometheus(port, directory) as pid:
        time.sleep(SECONDS)
        with open(f"/proc/{pid}/status", encoding="ascii") as f:
            rss = int(re.search(r"VmHWM:\s+(\d+)", f.read())[1])
        up = ask("sum(up)")
        with urllib.request.urlopen("http://127.0.0.1:19090/metrics", timeout=30) as reply:
            group = float(re.search(r"^prometheus_rule_group_last_duration_seconds\{.*\} (\S+)",
                                    reply.read().decode(), re.M)[1])
        series = ask("count({__name__=~'relaydoctor_.*'})")
    print(f"Prometheus: {up:.0f} of {SERVERS} targets up, {series:.0f} series of ours ({per_server} a server), "
          f"{rss / 1024:.0f} MiB at most; all rules in {group * 1000:.0f} ms; "
          f"{SERVERS * per_server / 120:.0f} samples a second at scrape_interval 2m")
    return up == SERVERS


def main():
    if not shutil.which("prometheus"):
        sys.exit("prometheus is not installed")
    text, series = endpoint()
    sys.exit(0 if carried(text, series) else 1)


main()
