"""Checks the alerts and the dashboard in deploy/monitoring against the metrics of a running server.

    python3 tests/deploy/monitoring.py URL

Every metric that they name exists, every query can be parsed, and each alert fires when it should (alerts.test.yaml).
"""

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import urllib.request

HERE = os.path.dirname(os.path.abspath(__file__))
FOLDER = os.path.join(HERE, "..", "..", "deploy", "monitoring")


def promtool(*arguments):
    done = subprocess.run(["promtool", *arguments], cwd=FOLDER, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(f"monitoring: promtool {' '.join(arguments)}\n{done.stdout}{done.stderr}")


def queries():
    """The queries of the dashboard, with Grafana's variables filled in."""
    with open(os.path.join(FOLDER, "dashboard.json"), encoding="utf-8") as file:
        dashboard = json.load(file)
    for panel in dashboard["panels"]:
        for target in panel["targets"]:
            yield target["expr"].replace("$__rate_interval", "5m").replace("$instance", ".*")


def main():
    if not shutil.which("promtool"):
        print("\n!! NOT TRIED: alerts and dashboard. promtool is not installed.\n")
        return
    url = sys.argv[1]
    body = json.dumps({"query": "{ __typename }"}).encode()
    # What counts requests is there after the first one.
    asked = urllib.request.Request(f"{url}/graphql", body, {"Content-Type": "application/json"})
    urllib.request.urlopen(asked).close()
    with urllib.request.urlopen(f"{url}/metrics") as response:
        text = response.read().decode()
    there = set(re.findall(r"^(\w+)", text, re.M))

    exprs = list(queries())
    with open(os.path.join(FOLDER, "alerts.yaml"), encoding="utf-8") as file:
        named = set(re.findall(r"\btwinspace_\w+", file.read() + "\n".join(exprs)))
    missing = sorted(named - there)
    if missing or len(named) < 8:
        sys.exit(f"monitoring: the server has no {missing}; {len(named)} metrics are named")

    promtool("check", "rules", "alerts.yaml")
    promtool("test", "rules", "alerts.test.yaml")
    with tempfile.NamedTemporaryFile("w", suffix=".yaml") as file:
        rules = [{"record": f"dashboard:query{number}", "expr": expr} for number, expr in enumerate(exprs)]
        json.dump({"groups": [{"name": "dashboard", "rules": rules}]}, file)
        file.flush()
        promtool("check", "rules", file.name)
    print(f"monitoring: {len(exprs)} queries, {len(named)} metrics, and the alerts fire when they should")


main()
