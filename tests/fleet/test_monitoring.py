"""Alert rules, dashboard and textfile, held against what the program prints; promtool, which
Prometheus brings, judges rules and format."""

import json
import re
import shutil
import subprocess
import urllib.parse

import pytest
import yaml

from conftest import BUILD, PLUGIN, REPOSITORY
from lab import seed
from lab.box import Box, wait_for

MONITORING = PLUGIN / "monitoring"
RULES = MONITORING / "relaydoctor.rules.yml"
TEXTFILE = "/usr/share/relaydoctor/monitoring/textfile"
DIRECTORY = "/var/lib/textfile"

# Enterprise Linux packages no prometheus; where apt is, the installer has brought it.
needs_promtool = pytest.mark.skipif(
    not shutil.which("promtool") and not shutil.which("apt-get"),
    reason="this system packages no promtool")


def promtool(*words, text=None):
    return subprocess.run(["promtool", *words], input=text, capture_output=True, text=True,
                          timeout=60, check=False)


# ---- rules ---------------------------------------------------------------

STEPS = {"47h": "30m", "49h": "30m"}    # else 5m: promtool judges at each of them

DOMAINS = {f'relaydoctor_domains{{instance="s{n}",job="mail"}}': "50x99" for n in range(4)}


def found(check, severity, values, *servers):
    return {f'relaydoctor_findings{{check="{check}",instance="{s}",job="mail",severity="{severity}"}}':
            values for s in servers}


def unknown(values, server="s0"):
    return {f'relaydoctor_severity_findings{{instance="{server}",job="mail",severity="unknown"}}': values}


def scanned(values, server="s0"):
    return {f'relaydoctor_scan_timestamp_seconds{{instance="{server}",job="mail"}}': values}


def source(value, name="dns"):
    return {f'relaydoctor_source_ok{{instance="s0",job="mail",source="{name}"}}': value}


# Alert, at what time, series with a sample a step, and for which labels it then fires.
CASES = [
    ("RelayDoctorCritical", "15m", found("mx_null", "critical", "2x99", "s0"),
     [{"instance": "s0", "check": "mx_null"}]),
    ("RelayDoctorCritical", "5m", found("mx_null", "critical", "2x99", "s0"), []),
    ("RelayDoctorCritical", "15m", found("mx_null", "warning", "2x99", "s0"), []),
    ("RelayDoctorCritical", "20m", found("mx_null", "critical", "2x2 stale", "s0"), []),
    ("RelayDoctorWarning", "49h", found("mx_null", "warning", "1x999", "s0"),
     [{"instance": "s0", "check": "mx_null"}]),
    ("RelayDoctorWarning", "47h", found("mx_null", "warning", "1x999", "s0"), []),
    ("RelayDoctorManyServers", "15m", {**DOMAINS, **found("mx_null", "critical", "1x99", "s0", "s1", "s2")},
     [{"check": "mx_null"}]),
    ("RelayDoctorManyServers", "15m", {**DOMAINS, **found("mx_null", "critical", "9x99", "s0", "s1")}, []),
    ("RelayDoctorManyServers", "15m",
     {**{f'relaydoctor_domains{{instance="b{n}",job="mail"}}': "50x99" for n in range(40)},
      **found("mx_null", "critical", "1x99", "b0", "b1", "b2")}, []),
    ("RelayDoctorScanOld", "49h", scanned("0x999"), [{"instance": "s0"}]),
    ("RelayDoctorScanOld", "47h", scanned("0x999"), []),
    ("RelayDoctorScanOld", "49h", scanned("0+1800x999"), []),
    ("RelayDoctorSilent", "60m", scanned("0x6 stale"), [{"instance": "s0"}]),
    ("RelayDoctorSilent", "45m", scanned("0x6 stale"), []),
    ("RelayDoctorSilent", "60m", scanned("0x99"), []),
    ("RelayDoctorSourceBlind", "2h", source("0x99"), [{"instance": "s0", "source": "dns"}]),
    ("RelayDoctorSourceBlind", "2h", {**source("1x99"), **source("0x6 1x99", "log")}, []),
    ("RelayDoctorMuchUnknown", "2h", {**DOMAINS, **unknown("6x99")}, [{"instance": "s0"}]),
    ("RelayDoctorMuchUnknown", "2h", {**DOMAINS, **unknown("5x99")}, []),
    ("RelayDoctorMuchUnknown", "2h",
     {'relaydoctor_domains{instance="s0",job="mail"}': "500x99", **unknown("40x99")}, []),
]

TOLD = ("RelayDoctorScanOld", "49h", scanned("0x999"),
        {"instance": "s0", "job": "mail", "severity": "warning"},
        "s0: the last scan was 2d 1h 0m 0s ago")


def rules():
    group, = yaml.safe_load(RULES.read_text(encoding="utf-8"))["groups"]
    return {rule["alert"]: rule for rule in group["rules"]}


def series(values):
    return [{"series": name, "values": v} for name, v in values.items()]


def firing(alert, labels):
    words = "".join(f',{k}="{v}"' for k, v in sorted(labels.items()))
    return f'count(ALERTS{{alertname="{alert}",alertstate="firing"{words}}})'


def as_test(alert, at, values, fires):
    asked = [{"expr": firing(alert, labels), "eval_time": at,
              "exp_samples": [{"labels": "{}", "value": 1}]} for labels in fires]
    none = {"expr": firing(alert, {}), "eval_time": at,
            "exp_samples": [{"labels": "{}", "value": len(fires)}] if fires else []}
    return {"input_series": series(values), "promql_expr_test": [*asked, none]}


def test_every_alert_has_series_that_fire_and_that_stay_silent():
    for alert in rules():
        cases = [bool(fires) for name, _, _, fires in CASES if name == alert]
        assert True in cases and False in cases, alert


def test_the_readme_names_every_alert():
    readme = (REPOSITORY / "README.md").read_text(encoding="utf-8")
    assert set(re.findall(r"^\| `(RelayDoctor\w+)`", readme, re.M)) == set(rules())


def test_every_alert_says_what_is_wrong_and_what_to_do():
    for alert, rule in rules().items():
        assert set(rule["annotations"]) == {"summary", "description"}, alert
        assert rule["labels"]["severity"] in ("critical", "warning"), alert


def told_as_written():
    alert, at, values, labels, summary = TOLD
    description = rules()[alert]["annotations"]["description"]
    return at, {"input_series": series(values), "alert_rule_test": [
        {"alertname": alert, "eval_time": at, "exp_alerts": [
            {"exp_labels": labels, "exp_annotations": {
                "summary": summary, "description": description}}]}]}


@needs_promtool
@pytest.mark.parametrize("step", ["5m", "30m"])
def test_the_rules_fire_when_they_should_and_only_then(tmp_path, step):
    tests = [told_as_written(), *((case[1], as_test(*case)) for case in CASES)]
    (tmp_path / "test.yml").write_text(json.dumps(
        {"rule_files": [str(RULES)], "evaluation_interval": step, "tests": [
            {"interval": step, **test} for at, test in tests if STEPS.get(at, "5m") == step]}))
    tested = promtool("test", "rules", str(tmp_path / "test.yml"))
    assert tested.returncode == 0, tested.stdout + tested.stderr


@needs_promtool
def test_prometheus_accepts_the_rules():
    checked = promtool("check", "rules", str(RULES))
    assert checked.returncode == 0, checked.stderr


# ---- against a server ----------------------------------------------------


@pytest.fixture(scope="module")
def box():
    with Box(build=BUILD, world=seed.small()) as b:
        b.run(["install", "-d", DIRECTORY])
        yield b


def textfile(box, status):
    done = box.run([TEXTFILE, DIRECTORY], check=False)
    assert done.returncode == status, done.stderr
    return done.stderr


def written(box):
    return box.run(["ls", "-A", DIRECTORY]).stdout.split()


@pytest.fixture(scope="module")
def told(box):
    """What the server tells once it has scanned."""
    box.run(["curl", "-skf", "-H", f"Authorization: whm root:{box.token()}", "-H",
             "Content-Type: application/json", "-d", "{}",
             "https://127.0.0.1:2087/cgi/relaydoctor/admin.cgi?api=v1/scan"])
    return wait_for(lambda: box.run(["relaydoctor", "metrics"], check=False).stdout, 60, "a scan")


def test_before_the_first_scan_there_is_no_textfile_and_a_reason(box):
    assert "nothing was scanned yet" in textfile(box, 3)
    assert written(box) == []


def test_the_textfile_is_whole_and_replaces_the_old_one(box, told):
    box.write(f"{DIRECTORY}/relaydoctor.prom", "cut")
    textfile(box, 0)
    assert box.read(f"{DIRECTORY}/relaydoctor.prom") == told
    assert box.run(["stat", "-c", "%a", f"{DIRECTORY}/relaydoctor.prom"]).stdout == "644\n"
    assert written(box) == ["relaydoctor.prom"]


def test_a_textfile_that_cannot_be_written_anew_stays(box, told):
    textfile(box, 0)
    box.run(["mv", "/var/lib/relaydoctor/admin/last-scan.json", "/root/last-scan.json"])
    textfile(box, 3)
    box.run(["mv", "/root/last-scan.json", "/var/lib/relaydoctor/admin/last-scan.json"])
    assert box.read(f"{DIRECTORY}/relaydoctor.prom") == told
    assert written(box) == ["relaydoctor.prom"]


def test_an_exporter_that_owns_the_directory_turns_root_to_no_other_file(box, told):
    """Its link takes the new file's place while that is being written."""
    box.write("/root/secret", "secret")
    box.run(["chmod", "600", "/root/secret"])
    box.write("/usr/sbin/relaydoctor", "#!/bin/sh\n"
              f"ln -sf /root/secret \"$(ls -d {DIRECTORY}/.relaydoctor.*)\"\n"
              "exec /usr/bin/relaydoctor \"$@\"\n")
    box.run(["chmod", "755", "/usr/sbin/relaydoctor"])
    box.run([TEXTFILE, DIRECTORY], check=False)
    box.run(["rm", "-f", "/usr/sbin/relaydoctor", f"{DIRECTORY}/relaydoctor.prom"])
    assert box.run(["stat", "-c", "%a", "/root/secret"]).stdout == "600\n"
    assert box.read("/root/secret") == "secret"
    assert written(box) == []


@needs_promtool
def test_the_node_exporters_own_format_is_kept(told):
    """It reads the text format, not OpenMetrics; promtool reads it with the same parser."""
    checked = promtool("check", "metrics", text=told)
    assert (checked.returncode, checked.stdout, checked.stderr) == (0, "", "")


def test_prometheus_is_answered_as_it_would_ask(box, told, tmp_path):
    job, = yaml.safe_load((MONITORING / "scrape.yml").read_text())["scrape_configs"]
    words = urllib.parse.urlencode(job["params"], doseq=True)
    authorization = f"{job['authorization']['type']} root:{box.token()}"
    done = box.run(["curl", "-skf", "-D", "-", "-H", f"Authorization: {authorization}", "-H",
                    "Accept: application/openmetrics-text;version=1.0.0,*/*;q=0.1",
                    f"https://127.0.0.1:2087{job['metrics_path']}?{words}"])
    head, _, body = done.stdout.partition("\n\n")
    assert body == told
    assert "Content-Type: application/openmetrics-text; version=1.0.0" in head
    job["authorization"]["credentials_file"] = "/dev/null"
    (tmp_path / "prometheus.yml").write_text(json.dumps({"scrape_configs": [job]}))
    if shutil.which("promtool"):
        checked = promtool("check", "config", str(tmp_path / "prometheus.yml"))
        assert checked.returncode == 0, checked.stderr


# ---- what is asked for is there ----------------------------------------------


def asked(expression):
    """{name: labels} of the metrics in it."""
    names = {}
    for name, _, selector in re.findall(r"\b(relaydoctor_\w+)(\{([^}]*)\})?", expression):
        names.setdefault(name, set()).update(re.findall(r"(\w+)\s*(?:=~|!=|=)", selector))
    return names


def expressions(o):
    if isinstance(o, dict):
        for key, value in o.items():
            if key in ("expr", "definition") and isinstance(value, str):
                yield value
            yield from expressions(value)
    elif isinstance(o, list):
        for value in o:
            yield from expressions(value)


def dashboard():
    return json.loads((MONITORING / "dashboard.json").read_text(encoding="utf-8"))


def test_every_metric_asked_for_exists_with_its_labels(told):
    known = {}
    for name, labels in re.findall(r"^(relaydoctor_\w+)(?:\{(.*)\})? ", told, re.M):
        known.setdefault(name, set()).update(re.findall(r'(\w+)="', labels), ["instance", "job"])
    everything = [*(rule["expr"] for rule in rules().values()), *expressions(dashboard())]
    assert len(everything) > 20
    for expression in everything:
        for name, labels in asked(expression).items():
            assert name in known and labels <= known[name], expression


def test_the_dashboard_names_no_data_source_of_its_own():
    board = dashboard()
    sources = re.findall(r'"uid": "(.*?)"', json.dumps(board["panels"] + board["templating"]["list"]))
    assert set(sources) == {"${datasource}"}
    variable = board["templating"]["list"][0]
    assert (variable["name"], variable["type"]) == ("datasource", "datasource")


def test_the_dashboards_panels_do_not_overlap():
    cells = [(x, y) for g in (p["gridPos"] for p in dashboard()["panels"])
             for x in range(g["x"], g["x"] + g["w"]) for y in range(g["y"], g["y"] + g["h"])]
    assert len(cells) == len(set(cells)) and max(x for x, _ in cells) == 23
    ids = [p["id"] for p in dashboard()["panels"]]
    assert len(ids) == len(set(ids))


@needs_promtool
def test_prometheus_understands_what_the_dashboard_asks(tmp_path):
    asks = sorted(set(e.replace("$instance", ".*") for p in dashboard()["panels"]
                      for e in expressions(p)))
    (tmp_path / "asks.yml").write_text(json.dumps({"groups": [{"name": "asks", "rules": [
        {"record": f"asked_{n}", "expr": e} for n, e in enumerate(asks)]}]}))
    checked = promtool("check", "rules", str(tmp_path / "asks.yml"))
    assert checked.returncode == 0, checked.stderr
